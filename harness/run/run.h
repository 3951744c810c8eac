/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run from plan to the last verdict: reads samples one at a time, proves tasks, keeps N slots
 * busy, stores each verdict. Memory stays flat: what is in flight, and one line of the file.
 */
#ifndef HARNESS_RUN_RUN_H
#define HARNESS_RUN_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "harness/store/store.h"
#include "sandbox/box.h"
#include "tasks/samples.h"
#include "tasks/task.h"

struct run_progress {
	int64_t done, total, passed, invalid; /* samples */
	int64_t resumed;                      /* had a verdict already */
	const char *phase;                    /* "proving tasks", "scoring" */
	int64_t phase_done, phase_total;
};

struct run_options {
	const char *name;  /* --name or NULL */
	const char *model; /* label or NULL: from the samples file's name */
	int slots;         /* 0: the CPUs this process may use */
	bool fresh;        /* do not go on with an open run of the same key */
	enum box_level level;
	struct box_limits limits;
	void (*progress)(const struct run_progress *p,
			 void *data); /* may be NULL; a few times a second */
	void *progress_data;
};

enum run_end { RUN_END_COMPLETE, RUN_END_INTERRUPTED };

/*
 * Scores a samples file. *ret_run names the run, also when interrupted (first SIGINT or SIGTERM:
 * nothing new starts, what runs is finished and stored; a second one stops at once). Errors keep
 * what is stored.
 */
int run_score(struct store *store, const struct suite *suite, const char *samples_path,
	      const struct run_options *options, struct run_record *ret_run, enum run_end *ret_end,
	      struct err *err);

#endif
