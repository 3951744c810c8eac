/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gradings: the list of oracles, and what all of them share. A grading lives until the last of its
 * boxes has ended, also when it is cancelled, since a box always answers.
 */
#include "graders/grader.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/loop.h"
#include "graders/assets.h"
#include "graders/grading.h"
#include "graders/report.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct oracle *const graders[] = {
	&oracle_function_wire,
	&oracle_function_wire_mutation,
	&oracle_function_control,
};

/* What the end of a box alone means; 0 (STATUS_PASSED): nothing. */
static const enum status end_statuses[] = {
	[BOX_EXITED] = STATUS_PASSED,
	[BOX_SIGNALED] = STATUS_PASSED,
	[BOX_WALL_LIMIT] = STATUS_TIME_LIMIT,
	[BOX_CPU_LIMIT] = STATUS_TIME_LIMIT,
	[BOX_MEMORY_LIMIT] = STATUS_MEMORY_LIMIT,
	[BOX_PROCESS_LIMIT] = STATUS_PROCESS_LIMIT,
	[BOX_OUTPUT_LIMIT] = STATUS_OUTPUT_LIMIT,
	[BOX_DISK_LIMIT] = STATUS_DISK_LIMIT,
	[BOX_FILE_LIMIT] = STATUS_FILE_LIMIT,
	[BOX_FORBIDDEN] = STATUS_FORBIDDEN_CALL,
	[BOX_EXEC_FAILED] = STATUS_HARNESS_ERROR,
	[BOX_CANCELLED] = STATUS_PASSED,
	[BOX_SETUP_FAILED] = STATUS_HARNESS_ERROR,
};
static_assert(ARRAY_SIZE(end_statuses) == BOX_END_COUNT, "a status for each end");

void proof_release(struct proof *p)
{
	free(p->code);
	p->code = NULL;
	p->code_len = 0;
}

static const struct oracle *find_oracle(const struct task *task, enum protection protection)
{
	for (size_t i = 0; i < ARRAY_SIZE(graders); i++) {
		const struct oracle *o = graders[i];

		if (o->oracle == task->oracle && o->protection == protection &&
		    !strcmp(o->language, task->language))
			return o;
	}
	return NULL;
}

/* Whether a text has nothing but white space and comments ("#" to the end of the line). */
static bool is_without_code(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '#') {
			const char *end = memchr(text + i, '\n', len - i);

			if (!end)
				return true;
			i = (size_t)(end - text);
		} else if (!isspace((unsigned char)text[i])) {
			return false;
		}
	}
	return true;
}

static void grading_free(struct grading *g)
{
	json_free(g->report);
	close_fd(&g->report_fd);
	close_fd(&g->kept_fd);
	free(g->answer);
	free(g);
}

static bool has_open_box(const struct grading *g)
{
	for (int i = 0; i < PARTY_COUNT; i++)
		if (g->parties[i].box)
			return true;
	return false;
}

/* ---- boxes ---- */

static void keep_last_words(struct party *p, const struct strbuf *text)
{
	size_t size = sizeof(p->last_words);
	const char *at = strbuf_str(text);

	if (text->len >= size)
		at += text->len - size + 1;
	detail_format(p->last_words, size, "%s", at);
}

static void take_evidence(struct grading *g, const struct party *p)
{
	const char *box = g->is_control ? "control" : "answer";

	g->verdict.evidence = (struct evidence){
		.box = p == &g->parties[PARTY_TESTS] ? "tests" : box,
		.result = p->result,
		.limits = p->limits,
	};
}

/* The figures of the answer's box; a control run adds nothing to them. */
static void take_figures(struct verdict *v, const struct box_result *r)
{
	v->wall_ns = r->wall_ns;
	v->cpu_ns = r->cpu_ns;
	v->peak_bytes = r->peak_bytes;
	v->layers = r->layers;
}

static void box_done(const struct box_result *result, void *data)
{
	struct party *p = data;
	struct grading *g = p->grading;

	p->box = NULL;
	p->is_done = true;
	p->result = *result;
	p->result.out = (struct strbuf){ 0 };
	p->result.err = (struct strbuf){ 0 };
	p->result.outs = NULL; /* it asks for none */
	keep_last_words(p, &result->err);
	if (p == &g->parties[PARTY_ANSWER] && !g->is_control) {
		take_figures(&g->verdict, result);
		take_evidence(g, p);
	}
	if (!g->is_cancelled)
		g->oracle->step(g, p);
	else if (!has_open_box(g))
		grading_free(g);
}

int grading_box(struct grading *g, enum party_role role, struct python_box *pb, struct err *err)
{
	struct party *p = &g->parties[role];

	p->grading = g;
	p->is_done = false;
	pb->spec.limits = p->limits;
	pb->spec.level = g->level;
	pb->spec.slot = g->slot;
	return box_start(g->client, &pb->spec, box_done, p, &p->box, err);
}

void grading_kill(struct grading *g, enum party_role role)
{
	if (g->parties[role].box)
		box_kill(g->parties[role].box);
}

void grading_read_report(struct grading *g)
{
	if (g->report_fd < 0)
		return;
	g->report = report_read(g->report_fd, &g->is_report_empty);
	close_fd(&g->report_fd);
}

/* ---- verdicts ---- */

void grading_say(struct grading *g, enum status status, const char *fmt, ...)
{
	char text[2 * sizeof(g->verdict.detail)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	g->verdict.status = status;
	detail_format(g->verdict.detail, sizeof(g->verdict.detail), "%s", text);
}

bool grading_say_end(struct grading *g, enum party_role role)
{
	const struct party *p = &g->parties[role];
	enum status status = end_statuses[p->result.end];
	auto_strbuf text = { 0 };

	if (status == STATUS_PASSED)
		return false;
	take_evidence(g, p);
	box_result_describe(&p->result, &p->limits, &text);
	grading_say(g, status, "%s%s", role == PARTY_TESTS ? "the tests: " : "", strbuf_str(&text));
	return true;
}

void grading_finish(struct grading *g)
{
	grade_done_fn *done = g->done;
	void *data = g->data;
	struct verdict v;

	assert(!has_open_box(g));
	v = g->verdict;
	grading_free(g);
	done(&v, data);
}

static void finish_later(struct loop *loop, void *data)
{
	struct grading *g = data;

	(void)loop;
	g->timer = NULL;
	grading_finish(g);
}

/* The verdict without running anything, if there is one. */
static bool say_without_box(struct grading *g)
{
	if (g->proof.protection == PROTECTION_NONE)
		grading_say(g, STATUS_TASK_ERROR, "the task cannot be judged: %s", g->proof.detail);
	else if (!g->oracle)
		grading_say(g, STATUS_HARNESS_ERROR, "no grader for tasks in %s",
			    g->task->language);
	else if (is_without_code(g->answer, g->answer_len))
		grading_say(g, STATUS_NO_CODE, "the answer has no code");
	else
		return false;
	return true;
}

int grader_start(struct box_client *client, const struct grade_request *request,
		 grade_done_fn *done, void *data, struct grading **ret, struct err *err)
{
	struct grading *g = xcalloc(1, sizeof(*g));

	g->client = client;
	g->task = request->task;
	g->answer = xmalloc(request->answer_len + 1);
	if (request->answer_len)
		memcpy(g->answer, request->answer, request->answer_len);
	g->answer_len = request->answer_len;
	g->limits = *request->limits;
	box_limits_fill(&g->limits);
	g->level = request->level;
	g->slot = request->slot;
	g->proof = request->proof;
	g->keeps = request->keeps;
	g->kept_fd = -1;
	g->done = done;
	g->data = data;
	g->report_fd = -1;
	g->verdict.peak_bytes = -1;
	g->oracle = find_oracle(g->task, g->proof.protection);
	if (say_without_box(g)) {
		g->timer = loop_timer_at(box_client_loop(client), clock_mono_ns(), finish_later, g);
	} else {
		g->verdict.protection = g->proof.protection;
		if (g->oracle->start(g, err) < 0) {
			grading_cancel(g);
			return -1;
		}
	}
	*ret = g;
	return 0;
}

void grading_cancel(struct grading *g)
{
	if (!g)
		return;
	g->is_cancelled = true;
	loop_timer_cancel(g->timer);
	if (!has_open_box(g)) {
		grading_free(g);
		return;
	}
	for (int i = 0; i < PARTY_COUNT; i++)
		grading_kill(g, (enum party_role)i);
}

/* Goes up with every change of the C parts that might change a verdict. */
#define GRADER_REVISION "3"

const char *grader_version(void)
{
	/* The same for the life of the program; made once, since it is part of every key. */
	static char version[64];

	if (!version[0])
		(void)snprintf(version, sizeof(version), GRADER_REVISION ".%.16s", scripts_hash());
	return version;
}
