/* SPDX-License-Identifier: Apache-2.0 */
/* Runs in the store: finding, holding, finishing. And proofs. */
#include "temp_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

/* ---- runs ---- */

static void a_run_is_found_by_id_prefix_name_and_age(void **state)
{
	struct store *s = temp_store_open();
	char ids[3][17], prefix[9];
	struct err err = { 0 };

	(void)state;
	temp_run_make(s, "one", "k", 0, ids[0]);
	temp_run_make(s, NULL, "k", 0, ids[1]);
	temp_run_make(s, "three", "k", 0, ids[2]);
	const struct {
		const char *which, *want;
	} cases[] = {
		{ "@1", ids[2] },    { "@2", ids[1] },   { "@3", ids[0] },   { "one", ids[0] },
		{ "three", ids[2] }, { ids[1], ids[1] }, { prefix, ids[1] },
	};

	memcpy(prefix, ids[1], 8);
	prefix[8] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct run_record r = { 0 };

		must(store_run_find(s, cases[i].which, &r, &err), &err);
		assert_string_equal(r.id, cases[i].want);
		run_record_release(&r);
	}
	store_close(s);
}

static void a_run_that_is_not_there_or_not_the_only_one_is_refused(void **state)
{
	static const struct {
		const char *which, *part;
	} cases[] = {
		{ "@0", "@1 for the newest" },
		{ "@", "@1 for the newest" },
		{ "@4", "no run" },
		{ "@99999999999999999999", "@1 for the newest" },
		{ "@1x", "@1 for the newest" },
		{ "nobody", "no run 'nobody'" },
		{ "", "no run" },
		{ "twin", "several runs fit 'twin'" },
		{ "%", "no run" },
		{ "*", "no run" },
	};
	struct store *s = temp_store_open();
	struct run_record r;
	char id[17];

	(void)state;
	temp_run_make(s, "twin", "k", 0, id);
	temp_run_make(s, "twin", "k", 0, id);
	temp_run_make(s, NULL, "k", 0, id);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = { 0 };

		refused(store_run_find(s, cases[i].which, &r, &err), &err, ERR_INPUT,
			cases[i].part);
	}
	store_close(s);
}

static void a_name_that_could_not_be_asked_for_is_refused(void **state)
{
	struct store *s = temp_store_open();
	struct run_record r;
	struct err err = { 0 };

	(void)state;
	temp_run_describe(&r, "@1", "k", 0);
	refused(store_run_create(s, &r, &err), &err, ERR_USAGE, "@");
	run_record_release(&r);
	store_close(s);
}

static void the_newest_open_run_of_a_key_is_found(void **state)
{
	struct store *s = temp_store_open();
	struct run_record r = { 0 };
	struct err err = { 0 };
	char first[17], second[17], other[17];

	(void)state;
	temp_run_make(s, NULL, "k", 0, first);
	temp_run_make(s, NULL, "k", 0, second);
	temp_run_make(s, NULL, "other", 0, other);
	assert_int_equal(store_run_find_open(s, "k", &r, &err), 1);
	assert_string_equal(r.id, second);
	run_record_release(&r);
	must(store_run_finish(s, second, &err), &err);
	assert_int_equal(store_run_find_open(s, "k", &r, &err), 1);
	assert_string_equal(r.id, first);
	run_record_release(&r);
	must(store_run_finish(s, first, &err), &err);
	assert_int_equal(store_run_find_open(s, "k", &r, &err), 0);
	assert_int_equal(store_run_find_open(s, "", &r, &err), 0);
	must(store_run_find(s, first, &r, &err), &err);
	assert_int_equal(r.state, RUN_DONE);
	assert_true(r.finished_ms >= r.created_ms);
	run_record_release(&r);
	store_close(s);
}

static void a_run_without_all_its_verdicts_is_not_finished(void **state)
{
	struct store *s = temp_store_open();
	struct err err = { 0 };
	char id[17];

	(void)state;
	temp_run_make(s, NULL, "k", 2, id);
	must(temp_sample_add(s, id, "T/0", 0, 0, "a", &err), &err);
	refused(store_run_finish(s, id, &err), &err, ERR_HARNESS, "1 verdicts for 2 samples");
	must(temp_sample_add(s, id, "T/0", 1, 1, "a", &err), &err);
	must(store_run_finish(s, id, &err), &err);
	store_close(s);
}

static void a_run_is_held_by_one_store_at_a_time(void **state)
{
	struct store *a = temp_store_open(), *b = temp_store_open();
	struct err err = { 0 };
	char id[17], other[17];

	(void)state;
	temp_run_make(a, NULL, "k", 0, id);
	temp_run_make(b, NULL, "k", 0, other);
	refused(store_run_lock(b, id, &err), &err, ERR_HARNESS, "another process");
	must(store_run_lock(a, id, &err), &err); /* asking again is harmless */
	store_close(a);
	must(store_run_lock(b, id, &err), &err);
	must(store_run_finish(b, id, &err), &err);
	a = temp_store_open();
	refused(store_run_lock(a, id, &err), &err, ERR_HARNESS, "has been finished");
	refused(store_run_lock(a, other, &err), &err, ERR_HARNESS, "another process");
	refused(store_run_lock(a, "0123456789abcdef", &err), &err, ERR_INPUT, "no run");
	store_close(a);
	store_close(b);
}

/* ---- proofs ---- */

static void proofs_are_kept_by_key_and_the_last_one_counts(void **state)
{
	struct store *s = temp_store_open();
	auto_strbuf protection = { 0 }, detail = { 0 }, code = { 0 };
	const struct proof_record records[] = {
		{ .protection = "wire", .code = "x", .code_len = 1 },
		{ .protection = "control", .detail = "why", .code = "a\0b", .code_len = 3 },
		{ .protection = "none", .detail = "" },
	};
	struct err err = { 0 };

	(void)state;
	assert_int_equal(store_proof_get(s, "k", &protection, &detail, &code, &err), 0);
	must(store_proof_put(s, "k", &records[0], &err), &err);
	must(store_proof_put(s, "k", &records[1], &err), &err);
	must(store_proof_put(s, "k2", &records[2], &err), &err);
	store_close(s);
	s = temp_store_open();
	assert_int_equal(store_proof_get(s, "k", &protection, &detail, &code, &err), 1);
	assert_string_equal(strbuf_str(&protection), "control");
	assert_string_equal(strbuf_str(&detail), "why");
	assert_int_equal(code.len, 3);
	assert_memory_equal(code.buf, "a\0b", 3);
	strbuf_clear(&code);
	assert_int_equal(store_proof_get(s, "k2", &protection, &detail, &code, &err), 1);
	assert_int_equal(code.len, 0);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temp_store_make, temp_store_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_run_is_found_by_id_prefix_name_and_age),
		TEST(a_run_that_is_not_there_or_not_the_only_one_is_refused),
		TEST(a_name_that_could_not_be_asked_for_is_refused),
		TEST(the_newest_open_run_of_a_key_is_found),
		TEST(a_run_without_all_its_verdicts_is_not_finished),
		TEST(a_run_is_held_by_one_store_at_a_time),
		TEST(proofs_are_kept_by_key_and_the_last_one_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
