/* SPDX-License-Identifier: Apache-2.0 */
/* The k of pass@k that a report shows. */
#ifndef HARNESS_CLI_KS_H
#define HARNESS_CLI_KS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "harness/report/scorecard.h"
#include "tasks/samples.h"
#include "tasks/task.h"

struct ks {
	int64_t k[SCORECARD_MAX_K];
	size_t n; /* 0: none were asked for */
};

/* "1,10,100": whole numbers from 1, each once, at most SCORECARD_MAX_K. NULL leaves ks empty. */
int ks_parse(const char *text, struct ks *ks, struct err *err);
/* Where none were asked for: 1, and 10 and 100 if every task has that many answers. */
void ks_default(int64_t min_per_task, struct ks *ks);
/* ERR_USAGE with a task that has too few answers, before anything runs. */
int ks_check(const struct ks *ks, const struct suite *suite, const struct samples_summary *sum,
	     struct err *err);

/*
 * scorecard_build() with these k. Invalid samples may have left a task with fewer answers than a k
 * needs: those k are left out with a warning, since the run is worth its report.
 */
int ks_build_scorecard(struct store *store, const struct run_record *run, const struct ks *ks,
		       struct scorecard *ret, struct err *err);

#endif
