/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the store: places, permissions, and files that are not ours. */
#include "temp_store.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

static void write_file(const char *name, const void *data, size_t n)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, n), n);
	(void)close(fd);
}

/* Overwrites four bytes of the database's header, most significant first. */
static void patch_header(off_t offset, unsigned value)
{
	unsigned char raw[4] = { value >> 24, value >> 16, value >> 8, value };
	int fd = open(temp_path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, raw, 4, offset), 4);
	(void)close(fd);
}

/* ---- opening ---- */

static void a_new_store_is_for_its_owner_only(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-lock" };
	struct store *s = temp_store_open();
	char id[17], name[300];
	struct stat st;

	(void)state;
	temp_run_make(s, NULL, "k", 0, id);
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", temp_path, suffixes[i]);
		assert_int_equal(stat(name, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	(void)snprintf(name, sizeof(name), "%s/sub", temp_dir);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	store_close(s);
}

static void what_was_stored_is_there_after_reopening(void **state)
{
	struct store *s = temp_store_open();
	struct run_record r = { 0 };
	struct err err = { 0 };
	char id[17];

	(void)state;
	temp_run_make(s, "nightly", "key1", 2, id);
	must(temp_sample_add(s, id, "T/0", 0, 0, "a", &err), &err);
	must(temp_sample_add(s, id, "T/0", 1, 1, "b", &err), &err);
	must(store_commit(s, &err), &err);
	store_close(s);

	s = temp_store_open();
	must(store_run_find(s, "nightly", &r, &err), &err);
	assert_string_equal(r.id, id);
	assert_string_equal(r.key, "key1");
	assert_string_equal(r.suite_source, "suite.jsonl");
	assert_string_equal(r.config_json, "{\"isolation\":\"standard\"}");
	assert_int_equal(r.state, RUN_OPEN);
	assert_int_equal(r.n_samples, 2);
	assert_true(r.created_ms > 0);
	assert_int_equal(r.finished_ms, 0);
	assert_int_equal(temp_samples_count(s, id), 2);
	run_record_release(&r);
	store_close(s);
}

static void verdicts_that_wait_are_stored_by_closing(void **state)
{
	struct store *s = temp_store_open();
	struct err err = { 0 };
	char id[17];

	(void)state;
	temp_run_make(s, NULL, "k", 1, id);
	must(temp_sample_add(s, id, "T/0", 0, 0, "a", &err), &err);
	store_close(s);
	s = temp_store_open();
	assert_int_equal(temp_samples_count(s, id), 1);
	store_close(s);
}

static void what_is_not_a_store_is_refused(void **state)
{
	static const char sqlite_like[1024] = "SQLite format 3";
	static const struct {
		const char *content;
		size_t n;
	} files[] = {
		{ "{\"task_id\": \"HumanEval/0\"}\n", 27 },
		{ "SQLite format 3\0 and then nonsense", 34 },
		{ sqlite_like, sizeof(sqlite_like) },
		{ "x", 1 },
	};
	struct store *s = NULL;
	char lock[300];

	(void)state;
	(void)snprintf(temp_path, sizeof(temp_path), "%s/notes.txt", temp_dir);
	(void)snprintf(lock, sizeof(lock), "%s-lock", temp_path);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct err err = { 0 };

		write_file(temp_path, files[i].content, files[i].n);
		refused(store_open(temp_path, &s, &err), &err, ERR_INPUT, "not an assay store");
		assert_null(s);
		assert_int_equal(access(lock, F_OK), -1); /* and nothing is left beside it */
	}
}

static void somebody_elses_database_is_refused(void **state)
{
	struct store *s = temp_store_open();
	struct err err = { 0 };

	(void)state;
	store_close(s);
	patch_header(68, 0x12345678); /* application_id */
	refused(store_open(temp_path, &s, &err), &err, ERR_INPUT, "not an assay store");
}

static void a_newer_schema_is_refused(void **state)
{
	struct store *s = temp_store_open();
	struct err err = { 0 };

	(void)state;
	store_close(s);
	patch_header(60, 99); /* user_version */
	refused(store_open(temp_path, &s, &err), &err, ERR_INPUT, "newer assay");
}

static void a_folder_is_refused(void **state)
{
	struct store *s;
	struct err err = { 0 };

	(void)state;
	refused(store_open(temp_dir, &s, &err), &err, ERR_INPUT, "not a regular file");
}

static void a_place_where_nothing_can_be_made_is_the_machines_fault(void **state)
{
	struct store *s;
	struct err err = { 0 };

	(void)state;
	refused(store_open("/proc/assay.db", &s, &err), &err, ERR_HARNESS, "/proc");
}

static void a_damaged_store_is_an_error_and_not_a_crash(void **state)
{
	struct store *s = temp_store_open();
	struct err err = { 0 };
	char id[17], junk[4096];
	int fd;

	(void)state;
	temp_run_make(s, NULL, "k", 200, id);
	for (int i = 0; i < 200; i++)
		must(temp_sample_add(s, id, "T/0", i, i, "answer", &err), &err);
	store_close(s);
	memset(junk, 0xa5, sizeof(junk));
	fd = open(temp_path, O_WRONLY | O_CLOEXEC);
	for (off_t page = 1; page < 16; page++)
		assert_int_equal(pwrite(fd, junk, sizeof(junk), 4096 * page), sizeof(junk));
	(void)close(fd);
	if (store_open(temp_path, &s, &err) < 0) {
		assert_int_equal(err.kind, ERR_HARNESS);
		return;
	}
	refused(temp_sample_add(s, id, "T/1", 0, 200, "x", &err), &err, ERR_HARNESS, "damaged");
	store_close(s);
}

static void a_name_that_looks_like_a_uri_is_a_file_name(void **state)
{
	struct store *s = NULL;
	struct err err = { 0 };
	char cwd[4096];

	(void)state;
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_int_equal(chdir(temp_dir), 0);
	must(store_open("file:x?mode=memory", &s, &err), &err);
	assert_int_equal(access("file:x?mode=memory", F_OK), 0);
	store_close(s);
	must(store_open(":memory:", &s, &err), &err);
	assert_int_equal(access(":memory:", F_OK), 0);
	store_close(s);
	assert_int_equal(chdir(cwd), 0);
}

static void the_store_lies_where_it_is_documented_to_lie(void **state)
{
	static const struct {
		const char *option, *env, *data, *home, *want;
	} cases[] = {
		{ "o.db", "e.db", "/data", "/u/me", "o.db" },
		{ NULL, "e.db", "/data", "/u/me", "e.db" },
		{ NULL, "", "/data", "/u/me", "/data/assay/assay.db" },
		{ NULL, NULL, "relative", "/u/me", "/u/me/.local/share/assay/assay.db" },
		{ NULL, NULL, NULL, "/u/me", "/u/me/.local/share/assay/assay.db" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	static const char *const names[] = { "ASSAY_STORE", "XDG_DATA_HOME", "HOME" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *values[] = { cases[i].env, cases[i].data, cases[i].home };
		auto_strbuf got = { 0 };
		struct err err = { 0 };
		int rc;

		for (size_t j = 0; j < ARRAY_SIZE(names); j++)
			(void)(values[j] ? setenv(names[j], values[j], 1) : unsetenv(names[j]));
		rc = store_default_path(cases[i].option, &got, &err);
		if (cases[i].want)
			assert_string_equal(strbuf_str(&got), cases[i].want);
		else
			refused(rc, &err, ERR_USAGE, "--store");
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temp_store_make, temp_store_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_store_is_for_its_owner_only),
		TEST(what_was_stored_is_there_after_reopening),
		TEST(verdicts_that_wait_are_stored_by_closing),
		TEST(what_is_not_a_store_is_refused),
		TEST(somebody_elses_database_is_refused),
		TEST(a_newer_schema_is_refused),
		TEST(a_folder_is_refused),
		TEST(a_place_where_nothing_can_be_made_is_the_machines_fault),
		TEST(a_damaged_store_is_an_error_and_not_a_crash),
		TEST(a_name_that_looks_like_a_uri_is_a_file_name),
		TEST(the_store_lies_where_it_is_documented_to_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
