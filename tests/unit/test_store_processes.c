/* SPDX-License-Identifier: Apache-2.0 */
/* The store when processes are killed, or work side by side. */
#include "temp_store.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"

/* ---- other processes ---- */

/* Adds verdicts for ever; after each commit, tells how many are stored. */
static void write_until_killed(const char *id, int fd)
{
	struct store *s = NULL;
	char task[32];

	if (store_open(temp_path, &s, NULL) < 0 || store_run_lock(s, id, NULL) < 0)
		_exit(1);
	for (int64_t i = 0;; i++) {
		(void)snprintf(task, sizeof(task), "T/%d", (int)(i % 7));
		if (temp_sample_add(s, id, task, i / 7, i, task, NULL) < 0)
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
		s = temp_store_open();
		temp_run_make(s, NULL, "k", 1 << 20, id);
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

		s = temp_store_open();
		stored = temp_samples_count(s, id);
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

	temp_run_describe(&r, NULL, "k", n);
	if (store_open(temp_path, &s, &err) < 0 || store_run_create(s, &r, &err) < 0)
		goto failed;
	for (int i = 0; i < n; i++) {
		(void)snprintf(answer, sizeof(answer), "%d", i % 3 ? i : who);
		if (temp_sample_add(s, r.id, "T/0", i, i, answer, &err) < 0 ||
		    store_commit(s, &err) < 0)
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
	s = temp_store_open();
	for (int i = 1; i <= PROCESSES; i++) {
		struct run_record r = { 0 };
		char which[16];

		(void)snprintf(which, sizeof(which), "@%d", i);
		must(store_run_find(s, which, &r, &err), &err);
		assert_int_equal(r.state, RUN_DONE);
		assert_int_equal(temp_samples_count(s, r.id), SAMPLES);
		run_record_release(&r);
	}
	store_close(s);
}

static void a_run_whose_process_was_killed_can_be_taken_over(void **state)
{
	struct store *s = temp_store_open();
	struct err err = { 0 };
	char id[17], byte;
	int fds[2];
	pid_t pid;

	(void)state;
	temp_run_make(s, NULL, "k", 3, id);
	store_close(s);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (store_open(temp_path, &s, NULL) < 0 || store_run_lock(s, id, NULL) < 0 ||
		    write(fds[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	s = temp_store_open();
	refused(store_run_lock(s, id, &err), &err, ERR_HARNESS, "another process");
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	must(store_run_lock(s, id, &err), &err);
	store_close(s);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* Fills the store until it cannot grow; exits with 0 when that was told as the machine's fault. */
static void write_until_full(const char *id, int fd)
{
	const struct rlimit limit = { 300000, 300000 };
	auto_free char *answer = xcalloc(1, 10001);
	struct store *s = NULL;
	struct err err = { 0 };

	(void)signal(SIGXFSZ, SIG_IGN);
	if (store_open(temp_path, &s, NULL) < 0 || setrlimit(RLIMIT_FSIZE, &limit) < 0)
		_exit(1);
	for (int64_t i = 0; i < 1000; i++) {
		memset(answer, (int)('!' + i), 10000);
		if (temp_sample_add(s, id, "T/0", i, i, answer, &err) < 0 ||
		    store_commit(s, &err) < 0)
			break;
		if (write(fd, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
	_exit(err.kind == ERR_HARNESS && strstr(err.msg, temp_path) ? 0 : 1);
}

static void a_file_that_cannot_grow_is_told_and_costs_nothing_stored(void **state)
{
	struct store *s = temp_store_open();
	int64_t i, told = -1;
	int fds[2], status;
	char id[17];
	pid_t pid;

	(void)state;
	temp_run_make(s, NULL, "k", 1000, id);
	store_close(s);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		write_until_full(id, fds[1]);
	(void)close(fds[1]);
	while (read(fds[0], &i, sizeof(i)) == sizeof(i))
		told = i;
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(told > 0);
	s = temp_store_open();
	assert_int_equal(temp_samples_count(s, id), told + 1);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temp_store_make, temp_store_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_committed_is_lost_by_kill_9),
		TEST(several_processes_share_a_store_from_its_birth_on),
		TEST(a_run_whose_process_was_killed_can_be_taken_over),
		TEST(a_file_that_cannot_grow_is_told_and_costs_nothing_stored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
