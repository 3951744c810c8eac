/* SPDX-License-Identifier: Apache-2.0 */
/* Suites: what loads, what is refused and with which words. */
#include "tasks/task.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tasks/starter.h"

static char dir[] = "/tmp/assay-tasks-XXXXXX";
static char path[sizeof(dir) + 32];

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/Some.jsonl", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static void write_file(const void *data, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void load_text(const char *text, struct suite *suite)
{
	struct err err = { 0 };

	write_file(text, strlen(text));
	if (suite_load(path, suite, &err) < 0)
		fail_msg("refused: %s", err.msg);
}

#define TASK(id)                                                                                   \
	"{\"task_id\": " id ", \"prompt\": \"def f(x):\\n\", \"entry_point\": \"f\", "             \
	"\"canonical_solution\": \"    return x\\n\", \"test\": \"def check(c):\\n    pass\\n\"}"

static void the_members_of_a_task_are_read(void **state)
{
	struct suite s = { 0 };
	const struct task *t;

	(void)state;
	load_text("{\"task_id\": \"A/0\", \"prompt\": \"def f(x):\\n\", \"entry_point\": \"f\", "
		  "\"canonical_solution\": \"    return x\\n\", \"test\": \"T\", "
		  "\"category\": \"text\", \"difficulty\": \"easy\", \"language\": \"python\", "
		  "\"tags\": [\"a\"], \"unknown\": {\"x\": null}}\n",
		  &s);
	assert_int_equal(s.n, 1);
	t = &s.tasks[0];
	assert_string_equal(t->id, "A/0");
	assert_string_equal(t->language, "python");
	assert_int_equal(t->oracle, ORACLE_FUNCTION);
	assert_string_equal(t->prompt, "def f(x):\n");
	assert_string_equal(t->entry_point, "f");
	assert_string_equal(t->reference, "    return x\n");
	assert_string_equal(t->test, "T");
	assert_string_equal(t->category, "text");
	assert_string_equal(t->difficulty, "easy");
	assert_int_equal(t->line, 1);
	assert_string_equal(s.name, "Some");
	assert_string_equal(s.source, path);
	assert_string_equal(s.format, "humaneval");
	suite_release(&s);
	suite_release(&s);
}

static void line_ends_marks_and_blank_lines_do_not_matter(void **state)
{
	static const char *const texts[] = {
		TASK("\"a\"") "\n" TASK("\"b\"") "\n",
		TASK("\"a\"") "\n" TASK("\"b\""),
		TASK("\"a\"") "\r\n" TASK("\"b\"") "\r\n",
		"\xef\xbb\xbf" TASK("\"a\"") "\n" TASK("\"b\"") "\n",
		"\n \t\n" TASK("\"a\"") "\n\r\n" TASK("\"b\"") "\n\n",
		"\xef\xbb\xbf\r\n" TASK("\"a\"") "\n" TASK("\"b\"") "\n",
	};
	char hash[HASH_HEX] = "";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct suite s = { 0 };

		load_text(texts[i], &s);
		assert_int_equal(s.n, 2);
		if (i)
			assert_string_equal(s.hash, hash);
		memcpy(hash, s.hash, sizeof(hash));
		suite_release(&s);
	}
}

static void tasks_are_found_by_id_and_the_nearest_id_is_suggested(void **state)
{
	static const struct {
		const char *id, *nearest;
	} cases[] = {
		{ "Suite/1", "Suite/1" }, { "suite/2", "Suite/2" }, { "Suite/44", "Suite/4" },
		{ "Site/3", "Suite/3" },  { "Other", NULL },        { "", NULL },
	};
	struct suite s = { 0 };

	(void)state;
	load_text(TASK("\"Suite/1\"") "\n" TASK("\"Suite/4\"") "\n" TASK("\"Suite/3\"") "\n" TASK(
			  "\"Suite/2\"") "\n",
		  &s);
	for (size_t i = 0; i < s.n; i++)
		assert_ptr_equal(suite_find(&s, s.tasks[i].id), &s.tasks[i]);
	assert_null(suite_find(&s, "Suite/5"));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct task *t = suite_nearest(&s, cases[i].id);

		if (!cases[i].nearest)
			assert_null(t);
		else
			assert_string_equal(t->id, cases[i].nearest);
	}
	suite_release(&s);
	assert_null(suite_find(&s, "Suite/1"));
}

static void an_integer_id_becomes_its_decimal_text(void **state)
{
	struct suite s = { 0 };

	(void)state;
	load_text(TASK("11") "\n" TASK("1234567890123") "\n", &s);
	assert_string_equal(s.tasks[0].id, "11");
	assert_string_equal(s.tasks[1].id, "1234567890123");
	suite_release(&s);
}

#define NO_REFERENCE(member)                                                                       \
	"{\"task_id\": \"a\", \"prompt\": \"\", \"entry_point\": \"f\", \"test\": \"T\"" member    \
	"}\n"

static void a_reference_may_be_absent_or_empty(void **state)
{
	static const char *const texts[] = {
		NO_REFERENCE(""),
		NO_REFERENCE(", \"canonical_solution\": \"\""),
		NO_REFERENCE(", \"canonical_solution\": null"),
		NO_REFERENCE(", \"category\": [1], \"difficulty\": 3"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct suite s = { 0 };

		load_text(texts[i], &s);
		assert_null(s.tasks[0].reference);
		assert_null(s.tasks[0].category);
		assert_null(s.tasks[0].difficulty);
		suite_release(&s);
	}
}

static void the_hash_follows_what_decides_a_verdict_and_nothing_else(void **state)
{
	static const struct {
		const char *text;
		int same;
	} cases[] = {
		{ NO_REFERENCE(", \"canonical_solution\": \"\", \"author\": \"x\""), 1 },
		{ NO_REFERENCE(", \"category\": \"x\""), 1 },
		{ NO_REFERENCE(", \"canonical_solution\": \"    pass\\n\""), 0 },
		{ "{\"task_id\": \"a\", \"prompt\": \"f\", \"entry_point\": \"f\", \"test\": "
		  "\"T\"}",
		  0 },
		{ "{\"task_id\": \"a\", \"prompt\": \"\", \"entry_point\": \"g\", \"test\": \"T\"}",
		  0 },
		{ "{\"task_id\": \"a\", \"prompt\": \"\", \"entry_point\": \"f\", \"test\": \"U\"}",
		  0 },
	};
	struct suite base = { 0 };

	(void)state;
	load_text(NO_REFERENCE(""), &base);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct suite s = { 0 };

		load_text(cases[i].text, &s);
		assert_int_equal(!memcmp(s.tasks[0].hash, base.tasks[0].hash, HASH_SIZE),
				 cases[i].same);
		assert_int_equal(!strcmp(s.hash, base.hash), cases[i].same);
		suite_release(&s);
	}
	suite_release(&base);
}

#define MEMBERS(members) "{\"task_id\": \"a\", " members "}\n"
#define PROMPT           "\"prompt\": \"def f():\\n\""
#define ENTRY            "\"entry_point\": \"f\""
#define TEST             "\"test\": \"T\""

static const struct {
	const char *text;
	const char *where; /* after the path */
	const char *what;
} refused[] = {
	{ "", ": ", "holds no tasks" },
	{ "\n  \r\n", ": ", "holds no tasks" },
	{ "\xef\xbb\xbf", ": ", "holds no tasks" },
	{ MEMBERS(PROMPT ", " TEST), ":1: ", "entry_point" },
	{ MEMBERS(ENTRY ", " TEST), ":1: ", "prompt" },
	{ MEMBERS(PROMPT ", " ENTRY), ":1: ", "test" },
	{ MEMBERS(PROMPT ", \"entry_point\": \"\", " TEST), ":1: ", "entry_point" },
	{ MEMBERS(PROMPT ", \"entry_point\": \"a.b\", " TEST), ":1: ", "not the name of a Python" },
	{ MEMBERS(PROMPT ", \"entry_point\": \"1f\", " TEST), ":1: ", "not the name of a Python" },
	{ MEMBERS(PROMPT ", \"entry_point\": \"f()\", " TEST), ":1: ", "not the name of a Python" },
	{ MEMBERS(PROMPT ", \"entry_point\": 7, " TEST), ":1: ", "entry_point" },
	{ MEMBERS(PROMPT ", " ENTRY ", \"test\": null"), ":1: ", "test" },
	{ MEMBERS(PROMPT ", " ENTRY ", \"test\": \"\""), ":1: ", "test" },
	{ MEMBERS(PROMPT ", " ENTRY ", " TEST ", \"canonical_solution\": 1"),
	  ":1: ", "canonical_solution" },
	{ MEMBERS(PROMPT ", " ENTRY ", " TEST ", \"language\": \"cpp\""),
	  ":1: ", "\"cpp\" is not known" },
	{ "{" PROMPT ", " ENTRY ", " TEST "}", ":1: ", "\"task_id\": missing" },
	{ TASK("\"\""), ":1: ", "\"task_id\": empty" },
	{ TASK("null"), ":1: ", "found null" },
	{ TASK("1.5"), ":1: ", "\"task_id\": expected a string or an integer" },
	{ TASK("1e300"), ":1: ", "\"task_id\": expected a string or an integer" },
	{ TASK("\"a\\nb\""), ":1: ", "control character" },
	{ TASK("\"a\"") "\n\n" TASK("\"a\""), ":3: ", "\"a\" stands in line 1 already" },
	{ TASK("7") "\n" TASK("\"7\""), ":2: ", "\"7\" stands in line 1 already" },
	{ TASK("\"a\"") "\n{\"task_id\": \"b\", ", ":2: ", "bad JSON" },
	{ "{\"task_id\": ", ":1: ", "bad JSON" },
	{ TASK("\"a\"") " " TASK("\"b\""), ":1: ", "bad JSON" },
	{ "[" TASK("\"a\"") "]", ":1: ", "expected an object, found array" },
	{ TASK("\"a\"") "\n7\n", ":2: ", "expected an object, found number" },
	{ "{\"task_id\": \"a\", \"completion\": \"x\"}", ":1: ", "this is a sample" },
	{ "{\"task_id\": \"a\", \"solution\": \"x\"}", ":1: ", "this is a sample" },
	{ "{\"name\": \"a\"}", ":1: ", "not a task in a known format" },
};

static void faults_of_a_suite_are_told_with_file_and_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct suite s = { 0 }, zero = { 0 };
		struct err err = { 0 };
		char want[sizeof(path) + 16];

		write_file(refused[i].text, strlen(refused[i].text));
		(void)snprintf(want, sizeof(want), "%s%s", path, refused[i].where);
		if (!suite_load(path, &s, &err))
			fail_msg("case %zu loads: %s", i, refused[i].text);
		assert_int_equal(err.kind, ERR_INPUT);
		if (strncmp(err.msg, want, strlen(want)) != 0 || !strstr(err.msg, refused[i].what))
			fail_msg("case %zu: %s", i, err.msg);
		assert_null(strchr(err.msg, '\n'));
		assert_memory_equal(&s, &zero, sizeof(s));
	}
}

static void what_is_no_readable_file_is_refused(void **state)
{
	static const struct {
		const char *source, *what;
	} cases[] = {
		{ dir, "directory" },
		{ "/nonexistent/suite.jsonl", "/nonexistent/suite.jsonl" },
		{ "/dev/null", "not a regular file" },
		{ "-", "not a regular file" },
		{ "starter:weak", "this is a sample" },
		{ "starter:nobody", "no such recorded answers" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct suite s = { 0 };
		struct err err = { 0 };

		assert_int_equal(suite_load(cases[i].source, &s, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		if (!strstr(err.msg, cases[i].what))
			fail_msg("case %zu: %s", i, err.msg);
	}
}

static void a_file_without_permission_is_refused(void **state)
{
	struct suite s = { 0 };
	struct err err = { 0 };
	uid_t uid = geteuid();
	int r;

	(void)state;
	write_file(TASK("\"a\""), strlen(TASK("\"a\"")));
	assert_int_equal(chmod(path, 0), 0);
	if (uid == 0 && seteuid(65534) < 0) { /* nobody: root may read every file */
		print_message("SKIP: root cannot become another user here\n");
		skip();
	}
	r = suite_load(path, &s, &err);
	assert_int_equal(seteuid(uid), 0);
	assert_int_equal(r, -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.msg, path));
	assert_int_equal(chmod(path, 0600), 0);
}

/* {"task_id": "a", "prompt": "", "entry_point": "f", "test": "T"}\n as gzip -n makes it */
static const unsigned char gz_task[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0x2a, 0x49, 0x2c,
	0xce, 0x8e, 0xcf, 0x4c, 0x51, 0xb2, 0x52, 0x50, 0x4a, 0x54, 0xd2, 0x51, 0x50, 0x2a, 0x28,
	0xca, 0xcf, 0x2d, 0x28, 0x01, 0x71, 0x41, 0xbc, 0xd4, 0xbc, 0x92, 0xa2, 0xca, 0xf8, 0x82,
	0xfc, 0xcc, 0x3c, 0xb0, 0x50, 0x1a, 0x48, 0xac, 0x24, 0xb5, 0x18, 0xcc, 0x09, 0x51, 0xaa,
	0xe5, 0x02, 0x00, 0xaf, 0x0d, 0xb4, 0x76, 0x40, 0x00, 0x00, 0x00,
};

static void a_compressed_suite_loads_and_a_truncated_one_does_not(void **state)
{
	struct suite s = { 0 };
	struct err err = { 0 };

	(void)state;
	write_file(gz_task, sizeof(gz_task));
	assert_int_equal(suite_load(path, &s, &err), 0);
	assert_int_equal(s.n, 1);
	suite_release(&s);
	for (size_t cut = 1; cut < 12; cut++) {
		write_file(gz_task, sizeof(gz_task) - cut);
		assert_int_equal(suite_load(path, &s, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_non_null(strstr(err.msg, path));
	}
}

static void the_starter_suite_loads(void **state)
{
	struct suite s = { 0 };
	struct err err = { 0 };

	(void)state;
	if (suite_load("starter", &s, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(s.n >= 24);
	assert_string_equal(s.name, "starter");
	assert_string_equal(s.source, "starter");
	for (size_t i = 0; i < s.n; i++) {
		assert_non_null(s.tasks[i].reference);
		assert_non_null(s.tasks[i].category);
		assert_non_null(s.tasks[i].difficulty);
		assert_non_null(strstr(s.tasks[i].prompt, s.tasks[i].entry_point));
		assert_non_null(strstr(s.tasks[i].test, "def check(candidate"));
	}
	suite_release(&s);
}

static const char *shared(const char *name, char *buf, size_t size)
{
	const char *top = getenv("ASSAY_SHARED");

	(void)snprintf(buf, size, "%s/data/%s", top ? top : "../shared", name);
	if (!access(buf, R_OK))
		return buf;
	print_message("SKIP: no %s (set ASSAY_SHARED)\n", buf);
	skip();
	return NULL;
}

static void the_published_data_sets_load(void **state)
{
	static const struct {
		const char *file, *name;
	} cases[] = {
		{ "HumanEval.jsonl.gz", "HumanEval" },
		{ "HumanEvalPlus-OriginFmt.jsonl.gz", "HumanEvalPlus-OriginFmt" },
	};
	char buf[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct suite s = { 0 };
		struct err err = { 0 };

		if (suite_load(shared(cases[i].file, buf, sizeof(buf)), &s, &err) < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(s.n, 164);
		assert_string_equal(s.name, cases[i].name);
		assert_string_equal(suite_find(&s, "HumanEval/163")->entry_point,
				    "generate_integers");
		suite_release(&s);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_members_of_a_task_are_read),
		cmocka_unit_test(line_ends_marks_and_blank_lines_do_not_matter),
		cmocka_unit_test(tasks_are_found_by_id_and_the_nearest_id_is_suggested),
		cmocka_unit_test(an_integer_id_becomes_its_decimal_text),
		cmocka_unit_test(a_reference_may_be_absent_or_empty),
		cmocka_unit_test(the_hash_follows_what_decides_a_verdict_and_nothing_else),
		cmocka_unit_test(faults_of_a_suite_are_told_with_file_and_line),
		cmocka_unit_test(what_is_no_readable_file_is_refused),
		cmocka_unit_test(a_file_without_permission_is_refused),
		cmocka_unit_test(a_compressed_suite_loads_and_a_truncated_one_does_not),
		cmocka_unit_test(the_starter_suite_loads),
		cmocka_unit_test(the_published_data_sets_load),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
