/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of scoring: CPU quotas, the cgroup's path, labels. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "harness/run/plan.h"
#include "harness/run/slots.h"

static void a_v2_quota_is_rounded_up_to_whole_cpus(void **state)
{
	static const struct {
		const char *text;
		int cpus;
	} rows[] = {
		{ "max 100000", 0 },
		{ "100000 100000", 1 },
		{ "150000 100000", 2 },
		{ "50000 100000", 1 },
		{ "800000 100000", 8 },
		{ "", 0 },
		{ "garbage", 0 },
		{ "100000", 0 },
		{ "100000 0", 0 },
		{ "-1 100000", 0 },
		{ "9223372036854775807 1", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(slots_quota_v2(rows[i].text), rows[i].cpus);
}

static void a_v1_quota_of_minus_one_is_none(void **state)
{
	(void)state;
	assert_int_equal(slots_quota_v1("-1\n", "100000\n"), 0);
	assert_int_equal(slots_quota_v1("250000\n", "100000\n"), 3);
	assert_int_equal(slots_quota_v1("", ""), 0);
}

static void the_cgroup_of_a_controller_is_found(void **state)
{
	static const struct {
		const char *text, *controller, *path; /* path NULL: none */
	} rows[] = {
		{ "0::/user.slice/a\n", "", "/user.slice/a" },
		{ "0::/\n", "", "/" },
		{ "4:memory:/m\n3:cpu,cpuacct:/c/d\n0::/u\n", "cpu", "/c/d" },
		{ "4:memory:/m\n3:cpuacct,cpu:/c\n", "cpu", "/c" },
		{ "4:memory:/m\n3:cpuacct:/c\n", "cpu", NULL },
		{ "0::/a:b\n", "", "/a:b" },
		{ "0::/unended", "", "/unended" },
		{ "", "", NULL },
		{ "no colons\n\n", "", NULL },
		{ "1:x\n", "x", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char path[64] = "untouched";
		int r = slots_cgroup_path(rows[i].text, rows[i].controller, path, sizeof(path));

		assert_int_equal(r, rows[i].path ? 0 : -1);
		assert_string_equal(path, rows[i].path ? rows[i].path : "untouched");
	}
}

static void a_cgroup_path_that_does_not_fit_is_refused(void **state)
{
	char path[8];

	(void)state;
	assert_int_equal(slots_cgroup_path("0::/1234567\n", "", path, sizeof(path)), -1);
	assert_int_equal(slots_cgroup_path("0::/123456\n", "", path, sizeof(path)), 0);
}

static void there_is_at_least_one_slot(void **state)
{
	(void)state;
	assert_true(slots_available() >= 1);
}

static void the_model_is_named_after_the_samples_file(void **state)
{
	static const struct {
		const char *path, *label;
	} rows[] = {
		{ "gpt4o.jsonl.gz", "gpt4o" },
		{ "/a.b/gpt4o.jsonl", "gpt4o" },
		{ "dir/x.json", "x" },
		{ "x.y.jsonl", "x.y" },
		{ "x.txt", "x.txt" },
		{ ".jsonl", ".jsonl" },
		{ "starter:weak", "starter:weak" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf sb = { 0 };

		plan_model_label(rows[i].path, &sb);
		assert_string_equal(strbuf_str(&sb), rows[i].label);
		strbuf_release(&sb);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_v2_quota_is_rounded_up_to_whole_cpus),
		cmocka_unit_test(a_v1_quota_of_minus_one_is_none),
		cmocka_unit_test(the_cgroup_of_a_controller_is_found),
		cmocka_unit_test(a_cgroup_path_that_does_not_fit_is_refused),
		cmocka_unit_test(there_is_at_least_one_slot),
		cmocka_unit_test(the_model_is_named_after_the_samples_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
