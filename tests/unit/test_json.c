/* SPDX-License-Identifier: Apache-2.0 */
/* JSON in and out: what is accepted, what is refused and where, and that writing is exact. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_build.h"
#include "base/strbuf.h"
#include "base/utf8.h"

/* Reads text and writes it again on one line. */
static char *rewritten(const char *text, size_t len, struct err *err)
{
	auto_json struct json *j = json_parse(text, len, err);
	struct strbuf out = { 0 };
	struct json_writer w;

	if (!j)
		return NULL;
	jw_init(&w, &out, 0);
	jw_node(&w, j);
	return strbuf_detach(&out);
}

static const struct {
	const char *in, *out;
} accepted[] = {
	{ "null", "null" },
	{ " \t\r\n true \n", "true" },
	{ "[]", "[]" },
	{ "[ ]", "[]" },
	{ "{}", "{}" },
	{ "[1,[2,[3]],{\"a\":[false]}]", "[1,[2,[3]],{\"a\":[false]}]" },
	{ "{\"b\": 1, \"a\": {\"b\": 2}}", "{\"b\":1,\"a\":{\"b\":2}}" },
	{ "{\"a\":1,\"A\":2}", "{\"a\":1,\"A\":2}" },
	{ "[0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7]", "[0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7]" },
	{ "0", "0" },
	{ "-0", "-0" },
	{ "0.1", "0.1" },
	{ "-1.5e3", "-1500" },
	{ "1E+2", "100" },
	{ "1e-999", "0" },
	{ "9007199254740991", "9007199254740991" },
	{ "1e308", "1e+308" },
	{ "5e-324", "4.94065645841247e-324" },
	{ "0.30000000000000004", "0.30000000000000004" },
	/* Longer than the library reads: 70 digits, 70 places. */
	{ "[1000000000000000000000000000000000000000000000000000000000000000000000,1]",
	  "[1e+69,1]" },
	{ "0.5000000000000000000000000000000000000000000000000000000000000000000000", "0.5" },
	{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
	{ "\"\\u00e9\\u20AC\\ud83d\\ude00\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	{ "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	{ "\"a\\u0000b\"", "\"a\xef\xbf\xbd"
			   "b\"" },
	{ "{\"k\\u0000\":1}", "{\"k\xef\xbf\xbd\":1}" },
	{ "\"\\ud800\"", "\"\xef\xbf\xbd\"" },
	{ "\"\\udc00\\ud800\"", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\"\\ud800\\ud83d\\ude00\"", "\"\xef\xbf\xbd\xf0\x9f\x98\x80\"" },
	{ "\"\\ud800x\\u0041\"", "\"\xef\xbf\xbdxA\"" },
	{ "\"\x7f\"", "\"\\u007f\"" },
	{ "\"[{\\\"\"", "\"[{\\\"\"" },
};

static void strict_json_is_read_as_it_is_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(accepted); i++) {
		struct err err = { 0 };
		char *out = rewritten(accepted[i].in, strlen(accepted[i].in), &err);

		if (!out)
			fail_msg("%s: %s", accepted[i].in, err.msg);
		assert_string_equal(out, accepted[i].out);
		free(out);
	}
}

static const struct {
	const char *in;
	size_t len; /* 0: strlen */
	const char *msg;
} refused[] = {
	{ "", 0, "bad JSON at byte 0: the text is empty" },
	{ "  ", 0, "bad JSON at byte 2: the text ends too early" },
	{ "nul", 0, "bad JSON at byte 0: a value was expected" },
	{ "True", 0, "bad JSON at byte 0: a value was expected" },
	{ "NaN", 0, "bad JSON at byte 0: a value was expected" },
	{ "'a'", 0, "bad JSON at byte 0: a value was expected" },
	{ "\xef\xbb\xbf{}", 0, "bad JSON at byte 0: a value was expected" },
	{ "{} x", 0, "bad JSON at byte 3: something follows the value" },
	{ "1 2", 0, "bad JSON at byte 2: something follows the value" },
	{ "1\0", 2, "bad JSON at byte 1: a NUL byte" },
	{ "[1,]", 0, "bad JSON at byte 3: a value was expected" },
	{ "[1 2]", 0, "bad JSON at byte 3: ',' or ']' was expected" },
	{ "[1}", 0, "bad JSON at byte 2: ',' or ']' was expected" },
	{ "[1", 0, "bad JSON at byte 2: the text ends too early" },
	{ "{\"a\":1,}", 0, "bad JSON at byte 7: a key in double quotes was expected" },
	{ "{a:1}", 0, "bad JSON at byte 1: a key in double quotes was expected" },
	{ "{\"a\" 1}", 0, "bad JSON at byte 5: ':' was expected" },
	{ "{\"a\":1]", 0, "bad JSON at byte 6: ',' or '}' was expected" },
	{ "{\"a\":}", 0, "bad JSON at byte 5: a value was expected" },
	{ "01", 0, "bad JSON at byte 1: something follows the value" },
	{ "+1", 0, "bad JSON at byte 0: a value was expected" },
	{ "-", 0, "bad JSON at byte 1: the text ends too early" },
	{ "-x", 0, "bad JSON at byte 1: a digit is missing in a number" },
	{ "1.", 0, "bad JSON at byte 2: the text ends too early" },
	{ "[1.]", 0, "bad JSON at byte 3: a digit is missing after the point" },
	{ ".5", 0, "bad JSON at byte 0: a value was expected" },
	{ "[1e]", 0, "bad JSON at byte 3: a digit is missing in the exponent" },
	{ "[0, 1e999]", 0, "bad JSON at byte 4: a number out of range" },
	{ "-1e999", 0, "bad JSON at byte 0: a number out of range" },
	{ "\"abc", 0, "bad JSON at byte 0: a string without an end" },
	{ "\"abc\\", 0, "bad JSON at byte 4: an unknown escape in a string" },
	{ "\"\\x41\"", 0, "bad JSON at byte 1: an unknown escape in a string" },
	{ "\"\\u12g4\"", 0, "bad JSON at byte 1: \\u without four hexadecimal digits" },
	{ "\"\\u12", 0, "bad JSON at byte 1: \\u without four hexadecimal digits" },
	{ "\"a\nb\"", 0, "bad JSON at byte 2: a control character in a string" },
	{ "\"a\0b\"", 5, "bad JSON at byte 2: a NUL byte in a string" },
	{ "\"\xff\"", 0, "bad JSON at byte 1: invalid UTF-8" },
	{ "\"\xc0\xaf\"", 0, "bad JSON at byte 1: invalid UTF-8" },
	{ "\"a\xed\xa0\x80\"", 0, "bad JSON at byte 2: invalid UTF-8" },
	{ "\"\xf4\x90\x80\x80\"", 0, "bad JSON at byte 1: invalid UTF-8" },
	{ "\"\xe2\x82", 0, "bad JSON at byte 1: invalid UTF-8" },
	{ "{\"a\":1,\"b\":2,\"a\":3}", 0, "bad JSON at byte 13: duplicate key \"a\"" },
	{ "[{\"x\":{\"\\u0061\":1,\"a\":3}}]", 0, "bad JSON at byte 18: duplicate key \"a\"" },
};

static void anything_else_is_refused_with_its_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		size_t len = refused[i].len ? refused[i].len : strlen(refused[i].in);
		struct err err = { 0 };

		assert_null(json_parse(refused[i].in, len, &err));
		assert_int_equal(err.kind, ERR_INPUT);
		assert_string_equal(err.msg, refused[i].msg);
	}
}

static void nesting_is_bounded(void **state)
{
	struct strbuf text = { 0 };
	struct err err = { 0 };
	struct json *j;

	(void)state;
	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		strbuf_addch(&text, '[');
	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		strbuf_addch(&text, ']');
	j = json_parse(text.buf, text.len, &err);
	assert_non_null(j);
	json_free(j);
	strbuf_clear(&text);
	for (int i = 0; i < 1000000; i++)
		strbuf_addstr(&text, "{\"\":");
	assert_null(json_parse(text.buf, text.len, &err));
	assert_string_equal(err.msg, "bad JSON at byte 400: nested too deeply");
	strbuf_release(&text);
}

static void length_and_number_of_values_are_bounded(void **state)
{
	struct strbuf text = { 0 };
	struct err err = { 0 };

	(void)state;
	strbuf_addch(&text, '[');
	for (unsigned i = 0; i < JSON_MAX_VALUES; i++)
		strbuf_addstr(&text, "1,");
	assert_null(json_parse(text.buf, text.len, &err));
	assert_non_null(strstr(err.msg, "too many values"));
	assert_null(json_parse(text.buf, (size_t)JSON_MAX_BYTES + 1, &err));
	assert_non_null(strstr(err.msg, "the text is too long"));
	strbuf_release(&text);
}

static void a_duplicate_is_found_among_many_members(void **state)
{
	struct strbuf text = { 0 };
	struct err err = { 0 };
	struct json *j;

	(void)state;
	strbuf_addch(&text, '{');
	for (int i = 0; i < 50000; i++)
		strbuf_addf(&text, "\"key%d\":%d,", i, i);
	strbuf_addstr(&text, "\"last\":0}");
	j = json_parse(text.buf, text.len, &err);
	assert_non_null(j);
	assert_int_equal(json_size(j), 50001);
	json_free(j);
	strbuf_setlen(&text, text.len - 1);
	strbuf_addstr(&text, ",\"key77\":1}");
	assert_null(json_parse(text.buf, text.len, &err));
	assert_non_null(strstr(err.msg, "duplicate key \"key77\""));
	strbuf_release(&text);
}

static void nodes_give_what_they_hold_and_nothing_else(void **state)
{
	static const char text[] = "{\"s\":\"x\",\"n\":2.5,\"t\":true,\"z\":null,\"a\":[1,2,3]}";
	struct json *j = json_parse(text, strlen(text), NULL);
	const struct json *a = json_get(j, "a");

	(void)state;
	assert_int_equal(json_type(j), JSON_OBJECT);
	assert_int_equal(json_size(j), 5);
	assert_string_equal(json_str(json_get(j, "s")), "x");
	assert_true(json_num(json_get(j, "n")) == 2.5);
	assert_true(json_bool(json_get(j, "t")));
	assert_int_equal(json_type(json_get(j, "z")), JSON_NULL);
	assert_non_null(json_get(j, "z"));
	assert_null(json_get(j, "S"));
	assert_null(json_get(a, "s"));
	assert_true(json_num(json_at(a, 2)) == 3);
	assert_null(json_at(a, 3));
	assert_null(json_key(json_first(a)));
	assert_string_equal(json_key(json_next(json_first(j))), "n");
	assert_null(json_str(a));
	assert_false(json_bool(json_get(j, "n")));
	assert_true(json_num(NULL) == 0);
	assert_int_equal(json_type(NULL), JSON_NULL);
	assert_string_equal(json_type_name(JSON_BOOL), "boolean");
	json_free(j);
	json_free(NULL);
}

static void lines_are_known_in_texts_of_several_lines(void **state)
{
	static const char text[] = "{\n\"a\":\n1,\n\n\"b\": [2,\n3]}\n";
	struct json *j = json_parse(text, strlen(text), NULL);
	struct json *one = json_parse("[1]", 3, NULL);

	(void)state;
	assert_int_equal(json_line(j), 1);
	assert_int_equal(json_line(json_get(j, "a")), 2);
	assert_int_equal(json_line(json_get(j, "b")), 5);
	assert_int_equal(json_line(json_at(json_get(j, "b"), 1)), 6);
	assert_int_equal(json_line(json_first(one)), 0);
	assert_int_equal(json_line(NULL), 0);
	json_free(j);
	json_free(one);
}

static void the_locale_does_not_matter(void **state)
{
	static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR" };
	char *out;
	size_t i = 0;

	(void)state;
	while (i < ARRAY_SIZE(names) && !setlocale(LC_ALL, names[i]))
		i++;
	if (i == ARRAY_SIZE(names)) {
		print_message("SKIP: no locale with a decimal comma is installed\n");
		skip();
	}
	out = rewritten("[1.5,2e-3]", 10, NULL);
	(void)setlocale(LC_ALL, "C");
	assert_string_equal(out, "[1.5,0.002]");
	free(out);
}

/* ---- writing ---- */

static void write_everything(struct json_writer *w)
{
	jw_begin_object(w);
	jw_kstr(w, "s", "x");
	jw_kstr(w, "none", NULL);
	jw_kint(w, "i", INT64_MIN);
	jw_knum(w, "n", 0.1);
	jw_kbool(w, "b", false);
	jw_key(w, "empty");
	jw_begin_array(w);
	jw_end_array(w);
	jw_key(w, "list");
	jw_begin_array(w);
	jw_int(w, 1);
	jw_begin_object(w);
	jw_end_object(w);
	jw_null(w);
	jw_end_array(w);
	jw_end_object(w);
}

static void the_writer_writes_one_line_or_indents(void **state)
{
	struct strbuf out = { 0 };
	struct json_writer w;

	(void)state;
	jw_init(&w, &out, 0);
	write_everything(&w);
	assert_string_equal(out.buf, "{\"s\":\"x\",\"none\":null,\"i\":-9223372036854775808,"
				     "\"n\":0.1,\"b\":false,\"empty\":[],\"list\":[1,{},null]}");
	strbuf_clear(&out);
	jw_init(&w, &out, 2);
	write_everything(&w);
	assert_string_equal(out.buf,
			    "{\n  \"s\": \"x\",\n  \"none\": null,\n"
			    "  \"i\": -9223372036854775808,\n  \"n\": 0.1,\n  \"b\": false,\n"
			    "  \"empty\": [],\n  \"list\": [\n    1,\n    {},\n    null\n  ]\n}");
	strbuf_release(&out);
}

static const struct {
	double v;
	const char *text;
} numbers[] = {
	{ 0, "0" },
	{ 1e15, "1e+15" },
	{ 123456789012345.0, "123456789012345" },
	{ 0.1 + 0.2, "0.30000000000000004" },
	{ 1.0 / 3, "0.3333333333333333" },
	{ 2.5e-7, "2.5e-07" },
	{ NAN, "null" },
	{ HUGE_VAL, "null" },
	{ -HUGE_VAL, "null" },
};

static void numbers_are_short_and_read_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct strbuf out = { 0 };
		struct json_writer w;

		jw_init(&w, &out, 0);
		jw_num(&w, numbers[i].v);
		assert_string_equal(out.buf, numbers[i].text);
		strbuf_release(&out);
	}
}

static const struct {
	const char *in;
	size_t len;
	const char *out;
} strings[] = {
	{ "</script>", 9, "\"\\u003c/script>\"" },
	{ "a\0b\x1f\x7f", 5, "\"a\\u0000b\\u001f\\u007f\"" },
	{ "\xc2\x80\xc2\xa0", 4, "\"\\u0080\xc2\xa0\"" },
	{ "\xe2\x80\xa8\xe2\x80\xa9", 6, "\"\\u2028\\u2029\"" },
	/* U+202E and U+2066, each ended, as linters ask for. */
	{ "\xe2\x80\xae\xe2\x80\xac", 6, "\"\\u202e\\u202c\"" },
	{ "\xe2\x81\xa6\xe2\x81\xa9", 6, "\"\\u2066\\u2069\"" },
	{ "\xff\xfe", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xe2\x82", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "", 0, "\"\"" },
};

static void strings_are_escaped_against_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		struct strbuf out = { 0 };
		struct json_writer w;

		jw_init(&w, &out, 0);
		jw_strn(&w, strings[i].in, strings[i].len);
		assert_string_equal(out.buf, strings[i].out);
		strbuf_release(&out);
	}
}

static void key_in_array(struct json_writer *w)
{
	jw_begin_array(w);
	jw_key(w, "a");
}

static void value_without_key(struct json_writer *w)
{
	jw_begin_object(w);
	jw_int(w, 1);
}

static void end_after_key(struct json_writer *w)
{
	jw_begin_object(w);
	jw_key(w, "a");
	jw_end_object(w);
}

static void wrong_end(struct json_writer *w)
{
	jw_begin_object(w);
	jw_end_array(w);
}

static void end_without_begin(struct json_writer *w)
{
	jw_end_array(w);
}

static void second_value(struct json_writer *w)
{
	jw_null(w);
	jw_null(w);
}

static void too_deep(struct json_writer *w)
{
	for (int i = 0; i < JSON_WRITER_DEPTH; i++)
		jw_begin_array(w);
}

static void (*const misuses[])(struct json_writer *) = {
	key_in_array,      value_without_key, end_after_key, wrong_end,
	end_without_begin, second_value,      too_deep,
};

static void misuse_of_the_writer_aborts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(misuses); i++) {
		int status = 0;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			struct strbuf out = { 0 };
			struct json_writer w;

			(void)close(2);
			(void)signal(SIGABRT, SIG_DFL);
			jw_init(&w, &out, 0);
			misuses[i](&w);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
}

/* ---- building ---- */

static void nodes_that_were_built_are_like_those_read(void **state)
{
	struct json *object = json_new_object();
	struct json *array = json_new_array();
	struct strbuf out = { 0 };
	struct json_writer w;

	(void)state;
	json_add_item(array, json_new_num(2));
	json_add_item(array, json_new_bool(true));
	json_add_item(array, json_new_null());
	json_add_member(object, "list", array);
	json_add_member(object, "s", json_new_strn("a\0b\0", 4));
	json_set_line(array, 7);
	assert_int_equal(json_line(array), 7);
	assert_null(json_find_duplicate(object));
	jw_init(&w, &out, 0);
	jw_node(&w, object);
	assert_string_equal(out.buf, "{\"list\":[2,true,null],\"s\":\"a\xef\xbf\xbd"
				     "b\xef\xbf\xbd\"}");
	json_add_member(object, "list", json_new_null());
	assert_string_equal(json_key(json_find_duplicate(object)), "list");
	strbuf_release(&out);
	json_free(object);
}

static void utf8_knows_its_borders(void **state)
{
	static const struct {
		const char *s;
		size_t n, length;
		uint32_t code;
	} cases[] = {
		{ "", 0, 0, 0 },
		{ "a", 1, 1, 'a' },
		{ "\0", 1, 1, 0 },
		{ "\xc2\x80", 2, 2, 0x80 },
		{ "\xdf\xbf", 2, 2, 0x7ff },
		{ "\xe0\xa0\x80", 3, 3, 0x800 },
		{ "\xee\x80\x80", 3, 3, 0xe000 },
		{ "\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff },
		{ "\x80", 1, 0, 0 },
		{ "\xc1\xbf", 2, 0, 0 },
		{ "\xe0\x9f\xbf", 3, 0, 0 },
		{ "\xf0\x8f\xbf\xbf", 4, 0, 0 },
		{ "\xf8\x88\x80\x80\x80", 5, 0, 0 },
		{ "\xc2", 1, 0, 0 },
		{ "\xe2\x82"
		  "a",
		  3, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t code = 0;

		assert_int_equal(utf8_decode(cases[i].s, cases[i].n, &code), cases[i].length);
		assert_int_equal(code, cases[i].code);
	}
	assert_int_equal(utf8_valid_prefix("ab\xc3\xa9\xff", 5), 4);
	assert_int_equal(utf8_valid_prefix("ab", 2), 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(strict_json_is_read_as_it_is_meant),
		cmocka_unit_test(anything_else_is_refused_with_its_byte),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(length_and_number_of_values_are_bounded),
		cmocka_unit_test(a_duplicate_is_found_among_many_members),
		cmocka_unit_test(nodes_give_what_they_hold_and_nothing_else),
		cmocka_unit_test(lines_are_known_in_texts_of_several_lines),
		cmocka_unit_test(the_locale_does_not_matter),
		cmocka_unit_test(the_writer_writes_one_line_or_indents),
		cmocka_unit_test(numbers_are_short_and_read_back),
		cmocka_unit_test(strings_are_escaped_against_harm),
		cmocka_unit_test(misuse_of_the_writer_aborts),
		cmocka_unit_test(nodes_that_were_built_are_like_those_read),
		cmocka_unit_test(utf8_knows_its_borders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
