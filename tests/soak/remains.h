/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a box server holds at one moment, told by /proc and the control groups' folders: its
 * processes (itself, its templates, boxes under way), their descriptors, mounts and memory, and the
 * groups that carry its number. Two looks, before and after, show what has leaked.
 */
#ifndef TESTS_SOAK_REMAINS_H
#define TESTS_SOAK_REMAINS_H

#include <sys/types.h>

enum remains_what {
	REMAINS_PROCESSES,          /* the server and all below it */
	REMAINS_STRAYS,             /* processes of this name anywhere on the machine */
	REMAINS_SERVER_DESCRIPTORS, /* open in the server */
	REMAINS_TREE_DESCRIPTORS,   /* open in all of its processes */
	REMAINS_CLIENT_DESCRIPTORS, /* open here */
	REMAINS_HOST_MOUNTS,        /* as we see them */
	REMAINS_SERVER_MOUNTS,
	REMAINS_TREE_MOUNTS, /* in the namespaces of all of its processes, added up */
	REMAINS_GROUPS,
	REMAINS_SERVER_KIB,  /* resident */
	REMAINS_LARGEST_KIB, /* resident, of its largest process */
	REMAINS_COUNT,
};
const char *remains_name(enum remains_what what);

struct remains {
	long n[REMAINS_COUNT];
};

/* `stray` is what programs in boxes are called, at most 15 bytes. */
void remains_look(pid_t server, const char *stray, struct remains *ret);
/* The first entry of `after` that is more than in `before` plus what `slack` allows; -1: none. */
int remains_compare(const struct remains *before, const struct remains *after,
		    const struct remains *slack);

#endif
