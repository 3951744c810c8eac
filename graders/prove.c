/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proving a task: its own reference is graded as an answer would be, under one protection after the
 * other, from the strongest on. The first under which it passes is the task's.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/loop.h"
#include "graders/grading.h"

#include <stdlib.h>
#include <string.h>

static const enum protection order[] = {
	PROTECTION_WIRE,
	PROTECTION_WIRE_MUTATION,
	PROTECTION_CONTROL,
};

struct proving {
	struct box_client *client;
	const struct task *task;
	struct box_limits limits;
	enum box_level level;
	prove_done_fn *done;
	void *data;
	size_t next;   /* in order[] */
	bool is_retry; /* of the one before it */
	struct proof proof;
};

static void proving_finish(struct proving *p)
{
	struct proof proof = p->proof;
	prove_done_fn *done = p->done;
	void *data = p->data;

	free(p);
	done(&proof, data);
}

static void attempt_done(const struct verdict *v, void *data);

static int attempt(struct proving *p, struct err *err)
{
	struct grade_request request = {
		.task = p->task,
		.answer = p->task->reference,
		.answer_len = strlen(p->task->reference),
		.limits = &p->limits,
		.level = p->level,
		.slot = -1,
		.proof = { .protection = order[p->next++], .has_reference = true },
		.keeps = &p->proof,
	};
	struct grading *g;

	return grader_start(p->client, &request, attempt_done, p, &g, err);
}

/*
 * A limit that was just missed may have been the load's doing: the same protection has a second
 * try, before a weaker one gets its chance.
 */
static bool is_tried_again(struct proving *p, const struct verdict *v)
{
	if (p->is_retry || evidence_near(&v->evidence) == NEAR_NOTHING) {
		p->is_retry = false;
		return false;
	}
	p->is_retry = true;
	p->next--;
	return attempt(p, NULL) == 0;
}

/* Whether another protection might do what this one could not. */
static bool is_final(enum status status)
{
	return status == STATUS_HARNESS_ERROR || status == STATUS_COMPILE_ERROR ||
	       status == STATUS_NO_CODE;
}

static void say_unproved(struct proving *p, const struct verdict *v)
{
	const char *lead = v->status == STATUS_HARNESS_ERROR ? "the reference could not be run"
							     : "the reference fails its own tests";

	p->proof.protection = PROTECTION_NONE;
	p->proof.status = v->status;
	detail_format(p->proof.detail, sizeof(p->proof.detail), "%s: %s: %s", lead,
		      status_name(v->status), v->detail);
}

static void attempt_done(const struct verdict *v, void *data)
{
	struct proving *p = data;
	struct err err;

	if (v->status != STATUS_PASSED)
		proof_release(&p->proof);
	if (v->status == STATUS_PASSED) {
		p->proof.protection = v->protection;
		p->proof.status = STATUS_PASSED;
		p->proof.detail[0] = '\0';
		proving_finish(p);
		return;
	}
	if (is_tried_again(p, v))
		return;
	/* The wire's reason is the one to show: it is what would have to be mended. */
	if (p->next == 1 || v->status == STATUS_HARNESS_ERROR)
		say_unproved(p, v);
	if (!is_final(v->status) && p->next < ARRAY_SIZE(order)) {
		if (attempt(p, &err) == 0)
			return;
		p->proof.status = STATUS_HARNESS_ERROR;
		detail_format(p->proof.detail, sizeof(p->proof.detail), "%s", err.msg);
	}
	proving_finish(p);
}

static void assume_wire(struct loop *loop, void *data)
{
	struct proving *p = data;

	(void)loop;
	p->proof = (struct proof){ .protection = PROTECTION_WIRE, .status = STATUS_PASSED };
	proving_finish(p);
}

int grader_prove(struct box_client *client, const struct task *task,
		 const struct box_limits *limits, enum box_level level, prove_done_fn *done,
		 void *data, struct err *err)
{
	struct proving *p = xcalloc(1, sizeof(*p));

	p->client = client;
	p->task = task;
	p->limits = *limits;
	p->level = level;
	p->done = done;
	p->data = data;
	p->proof.has_reference = task->reference != NULL;
	if (!task->reference) {
		(void)loop_timer_at(box_client_loop(client), clock_mono_ns(), assume_wire, p);
		return 0;
	}
	if (attempt(p, err) < 0) {
		free(p);
		return -1;
	}
	return 0;
}
