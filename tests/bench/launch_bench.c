/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times ways to launch programs, interleaved. It decides nothing and judges nothing: others tell it
 * the ways and make tables of what it prints (tests/bench/launch.py).
 *
 *   launch_bench ROUNDS BATCH WINDOWS WINDOW_MS WORKERS <WAYS
 *
 * A line of WAYS is tab-separated: a kind, a name, arguments.
 *
 *   process    NAME PROGRAM ARGUMENT...  vfork(), exec and wait; an argument "@" becomes a name
 *                                        that no other worker has
 *   process-in NAME FILE PROGRAM ...     the same, in the mount namespace that FILE stands for
 *   box        NAME PROGRAM ARGUMENT...  a box of the server, which is started once
 *   given      NAME FILE                 the same, of a program that is given to the box as a file
 *   cases      NAME FILE FOLDER COUNT    COUNT boxes of it, one after the other, each with a text
 *                                        FOLDER/in.I as its input and FOLDER/want.I as its output
 *   compile    NAME SOURCE               a box that compiles a C source
 *   cached-compile NAME SOURCE           the same by way of a cache, which has it from the second
 *                                        time on
 *   strict-box, strict-given             as above, at the isolation level "strict"
 *
 * Each of ROUNDS visits all ways in a new order, so that a busy moment of the machine and the
 * leavings of one way hit all others alike. A visit launches BATCH + 1 times in a row and drops the
 * first. Then, WINDOWS times, each way is launched again and again for WINDOW_MS, by one worker and
 * by WORKERS at once, each on a CPU of its own (for boxes: that many under way). Printed are
 *
 *   latency NAME NS,NS,...             each launch, from its start to its result
 *   rate    NAME WORKERS N,N,...       launches a second, of each window
 *   skip    NAME REASON                what does not run here
 */
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/loop.h"
#include "sandbox/box.h"
#include "sandbox/cache.h"
#include "way.h"

#define MAX_WAYS    40
#define MAX_WORKERS 64

struct config {
	long rounds, batch, windows, window_ms, workers;
};

struct bench {
	struct config config;
	struct loop *loop;
	struct box_client *client;
	struct box_cache *cache;
	char folder[64]; /* of the cache */
	FILE *out;
	struct way ways[MAX_WAYS];
	size_t n_ways;
	struct err fault; /* of the box that ended last */
	bool is_failed;
	long n_running, n_done;
	const struct strbuf *want; /* what its output must be, if anything */
};

/* ---- processes ---- */

/*
 * The child of vfork() touches nothing but its arguments. posix_spawn() would be a little slower
 * than what a sandbox can do itself, and so a floor too high.
 */
static pid_t launch(char *const *argv, int namespace_fd)
{
	pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */

	if (pid == 0) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Vfork): a system call and no more */
		if (namespace_fd < 0 || setns(namespace_fd, CLONE_NEWNS) == 0)
			(void)execve(argv[0], argv, environ);
		_exit(127);
	}
	return pid;
}

static int run_process(const struct way *w, struct err *err)
{
	char *const *argv = w->args.v + w->first;
	pid_t pid = launch(argv, w->namespace_fd);
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return err_sys(err, "launch %s", argv[0]);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(err, ERR_HARNESS, "%s ends with wait status %#x", argv[0],
			       (unsigned)status);
	return 0;
}

/* ---- boxes ---- */

static void on_done(const struct box_result *result, void *data)
{
	struct bench *b = data;
	bool is_good = result->end == BOX_EXITED && result->exit_code == 0;

	b->n_running--;
	b->n_done++;
	if (!is_good)
		(void)err_set(&b->fault, ERR_HARNESS, "a box ended as %s, exit code %d: %s",
			      box_end_name(result->end), result->exit_code, result->message);
	else if (b->want && (result->out.len != b->want->len ||
			     memcmp(result->out.buf, b->want->buf, b->want->len) != 0))
		(void)err_set(&b->fault, ERR_HARNESS, "the output of a box is wrong");
	else if (result->n_outs && result->outs[0].state != BOX_OUT_KEPT)
		(void)err_set(&b->fault, ERR_HARNESS, "a file did not come back");
	else
		return;
	b->is_failed = true;
}

static int start_box(struct bench *b, const struct way *w, struct err *err)
{
	const struct box_cache_use use = { 0 };
	struct box_cached_job job = { .spec = &w->spec, .use = &use, .done = on_done, .data = b };
	struct box_handle *handle;
	struct box_cached *cached;

	b->n_running++;
	if (w->is_cached)
		return box_cached(b->cache, b->client, &job, &cached, err);
	return box_start(b->client, &w->spec, on_done, b, &handle, err);
}

static int wait_boxes(struct bench *b, long at_most, struct err *err)
{
	while (b->n_running > at_most)
		if (loop_step(b->loop, -1, err) < 0)
			return -1;
	if (b->is_failed)
		*err = b->fault;
	return b->is_failed ? -1 : 0;
}

static int run_box(struct bench *b, const struct way *w, struct err *err)
{
	if (start_box(b, w, err) < 0)
		return -1;
	return wait_boxes(b, 0, err);
}

static int run_cases(struct bench *b, struct way *w, struct err *err)
{
	for (int i = 0; i < w->n_cases; i++) {
		int p[2];

		if (pipe2(p, O_CLOEXEC) < 0)
			return err_sys(err, "pipe");
		int r = fs_write_all(p[1], w->in[i].buf, w->in[i].len, err);

		(void)close(p[1]);
		w->spec.stdin_fd = p[0];
		b->want = &w->want[i];
		if (r == 0)
			r = run_box(b, w, err);
		b->want = NULL;
		(void)close(p[0]);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* ---- latency ---- */

static int run_way(struct bench *b, struct way *w, struct err *err)
{
	if (!w->is_box)
		return run_process(w, err);
	return w->n_cases ? run_cases(b, w, err) : run_box(b, w, err);
}

static int visit(struct bench *b, struct way *w, struct err *err)
{
	for (long i = 0; i <= b->config.batch; i++) {
		int64_t start = clock_mono_ns();

		if (run_way(b, w, err) < 0)
			return -1;
		if (i > 0)
			w->ns[w->n++] = clock_mono_ns() - start;
	}
	return 0;
}

static void shuffle(size_t *order, size_t n)
{
	static uint32_t state = 2463534242U; /* the same orders in each run */

	for (size_t i = n; i > 1; i--) {
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		size_t other = state % i, kept = order[i - 1];

		order[i - 1] = order[other];
		order[other] = kept;
	}
}

/* Once each, to warm up and to find out what runs here. */
static void probe(struct bench *b)
{
	for (size_t i = 0; i < b->n_ways; i++) {
		struct err err = { 0 };
		struct way *w = &b->ways[i];

		w->is_missing = run_way(b, w, &err) < 0;
		if (w->is_missing)
			(void)fprintf(b->out, "skip\t%s\t%s\n", w->name, err.msg);
		b->is_failed = false;
		w->ns = xcalloc((size_t)(b->config.rounds * b->config.batch) + 1, sizeof(*w->ns));
	}
}

static int measure_latency(struct bench *b, struct err *err)
{
	size_t order[MAX_WAYS] = { 0 };

	for (size_t i = 0; i < b->n_ways; i++)
		order[i] = i;
	for (long round = 0; round < b->config.rounds; round++) {
		shuffle(order, b->n_ways);
		for (size_t i = 0; i < b->n_ways; i++) {
			struct way *w = &b->ways[order[i]];

			if (!w->is_missing && visit(b, w, err) < 0)
				return err_wrap(err, "%s", w->name);
		}
	}
	return 0;
}

static void print_latency(const struct bench *b)
{
	for (size_t i = 0; i < b->n_ways; i++) {
		const struct way *w = &b->ways[i];

		if (w->n == 0)
			continue;
		(void)fprintf(b->out, "latency\t%s\t", w->name);
		for (long k = 0; k < w->n; k++)
			(void)fprintf(b->out, "%s%lld", k ? "," : "", (long long)w->ns[k]);
		(void)fputc('\n', b->out);
	}
}

/* ---- rate ---- */

struct tally {
	long n;
	int64_t ns;
};

/* Worker i has the i-th CPU of those that may be used, as a slot of the server has its own. */
static void pin_worker(long i)
{
	cpu_set_t all, one;
	int cpu = -1;

	if (sched_getaffinity(0, sizeof(all), &all) < 0 || CPU_COUNT(&all) == 0)
		return;
	for (long left = i % CPU_COUNT(&all); left >= 0; left--)
		do
			cpu++;
		while (!CPU_ISSET(cpu, &all));
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	(void)sched_setaffinity(0, sizeof(one), &one);
}

/* A worker launches until the time is over; its last launch counts, and so does its time. */
static _Noreturn void work(struct way *w, int64_t window_ns, struct tally *ret)
{
	struct err err;
	struct tally tally = { 0 };

	way_name_launch(w);
	int r = run_process(w, &err);
	int64_t start = clock_mono_ns();

	while (r == 0 && tally.ns < window_ns) {
		r = run_process(w, &err);
		tally.n++;
		tally.ns = clock_mono_ns() - start;
	}
	if (r == 0)
		*ret = tally;
	_exit(r == 0 ? 0 : 1);
}

static int rate_of_processes(const struct bench *b, struct way *w, long workers, double *ret,
			     struct err *err)
{
	struct tally *tallies = mmap(NULL, sizeof(*tallies) * MAX_WORKERS, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[MAX_WORKERS];
	double rate = 0;
	long n_good = 0;

	if (tallies == MAP_FAILED)
		return err_sys(err, "memory for %ld workers", workers);
	for (long i = 0; i < workers; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			pin_worker(i);
			work(w, b->config.window_ms * NS_PER_MS, &tallies[i]);
		}
	}
	for (long i = 0; i < workers; i++) {
		if (pids[i] < 0 || waitpid(pids[i], NULL, 0) < 0 || tallies[i].n == 0)
			continue;
		n_good++;
		rate += (double)tallies[i].n * 1e9 / (double)tallies[i].ns;
	}
	(void)munmap(tallies, sizeof(*tallies) * MAX_WORKERS);
	if (n_good != workers)
		return err_set(err, ERR_HARNESS, "%ld of %ld workers failed", workers - n_good,
			       workers);
	*ret = rate;
	return 0;
}

/* One box more is awaited after the time is over, and then those that are left, uncounted. */
static int rate_of_boxes(struct bench *b, const struct way *w, long workers, double *ret,
			 struct err *err)
{
	int64_t start = clock_mono_ns(), now = start;
	int64_t end = start + b->config.window_ms * NS_PER_MS;

	b->n_done = 0;
	while (now < end) {
		while (b->n_running < workers)
			if (start_box(b, w, err) < 0)
				return -1;
		if (wait_boxes(b, workers - 1, err) < 0)
			return -1;
		now = clock_mono_ns();
	}
	*ret = (double)b->n_done * 1e9 / (double)(now - start);
	return wait_boxes(b, 0, err);
}

static int measure_rate(struct bench *b, struct way *w, long workers, struct err *err)
{
	double rate = 0;
	int r = w->is_box ? rate_of_boxes(b, w, workers, &rate, err)
			  : rate_of_processes(b, w, workers, &rate, err);

	if (r < 0)
		return err_wrap(err, "%s, %ld at once", w->name, workers);
	(void)fprintf(b->out, "rate\t%s\t%ld\t%.1f\n", w->name, workers, rate);
	return 0;
}

static int measure_rates(struct bench *b, struct err *err)
{
	for (long k = 0; k < b->config.windows; k++)
		for (size_t i = 0; i < b->n_ways; i++) {
			struct way *w = &b->ways[i];

			if (w->is_missing || w->n_cases)
				continue;
			if (measure_rate(b, w, 1, err) < 0)
				return -1;
			if (b->config.workers > 1 && measure_rate(b, w, b->config.workers, err) < 0)
				return -1;
		}
	return 0;
}

static int read_ways(struct bench *b, struct err *err)
{
	struct strbuf sb = { 0 };
	struct strvec lines = { 0 };

	if (fs_read_fd(0, 1 << 20, &sb, err) < 0)
		return -1;
	strvec_split(&lines, sb.buf ? sb.buf : "", "\n");
	int r = 0;

	if (lines.n > MAX_WAYS)
		r = err_set(err, ERR_USAGE, "more than %d ways", MAX_WAYS);
	for (size_t i = 0; r == 0 && i < lines.n; i++)
		r = way_parse(&b->ways[b->n_ways++], lines.v[i], err);
	strvec_release(&lines);
	strbuf_release(&sb);
	return r;
}

/* ---- the program ---- */

/* Results have a descriptor of their own, so that nothing that is launched can write among them. */
static int separate_streams(struct bench *b, struct err *err)
{
	int fd = fcntl(1, F_DUPFD_CLOEXEC, 3);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		return err_sys(err, "/dev/null");
	(void)close(null);
	b->out = fdopen(fd, "w");
	return b->out ? 0 : err_sys(err, "standard output");
}

/* In memory where that is possible, as disks are kept waiting by others. */
static int make_cache(struct bench *b, struct err *err)
{
	(void)snprintf(b->folder, sizeof(b->folder), "%s/assay-bench-XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(b->folder)) {
		b->folder[0] = 0;
		return err_sys(err, "a folder for a cache");
	}
	return box_cache_open(b->folder, 0, &b->cache, err);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int bench(struct bench *b, struct err *err)
{
	if (read_ways(b, err) < 0 || separate_streams(b, err) < 0 || loop_new(&b->loop, err) < 0 ||
	    make_cache(b, err) < 0 ||
	    box_client_new(b->loop, BOX_LEVEL_STANDARD, &b->client, err) < 0)
		return -1;
	probe(b);
	if (measure_latency(b, err) < 0)
		return -1;
	print_latency(b);
	return measure_rates(b, err);
}

static void bench_release(struct bench *b)
{
	box_client_free(b->client);
	box_cache_free(b->cache);
	if (b->folder[0])
		(void)nftw(b->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	loop_free(b->loop);
	if (b->out)
		(void)fclose(b->out);
	for (size_t i = 0; i < b->n_ways; i++)
		way_release(&b->ways[i]);
}

static int parse_number(const char *text, long min, long max, long *ret)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end || end == text || n < min || n > max)
		return -1;
	*ret = n;
	return 0;
}

int main(int argc, char **argv)
{
	static struct bench b;
	struct config *c = &b.config;
	struct err err = { 0 };

	if (argc != 6 || parse_number(argv[1], 0, 100000, &c->rounds) < 0 ||
	    parse_number(argv[2], 1, 1000, &c->batch) < 0 ||
	    parse_number(argv[3], 0, 1000, &c->windows) < 0 ||
	    parse_number(argv[4], 1, 60000, &c->window_ms) < 0 ||
	    parse_number(argv[5], 1, MAX_WORKERS, &c->workers) < 0) {
		(void)fprintf(stderr, "usage: launch_bench ROUNDS BATCH WINDOWS WINDOW_MS WORKERS "
				      "<WAYS\n");
		return 2;
	}
	int r = bench(&b, &err);

	if (r < 0)
		(void)fprintf(stderr, "launch_bench: %s\n", err.msg);
	bench_release(&b);
	return r == 0 ? 0 : 4;
}
