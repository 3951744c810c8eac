/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks of the self-test that take rights and more than their share. */
#include "sandbox/selftest/attacks.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"

#define LAST_CAP 63

/* ---- rights ---- */

static int attack_capabilities(const char *arg)
{
	(void)arg;
	struct {
		uint32_t version;
		int pid;
	} head = { 0x20080522, 0 };
	struct {
		uint32_t effective, permitted, inheritable;
	} data[2] = { { 0 } };

	if (syscall(SYS_capget, &head, data) == 0) {
		uint32_t all = 0;

		for (int i = 0; i < 2; i++)
			all |= data[i].effective | data[i].permitted | data[i].inheritable;
		if (all)
			return attack_reached("capabilities");
	}
	for (int cap = 0; cap <= LAST_CAP; cap++) {
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			return attack_reached("capability %d", cap);
	}
	return 0;
}

/* For a copy of this program with another owner and the set-user-id bit. */
static int attack_other_user(const char *arg)
{
	(void)arg;
	return geteuid() != getuid() ? attack_reached("user %d", (int)geteuid()) : 0;
}

static int attack_new_privileges(const char *arg)
{
	(void)arg;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ? attack_reached("new privileges") : 0;
}

/* Refused calls: what the kernel lets through succeeds, and the attack with it. */
static int attack_become_root(const char *arg)
{
	(void)arg;
	return setuid(0) == 0 ? attack_reached("root") : 1;
}

static int attack_new_namespace(const char *arg)
{
	(void)arg;
	return unshare(CLONE_NEWUSER) == 0 ? attack_reached("a namespace") : 1;
}

static int attack_mount(const char *arg)
{
	(void)arg;
	return mount("tmpfs", "/tmp", "tmpfs", 0, NULL) == 0 ? attack_reached("a mount") : 1;
}

static int attack_trace(const char *arg)
{
	(void)arg;
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? attack_reached("tracing") : 1;
}

static int attack_key(const char *arg)
{
	(void)arg;
	return syscall(SYS_add_key, "user", "assay-attack", "x", 1, -2) >= 0
		       ? attack_reached("a key")
		       : 1;
}

static int attack_bpf(const char *arg)
{
	(void)arg;
	return syscall(SYS_bpf, 0, NULL, 0) >= 0 || errno == EFAULT ? attack_reached("bpf") : 1;
}

static int attack_ring(const char *arg)
{
	(void)arg;
	char params[256] = { 0 };

	return syscall(SYS_io_uring_setup, 1, params) >= 0 ? attack_reached("a ring") : 0;
}

static int attack_netlink(const char *arg)
{
	(void)arg;
	return socket(AF_NETLINK, SOCK_RAW, 0) >= 0 ? attack_reached("netlink") : 0;
}

static int attack_clone_flags(const char *arg)
{
	(void)arg;
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	return pid > 0 ? attack_reached("a namespace") : 1;
}

/* ---- limits ---- */

static int attack_forks(const char *arg)
{
	(void)arg;
	enum { ENOUGH = 200 };

	for (int i = 0; i < ENOUGH; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return 1;
		if (pid == 0)
			(void)pause();
	}
	return attack_reached("%d processes", ENOUGH);
}

static int attack_memory(const char *arg)
{
	(void)arg;
	enum { STEP = 1 << 20, STEPS = 1024 };

	for (int i = 0; i < STEPS; i++) {
		char *p = mmap(NULL, STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

		if (p == MAP_FAILED)
			return 1;
		memset(p, 1, STEP);
	}
	return 0;
}

static int attack_memory_children(const char *arg)
{
	(void)arg;
	enum { SIZE = 24 << 20, CHILDREN = 8 };

	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			char *p = malloc(SIZE);

			if (p)
				memset(p, 1, SIZE);
			(void)pause();
		}
	}
	(void)sleep(5);
	return 0;
}

static int attack_disk(const char *arg)
{
	(void)arg;
	static char block[1 << 20];
	int fd = -1;

	for (int i = 0; i < 4096; i++) {
		char path[32];

		(void)snprintf(path, sizeof(path), "/tmp/%d", i);
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0 || write(fd, block, sizeof(block)) != (ssize_t)sizeof(block))
			return 1;
		(void)close(fd);
	}
	return attack_reached("4 GiB of disk");
}

static int attack_inodes(const char *arg)
{
	(void)arg;
	for (int i = 0; i < 100000; i++) {
		char path[32];

		(void)snprintf(path, sizeof(path), "/dev/shm/%d", i);
		int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		if (fd < 0)
			return 1;
		(void)close(fd);
	}
	return attack_reached("100000 files");
}

static int attack_big_file(const char *arg)
{
	(void)arg;
	int fd = open("/tmp/big", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	return ftruncate(fd, 1LL << 40) == 0 ? attack_reached("a file of 1 TiB") : 1;
}

static int attack_output(const char *arg)
{
	(void)arg;
	static char block[65536];

	while (write(1, block, sizeof(block)) > 0)
		;
	return 1;
}

static int attack_cpu(const char *arg)
{
	(void)arg;
	for (volatile unsigned n = 0; n < 1U << 31;)
		n++;
	return 0;
}

/* Computes in children that are gone when anyone looks, and whose time nobody inherits. */
static int attack_quick_children(const char *arg)
{
	enum { CHILDREN = 300, WORK = 2000000 };

	(void)arg;
	(void)signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			for (volatile int n = 0; n < WORK;)
				n++;
			_exit(0);
		}
		(void)waitpid(pid, NULL, 0);
	}
	return attack_reached("%d children", CHILDREN);
}

static int attack_sleep(const char *arg)
{
	(void)arg;
	(void)sleep(60);
	return 0;
}

static int attack_many_descriptors(const char *arg)
{
	(void)arg;
	int n = 0;

	while (dup(1) >= 0 && n < 100000)
		n++;
	return n > 64 ? attack_reached("%d descriptors", n) : 0;
}

/* Both limits of each kind are what the box was given, and cannot be raised. */
static int attack_limits(const char *arg)
{
	(void)arg;
	static const struct {
		const char *name;
		int kind;
		rlim_t most;
	} rows[] = {
		{ "core", RLIMIT_CORE, 0 },         { "memlock", RLIMIT_MEMLOCK, 0 },
		{ "msgqueue", RLIMIT_MSGQUEUE, 0 }, { "nice", RLIMIT_NICE, 0 },
		{ "rtprio", RLIMIT_RTPRIO, 0 },     { "sigpending", RLIMIT_SIGPENDING, 1024 },
		{ "fsize", RLIMIT_FSIZE, 8 << 20 }, { "nofile", RLIMIT_NOFILE, 64 },
		{ "stack", RLIMIT_STACK, 8 << 20 }, { "cpu", RLIMIT_CPU, 8 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rlimit l;
		struct rlimit more = { RLIM_INFINITY, RLIM_INFINITY };

		if (getrlimit((__rlimit_resource_t)rows[i].kind, &l) == 0 &&
		    l.rlim_max > rows[i].most)
			return attack_reached("limit %s", rows[i].name);
		if (setrlimit((__rlimit_resource_t)rows[i].kind, &more) == 0)
			return attack_reached("no limit %s", rows[i].name);
	}
	return 0;
}

/* Leaves one behind that has a session of its own, is deaf to signals and holds nothing open. */
static int attack_orphan(const char *arg)
{
	(void)arg;
	if (fork() == 0) {
		(void)setsid();
		for (int s = 1; s < NSIG; s++)
			(void)signal(s, SIG_IGN);
		(void)close(1);
		(void)close(2);
		if (fork() == 0)
			(void)sleep(30);
		_exit(0);
	}
	return 0;
}

const struct attack rights_attacks[] = {
	{ "capabilities", attack_capabilities, NULL },
	{ "other_user", attack_other_user, NULL },
	{ "new_privileges", attack_new_privileges, NULL },
	{ "become_root", attack_become_root, NULL },
	{ "new_namespace", attack_new_namespace, NULL },
	{ "clone_flags", attack_clone_flags, NULL },
	{ "mount", attack_mount, NULL },
	{ "trace", attack_trace, NULL },
	{ "key", attack_key, NULL },
	{ "bpf", attack_bpf, NULL },
	{ "ring", attack_ring, NULL },
	{ "netlink", attack_netlink, NULL },
	{ "forks", attack_forks, NULL },
	{ "memory", attack_memory, NULL },
	{ "memory_children", attack_memory_children, NULL },
	{ "disk", attack_disk, NULL },
	{ "inodes", attack_inodes, NULL },
	{ "big_file", attack_big_file, NULL },
	{ "output", attack_output, NULL },
	{ "cpu", attack_cpu, NULL },
	{ "quick_children", attack_quick_children, NULL },
	{ "sleep", attack_sleep, NULL },
	{ "many_descriptors", attack_many_descriptors, NULL },
	{ "limits", attack_limits, NULL },
	{ "orphan", attack_orphan, NULL },
	{ 0 },
};
