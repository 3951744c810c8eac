/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thousands of boxes of one server, a third of them hostile, drawn at random with a seed: is every
 * status right, and is nothing left? Speaks TAP.
 *
 *   soak [--boxes N] [--jobs N] [--seed N] FOLDER
 *
 * FOLDER has `payload`, the program that runs in boxes; warm.py stands beside this source. What the
 * server holds (remains.h) is looked at when it has greeted us, after a start-up in which each row
 * has run on each slot, and at the end. How a row ends
 * is in the table, and no load of the machine makes it end otherwise.
 */
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/loop.h"
#include "base/opt.h"
#include "sandbox/box.h"
#include "sandbox/layers.h"
#include "tests/soak/remains.h"

#define MIB          (1LL << 20)
#define MAX_JOBS     64
#define MAX_SAID     10
#define RSS_SLACK    2048 /* KiB */
#define SETTLE_TRIES 200
#define BIT(end)     (1u << (end))

/* One way to behave, and how it must end. */
struct row {
	const char *way;
	const char *args[3];
	const char *out;  /* all of its output, NULL: any */
	unsigned ends;    /* BITs of enum box_end */
	unsigned watched; /* further ones where no control group counts processes */
	int exit_code;    /* where it exited */
	bool is_python, is_hostile, has_leftovers;
	struct box_limits limits; /* beside the common ones */
};

static const struct row rows[] = {
	{ .way = "hello", .out = "hello\n", .ends = BIT(BOX_EXITED) },
	{ .way = "seven", .ends = BIT(BOX_EXITED), .exit_code = 7 },
	{ .way = "crash", .ends = BIT(BOX_SIGNALED) },
	{ .way = "total",
	  .args = { "20", "22" },
	  .out = "42\n",
	  .ends = BIT(BOX_EXITED),
	  .is_python = true },
	{ .way = "wrong", .ends = BIT(BOX_EXITED), .exit_code = 1, .is_python = true },
	{ .way = "memory", .ends = BIT(BOX_MEMORY_LIMIT), .is_hostile = true },
	{ .way = "flood", .ends = BIT(BOX_OUTPUT_LIMIT), .is_hostile = true },
	/* without a group a fork is refused unseen */
	{ .way = "forks",
	  .ends = BIT(BOX_PROCESS_LIMIT),
	  .watched = BIT(BOX_EXITED),
	  .exit_code = 3,
	  .is_hostile = true },
	/* thousands of forks a moment take the kernel's memory, and that counts */
	{ .way = "bomb",
	  .ends = BIT(BOX_CPU_LIMIT) | BIT(BOX_WALL_LIMIT) | BIT(BOX_MEMORY_LIMIT),
	  .is_hostile = true,
	  .limits = { .cpu_ms = 20, .wall_ms = 200 } },
	{ .way = "orphan", .ends = BIT(BOX_EXITED), .is_hostile = true, .has_leftovers = true },
	{ .way = "descriptors", .ends = BIT(BOX_EXITED), .is_hostile = true },
	{ .way = "disk", .ends = BIT(BOX_DISK_LIMIT), .exit_code = 4, .is_hostile = true },
	{ .way = "shared_memory", .ends = BIT(BOX_DISK_LIMIT), .exit_code = 4, .is_hostile = true },
	{ .way = "inodes", .ends = BIT(BOX_DISK_LIMIT), .exit_code = 4, .is_hostile = true },
	{ .way = "refused", .ends = BIT(BOX_FORBIDDEN), .exit_code = 5, .is_hostile = true },
	{ .way = "spin",
	  .ends = BIT(BOX_CPU_LIMIT),
	  .is_hostile = true,
	  .limits = { .cpu_ms = 20 } },
	{ .way = "sleep",
	  .ends = BIT(BOX_WALL_LIMIT),
	  .is_hostile = true,
	  .limits = { .wall_ms = 20 } },
	{ .way = "stopped",
	  .ends = BIT(BOX_WALL_LIMIT),
	  .is_hostile = true,
	  .limits = { .wall_ms = 20 } },
	{ .way = "memory", .ends = BIT(BOX_MEMORY_LIMIT), .is_hostile = true, .is_python = true },
	{ .way = "flood", .ends = BIT(BOX_OUTPUT_LIMIT), .is_hostile = true, .is_python = true },
	{ .way = "forks",
	  .ends = BIT(BOX_PROCESS_LIMIT),
	  .watched = BIT(BOX_EXITED),
	  .exit_code = 3,
	  .is_hostile = true,
	  .is_python = true,
	  .limits = { .mem_bytes = 256 * MIB } },
	{ .way = "orphan",
	  .ends = BIT(BOX_EXITED),
	  .is_hostile = true,
	  .has_leftovers = true,
	  .is_python = true },
	{ .way = "disk",
	  .ends = BIT(BOX_DISK_LIMIT),
	  .exit_code = 4,
	  .is_hostile = true,
	  .is_python = true },
	{ .way = "spin",
	  .ends = BIT(BOX_CPU_LIMIT),
	  .is_hostile = true,
	  .is_python = true,
	  .limits = { .cpu_ms = 20 } },
	{ .way = "sleep",
	  .ends = BIT(BOX_WALL_LIMIT),
	  .is_hostile = true,
	  .is_python = true,
	  .limits = { .wall_ms = 20 } },
};
#define N_ROWS ((int)ARRAY_SIZE(rows))

static struct {
	int64_t boxes, jobs, seed;
} args = { .boxes = 500, .jobs = 1, .seed = 1 };

static const struct opt opts[] = {
	{ .type = OPT_INT,
	  .name = "boxes",
	  .value = &args.boxes,
	  .arg = "N",
	  .help = "how many [500]",
	  .min = 1,
	  .max = 10000000 },
	{ .type = OPT_INT,
	  .name = "jobs",
	  .value = &args.jobs,
	  .arg = "N",
	  .help = "at one time [1]",
	  .min = 1,
	  .max = MAX_JOBS },
	{ .type = OPT_INT,
	  .name = "seed",
	  .value = &args.seed,
	  .arg = "N",
	  .help = "of the mix [1]",
	  .min = 0,
	  .max = INT64_MAX },
	{ 0 },
};

static const struct opt_command command = {
	.program = "soak",
	.synopsis = "[options] FOLDER",
	.about = "Many boxes of one server, a third of them hostile.",
	.opts = opts,
};

struct soak;

struct slot {
	struct soak *soak;
	const struct row *row; /* NULL: free */
	int64_t number, began_ns;
};

struct soak {
	struct loop *loop;
	struct box_client *client;
	struct slot slots[MAX_JOBS];
	int payload, script;
	uint64_t template_id;
	uint64_t random;
	char name[16]; /* of the program in boxes, to be found by */
	int n_busy;
	const struct row *slowest;
	int64_t slowest_ns; /* from its request to its answer */
	int64_t n_started, n_wrong, n_hostile, n_warm, n_python;
	int n_tests, n_failed;
};

/* ---- TAP ---- */

static void result(struct soak *s, bool ok, const char *name)
{
	s->n_failed += !ok;
	printf("%s %d - %s\n", ok ? "ok" : "not ok", ++s->n_tests, name);
	(void)fflush(stdout);
}

static _Noreturn void give_up(const struct err *err)
{
	(void)fprintf(stderr, "soak: %s\n", err->msg);
	exit(4);
}

/* ---- a box ---- */

/* xorshift64*: the same mix for the same seed everywhere. */
static uint32_t draw(struct soak *s, uint32_t n)
{
	s->random ^= s->random >> 12;
	s->random ^= s->random << 25;
	s->random ^= s->random >> 27;
	return (uint32_t)((s->random * 2685821657736338717ULL) >> 33) % n;
}

/* Every third is hostile. */
static const struct row *draw_row(struct soak *s)
{
	bool is_hostile = draw(s, 3) == 0;
	const struct row *row;

	do
		row = &rows[draw(s, N_ROWS)];
	while (row->is_hostile != is_hostile);
	return row;
}

static void fill_limits(const struct row *row, struct box_limits *l)
{
	*l = row->limits;
	l->wall_ms = l->wall_ms ? l->wall_ms : 30000;
	l->cpu_ms = l->cpu_ms ? l->cpu_ms : 10000;
	l->mem_bytes = l->mem_bytes ? l->mem_bytes : (row->is_python ? 48 : 16) * MIB;
	l->processes = 16;
	l->disk_bytes = 4 * MIB;
	l->file_bytes = 8 * MIB;
	l->disk_inodes = 256;
	l->output_bytes = MIB / 4;
	l->open_files = 64;
	l->keep_bytes = 4096;
}

static void outfit(const struct soak *s, const struct row *row, char *path, struct box_spec *spec)
{
	static const char *const python[] = { "/usr/bin/python3", "-I", "-S", "-B",
					      "/box/warm.py" };

	box_spec_init(spec);
	fill_limits(row, &spec->limits);
	if (row->is_python) {
		for (size_t i = 0; i < ARRAY_SIZE(python); i++)
			strvec_push(&spec->argv, python[i]);
		spec->template_id = s->template_id;
	} else {
		strvec_push(&spec->argv, path);
	}
	spec->files[spec->n_files++] = (struct box_file){
		.path = row->is_python ? "/box/warm.py" : path,
		.fd = row->is_python ? s->script : s->payload,
		.is_executable = !row->is_python,
	};
	strvec_push(&spec->argv, row->way);
	for (int i = 0; i < 3 && row->args[i]; i++)
		strvec_push(&spec->argv, row->args[i]);
}

static const char *fault_of(const struct row *row, const struct box_result *r)
{
	bool is_watched = !(r->layers & LAYER_BIT(LAYER_CGROUP_PIDS));
	unsigned ends = row->ends | (is_watched ? row->watched : 0);

	if (!(ends & BIT(r->end)))
		return "end";
	if ((r->end == BOX_EXITED || r->end == BOX_PROCESS_LIMIT || r->end == BOX_DISK_LIMIT ||
	     r->end == BOX_FORBIDDEN) &&
	    r->exit_code != row->exit_code)
		return "exit status";
	if (row->out &&
	    (r->out.len != strlen(row->out) || memcmp(r->out.buf, row->out, r->out.len) != 0))
		return "output";
	if (row->has_leftovers && r->leftovers == 0)
		return "processes left behind";
	return NULL;
}

static void on_done(const struct box_result *r, void *data)
{
	struct slot *slot = data;
	struct soak *s = slot->soak;
	const struct row *row = slot->row;
	const char *fault = fault_of(row, r);
	int64_t took_ns = clock_mono_ns() - slot->began_ns;

	if (took_ns > s->slowest_ns) {
		s->slowest_ns = took_ns;
		s->slowest = row;
	}
	if (fault && s->n_wrong++ < MAX_SAID)
		printf("# box %lld, %s%s: %s: %s, exit %d, signal %d, %lld ms, %lld ms CPU, %lld "
		       "KiB, "
		       "%d left, output \"%.60s\" \"%.200s\" %s\n",
		       (long long)slot->number, row->is_python ? "python " : "", row->way, fault,
		       box_end_name(r->end), r->exit_code, r->signal,
		       (long long)(r->wall_ns / NS_PER_MS), (long long)(r->cpu_ns / NS_PER_MS),
		       (long long)(r->peak_bytes / 1024), r->leftovers, strbuf_str(&r->out),
		       strbuf_str(&r->err), r->message);
	s->n_hostile += row->is_hostile;
	s->n_python += row->is_python;
	s->n_warm += r->is_warm;
	s->n_busy--;
	slot->row = NULL;
}

static void start(struct soak *s, struct slot *slot, const struct row *row)
{
	char path[64];
	struct box_spec spec;
	struct box_handle *handle;
	struct err err = { 0 };

	(void)snprintf(path, sizeof(path), "/work/%s", s->name);
	outfit(s, row, path, &spec);
	*slot = (struct slot){
		.soak = s, .row = row, .number = s->n_started++, .began_ns = clock_mono_ns()
	};
	s->n_busy++;
	if (box_start(s->client, &spec, on_done, slot, &handle, &err) < 0)
		give_up(&err);
	box_spec_release(&spec);
}

/* `n` boxes on all slots: one row after the other, or at random. */
static void run(struct soak *s, int64_t n, bool is_random)
{
	struct err err = { 0 };

	for (int64_t started = 0; started < n || s->n_busy > 0;) {
		for (int i = 0; i < args.jobs && started < n; i++) {
			if (s->slots[i].row)
				continue;
			start(s, &s->slots[i],
			      is_random ? draw_row(s) : &rows[started / args.jobs % N_ROWS]);
			started++;
		}
		if (loop_step(s->loop, -1, &err) < 0)
			give_up(&err);
	}
}

/* ---- set-up ---- */

static int open_text(const char *folder, const char *name)
{
	auto_strbuf path = { 0 };
	auto_strbuf text = { 0 };
	struct err err = { 0 };
	int fd = -1;

	fs_join(&path, folder, name);
	if (fs_read_file(strbuf_str(&path), 16 * MIB, &text, &err) == 0)
		fd = fs_memfd(name, text.buf, text.len, &err);
	if (fd < 0)
		give_up(&err);
	return fd;
}

static void declare_template(struct soak *s)
{
	static const struct row none = { .is_python = true, .way = "template" };
	struct box_spec spec;
	struct err err = { 0 };

	outfit(s, &none, NULL, &spec);
	free(spec.argv.v[--spec.argv.n]);
	spec.argv.v[spec.argv.n] = NULL;
	if (box_template(s->client, "soak", &spec, &err) < 0)
		give_up(&err);
	box_spec_release(&spec);
	s->template_id = box_template_id(s->client, "soak", NULL);
}

static void set_up(struct soak *s, const char *folder)
{
	struct err err = { 0 };

	s->random = (uint64_t)args.seed * 2 + 88172645463325252ULL;
	(void)snprintf(s->name, sizeof(s->name), "soak%d", getpid());
	s->payload = open_text(folder, "payload");
	s->script = open_text(folder, "warm.py");
	if (loop_new(&s->loop, &err) < 0)
		give_up(&err);
	if (box_client_new(s->loop, BOX_LEVEL_STANDARD, &s->client, &err) < 0) {
		printf("1..0 # SKIP no box can be made here: %s\n", err.msg);
		exit(0);
	}
}

/* ---- the checks ---- */

static void look(const struct soak *s, struct remains *r)
{
	remains_look(box_client_pid(s->client), s->name, r);
}

/* Lets the server finish what it does after an answer: until two looks see the same. */
static void look_quiet(const struct soak *s, struct remains *ret)
{
	struct remains last;
	struct err err = { 0 };

	look(s, ret);
	for (int i = 0; i < SETTLE_TRIES; i++) {
		last = *ret;
		if (loop_step(s->loop, 20, &err) < 0)
			give_up(&err);
		look(s, ret);
		if (!memcmp(&last, ret, sizeof(last)))
			return;
	}
}

static void tell(const char *when, const struct remains *r)
{
	printf("# %s:", when);
	for (int i = 0; i < REMAINS_COUNT; i++)
		printf("%s %ld %s", i ? "," : "", r->n[i], remains_name((enum remains_what)i));
	printf("\n");
}

static void check_end(struct soak *s)
{
	struct remains after;
	pid_t server = box_client_pid(s->client);

	box_client_free(s->client);
	remains_look(server, s->name, &after);
	tell("when the server has ended", &after);
	result(s, after.n[REMAINS_PROCESSES] == 0 && after.n[REMAINS_STRAYS] == 0,
	       "no process outlives the server");
	result(s, after.n[REMAINS_GROUPS] == 0, "no control group outlives the server");
}

static void soak(struct soak *s)
{
	static const struct remains slack = {
		.n = { [REMAINS_SERVER_KIB] = RSS_SLACK, [REMAINS_LARGEST_KIB] = RSS_SLACK }
	};
	struct remains first, before, after;
	int64_t began;
	char name[128];

	look(s, &first);
	tell("at the start", &first);
	declare_template(s);
	run(s, (int64_t)2 * N_ROWS * args.jobs, false);
	result(s, s->n_wrong == 0, "every row ends as the table says, on each slot");
	s->n_wrong = s->n_hostile = s->n_python = s->n_warm = s->slowest_ns = 0;
	look_quiet(s, &before);
	tell("started up", &before);
	began = clock_mono_ns();
	run(s, args.boxes, true);
	printf("# %lld boxes, %lld hostile, %lld warm of %lld in Python, %lld at a time: %.1f s\n",
	       (long long)args.boxes, (long long)s->n_hostile, (long long)s->n_warm,
	       (long long)s->n_python, (long long)args.jobs,
	       (double)(clock_mono_ns() - began) / NS_PER_SEC);
	printf("# the slowest took %lld ms: %s%s\n", (long long)(s->slowest_ns / NS_PER_MS),
	       s->slowest->is_python ? "python " : "", s->slowest->way);
	(void)snprintf(name, sizeof(name), "%lld boxes, %lld at a time: no status is wrong",
		       (long long)args.boxes, (long long)args.jobs);
	result(s, s->n_wrong == 0, name);
	result(s, s->n_warm == 0 || s->n_warm == s->n_python,
	       "warm starts stay warm from the first to the last");
	look_quiet(s, &after);
	int more = remains_compare(&before, &after, &slack);

	tell("at the end", &after);
	(void)snprintf(name, sizeof(name), "nothing has leaked%s%s", more >= 0 ? ": " : "",
		       more >= 0 ? remains_name((enum remains_what)more) : "");
	result(s, more < 0, name);
	result(s, after.n[REMAINS_SERVER_KIB] <= first.n[REMAINS_SERVER_KIB] + RSS_SLACK,
	       "the server is within 2 MiB of its size at the start");
	check_end(s);
}

/* So that what others mount meanwhile is not taken for ours; an ordinary user cannot, nor mount. */
static void leave_mounts_of_others(void)
{
	if (unshare(CLONE_NEWNS) == 0)
		(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

int main(int argc, char **argv)
{
	static struct soak s;
	auto_strvec operands = { 0 };
	struct err err = { 0 };
	int r = opt_parse(&command, argc, argv, false, &operands, &err);

	if (r != 0 || operands.n != 1) {
		(void)fprintf(stderr, "soak: %s\n", r < 0 ? err.msg : "one FOLDER is needed");
		return 2;
	}
	leave_mounts_of_others();
	set_up(&s, operands.v[0]);
	soak(&s);
	printf("1..%d\n", s.n_tests);
	loop_free(s.loop);
	return s.n_failed > 0;
}
