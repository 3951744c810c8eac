/* SPDX-License-Identifier: Apache-2.0 */
/* The store upon real files, with kills and second processes. */
#include "harness/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"

static char dir[] = "/tmp/assay-test-store.XXXXXX";
static char path[256];

static int remove_one(const char *name, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(name);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(strrchr(dir, '.'), ".XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/sub/dir/assay.db", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- helpers ---- */

static struct store *must_open(void)
{
	struct store *s = NULL;
	struct err err = { 0 };

	if (store_open(path, &s, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static void must(int rc, const struct err *err)
{
	if (rc < 0)
		fail_msg("%s", err->msg);
}

static void refused(int rc, const struct err *err, enum err_kind kind, const char *part)
{
	assert_int_equal(rc, -1);
	assert_int_equal(err->kind, kind);
	if (!strstr(err->msg, part))
		fail_msg("'%s' is not in: %s", part, err->msg);
}

static void describe(struct run_record *r, const char *name, const char *key, int64_t n)
{
	*r = (struct run_record){
		.name = name ? xstrdup(name) : NULL,
		.suite_name = xstrdup("Suite"),
		.suite_source = xstrdup("suite.jsonl"),
		.suite_hash = xstrdup("aa"),
		.model = xstrdup("model"),
		.samples_source = xstrdup("samples.jsonl"),
		.samples_hash = xstrdup("bb"),
		.config_json = xstrdup("{\"isolation\":\"standard\"}"),
		.n_samples = n,
	};
	(void)snprintf(r->key, sizeof(r->key), "%s", key);
}

/* Creates a run and returns its id in id[17]. */
static void make_run(struct store *s, const char *name, const char *key, int64_t n, char *id)
{
	struct run_record r;
	struct err err = { 0 };

	describe(&r, name, key, n);
	must(store_run_create(s, &r, &err), &err);
	memcpy(id, r.id, sizeof(r.id));
	run_record_release(&r);
}

static int add(struct store *s, const char *run, const char *task, int64_t index, int64_t ordinal,
	       const char *answer, struct err *err)
{
	struct sample_record r = {
		.task_id = task,
		.index = index,
		.ordinal = ordinal,
		.answer = answer,
		.answer_len = strlen(answer),
		.status = "passed",
		.outcome = "passed",
		.protection = "wire",
		.reading = "whole",
		.detail = "it's; DROP TABLE samples; --",
		.wall_ns = 1000 + ordinal,
		.cpu_ns = 7,
		.peak_bytes = -1,
		.calls = 3,
		.layers = 0xffffffff,
	};

	hash_of(answer, strlen(answer), r.answer_hash);
	return store_sample_add(s, run, &r, err);
}

struct seen {
	struct store *store;
	int64_t n;
	int64_t last_ordinal;
};

static int see(const struct sample_record *r, void *data, struct err *err)
{
	struct seen *seen = data;

	(void)err;
	assert_true(r->ordinal > seen->last_ordinal);
	seen->last_ordinal = r->ordinal;
	seen->n++;
	return 0;
}

static int64_t count(struct store *s, const char *run)
{
	struct seen seen = { .last_ordinal = -1 };
	struct err err = { 0 };

	must(store_samples_each(s, run, see, &seen, &err), &err);
	return seen.n;
}

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
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, raw, 4, offset), 4);
	(void)close(fd);
}

/* ---- opening ---- */

static void a_new_store_is_for_its_owner_only(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-lock" };
	struct store *s = must_open();
	char id[17], name[300];
	struct stat st;

	(void)state;
	make_run(s, NULL, "k", 0, id);
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		assert_int_equal(stat(name, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	(void)snprintf(name, sizeof(name), "%s/sub", dir);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	store_close(s);
}

static void what_was_stored_is_there_after_reopening(void **state)
{
	struct store *s = must_open();
	struct run_record r = { 0 };
	struct err err = { 0 };
	char id[17];

	(void)state;
	make_run(s, "nightly", "key1", 2, id);
	must(add(s, id, "T/0", 0, 0, "a", &err), &err);
	must(add(s, id, "T/0", 1, 1, "b", &err), &err);
	must(store_commit(s, &err), &err);
	store_close(s);

	s = must_open();
	must(store_run_find(s, "nightly", &r, &err), &err);
	assert_string_equal(r.id, id);
	assert_string_equal(r.key, "key1");
	assert_string_equal(r.suite_source, "suite.jsonl");
	assert_string_equal(r.config_json, "{\"isolation\":\"standard\"}");
	assert_int_equal(r.state, RUN_OPEN);
	assert_int_equal(r.n_samples, 2);
	assert_true(r.created_ms > 0);
	assert_int_equal(r.finished_ms, 0);
	assert_int_equal(count(s, id), 2);
	run_record_release(&r);
	store_close(s);
}

static void verdicts_that_wait_are_stored_by_closing(void **state)
{
	struct store *s = must_open();
	struct err err = { 0 };
	char id[17];

	(void)state;
	make_run(s, NULL, "k", 1, id);
	must(add(s, id, "T/0", 0, 0, "a", &err), &err);
	store_close(s);
	s = must_open();
	assert_int_equal(count(s, id), 1);
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
	(void)snprintf(path, sizeof(path), "%s/notes.txt", dir);
	(void)snprintf(lock, sizeof(lock), "%s-lock", path);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct err err = { 0 };

		write_file(path, files[i].content, files[i].n);
		refused(store_open(path, &s, &err), &err, ERR_INPUT, "not an assay store");
		assert_null(s);
		assert_int_equal(access(lock, F_OK), -1); /* and nothing is left beside it */
	}
}

static void somebody_elses_database_is_refused(void **state)
{
	struct store *s = must_open();
	struct err err = { 0 };

	(void)state;
	store_close(s);
	patch_header(68, 0x12345678); /* application_id */
	refused(store_open(path, &s, &err), &err, ERR_INPUT, "not an assay store");
}

static void a_newer_schema_is_refused(void **state)
{
	struct store *s = must_open();
	struct err err = { 0 };

	(void)state;
	store_close(s);
	patch_header(60, 99); /* user_version */
	refused(store_open(path, &s, &err), &err, ERR_INPUT, "newer assay");
}

static void a_folder_is_refused(void **state)
{
	struct store *s;
	struct err err = { 0 };

	(void)state;
	refused(store_open(dir, &s, &err), &err, ERR_INPUT, "not a regular file");
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
	struct store *s = must_open();
	struct err err = { 0 };
	char id[17], junk[4096];
	int fd;

	(void)state;
	make_run(s, NULL, "k", 200, id);
	for (int i = 0; i < 200; i++)
		must(add(s, id, "T/0", i, i, "answer", &err), &err);
	store_close(s);
	memset(junk, 0xa5, sizeof(junk));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	for (off_t page = 1; page < 16; page++)
		assert_int_equal(pwrite(fd, junk, sizeof(junk), 4096 * page), sizeof(junk));
	(void)close(fd);
	if (store_open(path, &s, &err) < 0) {
		assert_int_equal(err.kind, ERR_HARNESS);
		return;
	}
	refused(add(s, id, "T/1", 0, 200, "x", &err), &err, ERR_HARNESS, "damaged");
	store_close(s);
}

static void a_name_that_looks_like_a_uri_is_a_file_name(void **state)
{
	struct store *s = NULL;
	struct err err = { 0 };
	char cwd[4096];

	(void)state;
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_int_equal(chdir(dir), 0);
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
		{ "o.db", "e.db", "/data", "/home/u", "o.db" },
		{ NULL, "e.db", "/data", "/home/u", "e.db" },
		{ NULL, "", "/data", "/home/u", "/data/assay/assay.db" },
		{ NULL, NULL, "relative", "/home/u", "/home/u/.local/share/assay/assay.db" },
		{ NULL, NULL, NULL, "/home/u", "/home/u/.local/share/assay/assay.db" },
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

/* ---- runs ---- */

static void a_run_is_found_by_id_prefix_name_and_age(void **state)
{
	struct store *s = must_open();
	char ids[3][17], prefix[5];
	struct err err = { 0 };

	(void)state;
	make_run(s, "one", "k", 0, ids[0]);
	make_run(s, NULL, "k", 0, ids[1]);
	make_run(s, "three", "k", 0, ids[2]);
	const struct {
		const char *which, *want;
	} cases[] = {
		{ "@1", ids[2] },    { "@2", ids[1] },   { "@3", ids[0] },   { "one", ids[0] },
		{ "three", ids[2] }, { ids[1], ids[1] }, { prefix, ids[1] },
	};

	memcpy(prefix, ids[1], 4);
	prefix[4] = '\0';
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
	struct store *s = must_open();
	struct run_record r;
	char id[17];

	(void)state;
	make_run(s, "twin", "k", 0, id);
	make_run(s, "twin", "k", 0, id);
	make_run(s, NULL, "k", 0, id);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = { 0 };

		refused(store_run_find(s, cases[i].which, &r, &err), &err, ERR_INPUT,
			cases[i].part);
	}
	store_close(s);
}

static void a_name_that_could_not_be_asked_for_is_refused(void **state)
{
	struct store *s = must_open();
	struct run_record r;
	struct err err = { 0 };

	(void)state;
	describe(&r, "@1", "k", 0);
	refused(store_run_create(s, &r, &err), &err, ERR_USAGE, "@");
	run_record_release(&r);
	store_close(s);
}

static void the_newest_open_run_of_a_key_is_found(void **state)
{
	struct store *s = must_open();
	struct run_record r = { 0 };
	struct err err = { 0 };
	char first[17], second[17], other[17];

	(void)state;
	make_run(s, NULL, "k", 0, first);
	make_run(s, NULL, "k", 0, second);
	make_run(s, NULL, "other", 0, other);
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
	struct store *s = must_open();
	struct err err = { 0 };
	char id[17];

	(void)state;
	make_run(s, NULL, "k", 2, id);
	must(add(s, id, "T/0", 0, 0, "a", &err), &err);
	refused(store_run_finish(s, id, &err), &err, ERR_HARNESS, "1 verdicts for 2 samples");
	must(add(s, id, "T/0", 1, 1, "a", &err), &err);
	must(store_run_finish(s, id, &err), &err);
	store_close(s);
}

static void a_run_is_held_by_one_store_at_a_time(void **state)
{
	struct store *a = must_open(), *b = must_open();
	struct err err = { 0 };
	char id[17], other[17];

	(void)state;
	make_run(a, NULL, "k", 0, id);
	make_run(b, NULL, "k", 0, other);
	refused(store_run_lock(b, id, &err), &err, ERR_HARNESS, "another process");
	must(store_run_lock(a, id, &err), &err); /* asking again is harmless */
	store_close(a);
	must(store_run_lock(b, id, &err), &err);
	must(store_run_finish(b, id, &err), &err);
	a = must_open();
	refused(store_run_lock(a, id, &err), &err, ERR_HARNESS, "has been finished");
	refused(store_run_lock(a, other, &err), &err, ERR_HARNESS, "another process");
	refused(store_run_lock(a, "0123456789abcdef", &err), &err, ERR_INPUT, "no run");
	store_close(a);
	store_close(b);
}

/* ---- samples ---- */

static void a_second_verdict_for_a_sample_is_an_error(void **state)
{
	struct store *s = must_open();
	struct err err = { 0 };
	char id[17];

	(void)state;
	make_run(s, NULL, "k", 9, id);
	must(add(s, id, "T/0", 0, 0, "a", &err), &err);
	refused(add(s, id, "T/0", 0, 1, "b", &err), &err, ERR_HARNESS, "already has a verdict");
	must(store_commit(s, &err), &err);
	refused(add(s, id, "T/0", 0, 1, "b", &err), &err, ERR_HARNESS, "already has a verdict");
	must(add(s, id, "T/0", 1, 1, "b", &err), &err);
	assert_int_equal(count(s, id), 2);
	store_close(s);
}

static void a_verdict_that_cannot_be_true_is_an_error(void **state)
{
	struct store *s = must_open();
	struct err err = { 0 };
	char id[17];

	(void)state;
	make_run(s, NULL, "k", 9, id);
	must(add(s, id, "T/0", 0, 0, "a", &err), &err);
	must(store_commit(s, &err), &err);
	must(add(s, id, "T/1", 0, 0, "a", &err), &err); /* the same line of the file */
	refused(store_commit(s, &err), &err, ERR_HARNESS, "constraint");
	store_close(s);
}

static void it_is_known_which_samples_have_a_verdict(void **state)
{
	struct store *s = must_open();
	struct err err = { 0 };
	char id[17], other[17];

	(void)state;
	make_run(s, NULL, "k", 9, id);
	make_run(s, NULL, "k", 9, other);
	for (int committed = 0; committed < 2; committed++) {
		if (!committed)
			must(add(s, id, "T/0", 3, 0, "a", &err), &err);
		assert_int_equal(store_sample_exists(s, id, "T/0", 3, &err), 1);
		assert_int_equal(store_sample_exists(s, id, "T/0", 2, &err), 0);
		assert_int_equal(store_sample_exists(s, id, "T/00", 3, &err), 0);
		assert_int_equal(store_sample_exists(s, other, "T/0", 3, &err), 0);
		must(store_commit(s, &err), &err);
	}
	refused(store_sample_exists(s, "nonsense", "T/0", 3, &err), &err, ERR_INPUT, "no run");
	store_close(s);
}

static int check_fields(const struct sample_record *r, void *data, struct err *err)
{
	struct seen *seen = data;
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
	must(store_answer_get(seen->store, r->answer_hash, &text, err), err);
	assert_string_equal(strbuf_str(&text), "\xff\xfe bytes \r\n'\"");
	seen->n++;
	return 0;
}

static void every_field_comes_back_as_it_went_in(void **state)
{
	struct store *s = must_open();
	struct seen seen = { .store = s };
	struct err err = { 0 };
	char id[17];

	(void)state;
	make_run(s, NULL, "k", 1, id);
	must(add(s, id, "T/\xc3\xa9\n", 5, 17, "\xff\xfe bytes \r\n'\"", &err), &err);
	must(store_samples_each(s, id, check_fields, &seen, &err), &err);
	assert_int_equal(seen.n, 1);
	store_close(s);
}

static void the_same_answer_is_stored_once(void **state)
{
	auto_free char *answer = xcalloc(1, 1 << 20);
	struct store *s = must_open();
	struct err err = { 0 };
	struct stat st;
	char id[17];

	(void)state;
	memset(answer, 'x', (1 << 20) - 1);
	make_run(s, NULL, "k", 40, id);
	for (int i = 0; i < 40; i++)
		must(add(s, id, "T/0", i, i, answer, &err), &err);
	assert_int_equal(count(s, id), 40);
	store_close(s);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < 4 << 20);
}

static void an_empty_answer_is_an_answer(void **state)
{
	struct store *s = must_open();
	struct err err = { 0 };
	auto_strbuf text = { 0 };
	uint8_t hash[HASH_SIZE];
	char id[17];

	(void)state;
	make_run(s, NULL, "k", 1, id);
	must(add(s, id, "T/0", 0, 0, "", &err), &err);
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
	struct store *s = must_open();
	struct err err = { 0 };
	char id[17];

	(void)state;
	make_run(s, NULL, "k", 1, id);
	must(add(s, id, "T/0", 0, 0, "", &err), &err);
	refused(store_samples_each(s, id, stop, NULL, &err), &err, ERR_INPUT, "enough");
	assert_int_equal(count(s, id), 1);
	store_close(s);
}

/* ---- proofs ---- */

static void proofs_are_kept_by_key_and_the_last_one_counts(void **state)
{
	struct store *s = must_open();
	auto_strbuf protection = { 0 }, detail = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(store_proof_get(s, "k", &protection, &detail, &err), 0);
	must(store_proof_put(s, "k", "wire", NULL, &err), &err);
	must(store_proof_put(s, "k", "control", "why", &err), &err);
	must(store_proof_put(s, "k2", "none", "", &err), &err);
	store_close(s);
	s = must_open();
	assert_int_equal(store_proof_get(s, "k", &protection, &detail, &err), 1);
	assert_string_equal(strbuf_str(&protection), "control");
	assert_string_equal(strbuf_str(&detail), "why");
	store_close(s);
}

/* ---- other processes ---- */

/* Adds verdicts for ever; after each commit, tells how many are stored. */
static void write_until_killed(const char *id, int fd)
{
	struct store *s = NULL;
	char task[32];

	if (store_open(path, &s, NULL) < 0 || store_run_lock(s, id, NULL) < 0)
		_exit(1);
	for (int64_t i = 0;; i++) {
		(void)snprintf(task, sizeof(task), "T/%d", (int)(i % 7));
		if (add(s, id, task, i / 7, i, task, NULL) < 0)
			_exit(1);
		if (i % 5 != 4)
			continue;
		if (store_commit(s, NULL) < 0 || write(fd, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
}

static void nothing_committed_is_lost_by_kill_9(void **state)
{
	struct store *s;
	struct err err = { 0 };
	char id[17];

	(void)state;
	/* The child's own reports say when it has got somewhere; each round kills it later. */
	for (int round = 0; round < 8; round++) {
		int64_t told = -1, stored;
		int fds[2];
		pid_t pid;

		assert_int_equal(pipe(fds), 0);
		s = must_open();
		make_run(s, NULL, "k", 1 << 20, id);
		store_close(s);
		pid = fork();
		assert_true(pid >= 0);
		if (!pid)
			write_until_killed(id, fds[1]);
		(void)close(fds[1]);
		for (int i = 0; i <= round * 3; i++)
			assert_int_equal(read(fds[0], &told, sizeof(told)), sizeof(told));
		(void)kill(pid, SIGKILL);
		while (read(fds[0], &stored, sizeof(stored)) == sizeof(stored))
			told = stored;
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		(void)close(fds[0]);

		s = must_open();
		stored = count(s, id);
		assert_true(stored >= told + 1);
		assert_int_equal(stored % 5, 0); /* whole batches: a prefix of what was added */
		must(store_run_lock(s, id, &err), &err);
		assert_int_equal(store_sample_exists(s, id, "T/0", 0, &err), 1);
		store_close(s);
	}
}

/* A process of its own that makes a run of n samples in the common store; exits with 0. */
static void score_a_run(int who, int n)
{
	struct store *s = NULL;
	struct run_record r;
	struct err err = { 0 };
	char answer[32];

	describe(&r, NULL, "k", n);
	if (store_open(path, &s, &err) < 0 || store_run_create(s, &r, &err) < 0)
		goto failed;
	for (int i = 0; i < n; i++) {
		(void)snprintf(answer, sizeof(answer), "%d", i % 3 ? i : who);
		if (add(s, r.id, "T/0", i, i, answer, &err) < 0 || store_commit(s, &err) < 0)
			goto failed;
	}
	if (store_run_finish(s, r.id, &err) < 0)
		goto failed;
	_exit(0);
failed:
	(void)fprintf(stderr, "%s\n", err.msg);
	_exit(1);
}

static void several_processes_share_a_store_from_its_birth_on(void **state)
{
	enum { PROCESSES = 4, SAMPLES = 60 };
	struct store *s;
	struct err err = { 0 };

	(void)state;
	for (int i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (!pid)
			score_a_run(i, SAMPLES);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	s = must_open();
	for (int i = 1; i <= PROCESSES; i++) {
		struct run_record r = { 0 };
		char which[8];

		(void)snprintf(which, sizeof(which), "@%d", i);
		must(store_run_find(s, which, &r, &err), &err);
		assert_int_equal(r.state, RUN_DONE);
		assert_int_equal(count(s, r.id), SAMPLES);
		run_record_release(&r);
	}
	store_close(s);
}

static void a_run_whose_process_was_killed_can_be_taken_over(void **state)
{
	struct store *s = must_open();
	struct err err = { 0 };
	char id[17], byte;
	int fds[2];
	pid_t pid;

	(void)state;
	make_run(s, NULL, "k", 3, id);
	store_close(s);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (store_open(path, &s, NULL) < 0 || store_run_lock(s, id, NULL) < 0 ||
		    write(fds[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	s = must_open();
	refused(store_run_lock(s, id, &err), &err, ERR_HARNESS, "another process");
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	must(store_run_lock(s, id, &err), &err);
	store_close(s);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

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
		TEST(a_run_is_found_by_id_prefix_name_and_age),
		TEST(a_run_that_is_not_there_or_not_the_only_one_is_refused),
		TEST(a_name_that_could_not_be_asked_for_is_refused),
		TEST(the_newest_open_run_of_a_key_is_found),
		TEST(a_run_without_all_its_verdicts_is_not_finished),
		TEST(a_run_is_held_by_one_store_at_a_time),
		TEST(a_second_verdict_for_a_sample_is_an_error),
		TEST(a_verdict_that_cannot_be_true_is_an_error),
		TEST(it_is_known_which_samples_have_a_verdict),
		TEST(every_field_comes_back_as_it_went_in),
		TEST(the_same_answer_is_stored_once),
		TEST(an_empty_answer_is_an_answer),
		TEST(a_callback_can_stop_the_reading),
		TEST(proofs_are_kept_by_key_and_the_last_one_counts),
		TEST(nothing_committed_is_lost_by_kill_9),
		TEST(several_processes_share_a_store_from_its_birth_on),
		TEST(a_run_whose_process_was_killed_can_be_taken_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
