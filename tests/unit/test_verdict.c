/* SPDX-License-Identifier: Apache-2.0 */
/* The words of verdicts, and the detail line. */
#include "graders/verdict.h"

#include "base/alloc.h"
#include "graders/grader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_status_reads_back(void **state)
{
	(void)state;
	for (int i = 0; i < STATUS_COUNT; i++) {
		enum status s = STATUS_COUNT;

		assert_int_equal(status_parse(status_name((enum status)i), &s), 0);
		assert_int_equal(s, i);
	}
}

static void every_protection_reads_back(void **state)
{
	(void)state;
	for (int i = 0; i < PROTECTION_COUNT; i++) {
		enum protection p = PROTECTION_COUNT;

		assert_int_equal(protection_parse(protection_name((enum protection)i), &p), 0);
		assert_int_equal(p, i);
	}
}

static void every_reading_reads_back(void **state)
{
	(void)state;
	for (int i = 0; i < READING_COUNT; i++) {
		enum reading r = READING_COUNT;

		assert_int_equal(reading_parse(reading_name((enum reading)i), &r), 0);
		assert_int_equal(r, i);
	}
}

static void unknown_names_are_refused(void **state)
{
	static const char *const names[] = { "", "Passed", "passed ", "count", NULL };
	enum protection p = PROTECTION_WIRE;
	enum reading r = READING_WHOLE;
	enum status s = STATUS_TAMPERED;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(status_parse(names[i], &s), -1);
		assert_int_equal(protection_parse(names[i], &p), -1);
		assert_int_equal(reading_parse(names[i], &r), -1);
	}
	assert_int_equal(s, STATUS_TAMPERED);
	assert_int_equal(p, PROTECTION_WIRE);
	assert_int_equal(r, READING_WHOLE);
}

static void only_passed_passes_and_only_our_faults_are_invalid(void **state)
{
	(void)state;
	for (int i = 0; i < STATUS_COUNT; i++) {
		enum outcome want = i == STATUS_PASSED    ? OUTCOME_PASSED
				    : i == STATUS_NO_CODE ? OUTCOME_UNSCORED
				    : i == STATUS_TASK_ERROR || i == STATUS_HARNESS_ERROR
					    ? OUTCOME_INVALID
					    : OUTCOME_FAILED;

		assert_int_equal(status_outcome((enum status)i), want);
	}
	assert_string_equal(outcome_name(OUTCOME_UNSCORED), "unscored");
}

static void details_are_one_printable_line(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ "ValueError: no", "ValueError: no" },
		{ "a\nb\tc\x1b[31m\x7f", "a b c [31m " },
		{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		  "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\xff\xc3(\xed\xa0\x80", "?"
					   "?(???" },
		{ "c1\xc2\x85 ls\xe2\x80\xa8 bidi\xe2\x80\xae iso\xe2\x81\xa6",
		  "c1? ls? bidi? iso?" },
		{ "%s%n", "%s%n" },
	};
	char detail[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		detail_format(detail, sizeof(detail), "%s", cases[i].text);
		assert_string_equal(detail, cases[i].want);
	}
}

static void long_details_are_cut_between_characters(void **state)
{
	char detail[6];

	(void)state;
	detail_format(detail, sizeof(detail), "%s", "abcdefgh");
	assert_string_equal(detail, "abcde");
	detail_format(detail, sizeof(detail), "%s", "abcd\xc3\xa9");
	assert_string_equal(detail, "abcd");
	detail_format(detail, sizeof(detail), "%s", "abc\xc3\xa9z");
	assert_string_equal(detail, "abc\xc3\xa9");
}

static void the_version_is_stable_and_short(void **state)
{
	(void)state;
	assert_ptr_equal(grader_version(), grader_version());
	assert_in_range(strlen(grader_version()), 18, 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_reads_back),
		cmocka_unit_test(every_protection_reads_back),
		cmocka_unit_test(every_reading_reads_back),
		cmocka_unit_test(unknown_names_are_refused),
		cmocka_unit_test(only_passed_passes_and_only_our_faults_are_invalid),
		cmocka_unit_test(details_are_one_printable_line),
		cmocka_unit_test(long_details_are_cut_between_characters),
		cmocka_unit_test(the_version_is_stable_and_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
