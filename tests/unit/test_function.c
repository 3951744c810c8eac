/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The function oracle through real boxes: honest and wrong answers, and every kind of cheat that
 * defeated published graders. Each row is one answer and the verdict it must get.
 */
#include "graders/grader.h"

#include "base/alloc.h"
#include "base/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct loop *loop;
	struct box_client *client;
	struct verdict verdict;
	struct proof proof;
	bool is_done;
	char why[300]; /* no boxes here */
};

/* ---- tasks ---- */

#define ADD_TEST                                                                                   \
	"def check(candidate):\n"                                                                  \
	"    assert candidate(1) == 2\n"                                                           \
	"    assert candidate([1, 2]) == 3\n"                                                      \
	"    assert candidate(x=5) == 6\n"

static const struct task add = {
	.id = "test/add",
	.language = "python",
	.prompt = "def f(x):\n    \"\"\"One more, or the sum.\"\"\"\n",
	.entry_point = "f",
	.reference = "    return sum(x) if isinstance(x, list) else x + 1\n",
	.test = ADD_TEST,
};

static const struct task sorts = {
	.id = "test/sorts",
	.language = "python",
	.prompt = "def f(x):\n    \"\"\"Sorts a list in place.\"\"\"\n",
	.entry_point = "f",
	.reference = "    x.sort()\n",
	.test = "def check(candidate):\n"
		"    a = [3, 1, 2]\n"
		"    candidate(a)\n"
		"    assert a == [1, 2, 3]\n",
};

static const struct task nodes = {
	.id = "test/nodes",
	.language = "python",
	.prompt = "class Node:\n"
		  "    def __init__(self, value):\n"
		  "        self.value = value\n\n\n"
		  "def f(node):\n    \"\"\"The value of a node.\"\"\"\n",
	.entry_point = "f",
	.reference = "    return node.value\n",
	.test = "def check(candidate):\n"
		"    assert candidate(Node(4)) == 4\n"
		"    assert candidate(Node('a')) == 'a'\n",
};

static const struct task raises = {
	.id = "test/raises",
	.language = "python",
	.prompt = "def f(x):\n    \"\"\"Refuses what is not positive.\"\"\"\n",
	.entry_point = "f",
	.reference = "    if x <= 0:\n        raise ValueError('not positive')\n    return x\n",
	.test = "def check(candidate):\n"
		"    try:\n"
		"        candidate(0)\n"
		"    except ValueError as e:\n"
		"        assert str(e) == 'not positive'\n"
		"    else:\n"
		"        assert False\n"
		"    assert candidate(2) == 2\n",
};

static const struct task helped = {
	.id = "test/helped",
	.language = "python",
	.prompt = "def twice(x):\n    return 2 * x\n\n\ndef f(x):\n    \"\"\"Half of it.\"\"\"\n",
	.entry_point = "f",
	.reference = "    return x // 2\n",
	.test = "def check(candidate):\n    assert f(twice(3)) == 3\n",
};

static const struct task broken = {
	.id = "test/broken",
	.language = "python",
	.prompt = "def f(x):\n    \"\"\"One.\"\"\"\n",
	.entry_point = "f",
	.reference = "    return 1\n",
	.test = "def check(candidate):\n    assert candidate(1) == 2\n",
};

static const struct task vacuous = {
	.id = "test/vacuous",
	.language = "python",
	.prompt = "def f(x):\n    \"\"\"One.\"\"\"\n",
	.entry_point = "f",
	.reference = "    return 1\n",
	.test = "def check(candidate):\n    assert True\n",
};

static const struct task unproved = {
	.id = "test/unproved",
	.language = "python",
	.prompt = "def f(x):\n    \"\"\"One.\"\"\"\n",
	.entry_point = "f",
	.test = "def check(candidate):\n    assert candidate(1) == 2\n",
};

/* ---- answers ---- */

#define RIGHT "    return sum(x) if isinstance(x, list) else x + 1\n"
#define FORGE                                                                                      \
	"import os\n"                                                                              \
	"def say(text):\n"                                                                         \
	"    os.write(4, len(text).to_bytes(4, 'big') + text)\n"
#define SAME                                                                                       \
	"class Same:\n"                                                                            \
	"    def __eq__(self, other): return True\n"                                               \
	"    def __ne__(self, other): return False\n"                                              \
	"    def __bool__(self): return True\n"                                                    \
	"    def __len__(self): return 1\n"                                                        \
	"    __hash__ = None\n"

struct row {
	const char *name;
	const struct task *task;
	const char *answer;
	enum status status;
	enum protection protection; /* NONE stands for WIRE */
	enum reading reading;       /* NONE: not looked at */
};

static const struct row rows[] = {
	/* honest */
	{ "right", &add, RIGHT, STATUS_PASSED, 0, READING_CONTINUATION },
	{ "right, whole", &add, "from __future__ import annotations\ndef f(x):\n" RIGHT,
	  STATUS_PASSED, 0, READING_WHOLE },
	{ "right, the function again", &add, "def f(x):\n" RIGHT, STATUS_PASSED, 0,
	  READING_CONTINUATION },
	{ "right, with a main block", &add,
	  RIGHT "if __name__ == '__main__':\n    raise SystemExit(1)\n", STATUS_PASSED, 0, 0 },
	{ "right, printing", &add, "    print('caf\xc3\xa9' * 1000)\n" RIGHT, STATUS_PASSED, 0, 0 },
	{ "right, with a data class", &add,
	  RIGHT "from dataclasses import dataclass\nimport pickle\n@dataclass\nclass P:\n    a: "
		"int\n"
		"assert pickle.loads(pickle.dumps(P(1))) == P(1)\n",
	  STATUS_PASSED, 0, 0 },
	{ "right, with a thread that goes on", &add,
	  RIGHT "import threading, time\n"
		"threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n",
	  STATUS_PASSED, 0, 0 },
	{ "right, with a child that goes on", &add,
	  RIGHT "import os, time\nif os.fork() == 0:\n    time.sleep(60)\n    os._exit(0)\n",
	  STATUS_PASSED, 0, 0 },
	{ "right, under a low recursion limit", &add,
	  "    import sys\n    sys.setrecursionlimit(50)\n" RIGHT, STATUS_PASSED, 0, 0 },
	{ "a Decimal is a number", &add,
	  "    from decimal import Decimal\n    return Decimal(sum(x) if isinstance(x, list) else "
	  "x + 1)\n",
	  STATUS_PASSED, 0, 0 },
	{ "exceptions reach the tests", &raises,
	  "    class Own(ValueError): pass\n    if x <= 0: raise Own('not positive')\n    return "
	  "x\n",
	  STATUS_PASSED, 0, 0 },
	{ "helpers of the prompt are there", &helped, "    return x // 2\n", STATUS_PASSED, 0, 0 },
	{ "in place", &sorts, "    x[:] = sorted(x)\n", STATUS_PASSED, PROTECTION_WIRE_MUTATION,
	  0 },
	{ "in its process", &nodes, "    return node.value\n", STATUS_PASSED, PROTECTION_CONTROL,
	  READING_CONTINUATION },

	/* wrong */
	{ "wrong", &add, "    return 2\n", STATUS_WRONG_ANSWER, 0, 0 },
	{ "nothing returned", &add, "    pass\n", STATUS_WRONG_ANSWER, 0, 0 },
	{ "an exception", &add, "    raise ValueError(x)\n", STATUS_RUNTIME_ERROR, 0, 0 },
	{ "an exception at the start", &add, RIGHT "1 // 0\n", STATUS_RUNTIME_ERROR, 0, 0 },
	{ "no exception", &raises, "    return x\n", STATUS_WRONG_ANSWER, 0, 0 },
	{ "endless recursion", &add, "    return f(x)\n", STATUS_RUNTIME_ERROR, 0, 0 },
	{ "syntax", &add, "    return (x\n", STATUS_COMPILE_ERROR, 0, READING_NONE },
	{ "a NUL byte", &add, "    return '\\0", STATUS_COMPILE_ERROR, 0, 0 },
	{ "nothing", &add, "", STATUS_NO_CODE, 0, 0 },
	{ "white space and comments", &add, "\n  \t# return 1\n\n#", STATUS_NO_CODE, 0, 0 },
	{ "not in place", &sorts, "    x = sorted(x)\n", STATUS_WRONG_ANSWER,
	  PROTECTION_WIRE_MUTATION, 0 },
	{ "wrong in its process", &nodes, "    return 4\n", STATUS_WRONG_ANSWER, PROTECTION_CONTROL,
	  0 },
	{ "syntax in its process", &nodes, "    return (\n", STATUS_COMPILE_ERROR,
	  PROTECTION_CONTROL, 0 },

	/* limits */
	{ "an endless loop", &add, "    while True: pass\n", STATUS_TIME_LIMIT, 0, 0 },
	{ "an endless loop at the start", &add, RIGHT "while True: pass\n", STATUS_TIME_LIMIT, 0,
	  0 },
	{ "a sleep", &add, "    import time\n    time.sleep(60)\n", STATUS_TIME_LIMIT, 0, 0 },
	{ "an endless loop in its process", &nodes, "    while True: pass\n", STATUS_TIME_LIMIT,
	  PROTECTION_CONTROL, 0 },
	{ "a memory hog", &add, "    a = []\n    while True: a.append(bytearray(1 << 20))\n",
	  STATUS_MEMORY_LIMIT, 0, 0 },
	{ "an output flood", &add, "    while True: print('a' * 65536)\n", STATUS_OUTPUT_LIMIT, 0,
	  0 },
	{ "a huge value", &add, "    return 'a' * (20 << 20)\n", STATUS_OUTPUT_LIMIT, 0, 0 },
	{ "a deep value", &add, "    a = []\n    for i in range(500): a = [a]\n    return a\n",
	  STATUS_OUTPUT_LIMIT, 0, 0 },
	{ "a value that holds itself", &add, "    a = []\n    a.append(a)\n    return a\n",
	  STATUS_OUTPUT_LIMIT, 0, 0 },

	/* exits */
	{ "sys.exit in a call", &add, "    import sys\n    sys.exit(0)\n", STATUS_EARLY_EXIT, 0,
	  0 },
	{ "exit at the start", &add, RIGHT "exit(0)\n", STATUS_EARLY_EXIT, 0, 0 },
	{ "os._exit in a call", &add, "    import os\n    os._exit(0)\n", STATUS_EARLY_EXIT, 0, 0 },
	{ "os._exit at the start", &add, RIGHT "import os\nos._exit(0)\n", STATUS_EARLY_EXIT, 0,
	  0 },
	{ "another program", &add, "    import os\n    os.execv('/bin/true', ['true'])\n",
	  STATUS_EARLY_EXIT, 0, 0 },
	{ "a crash", &add, "    import ctypes\n    ctypes.string_at(0)\n", STATUS_RUNTIME_ERROR, 0,
	  0 },
	{ "killed by itself", &add, "    import os\n    os.kill(os.getpid(), 9)\n",
	  STATUS_RUNTIME_ERROR, 0, 0 },
	{ "os._exit in its process", &nodes, "    import os\n    os._exit(0)\n", STATUS_EARLY_EXIT,
	  PROTECTION_CONTROL, 0 },
	{ "sys.exit in its process", &nodes, "    import sys\n    sys.exit(0)\n", STATUS_EARLY_EXIT,
	  PROTECTION_CONTROL, 0 },

	/* cheats */
	{ "equal to everything", &add, "    return Same()\n" SAME, STATUS_WRONG_ANSWER, 0, 0 },
	{ "an int equal to everything", &add,
	  "    return Same(0)\nclass Same(int):\n    def __eq__(self, other): return True\n",
	  STATUS_WRONG_ANSWER, 0, 0 },
	{ "a list of them", &add, "    return [Same()]\n" SAME, STATUS_WRONG_ANSWER, 0, 0 },
	{ "equal to everything, in its process", &nodes, "    return Same()\n" SAME,
	  STATUS_TAMPERED, PROTECTION_CONTROL, 0 },
	{ "patched built-ins", &add,
	  "    return 1\nimport builtins\n"
	  "builtins.AssertionError = builtins.isinstance = builtins.sum = lambda *a: True\n"
	  "class Quiet(BaseException): pass\nbuiltins.AssertionError = Quiet\n",
	  STATUS_WRONG_ANSWER, 0, 0 },
	{ "frames", &add,
	  "    import sys\n    frame = sys._getframe()\n    while frame:\n"
	  "        for name, value in list(frame.f_locals.items()) + "
	  "list(frame.f_globals.items()):\n"
	  "            if 'check' in str(value): return 2 if x == 1 else 3\n"
	  "        frame = frame.f_back\n",
	  STATUS_WRONG_ANSWER, 0, 0 },
	{ "everything the collector knows", &add,
	  "    import gc\n    for o in gc.get_objects():\n"
	  "        if isinstance(o, dict) and 'candidate' in o: return 2\n",
	  STATUS_WRONG_ANSWER, 0, 0 },
	{ "the tests on disk", &add,
	  "    import os\n    for top in ('/box', '/work', '/tmp', '/proc/self/fd', '/dev/shm'):\n"
	  "        for name in os.listdir(top):\n"
	  "            try:\n"
	  "                fd = os.open(os.path.join(top, name), os.O_RDONLY | os.O_NONBLOCK)\n"
	  "                text = os.read(fd, 1 << 20)\n"
	  "            except OSError: continue\n"
	  "            if b'assert cand' + b'idate(' in text: return x + 1\n",
	  STATUS_WRONG_ANSWER, 0, 0 },
	{ "the tests of other processes", &add,
	  "    import os\n    for pid in os.listdir('/proc'):\n"
	  "        if pid.isdigit():\n"
	  "            text = open(f'/proc/{pid}/cmdline').read()\n"
	  "            if 'interactor' in text: return x + 1\n",
	  STATUS_WRONG_ANSWER, 0, 0 },
	{ "a second ready", &add, RIGHT FORGE "say(b'[\"ready\"]')\n", STATUS_TAMPERED, 0, 0 },
	{ "a reply ahead of time", &add,
	  RIGHT FORGE "say(b'[\"ready\"]')\nsay(b'[1,\"0000000000000000\",\"value\",2]')\n",
	  STATUS_TAMPERED, 0, 0 },
	{ "garbage on the wire", &add, RIGHT "import os\nos.write(4, b'garbage')\n",
	  STATUS_TAMPERED, 0, 0 },
	{ "a flood on the wire", &add,
	  RIGHT "import os\nwhile True: os.write(4, b'\\0\\0\\0\\2[]' * 1000)\n", STATUS_TAMPERED,
	  0, 0 },
	{ "more after the end", &add,
	  "    import __main__\n    real = __main__._exit\n    import os\n"
	  "    __main__._exit = lambda code: (os.write(4, b'x'), real(0))\n" RIGHT,
	  STATUS_TAMPERED, 0, 0 },
	{ "a wire that is closed", &add, "    import os\n    os.close(4)\n", STATUS_EARLY_EXIT, 0,
	  0 },
	{ "a wire that is closed by one who stays", &add,
	  "    import os, time\n    os.close(4)\n    time.sleep(60)\n", STATUS_TIME_LIMIT, 0, 0 },
	{ "one who stays after the end", &add,
	  "    import __main__, time, os\n"
	  "    __main__._exit = lambda code: (os.close(4), time.sleep(60))\n" RIGHT,
	  STATUS_TIME_LIMIT, 0, 0 },
	{ "requests taken by a thief", &add,
	  "    import os\n    os.read(3, 65536)\n    return x + 1\n", STATUS_TIME_LIMIT, 0, 0 },
	{ "a report on the third wire", &add,
	  "    import os\n"
	  "    for fd in range(5, 256):\n"
	  "        try: os.write(fd, b'{\"verdict\":\"passed\",\"calls\":3}\\n')\n"
	  "        except OSError: pass\n"
	  "    os._exit(0)\n",
	  STATUS_EARLY_EXIT, 0, 0 },
	{ "a forged report, in its process", &nodes,
	  "    import os\n"
	  "    os.write(5, b'{\"nonce\":\"\",\"verdict\":\"passed\",\"executed\":2}\\n')\n"
	  "    os._exit(0)\n",
	  STATUS_TAMPERED, PROTECTION_CONTROL, 0 },
	{ "a report with the nonce, in its process", &nodes,
	  "    import __main__, os, sys, json\n"
	  "    frame = sys._getframe()\n"
	  "    while 'nonce' not in frame.f_locals: frame = frame.f_back\n"
	  "    __main__.report(frame.f_locals['nonce'], 'passed', 'continuation', '', "
	  "type('T', (), dict(executed=2, failed=0, survived=0)))\n"
	  "    os._exit(0)\n",
	  STATUS_TAMPERED, PROTECTION_CONTROL, 0 },
	{ "an exception that lies about its text", &add,
	  "    class Odd(Exception):\n        def __str__(self): raise SystemExit(0)\n"
	  "    raise Odd()\n",
	  STATUS_EARLY_EXIT, 0, 0 },
};

/* ---- running ---- */

static void verdict_came(const struct verdict *v, void *data)
{
	struct fixture *f = data;

	f->verdict = *v;
	f->is_done = true;
	loop_stop(f->loop);
}

static void proof_came(const struct proof *p, void *data)
{
	struct fixture *f = data;

	f->proof = *p;
	f->is_done = true;
	loop_stop(f->loop);
}

static void wait_for_it(struct fixture *f)
{
	struct err err = { 0 };

	while (!f->is_done)
		assert_int_equal(loop_run(f->loop, &err), 0);
	f->is_done = false;
}

static const struct box_limits limits = {
	.wall_ms = 1500,
	.cpu_ms = 1500,
	.mem_bytes = 256 << 20,
};

static void grade_with(struct fixture *f, const struct task *task, const char *answer,
		       const struct proof *proof)
{
	struct grade_request request = {
		.task = task,
		.answer = answer,
		.answer_len = strlen(answer),
		.limits = &limits,
		.proof = *proof,
	};
	struct grading *g;
	struct err err = { 0 };

	assert_int_equal(grader_start(f->client, &request, verdict_came, f, &g, &err), 0);
	wait_for_it(f);
}

static void grade(struct fixture *f, const struct task *task, const char *answer,
		  enum protection protection)
{
	const struct proof proof = { .protection = protection, .has_reference = true };

	grade_with(f, task, answer, &proof);
}

static struct fixture *need_boxes(void **state)
{
	struct fixture *f = *state;

	if (!f->client) {
		print_message("SKIP: no boxes here: %s\n", f->why);
		skip();
	}
	return f;
}

static bool is_expected(const struct row *row, const struct verdict *v)
{
	bool is_run = row->status != STATUS_NO_CODE;

	if (v->status != row->status || (row->reading && v->reading != row->reading))
		return false;
	if (v->status == STATUS_PASSED && !row->protection && v->calls < 1)
		return false;
	return !is_run || (v->wall_ns > 0 && v->layers != 0);
}

static void every_answer_gets_its_verdict(void **state)
{
	struct fixture *f = need_boxes(state);
	int n_bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		enum protection p = row->protection ? row->protection : PROTECTION_WIRE;

		grade(f, row->task, row->answer, p);
		if (is_expected(row, &f->verdict))
			continue;
		n_bad++;
		print_error("%s: %s (%s) %s: %s\n", row->name, status_name(f->verdict.status),
			    status_name(row->status), reading_name(f->verdict.reading),
			    f->verdict.detail);
	}
	assert_int_equal(n_bad, 0);
}

static void details_say_what_happened(void **state)
{
	struct fixture *f = need_boxes(state);

	grade(f, &add, "    return 7\n", PROTECTION_WIRE);
	assert_string_equal(f->verdict.detail, "line 2: assert candidate(1) == 2");
	grade(f, &add, "    raise KeyError('k\\x1b[2J')\n", PROTECTION_WIRE);
	assert_non_null(strstr(f->verdict.detail, "KeyError: "));
	assert_null(strchr(f->verdict.detail, '\x1b'));
	grade(f, &add, "    import os\n    os._exit(3)\n", PROTECTION_WIRE);
	assert_non_null(strstr(f->verdict.detail, "status 3"));
}

static void a_task_that_cannot_be_judged_is_invalid(void **state)
{
	struct fixture *f = need_boxes(state);

	grade(f, &add, RIGHT, PROTECTION_NONE);
	assert_int_equal(f->verdict.status, STATUS_TASK_ERROR);
	grade(f, &nodes, "    return node.value\n", PROTECTION_WIRE);
	assert_int_equal(f->verdict.status, STATUS_TASK_ERROR);
	grade(f, &vacuous, "    return 1\n", PROTECTION_WIRE);
	assert_int_equal(f->verdict.status, STATUS_TASK_ERROR);
}

static void each_task_is_proved_under_its_protection(void **state)
{
	static const struct {
		const struct task *task;
		enum protection protection;
	} cases[] = {
		{ &add, PROTECTION_WIRE },      { &helped, PROTECTION_WIRE },
		{ &raises, PROTECTION_WIRE },   { &sorts, PROTECTION_WIRE_MUTATION },
		{ &nodes, PROTECTION_CONTROL }, { &broken, PROTECTION_NONE },
		{ &vacuous, PROTECTION_NONE },  { &unproved, PROTECTION_WIRE },
	};
	struct fixture *f = need_boxes(state);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = { 0 };

		assert_int_equal(grader_prove(f->client, cases[i].task, &limits, BOX_LEVEL_STANDARD,
					      proof_came, f, &err),
				 0);
		wait_for_it(f);
		if (f->proof.protection != cases[i].protection)
			print_error("%s: %s\n", cases[i].task->id, f->proof.detail);
		assert_int_equal(f->proof.protection, cases[i].protection);
		assert_int_equal(f->proof.has_reference, cases[i].task->reference != NULL);
		assert_int_equal(!*f->proof.detail, f->proof.protection != PROTECTION_NONE);
		assert_int_equal(f->proof.code != NULL,
				 cases[i].task->reference &&
					 (f->proof.protection == PROTECTION_WIRE ||
					  f->proof.protection == PROTECTION_WIRE_MUTATION));
		proof_release(&f->proof);
	}
}

/* Also not code of another interpreter, which is compiled anew. */
static void kept_code_changes_no_verdict(void **state)
{
	struct fixture *f = need_boxes(state);
	struct err err = { 0 };

	assert_int_equal(
		grader_prove(f->client, &add, &limits, BOX_LEVEL_STANDARD, proof_came, f, &err), 0);
	wait_for_it(f);
	struct proof proof = f->proof;

	assert_true(proof.code_len > 100);
	for (int foreign = 0; foreign < 2; foreign++) {
		grade_with(f, &add, RIGHT, &proof);
		assert_int_equal(f->verdict.status, STATUS_PASSED);
		assert_int_equal(f->verdict.calls, 3);
		grade_with(f, &add, "    return 7\n", &proof);
		assert_int_equal(f->verdict.status, STATUS_WRONG_ANSWER);
		assert_string_equal(f->verdict.detail, "line 2: assert candidate(1) == 2");
		((char *)proof.code)[0]++;
	}
	proof_release(&proof);
}

static void a_cancelled_grading_says_nothing(void **state)
{
	struct fixture *f = need_boxes(state);
	struct grade_request request = {
		.task = &add,
		.answer = "    while True: pass\n",
		.answer_len = strlen("    while True: pass\n"),
		.limits = &limits,
		.proof = { .protection = PROTECTION_WIRE },
	};
	struct grading *g;
	struct err err = { 0 };

	assert_int_equal(grader_start(f->client, &request, verdict_came, f, &g, &err), 0);
	grading_cancel(g);
	request.answer_len = 0;
	assert_int_equal(grader_start(f->client, &request, verdict_came, f, &g, &err), 0);
	grading_cancel(g);
	grade(f, &add, RIGHT, PROTECTION_WIRE);
	assert_int_equal(f->verdict.status, STATUS_PASSED);
}

/* ---- boxes ---- */

/* The box server is one folder above the test programs, unless the environment says where. */
static void find_server(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);

	assert_true(n > 0);
	path[n] = '\0';
	*strrchr(path, '/') = '\0';
	(void)strcat(path, "/../assay-box");
	assert_int_equal(setenv("ASSAY_BOX", path, 0), 0);
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct err err = { 0 };

	*state = f;
	find_server();
	if (loop_new(&f->loop, &err) < 0)
		return -1;
	if (box_client_new(f->loop, BOX_LEVEL_STANDARD, &f->client, &err) < 0)
		detail_format(f->why, sizeof(f->why), "%s", err.msg);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->client)
		box_client_free(f->client);
	loop_free(f->loop);
	free(f);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer_gets_its_verdict),
		cmocka_unit_test(details_say_what_happened),
		cmocka_unit_test(a_task_that_cannot_be_judged_is_invalid),
		cmocka_unit_test(each_task_is_proved_under_its_protection),
		cmocka_unit_test(kept_code_changes_no_verdict),
		cmocka_unit_test(a_cancelled_grading_says_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
