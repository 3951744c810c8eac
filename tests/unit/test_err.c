/* SPDX-License-Identifier: Apache-2.0 */
/* Error messages: one safe line, whatever the arguments hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"

static void every_call_fills_kind_and_message_and_returns_minus_one(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(err_set(&err, ERR_USAGE, "bad %d", 7), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_int_equal(err.sys_errno, 0);
	assert_string_equal(err.msg, "bad 7");
	assert_int_equal(err_input(&err, "t.json", 12, "no %s", "id"), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_string_equal(err.msg, "t.json:12: no id");
	assert_int_equal(err_input(&err, "t.json", 0, "empty"), -1);
	assert_string_equal(err.msg, "t.json: empty");
}

static void a_system_error_carries_errno_and_its_text(void **state)
{
	struct err err = { 0 };

	(void)state;
	errno = ENOENT;
	assert_int_equal(err_sys(&err, "cannot open '%s'", "x"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(err.kind, ERR_HARNESS);
	assert_int_equal(err.sys_errno, ENOENT);
	assert_string_equal(err.msg, "cannot open 'x': No such file or directory");
	errno = 99999;
	(void)err_sys(&err, "odd");
	assert_string_equal(err.msg, "odd: error 99999");
}

static void wrapping_keeps_kind_and_errno(void **state)
{
	struct err err = { 0 };

	(void)state;
	errno = EACCES;
	(void)err_sys(&err, "open");
	err.kind = ERR_INPUT;
	assert_int_equal(err_wrap(&err, "task %d", 3), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_int_equal(err.sys_errno, EACCES);
	assert_string_equal(err.msg, "task 3: open: Permission denied");
	(void)err_wrap(&err, "%s", err.msg);
	assert_string_equal(err.msg, "task 3: open: Permission denied: "
				     "task 3: open: Permission denied");
}

static void a_null_error_is_allowed(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_INPUT, "x"), -1);
	assert_int_equal(err_sys(NULL, "x"), -1);
	assert_int_equal(err_input(NULL, "f", 1, "x"), -1);
	assert_int_equal(err_wrap(NULL, "x"), -1);
}

static void foreign_text_is_escaped(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain ~ text", "plain ~ text" },
		{ "a\nb\tc\rd", "a\\nb\\tc\\rd" },
		{ "\x1b[31mred\x7f", "\\x1b[31mred\\x7f" },
		{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
		  "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "c1 \xc2\x9b", "c1 \\xc2\\x9b" },
		{ "latin \xfc.", "latin \\xfc." },
		{ "cut \xe2\x82", "cut \\xe2\\x82" },
		{ "long \xc0\xaf \xe0\x80\xaf", "long \\xc0\\xaf \\xe0\\x80\\xaf" },
		{ "half \xed\xa0\x80", "half \\xed\\xa0\\x80" },
		{ "past \xf4\x90\x80\x80 \xff", "past \\xf4\\x90\\x80\\x80 \\xff" },
		{ "turn \xe2\x80\xae end \xe2\x80\xac",
		  "turn \\xe2\\x80\\xae end \\xe2\\x80\\xac" },
		{ "line \xe2\x80\xa8", "line \\xe2\\x80\\xa8" },
		{ "backslash \\n stays", "backslash \\n stays" },
		{ "", "" },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		(void)err_set(&err, ERR_INPUT, "%s", cases[i].in);
		assert_string_equal(err.msg, cases[i].out);
		/* What is escaped once stays so on the way up. */
		(void)err_wrap(&err, "x");
		assert_string_equal(err.msg + 3, cases[i].out);
	}
}

static void long_messages_are_cut_between_characters(void **state)
{
	char text[2000];
	struct err err;

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, 'x', shift);
		for (size_t at = shift; at + 4 < sizeof(text); at += 4)
			memcpy(text + at, "\xf0\x9f\x98\x80", 5);
		(void)err_set(&err, ERR_INPUT, "%s", text);
		assert_int_equal((strlen(err.msg) - shift) % 4, 0);
		assert_true(strlen(err.msg) > sizeof(err.msg) - 5);
		assert_null(strchr(err.msg, '\\'));
	}
	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)err_input(&err, text, 1, "%s", text);
	assert_true(strlen(err.msg) >= sizeof(err.msg) - 2);
	assert_int_equal(strspn(err.msg, "\\n"), strlen(err.msg));
	(void)err_wrap(&err, "%s", text);
	assert_true(strlen(err.msg) < sizeof(err.msg));
}

static void escaping_fits_any_buffer(void **state)
{
	char buf[16];

	(void)state;
	memset(buf, '#', sizeof(buf));
	assert_int_equal(err_escape(buf, 1, "abc"), 0);
	assert_string_equal(buf, "");
	assert_int_equal(buf[1], '#');
	assert_int_equal(err_escape(buf, 4, "ab\x01"), 2);
	assert_string_equal(buf, "ab");
	assert_int_equal(err_escape(buf, 7, "ab\x01"), 6);
	assert_string_equal(buf, "ab\\x01");
	assert_int_equal(buf[7], '#');
}

static void an_error_goes_through_a_pipe_in_one_write(void **state)
{
	(void)state;
	assert_true(sizeof(struct err) < PIPE_BUF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_fills_kind_and_message_and_returns_minus_one),
		cmocka_unit_test(a_system_error_carries_errno_and_its_text),
		cmocka_unit_test(wrapping_keeps_kind_and_errno),
		cmocka_unit_test(a_null_error_is_allowed),
		cmocka_unit_test(foreign_text_is_escaped),
		cmocka_unit_test(long_messages_are_cut_between_characters),
		cmocka_unit_test(escaping_fits_any_buffer),
		cmocka_unit_test(an_error_goes_through_a_pipe_in_one_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
