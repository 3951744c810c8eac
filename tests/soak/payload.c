/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs in the boxes of the soak: one small static program with a way to behave for each row of
 * soak.c's table. `payload WAY`. The exit status tells what it met: 3 no more processes, 4 no more
 * space, 5 a refused system call.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NO_PROCESSES = 3, NO_SPACE = 4, REFUSED = 5, BROKEN = 99 };

static int hello(void)
{
	return write(1, "hello\n", 6) == 6 ? 0 : BROKEN;
}

static int seven(void)
{
	return 7;
}

static int crash(void)
{
	(void)raise(SIGSEGV);
	return BROKEN;
}

/* A step at a time, so that it is the limit that ends it and no refusal of the whole. */
static _Noreturn int memory(void)
{
	const size_t step = 1 << 20;

	for (;;) {
		char *p = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

		if (p != MAP_FAILED)
			memset(p, 1, step);
	}
}

static _Noreturn int flood(void)
{
	static char text[4096];

	memset(text, 'x', sizeof(text));
	for (int fd = 1;; fd = 3 - fd)
		(void)!write(fd, text, sizeof(text));
}

static _Noreturn int sleeper(void)
{
	for (;;)
		(void)pause();
}

static int forks(void)
{
	for (;;) {
		pid_t pid = fork();

		if (pid < 0)
			return NO_PROCESSES;
		if (pid == 0)
			return sleeper();
	}
}

static _Noreturn int bomb(void)
{
	for (;;)
		(void)fork();
}

/* A grandchild in a session of its own that holds the output open and ignores what it can. */
static int orphan(void)
{
	int ready[2];
	char c;

	if (pipe(ready) < 0)
		return BROKEN;
	if (fork() == 0) {
		if (fork() > 0)
			_exit(0);
		(void)setsid();
		(void)signal(SIGTERM, SIG_IGN);
		(void)signal(SIGHUP, SIG_IGN);
		(void)!write(ready[1], "r", 1);
		for (;;)
			(void)pause();
	}
	return read(ready[0], &c, 1) == 1 ? 0 : BROKEN;
}

static int descriptors(void)
{
	int p[2];

	while (pipe(p) == 0)
		;
	if (errno != EMFILE)
		return BROKEN;
	while (dup(1) >= 0)
		;
	return errno == EMFILE ? 0 : BROKEN;
}

static int fill(const char *path)
{
	static char block[65536];
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	memset(block, 1, sizeof(block));
	while (fd >= 0 && write(fd, block, sizeof(block)) > 0)
		;
	return errno == ENOSPC ? NO_SPACE : BROKEN;
}

static int disk(void)
{
	return fill("/work/full");
}

static int shared_memory(void)
{
	return fill("/dev/shm/full");
}

static int inodes(void)
{
	char name[64];
	int fd;

	for (int i = 0;; i++) {
		(void)snprintf(name, sizeof(name), "/tmp/%d", i);
		fd = open(name, O_WRONLY | O_CREAT, 0600);
		if (fd < 0)
			return errno == ENOSPC ? NO_SPACE : BROKEN;
		(void)close(fd);
	}
}

static int refused(void)
{
	return unshare(CLONE_NEWUSER) < 0 ? REFUSED : BROKEN;
}

static _Noreturn int spin(void)
{
	for (volatile unsigned i = 0;; i++)
		;
}

static int stopped(void)
{
	(void)fork();
	(void)raise(SIGSTOP);
	return BROKEN;
}

static const struct {
	const char *name;
	int (*run)(void);
} ways[] = {
	{ "hello", hello },   { "seven", seven },
	{ "crash", crash },   { "memory", memory },
	{ "flood", flood },   { "forks", forks },
	{ "bomb", bomb },     { "orphan", orphan },
	{ "disk", disk },     { "descriptors", descriptors },
	{ "inodes", inodes }, { "shared_memory", shared_memory },
	{ "spin", spin },     { "refused", refused },
	{ "sleep", sleeper }, { "stopped", stopped },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!strcmp(argv[1], ways[i].name))
			return ways[i].run();
	}
	return BROKEN;
}
