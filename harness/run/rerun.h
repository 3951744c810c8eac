/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results near a limit wait here until all other samples are judged, and are then run again, each
 * alone: no other box of ours runs beside it. The second verdict is the one that is booked; both
 * are recorded.
 *
 * How many may wait is bounded, so that a set of hostile answers cannot double the cost of a run:
 * one sample in fifty, but 10 to 200. The first in the order of the file have precedence, so that
 * it does not depend on who ended first. A sample beyond the bound is booked with its first
 * verdict, and says so.
 *
 * What waits is not in the store: after a kill it is judged anew.
 */
#ifndef HARNESS_RUN_RERUN_H
#define HARNESS_RUN_RERUN_H

#include "harness/run/attempt.h"

struct rerun_queue {
	struct attempt **held; /* by ordinal */
	int n;
	int max; /* how many may still be run again */
};

/* `done`: how many samples of the run have been run again before, in an earlier session. */
void rerun_init(struct rerun_queue *q, int64_t n_samples, int64_t done);
/* Those that wait are dropped without a verdict. */
void rerun_release(struct rerun_queue *q);

/*
 * Offers an attempt with its first verdict. Returns what is to be booked now: the attempt itself, a
 * later one that had to make room, or NULL.
 */
struct attempt *rerun_offer(struct rerun_queue *q, struct attempt *a);
/* The next to run again, its first verdict put aside; NULL: none is left. */
struct attempt *rerun_next(struct rerun_queue *q);
/*
 * Before a verdict is booked that nothing follows: one that only the load of the machine has caused
 * is nobody's failure.
 */
void rerun_settle(struct attempt *a);

#endif
