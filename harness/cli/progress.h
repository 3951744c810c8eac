/* SPDX-License-Identifier: Apache-2.0 */
/* The progress line: one line of standard error, rewritten in place, only on a terminal. */
#ifndef HARNESS_CLI_PROGRESS_H
#define HARNESS_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/run/run.h"

struct progress {
	bool is_on;
	bool is_shown;
	const char *phase; /* the one that rate and remaining time are counted in */
	int64_t phase_began_ns;
};

void progress_init(struct progress *p, bool is_quiet);
/* A progress function of struct run_options; data is the struct progress. */
void progress_show(const struct run_progress *run, void *data);
/* Wipes the line. */
void progress_end(struct progress *p);

/* The line itself, of at most width columns. began_ns and now_ns span the phase. */
void progress_format(const struct run_progress *run, int64_t spent_ns, int width,
		     struct strbuf *out);

#endif
