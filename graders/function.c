/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The function oracle: a task names a function, and hidden tests call it.
 *
 * Theory of operation. Two boxes and a wire. The interactor's box has the tests; it sends arguments
 * over one pipe and gets plain values back over another, decides, and reports on a third that only
 * it and we hold. The answer's box has the prompt and the answer, and nothing of the tests.
 *
 *      assay <----report---- interactor ----requests----> answer
 *                                       <---replies-----
 *
 * The verdict is combined from the report and from how both boxes ended, in this order: what no
 * answer can cause (a box that could not be made); the limits of the answer's box; a wire that was
 * tampered with; what the interactor says. "passed" also needs an answer's box that ended by itself
 * with status 0. An interactor that breaks off was brought to it by the answer, since the same
 * tests under the same limits ended well with the reference: that is never "invalid", or an answer
 * could take itself out of the count.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "graders/grading.h"
#include "graders/report.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Descriptors of the scripts: driver.py and interactor.py have them too. */
enum { DRIVER_REQUESTS = 3, DRIVER_REPLIES = 4, DRIVER_TEXTS = 5 };
enum {
	INTERACTOR_REPLIES = 3,
	INTERACTOR_REQUESTS = 4,
	INTERACTOR_REPORT = 5,
	INTERACTOR_TEXTS = 6,
};

#define MAX_KEPT (1 << 20) /* bytes of code; what is larger is compiled anew each time */

#define INTERACTOR_EXTRA_MS  5000
#define INTERACTOR_MEM_BYTES (1LL << 30)

/* The two pipes between the boxes and the one to us; ours are closed once the boxes have theirs. */
struct wire {
	int requests[2];
	int replies[2];
	int report;
};

static void wire_release(struct wire *w)
{
	for (int i = 0; i < 2; i++) {
		close_fd(&w->requests[i]);
		close_fd(&w->replies[i]);
	}
	close_fd(&w->report);
}
#define auto_wire __attribute__((cleanup(wire_release))) struct wire

static int wire_open(struct wire *w, int *ret_report_fd, struct err *err)
{
	if (pipe2(w->requests, O_CLOEXEC) < 0 || pipe2(w->replies, O_CLOEXEC) < 0)
		return err_sys(err, "cannot make a pipe");
	return report_pipe(ret_report_fd, &w->report, err);
}

static const char *mutation_arg(const struct grading *g)
{
	return g->proof.protection == PROTECTION_WIRE_MUTATION ? "1" : "0";
}

static int start_answer(struct grading *g, const struct wire *w, struct err *err)
{
	const struct task *t = g->task;
	const struct python_text texts[] = {
		{ t->prompt, strlen(t->prompt) },
		{ g->answer, g->answer_len },
	};
	auto_python_box pb = { 0 };

	if (python_box_init(&pb, SCRIPT_DRIVER, t->entry_point, err) < 0 ||
	    python_box_warm(&pb, SCRIPT_DRIVER, g->client, err) < 0)
		return -1;
	python_box_arg(&pb, mutation_arg(g));
	if (python_box_texts(&pb, DRIVER_TEXTS, texts, ARRAY_SIZE(texts), NULL, err) < 0)
		return -1;
	python_box_fd(&pb, w->requests[0], DRIVER_REQUESTS);
	python_box_fd(&pb, w->replies[1], DRIVER_REPLIES);
	g->parties[PARTY_ANSWER].limits = g->limits;
	return grading_box(g, PARTY_ANSWER, &pb, err);
}

/* The interactor outlives the answer, so that it can tell how that ended. */
static void fill_tests_limits(struct grading *g)
{
	struct box_limits *l = &g->parties[PARTY_TESTS].limits;

	memset(l, 0, sizeof(*l));
	l->wall_ms = g->limits.wall_max_ms + INTERACTOR_EXTRA_MS;
	l->cpu_ms = g->limits.wall_ms + INTERACTOR_EXTRA_MS;
	l->mem_bytes = INTERACTOR_MEM_BYTES;
	if (l->mem_bytes < g->limits.mem_bytes)
		l->mem_bytes = g->limits.mem_bytes;
	box_limits_fill(l);
}

static int start_tests(struct grading *g, const struct wire *w, struct err *err)
{
	const struct task *t = g->task;
	const struct python_text texts[] = {
		{ t->prompt, strlen(t->prompt) },
		{ t->test, strlen(t->test) },
		{ g->proof.code, g->proof.code_len },
	};
	int *kept_fd = g->keeps ? &g->kept_fd : NULL;
	auto_python_box pb = { 0 };

	if (python_box_init(&pb, SCRIPT_INTERACTOR, t->entry_point, err) < 0 ||
	    python_box_warm(&pb, SCRIPT_INTERACTOR, g->client, err) < 0)
		return -1;
	python_box_arg(&pb, mutation_arg(g));
	python_box_arg(&pb, g->keeps ? "1" : "0");
	if (python_box_texts(&pb, INTERACTOR_TEXTS, texts, ARRAY_SIZE(texts), kept_fd, err) < 0)
		return -1;
	python_box_fd(&pb, w->replies[0], INTERACTOR_REPLIES);
	python_box_fd(&pb, w->requests[1], INTERACTOR_REQUESTS);
	python_box_fd(&pb, w->report, INTERACTOR_REPORT);
	fill_tests_limits(g);
	return grading_box(g, PARTY_TESTS, &pb, err);
}

static int function_start(struct grading *g, struct err *err)
{
	auto_wire w = { .requests = { -1, -1 }, .replies = { -1, -1 }, .report = -1 };

	if (wire_open(&w, &g->report_fd, err) < 0)
		return -1;
	if (start_answer(g, &w, err) < 0)
		return -1;
	return start_tests(g, &w, err);
}

/* ---- the verdict ---- */

/* The interactor's words for what it found, and the status of each. */
static const struct {
	const char *name;
	enum status status;
} findings[] = {
	{ "passed", STATUS_PASSED },
	{ "wrong_answer", STATUS_WRONG_ANSWER },
	{ "runtime_error", STATUS_RUNTIME_ERROR },
	{ "compile_error", STATUS_COMPILE_ERROR },
	{ "early_exit", STATUS_EARLY_EXIT },
	{ "output_limit", STATUS_OUTPUT_LIMIT },
	{ "memory_limit", STATUS_MEMORY_LIMIT },
	{ "tampered", STATUS_TAMPERED },
	{ "task_error", STATUS_TASK_ERROR },
	{ "unwirable", STATUS_TASK_ERROR },
};

static bool find_status(const char *name, enum status *ret)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(findings); i++) {
		if (!strcmp(findings[i].name, name)) {
			*ret = findings[i].status;
			return true;
		}
	}
	return false;
}

static bool is_report(const struct grading *g, const char *verdict)
{
	const char *name = json_str(json_get(g->report, "verdict"));

	return name && !strcmp(name, verdict);
}

/* The answer's process was gone in the middle: its box says how. */
static void say_ended(struct grading *g)
{
	const struct party *p = &g->parties[PARTY_ANSWER];
	bool is_read = g->verdict.reading != READING_NONE;

	if (p->result.end == BOX_SIGNALED)
		grading_say(g, is_read ? STATUS_RUNTIME_ERROR : STATUS_COMPILE_ERROR,
			    "ended by signal %d (%s)", p->result.signal,
			    strsignal(p->result.signal));
	else if (!is_read)
		grading_say(g, STATUS_COMPILE_ERROR, "it could not be compiled: %s", p->last_words);
	else
		grading_say(g, STATUS_EARLY_EXIT, "exited with status %d before its tests ended",
			    p->result.exit_code);
}

/* The interactor ended without a report. */
static void say_no_report(struct grading *g)
{
	if (!grading_say_end(g, PARTY_TESTS))
		grading_say(g, STATUS_RUNTIME_ERROR, "the tests broke off on what it returned");
}

static void say_passed(struct grading *g)
{
	const struct box_result *r = &g->parties[PARTY_ANSWER].result;

	if (r->end == BOX_EXITED && r->exit_code == 0)
		grading_say(g, STATUS_PASSED, "%s", "");
	else
		say_ended(g);
}

static void say_report(struct grading *g)
{
	const struct json *r = g->report;
	const char *detail = json_str(json_get(r, "detail"));
	enum status status;

	if (is_report(g, "ended"))
		say_ended(g);
	else if (!find_status(json_str(json_get(r, "verdict")), &status))
		say_no_report(g);
	else if (status == STATUS_PASSED)
		say_passed(g);
	else
		grading_say(g, status, "%s", detail ? detail : "");
}

static bool is_harness_end(const struct party *p)
{
	return p->result.end == BOX_SETUP_FAILED || p->result.end == BOX_EXEC_FAILED;
}

/* Nothing of the answer had been looked at when its box ended: no answer can cause that. */
static bool has_not_started(const struct grading *g)
{
	return is_report(g, "ended") && !json_bool(json_get(g->report, "is_started"));
}

static void say_not_started(struct grading *g)
{
	const struct party *p = &g->parties[PARTY_ANSWER];
	auto_strbuf text = { 0 };

	box_result_describe(&p->result, &p->limits, &text);
	grading_say(g, STATUS_HARNESS_ERROR, "Python did not start: %s %s", strbuf_str(&text),
		    p->last_words);
}

/* Takes the code that the interactor has written behind the texts. */
static void take_kept(struct grading *g)
{
	const struct task *t = g->task;
	off_t from = (off_t)(strlen(t->prompt) + strlen(t->test));
	struct stat st;

	if (g->kept_fd < 0 || fstat(g->kept_fd, &st) < 0 || st.st_size <= from ||
	    st.st_size - from > MAX_KEPT)
		return;
	size_t len = (size_t)(st.st_size - from);
	auto_free char *code = xmalloc(len);

	if (pread(g->kept_fd, code, len, from) != (ssize_t)len)
		return;
	proof_release(g->keeps);
	g->keeps->code = take_ptr(code);
	g->keeps->code_len = len;
}

static void decide(struct grading *g)
{
	(void)reading_parse(json_str(json_get(g->report, "reading")), &g->verdict.reading);
	g->verdict.calls = (int64_t)json_num(json_get(g->report, "calls"));
	if (is_harness_end(&g->parties[PARTY_ANSWER]))
		(void)grading_say_end(g, PARTY_ANSWER);
	else if (is_harness_end(&g->parties[PARTY_TESTS]))
		(void)grading_say_end(g, PARTY_TESTS);
	else if (has_not_started(g))
		say_not_started(g);
	else if (grading_say_end(g, PARTY_ANSWER))
		return;
	else if (g->report)
		say_report(g);
	else
		say_no_report(g);
}

/*
 * The first box to end settles what becomes of the other. An answer that passed, or that left, is
 * let end by itself, since how it ends belongs to the verdict; its limits see to it that it does.
 * Any other is of no more interest.
 */
static void function_step(struct grading *g, struct party *party)
{
	if (party == &g->parties[PARTY_TESTS]) {
		grading_read_report(g);
		if (!is_report(g, "passed") && !is_report(g, "ended"))
			grading_kill(g, PARTY_ANSWER);
	} else if (is_harness_end(party)) {
		grading_kill(g, PARTY_TESTS);
	}
	if (!g->parties[PARTY_ANSWER].is_done || !g->parties[PARTY_TESTS].is_done)
		return;
	decide(g);
	if (g->keeps && g->verdict.status == STATUS_PASSED)
		take_kept(g);
	grading_finish(g);
}

const struct oracle oracle_function_wire = {
	.oracle = ORACLE_FUNCTION,
	.language = "python",
	.protection = PROTECTION_WIRE,
	.start = function_start,
	.step = function_step,
};

const struct oracle oracle_function_wire_mutation = {
	.oracle = ORACLE_FUNCTION,
	.language = "python",
	.protection = PROTECTION_WIRE_MUTATION,
	.start = function_start,
	.step = function_step,
};
