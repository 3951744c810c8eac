/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the attacks of the self-test try to reach, all of it made here: listeners on loopback, at an
 * abstract name and at a path, a file, a System V segment.
 */
#ifndef HARNESS_RUN_SELFTEST_TARGETS_H
#define HARNESS_RUN_SELFTEST_TARGETS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strvec.h"

#define TARGET_SOCKETS 3

struct targets {
	char folder[256]; /* "": none */
	int sockets[TARGET_SOCKETS];
	int segment;       /* -1: none could be made */
	struct strvec env; /* LISTEN_... and HOST_..., which tell a box where all that is */
	char marker[64];   /* among them: "ATTACK_MARK=...", for finding what a box left */
};

/* Release in any case, also after a failure. */
int targets_init(struct targets *t, struct err *err);
void targets_release(struct targets *t);
/* Has any listener heard from somebody since the last call? */
bool targets_touched(struct targets *t);
/* Processes that have the marker in their environment; those of others are not seen. */
int targets_processes(const struct targets *t);

#endif
