/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose a server's folder is, on ordinary folders: names and locks are the same on those, and the
 * groups' own are tried by tests/cli/kill.bats.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "sandbox/cgroup_folder.h"

static char parent[64];

static int enter(void **state)
{
	(void)state;
	(void)snprintf(parent, sizeof(parent), "/tmp/test_cgroup_folder.XXXXXX");
	return mkdtemp(parent) ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	return rmdir(parent);
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static void make_box(const char *folder)
{
	char path[300];

	(void)snprintf(path, sizeof(path), "%s/box0", folder);
	assert_int_equal(mkdir(path, 0755), 0);
}

static const struct {
	const char *name;
	bool is_named;
} named[] = {
	{ "assay-box.12.0123abcd", true },
	{ "assay-box.12.0123abcd.leaf", true },
	{ "assay-box.12", false },
	{ "assay-box.12.leaf", false },
	{ "assay-box.0.0123abcd", false },
	{ "assay-box..0123abcd", false },
	{ "assay-box.12.0123abc", false },
	{ "other.12.0123abcd", false },
	{ "", false },
};

static void names_are_told_from_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(named); i++)
		assert_int_equal(cg_folder_is_named(named[i].name), named[i].is_named);
}

static void servers_of_one_number_get_two_folders(void **state)
{
	char a[256], b[256];

	(void)state;
	int lock_a = cg_folder_make(parent, "", a, sizeof(a));
	int lock_b = cg_folder_make(parent, "", b, sizeof(b));

	assert_true(lock_a >= 0 && lock_b >= 0);
	assert_string_not_equal(a, b);
	assert_true(cg_folder_is_named(strrchr(a, '/') + 1));
	assert_int_equal(cg_folder_remove(a), 0);
	assert_int_equal(cg_folder_remove(b), 0);
	close_fd(&lock_a);
	close_fd(&lock_b);
}

static void a_living_servers_folder_is_left_alone_and_a_dead_ones_removed(void **state)
{
	char path[256];

	(void)state;
	int lock = cg_folder_make(parent, "", path, sizeof(path));

	make_box(path);
	assert_int_equal(cg_folder_sweep(parent), 0);
	assert_true(is_there(path));
	assert_int_equal(cg_folder_adopt(path), -1);
	close_fd(&lock);
	assert_int_equal(cg_folder_sweep(parent), 0);
	assert_false(is_there(path));
}

/* Runs a sweep in a pid namespace of its own, where no number means what it means here. */
static int sweep_elsewhere(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (unshare(CLONE_NEWPID) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
			_exit(77);
		pid = fork();
		if (pid == 0)
			_exit(cg_folder_sweep(parent));
		_exit(waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
									   : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_sweep_in_another_pid_namespace_sees_that_the_server_lives(void **state)
{
	char path[256];

	(void)state;
	int lock = cg_folder_make(parent, "", path, sizeof(path));
	int r = sweep_elsewhere();
	bool was_left = is_there(path);

	close_fd(&lock);
	assert_int_equal(cg_folder_sweep(parent), 0);
	assert_false(is_there(path));
	if (r == 77) {
		print_message("SKIP: no pid namespace can be made here\n");
		skip();
	}
	assert_int_equal(r, 0);
	assert_true(was_left);
}

static void a_folder_that_cannot_be_removed_is_counted(void **state)
{
	char path[256], file[300];

	(void)state;
	int lock = cg_folder_make(parent, "", path, sizeof(path));

	(void)snprintf(file, sizeof(file), "%s/kept", path); /* as a group with processes */
	assert_int_equal(mkdir(file, 0755), 0);
	close_fd(&lock);
	assert_int_equal(cg_folder_sweep(parent), 1);
	assert_int_equal(rmdir(file), 0);
	assert_int_equal(cg_folder_sweep(parent), 0);
	assert_false(is_there(path));
}

static void a_dead_servers_leaf_is_adopted_once(void **state)
{
	char path[256], small[16];

	(void)state;
	int lock = cg_folder_make(parent, ".leaf", path, sizeof(path));

	assert_true(lock >= 0);
	close_fd(&lock);
	lock = cg_folder_adopt(path);
	assert_true(lock >= 0);
	assert_int_equal(cg_folder_adopt(path), -1);
	close_fd(&lock);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(cg_folder_adopt(path), -1);
	assert_int_equal(cg_folder_make(parent, "", small, sizeof(small)), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_told_from_others),
		cmocka_unit_test(servers_of_one_number_get_two_folders),
		cmocka_unit_test(a_living_servers_folder_is_left_alone_and_a_dead_ones_removed),
		cmocka_unit_test(a_sweep_in_another_pid_namespace_sees_that_the_server_lives),
		cmocka_unit_test(a_folder_that_cannot_be_removed_is_counted),
		cmocka_unit_test(a_dead_servers_leaf_is_adopted_once),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
