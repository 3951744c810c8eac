/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Oracles: how a task decides right from wrong. Each is a const struct and a row in graders[].
 * Grading is asynchronous: grader_start() sends boxes on their way, `done` comes from the event
 * loop.
 */
#ifndef GRADERS_GRADER_H
#define GRADERS_GRADER_H

#include "graders/verdict.h"
#include "sandbox/box.h"
#include "tasks/task.h"

/* How a task is to be judged; found by proving the task with its reference, kept in the store. */
struct proof {
	enum protection protection; /* NONE: the task cannot be judged here, see detail */
	bool has_reference;         /* false: nothing was proved, the wire is assumed */
	enum status status;         /* of the reference: PASSED, or why the task cannot be judged */
	char detail[300];
	/*
	 * What a run of the reference made of the tests' text, which saves later runs the
	 * compiling; NULL: nothing. For the interactor alone: never looked at here, never in an
	 * answer's box.
	 */
	void *code;
	size_t code_len;
};
void proof_release(struct proof *p);

struct grade_request {
	const struct task *task;
	const char *answer; /* raw text; with answer_len, copied */
	size_t answer_len;
	const struct box_limits *limits; /* of the answer's box */
	enum box_level level;
	int slot;            /* whose CPU its boxes share (struct box_spec), -1: any */
	struct proof proof;  /* its code is borrowed until the grading has started */
	struct proof *keeps; /* NULL, or who gets the code; for trusted answers only */
};

typedef void grade_done_fn(const struct verdict *v, void *data);
/* The proof is the callee's, to release. */
typedef void prove_done_fn(const struct proof *p, void *data);

struct grading; /* one under way */

/*
 * Runs one answer to its verdict. *request is copied but for the task, which must outlive it.
 * `done` is called once, from the loop, never from here; *ret is gone when it is called.
 */
int grader_start(struct box_client *client, const struct grade_request *request,
		 grade_done_fn *done, void *data, struct grading **ret, struct err *err);
/* Kills its boxes; `done` is not called. Its memory goes when the last of its boxes has ended. */
void grading_cancel(struct grading *g);

/*
 * Finds out how a task can be judged: wire, wire with mutations, control; in this order. `done` is
 * called once, from the loop.
 */
int grader_prove(struct box_client *client, const struct task *task,
		 const struct box_limits *limits, enum box_level level, prove_done_fn *done,
		 void *data, struct err *err);

/* Changes whenever verdicts might: part of every key. */
const char *grader_version(void);

#endif
