/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of the command line: lists of k, the progress line. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "harness/cli/ks.h"
#include "harness/cli/progress.h"

static void lists_of_k_are_read(void **state)
{
	static const struct {
		const char *text;
		int n; /* -1: refused */
		int64_t k[4];
	} rows[] = {
		{ "1", 1, { 1 } },
		{ "1,10,100", 3, { 1, 10, 100 } },
		{ "100, 1", 2, { 100, 1 } },
		{ "5,5,5", 1, { 5 } },
		{ "1000000000", 1, { 1000000000 } },
		{ "", -1, { 0 } },
		{ ",", -1, { 0 } },
		{ "0", -1, { 0 } },
		{ "-1", -1, { 0 } },
		{ "1.5", -1, { 0 } },
		{ "1,x", -1, { 0 } },
		{ "1000000001", -1, { 0 } },
		{ "99999999999999999999", -1, { 0 } },
		{ "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", -1, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ks ks = { 0 };
		struct err err = { 0 };
		int r = ks_parse(rows[i].text, &ks, &err);

		assert_int_equal(r, rows[i].n < 0 ? -1 : 0);
		if (r < 0) {
			assert_int_equal(err.kind, ERR_USAGE);
			continue;
		}
		assert_int_equal(ks.n, rows[i].n);
		assert_memory_equal(ks.k, rows[i].k, ks.n * sizeof(ks.k[0]));
	}
}

static void the_usual_k_are_those_that_every_task_allows(void **state)
{
	static const struct {
		int64_t min_per_task;
		size_t n;
	} rows[] = { { 1, 1 }, { 9, 1 }, { 10, 2 }, { 99, 2 }, { 100, 3 }, { 5000, 3 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ks ks = { 0 };

		ks_default(rows[i].min_per_task, &ks);
		assert_int_equal(ks.n, rows[i].n);
		assert_int_equal(ks.k[0], 1);
	}
}

static void a_k_above_the_samples_of_a_task_names_it_and_the_way_out(void **state)
{
	struct task tasks[] = { { .id = "a" }, { .id = "b" }, { .id = "c" } };
	struct suite suite = { .tasks = tasks, .n = 3 };
	int64_t per_task[] = { 10, 0, 4 };
	struct samples_summary sum = { .min_per_task = 4, .per_task = per_task };
	struct ks ks = { .k = { 1, 5 }, .n = 2 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(ks_check(&ks, &suite, &sum, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.msg, "task c has 4"));
	assert_non_null(strstr(err.msg, "largest k that works is 4"));
	ks.k[1] = 4;
	assert_int_equal(ks_check(&ks, &suite, &sum, &err), 0);
}

static void the_progress_line_gives_up_its_end_where_it_is_narrow(void **state)
{
	const struct run_progress run = {
		.phase = "scoring", .done = 50, .total = 200, .passed = 30, .invalid = 1
	};
	static const struct {
		int width;
		const char *line;
	} rows[] = {
		{ 79, "scoring 50/200  30 passed  1 invalid  5.0/s  0:30 left" },
		{ 40, "scoring 50/200  30 passed  1 invalid" },
		{ 20, "scoring 50/200" },
		{ 5, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf sb = { 0 };

		progress_format(&run, 10 * NS_PER_SEC, rows[i].width, &sb);
		assert_string_equal(strbuf_str(&sb), rows[i].line);
		strbuf_release(&sb);
	}
}

static void progress_counts_the_phase_and_not_what_was_judged_before(void **state)
{
	struct run_progress run = { .phase = "proving tasks",
				    .done = 90,
				    .total = 200,
				    .resumed = 90,
				    .passed = 80,
				    .phase_done = 2,
				    .phase_total = 8 };
	struct strbuf sb = { 0 };

	(void)state;
	progress_format(&run, 2 * NS_PER_SEC, 79, &sb);
	assert_string_equal(sb.buf, "proving tasks 2/8  80 passed  1.0/s  0:06 left");
	strbuf_clear(&sb);
	run.phase = "scoring";
	run.phase_total = 0;
	run.done = 100;
	progress_format(&run, 10 * NS_PER_SEC, 79, &sb);
	assert_string_equal(sb.buf, "scoring 100/200  80 passed  1.0/s  1:40 left");
	strbuf_release(&sb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_k_are_read),
		cmocka_unit_test(the_usual_k_are_those_that_every_task_allows),
		cmocka_unit_test(a_k_above_the_samples_of_a_task_names_it_and_the_way_out),
		cmocka_unit_test(the_progress_line_gives_up_its_end_where_it_is_narrow),
		cmocka_unit_test(progress_counts_the_phase_and_not_what_was_judged_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
