/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of the cache: attacks on it, room, writers at once, full disks. */
#include "temp_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "sandbox/cache_entry.h"

/* ---- attacks on the folder ---- */

static void make_link(const char *path)
{
	char copy[250];

	(void)snprintf(copy, sizeof(copy), "%s/copy", cache_dir);
	assert_int_equal(rename(path, copy), 0);
	assert_int_equal(symlink(copy, path), 0);
}

static void make_hard_link(const char *path)
{
	char copy[250];

	(void)snprintf(copy, sizeof(copy), "%s/copy2", cache_dir);
	assert_int_equal(link(path, copy), 0);
}

static void make_fifo(const char *path)
{
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void make_folder(const char *path)
{
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void make_readable(const char *path)
{
	assert_int_equal(chmod(path, 0644), 0);
}

static void make_others(const char *path)
{
	if (geteuid() == 0)
		assert_int_equal(chown(path, 65534, 65534), 0);
	else
		assert_int_equal(unlink(path), 0); /* nothing that we could do */
}

static void entries_that_we_did_not_write_are_not_used(void **state)
{
	static void (*const attacks[])(const char *) = {
		make_link, make_hard_link, make_fifo, make_folder, make_readable, make_others,
	};
	struct box_cache *c = cache_open(0);
	struct box_cache_key key;
	struct box_spec spec;
	char path[200];

	(void)state;
	if (geteuid() != 0)
		print_message("SKIP: an entry of another user: only root can make one\n");
	cache_make_spec(&spec, "int y;");
	cache_key_of(&spec, &cache_plain_use, &key);
	cache_entry_path(&key, path);
	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++) {
		assert_int_equal(cache_put(c, &key, "program", 7), 1);
		assert_true(cache_has(c, &key, &spec, "program", 7));
		attacks[i](path);
		if (cache_has(c, &key, &spec, "program", 7) || cache_exists(path))
			fail_msg("attack %zu", i);
	}
	cache_release_spec(&spec);
	box_cache_free(c);
}

static void a_folder_that_is_not_ours_alone_is_refused(void **state)
{
	struct box_cache *c = NULL;
	struct err err = { 0 };
	char real[100];

	(void)state;
	(void)snprintf(real, sizeof(real), "%s/real", cache_dir);
	for (mode_t bit = 1; bit <= 040; bit <<= 1) {
		assert_int_equal(mkdir(cache_boxes, 0700), 0);
		assert_int_equal(chmod(cache_boxes, 0700 | bit), 0);
		assert_int_equal(box_cache_open(cache_dir, 0, &c, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_int_equal(rmdir(cache_boxes), 0);
	}
	assert_int_equal(mkdir(real, 0700), 0);
	assert_int_equal(symlink(real, cache_boxes), 0);
	assert_int_equal(box_cache_open(cache_dir, 0, &c, &err), -1);
	assert_int_equal(unlink(cache_boxes), 0);
	if (geteuid() == 0) {
		assert_int_equal(mkdir(cache_boxes, 0700), 0);
		assert_int_equal(chown(cache_boxes, 65534, 65534), 0);
		assert_int_equal(box_cache_open(cache_dir, 0, &c, &err), -1);
		assert_non_null(strstr(err.msg, "your own"));
	}
	assert_null(c);
}

static void a_link_in_the_place_of_an_entry_is_not_written_through(void **state)
{
	struct box_cache *c = cache_open(0);
	struct box_cache_key key = { { 1 } };
	auto_strbuf text = { 0 };
	char path[200], victim[100];

	(void)state;
	(void)snprintf(victim, sizeof(victim), "%s/victim", cache_dir);
	cache_write_text(victim, "precious");
	cache_entry_path(&key, path);
	assert_int_equal(symlink(victim, path), 0);
	assert_int_equal(cache_put(c, &key, "program", 7), 1);
	assert_int_equal(fs_read_file(victim, 100, &text, NULL), 0);
	assert_string_equal(strbuf_str(&text), "precious");
	box_cache_free(c);
}

/* ---- room ---- */

static void the_entries_that_were_not_used_for_longest_go(void **state)
{
	enum { N = 24, SIZE = 30000, KEPT = 0 };
	static const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	struct box_cache *c = cache_open((int64_t)N / 2 * SIZE);
	auto_free char *program = xcalloc(1, SIZE);
	struct box_cache_key keys[N] = { 0 };
	struct box_spec spec;
	int n_left = 0;
	char path[200];

	(void)state;
	cache_make_spec(&spec, "int y;");
	for (int i = 0; i < N; i++) {
		keys[i].digest[0] = (uint8_t)(i + 1);
		assert_int_equal(cache_put(c, &keys[i], program, SIZE), 1);
		cache_entry_path(&keys[i], path);
		struct timespec used[2] = { old[0], old[1] };

		used[0].tv_sec += i;
		used[1].tv_sec += i;
		assert_int_equal(utimensat(AT_FDCWD, path, used, 0), 0);
		assert_true(
			cache_has(c, &keys[KEPT], &spec, program, SIZE)); /* used, so it stays */
		assert_true(cache_exists(path));
	}
	for (int i = 1; i < N; i++) {
		cache_entry_path(&keys[i], path);
		n_left += cache_exists(path);
		if (n_left)
			assert_true(cache_exists(path)); /* the later ones, all of them */
	}
	assert_true(n_left > N / 4 && n_left <= N / 2);
	cache_release_spec(&spec);
	box_cache_free(c);
}

static void leavings_of_killed_writers_are_removed(void **state)
{
	static const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	struct box_cache *c = cache_open(0);
	struct box_cache_key key = { { 1 } };
	char stale[200], fresh[200], foreign[200];

	(void)state;
	(void)snprintf(stale, sizeof(stale), "%s/new-1-0000000000000001", cache_boxes);
	(void)snprintf(fresh, sizeof(fresh), "%s/new-1-0000000000000002", cache_boxes);
	(void)snprintf(foreign, sizeof(foreign), "%s/README", cache_boxes);
	cache_write_text(stale, "x");
	cache_write_text(fresh, "x");
	cache_write_text(foreign, "x");
	assert_int_equal(utimensat(AT_FDCWD, stale, old, 0), 0);
	assert_int_equal(utimensat(AT_FDCWD, foreign, old, 0), 0);
	assert_int_equal(cache_put(c, &key, "program", 7), 1);
	assert_false(cache_exists(stale));
	assert_true(cache_exists(fresh));
	assert_true(cache_exists(foreign));
	box_cache_free(c);
}

static void what_is_larger_than_the_cache_is_not_kept(void **state)
{
	struct box_cache *c = cache_open(10000);
	struct box_cache_key key = { { 1 } };
	char program[6000] = { 0 };

	(void)state;
	assert_int_equal(cache_put(c, &key, program, sizeof(program)), 0);
	assert_int_equal(cache_put(c, &key, program, 100), 1);
	box_cache_free(c);
}

/* A limit on files stands for a full disk: the write ends short in the same way. */
static void a_write_that_fails_leaves_nothing(void **state)
{
	struct box_cache *c = cache_open(0);
	struct box_cache_key key = { { 1 } };
	char program[20000] = { 0 };
	int status = 0;

	(void)state;
	pid_t pid = fork();

	if (pid == 0) {
		const struct rlimit l = { .rlim_cur = 8192, .rlim_max = 8192 };

		(void)signal(SIGXFSZ, SIG_IGN);
		(void)setrlimit(RLIMIT_FSIZE, &l);
		_exit(cache_put(c, &key, program, sizeof(program)) == -1 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(cache_count(), 0);
	box_cache_free(c);
}

/* ---- many at once ---- */

enum { WRITERS = 4, ROUNDS = 150, KEYS = 5, PROGRAM = 9000 };

/* Every hit is whole, though others write, remove and make room all the time. */
static int work(unsigned number)
{
	struct box_cache *c = cache_open((int64_t)KEYS * PROGRAM);
	struct box_spec spec;
	int n_hits = 0;

	cache_make_spec(&spec, "int y;");
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct box_cache_key key = { { (uint8_t)(1 + (i + number) % KEYS) } };
		char program[PROGRAM];

		memset(program, key.digest[0], sizeof(program));
		if (cache_has(c, &key, &spec, program, sizeof(program)))
			n_hits++;
		else if (cache_put(c, &key, program, sizeof(program)) != 1)
			return 1;
		if (i % 7 == number) {
			char path[200];

			cache_entry_path(&key, path);
			assert_true(truncate(path, 5000) == 0 || errno == ENOENT);
		}
	}
	cache_release_spec(&spec);
	box_cache_free(c);
	return n_hits > 0 ? 0 : 2;
}

static void many_processes_use_one_folder(void **state)
{
	pid_t pids[WRITERS];
	int n_without_hit = 0;

	(void)state;
	for (unsigned i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(work(i));
	}
	for (int i = 0; i < WRITERS; i++) {
		int status = 0;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 1);
		n_without_hit += WEXITSTATUS(status) == 2; /* another was always faster */
	}
	assert_true(n_without_hit < WRITERS);
	assert_true(cache_count() <= KEYS);
}

static void the_folder_follows_the_environment(void **state)
{
	static const char *const names[] = { "ASSAY_CACHE", "XDG_CACHE_HOME", "HOME" };
	static const struct {
		const char *values[ARRAY_SIZE(names)], *folder;
	} cases[] = {
		{ { "/a", "/b", "/c" }, "/a" },
		{ { "", "/b", "/c" }, "/b/assay" },
		{ { NULL, "b", "/c" }, "/c/.cache/assay" },
		{ { NULL, NULL, "/c" }, "/c/.cache/assay" },
		{ { NULL, NULL, "c" }, NULL },
		{ { NULL, NULL, NULL }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_strbuf sb = { 0 };

		for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
			if (cases[i].values[k])
				(void)setenv(names[k], cases[i].values[k], 1);
			else
				(void)unsetenv(names[k]);
		}
		assert_int_equal(box_cache_folder(&sb, NULL), cases[i].folder ? 0 : -1);
		if (cases[i].folder)
			assert_string_equal(strbuf_str(&sb), cases[i].folder);
	}
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, cache_set_up, cache_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(entries_that_we_did_not_write_are_not_used),
		IN_FOLDER(a_folder_that_is_not_ours_alone_is_refused),
		IN_FOLDER(a_link_in_the_place_of_an_entry_is_not_written_through),
		IN_FOLDER(the_entries_that_were_not_used_for_longest_go),
		IN_FOLDER(leavings_of_killed_writers_are_removed),
		IN_FOLDER(what_is_larger_than_the_cache_is_not_kept),
		IN_FOLDER(a_write_that_fails_leaves_nothing),
		IN_FOLDER(many_processes_use_one_folder),
		cmocka_unit_test(the_folder_follows_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
