/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over processes, looked at from their first one down. */
#include "sandbox/watch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TAKEN (24 << 20)

/* Takes memory, says so, and stays until it is killed. */
static _Noreturn void hold(int say)
{
	char *p = malloc(TAKEN);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (!p)
		_exit(1);
	memset(p, 1, TAKEN);
	(void)!write(say, p, 1);
	(void)pause();
	_exit(0);
}

/* A process with two children, the first of which has one too. */
static pid_t start_family(int say)
{
	pid_t first = fork();

	if (first != 0)
		return first;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (fork() == 0) {
		if (fork() == 0)
			hold(say);
		hold(say);
	}
	if (fork() == 0)
		hold(say);
	(void)pause();
	_exit(0);
}

static void a_look_from_the_first_process_finds_all_below(void **state)
{
	struct watch_sample s = { 0 };
	int say[2];
	char c;

	(void)state;
	assert_int_equal(pipe(say), 0);
	pid_t pid = start_family(say[1]);

	assert_true(pid > 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(read(say[0], &c, 1), 1);
	if (watch_look_below(pid, &s) < 0) {
		print_message(
			"SKIP: this kernel has no lists of children (CONFIG_PROC_CHILDREN)\n");
		skip();
	}
	assert_int_equal(s.processes, 3);
	assert_true(s.mem_bytes >= 3LL * TAKEN && s.mem_bytes < 6LL * TAKEN);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(watch_look_below(pid, &s), -1);
	(void)close(say[0]);
	(void)close(say[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_look_from_the_first_process_finds_all_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
