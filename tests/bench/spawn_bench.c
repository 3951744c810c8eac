/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a box costs. Runs /bin/true in several ways, one after the other in each round, and prints
 * the median wall time of each way and its ratio to the first. Interleaving makes a busy moment of
 * the machine hit all ways alike; medians ignore it.
 *
 *   spawn_bench ROUNDS FOLDER_OF_PROGRAMS
 *
 * Ways: plain posix_spawn and wait (the floor); a box of the server, which is started once, from
 * box_start() to its result; `assay-box run` as a whole process, which makes its server and one
 * box; bubblewrap with the same namespaces and no limits or filter, where it is installed.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "sandbox/box.h"

#define MAX_ROUNDS 10000
#define TARGET     "/bin/true"

struct server {
	struct loop *loop;
	struct box_client *client;
	enum box_end end;
	int exit_code;
	char message[200];
};

struct way {
	const char *name;
	const char *argv[12]; /* a process, or none: a box of the server */
	struct server *server;
	int64_t wall_ns[MAX_ROUNDS];
	int is_missing;
};

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double median_us(int64_t *values, int n)
{
	qsort(values, (size_t)n, sizeof(*values), compare);
	int64_t twice = n % 2 ? 2 * values[n / 2] : values[n / 2 - 1] + values[n / 2];

	return (double)twice / 2 / 1000;
}

static int run_process(const char *const *argv)
{
	pid_t pid;
	int status;

	if (posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environ) != 0)
		return -1;
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static void on_done(const struct box_result *result, void *data)
{
	struct server *s = data;

	s->end = result->end;
	s->exit_code = result->exit_code;
	(void)snprintf(s->message, sizeof(s->message), "%s", result->message);
	loop_stop(s->loop);
}

static int run_box(struct server *s, struct err *err)
{
	struct box_spec spec;
	struct box_handle *handle;

	box_spec_init(&spec);
	spec.level = BOX_LEVEL_STANDARD;
	strvec_push(&spec.argv, TARGET);
	int r = box_start(s->client, &spec, on_done, s, &handle, err);

	box_spec_release(&spec);
	if (r < 0 || loop_run(s->loop, err) < 0)
		return -1;
	if (s->end != BOX_EXITED || s->exit_code != 0)
		return err_set(err, ERR_HARNESS, "%s ended as %s %s", TARGET, box_end_name(s->end),
			       s->message);
	return 0;
}

static int run_way(struct way *w, int round, struct err *err)
{
	int64_t start = clock_mono_ns();
	int r = w->server ? run_box(w->server, err) : run_process(w->argv);

	w->wall_ns[round] = clock_mono_ns() - start;
	if (r < 0 && !w->server)
		return err_set(err, ERR_HARNESS, "%s does not run here", w->name);
	return r;
}

static int run_rounds(struct way *ways, size_t n, int rounds)
{
	for (size_t i = 0; i < n; i++) {
		struct err err = { 0 };

		/* Once to warm up, and to find out. */
		ways[i].is_missing = run_way(&ways[i], 0, &err) < 0;
		if (ways[i].is_missing)
			printf("  SKIP: %s: %s\n", ways[i].name, err.msg);
	}
	for (int round = 0; round < rounds; round++) {
		for (size_t i = 0; i < n; i++) {
			struct err err = { 0 };

			if (!ways[i].is_missing && run_way(&ways[i], round, &err) < 0) {
				(void)fprintf(stderr, "spawn_bench: round %d: %s\n", round,
					      err.msg);
				return -1;
			}
		}
	}
	return 0;
}

static void print_ways(struct way *ways, size_t n, int rounds)
{
	double floor_us = 0;

	printf("  %-34s %12s %10s\n", "way to run " TARGET, "median", "ratio");
	for (size_t i = 0; i < n; i++) {
		if (ways[i].is_missing)
			continue;
		double us = median_us(ways[i].wall_ns, rounds);

		if (i == 0)
			floor_us = us;
		printf("  %-34s %9.3f ms %9.2fx\n", ways[i].name, us / 1000, us / floor_us);
	}
}

static int server_init(struct server *s, const char *folder)
{
	struct err err = { 0 };
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/assay-box", folder);
	if (setenv("ASSAY_BOX", path, 0) < 0 || loop_new(&s->loop, &err) < 0 ||
	    box_client_new(s->loop, BOX_LEVEL_STANDARD, &s->client, &err) < 0) {
		(void)fprintf(stderr, "spawn_bench: %s\n", err.msg);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int rounds = argc == 3 ? (int)strtol(argv[1], NULL, 10) : 0;

	if (rounds < 1 || rounds > MAX_ROUNDS) {
		(void)fprintf(stderr, "usage: spawn_bench ROUNDS FOLDER\n");
		return 2;
	}
	char box[4096];
	(void)snprintf(box, sizeof(box), "%s/assay-box", argv[2]);
	static struct server server;
	static struct way ways[] = {
		{ .name = "posix_spawn and wait", .argv = { TARGET } },
		{ .name = "box of the running server", .server = &server },
		{ .name = "assay-box run (whole process)" },
		{ .name = "bwrap --unshare-all (whole process)",
		  .argv = { "/usr/bin/bwrap", "--unshare-all", "--ro-bind", "/", "/", TARGET } },
	};
	const char *run[] = { box, "run", "--", TARGET };
	size_t n = sizeof(ways) / sizeof(ways[0]);

	memcpy(ways[2].argv, run, sizeof(run));
	if (server_init(&server, argv[2]) < 0)
		return 4;
	int r = run_rounds(ways, n, rounds);

	if (r == 0)
		print_ways(ways, n, rounds);
	box_client_free(server.client);
	loop_free(server.loop);
	return r == 0 ? 0 : 4;
}
