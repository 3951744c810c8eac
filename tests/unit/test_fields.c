/* SPDX-License-Identifier: Apache-2.0 */
/* The field-table decoder: what it fills in, and what it says about mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/fields.h"

struct sample {
	char *task_id;
	char *note;
	int64_t limits;
	int64_t any;
	double weight;
	bool strict;
	struct strvec stop;
	const struct json *extra;
};

static const struct field sample_fields[] = {
	FIELD_STR(struct sample, task_id, "task_id", FIELD_REQUIRED | FIELD_NONEMPTY),
	FIELD_STR(struct sample, note, "note", FIELD_NULL_OK),
	FIELD_INT(struct sample, limits, "limits", 0, 1, 3600),
	FIELD_INT(struct sample, any, "any", 0, 0, 0),
	FIELD_NUM(struct sample, weight, "weight", 0, 0, 0.5),
	FIELD_BOOL(struct sample, strict, "strict", 0),
	FIELD_STRS(struct sample, stop, "stop", FIELD_NONEMPTY),
	FIELD_NODE(struct sample, extra, "extra", FIELD_NULL_OK | FIELD_NONEMPTY),
	FIELD_END,
};

static int decode(const char *text, enum fields_unknown unknown, struct arena *arena,
		  struct sample *out, struct json **ret_json, struct err *err)
{
	struct fields_source source = { "f.json", 12, unknown, arena };

	*ret_json = json_parse(text, strlen(text), err);
	assert_non_null(*ret_json);
	return fields_decode(*ret_json, sample_fields, &source, out, err);
}

static void every_type_is_filled_in(void **state)
{
	static const char text[] = "{\"task_id\":\"HumanEval/0\",\"note\":\"n\",\"limits\":3600,"
				   "\"any\":-9007199254740992,\"weight\":0.25,\"strict\":true,"
				   "\"stop\":[\"a\",\"b\"],\"extra\":{\"x\":1}}";
	struct arena arena = { 0 };
	struct sample s = { 0 };
	struct err err = { 0 };
	struct json *j;

	(void)state;
	assert_int_equal(decode(text, FIELDS_REFUSE_UNKNOWN, &arena, &s, &j, &err), 0);
	assert_string_equal(s.task_id, "HumanEval/0");
	assert_string_equal(s.note, "n");
	assert_int_equal(s.limits, 3600);
	assert_true(s.any == -9007199254740992);
	assert_true(s.weight == 0.25);
	assert_true(s.strict);
	assert_int_equal(s.stop.n, 2);
	assert_string_equal(s.stop.v[1], "b");
	assert_true(json_num(json_get(s.extra, "x")) == 1);
	strvec_release(&s.stop);
	json_free(j);
	arena_release(&arena);
}

static void what_is_absent_stays_zero(void **state)
{
	static const char text[] = "{\"task_id\":\"a\",\"note\":null,\"extra\":null,"
				   "\"stop\":\"one\",\"unknown\":1}";
	struct arena arena = { 0 };
	struct sample s = { 0 };
	struct err err = { 0 };
	struct json *j;

	(void)state;
	assert_int_equal(decode(text, FIELDS_IGNORE_UNKNOWN, &arena, &s, &j, &err), 0);
	assert_null(s.note);
	assert_int_equal(s.limits, 0);
	assert_non_null(s.extra);
	assert_int_equal(json_type(s.extra), JSON_NULL);
	assert_int_equal(s.stop.n, 1);
	assert_string_equal(s.stop.v[0], "one");
	strvec_release(&s.stop);
	json_free(j);
	arena_release(&arena);
}

static const struct {
	const char *in, *msg;
} refused[] = {
	{ "[]", "f.json:12: expected an object, found an array" },
	{ "{}", "f.json:12: \"task_id\": is missing" },
	{ "{\"task_id\":7}", "f.json:12: \"task_id\": expected a string, found a number" },
	{ "{\"task_id\":null}", "f.json:12: \"task_id\": expected a string, found null" },
	{ "{\"task_id\":\"\"}", "f.json:12: \"task_id\": must not be empty" },
	{ "{\"task_id\":\"a\",\"limits\":\"10\"}",
	  "f.json:12: \"limits\": expected a number, found a string" },
	{ "{\"task_id\":\"a\",\"limits\":null}",
	  "f.json:12: \"limits\": expected a number, found null" },
	{ "{\"task_id\":\"a\",\"limits\":1.5}",
	  "f.json:12: \"limits\": expected an integer, found 1.5" },
	{ "{\"task_id\":\"a\",\"limits\":0}",
	  "f.json:12: \"limits\": must be from 1 to 3600, found 0" },
	{ "{\"task_id\":\"a\",\"any\":9007199254740994}",
	  "f.json:12: \"any\": an integer beyond 2^53 is not exact" },
	{ "{\"task_id\":\"a\",\"any\":-1e300}",
	  "f.json:12: \"any\": an integer beyond 2^53 is not exact" },
	{ "{\"task_id\":\"a\",\"weight\":0.75}",
	  "f.json:12: \"weight\": must be from 0 to 0.5, found 0.75" },
	{ "{\"task_id\":\"a\",\"weight\":[]}",
	  "f.json:12: \"weight\": expected a number, found an array" },
	{ "{\"task_id\":\"a\",\"strict\":1}",
	  "f.json:12: \"strict\": expected a boolean, found a number" },
	{ "{\"task_id\":\"a\",\"stop\":[]}", "f.json:12: \"stop\": must not be empty" },
	{ "{\"task_id\":\"a\",\"stop\":\"\"}",
	  "f.json:12: \"stop\": must not hold an empty string" },
	{ "{\"task_id\":\"a\",\"stop\":[\"a\",2]}",
	  "f.json:12: \"stop\": expected strings in the array, found a number" },
	{ "{\"task_id\":\"a\",\"stop\":{}}",
	  "f.json:12: \"stop\": expected a string or an array of strings, found an object" },
	{ "{\"task_id\":\"a\",\"extra\":[]}", "f.json:12: \"extra\": must not be empty" },
	{ "{\"task_id\":\"a\",\"limit\":1}",
	  "f.json:12: \"limit\": unknown key; did you mean \"limits\"?" },
	{ "{\"taskid\":\"a\"}", "f.json:12: \"taskid\": unknown key; did you mean \"task_id\"?" },
	{ "{\"task_id\":\"a\",\"Stop\":1}",
	  "f.json:12: \"Stop\": unknown key; did you mean \"stop\"?" },
	{ "{\"task_id\":\"a\",\"completion\":1}", "f.json:12: \"completion\": unknown key" },
	{ "{\"task_id\":\"a\",\"\":1}", "f.json:12: \"\": unknown key" },
	{ "{\"a\\nb\\u202e\":1}", "f.json:12: \"a\\nb\\u202e\": unknown key" },
	{ "{\n\"task_id\":\"a\",\n\"limits\":\n\"10\"}",
	  "f.json:3: \"limits\": expected a number, found a string" },
	{ "{\n\"task_id\":\"a\",\n\"stop\":[\"a\",\n2]}",
	  "f.json:4: \"stop\": expected strings in the array, found a number" },
	{ "{\n\"task_id\":\"a\",\n\"limit\":1}",
	  "f.json:3: \"limit\": unknown key; did you mean \"limits\"?" },
};

static void mistakes_are_named_with_file_line_and_field(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct arena arena = { 0 };
		struct sample s = { 0 };
		struct err err = { 0 };
		struct json *j;

		assert_int_equal(decode(refused[i].in, FIELDS_REFUSE_UNKNOWN, &arena, &s, &j, &err),
				 -1);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_string_equal(err.msg, refused[i].msg);
		strvec_release(&s.stop);
		json_free(j);
		arena_release(&arena);
	}
}

static void long_foreign_keys_are_cut_between_characters(void **state)
{
	auto_strbuf text = { 0 };
	struct arena arena = { 0 };
	struct sample s = { 0 };
	struct err err = { 0 };
	struct json *j;

	(void)state;
	strbuf_addstr(&text, "{\"x");
	for (int i = 0; i < 1000; i++)
		strbuf_addstr(&text, "\xc3\xa9");
	strbuf_addstr(&text, "\":1}");
	assert_int_equal(decode(text.buf, FIELDS_REFUSE_UNKNOWN, &arena, &s, &j, &err), -1);
	assert_true(strlen(err.msg) < 100);
	assert_non_null(strstr(err.msg, "\xc3\xa9\": unknown key"));
	json_free(j);
	arena_release(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_is_filled_in),
		cmocka_unit_test(what_is_absent_stays_zero),
		cmocka_unit_test(mistakes_are_named_with_file_line_and_field),
		cmocka_unit_test(long_foreign_keys_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
