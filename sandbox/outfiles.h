/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bringing declared files back from a box that has ended (box_spec.outs).
 *
 * A program may leave anything under a declared name: a link to a file of the host, a FIFO that
 * nobody writes to, a file without end. So paths are walked a part at a time from the scratch disk,
 * no link is followed, nothing but a regular file of that disk is opened, and no more than the
 * limits is read. What cannot be brought back is told by name, and is no fault of the box.
 */
#ifndef SANDBOX_OUTFILES_H
#define SANDBOX_OUTFILES_H

#include "base/err.h"
#include "base/strvec.h"
#include "sandbox/box.h"

/* ERR_USAGE: too many, or a path that is not below /work, /tmp or /dev/shm. */
int outfiles_check(const struct strvec *paths, struct err *err);
/*
 * Fills the result's outs, one for each path in the order of the list (checked before). `scratch`
 * is the top of the box's scratch disk (struct root_dirs), or -1: all are absent. Call it when
 * every process of the box is dead and before the disk is wiped or used again.
 */
void outfiles_collect(int scratch, const struct strvec *paths, const struct box_limits *l,
		      struct box_result *r);

#endif
