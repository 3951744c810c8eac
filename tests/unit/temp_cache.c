/* SPDX-License-Identifier: Apache-2.0 */
/* A cache in a folder of its own, and what is put into it. */
#include "temp_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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

char cache_dir[64], cache_boxes[80];
const struct box_cache_use cache_plain_use;

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

int cache_set_up(void **state)
{
	(void)state;
	(void)strcpy(cache_dir, "/tmp/test-cache-XXXXXX");
	if (!mkdtemp(cache_dir))
		return -1;
	(void)snprintf(cache_boxes, sizeof(cache_boxes), "%s/boxes", cache_dir);
	return 0;
}

int cache_tear_down(void **state)
{
	(void)state;
	return nftw(cache_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

struct box_cache *cache_open(int64_t max_bytes)
{
	struct box_cache *c = NULL;
	struct err err = { 0 };

	if (box_cache_open(cache_dir, max_bytes, &c, &err) < 0)
		fail_msg("%s", err.msg);
	return c;
}

void cache_entry_path(const struct box_cache_key *key, char path[200])
{
	char hex[HASH_HEX];

	hash_to_hex(key->digest, hex);
	(void)snprintf(path, 200, "%s/%s", cache_boxes, hex);
}

int cache_count(void)
{
	char command[200];

	(void)snprintf(command, sizeof(command), "ls -A '%s' | wc -l", cache_boxes);
	FILE *f = popen(command, "r"); /* NOLINT(cert-env33-c): our own words */
	int n = -1;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &n), 1); /* NOLINT(cert-err34-c) */
	(void)pclose(f);
	return n;
}

bool cache_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

void cache_make_spec(struct box_spec *spec, const char *text)
{
	box_spec_init(spec);
	strvec_push(&spec->argv, "gcc");
	strvec_push(&spec->argv, "-o");
	strvec_push(&spec->argv, "prog");
	strvec_push(&spec->env, "A=b");
	strvec_push(&spec->outs, "/work/prog");
	spec->files[spec->n_files++] =
		(struct box_file){ .path = "/work/a.c",
				   .fd = fs_memfd("t", text, strlen(text), NULL) };
}

void cache_release_spec(struct box_spec *spec)
{
	for (int i = 0; i < spec->n_files; i++)
		close_fd(&spec->files[i].fd);
	box_spec_release(spec);
}

void cache_key_of(const struct box_spec *spec, const struct box_cache_use *use,
		  struct box_cache_key *ret)
{
	struct err err = { 0 };

	if (box_cache_key(spec, use, ret, &err) < 0)
		fail_msg("%s", err.msg);
}

bool cache_same_key(const struct box_cache_key *a, const struct box_cache_key *b)
{
	return memcmp(a->digest, b->digest, HASH_SIZE) == 0;
}

/* The result of a compiler that printed something and made a program. */
void cache_make_result(struct box_result *r, const char *program, size_t n)
{
	*r = (struct box_result){ .end = BOX_EXITED, .cpu_ns = 42, .peak_bytes = -1, .layers = 7 };
	strbuf_addstr(&r->err, "a warning");
	r->stderr_bytes = r->stderr_head = 9;
	(void)strcpy(r->peak_source, "cgroup");
	(void)strcpy(r->denied[r->n_denied++], "io_uring_setup");
	r->outs = xcalloc(1, sizeof(*r->outs));
	r->outs[r->n_outs++] = (struct box_out){ .path = xstrdup("/work/prog"),
						 .state = BOX_OUT_KEPT,
						 .size = (int64_t)n,
						 .is_executable = true,
						 .fd = fs_memfd("t", program, n, NULL) };
}

int cache_put(struct box_cache *c, const struct box_cache_key *key, const char *program, size_t n)
{
	struct box_result r;
	struct err err = { 0 };

	cache_make_result(&r, program, n);
	int kept = box_cache_put(c, key, &cache_plain_use, &r, &err);

	box_result_release(&r);
	return kept;
}

/* Is there an entry, with this program? */
bool cache_has(struct box_cache *c, const struct box_cache_key *key, const struct box_spec *spec,
	       const char *program, size_t n)
{
	struct box_result r = { 0 };
	auto_strbuf bytes = { 0 };

	if (!box_cache_get(c, key, spec, &r))
		return false;
	assert_true(r.is_cached);
	assert_int_equal(r.n_outs, 1);
	assert_string_equal(r.outs[0].path, "/work/prog");
	assert_true(r.outs[0].is_executable);
	assert_int_equal(fs_read_fd(r.outs[0].fd, 1 << 20, &bytes, NULL), 0);
	assert_int_equal(bytes.len, n);
	assert_memory_equal(strbuf_str(&bytes), program, n);
	box_result_release(&r);
	return true;
}

void cache_write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}
