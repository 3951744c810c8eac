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
	const char *phase;                    /* "proving tasks", "scoring", "stopping", "done" */
	int64_t phase_done, phase_total;      /* total 0: the phase counts samples */
};

struct run_options {
	const char *name;  /* --name or NULL */
	const char *model; /* label or NULL: from the samples file's name */
	int slots;         /* samples at a time; 0: the CPUs this process may use, and never more
			      than those */
	bool fresh;        /* do not go on with an open run of the same key */
	bool is_cold;      /* no warm starts: each program is started anew, in a box made anew */
	enum box_level level;
	struct box_limits limits;
	const char *rootfs;     /* of all boxes (box_spec.rootfs); NULL: the host's toolchains */
	bool is_rootfs_trusted; /* for warm starts too */
	const char *rootfs_id;  /* what it is known by in keys and results; NULL with it */
	void (*progress)(const struct run_progress *p,
			 void *data); /* may be NULL; a few times a second */
	void *progress_data;
};

/* The limits of samples of function tasks where the user sets none. */
void run_default_limits(struct box_limits *limits);
/*
 * Fills what follows from the others. CPU time is what decides: a wall limit of 0 becomes thrice
 * the CPU limit and a second, a box that others keep from running gets up to eight times its wall
 * limit, and one over its CPU limit a quarter more, to show by how much.
 */
void run_derive_limits(struct box_limits *limits);

enum run_end { RUN_END_COMPLETE, RUN_END_INTERRUPTED };

/*
 * Scores a samples file. Returns an enum run_end, or -1. *ret_run describes the run, also when
 * interrupted (first SIGINT or SIGTERM: nothing new starts, what runs is finished and stored; a
 * second one stops at once). Interrupted or killed, the same command goes on with the same run.
 *
 * Errors keep what is stored. ERR_INPUT before anything runs: a fault in the samples file.
 * ERR_HARNESS: the machine could not judge (no sandbox, the store is full, 20 harness errors in a
 * row); samples that it could not judge then have no verdict yet.
 */
int run_score(struct store *store, const struct suite *suite, const char *samples_path,
	      const struct run_options *options, struct run_record *ret_run, struct err *err);

#endif
