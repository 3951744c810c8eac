/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the cache: what is kept, what comes back, and what was tampered with. */
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

static void what_was_kept_comes_back_as_it_was(void **state)
{
	struct box_cache *c = cache_open(0);
	struct box_cache_key key;
	struct box_result r = { 0 };
	struct box_spec spec;
	struct stat st;
	char path[200];

	(void)state;
	cache_make_spec(&spec, "int y;");
	cache_key_of(&spec, &cache_plain_use, &key);
	assert_false(cache_has(c, &key, &spec, "", 0));
	assert_int_equal(cache_put(c, &key, "a\0program", 9), 1);
	assert_true(cache_has(c, &key, &spec, "a\0program", 9));
	assert_true(box_cache_get(c, &key, &spec, &r));
	assert_int_equal(r.end, BOX_EXITED);
	assert_int_equal(r.exit_code, 0);
	assert_int_equal(r.cpu_ns, 42);
	assert_int_equal(r.peak_bytes, -1);
	assert_int_equal(r.layers, 7);
	assert_string_equal(r.peak_source, "cgroup");
	assert_string_equal(r.denied[0], "io_uring_setup");
	assert_string_equal(strbuf_str(&r.err), "a warning");
	assert_int_equal(r.stderr_bytes, 9);
	box_result_release(&r);
	cache_entry_path(&key, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(cache_boxes, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(cache_count(), 1);
	cache_release_spec(&spec);
	box_cache_free(c);
}

static void only_good_ends_are_kept(void **state)
{
	static const struct {
		enum box_end end;
		int exit_code;
		bool keeps_failures, needs_all_output;
		int64_t oom_kills, fork_refusals, stdout_bytes;
		int leftovers;
		enum box_out_state out;
		int kept;
	} cases[] = {
		{ .kept = 1 },
		{ .exit_code = 1 },
		{ .exit_code = 1, .keeps_failures = true, .kept = 1 },
		{ .end = BOX_SIGNALED, .exit_code = -1, .keeps_failures = true },
		{ .end = BOX_WALL_LIMIT, .exit_code = -1, .keeps_failures = true },
		{ .end = BOX_MEMORY_LIMIT, .exit_code = 1, .keeps_failures = true },
		{ .end = BOX_OUTPUT_LIMIT },
		{ .end = BOX_FORBIDDEN, .exit_code = 1, .keeps_failures = true },
		{ .end = BOX_CANCELLED, .exit_code = -1, .keeps_failures = true },
		{ .end = BOX_SETUP_FAILED, .exit_code = -1, .keeps_failures = true },
		{ .end = BOX_EXEC_FAILED, .exit_code = -1, .keeps_failures = true },
		{ .oom_kills = 1 },
		{ .fork_refusals = 1 },
		{ .leftovers = 1 },
		{ .out = BOX_OUT_FAILED },
		{ .out = BOX_OUT_ABSENT, .kept = 1 },
		{ .stdout_bytes = 5, .kept = 1 },
		{ .stdout_bytes = 5, .needs_all_output = true },
	};
	struct box_cache *c = cache_open(0);
	struct box_cache_key key = { { 1 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct box_cache_use use = { .keeps_failures = cases[i].keeps_failures,
						   .needs_all_output = cases[i].needs_all_output };
		struct box_result r;

		cache_make_result(&r, "x", 1);
		r.end = cases[i].end;
		r.exit_code = cases[i].exit_code;
		r.oom_kills = cases[i].oom_kills;
		r.fork_refusals = cases[i].fork_refusals;
		r.leftovers = cases[i].leftovers;
		r.stdout_bytes = cases[i].stdout_bytes;
		r.outs[0].state = cases[i].out;
		key.digest[1] = (uint8_t)i;
		if (box_cache_put(c, &key, &use, &r, NULL) != cases[i].kept)
			fail_msg("case %zu", i);
		box_result_release(&r);
	}
	box_cache_free(c);
}

static void write_bytes(const char *path, const char *data, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, n), n);
	(void)close(fd);
}

/* Each byte changed, each length cut: a miss, and the entry is gone. */
static void a_damaged_entry_is_a_miss_and_is_removed(void **state)
{
	struct box_cache *c = cache_open(0);
	struct box_cache_key key;
	auto_strbuf good = { 0 };
	struct box_spec spec;
	char path[200];

	(void)state;
	cache_make_spec(&spec, "int y;");
	cache_key_of(&spec, &cache_plain_use, &key);
	assert_int_equal(cache_put(c, &key, "program", 7), 1);
	cache_entry_path(&key, path);
	assert_int_equal(fs_read_file(path, 1 << 20, &good, NULL), 0);
	assert_true(good.len > 0);
	for (size_t i = 0; i < 2 * good.len; i++) {
		size_t at = i % good.len, n = i < good.len ? good.len : at;

		good.buf[at] ^= 4;
		write_bytes(path, good.buf, n);
		good.buf[at] ^= 4;
		if (n < good.len)
			write_bytes(path, good.buf, n);
		assert_false(cache_has(c, &key, &spec, "program", 7));
		assert_false(cache_exists(path));
	}
	strbuf_addch(&good, 0);
	write_bytes(path, good.buf, good.len);
	assert_false(cache_has(c, &key, &spec, "program", 7));
	write_bytes(path, good.buf, good.len - 1);
	assert_true(cache_has(c, &key, &spec, "program", 7));
	cache_release_spec(&spec);
	box_cache_free(c);
}

/* Somebody who can write the folder makes the digest fit: still nothing is read past an end. */
static void a_forged_digest_crashes_nothing(void **state)
{
	struct box_cache_key key = { { 1 } };
	auto_strbuf good = { 0 };
	auto_strvec outs = { 0 };
	struct box_result r;
	size_t n_taken = 0;

	(void)state;
	strvec_push(&outs, "/work/prog");
	cache_make_result(&r, "program", 7);
	assert_int_equal(cache_entry_write(&key, &r, &good, NULL), 0);
	box_result_release(&r);
	size_t n = good.len - HASH_SIZE;

	for (size_t i = 0; i < n; i++) {
		for (int bit = 0; bit < 8; bit++) {
			struct box_result forged = { 0 };

			good.buf[i] ^= (char)(1 << bit);
			hash_of(good.buf, n, (uint8_t *)good.buf + n);
			if (cache_entry_read(&key, good.buf, good.len, &outs, &forged)) {
				n_taken++;
				assert_int_equal(forged.end, BOX_EXITED);
				assert_int_equal(forged.n_outs, 1);
				assert_string_equal(forged.outs[0].path, "/work/prog");
				assert_true(forged.stderr_head <= (int64_t)forged.err.len);
				assert_true(forged.n_denied <= BOX_MAX_DENIED);
			}
			box_result_release(&forged);
			good.buf[i] ^= (char)(1 << bit);
		}
	}
	assert_true(n_taken > 0); /* figures and bytes of output */
}

static void an_entry_for_other_files_is_a_miss(void **state)
{
	static const char *const lists[][3] = {
		{ NULL },
		{ "/work/prog", "/work/prog" },
		{ "/work/pro" },
		{ "/work/../../etc/x" },
	};
	struct box_cache_key key = { { 1 } }, other = { { 2 } };
	auto_strbuf good = { 0 };
	struct box_result r;

	(void)state;
	cache_make_result(&r, "program", 7);
	assert_int_equal(cache_entry_write(&key, &r, &good, NULL), 0);
	box_result_release(&r);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		auto_strvec outs = { 0 };

		for (size_t k = 0; lists[i][k]; k++)
			strvec_push(&outs, lists[i][k]);
		assert_false(cache_entry_read(&key, good.buf, good.len, &outs, &r));
	}
	auto_strvec outs = { 0 };

	strvec_push(&outs, "/work/prog");
	assert_false(cache_entry_read(&other, good.buf, good.len, &outs, &r));
	assert_true(cache_entry_read(&key, good.buf, good.len, &outs, &r));
	box_result_release(&r);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, cache_set_up, cache_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(what_was_kept_comes_back_as_it_was),
		IN_FOLDER(only_good_ends_are_kept),
		IN_FOLDER(a_damaged_entry_is_a_miss_and_is_removed),
		IN_FOLDER(a_forged_digest_crashes_nothing),
		IN_FOLDER(an_entry_for_other_files_is_a_miss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
