/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What proves the end of a box, on the real server: counters, numbers of system calls, context
 * switches, waiting, pressure; and limits of time on a processor that others keep busy.
 */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/loop.h"
#include "sandbox/box.h"
#include "sandbox/pressure.h"

struct bench {
	struct loop *loop;
	struct box_client *client;
};

struct answer {
	struct box_result r;
	struct loop *loop;
};

static void take(const struct box_result *r, void *data)
{
	struct answer *a = data;

	a->r = *r;
	if (r->message[0])
		print_message("%s: %s\n", box_end_name(r->end), r->message);
	loop_stop(a->loop);
}

/* One processor for the server and all of its boxes, so that a few loops are enough to fill it. */
static int pin_to_one_cpu(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		return sched_setaffinity(0, sizeof(set), &set);
	}
	return -1;
}

static int set_up(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	struct err err = { 0 };

	*state = b;
	if (pin_to_one_cpu() < 0 || loop_new(&b->loop, &err) < 0)
		return -1;
	if (box_client_new(b->loop, BOX_LEVEL_STANDARD, &b->client, &err) < 0) {
		print_message("SKIP: no box can be made here: %s\n", err.msg);
		b->client = NULL;
	}
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	box_client_free(b->client);
	loop_free(b->loop);
	free(b);
	return 0;
}

static struct bench *need_boxes(void **state)
{
	struct bench *b = *state;

	if (!b->client)
		skip();
	return b;
}

static struct box_result run(struct bench *b, const char *python, const struct box_limits *limits)
{
	struct answer a = { .loop = b->loop };
	struct box_handle *h;
	struct box_spec spec;
	struct err err = { 0 };

	box_spec_init(&spec);
	strvec_push(&spec.argv, "/usr/bin/python3");
	strvec_push(&spec.argv, "-Ic");
	strvec_push(&spec.argv, python);
	spec.limits = *limits;
	assert_int_equal(box_start(b->client, &spec, take, &a, &h, &err), 0);
	assert_int_equal(loop_run(b->loop, &err), 0);
	box_spec_release(&spec);
	return a.r;
}

/* ---- texts ---- */

static void the_total_of_a_pressure_line_is_read(void **state)
{
	static const struct {
		const char *text, *line;
		int64_t ns;
	} rows[] = {
		{ "some avg10=1.00 avg60=0.00 avg300=0.00 total=12\n", "some", 12000 },
		{ "some avg10=0.00 total=5\nfull avg10=0.00 total=7\n", "full", 7000 },
		{ "some avg10=0.00\nfull avg10=0.00 total=7\n", "some", -1 },
		{ "somewhat total=5\n", "some", -1 },
		{ "", "some", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(pressure_parse(rows[i].text, rows[i].line), rows[i].ns);
}

/* ---- what each end carries ---- */

static void a_program_that_ends_by_itself_tells_its_switches(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_limits l = { .wall_ms = 20000 };
	struct box_result r =
		run(b, "import time\nfor i in range(50): time.sleep(0.0001)\nexit(3)", &l);

	assert_int_equal(r.end, BOX_EXITED);
	assert_int_equal(r.exit_code, 3);
	assert_true(r.switches_voluntary >= 50);
	assert_true(r.switches_forced >= 0);
	assert_int_equal(r.wait_ns, -1); /* no limit ended it */
	assert_string_not_equal(r.pressure_source, "");
}

static void a_program_that_ends_well_costs_no_look_at_the_pressure(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_limits l = { .wall_ms = 20000 };
	struct box_result r = run(b, "pass", &l);

	assert_int_equal(r.exit_code, 0);
	assert_string_equal(r.pressure_source, "");
	assert_int_equal(r.pressure_ns, -1);
}

static void a_forbidden_call_is_told_by_name_and_number(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_limits l = { .wall_ms = 20000 };
	struct box_result r = run(b,
				  "import ctypes\n"
				  "exit(ctypes.CDLL(None).unshare(0x10000000) and 1)",
				  &l);

	assert_int_equal(r.end, BOX_FORBIDDEN);
	assert_int_equal(r.n_denied, 1);
	assert_string_equal(r.denied[0], "unshare");
	assert_int_equal(r.denied_nr[0], SYS_unshare);
}

static void a_sleeper_is_seen_to_have_slept(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_limits l = { .wall_ms = 400, .wall_max_ms = 20000, .cpu_ms = 5000 };
	struct box_result r = run(b, "import time; time.sleep(100)", &l);

	assert_int_equal(r.end, BOX_WALL_LIMIT);
	assert_true(r.wall_ns >= 400 * NS_PER_MS && r.wall_ns < 10 * NS_PER_SEC);
	if (r.wait_ns < 0)
		print_message("SKIP: this kernel does not count waiting for a CPU\n");
	assert_true(r.switches_voluntary > 0);
}

static void memory_of_boxes_before_is_the_baseline(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_limits l = { .wall_ms = 20000 };

	for (int i = 0; i < 3; i++) {
		struct box_result r = run(b, "x = b'1' * (32 << 20); exit(1)", &l);

		if (strcmp(r.peak_source, "cgroup") != 0) {
			print_message("SKIP: no control group counts memory here\n");
			skip();
		}
		assert_true(r.base_bytes >= 0);
		assert_true(r.peak_bytes - r.base_bytes >= 32 << 20);
		assert_true(r.peak_bytes - r.base_bytes < 64 << 20);
	}
}

static void what_is_beyond_the_cpu_limit_shows_by_how_much(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_limits l = { .wall_ms = 60000, .cpu_ms = 400, .cpu_slack_ms = 20000 };
	struct box_result r = run(b,
				  "import time\n"
				  "while time.process_time() < 0.6: pass\n"
				  "exit(5)",
				  &l);

	assert_int_equal(r.end, BOX_CPU_LIMIT); /* decided by the limit, killed by nobody */
	assert_int_equal(r.exit_code, 5);
	assert_true(r.cpu_ns > 600 * NS_PER_MS);
	l.cpu_slack_ms = 100;
	r = run(b, "while True: pass", &l);
	assert_int_equal(r.end, BOX_CPU_LIMIT);
	assert_int_equal(r.exit_code, -1);
	assert_true(r.cpu_ns > 500 * NS_PER_MS);
}

/* ---- a busy processor ---- */

#define N_LOOPS 4

struct load {
	pid_t pids[N_LOOPS];
};

static void load_start(struct load *load)
{
	for (int i = 0; i < N_LOOPS; i++) {
		load->pids[i] = fork();
		if (load->pids[i] == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
			(void)setsid(); /* which get equal shares where the kernel groups by them */
			for (;;)
				;
		}
		assert_true(load->pids[i] > 0);
	}
}

static void load_stop(struct load *load)
{
	for (int i = 0; i < N_LOOPS; i++) {
		(void)kill(load->pids[i], SIGKILL);
		(void)waitpid(load->pids[i], NULL, 0);
	}
}

#define BURN "import time\nwhile time.process_time() < 0.4: pass\n"

/* Four loops beside it: 0.4 s of CPU time take about two seconds. */
static void a_box_that_others_keep_from_running_gets_more_time(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_limits l = { .wall_ms = 1000, .wall_max_ms = 60000, .cpu_ms = 5000 };
	struct box_limits hard = { .wall_ms = 1000, .cpu_ms = 5000 };
	struct load load;

	load_start(&load);
	struct box_result kept = run(b, BURN, &hard);
	struct box_result let = run(b, BURN, &l);

	load_stop(&load);
	assert_int_equal(kept.end, BOX_WALL_LIMIT);
	if (kept.wait_ns < 0) {
		print_message("SKIP: this kernel does not count waiting for a CPU\n");
		skip();
	}
	assert_true(kept.wait_ns > 300 * NS_PER_MS);
	assert_int_equal(let.end, BOX_EXITED);
	assert_int_equal(let.exit_code, 0);
	assert_true(let.wall_ns > NS_PER_SEC);
}

/*
 * Processes that wait for one another are not kept by others: whatever else runs, they end when
 * they have had the CPU for the second that is their wall limit.
 */
static void a_box_cannot_make_itself_wait(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_limits l = { .wall_ms = 1000, .wall_max_ms = 60000, .cpu_ms = 60000 };
	struct box_result r = run(b,
				  "import os, time\n"
				  "for i in range(3): os.fork()\n"
				  "while True: pass",
				  &l);

	assert_int_equal(r.end, BOX_WALL_LIMIT);
	if (r.wait_ns < 0)
		skip();
	assert_true(r.cpu_ns < 2 * NS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_total_of_a_pressure_line_is_read),
		cmocka_unit_test(a_program_that_ends_by_itself_tells_its_switches),
		cmocka_unit_test(a_program_that_ends_well_costs_no_look_at_the_pressure),
		cmocka_unit_test(a_forbidden_call_is_told_by_name_and_number),
		cmocka_unit_test(a_sleeper_is_seen_to_have_slept),
		cmocka_unit_test(memory_of_boxes_before_is_the_baseline),
		cmocka_unit_test(what_is_beyond_the_cpu_limit_shows_by_how_much),
		cmocka_unit_test(a_box_that_others_keep_from_running_gets_more_time),
		cmocka_unit_test(a_box_cannot_make_itself_wait),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
