/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From verdicts to the store.
 *
 * Harness errors are held back at first. When a sample after them is judged, the machine works and
 * the fault was theirs alone: they are stored as invalid. When RECORDER_MAX_HELD come in a row, the
 * machine is at fault: the run stops and they stay without a verdict, so that the same command
 * judges them once the machine is well again.
 */
#ifndef HARNESS_RUN_RECORDER_H
#define HARNESS_RUN_RECORDER_H

#include "harness/run/attempt.h"
#include "harness/run/session.h"

#define RECORDER_MAX_HELD 20

struct recorder {
	struct session *session;
	const char *run_id;
	struct attempt *held[RECORDER_MAX_HELD];
	int n_held;
	int64_t n_rerun; /* verdicts of an earlier session that came from running alone */
};

/* Takes the attempt over, in success and failure. ERR_HARNESS when too many were held. */
int recorder_add(struct recorder *r, struct attempt *a, struct err *err);
/* At the end of the samples: stores what is held, if the machine can still make a box. */
int recorder_finish(struct recorder *r, struct err *err);
void recorder_release(struct recorder *r);
/* Counts the verdicts that an open run already has into the progress. */
int recorder_count_stored(struct recorder *r, struct err *err);

#endif
