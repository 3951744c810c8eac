/* SPDX-License-Identifier: Apache-2.0 */
/* Where a run's numbers go: the terminal, --json, --results. */
#ifndef HARNESS_CLI_REPORTS_H
#define HARNESS_CLI_REPORTS_H

#include "base/err.h"
#include "harness/report/scorecard.h"

struct reports {
	const char *json, *results; /* paths, "-" for standard output, or NULL */
	const char *samples;        /* the file that results are made from */
};

/*
 * Can all be written, each to a place of its own, and none over the samples? Asked before long
 * work, so that nothing fails at its end that could have been known before.
 */
int reports_check(const struct reports *reports, struct err *err);
/* Writes them. The scorecard is printed unless standard output is taken. */
int reports_write(const struct reports *reports, struct store *store, const struct scorecard *card,
		  struct err *err);

/* The scorecard on standard output. */
int reports_print(const struct scorecard *card, struct err *err);

#endif
