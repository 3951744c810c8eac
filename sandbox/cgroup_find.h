/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the texts that the kernel writes about control groups, of both versions and mixed. */
#ifndef SANDBOX_CGROUP_FIND_H
#define SANDBOX_CGROUP_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is this word on a list parted by commas or spaces ("cpu,cpuacct", cgroup.controllers)? */
bool cg_has_word(const char *list, const char *word);
/* The number after `key` in "key value" lines; -1 where it is absent. */
int64_t cg_parse_counter(const char *text, const char *key);
/*
 * From the texts of /proc/self/mountinfo and /proc/self/cgroup, the folder of the process's own
 * group in the hierarchy of a controller ("memory"); "" for version 2. 0 or -1.
 */
int cg_find_folder(const char *mountinfo, const char *cgroups, const char *controller, char *ret,
		   size_t size);

#endif
