/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders of box servers among the control groups: how they are named, whose they are, who removes
 * them.
 *
 * A process number does not tell whether a server lives: several pid namespaces may share a tree of
 * control groups, and numbers are used again. So a folder is locked (flock) by its server for as
 * long as that lives, which holds across namespaces and mounts of the tree, and ends with the
 * server however it ends. Who wants to remove a folder takes the lock first. The name has the
 * number for people and a random part, so that servers of one number get two folders.
 */
#ifndef SANDBOX_CGROUP_FOLDER_H
#define SANDBOX_CGROUP_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* Is this name (no path) one of a server's folder or leaf? */
bool cg_folder_is_named(const char *name);
/*
 * Makes a folder below `parent`, its name ending in `suffix`, and locks it. Writes its path and
 * returns the descriptor that holds the lock; -1 with errno.
 */
int cg_folder_make(const char *parent, const char *suffix, char *path, size_t size);
/* The lock of a folder whose server is dead; -1: it lives, or the folder is gone. */
int cg_folder_adopt(const char *path);
/* Removes a folder of ours with its box groups; -1 when it still holds processes. */
int cg_folder_remove(const char *path);
/* Removes the folders of dead servers below `parent`; returns how many still hold processes. */
int cg_folder_sweep(const char *parent);

#endif
