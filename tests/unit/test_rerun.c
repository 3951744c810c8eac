/* SPDX-License-Identifier: Apache-2.0 */
/* Which results lie near a limit, who is run again, and what is nobody's fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "graders/evidence.h"
#include "harness/run/rerun.h"
#include "harness/run/run.h"

/* Limits of all rows: 1000 ms of CPU time, 4000 ms on the clock and up to 32000, 1000 bytes. */
static const struct {
	const char *what;
	enum box_end end;
	int exit_code;
	int cpu_ms, wall_ms, peak;
	int wait_ms, pressure_percent; /* -1: not known */
	enum near_limit near;
	bool is_starved;
} rows[] = {
	{ "far below", BOX_EXITED, 0, 500, 600, 500, -1, -1, NEAR_NOTHING, false },
	{ "just below the margin", BOX_EXITED, 0, 799, 900, 500, -1, -1, NEAR_NOTHING, false },
	{ "passed at 0.8", BOX_EXITED, 0, 800, 900, 500, -1, -1, NEAR_CPU, false },
	{ "over the limit, ended by itself", BOX_CPU_LIMIT, 0, 1100, 1200, 1, -1, -1, NEAR_CPU,
	  false },
	{ "over the limit, failed then", BOX_CPU_LIMIT, 1, 1249, 1300, 1, -1, -1, NEAR_CPU, false },
	{ "killed at 1.25", BOX_CPU_LIMIT, -1, 1250, 1300, 1, 0, -1, NEAR_NOTHING, false },
	{ "an exception at 0.9: no limit in sight", BOX_EXITED, 1, 900, 950, 1, -1, -1,
	  NEAR_NOTHING, false },
	{ "killed for memory", BOX_MEMORY_LIMIT, -1, 10, 20, 1000, 0, -1, NEAR_MEMORY, false },
	{ "passed with 0.9 of the memory", BOX_EXITED, 0, 10, 20, 900, -1, -1, NEAR_MEMORY, false },
	{ "passed with less", BOX_EXITED, 0, 10, 20, 899, -1, -1, NEAR_NOTHING, false },
	{ "slept on an idle machine", BOX_WALL_LIMIT, -1, 10, 4001, 1, 3, 2, NEAR_NOTHING, false },
	{ "slept on a busy machine", BOX_WALL_LIMIT, -1, 10, 4001, 1, 3, 60, NEAR_WALL, false },
	{ "waited for the CPU", BOX_WALL_LIMIT, -1, 10, 4001, 1, 900, 2, NEAR_WALL, false },
	{ "nobody counts waiting", BOX_WALL_LIMIT, -1, 10, 4001, 1, -1, 2, NEAR_WALL, false },
	{ "nobody counts pressure", BOX_WALL_LIMIT, -1, 10, 4001, 1, 3, -1, NEAR_WALL, false },
	{ "was not let run", BOX_WALL_LIMIT, -1, 300, 32001, 1, 31000, 99, NEAR_WALL, true },
	{ "asleep, at last", BOX_WALL_LIMIT, -1, 300, 31000, 1, 27000, 99, NEAR_WALL, false },
};

static struct evidence evidence_of(size_t i)
{
	struct evidence e = {
		.box = "answer",
		.limits = { .cpu_ms = 1000,
			    .wall_ms = 4000,
			    .wall_max_ms = 32000,
			    .mem_bytes = 1000 },
	};

	box_result_init(&e.result);
	e.result.end = rows[i].end;
	e.result.exit_code = rows[i].exit_code;
	e.result.cpu_ns = rows[i].cpu_ms * NS_PER_MS;
	e.result.wall_ns = rows[i].wall_ms * NS_PER_MS;
	e.result.peak_bytes = rows[i].peak;
	e.result.wait_ns = rows[i].wait_ms < 0 ? -1 : rows[i].wait_ms * NS_PER_MS;
	e.result.pressure_ns = rows[i].pressure_percent;
	e.result.pressure_window_ns = 100;
	return e;
}

static void what_is_near_a_limit_is_told_from_what_is_far(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct evidence e = evidence_of(i);

		if (evidence_near(&e) != rows[i].near)
			print_message("%s\n", rows[i].what);
		assert_int_equal(evidence_near(&e), rows[i].near);
		assert_int_equal(evidence_is_starved(&e), rows[i].is_starved);
	}
}

static void without_a_box_nothing_is_near(void **state)
{
	struct evidence e = { .box = NULL, .result = { .end = BOX_WALL_LIMIT } };

	(void)state;
	assert_int_equal(evidence_near(&e), NEAR_NOTHING);
	assert_false(evidence_is_starved(&e));
}

/* ---- the queue ---- */

static const struct task some_task = { .id = "t/1" };

static struct attempt *near_attempt(int64_t ordinal)
{
	struct sample s = {
		.task = &some_task, .ordinal = ordinal, .answer = "x", .answer_len = 1
	};
	struct attempt *a = attempt_new(&s);

	a->verdict = (struct verdict){ .status = STATUS_MEMORY_LIMIT, .peak_bytes = -1 };
	a->verdict.evidence = evidence_of(7);
	return a;
}

static void those_near_a_limit_wait_in_the_order_of_the_file(void **state)
{
	static const int64_t order[] = { 5, 2, 9, 1 }, sorted[] = { 1, 2, 5, 9 };
	struct rerun_queue q;

	(void)state;
	rerun_init(&q, 4, 0);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		assert_null(rerun_offer(&q, near_attempt(order[i])));
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++) {
		struct attempt *a = rerun_next(&q);

		assert_int_equal(a->ordinal, sorted[i]);
		assert_int_equal(a->rerun, RERUN_DONE);
		assert_int_equal(a->near, NEAR_MEMORY);
		assert_int_equal(a->first.status, STATUS_MEMORY_LIMIT);
		assert_null(a->verdict.evidence.box);
		attempt_free(a);
	}
	assert_null(rerun_next(&q));
	rerun_release(&q);
}

static void one_that_is_far_from_all_limits_is_booked_at_once(void **state)
{
	struct attempt *a = near_attempt(1);
	struct rerun_queue q;

	(void)state;
	a->verdict.evidence = evidence_of(0);
	rerun_init(&q, 100, 0);
	assert_ptr_equal(rerun_offer(&q, a), a);
	assert_int_equal(a->rerun, RERUN_NONE);
	attempt_free(a);
	rerun_release(&q);
}

/* Whatever the order in which they come: the first ten of the file are run again. */
static void beyond_the_bound_the_last_of_the_file_give_way(void **state)
{
	struct rerun_queue q;

	(void)state;
	rerun_init(&q, 30, 0);
	for (int64_t i = 0; i < 30; i++) {
		struct attempt *out = rerun_offer(&q, near_attempt((i * 7) % 30));

		if (out)
			assert_int_equal(out->rerun, RERUN_BEYOND_BOUND);
		attempt_free(out);
	}
	assert_int_equal(q.n, 10);
	for (int64_t i = 0; i < 10; i++) {
		struct attempt *a = rerun_next(&q);

		assert_int_equal(a->ordinal, i);
		attempt_free(a);
	}
	rerun_release(&q);
}

static void the_bound_follows_the_run_and_what_was_done_before(void **state)
{
	static const struct {
		int64_t n, done;
		int max;
	} bounds[] = { { 1, 0, 10 },    { 500, 0, 10 },  { 1640, 0, 32 },
		       { 1640, 30, 2 }, { 1640, 40, 0 }, { 16400, 0, 200 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
		struct rerun_queue q;

		rerun_init(&q, bounds[i].n, bounds[i].done);
		assert_int_equal(q.max, bounds[i].max);
		rerun_release(&q);
	}
}

static void with_nothing_left_of_the_bound_all_are_booked(void **state)
{
	struct rerun_queue q;

	(void)state;
	rerun_init(&q, 10, 10);
	struct attempt *a = near_attempt(3);

	assert_ptr_equal(rerun_offer(&q, a), a);
	assert_int_equal(a->rerun, RERUN_BEYOND_BOUND);
	attempt_free(a);
	rerun_release(&q);
}

/* ---- what is booked ---- */

static void what_only_load_has_caused_is_nobodys_failure(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct attempt *a = near_attempt(1);

		a->verdict.status = STATUS_TIME_LIMIT;
		a->verdict.evidence = evidence_of(i);
		rerun_settle(a);
		assert_int_equal(a->verdict.status,
				 rows[i].is_starved ? STATUS_HARNESS_ERROR : STATUS_TIME_LIMIT);
		attempt_free(a);
	}
}

static void both_verdicts_are_recorded(void **state)
{
	struct attempt *a = near_attempt(1);
	struct strbuf sb = { 0 };
	struct rerun_queue q;
	struct err err = { 0 };

	(void)state;
	attempt_evidence(a, &sb);
	assert_non_null(strstr(strbuf_str(&sb), "\"end\":\"memory_limit\""));
	assert_null(strstr(strbuf_str(&sb), "rerun"));
	strbuf_clear(&sb);
	rerun_init(&q, 1, 0);
	assert_null(rerun_offer(&q, a));
	a = rerun_next(&q);
	a->verdict.status = STATUS_PASSED;
	a->verdict.evidence = evidence_of(0);
	attempt_evidence(a, &sb);
	struct json *j = json_parse(sb.buf, sb.len, &err);
	const struct json *rerun = json_get(j, "rerun");

	assert_string_equal(json_str(json_get(j, "end")), "exited");
	assert_string_equal(json_str(json_get(rerun, "near")), "memory");
	assert_string_equal(json_str(json_get(json_get(rerun, "first"), "status")), "memory_limit");
	json_free(j);
	strbuf_release(&sb);
	attempt_free(a);
	rerun_release(&q);
}

/* ---- limits ---- */

static void the_cpu_limit_decides_and_the_wall_limit_follows_it(void **state)
{
	static const struct {
		int64_t cpu, wall, want_wall;
	} times[] = {
		{ 3000, 0, 10000 }, { 20000, 0, 61000 }, { 100, 0, 1300 }, { 3000, 500, 500 }
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		struct box_limits l = { .cpu_ms = times[i].cpu, .wall_ms = times[i].wall };

		run_derive_limits(&l);
		assert_int_equal(l.wall_ms, times[i].want_wall);
		assert_int_equal(l.wall_max_ms, 8 * times[i].want_wall);
		assert_int_equal(l.cpu_slack_ms, times[i].cpu / 4);
	}
}

static void limits_beyond_all_reason_stay_in_range(void **state)
{
	struct box_limits l = { .cpu_ms = INT64_MAX, .wall_ms = INT64_MAX };

	(void)state;
	run_derive_limits(&l);
	assert_true(l.wall_max_ms > 0 && l.wall_max_ms <= INT64_MAX / NS_PER_MS);
	assert_true(l.cpu_ms + l.cpu_slack_ms <= INT64_MAX / NS_PER_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_near_a_limit_is_told_from_what_is_far),
		cmocka_unit_test(without_a_box_nothing_is_near),
		cmocka_unit_test(those_near_a_limit_wait_in_the_order_of_the_file),
		cmocka_unit_test(one_that_is_far_from_all_limits_is_booked_at_once),
		cmocka_unit_test(beyond_the_bound_the_last_of_the_file_give_way),
		cmocka_unit_test(the_bound_follows_the_run_and_what_was_done_before),
		cmocka_unit_test(with_nothing_left_of_the_bound_all_are_booked),
		cmocka_unit_test(what_only_load_has_caused_is_nobodys_failure),
		cmocka_unit_test(both_verdicts_are_recorded),
		cmocka_unit_test(the_cpu_limit_decides_and_the_wall_limit_follows_it),
		cmocka_unit_test(limits_beyond_all_reason_stay_in_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
