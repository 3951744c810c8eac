/* SPDX-License-Identifier: Apache-2.0 */
/* What is recorded about the host of a run, and when a reader is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "harness/report/noise.h"
#include "harness/run/noise.h"

static void the_line_of_all_cpus_is_read(void **state)
{
	static const struct {
		const char *text;
		int r;
		int64_t all, busy, steal;
	} rows[] = {
		{ "cpu  10 20 30 400 50 6 7 8 9 10\ncpu0 1\n", 0, 531, 73, 8 },
		{ "cpu 1 2 3 4", 0, 10, 6, -1 },
		{ "cpu0 1 2 3 4 5 6 7 8\n", -1, 0, 0, 0 },
		{ "cpu 1 2\n", -1, 0, 0, 0 },
		{ "", -1, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct noise_counters c = { 0 };

		assert_int_equal(noise_parse_stat(rows[i].text, &c), rows[i].r);
		assert_int_equal(c.ticks_all, rows[i].all);
		assert_int_equal(c.ticks_busy, rows[i].busy);
		assert_int_equal(c.ticks_steal, rows[i].steal);
	}
}

static struct noise made_up(void)
{
	return (struct noise){
		.slots = 2,
		.cpus = 2,
		.started_ms = 1,
		.before = { 5000000, 10000000 },
		.after = { 6000000, 6000000 },
		.begin = { 0, 1000, 100, 5, 0, 0, 0, 0.5 },
		.end = { 10 * NS_PER_SEC, 3000, 1100, 25, NS_PER_SEC, 0, 5 * NS_PER_SEC, 2.5 },
		.has_ended = true,
	};
}

static double number(const struct json *session, const char *key)
{
	return json_num(json_get(session, key));
}

static void shares_are_differences_between_two_looks(void **state)
{
	struct noise n = made_up();
	struct strbuf sb = { 0 };
	struct err err = { 0 };

	(void)state;
	noise_write(&n, "", &sb);
	struct json *j = json_parse(sb.buf, sb.len, &err);
	const struct json *s = json_at(j, 0);

	assert_int_equal(json_size(j), 1);
	assert_true(number(s, "wall_s") == 10);
	assert_true(number(s, "steal_share") == 0.01);
	assert_true(number(s, "busy_share") == 0.5);
	assert_true(number(s, "pressure_some") == 0.1);
	assert_true(number(s, "load_after") == 2.5);
	/* 1000 ticks were used, 5 s of them by us */
	assert_true(number(s, "others_share") < number(s, "busy_share"));
	json_free(j);
	strbuf_release(&sb);
}

static void what_is_not_counted_is_left_out(void **state)
{
	struct noise n = made_up();
	struct strbuf sb = { 0 };

	(void)state;
	n.begin.some_ns = n.end.some_ns = n.begin.ticks_steal = -1;
	n.begin.ticks_busy = n.begin.ticks_all = -1;
	noise_write(&n, NULL, &sb);
	assert_null(strstr(strbuf_str(&sb), "pressure_some"));
	assert_null(strstr(strbuf_str(&sb), "steal_share"));
	assert_null(strstr(strbuf_str(&sb), "busy_share"));
	assert_null(strstr(strbuf_str(&sb), "others_share"));
	strbuf_release(&sb);
}

static void sessions_follow_one_another(void **state)
{
	struct noise n = made_up();
	struct strbuf first = { 0 };
	struct strbuf both = { 0 };

	(void)state;
	n.has_ended = false; /* killed */
	noise_write(&n, "damaged", &first);
	assert_null(strstr(strbuf_str(&first), "after"));
	n.has_ended = true;
	noise_write(&n, strbuf_str(&first), &both);
	struct json *j = json_parse(both.buf, both.len, NULL);

	assert_int_equal(json_size(j), 2);
	assert_null(json_get(json_at(j, 0), "after"));
	assert_non_null(json_get(json_at(j, 1), "after"));
	json_free(j);
	strbuf_release(&first);
	strbuf_release(&both);
}

#define QUIET                                                                                      \
	"\"before\":{\"cpu_ns\":5e6,\"wall_ns\":5.1e6},\"after\":{\"cpu_ns\":5e6,\"wall_ns\":9e6}"

static void a_reader_is_told_where_it_matters(void **state)
{
	static const struct {
		const char *json, *words; /* NULL: nothing is said */
	} rows[] = {
		{ NULL, NULL },
		{ "", NULL },
		{ "damaged", NULL },
		{ "[]", NULL },
		{ "[{" QUIET ",\"wall_s\":9,\"others_share\":0.2,\"steal_share\":0.001}]", NULL },
		{ "[{" QUIET ",\"wall_s\":9,\"others_share\":0.61}]",
		  "other programs used 61 % of the CPU time" },
		{ "[{" QUIET ",\"wall_s\":0.3,\"others_share\":0.61}]", NULL },
		{ "[{" QUIET ",\"wall_s\":9},{" QUIET ",\"wall_s\":9,\"steal_share\":0.034}]",
		  "the hypervisor took 3.4 %" },
		{ "[{\"before\":{\"cpu_ns\":5e6,\"wall_ns\":2e7}}]", "(4.0 times slower)" },
		{ "[{\"before\":{\"cpu_ns\":5e6,\"wall_ns\":5e6},\"after\":{\"cpu_ns\":3e6}}]",
		  "by a factor of 1.67" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *said = noise_remark(rows[i].json);

		assert_int_equal(said != NULL, rows[i].words != NULL);
		if (said)
			assert_non_null(strstr(said, rows[i].words));
		free(said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_of_all_cpus_is_read),
		cmocka_unit_test(shares_are_differences_between_two_looks),
		cmocka_unit_test(what_is_not_counted_is_left_out),
		cmocka_unit_test(sessions_follow_one_another),
		cmocka_unit_test(a_reader_is_told_where_it_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
