/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/image/command.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int command_start(const char *const *argv, int in, int out, pid_t *ret, struct err *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t dead;

	(void)sigemptyset(&dead);
	(void)sigaddset(&dead, SIGPIPE); /* which we ignore */
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawnattr_setsigdefault(&attr, &dead);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	(void)posix_spawn_file_actions_init(&actions);
	if (in >= 0)
		(void)posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (out >= 0)
		(void)posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	/* posix_spawn() does not write to the strings */
	int r = posix_spawnp(ret, argv[0], &actions, &attr, (char *const *)(const void *)argv,
			     environ);

	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);
	if (r == ENOENT)
		return err_set(err, ERR_HARNESS, "%s is not installed: apt-get install %s", argv[0],
			       argv[0]);
	return r ? err_set(err, ERR_HARNESS, "start %s: %s", argv[0], strerror(r)) : 0;
}

int command_wait(pid_t pid, const char *name, struct err *err)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_sys(err, "wait for %s", name);
	}
	if (WIFSIGNALED(status))
		return err_set(err, ERR_HARNESS, "%s was ended by signal %d", name,
			       WTERMSIG(status));
	if (WEXITSTATUS(status))
		return err_set(err, ERR_HARNESS, "%s failed with status %d", name,
			       WEXITSTATUS(status));
	return 0;
}

int command_run(const char *const *argv, struct err *err)
{
	pid_t pid;

	if (command_start(argv, -1, -1, &pid, err) < 0)
		return -1;
	return command_wait(pid, argv[0], err);
}
