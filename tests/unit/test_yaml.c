/* SPDX-License-Identifier: Apache-2.0 */
/* YAML becomes the tree that JSON gives; what is more than data is refused with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/fields.h"
#include "base/yaml.h"

static char *as_json(const char *text, size_t len, struct err *err)
{
	auto_json struct json *j = yaml_parse("f.yaml", text, len, err);
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
	{ "", "null" },
	{ "# only a comment\n", "null" },
	{ "---\n...\n", "null" },
	{ "%YAML 1.2\n---\na: 1\n", "{\"a\":1}" },
	{ "\xef\xbb\xbf"
	  "a: 1\n",
	  "{\"a\":1}" },
	{ "a: 1\r\nb: 2\r\n", "{\"a\":1,\"b\":2}" },
	{ "[~, null, Null, NULL, '', \"\"]", "[null,null,null,null,\"\",\"\"]" },
	{ "a:\nb: x\n", "{\"a\":null,\"b\":\"x\"}" },
	{ "[true, True, TRUE, false, False, FALSE]", "[true,true,true,false,false,false]" },
	{ "[yes, no, on, off, y, n, tRUE]",
	  "[\"yes\",\"no\",\"on\",\"off\",\"y\",\"n\",\"tRUE\"]" },
	{ "['true', \"1\", 'null', '~']", "[\"true\",\"1\",\"null\",\"~\"]" },
	{ "[0, -1, +2, 007, 0x1F, 0o17, 1_000, 0b1, 0x, 0o8]",
	  "[0,-1,2,7,31,15,\"1_000\",\"0b1\",\"0x\",\"0o8\"]" },
	{ "[1.5, -.5, 1., 1e3, 1.5E-2, '.', ., +, -e1, 1e, 1.2.3]",
	  "[1.5,-0.5,1,1000,0.015,\".\",\".\",\"+\",\"-e1\",\"1e\",\"1.2.3\"]" },
	{ "[2026-01-02, 12:30:45]", "[\"2026-01-02\",\"12:30:45\"]" },
	{ "a: |\n  x\n   y\nb: >\n  p\n  q\n", "{\"a\":\"x\\n y\\n\",\"b\":\"p q\\n\"}" },
	{ "a: |\n  12\n", "{\"a\":\"12\\n\"}" },
	{ "- a\n-\n  - b\n  - {c: d}\n", "[\"a\",[\"b\",{\"c\":\"d\"}]]" },
	{ "1: a\ntrue: b\n", "{\"1\":\"a\",\"true\":\"b\"}" },
	{ "<<: a\n", "{\"\\u003c\\u003c\":\"a\"}" },
	{ "{\"a\": [1, 2, {\"b\": null}]}", "{\"a\":[1,2,{\"b\":null}]}" },
	{ "\"\\u00e9\\x41\\0\"", "\"\xc3\xa9"
				 "A\xef\xbf\xbd\"" },
};

static void the_core_schema_gives_json_nodes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(accepted); i++) {
		struct err err = { 0 };
		char *out = as_json(accepted[i].in, strlen(accepted[i].in), &err);

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
	{ "a: 1\nb: &x 2\n", 0, "f.yaml:2: anchors (&) are not allowed" },
	{ "a: &x [1]\n", 0, "f.yaml:1: anchors (&) are not allowed" },
	{ "&x a: 1\n", 0, "f.yaml:1: anchors (&) are not allowed" },
	{ "a: 1\n\nb: *x\n", 0, "f.yaml:3: aliases (*) are not allowed" },
	{ "a: !!str 1\n", 0, "f.yaml:1: tags (!) are not allowed" },
	{ "a: !x {}\n", 0, "f.yaml:1: tags (!) are not allowed" },
	{ "- ! a\n", 0, "f.yaml:1: tags (!) are not allowed" },
	{ "%TAG !e! tag:x\n---\na: 1\n", 0, "f.yaml:1: tag directives are not allowed" },
	{ "a: 1\n---\nb: 2\n", 0, "f.yaml:2: only one document is allowed" },
	{ "a: 1\nb: 2\na: 3\n", 0, "f.yaml:3: duplicate key \"a\"" },
	{ "x:\n  - {a: 1, \"a\": 2}\n", 0, "f.yaml:2: duplicate key \"a\"" },
	{ "a: .inf\n", 0, "f.yaml:1: infinity and NaN are not allowed" },
	{ "a: -.INF\n", 0, "f.yaml:1: infinity and NaN are not allowed" },
	{ "a: .nan\n", 0, "f.yaml:1: infinity and NaN are not allowed" },
	{ "a: 1e999\n", 0, "f.yaml:1: a number out of range" },
	{ "? [a]\n: 1\n", 0, "f.yaml:1: a key must be a string" },
	{ "\"a\\0\": 1\n", 0, "f.yaml:1: a NUL byte in a key" },
	{ "a: b\n c: d\n", 0, NULL },
	{ "a: [1, 2\n", 0, NULL },
	{ "a:\n\t- b\n", 0, NULL },
	{ "a: \"x\n", 0, NULL },
	{ "a: \xff\n", 0, NULL },
	{ "a: b\0\n", 6, NULL },
	{ "a: \x01\n", 0, NULL },
};

static void anything_more_is_refused_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		size_t len = refused[i].len ? refused[i].len : strlen(refused[i].in);
		struct err err = { 0 };

		assert_null(yaml_parse("f.yaml", refused[i].in, len, &err));
		assert_int_equal(err.kind, ERR_INPUT);
		if (refused[i].msg)
			assert_string_equal(err.msg, refused[i].msg);
		else
			assert_memory_equal(err.msg, "f.yaml:", 7);
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
	j = yaml_parse("f.yaml", text.buf, text.len, &err);
	assert_non_null(j);
	json_free(j);
	strbuf_clear(&text);
	for (int i = 0; i < 100000; i++)
		strbuf_addstr(&text, "- ");
	assert_null(yaml_parse("f.yaml", text.buf, text.len, &err));
	assert_string_equal(err.msg, "f.yaml:1: nested too deeply");
	strbuf_release(&text);
}

static void nodes_know_their_lines(void **state)
{
	static const char text[] = "# c\na: 1\nb:\n  - x\n  - y: 2\n";
	struct json *j = yaml_parse("f.yaml", text, strlen(text), NULL);
	const struct json *b = json_get(j, "b");

	(void)state;
	assert_int_equal(json_line(j), 2);
	assert_int_equal(json_line(json_get(j, "a")), 2);
	assert_int_equal(json_line(b), 3);
	assert_int_equal(json_line(json_first(b)), 4);
	assert_int_equal(json_line(json_get(json_at(b, 1), "y")), 5);
	json_free(j);
}

struct suite {
	char *name;
	int64_t limit;
};

static void the_decoder_names_the_line_in_yaml(void **state)
{
	static const struct field fields[] = {
		FIELD_STR(struct suite, name, "name", FIELD_REQUIRED),
		FIELD_INT(struct suite, limit, "limit", 0, 0, 0),
		FIELD_END,
	};
	static const char text[] = "name: x\nlimit: ten\n";
	struct json *j = yaml_parse("s.yaml", text, strlen(text), NULL);
	struct arena arena = { 0 };
	struct fields_source source = { "s.yaml", 0, FIELDS_REFUSE_UNKNOWN, &arena };
	struct suite s = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(fields_decode(j, fields, &source, &s, &err), -1);
	assert_string_equal(err.msg, "s.yaml:2: \"limit\": expected a number, found a string");
	json_free(j);
	arena_release(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_core_schema_gives_json_nodes),
		cmocka_unit_test(anything_more_is_refused_with_its_line),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(nodes_know_their_lines),
		cmocka_unit_test(the_decoder_names_the_line_in_yaml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
