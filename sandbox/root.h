/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root of a box: made inside its own mount namespace, out of nothing but read-only binds of the
 * toolchain folders, five devices, a private /proc and one sized tmpfs that is /work, /tmp and
 * /dev/shm together. Nothing else of the host is there, and nothing of it can be written to.
 */
#ifndef SANDBOX_ROOT_H
#define SANDBOX_ROOT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/err.h"
#include "sandbox/box.h"

struct root_dirs {
	int scratch;   /* the sized tmpfs: its free space is read from here after the end */
	int proc;      /* the box's /proc, for watching from outside */
	bool has_proc; /* else nothing may be mounted there, and it is an empty folder */
};

/*
 * In the child, with a pid namespace and a mount namespace of its own. Ends with "/" being the box,
 * its scratch folders owned by `owner`. `tree`: of the spec's root file system (rootfs_open()), or
 * -1.
 */
int root_make(const struct box_spec *spec, int tree, id_t owner, bool is_template,
	      struct root_dirs *ret, struct err *err);
/*
 * In a fork of a template, in a mount namespace of its own inside the template's root: a fresh
 * scratch disk, a fresh /proc, and a /box that holds the spec's files. Binds are the template's.
 * `is_watched`: /proc is wanted, too.
 */
int root_renew(const struct box_spec *spec, id_t owner, bool is_watched, struct root_dirs *ret,
	       struct err *err);
/* Lays the spec's files into it; before root_seal(). */
int root_add_files(const struct box_spec *spec, struct err *err);
/* Makes "/" itself read-only and steps into /work. */
int root_seal(struct err *err);
/* The table of folders, for `assay-box explain`. */
void root_print(FILE *out);

#endif
