/* SPDX-License-Identifier: Apache-2.0 */
/* The self-test's table and its rules; boxes are tried by tests/cli/doctor.bats. */
#include "harness/run/selftest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "sandbox/layers.h"

extern const char asset_attacks_table[];

static void a_row_is_seven_cells(void **state)
{
	struct selftest t = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
		selftest_parse("# a comment\n\nleak | self:top | --wall 5s  | exited:0 | - "
			       "| root,caps | looks around\n",
			       &t, &err),
		0);
	assert_int_equal(t.n, 1);
	assert_string_equal(t.rows[0].class, "leak");
	assert_string_equal(t.rows[0].name, "top");
	assert_string_equal(t.rows[0].limits, "--wall 5s");
	assert_string_equal(t.rows[0].layers, "root,caps");
	assert_string_equal(t.rows[0].about, "looks around");
	selftest_release(&t);
}

static void what_is_no_row_is_an_error(void **state)
{
	static const char *const bad[] = {
		"leak | self:top | --wall 5s | exited:0 | - | root\n",
		"leak | self:top | --wall 5s | exited:0 | - | root | a | b\n",
		"leak | top | --wall 5s | exited:0 | - | root | a\n",
		"leak\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct selftest t = { 0 };
		struct err err = { 0 };

		assert_int_equal(selftest_parse(bad[i], &t, &err), -1);
		assert_non_null(strstr(err.msg, "line 1"));
		selftest_release(&t);
	}
}

static void limits_are_those_of_assay_box_run(void **state)
{
	struct box_limits l = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(selftest_limits("--mem 48M --wall 200ms --processes 32", &l, &err), 0);
	assert_int_equal(l.mem_bytes, 48 << 20);
	assert_int_equal(l.wall_ms, 200);
	assert_int_equal(l.processes, 32);
	assert_int_equal(l.disk_bytes, 0);
	assert_int_equal(selftest_limits("--memory 48M", &l, &err), -1);
	assert_int_equal(selftest_limits("48M", &l, &err), -1);
}

static void an_end_is_accepted_where_the_row_names_it(void **state)
{
	uint32_t counted = LAYER_BIT(LAYER_CGROUP_MEMORY) | LAYER_BIT(LAYER_CGROUP_PIDS);
	static const struct {
		const char *ends;
		enum box_end end;
		int exit_code;
		bool counted, watched;
	} rows[] = {
		{ "exited:0", BOX_EXITED, 0, true, true },
		{ "exited:0", BOX_EXITED, 10, false, false },
		{ "exited:1", BOX_EXITED, 10, false, false },
		{ "exited", BOX_EXITED, 10, true, true },
		{ "exited:0", BOX_SIGNALED, 0, false, false },
		{ "memory_limit", BOX_MEMORY_LIMIT, -1, true, true },
		{ "cpu_limit,wall_limit", BOX_WALL_LIMIT, -1, true, true },
		{ "process_limit,exited:1@watched", BOX_EXITED, 1, false, true },
		{ "process_limit,exited:1@watched", BOX_PROCESS_LIMIT, -1, true, true },
		{ "memory_limit@cgroup", BOX_MEMORY_LIMIT, -1, true, false },
		{ "cpu_limit@cgroup,any@watched", BOX_EXITED, 0, false, true },
		{ "exited:1@filtered", BOX_EXITED, 1, false, false },
		{ "exited:1@unheard-of", BOX_EXITED, 1, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct box_result r = { .end = rows[i].end, .exit_code = rows[i].exit_code };

		assert_int_equal(selftest_accepts(rows[i].ends, &r, counted), rows[i].counted);
		assert_int_equal(selftest_accepts(rows[i].ends, &r, 0), rows[i].watched);
	}
}

/* Does any attack claim this layer? */
static bool is_claimed(const struct selftest *t, const char *layer)
{
	size_t len = strlen(layer);

	for (int i = 0; i < t->n; i++) {
		for (const char *p = strstr(t->rows[i].layers, layer); p;
		     p = strstr(p + 1, layer)) {
			bool starts = p == t->rows[i].layers || p[-1] == ',';

			if (starts && (p[len] == ',' || !p[len]))
				return true;
		}
	}
	return false;
}

static void the_attacks_that_ship_claim_every_layer(void **state)
{
	struct selftest t = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(selftest_parse(asset_attacks_table, &t, &err), 0);
	for (int l = 0; l < LAYER_COUNT; l++) {
		/* a /proc of its own stops nothing that an empty one would not */
		if (l != LAYER_PROC && !is_claimed(&t, layer_infos[l].name))
			fail_msg("no attack claims %s", layer_infos[l].name);
	}
	for (int i = 0; i < t.n; i++) {
		struct box_limits limits;

		assert_int_equal(selftest_limits(t.rows[i].limits, &limits, &err), 0);
		assert_true(limits.wall_ms > 0);
	}
	selftest_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_is_seven_cells),
		cmocka_unit_test(what_is_no_row_is_an_error),
		cmocka_unit_test(limits_are_those_of_assay_box_run),
		cmocka_unit_test(an_end_is_accepted_where_the_row_names_it),
		cmocka_unit_test(the_attacks_that_ship_claim_every_layer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
