/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the JSON protocol without a server: what they come to; and base64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "api/serve_reply.h"
#include "api/serve_request.h"
#include "base/alloc.h"
#include "base/base64.h"
#include "base/json.h"

static int parse(const char *text, struct request *r, struct err *err)
{
	memset(err, 0, sizeof(*err));
	return request_parse(text, strlen(text), 7, r, err);
}

static void every_member_arrives(void **state)
{
	struct request r;
	struct err err;

	(void)state;
	assert_int_equal(
		parse("{\"id\":\"x\",\"argv\":[\"cat\",\"\"],\"env\":{\"A\":\"b=c\"},"
		      "\"stdin_base64\":\"AAE=\",\"isolation\":\"strict\",\"network\":\"none\","
		      "\"files\":[{\"path\":\"/work/f\",\"data\":\"\"},"
		      "{\"path\":\"/tmp/g\",\"data_base64\":\"/w==\",\"executable\":true}],"
		      "\"files_out\":[\"/work/o\"],\"limits\":{\"wall_ms\":5,\"keep_bytes\":6}}",
		      &r, &err),
		0);
	assert_int_equal(r.op, REQUEST_RUN);
	assert_string_equal(r.id, "\"x\"");
	assert_int_equal(r.argv.n, 2);
	assert_string_equal(r.argv.v[1], "");
	assert_string_equal(r.env.v[0], "A=b=c");
	assert_true(r.has_input && r.input_size == 2 && !memcmp(r.input, "\0\1", 2));
	assert_true(r.has_level && r.level == BOX_LEVEL_STRICT);
	assert_int_equal(r.n_files, 2);
	assert_true(r.files[0].size == 0 && !r.files[0].is_executable);
	assert_true(r.files[1].size == 1 && r.files[1].data[0] == '\xff');
	assert_true(r.files[1].is_executable);
	assert_int_equal(r.outs.n, 1);
	assert_string_equal(r.outs.v[0], "/work/o");
	assert_int_equal(r.limits.wall_ms, 5);
	assert_int_equal(r.limits.keep_bytes, 6);
	assert_int_equal(r.limits.cpu_ms, 0);
	request_release(&r);
}

static void ids_come_back_as_they_were(void **state)
{
	static const struct {
		const char *id, *text; /* NULL: refused */
	} rows[] = {
		{ "1", "1" },
		{ "-9007199254740992", "-9007199254740992" },
		{ "9007199254740994", NULL },
		{ "0.5", NULL },
		{ "\"\\u00e9\\n\"", "\"é\\n\"" },
		{ "\"\"", NULL },
		{ "null", NULL },
		{ "true", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_strbuf line = { 0 };
		struct request r;
		struct err err;

		strbuf_addf(&line, "{\"id\":%s,\"op\":\"info\"}", rows[i].id);
		assert_int_equal(parse(strbuf_str(&line), &r, &err), rows[i].text ? 0 : -1);
		if (rows[i].text)
			assert_string_equal(r.id, rows[i].text);
		else
			assert_null(r.id);
		request_release(&r);
	}
}

static void a_mistake_names_its_line_and_keeps_its_id(void **state)
{
	struct request r;
	struct err err;

	(void)state;
	assert_int_equal(parse("{\"id\":3,\"argv\":[\"a\"],\"stdni\":\"\"}", &r, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_string_equal(err.msg, "request:7: \"stdni\": unknown key; did you mean \"stdin\"?");
	assert_string_equal(r.id, "3");
	request_release(&r);
}

/* The line that `out` is, which must be one and JSON. */
static struct json *only_line(const struct strbuf *out)
{
	struct err err = { 0 };

	assert_ptr_equal(strchr(strbuf_str(out), '\n'), out->buf + out->len - 1);
	struct json *j = json_parse(out->buf, out->len, &err);

	assert_non_null(j);
	return j;
}

static void answers_are_one_line_whatever_was_written(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *key, *value;
	} rows[] = {
		{ "", 0, "head", "" },
		{ "a\n\"<\xc3\xa9", 6, "head", "a\n\"<\xc3\xa9" },
		{ "\xff", 1, "head_base64", "/w==" },
		{ "\xc3", 1, "head_base64", "ww==" },
	};
	struct box_limits l = { 0 };

	(void)state;
	box_limits_fill(&l);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct box_result r = { .end = BOX_EXEC_FAILED,
					.stdout_head = (int64_t)rows[i].n,
					.stdout_bytes = (int64_t)rows[i].n,
					.message = "no \"such\"\nthi\xc3\xb1g \xf0\x9f\x98\x80" };
		auto_strbuf out = { 0 };

		strbuf_add(&r.out, rows[i].bytes, rows[i].n);
		reply_result(&out, "\"id\"", &r, &l);
		struct json *j = only_line(&out);
		const struct json *result = json_get(j, "result");
		const struct json *kept = json_get(result, "stdout");

		assert_string_equal(json_str(json_get(kept, rows[i].key)), rows[i].value);
		assert_string_equal(json_str(json_get(result, "message")), r.message);
		json_free(j);
		box_result_release(&r);
	}
}

static void base64_is_that_of_the_standard(void **state)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "+/+/" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_strbuf bytes = { 0 };
		size_t n = strlen(rows[i].text);

		assert_int_equal(base64_decode(&bytes, rows[i].text, n, NULL), 0);
		assert_string_equal(strbuf_str(&bytes), rows[i].bytes);
	}
}

static void what_is_no_base64_is_refused(void **state)
{
	static const char *const rows[] = {
		"Z",      "Zg",   "Zg=",  "Zm8=Zg==", "Z===", "====",     "Zg=a",
		"Zm9v\n", "Zm 9", "Zh==", "Zm9=",     "Zm_-", "Zm9v====", "\xc3\xa9=="
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_strbuf bytes = { 0 };
		struct err err = { 0 };

		strbuf_addstr(&bytes, "before");
		assert_int_equal(base64_decode(&bytes, rows[i], strlen(rows[i]), &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_string_equal(strbuf_str(&bytes), "before");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_member_arrives),
		cmocka_unit_test(ids_come_back_as_they_were),
		cmocka_unit_test(a_mistake_names_its_line_and_keeps_its_id),
		cmocka_unit_test(answers_are_one_line_whatever_was_written),
		cmocka_unit_test(base64_is_that_of_the_standard),
		cmocka_unit_test(what_is_no_base64_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
