/* SPDX-License-Identifier: Apache-2.0 */
/* Scorecards of small runs: counts, estimates, and what is printed of them. */
#include "harness/report/scorecard.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/json.h"
#include "harness/report/page.h"
#include "scored_run.h"
#include "temp_store.h"

/* ---- helpers ---- */

static struct store *store;

static int set_up(void **state)
{
	if (temp_store_make(state) < 0)
		return -1;
	store = temp_store_open();
	return 0;
}

static int tear_down(void **state)
{
	store_close(store);
	return temp_store_remove(state);
}

static void build(const struct scored_run *run, const int64_t *ks, size_t n_ks,
		  struct scorecard *ret)
{
	struct run_record rec;
	struct err err = { 0 };

	scored_run_store(store, run, &rec);
	if (scorecard_build(store, &rec, ks, n_ks, ret, &err) < 0)
		fail_msg("%s", err.msg);
	run_record_release(&rec);
}

static void print(const struct scored_run *run, int64_t k, int width, struct strbuf *ret)
{
	const struct scorecard_style style = { .width = width };
	struct scorecard sc;

	build(run, &k, k ? 1 : 0, &sc);
	scorecard_print(&sc, &style, ret);
	scorecard_release(&sc);
}

static void has(const struct strbuf *text, const char *part)
{
	if (!strstr(strbuf_str(text), part))
		fail_msg("'%s' is not in:\n%s", part, strbuf_str(text));
}

static void has_not(const struct strbuf *text, const char *part)
{
	if (strstr(strbuf_str(text), part))
		fail_msg("'%s' is in:\n%s", part, strbuf_str(text));
}

/* ---- what is printed ---- */

static const struct printed {
	const char *what;
	struct scored_run run;
	int64_t k;
	const char *want[4], *unwanted[3];
} printed[] = {
	{
		.what = "one sample a task is a Wilson interval without a rerun error",
		.run = { .tasks = { { "a", "p" },
				    { "b", "p" },
				    { "c", "f" },
				    { "d", "p" },
				    { "e", "f" } } },
		.want = { "pass@1   0.600 [0.231, 0.882] wilson over 5 tasks x 1 sample, rerun SE "
			  "n/a (needs 2 samples a task)\n",
			  "passed   3 of 5, 60.0 %\n", "invalid  0 of 5, 0.0 %\n" },
		.unwanted = { "excluded", "tasks with invalid samples" },
	},
	{
		.what = "nothing about k says k = 1",
		.run = { .tasks = { { NULL, "pf" } }, .n_equal = 6 },
		.want = { "pass@1   0.500 [" },
		.unwanted = { "pass@2" },
	},
	{
		.what = "invalid samples are excluded and bounded",
		.run = { .tasks = { { "a", "pp" },
				    { "b", "pi" },
				    { "c", "ff" },
				    { "d", "ff" },
				    { "e", "pp" } } },
		.want = { "pass@1   0.600 [", "over 5 tasks x 1-2 samples",
			  "excluded 1 (invalid): between 0.500 and 0.600 had they counted",
			  "invalid   1 of 10, 10.0 %, not the answer's fault: in no rate\n" },
	},
	{
		.what = "more than 2 % of invalid samples make a run incomplete",
		.run = { .tasks = { { NULL, "ppppppppip" } }, .n_equal = 5 },
		.want = { "warning: incomplete: 5 of 50 samples (10.0 %) are invalid" },
	},
	{
		.what = "up to 2 % of invalid samples do not",
		.run = { .tasks = { { NULL, "pf" }, { "x", "pi" } }, .n_equal = 24 },
		.want = { "excluded 1 (invalid)",
			  "tasks with invalid samples\n  x: 1 of 2, no box" },
		.unwanted = { "incomplete" },
	},
	{
		.what = "a task without a valid sample is left out",
		.run = { .tasks = { { NULL, "pf" }, { "x", "ii" } }, .n_equal = 10 },
		.want = { "over 10 tasks x 2 samples",
			  "warning: 1 task left out of all rates: no valid sample\n" },
	},
	{
		.what = "a run of invalid samples has no score",
		.run = { .tasks = { { "x", "ii" } } },
		.want = { "pass@1   n/a, excluded 2 (invalid)", "passed   0 of 0, n/a\n" },
	},
	{
		.what = "unscored samples count as not passed",
		.run = { .tasks = { { NULL, "pu" } }, .n_equal = 10 },
		.want = { "pass@1   0.500 [",
			  "unscored 10 of 20, 50.0 %, nothing to judge: counts as not passed\n" },
	},
	{
		.what = "below five tasks there is no interval",
		.run = { .tasks = { { NULL, "pf" } }, .n_equal = 4 },
		.want = { "pass@1   0.500 [n/a] over 4 tasks x 2 samples",
			  "warning: 4 tasks: no interval below 5 tasks\n" },
	},
	{
		.what = "below ten tasks the interval is said to be rough",
		.run = { .tasks = { { NULL, "pf" } }, .n_equal = 9 },
		.want = { "warning: few tasks (9): intervals are rough\n" },
	},
	{
		.what = "all passing is an exact one-sided interval",
		.run = { .tasks = { { NULL, "p" } }, .n_equal = 20 },
		.want = { "pass@1   1.000 [0.861, 1.000] exact over 20 tasks x 1 sample" },
	},
	{
		.what = "identical answers are told, and warned of for k > 1",
		.run = { .tasks = { { NULL, "pppp" } }, .n_equal = 10, .identical = true },
		.k = 2,
		.want = { "warning: all 4 answers to 10 of 10 tasks are identical (greedy "
			  "decoding, "
			  "or one answer copied); do not quote pass@2: it needs independent "
			  "samples\n" },
	},
	{
		.what = "identical answers are no reason against k = 1",
		.run = { .tasks = { { NULL, "pp" } }, .n_equal = 10, .identical = true },
		.k = 1,
		.want = { "identical" },
		.unwanted = { "do not quote" },
	},
	{
		.what = "single answers are not called identical",
		.run = { .tasks = { { NULL, "p" } }, .n_equal = 10, .identical = true },
		.unwanted = { "identical" },
	},
	{
		.what = "what guarded the passes is told",
		.run = { .tasks = { { NULL, "pP" }, { "x", "FF" } }, .n_equal = 10 },
		.want = { "guarded  passes by control 10, wire 10\n" },
	},
	{
		.what = "an unfinished run says so",
		.run = { .tasks = { { NULL, "pf" } }, .n_equal = 10, .open = true },
		.want = { "warning: the run is not finished: 20 of 21 samples have a verdict\n" },
	},
	{
		.what = "reduced isolation is a warning",
		.run = { .tasks = { { NULL, "pf" } },
			 .n_equal = 10,
			 .config = "{\"isolation\":\"reduced\"}" },
		.want = { ", isolation reduced\n", "warning: reduced isolation" },
	},
	{
		.what = "a configuration that is not JSON is no reason to fail",
		.run = { .tasks = { { NULL, "pf" } }, .n_equal = 10, .config = "what?" },
		.want = { "pass@1   0.500 [" },
		.unwanted = { "isolation" },
	},
	{
		.what = "the status line has the most frequent first",
		.run = { .tasks = { { NULL, "fpft" } }, .n_equal = 10 },
		.want = { "status   wrong_answer 20, passed 10, time_limit 10\n" },
	},
	{
		.what = "what comes from outside is escaped",
		.run = { .tasks = { { "\033[2J\xe2\x80\x8fid\n", "i" } },
			 .name = "na\033me",
			 .model = "mo\xff"
				  "del" },
		.want = { "(na\\x1bme)", "mo\\xffdel", "  \\x1b[2J" },
		.unwanted = { "\033", "\xe2\x80\x8f", "id\n:" },
	},
	{
		.what = "no more than five tasks with invalid samples are named",
		.run = { .tasks = { { NULL, "pi" } }, .n_equal = 8 },
		.want = { "  T/4: 1 of 2, no box could be made\n  and 3 more\n" },
		.unwanted = { "T/5" },
	},
};

static void each_kind_of_run_is_printed_as_it_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(printed); i++) {
		const struct printed *c = &printed[i];
		auto_strbuf text = { 0 };

		print(&c->run, c->k, 1000, &text);
		for (size_t j = 0; j < ARRAY_SIZE(c->want) && c->want[j]; j++) {
			if (!strstr(strbuf_str(&text), c->want[j]))
				print_message("in: %s\n", c->what);
			has(&text, c->want[j]);
		}
		for (size_t j = 0; j < ARRAY_SIZE(c->unwanted) && c->unwanted[j]; j++)
			has_not(&text, c->unwanted[j]);
	}
}

static void no_line_is_wider_than_the_page(void **state)
{
	static const int widths[] = { 40, 60, 80, 100 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(printed) * ARRAY_SIZE(widths); i++) {
		const struct printed *c = &printed[i / ARRAY_SIZE(widths)];
		int width = widths[i % ARRAY_SIZE(widths)];
		auto_strbuf text = { 0 };
		char *line, *rest;

		print(&c->run, c->k, width, &text);
		rest = text.buf;
		while ((line = strsep(&rest, "\n"))) {
			if (page_columns(line) > width)
				fail_msg("%s: wider than %d: %s", c->what, width, line);
		}
	}
}

static void figures_are_never_cut_by_the_end_of_a_line(void **state)
{
	static const struct scored_run run = { .tasks = { { NULL, "pfpf" } }, .n_equal = 10 };

	(void)state;
	for (int width = 40; width < 120; width++) {
		auto_strbuf text = { 0 };

		print(&run, 1, width, &text);
		has(&text, "pass@1   0.500 [0.237, 0.763] wilson-eff");
		has(&text, "10 tasks x 4 samples");
		has(&text, "rerun SE 0.091");
	}
}

static void colour_is_the_callers_choice_and_changes_nothing_else(void **state)
{
	static const struct scored_run run = { .tasks = { { NULL, "pfi" } }, .n_equal = 10 };
	auto_strbuf plain = { 0 }, color = { 0 }, stripped = { 0 };
	const struct scorecard_style styles[] = { { false, 80 }, { true, 80 } };
	struct scorecard sc;

	(void)state;
	build(&run, NULL, 0, &sc);
	scorecard_print(&sc, &styles[0], &plain);
	scorecard_print(&sc, &styles[1], &color);
	scorecard_release(&sc);
	for (const char *p = strbuf_str(&color); *p; p++) {
		if (*p == '\033')
			p += strcspn(p, "m");
		else
			strbuf_addch(&stripped, *p);
	}
	assert_null(strchr(strbuf_str(&plain), '\033'));
	assert_true(color.len > plain.len);
	assert_string_equal(strbuf_str(&stripped), strbuf_str(&plain));
}

/* ---- numbers ---- */

static void counts_are_kept_by_task(void **state)
{
	static const struct scored_run run = {
		.tasks = { { "b", "pPf" }, { "a", "ui" }, { "b2", "P" }, { "c", "t" } },
	};
	struct scorecard sc;

	(void)state;
	build(&run, NULL, 0, &sc);
	assert_int_equal(sc.n, 7);
	assert_int_equal(sc.passed, 3);
	assert_int_equal(sc.failed, 2);
	assert_int_equal(sc.unscored, 1);
	assert_int_equal(sc.invalid, 1);
	assert_int_equal(sc.n_tasks, 4);
	assert_int_equal(sc.n_judged, 4);
	assert_int_equal(sc.min_n, 1);
	assert_int_equal(sc.max_n, 3);
	assert_string_equal(sc.tasks[0].task_id, "b");
	assert_int_equal(sc.tasks[0].n, 3);
	assert_int_equal(sc.tasks[0].passed, 2);
	assert_string_equal(sc.tasks[0].protection, "control"); /* the weaker of two */
	assert_string_equal(sc.tasks[1].task_id, "a");
	assert_int_equal(sc.tasks[1].n, 1);
	assert_int_equal(sc.tasks[1].invalid, 1);
	assert_null(sc.tasks[1].protection);
	assert_string_equal(sc.tasks[1].why_invalid, "no box could be made");
	assert_int_equal(sc.cpu_ns, 7 * 500000);
	assert_string_equal(sc.slowest.task_id, "c");
	scorecard_release(&sc);
}

static void tasks_passed_under_control_are_named(void **state)
{
	static const struct scored_run run = {
		.tasks = { { "plain", "p" },
			   { "shared", "P" },
			   { "mixed", "pP" },
			   { "wrong", "f" } },
	};
	const struct scorecard_style style = { .width = 80 };
	struct scorecard sc;
	auto_strbuf out = { 0 };

	(void)state;
	build(&run, NULL, 0, &sc);
	scorecard_print(&sc, &style, &out);
	assert_non_null(strstr(strbuf_str(&out),
			       "passed under control (lower assurance)\n  shared, mixed\n"));
	scorecard_release(&sc);
}

static void samples_of_a_task_need_not_stand_together(void **state)
{
	static struct scored_run run = { .n_equal = 0 };
	static char ids[101][8];
	struct scorecard sc;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "%zu", i * 71 % 101);
		run.tasks[i] = (struct scored_task){ ids[i], i % 2 ? "pp" : "pf", 0 };
	}
	for (size_t i = 0; i < 99; i++)
		run.tasks[ARRAY_SIZE(ids) + i] = (struct scored_task){ ids[98 - i], "fp", 2 };
	build(&run, NULL, 0, &sc);
	assert_int_equal(sc.n_tasks, 101);
	for (size_t i = 0; i < sc.n_tasks; i++) {
		assert_string_equal(sc.tasks[i].task_id, ids[i]);
		assert_int_equal(sc.tasks[i].n, i < 99 ? 4 : 2);
		assert_int_equal(sc.tasks[i].passed, (i < 99) + (i % 2 ? 2 : 1));
	}
	scorecard_release(&sc);
}

static void a_k_that_does_not_fit_names_the_task_and_the_largest_k(void **state)
{
	static const struct {
		int64_t k;
		const char *want;
	} cases[] = {
		{ 4, "task few has 3 judged samples; the largest k for this run is 3" },
		{ 0, "k is 1 or more" },
		{ -1, "k is 1 or more" },
	};
	static const struct scored_run run = {
		.tasks = { { "many", "pppppp" }, { "few", "pppi" }, { "none", "i" } },
	};
	struct run_record rec;
	struct scorecard sc;

	(void)state;
	scored_run_store(store, &run, &rec);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = { 0 };

		assert_int_equal(scorecard_build(store, &rec, &cases[i].k, 1, &sc, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
		if (!strstr(err.msg, cases[i].want))
			fail_msg("%s", err.msg);
	}
	run_record_release(&rec);
}

/* ---- JSON ---- */

static double number_at(const struct json *root, const char *a, const char *b)
{
	return json_num(json_get(json_get(root, a), b));
}

static void the_json_form_has_what_is_needed_to_derive_it_again(void **state)
{
	static const struct scored_run run = {
		.tasks = { { NULL, "pfpp" }, { "x", "ffft" }, { "\033\xff", "iiii" } },
		.n_equal = 9,
		.name = "nightly",
	};
	static const int64_t ks[] = { 1, 4 };
	auto_strbuf text = { 0 };
	auto_json struct json *root = NULL;
	const struct json *pass, *task;
	struct scorecard sc;
	struct err err = { 0 };

	(void)state;
	build(&run, ks, 2, &sc);
	scorecard_json(&sc, &text);
	scorecard_release(&sc);
	root = json_parse(text.buf, text.len, &err);
	if (!root)
		fail_msg("%s", err.msg);
	assert_string_equal(json_str(json_get(root, "format")), "assay.scorecard/1");
	assert_string_equal(json_str(json_get(json_get(root, "run"), "name")), "nightly");
	assert_string_equal(json_str(json_get(json_get(root, "config"), "isolation")), "standard");
	assert_string_equal(json_str(json_get(json_get(root, "suite"), "hash")),
			    "0123456789abcdef0123456789abcdef");
	assert_int_equal((int)number_at(root, "counts", "judged"), 40);
	assert_int_equal((int)number_at(root, "counts", "invalid"), 4);

	pass = json_first(json_get(root, "pass_at_k"));
	assert_int_equal((int)json_num(json_get(pass, "k")), 1);
	assert_true(fabs(json_num(json_get(pass, "value")) - 0.675) < 1e-12);
	assert_int_equal((int)json_num(json_get(pass, "tasks")), 10);
	assert_int_equal(json_type(json_get(pass, "se_rerun")), JSON_NUMBER);
	assert_int_equal(json_type(json_get(pass, "interval")), JSON_OBJECT);
	assert_true(json_num(json_get(pass, "if_invalid_failed")) <
		    json_num(json_get(pass, "if_invalid_passed")));
	pass = json_next(pass);
	assert_int_equal(json_type(json_get(pass, "se_rerun")), JSON_NULL); /* n < 2k */

	assert_int_equal(json_size(json_get(root, "tasks")), 11);
	task = json_at(json_get(root, "tasks"), 10);
	assert_string_equal(json_str(json_get(task, "task_id")), "\033\xef\xbf\xbd");
	assert_int_equal((int)json_num(json_get(task, "invalid")), 4);
	assert_null(strchr(text.buf, '\033'));
}

static void what_is_undefined_is_null_in_json(void **state)
{
	static const struct scored_run run = { .tasks = { { "x", "i" } }, .config = "?" };
	static const char *const nulls[] = { "value", "interval", "se_tasks", "se_rerun" };
	auto_strbuf text = { 0 };
	auto_json struct json *root = NULL;
	const struct json *pass;
	struct scorecard sc;

	(void)state;
	build(&run, NULL, 0, &sc);
	scorecard_json(&sc, &text);
	scorecard_release(&sc);
	root = json_parse(text.buf, text.len, NULL);
	pass = json_first(json_get(root, "pass_at_k"));
	assert_non_null(pass);
	for (size_t i = 0; i < ARRAY_SIZE(nulls); i++)
		assert_int_equal(json_type(json_get(pass, nulls[i])), JSON_NULL);
	assert_int_equal(json_type(json_get(root, "config")), JSON_NULL);
	assert_int_equal(json_type(json_get(json_get(root, "run"), "name")), JSON_NULL);
}

/* ---- figures ---- */

static void rounding_never_makes_a_figure_look_exact(void **state)
{
	static const struct {
		double v;
		const char *want;
	} rates[] = {
		{ 0, "0.000" },      { 0.0004, "<0.001" }, { 0.0005, "0.001" },
		{ 0.8124, "0.812" }, { 0.99949, "0.999" }, { 0.9996, ">0.999" },
		{ 1, "1.000" },      { NAN, "n/a" },
	};
	static const struct {
		int64_t n, all;
		const char *want;
	} shares[] = {
		{ 0, 10, "0.0\x01%" },     { 10, 10, "100.0\x01%" },      { 1, 3, "33.3\x01%" },
		{ 1, 10000, "<0.1\x01%" }, { 9999, 10000, ">99.9\x01%" }, { 0, 0, "n/a" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		auto_strbuf sb = { 0 };

		page_rate(&sb, rates[i].v);
		assert_string_equal(strbuf_str(&sb), rates[i].want);
	}
	for (size_t i = 0; i < ARRAY_SIZE(shares); i++) {
		auto_strbuf sb = { 0 };

		page_share(&sb, shares[i].n, shares[i].all);
		assert_string_equal(strbuf_str(&sb), shares[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_run_is_printed_as_it_should),
		cmocka_unit_test(no_line_is_wider_than_the_page),
		cmocka_unit_test(figures_are_never_cut_by_the_end_of_a_line),
		cmocka_unit_test(colour_is_the_callers_choice_and_changes_nothing_else),
		cmocka_unit_test(counts_are_kept_by_task),
		cmocka_unit_test(tasks_passed_under_control_are_named),
		cmocka_unit_test(samples_of_a_task_need_not_stand_together),
		cmocka_unit_test(a_k_that_does_not_fit_names_the_task_and_the_largest_k),
		cmocka_unit_test(the_json_form_has_what_is_needed_to_derive_it_again),
		cmocka_unit_test(what_is_undefined_is_null_in_json),
		cmocka_unit_test(rounding_never_makes_a_figure_look_exact),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
