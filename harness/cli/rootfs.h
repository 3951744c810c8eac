/* SPDX-License-Identifier: Apache-2.0 */
/* Which root file system the boxes of a command get: the user's choice, else the suite's. */
#ifndef HARNESS_CLI_ROOTFS_H
#define HARNESS_CLI_ROOTFS_H

#include <stdbool.h>

#include "base/err.h"
#include "harness/image/tree.h"
#include "tasks/task.h"

struct rootfs_choice {
	char *path;            /* of the folder; NULL: the host's toolchains */
	char id[TREE_LISTING]; /* "sha256:..." of an image, "listing:..." of a folder */
	bool is_trusted;       /* built here of signed packages (box_spec.is_rootfs_trusted) */
	int hold;              /* keeps the image from being removed; -1 */
};

/*
 * `option` is a folder where it has a slash (or is "." or ".."), else an image; NULL: what the
 * suite says, which can name images only: a suite is somebody else's, and shall not say which
 * folders of this machine its code may read. "host" is the host's toolchains, whatever the suite
 * says. ERR_INPUT also where it has no interpreter for the suite's tasks.
 */
int rootfs_choose(const char *option, const struct suite *suite, struct rootfs_choice *ret,
		  struct err *err);
void rootfs_choice_release(struct rootfs_choice *choice);

#endif
