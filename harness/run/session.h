/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the phases of a run share: the loop, the box server, signals, and the beat at which progress
 * is told and verdicts are made durable. Callbacks of boxes cannot return errors; they leave them
 * with session_fail(), and the next session_step() returns them.
 */
#ifndef HARNESS_RUN_SESSION_H
#define HARNESS_RUN_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"
#include "harness/run/run.h"
#include "harness/store/store.h"
#include "sandbox/box.h"

struct session {
	struct store *store;
	const struct suite *suite;
	const struct run_options *options;
	struct box_limits limits; /* with the defaults filled in */
	int slots;
	struct loop *loop;
	struct box_client *client;
	int n_signals; /* 1: start nothing new; 2: stop at once */
	struct run_progress progress;
	int64_t progress_at_ns, commit_at_ns; /* when each is due */
	struct err failure;                   /* of a callback; kind ERR_NONE: none */
};

/*
 * Starts the box server and makes sure that it can make a box. `session` is zeroed by the caller
 * and released whether this succeeds or not.
 */
int session_open(struct session *session, struct store *store, const struct suite *suite,
		 const struct run_options *options, struct err *err);
/* Kills what runs in boxes; makes durable what was stored. */
void session_release(struct session *session);

/* Waits for events, at most a fraction of a second or not at all, and keeps the beat. */
int session_step(struct session *session, bool may_wait, struct err *err);
/* Keeps the first failure. */
void session_fail(struct session *session, const struct err *failure);
/* May new work start? Not after a signal or a failure. */
bool session_may_start(const struct session *session);
bool session_must_stop(const struct session *session); /* second signal, or a failure */
/* Names what is being done and tells it at once; total 0: samples are counted. */
void session_phase(struct session *session, const char *phase, int64_t total);
/*
 * Can the server still make a box? Runs a program that cannot fail. A fault of the machine is told
 * from the fault of one sample by this, never by what a box printed.
 */
int session_check_health(struct session *session, struct err *err);

#endif
