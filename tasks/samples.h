/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that exist: a samples file, JSONL, plain or gzip, one answer a line:
 *
 *   {"task_id": "HumanEval/0", "completion": "    return 1\n"}
 *
 * The answer is "completion", "solution" or "generation" (exactly one). The index of a sample
 * counts from 0 for each task in file order; an explicit "index" or "completion_id" (integer from
 * 0) wins, and then the same number twice for one task is refused. Other members are kept and
 * written back to results files.
 *
 * A path "starter:NAME" stands for recorded answers that the program carries (tasks/starter.h).
 * The file is read twice, by samples_scan() and by samples_next(), so pipes are refused.
 */
#ifndef TASKS_SAMPLES_H
#define TASKS_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/lines.h"
#include "tasks/task.h"

struct sample {
	const struct task *task;
	int64_t index;   /* of this task's samples */
	int64_t ordinal; /* line order in the file, from 0, empty lines not counted */
	long line;
	const char *answer; /* raw text */
	size_t answer_len;
	const char *key; /* "completion", ... */
	const char *raw; /* the whole line as it stands, valid until the next call */
	size_t raw_len;
	uint8_t hash[HASH_SIZE]; /* of the answer */
};

/* A streaming reader: one line in memory at a time. */
struct samples {
	struct lines lines;
	const struct suite *suite;
	const char *path; /* the caller's */
	int64_t ordinal;
	int64_t *next_index; /* by task: samples seen, which numbers those without a number */
	struct json *node;
	struct sample cur;
};

int samples_open(struct samples *s, const char *path, const struct suite *suite, struct err *err);
/* 1 and *ret valid until the next call; 0 at the end; -1 ERR_INPUT with file and line. */
int samples_next(struct samples *s, const struct sample **ret, struct err *err);
void samples_close(struct samples *s);

/* What one pass over the whole file tells; every fault of the file is found here, before anything
 * runs. */
struct samples_summary {
	int64_t n;            /* samples */
	int64_t n_tasks;      /* tasks with at least one */
	int64_t min_per_task; /* over those tasks */
	int64_t max_per_task;
	int64_t *per_task;   /* by position in the suite */
	bool *all_same;      /* by position: two or more samples, all identical */
	char hash[HASH_HEX]; /* of the samples: task, index and answer, in file order */
};
int samples_scan(const char *path, const struct suite *suite, struct samples_summary *ret,
		 struct err *err);
void samples_summary_release(struct samples_summary *s);

#endif
