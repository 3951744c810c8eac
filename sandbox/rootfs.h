/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A given root file system (box_spec.rootfs) in the place of the host's toolchain folders.
 *
 * Its content is not trusted. It is never entered by a path that it could bend: each entry at its
 * top is opened without following links, and bound read-only, without devices and set-user-id
 * bits, into the tmpfs that is the root of the box; a link at its top is made again as a link,
 * which leads nowhere but into the box. What a box has of its own (/proc, /dev, /work, /tmp, /box)
 * is made in that tmpfs, and whatever the file system holds under those names is left out. So it
 * needs no place to mount anything at, and nothing in it decides where something is mounted.
 *
 * Needs open_tree() and mount_setattr(): Linux 5.12.
 */
#ifndef SANDBOX_ROOTFS_H
#define SANDBOX_ROOTFS_H

#include <stdbool.h>

#include "base/err.h"
#include "sandbox/box.h"

#define ROOTFS_PATH_MAX 4000 /* bytes of its path, with the NUL */

/* ---- for callers (sandbox/rootfs_path.c) ---- */

/*
 * The path that a spec wants: absolute, without links. ERR_INPUT for what is no folder, for "/",
 * and for what has nothing to execute. To be freed.
 */
int rootfs_resolve(const char *dir, char **ret_path, struct err *err);
/* Is there an executable regular file at `path` in it, links resolved as inside a box? */
bool rootfs_has_program(const char *rootfs, const char *path);

/* ---- for the server and its children (sandbox/rootfs.c); no malloc, no stdio streams ---- */

/*
 * In the server: a copy of the tree's mounts for one child, which need not be allowed to walk to
 * it. -1 where only who owns the mounts may (an ordinary user): then the child goes by the path.
 */
int rootfs_open(const struct box_spec *spec);
/*
 * In the child, its root being the stepping stone of sandbox/root.c: binds the tree's entries below
 * `top`. `tree` is from rootfs_open(), or -1; `path` is the tree's as the child sees it.
 */
int rootfs_lay(const char *top, const char *path, int tree, struct err *err);
/*
 * Puts our text over a file of the tree, where that is a regular file reached without links. 1
 * done, 0 there is no such file, -1 error; `path` has two parts.
 */
int rootfs_cover(const char *top, const char *path, const char *text, struct err *err);
/* Binds what `source` is at `path` in the tree: an existing place, or a new one in our tmpfs. */
int rootfs_bind(const char *top, const char *source, const char *path, struct err *err);

#endif
