/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What much output costs: a program prints 100 MB to each of its streams, in blocks, one after the
 * other in each round
 *
 *   to /dev/null;
 *   to pipes that a plain reader drains (64 KiB reads, pipes as the kernel makes them);
 *   in a box of the running server, which counts it all and keeps head and tail.
 *
 * Printed are medians of the wall time from start to end, set-up of the box included, and what the
 * box takes more than the reader; a name, a tab and milliseconds a line.
 *
 *   output_bench ROUNDS FOLDER_OF_PROGRAMS
 *   output_bench print BLOCK_BYTES          the program
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/loop.h"
#include "sandbox/box.h"

#define EACH       100000000LL
#define MAX_ROUNDS 1000

enum way { WAY_NULL, WAY_READER, WAY_BOX, WAY_COUNT };
static const char *const way_names[] = { "/dev/null", "pipes and a plain reader",
					 "box of the running server" };
static const int blocks[] = { 4096, 65536, 1 << 20 };

struct bench {
	struct loop *loop;
	struct box_client *client;
	char self[4096];
	int self_fd;
	bool is_wrong;
	char block[16];
};

static int print_much(size_t block)
{
	char *data = xmalloc(block);

	memset(data, 'x', block);
	for (long long left = EACH; left > 0; left -= (long long)block) {
		size_t n = left < (long long)block ? (size_t)left : block;

		if (write(1, data, n) != (ssize_t)n || write(2, data, n) != (ssize_t)n)
			return 1;
	}
	return 0;
}

static pid_t spawn(const struct bench *b, int out, int err)
{
	posix_spawn_file_actions_t actions;
	char *argv[] = { xstrdup(b->self), xstrdup("print"), xstrdup(b->block), NULL };
	pid_t pid = -1;

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, out, 1);
	(void)posix_spawn_file_actions_adddup2(&actions, err, 2);
	if (posix_spawn(&pid, b->self, &actions, NULL, argv, environ) != 0)
		pid = -1;
	(void)posix_spawn_file_actions_destroy(&actions);
	for (int i = 0; i < 3; i++)
		free(argv[i]);
	return pid;
}

static void end(struct bench *b, pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		b->is_wrong = true;
}

static void run_null(struct bench *b)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	end(b, spawn(b, fd, fd));
	(void)close(fd);
}

static long long read_both(int out, int err)
{
	struct pollfd p[2] = { { .fd = out, .events = POLLIN }, { .fd = err, .events = POLLIN } };
	static char buf[65536];
	long long total = 0;

	for (int open = 2; open > 0 && poll(p, 2, -1) > 0;) {
		for (int i = 0; i < 2; i++) {
			ssize_t n = p[i].revents ? read(p[i].fd, buf, sizeof(buf)) : -1;

			total += n > 0 ? n : 0;
			if (n == 0) {
				p[i].fd = -1;
				open--;
			}
		}
	}
	return total;
}

static void run_reader(struct bench *b)
{
	int out[2], err[2];

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0) {
		b->is_wrong = true;
		return;
	}
	pid_t pid = spawn(b, out[1], err[1]);

	(void)close(out[1]);
	(void)close(err[1]);
	if (read_both(out[0], err[0]) != 2 * EACH)
		b->is_wrong = true;
	end(b, pid);
	(void)close(out[0]);
	(void)close(err[0]);
}

static void on_done(const struct box_result *r, void *data)
{
	struct bench *b = data;

	if (r->end != BOX_OUTPUT_LIMIT || r->stdout_bytes != EACH || r->stderr_bytes != EACH ||
	    r->out.len != 65536 || r->err.len != 65536 || r->exit_code != 0) {
		(void)fprintf(stderr, "output_bench: box ended as %s %s\n", box_end_name(r->end),
			      r->message);
		b->is_wrong = true;
	}
	loop_stop(b->loop);
}

static void run_box(struct bench *b)
{
	struct box_spec spec;
	struct box_handle *handle;

	box_spec_init(&spec);
	strvec_push(&spec.argv, "/box/printer");
	strvec_push(&spec.argv, "print");
	strvec_push(&spec.argv, b->block);
	spec.files[0] = (struct box_file){ .path = "/box/printer",
					   .fd = b->self_fd,
					   .is_executable = true };
	spec.n_files = 1;
	if (box_start(b->client, &spec, on_done, b, &handle, NULL) < 0 ||
	    loop_run(b->loop, NULL) < 0)
		b->is_wrong = true;
	box_spec_release(&spec);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void measure(struct bench *b, int block, int rounds)
{
	static void (*const run[])(struct bench *) = { run_null, run_reader, run_box };
	static int64_t walls[WAY_COUNT][MAX_ROUNDS];
	double ms[WAY_COUNT];

	(void)snprintf(b->block, sizeof(b->block), "%d", block);
	for (int round = 0; round < rounds && !b->is_wrong; round++) {
		for (int way = 0; way < WAY_COUNT; way++) {
			int64_t start = clock_mono_ns();

			run[way](b);
			walls[way][round] = clock_mono_ns() - start;
		}
	}
	for (int way = 0; way < WAY_COUNT; way++) {
		int middle = rounds / 2;

		qsort(walls[way], (size_t)rounds, sizeof(walls[way][0]), compare);
		ms[way] = (double)walls[way][middle] / 1e6;
	}
	for (int way = 0; way < WAY_COUNT; way++)
		printf("blocks of %d, %s, ms\t%.2f\n", block, way_names[way], ms[way]);
	printf("blocks of %d, box more than reader, ms\t%.2f\n", block,
	       ms[WAY_BOX] - ms[WAY_READER]);
}

static int init(struct bench *b, const char *folder)
{
	struct err err = { 0 };
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", b->self, sizeof(b->self) - 1);

	b->self_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "%s/assay-box", folder);
	if (n < 0 || b->self_fd < 0 || setenv("ASSAY_BOX", path, 0) < 0 ||
	    loop_new(&b->loop, &err) < 0 ||
	    box_client_new(b->loop, BOX_LEVEL_STANDARD, &b->client, &err) < 0) {
		(void)fprintf(stderr, "output_bench: %s\n", err.msg);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct bench b;
	long number = argc == 3 ? strtol(argv[argc - 1], NULL, 10) : 0;

	if (argc == 3 && !strcmp(argv[1], "print"))
		return print_much((size_t)number);
	int rounds = argc == 3 ? (int)strtol(argv[1], NULL, 10) : 0;

	if (rounds < 1 || rounds > MAX_ROUNDS) {
		(void)fprintf(stderr, "usage: output_bench ROUNDS FOLDER\n");
		return 2;
	}
	if (init(&b, argv[2]) < 0)
		return 4;
	for (size_t i = 0; i < ARRAY_SIZE(blocks) && !b.is_wrong; i++)
		measure(&b, blocks[i], rounds);
	box_client_free(b.client);
	loop_free(b.loop);
	return b.is_wrong ? 4 : 0;
}
