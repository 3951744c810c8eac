/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clone3() as a fork that gives a pidfd; clone() where an engine's filter, which cannot see the
 * flags of the former, answers it as if the kernel did not know it.
 */
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/host.h"

pid_t host_clone(uint64_t flags, int *ret_pidfd)
{
	int pidfd = -1;
	struct clone_args args = { .flags = flags | CLONE_PIDFD,
				   .pidfd = (uint64_t)(uintptr_t)&pidfd,
				   .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0 && errno == ENOSYS)
		pid = syscall(SYS_clone, (unsigned long)args.flags | SIGCHLD, NULL, &pidfd, NULL,
			      NULL);
	if (pid > 0)
		*ret_pidfd = pidfd;
	return (pid_t)pid;
}
