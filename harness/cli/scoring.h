/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that score have in common: the store, the run with its progress. */
#ifndef HARNESS_CLI_SCORING_H
#define HARNESS_CLI_SCORING_H

#include "harness/report/scorecard.h"
#include "harness/run/run.h"

struct scoring_request {
	struct store *store;
	const struct suite *suite;
	const char *samples_path;
	bool is_quiet;
	struct run_options options; /* `progress` is filled in */
};

/* The store of --store, or where store_default_path() says. */
int scoring_open_store(const char *option, struct store **ret, struct err *err);
/* 1 and the store, or 0 where there is none yet: looking at runs makes no file. */
int scoring_open_existing(const char *option, struct store **ret, struct err *err);
/*
 * run_score() with a progress line. EXIT_DONE, or EXIT_INTERRUPTED after telling so on stderr; the
 * run is filled in both cases.
 */
int scoring_run(const struct scoring_request *request, struct run_record *ret_run, struct err *err);

#endif
