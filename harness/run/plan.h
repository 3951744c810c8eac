/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run is: its key, its description for the store, and whether an open run goes on.
 *
 * The key is made of all that decides verdicts (suite, samples, limits, level, grader, toolchain)
 * and of what the user calls it (model label, name). The same command therefore finds its own
 * unfinished run, and a changed one starts anew.
 */
#ifndef HARNESS_RUN_PLAN_H
#define HARNESS_RUN_PLAN_H

#include <stdbool.h>

#include "base/hash.h"
#include "base/strbuf.h"
#include "harness/run/session.h"

struct plan {
	const char *samples_path;
	struct samples_summary summary;
	struct run_record run;
	bool is_resumed;
};

/*
 * Scans the samples file (every fault of it is found here). `plan` is zeroed by the caller and
 * released in any case.
 */
int plan_scan(struct plan *plan, const struct suite *suite, const char *samples_path,
	      struct err *err);
/* Finds the open run of this key, or makes a new one; holds it against a second process. */
int plan_open_run(struct plan *plan, const struct session *session, struct err *err);
void plan_release(struct plan *plan);

/* The key under which the proof of a task is kept. */
void plan_proof_key(const struct session *session, const struct task *task, char key[HASH_HEX]);
/* "dir/gpt4o.jsonl.gz" -> "gpt4o"; a name with nothing left of it stays whole. */
void plan_model_label(const char *samples_path, struct strbuf *sb);

#endif
