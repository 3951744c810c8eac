/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How each task of a run is to be judged: proved with its reference before the first sample, or
 * taken from the store.
 */
#ifndef HARNESS_RUN_PROOFS_H
#define HARNESS_RUN_PROOFS_H

#include "graders/grader.h"
#include "harness/run/session.h"

/*
 * Fills proofs[] (by position in the suite) for the tasks that have samples. Leaves early, without
 * error, after a signal. Errors: the machine cannot prove anything.
 */
int proofs_make(struct session *session, const struct samples_summary *summary,
		struct proof *proofs, struct err *err);

#endif
