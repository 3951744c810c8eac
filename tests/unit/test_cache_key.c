/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of the cache: whatever goes into a box makes another. */
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

static void change_argv(struct box_spec *s)
{
	strvec_push(&s->argv, "-O2");
}

/* The same bytes one after the other, with the end of one elsewhere. */
static void shift_argv(struct box_spec *s)
{
	strvec_release(&s->argv);
	strvec_push(&s->argv, "gcc");
	strvec_push(&s->argv, "-op");
	strvec_push(&s->argv, "rog");
}

static void move_to_env(struct box_spec *s)
{
	strvec_release(&s->argv);
	strvec_release(&s->env);
	strvec_push(&s->argv, "gcc");
	strvec_push(&s->argv, "-o");
	strvec_push(&s->env, "prog");
	strvec_push(&s->env, "A=b");
}

static void change_env(struct box_spec *s)
{
	strvec_push(&s->env, "C=d");
}

static void empty_env(struct box_spec *s)
{
	strvec_push(&s->env, "");
}

static void change_outs(struct box_spec *s)
{
	strvec_push(&s->outs, "/work/other");
}

static void change_path(struct box_spec *s)
{
	s->files[0].path = "/work/a.cc";
}

static void change_mode(struct box_spec *s)
{
	s->files[0].is_executable = true;
}

static void change_bytes(struct box_spec *s)
{
	close_fd(&s->files[0].fd);
	s->files[0].fd = fs_memfd("t", "int x;", 6, NULL);
}

/* Bytes of a file that read like another file's. */
static void split_file(struct box_spec *s)
{
	close_fd(&s->files[0].fd);
	s->files[0].fd = fs_memfd("t", "int ", 4, NULL);
	s->files[s->n_files++] =
		(struct box_file){ .path = "/work/a.c", .fd = fs_memfd("t", "y;", 2, NULL) };
}

static void change_level(struct box_spec *s)
{
	s->level = BOX_LEVEL_STRICT;
}

static void change_memory(struct box_spec *s)
{
	s->limits.mem_bytes = 100 << 20;
}

static void change_last_limit(struct box_spec *s)
{
	s->limits.out_bytes = 1;
}

static void change_program(struct box_spec *s)
{
	strvec_release(&s->argv);
	strvec_push(&s->argv, "cc");
	strvec_push(&s->argv, "-o");
	strvec_push(&s->argv, "prog");
}

static void change_root(struct box_spec *s)
{
	s->rootfs = cache_dir;
}

static void add_bind(struct box_spec *s)
{
	strvec_push(&s->binds, cache_dir);
}

static void whatever_goes_in_makes_another_key(void **state)
{
	static void (*const changes[])(struct box_spec *) = {
		change_argv,       shift_argv,     move_to_env,  change_env,
		empty_env,         change_outs,    change_path,  change_mode,
		change_bytes,      split_file,     change_level, change_memory,
		change_last_limit, change_program, add_bind,     change_root,
	};
	struct box_cache_key keys[ARRAY_SIZE(changes) + 1];
	struct box_spec spec;

	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(changes); i++) {
		cache_make_spec(&spec, "int y;");
		if (i < ARRAY_SIZE(changes))
			changes[i](&spec);
		cache_key_of(&spec, &cache_plain_use, &keys[i]);
		cache_release_spec(&spec);
	}
	for (size_t i = 0; i <= ARRAY_SIZE(changes); i++) {
		for (size_t k = 0; k < i; k++) {
			if (cache_same_key(&keys[i], &keys[k]))
				fail_msg("changes %zu and %zu have one key", k, i);
		}
	}
}

static void what_the_caller_says_makes_another_key(void **state)
{
	const struct box_cache_use uses[] = {
		{ 0 },
		{ .toolchain = "" },
		{ .toolchain = "gcc 12" },
		{ .keeps_failures = true },
		{ .needs_all_output = true },
	};
	struct box_cache_key keys[ARRAY_SIZE(uses)];
	struct box_spec spec;

	(void)state;
	cache_make_spec(&spec, "int y;");
	for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
		cache_key_of(&spec, &uses[i], &keys[i]);
		for (size_t k = 0; k < i; k++)
			assert_false(cache_same_key(&keys[i], &keys[k]));
	}
	cache_release_spec(&spec);
}

static void what_changes_nothing_keeps_the_key(void **state)
{
	struct box_cache_key a, b;
	struct box_spec spec;

	(void)state;
	cache_make_spec(&spec, "int y;");
	cache_key_of(&spec, &cache_plain_use, &a);
	spec.slot = 1;
	spec.limits.wall_ms = 10000; /* the default by name */
	spec.template_id = BOX_AFRESH;
	assert_int_equal(lseek(spec.files[0].fd, 0, SEEK_CUR), 0); /* read, not moved */
	cache_key_of(&spec, &cache_plain_use, &b);
	assert_true(cache_same_key(&a, &b));
	cache_release_spec(&spec);
}

/* The root file system is a folder here, with a program and a library of its own. */
static void a_change_of_installed_software_makes_another_key(void **state)
{
	static const char *const folders[] = { "root",     "root/usr",     "root/usr/bin",
					       "root/var", "root/var/lib", "root/var/lib/dpkg" };
	static const char *const files[] = { "root/usr/bin/gcc", "root/var/lib/dpkg/status" };
	struct box_cache_key a, b;
	struct box_spec spec;
	char path[200], root[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", cache_dir, folders[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	(void)snprintf(root, sizeof(root), "%s/root", cache_dir);
	cache_make_spec(&spec, "int y;");
	spec.rootfs = root;
	cache_key_of(&spec, &cache_plain_use, &a);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		for (const char *text = "aa"; *text; text++) { /* made, then changed */
			(void)snprintf(path, sizeof(path), "%s/%s", cache_dir, files[i]);
			cache_write_text(path, text);
			cache_key_of(&spec, &cache_plain_use, &b);
			assert_false(cache_same_key(&a, &b));
			a = b;
		}
	}
	cache_release_spec(&spec);
}

static void a_change_below_a_bind_makes_another_key(void **state)
{
	struct box_cache_key a, b;
	struct box_spec spec;
	char deep[100], file[150];

	(void)state;
	(void)snprintf(deep, sizeof(deep), "%s/deep", cache_dir);
	(void)snprintf(file, sizeof(file), "%s/header.h", deep);
	assert_int_equal(mkdir(deep, 0700), 0);
	cache_write_text(file, "1");
	cache_make_spec(&spec, "int y;");
	add_bind(&spec);
	cache_key_of(&spec, &cache_plain_use, &a);
	cache_write_text(file, "22");
	cache_key_of(&spec, &cache_plain_use, &b);
	assert_false(cache_same_key(&a, &b));
	cache_key_of(&spec, &cache_plain_use, &a);
	assert_true(cache_same_key(&a, &b));
	cache_release_spec(&spec);
}

static void what_no_key_can_hold_is_refused(void **state)
{
	struct box_cache_key key;
	struct box_spec spec;
	struct err err = { 0 };

	(void)state;
	cache_make_spec(&spec, "int y;");
	spec.stdin_fd = 0;
	assert_int_equal(box_cache_key(&spec, &cache_plain_use, &key, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	spec.stdin_fd = -1;
	spec.n_fds = 1;
	assert_int_equal(box_cache_key(&spec, &cache_plain_use, &key, &err), -1);
	spec.n_fds = 0;
	spec.template_id = 3;
	assert_int_equal(box_cache_key(&spec, &cache_plain_use, &key, &err), -1);
	spec.template_id = 0;
	int sealed = spec.files[0].fd;

	spec.files[0].fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	assert_int_equal(box_cache_key(&spec, &cache_plain_use, &key, &err), -1);
	assert_non_null(strstr(err.msg, "can still be changed"));
	close_fd(&spec.files[0].fd);
	spec.files[0].fd = sealed;
	strvec_push(&spec.binds, "/there/is/no/such/folder");
	assert_int_equal(box_cache_key(&spec, &cache_plain_use, &key, &err), -1);
	cache_release_spec(&spec);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, cache_set_up, cache_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(whatever_goes_in_makes_another_key),
		IN_FOLDER(what_the_caller_says_makes_another_key),
		IN_FOLDER(what_changes_nothing_keeps_the_key),
		IN_FOLDER(a_change_of_installed_software_makes_another_key),
		IN_FOLDER(a_change_below_a_bind_makes_another_key),
		IN_FOLDER(what_no_key_can_hold_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
