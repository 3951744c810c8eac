/* SPDX-License-Identifier: Apache-2.0 */
/* Samples files: what is read, how samples are numbered, what is refused and with which words. */
#include "tasks/samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "tasks/numbers.h"
#include "tasks/starter.h"

static char dir[] = "/tmp/assay-samples-XXXXXX";
static char path[sizeof(dir) + 32];
static struct suite suite;

#define TASK(id)                                                                                   \
	"{\"task_id\": " id ", \"prompt\": \"\", \"entry_point\": \"f\", \"test\": \"T\"}\n"

static void write_file(const char *text, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
	static const char text[] = TASK("\"S/0\"") TASK("\"S/1\"") TASK("3");
	struct err err = { 0 };

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/s.jsonl", dir);
	write_file(text, strlen(text));
	return suite_load(path, &suite, &err);
}

static int tear_down(void **state)
{
	(void)state;
	suite_release(&suite);
	(void)unlink(path);
	return rmdir(dir);
}

static void scan_text(const char *text, struct samples_summary *sum)
{
	struct err err = { 0 };

	write_file(text, strlen(text));
	if (samples_scan(path, &suite, sum, &err) < 0)
		fail_msg("refused: %s", err.msg);
}

#define S(id, answer) "{\"task_id\": \"" id "\", \"completion\": \"" answer "\"}\n"

static void samples_come_one_by_one_in_file_order(void **state)
{
	static const struct {
		const char *id, *key, *answer;
		int64_t index;
		long line;
	} want[] = {
		{ "S/1", "completion", "    return 1\n", 0, 1 },
		{ "S/0", "solution", "", 0, 2 },
		{ "S/1", "generation", "x", 1, 4 },
		{ "3", "completion", "\xc3\xa9\"\\", 9, 5 },
		{ "3", "completion", "b", 1, 6 },
		{ "3", "completion", "c", 4, 7 },
	};
	struct samples s = { 0 };
	struct err err = { 0 };
	const struct sample *it = NULL;

	(void)state;
	const char text[] = "{\"task_id\": \"S/1\", \"completion\": \"    return 1\\n\"}\n"
			    "{\"task_id\": \"S/0\", \"solution\": \"\", \"model\": \"m\"}\r\n"
			    " \n"
			    "{\"task_id\": \"S/1\", \"generation\": \"x\", \"index\": null}\n"
			    "{\"task_id\": 3, \"completion\": \"\\u00e9\\\"\\\\\", \"index\": 9}\n"
			    "{\"task_id\": \"3\", \"completion\": \"b\"}\n"
			    "{\"task_id\": \"3\", \"completion\": \"c\", \"completion_id\": 4}";
	write_file(text, strlen(text));
	assert_int_equal(samples_open(&s, path, &suite, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		uint8_t hash[HASH_SIZE];

		assert_int_equal(samples_next(&s, &it, &err), 1);
		assert_string_equal(it->task->id, want[i].id);
		assert_string_equal(it->key, want[i].key);
		assert_string_equal(it->answer, want[i].answer);
		assert_int_equal(it->answer_len, strlen(want[i].answer));
		assert_int_equal(it->index, want[i].index);
		assert_int_equal(it->ordinal, i);
		assert_int_equal(it->line, want[i].line);
		assert_int_equal(it->raw[0], '{');
		assert_int_equal(it->raw[it->raw_len - 1], '}');
		hash_of(want[i].answer, strlen(want[i].answer), hash);
		assert_memory_equal(it->hash, hash, HASH_SIZE);
	}
	assert_int_equal(samples_next(&s, &it, &err), 0);
	samples_close(&s);
	samples_close(&s);
}

static void a_scan_counts_by_task(void **state)
{
	struct samples_summary sum = { 0 };

	(void)state;
	scan_text(S("S/0", "a") S("S/0", "a") S("3", "x") S("S/0", "a") S("3", "y"), &sum);
	assert_int_equal(sum.n, 5);
	assert_int_equal(sum.n_tasks, 2);
	assert_int_equal(sum.min_per_task, 2);
	assert_int_equal(sum.max_per_task, 3);
	assert_int_equal(sum.per_task[0], 3);
	assert_int_equal(sum.per_task[1], 0);
	assert_int_equal(sum.per_task[2], 2);
	assert_true(sum.all_same[0]);
	assert_false(sum.all_same[1]);
	assert_false(sum.all_same[2]);
	samples_summary_release(&sum);
	samples_summary_release(&sum);
	scan_text(S("S/0", "a"), &sum);
	assert_false(sum.all_same[0]);
	samples_summary_release(&sum);
}

static void the_hash_is_of_the_samples_not_of_the_bytes(void **state)
{
	static const struct {
		const char *text;
		bool same;
	} cases[] = {
		{ "{\"solution\": \"a\", \"task_id\": \"S/0\", \"x\": 1}\r\n\r\n" S("3", "b"),
		  true },
		{ S("3", "b") S("S/0", "a"), false },
		{ S("S/0", "a") S("3", "c"), false },
		{ S("S/0", "a") S("S/1", "b"), false },
		{ S("S/0", "a") "{\"task_id\": 3, \"completion\": \"b\", \"index\": 1}\n", false },
		{ S("S/0", "a"), false },
	};
	struct samples_summary base = { 0 };

	(void)state;
	scan_text(S("S/0", "a") S("3", "b"), &base);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct samples_summary sum = { 0 };

		scan_text(cases[i].text, &sum);
		assert_int_equal(!strcmp(sum.hash, base.hash), cases[i].same);
		samples_summary_release(&sum);
	}
	samples_summary_release(&base);
}

#define X(members) "{\"task_id\": \"S/0\", " members "}\n"

static const struct {
	const char *text, *where, *what;
} refused[] = {
	{ "", ": ", "holds no samples" },
	{ "\n\r\n \n", ": ", "holds no samples" },
	{ S("S/0", "a") S("S/9", "a"), ":2: ", "no task \"S/9\" in suite s; the nearest is \"S/" },
	{ S("HumanEval/0", "a"), ":1: ", "in suite s, whose first is \"S/0\"" },
	{ "{\"completion\": \"\"}", ":1: ", "\"task_id\": missing" },
	{ "{\"task_id\": [], \"completion\": \"\"}",
	  ":1: ", "\"task_id\": expected a string or an integer" },
	{ X("\"text\": \"\""), ":1: ", "no answer: one of \"completion\"" },
	{ X("\"completion\": \"a\", \"solution\": \"a\""),
	  ":1: ", "two answers, \"completion\" and \"solution\"" },
	{ X("\"generation\": \"a\", \"solution\": \"a\""), ":1: ", "two answers" },
	{ X("\"completion\": null"), ":1: ", "\"completion\": expected a string, found null" },
	{ X("\"completion\": [\"a\"]"), ":1: ", "\"completion\": expected a string, found array" },
	{ X("\"solution\": 7"), ":1: ", "\"solution\": expected a string, found number" },
	{ X("\"completion\": \"\", \"index\": -1"),
	  ":1: ", "\"index\": expected an integer from 0" },
	{ X("\"completion\": \"\", \"index\": 0.5"),
	  ":1: ", "\"index\": expected an integer from 0" },
	{ X("\"completion\": \"\", \"index\": \"0\""),
	  ":1: ", "\"index\": expected an integer from 0" },
	{ X("\"completion\": \"\", \"completion_id\": 1e10"),
	  ":1: ", "\"completion_id\": expected an integer" },
	{ X("\"completion\": \"a\", \"index\": 4") S("S/1", "")
		  X("\"completion\": \"b\", \"index\": 4"),
	  ":3: ", "\"index\": 4 is taken already among the samples of \"S/0\"" },
	{ S("S/0", "") X("\"completion\": \"a\", \"completion_id\": 0"), ":2: ", "0 is taken" },
	{ TASK("\"S/0\""), ":1: ", "this is a task" },
	{ S("S/0", "a") "{\"task_id\": \"S/0\", \"compl", ":2: ", "bad JSON" },
	{ "\n\"S/0\"\n", ":2: ", "expected an object, found string" },
};

static void faults_of_a_samples_file_are_told_with_file_and_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct samples_summary sum = { 0 }, zero = { 0 };
		struct err err = { 0 };
		char want[sizeof(path) + 16];

		write_file(refused[i].text, strlen(refused[i].text));
		(void)snprintf(want, sizeof(want), "%s%s", path, refused[i].where);
		if (!samples_scan(path, &suite, &sum, &err))
			fail_msg("case %zu passes: %s", i, refused[i].text);
		assert_int_equal(err.kind, ERR_INPUT);
		if (strncmp(err.msg, want, strlen(want)) != 0 || !strstr(err.msg, refused[i].what))
			fail_msg("case %zu: %s", i, err.msg);
		assert_memory_equal(&sum, &zero, sizeof(sum));
	}
}

static void what_cannot_be_read_twice_is_refused(void **state)
{
	static const struct {
		const char *source, *what;
	} cases[] = {
		{ "-", "not a regular file: samples are read twice" },
		{ "/dev/null", "not a regular file: samples are read twice" },
		{ dir, "directory" },
		{ "/nonexistent/x.jsonl", "/nonexistent/x.jsonl" },
		{ "starter", "this is a task" },
		{ "starter:", "no such recorded answers" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct samples_summary sum = { 0 };
		struct err err = { 0 };

		assert_int_equal(samples_scan(cases[i].source, &suite, &sum, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		if (!strstr(err.msg, cases[i].what))
			fail_msg("case %zu: %s", i, err.msg);
	}
}

static void a_number_is_taken_once_in_any_order(void **state)
{
	struct numbers s = { 0 };

	(void)state;
	numbers_init(&s, 2);
	for (int64_t i = 0; i < 1000; i++) {
		int64_t number = (i * 617 + 5) % 1000; /* a permutation of 0..999 */

		assert_true(numbers_take(&s, 0, number));
		assert_false(numbers_take(&s, 0, number));
		assert_true(numbers_take(&s, 1, i));
	}
	for (int64_t i = 0; i < 1000; i++) {
		assert_false(numbers_take(&s, 0, i));
		assert_false(numbers_take(&s, 1, i));
	}
	assert_true(numbers_take(&s, 0, 1000000000));
	assert_false(numbers_take(&s, 0, 1000000000));
	assert_true(numbers_take(&s, 1, 1000000000));
	numbers_release(&s);
	numbers_release(&s);
}

static void a_hundred_thousand_samples_are_counted(void **state)
{
	struct samples_summary sum = { 0 };
	struct strbuf sb = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		strbuf_addf(&sb, "{\"task_id\": \"S/%d\", \"completion\": \"    return %d\\n\"}\n",
			    i % 2, i);
	scan_text(strbuf_str(&sb), &sum);
	strbuf_release(&sb);
	assert_int_equal(sum.n, 100000);
	assert_int_equal(sum.per_task[0], 50000);
	assert_int_equal(sum.per_task[1], 50000);
	samples_summary_release(&sum);
}

static void the_starter_answers_fit_the_starter_suite(void **state)
{
	struct suite starter = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(suite_load("starter", &starter, &err), 0);
	for (size_t i = 0; starter_answer_names[i]; i++) {
		struct samples_summary sum = { 0 };
		char name[64];
		size_t len = 0;

		assert_non_null(starter_answers(starter_answer_names[i], &len));
		assert_true(len > 0);
		(void)snprintf(name, sizeof(name), "starter:%s", starter_answer_names[i]);
		if (samples_scan(name, &starter, &sum, &err) < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(sum.n_tasks, starter.n);
		assert_int_equal(sum.min_per_task, 5);
		assert_int_equal(sum.max_per_task, 5);
		samples_summary_release(&sum);
	}
	suite_release(&starter);
}

static void the_published_answers_fit_their_suite(void **state)
{
	static const struct {
		const char *file;
		int64_t n, max;
	} cases[] = {
		{ "gpt4o", 164, 1 },
		{ "gpt4_whole_programs", 164, 1 },
		{ "mistral7b_x10", 1640, 10 },
		{ "codegen16b_x100", 16400, 100 },
	};
	const char *top = getenv("ASSAY_SHARED");
	struct suite he = { 0 };
	struct err err = { 0 };
	char buf[4096];

	(void)state;
	top = top ? top : "../shared";
	(void)snprintf(buf, sizeof(buf), "%s/data/HumanEval.jsonl.gz", top);
	if (access(buf, R_OK) != 0) {
		print_message("SKIP: no %s (set ASSAY_SHARED)\n", buf);
		skip();
	}
	assert_int_equal(suite_load(buf, &he, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct samples_summary sum = { 0 };

		(void)snprintf(buf, sizeof(buf), "%s/data/completions/%s.jsonl.gz", top,
			       cases[i].file);
		if (samples_scan(buf, &he, &sum, &err) < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(sum.n, cases[i].n);
		assert_int_equal(sum.n_tasks, 164);
		assert_int_equal(sum.max_per_task, cases[i].max);
		samples_summary_release(&sum);
	}
	suite_release(&he);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_come_one_by_one_in_file_order),
		cmocka_unit_test(a_scan_counts_by_task),
		cmocka_unit_test(the_hash_is_of_the_samples_not_of_the_bytes),
		cmocka_unit_test(faults_of_a_samples_file_are_told_with_file_and_line),
		cmocka_unit_test(what_cannot_be_read_twice_is_refused),
		cmocka_unit_test(a_number_is_taken_once_in_any_order),
		cmocka_unit_test(a_hundred_thousand_samples_are_counted),
		cmocka_unit_test(the_starter_answers_fit_the_starter_suite),
		cmocka_unit_test(the_published_answers_fit_their_suite),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
