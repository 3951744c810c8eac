/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finished runs for the tests of reports, written as one letter a sample:
 *
 *   p passed   f wrong answer   t over the time limit   u no code (unscored)   i harness error
 *
 * Upper case: by the control, not the wire. Answers differ unless the run is `identical`.
 */
#ifndef TESTS_UNIT_SCORED_RUN_H
#define TESTS_UNIT_SCORED_RUN_H

#include <stdbool.h>

#include "harness/store/store.h"

struct scored_task {
	const char *id;
	const char *samples;
	int first_index; /* for a task whose samples do not stand together */
};

struct scored_run {
	struct scored_task tasks[201]; /* up to the first without an id */
	int n_equal;                   /* so many tasks "T/NUMBER" like tasks[0], which has no id */
	bool identical;
	bool open; /* one more sample than there are verdicts */
	const char *name, *model, *config;
};

/* Stores the run; fails the test where that fails. */
void scored_run_store(struct store *s, const struct scored_run *run, struct run_record *ret);
/* The answer that the sample has: "answer INDEX of TASK", or "answer". */
void scored_answer(const struct scored_run *run, const char *task, int index, struct strbuf *ret);

#endif
