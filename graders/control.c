/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The function oracle for tasks whose values cannot travel: tests in the answer's own process.
 *
 * Theory of operation. One box runs answer and tests together, and reports on a descriptor of its
 * own with a nonce that was read from another before any of the answer ran. Code in that process
 * could find both, so its "passed" is believed only after a control: a second run, in a fresh box,
 * in which every expectation of the tests is corrupted. There every assertion must fail, and as
 * many as the first run executed. An object equal to everything, a patched built-in, an exit before
 * the tests end, and a report written ahead all give themselves away. Code that looks for the
 * difference between the two runs may find it: this protection is weaker than the wire, and each
 * verdict names it.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "graders/grading.h"
#include "graders/report.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* Descriptors of control.py. */
enum { CONTROL_ORDER = 3, CONTROL_REPORT = 5 };

static int make_nonce(char hex[33], struct err *err)
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return err_sys(err, "cannot get random bytes");
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

static void write_order(const struct grading *g, struct strbuf *sb)
{
	struct json_writer w;

	jw_init(&w, sb, 0);
	jw_begin_object(&w);
	jw_kstr(&w, "nonce", g->nonce);
	jw_kbool(&w, "is_control", g->is_control);
	jw_kstr(&w, "tests", g->task->test);
	jw_end_object(&w);
}

static int outfit(struct grading *g, struct python_box *pb, struct err *err)
{
	const struct task *t = g->task;
	auto_strbuf order = { 0 };

	write_order(g, &order);
	if (python_box_init(pb, SCRIPT_CONTROL, t->entry_point, err) < 0 ||
	    python_box_text(pb, "/box/prompt.py", t->prompt, strlen(t->prompt), err) < 0 ||
	    python_box_text(pb, "/box/answer.py", g->answer, g->answer_len, err) < 0)
		return -1;
	return python_box_text_fd(pb, CONTROL_ORDER, order.buf, order.len, err);
}

static int control_start(struct grading *g, struct err *err)
{
	auto_python_box pb = { 0 };
	auto_close int report_fd = -1;

	if (make_nonce(g->nonce, err) < 0 || outfit(g, &pb, err) < 0)
		return -1;
	if (report_pipe(&g->report_fd, &report_fd, err) < 0)
		return -1;
	python_box_fd(&pb, report_fd, CONTROL_REPORT);
	g->parties[PARTY_ANSWER].limits = g->limits;
	return grading_box(g, PARTY_ANSWER, &pb, err);
}

/* ---- the verdict ---- */

/* A count of the report, which may be forged: what no number of assertions can be is -1. */
static int64_t count_of(const struct grading *g, const char *key)
{
	double n = json_num(json_get(g->report, key));

	return n >= 0 && n <= 1e9 ? (int64_t)n : -1;
}

static bool has_nonce(const struct grading *g)
{
	const char *nonce = json_str(json_get(g->report, "nonce"));

	return nonce && !strcmp(nonce, g->nonce);
}

/* What speaks against a run before its report is read; false: nothing. */
static bool say_bad_run(struct grading *g)
{
	const struct box_result *r = &g->parties[PARTY_ANSWER].result;

	if (grading_say_end(g, PARTY_ANSWER))
		return true;
	if (r->end == BOX_SIGNALED)
		grading_say(g, STATUS_RUNTIME_ERROR, "ended by signal %d (%s)", r->signal,
			    strsignal(r->signal));
	else if (!g->report && g->is_report_empty)
		grading_say(g, STATUS_EARLY_EXIT, "exited with status %d before its tests ended",
			    r->exit_code);
	else if (!g->report || !has_nonce(g))
		grading_say(g, STATUS_TAMPERED, "a report that is not one");
	else if (r->end != BOX_EXITED || r->exit_code != 0)
		grading_say(g, STATUS_EARLY_EXIT, "exited with status %d after its tests",
			    r->exit_code);
	else
		return false;
	return true;
}

/* The real run: true when a control must follow. */
static bool judge_real_run(struct grading *g)
{
	static const enum status allowed[] = {
		STATUS_PASSED,        STATUS_WRONG_ANSWER, STATUS_RUNTIME_ERROR,
		STATUS_COMPILE_ERROR, STATUS_EARLY_EXIT,
	};
	const char *detail = json_str(json_get(g->report, "detail"));
	enum status status = STATUS_COUNT;
	bool is_allowed = false;

	(void)status_parse(json_str(json_get(g->report, "verdict")), &status);
	(void)reading_parse(json_str(json_get(g->report, "reading")), &g->verdict.reading);
	g->executed = count_of(g, "executed");
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		is_allowed |= status == allowed[i];
	if (!is_allowed)
		grading_say(g, STATUS_TAMPERED, "a report that is not one");
	else if (status != STATUS_PASSED)
		grading_say(g, status, "%s", detail ? detail : "");
	else if (g->executed <= 0)
		grading_say(g, STATUS_EARLY_EXIT, "no assertion of the tests was reached");
	else
		return true;
	return false;
}

static void judge_control(struct grading *g)
{
	int64_t failed = count_of(g, "failed");
	int64_t survived = count_of(g, "survived");

	if (survived != 0)
		grading_say(g, STATUS_TAMPERED,
			    "%lld of %lld assertions held with a wrong expectation",
			    (long long)survived, (long long)g->executed);
	else if (failed != g->executed)
		grading_say(g, STATUS_TAMPERED, "%lld of %lld assertions failed in the control",
			    (long long)failed, (long long)g->executed);
	else
		grading_say(g, STATUS_PASSED, "%s", "");
}

static void start_control_run(struct grading *g)
{
	struct err err;

	json_free(g->report);
	g->report = NULL;
	g->is_control = true;
	if (control_start(g, &err) == 0)
		return;
	grading_say(g, STATUS_HARNESS_ERROR, "the control could not run: %s", err.msg);
	grading_finish(g);
}

static void control_step(struct grading *g, struct party *party)
{
	(void)party;
	grading_read_report(g);
	if (!say_bad_run(g)) {
		if (!g->is_control && judge_real_run(g)) {
			start_control_run(g);
			return;
		}
		if (g->is_control)
			judge_control(g);
	}
	grading_finish(g);
}

const struct oracle oracle_function_control = {
	.oracle = ORACLE_FUNCTION,
	.language = "python",
	.protection = PROTECTION_CONTROL,
	.start = control_start,
	.step = control_step,
};
