/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts in the store. */
#include "temp_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"

/* ---- samples ---- */

static void a_second_verdict_for_a_sample_is_an_error(void **state)
{
	struct store *s = temp_store_open();
	struct err err = { 0 };
	char id[17];

	(void)state;
	temp_run_make(s, NULL, "k", 9, id);
	must(temp_sample_add(s, id, "T/0", 0, 0, "a", &err), &err);
	refused(temp_sample_add(s, id, "T/0", 0, 1, "b", &err), &err, ERR_HARNESS,
		"already has a verdict");
	must(store_commit(s, &err), &err);
	refused(temp_sample_add(s, id, "T/0", 0, 1, "b", &err), &err, ERR_HARNESS,
		"already has a verdict");
	must(temp_sample_add(s, id, "T/0", 1, 1, "b", &err), &err);
	assert_int_equal(temp_samples_count(s, id), 2);
	store_close(s);
}

static void a_verdict_that_cannot_be_true_is_an_error(void **state)
{
	struct store *s = temp_store_open();
	struct err err = { 0 };
	char id[17];

	(void)state;
	temp_run_make(s, NULL, "k", 9, id);
	must(temp_sample_add(s, id, "T/0", 0, 0, "a", &err), &err);
	must(store_commit(s, &err), &err);
	must(temp_sample_add(s, id, "T/1", 0, 0, "a", &err), &err); /* the same line of the file */
	refused(store_commit(s, &err), &err, ERR_HARNESS, "constraint");
	store_close(s);
}

static void it_is_known_which_samples_have_a_verdict(void **state)
{
	struct store *s = temp_store_open();
	struct err err = { 0 };
	char id[17], other[17];

	(void)state;
	temp_run_make(s, NULL, "k", 9, id);
	temp_run_make(s, NULL, "k", 9, other);
	for (int committed = 0; committed < 2; committed++) {
		if (!committed)
			must(temp_sample_add(s, id, "T/0", 3, 0, "a", &err), &err);
		assert_int_equal(store_sample_exists(s, id, "T/0", 3, &err), 1);
		assert_int_equal(store_sample_exists(s, id, "T/0", 2, &err), 0);
		assert_int_equal(store_sample_exists(s, id, "T/00", 3, &err), 0);
		assert_int_equal(store_sample_exists(s, other, "T/0", 3, &err), 0);
		must(store_commit(s, &err), &err);
	}
	refused(store_sample_exists(s, "nonsense", "T/0", 3, &err), &err, ERR_INPUT, "no run");
	store_close(s);
}

struct checked {
	struct store *store;
	int n;
};

static int check_fields(const struct sample_record *r, void *data, struct err *err)
{
	struct checked *checked = data;
	auto_strbuf text = { 0 };

	assert_string_equal(r->task_id, "T/\xc3\xa9\n");
	assert_int_equal(r->index, 5);
	assert_int_equal(r->ordinal, 17);
	assert_string_equal(r->status, "passed");
	assert_string_equal(r->outcome, "passed");
	assert_string_equal(r->protection, "wire");
	assert_string_equal(r->reading, "whole");
	assert_string_equal(r->detail, "it's; DROP TABLE samples; --");
	assert_int_equal(r->wall_ns, 1017);
	assert_int_equal(r->cpu_ns, 7);
	assert_int_equal(r->peak_bytes, -1);
	assert_int_equal(r->calls, 3);
	assert_int_equal(r->layers, 0xffffffff);
	assert_int_equal(r->answer_len, 13);
	must(store_answer_get(checked->store, r->answer_hash, &text, err), err);
	assert_string_equal(strbuf_str(&text), "\xff\xfe bytes \r\n'\"");
	checked->n++;
	return 0;
}

static void every_field_comes_back_as_it_went_in(void **state)
{
	struct store *s = temp_store_open();
	struct checked checked = { .store = s };
	struct err err = { 0 };
	char id[17];

	(void)state;
	temp_run_make(s, NULL, "k", 1, id);
	must(temp_sample_add(s, id, "T/\xc3\xa9\n", 5, 17, "\xff\xfe bytes \r\n'\"", &err), &err);
	must(store_samples_each(s, id, check_fields, &checked, &err), &err);
	assert_int_equal(checked.n, 1);
	store_close(s);
}

static void the_same_answer_is_stored_once(void **state)
{
	auto_free char *answer = xcalloc(1, 1 << 20);
	struct store *s = temp_store_open();
	struct err err = { 0 };
	struct stat st;
	char id[17];

	(void)state;
	memset(answer, 'x', (1 << 20) - 1);
	temp_run_make(s, NULL, "k", 40, id);
	for (int i = 0; i < 40; i++)
		must(temp_sample_add(s, id, "T/0", i, i, answer, &err), &err);
	assert_int_equal(temp_samples_count(s, id), 40);
	store_close(s);
	assert_int_equal(stat(temp_path, &st), 0);
	assert_true(st.st_size < 4 << 20);
}

static void an_empty_answer_is_an_answer(void **state)
{
	struct store *s = temp_store_open();
	struct err err = { 0 };
	auto_strbuf text = { 0 };
	uint8_t hash[HASH_SIZE];
	char id[17];

	(void)state;
	temp_run_make(s, NULL, "k", 1, id);
	must(temp_sample_add(s, id, "T/0", 0, 0, "", &err), &err);
	must(store_run_finish(s, id, &err), &err);
	hash_of("", 0, hash);
	must(store_answer_get(s, hash, &text, &err), &err);
	assert_int_equal(text.len, 0);
	store_close(s);
}

static int stop(const struct sample_record *r, void *data, struct err *err)
{
	(void)r;
	(void)data;
	return err_set(err, ERR_INPUT, "enough");
}

static void a_callback_can_stop_the_reading(void **state)
{
	struct store *s = temp_store_open();
	struct err err = { 0 };
	char id[17];

	(void)state;
	temp_run_make(s, NULL, "k", 1, id);
	must(temp_sample_add(s, id, "T/0", 0, 0, "", &err), &err);
	refused(store_samples_each(s, id, stop, NULL, &err), &err, ERR_INPUT, "enough");
	assert_int_equal(temp_samples_count(s, id), 1);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temp_store_make, temp_store_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_second_verdict_for_a_sample_is_an_error),
		TEST(a_verdict_that_cannot_be_true_is_an_error),
		TEST(it_is_known_which_samples_have_a_verdict),
		TEST(every_field_comes_back_as_it_went_in),
		TEST(the_same_answer_is_stored_once),
		TEST(an_empty_answer_is_an_answer),
		TEST(a_callback_can_stop_the_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
