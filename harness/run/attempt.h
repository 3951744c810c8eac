/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sample in flight. It owns its answer, since the reader has gone on to the next line by the time
 * the verdict comes.
 */
#ifndef HARNESS_RUN_ATTEMPT_H
#define HARNESS_RUN_ATTEMPT_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "graders/grader.h"
#include "harness/store/store.h"
#include "tasks/samples.h"

struct attempt {
	const struct task *task;
	int64_t index, ordinal;
	struct strbuf answer;
	uint8_t answer_hash[HASH_SIZE];
	struct verdict verdict;
	struct verdict first; /* before it was run again alone; where `rerun` is RERUN_DONE */
	enum near_limit near; /* why it was, or would have been */
	enum sample_rerun rerun;
	bool is_retry;    /* judged once already, and the machine failed */
	bool is_foregone; /* decided by the state of its task: says nothing about the machine */
};

struct attempt *attempt_new(const struct sample *sample);
void attempt_free(struct attempt *a);
/*
 * What proved its verdict, for the store: a JSON object with the facts of the box that decided,
 * and, where it was run again, "rerun" with the first verdict. Nothing for a pass at first try.
 */
void attempt_evidence(const struct attempt *a, struct strbuf *sb);
/* A verdict that no box gave. */
void attempt_decide(struct attempt *a, enum status status, const char *detail);

#endif
