/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a stream: head and tail, in whatever pieces it comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "sandbox/box.h"
#include "sandbox/output.h"

#define MOST 64

/* The same bytes in pieces of every size: what is kept depends on the bytes alone. */
static void check(size_t total, int64_t keep)
{
	char data[MOST];

	for (size_t i = 0; i < total; i++)
		data[i] = (char)i; /* NUL first, so that nothing ends there */
	for (size_t piece = 1; piece <= total + 1; piece++) {
		struct output o;
		auto_strbuf kept = { 0 };

		output_init(&o, keep);
		for (size_t at = 0; at < total; at += piece)
			output_add(&o, data + at, at + piece < total ? piece : total - at);
		assert_int_equal(o.total, total);
		size_t head = (size_t)output_take(&o, &kept);
		size_t want = total < (size_t)keep ? total : (size_t)keep;

		assert_int_equal(kept.len, want);
		assert_int_equal(head, total <= (size_t)keep ? total : (size_t)keep / 2);
		if (total == 0)
			continue;
		assert_memory_equal(kept.buf, data, head);
		assert_memory_equal(kept.buf + head, data + total - (want - head), want - head);
	}
}

static void head_and_tail_do_not_depend_on_the_pieces(void **state)
{
	static const int64_t keeps[] = { 1, 2, 3, 7, 8, 20, 63, 64, 1000 };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(keeps); k++) {
		for (size_t total = 0; total <= MOST; total++)
			check(total, keeps[k]);
	}
}

static void what_was_skipped_is_counted_and_never_between_kept_bytes(void **state)
{
	struct output o;
	auto_strbuf kept = { 0 };

	(void)state;
	output_init(&o, 8);
	output_add(&o, "abcdefgh", 8);
	assert_true(output_is_head_full(&o));
	output_skip(&o, 1000);
	output_add(&o, "XY", 2);
	assert_int_equal(o.total, 1010);
	assert_int_equal(output_take(&o, &kept), 4);
	assert_string_equal(strbuf_str(&kept), "abcdXY");
}

static void nothing_is_kept_of_a_stream_for_which_nothing_is_wanted(void **state)
{
	struct output o;
	auto_strbuf kept = { 0 };

	(void)state;
	output_init(&o, -5);
	output_add(&o, "abc", 3);
	assert_int_equal(o.total, 3);
	assert_int_equal(output_take(&o, &kept), 0);
	assert_int_equal(kept.len, 0);
}

static void an_answer_with_a_byte_missing_is_none(void **state)
{
	static const struct {
		enum box_end end;
		int64_t bytes;
		bool is_answer;
	} rows[] = {
		{ BOX_EXITED, 3, true },        { BOX_EXITED, 4, false },
		{ BOX_OUTPUT_LIMIT, 3, false }, { BOX_EXITED, 0, false },
		{ BOX_WALL_LIMIT, 3, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct box_result r = { .end = rows[i].end, .stdout_bytes = rows[i].bytes };

		strbuf_add(&r.out, "42\n", 3);
		assert_ptr_equal(box_result_stdout(&r), rows[i].is_answer ? &r.out : NULL);
		box_result_release(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(head_and_tail_do_not_depend_on_the_pieces),
		cmocka_unit_test(what_was_skipped_is_counted_and_never_between_kept_bytes),
		cmocka_unit_test(nothing_is_kept_of_a_stream_for_which_nothing_is_wanted),
		cmocka_unit_test(an_answer_with_a_byte_missing_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
