/* SPDX-License-Identifier: Apache-2.0 */
/* Results files: what becomes of each line, and files that are not what was scored. */
#include "harness/report/scorecard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"
#include "scored_run.h"
#include "temp_store.h"

static struct store *store;
static char samples_path[128], out_path[128];

static int set_up(void **state)
{
	if (temp_store_make(state) < 0)
		return -1;
	store = temp_store_open();
	(void)snprintf(samples_path, sizeof(samples_path), "%s/samples.jsonl", temp_dir);
	(void)snprintf(out_path, sizeof(out_path), "%s/results.jsonl", temp_dir);
	return 0;
}

static int tear_down(void **state)
{
	store_close(store);
	return temp_store_remove(state);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void read_out(struct strbuf *sb)
{
	struct err err = { 0 };

	if (fs_read_file(out_path, 1 << 20, sb, &err) < 0)
		fail_msg("%s", err.msg);
}

static int write_results(const struct scored_run *run, struct run_record *rec, struct err *err)
{
	scored_run_store(store, run, rec);
	return results_write(store, rec, samples_path, out_path, err);
}

static const struct scored_run two = { .tasks = { { "a", "pt" }, { "b", "Fi" } } };

static const char two_samples[] =
	"{\"task_id\": \"a\", \"completion\": \"answer 0 of a\"}\n"
	"\n"
	"{\"completion\": \"answer 1 of a\", \"task_id\": \"a\", \"seed\": 7, \"tags\": [1, "
	"{\"x\": "
	"null}]}\r\n"
	"{\"task_id\": \"b\", \"solution\": \"answer 0 of b\", \"note\": \"\xe2\x80\xa8<b>\"}\n"
	"   \n"
	"{\"task_id\": \"b\", \"generation\": \"answer 1 of b\"}";

static const char two_results[] =
	"{\"task_id\":\"a\",\"completion\":\"answer 0 of a\",\"passed\":true,\"result\":\"passed\","
	"\"status\":\"passed\",\"outcome\":\"passed\",\"protection\":\"wire\",\"reading\":"
	"\"continuation\",\"wall_s\":0.001,\"cpu_s\":0.0005,\"peak_bytes\":8388608,\"calls\":7,"
	"\"run\":\"@\"}\n"
	"{\"completion\":\"answer 1 of a\",\"task_id\":\"a\",\"seed\":7,\"tags\":[1,{\"x\":null}],"
	"\"passed\":false,\"result\":\"timed "
	"out\",\"status\":\"time_limit\",\"outcome\":\"failed\","
	"\"protection\":\"wire\",\"reading\":\"continuation\",\"wall_s\":0.002,\"cpu_s\":0.0005,"
	"\"peak_bytes\":8389632,\"calls\":7,\"run\":\"@\"}\n"
	"{\"task_id\":\"b\",\"solution\":\"answer 0 of b\",\"note\":\"\\u2028\\u003cb>\","
	"\"passed\":false,\"result\":\"failed: assertion failed\",\"status\":\"wrong_answer\","
	"\"outcome\":\"failed\",\"protection\":\"control\",\"reading\":\"continuation\","
	"\"wall_s\":0.003,\"cpu_s\":0.0005,\"peak_bytes\":8388608,\"calls\":7,\"run\":\"@\"}\n"
	"{\"task_id\":\"b\",\"generation\":\"answer 1 of b\",\"passed\":null,\"result\":"
	"\"invalid: no box could be made\",\"status\":\"harness_error\",\"outcome\":\"invalid\","
	"\"protection\":\"wire\",\"reading\":\"continuation\",\"wall_s\":0.004,\"cpu_s\":0.0005,"
	"\"peak_bytes\":8389632,\"calls\":7,\"run\":\"@\"}\n";

/* The template with the run's id for each '@'. */
static void expect(const char *template, const char *run_id)
{
	auto_strbuf want = { 0 }, got = { 0 };

	for (const char *p = template; *p; p++)
		strbuf_addf(&want, "%.*s", *p == '@' ? 16 : 1, *p == '@' ? run_id : p);
	read_out(&got);
	assert_string_equal(strbuf_str(&got), strbuf_str(&want));
}

static void each_line_keeps_its_members_and_gains_the_verdict(void **state)
{
	struct run_record rec;
	struct err err = { 0 };

	(void)state;
	write_file(samples_path, two_samples);
	if (write_results(&two, &rec, &err) < 0)
		fail_msg("%s", err.msg);
	expect(two_results, rec.id);
	run_record_release(&rec);
}

static void a_results_file_scored_again_has_each_member_once(void **state)
{
	struct run_record rec;
	struct err err = { 0 };

	(void)state;
	write_file(samples_path, two_results);
	if (write_results(&two, &rec, &err) < 0)
		fail_msg("%s", err.msg);
	expect(two_results, rec.id);
	run_record_release(&rec);
}

static void a_results_file_may_replace_its_samples_file(void **state)
{
	struct run_record rec;
	struct err err = { 0 };

	(void)state;
	write_file(out_path, two_samples);
	scored_run_store(store, &two, &rec);
	if (results_write(store, &rec, out_path, out_path, &err) < 0)
		fail_msg("%s", err.msg);
	expect(two_results, rec.id);
	run_record_release(&rec);
}

static const char *const lines[] = {
	"{\"task_id\":\"a\",\"completion\":\"answer 0 of a\"}\n",
	"{\"task_id\":\"a\",\"completion\":\"answer 1 of a\"}\n",
	"{\"task_id\":\"b\",\"completion\":\"answer 0 of b\"}\n",
	"{\"task_id\":\"b\",\"completion\":\"answer 1 of b\"}\n",
};

static const struct changed {
	const char *what;
	int lines[6]; /* numbers into lines[] from 1, up to 0; 9: `other` */
	const char *other, *want;
} changes[] = {
	{ "another answer",
	  { 1, 9, 3, 4 },
	  "{\"task_id\":\"a\",\"completion\":\"answer 1 of A\"}\n",
	  ":2: not what run" },
	{ "another task",
	  { 1, 2, 9, 4 },
	  "{\"task_id\":\"c\",\"completion\":\"answer 0 of b\"}\n",
	  ":3: not what run" },
	{ "another order", { 2, 1, 3, 4 }, "", ":1: not what run" },
	{ "a line less", { 1, 2, 3 }, "", ":3: not what run" },
	{ "a line more", { 1, 2, 3, 4, 4 }, "", ":5: not what run" },
	{ "no answer", { 1, 9, 3, 4 }, "{\"task_id\":\"a\"}\n", ":2: not what run" },
	{ "an answer of another type",
	  { 1, 9, 3, 4 },
	  "{\"task_id\":\"a\",\"completion\":5}\n",
	  ":2: not what run" },
	{ "no task",
	  { 1, 9, 3, 4 },
	  "{\"completion\":\"answer 1 of a\"}\n",
	  ":2: \"task_id\": missing" },
	{ "no JSON", { 1, 2, 9, 4 }, "{\"task_id\":\n", ":3: " },
	{ "nothing", { 0 }, "", "not what run" },
};

static void a_file_that_was_not_scored_is_refused_and_nothing_is_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		const struct changed *c = &changes[i];
		auto_strbuf text = { 0 };
		struct run_record rec;
		struct err err = { 0 };

		for (const int *n = c->lines; *n; n++)
			strbuf_addstr(&text, *n == 9 ? c->other : lines[*n - 1]);
		write_file(samples_path, strbuf_str(&text));
		if (!write_results(&two, &rec, &err))
			fail_msg("accepted: %s", c->what);
		run_record_release(&rec);
		assert_int_equal(err.kind, ERR_INPUT);
		if (!strstr(err.msg, c->want) || !strstr(err.msg, "samples.jsonl"))
			fail_msg("%s: %s", c->what, err.msg);
		assert_int_equal(access(out_path, F_OK), -1);
	}
}

static void the_old_results_stay_where_new_ones_cannot_be_written(void **state)
{
	auto_strbuf got = { 0 };
	struct run_record rec;
	struct err err = { 0 };

	(void)state;
	write_file(samples_path, lines[0]);
	write_file(out_path, "old\n");
	assert_int_equal(write_results(&two, &rec, &err), -1);
	run_record_release(&rec);
	read_out(&got);
	assert_string_equal(strbuf_str(&got), "old\n");
}

static void a_run_without_all_its_verdicts_has_no_results(void **state)
{
	static const struct scored_run open = { .tasks = { { "a", "pp" } }, .open = true };
	struct run_record rec;
	struct err err = { 0 };
	auto_strbuf text = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		strbuf_addstr(&text, lines[i]);
	write_file(samples_path, strbuf_str(&text));
	assert_int_equal(write_results(&open, &rec, &err), -1);
	run_record_release(&rec);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.msg, ":3: run "));
	assert_non_null(strstr(err.msg, "score it to its end first"));
}

static void missing_files_are_named(void **state)
{
	struct run_record rec;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(write_results(&two, &rec, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.msg, samples_path));
	run_record_release(&rec);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_line_keeps_its_members_and_gains_the_verdict),
		TEST(a_results_file_scored_again_has_each_member_once),
		TEST(a_results_file_may_replace_its_samples_file),
		TEST(a_file_that_was_not_scored_is_refused_and_nothing_is_written),
		TEST(the_old_results_stay_where_new_ones_cannot_be_written),
		TEST(a_run_without_all_its_verdicts_has_no_results),
		TEST(missing_files_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
