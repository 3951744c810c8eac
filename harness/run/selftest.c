/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks from a table, in boxes, one after the other. */
#include "harness/run/selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/embed.h"
#include "base/loop.h"
#include "base/opt.h"
#include "base/strvec.h"
#include "harness/run/selftest_targets.h"
#include "sandbox/layers.h"

EMBED(asset_attacks_table, "sandbox/selftest/attacks.table");

#define COLUMNS     7
#define NAME_PREFIX "self:"
#define BOX_PROGRAM "/box/attacks"
#define ANY         "any"
#define REACHED     "REACHED"
#define SKIP        "SKIP "
#define LINE_SHOWN  80
#define GRACE_NS    (5 * NS_PER_SEC)

static const char *const verdict_names[] = {
	[SELFTEST_HELD] = "held",
	[SELFTEST_BROKEN] = "broken",
	[SELFTEST_SKIPPED] = "skipped",
};
_Static_assert(ARRAY_SIZE(verdict_names) == SELFTEST_VERDICTS, "a name for each verdict");

const char *selftest_verdict_name(enum selftest_verdict verdict)
{
	return verdict_names[verdict];
}

/* ---- the table ---- */

/* Cuts a line at " | "; cells are without blanks around them. */
static int split_cells(struct arena *a, const char *line, size_t len, const char *cells[COLUMNS])
{
	const char *end = line + len;
	int n = 0;

	while (n < COLUMNS) {
		const char *stop = memmem(line, (size_t)(end - line), " | ", 3);
		const char *last = stop ? stop : end;

		while (line < last && *line == ' ')
			line++;
		while (last > line && last[-1] == ' ')
			last--;
		cells[n++] = arena_strndup(a, line, (size_t)(last - line));
		if (!stop)
			return n;
		line = stop + 3;
	}
	return n + 1;
}

static int parse_row(struct selftest *t, const char *line, size_t len, int number, struct err *err)
{
	const char *c[COLUMNS];

	if (split_cells(&t->arena, line, len, c) != COLUMNS ||
	    strncmp(c[1], NAME_PREFIX, strlen(NAME_PREFIX)) != 0)
		return err_set(err, ERR_HARNESS, "line %d of the attacks is no row", number);
	if (t->n == SELFTEST_MAX_ROWS)
		return err_set(err, ERR_HARNESS, "more than %d attacks", SELFTEST_MAX_ROWS);
	t->rows[t->n++] = (struct selftest_row){ .class = c[0],
						 .name = c[1] + strlen(NAME_PREFIX),
						 .limits = c[2],
						 .ends = c[3],
						 .forbidden = c[4],
						 .layers = c[5],
						 .about = c[6] };
	return 0;
}

int selftest_parse(const char *table, struct selftest *ret, struct err *err)
{
	int number = 1;

	for (const char *p = table; *p; number++) {
		size_t len = strcspn(p, "\n");

		if (len > 0 && *p != '#' && parse_row(ret, p, len, number, err) < 0)
			return -1;
		p += len + (p[len] == '\n');
	}
	return 0;
}

int selftest_limits(const char *words, struct box_limits *ret, struct err *err)
{
	struct box_limits l = { 0 };
	const struct opt opts[] = {
		{ OPT_TIME, "wall", 0, &l.wall_ms, "TIME", "", 1, 86400000 },
		{ OPT_TIME, "cpu", 0, &l.cpu_ms, "TIME", "", 1, 86400000 },
		{ OPT_SIZE, "mem", 0, &l.mem_bytes, "SIZE", "", 1 << 20, 1LL << 46 },
		{ OPT_INT, "processes", 0, &l.processes, "N", "", 1, 4000000 },
		{ OPT_SIZE, "disk", 0, &l.disk_bytes, "SIZE", "", 4096, 1LL << 46 },
		{ OPT_INT, "inodes", 0, &l.disk_inodes, "N", "", 1, 1LL << 31 },
		{ OPT_SIZE, "file-size", 0, &l.file_bytes, "SIZE", "", 1, 1LL << 46 },
		{ OPT_SIZE, "output", 0, &l.output_bytes, "SIZE", "", 1, 1LL << 46 },
		{ OPT_INT, "open-files", 0, &l.open_files, "N", "", 8, 1048576 },
		{ OPT_SIZE, "stack", 0, &l.stack_bytes, "SIZE", "", 65536, 1LL << 40 },
		{ .type = OPT_END },
	};
	const struct opt_command command = { .program = "limits of an attack", .opts = opts };
	auto_strvec argv = { 0 };
	auto_strvec operands = { 0 };

	strvec_push(&argv, "limits");
	strvec_split(&argv, words, " ");
	if (opt_parse(&command, (int)argv.n, argv.v, false, &operands, err) != 0)
		return -1;
	if (operands.n > 0)
		return err_set(err, ERR_HARNESS, "'%s' is no limit", operands.v[0]);
	*ret = l;
	return 0;
}

/* ---- how a box ended ---- */

/* Below another filter that one answers first, and what it refuses is not told to us. */
static bool is_filtered(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2;
}

static bool condition_holds(const char *word, size_t len, uint32_t layers)
{
	bool is_counted = (layers & LAYER_BIT(LAYER_CGROUP_MEMORY)) &&
			  (layers & LAYER_BIT(LAYER_CGROUP_PIDS));
	const struct {
		const char *word;
		bool holds;
	} rows[] = {
		{ "cgroup", is_counted },
		{ "watched", !is_counted },
		{ "filtered", is_filtered() },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strlen(rows[i].word) == len && !strncmp(word, rows[i].word, len))
			return rows[i].holds;
	}
	return false;
}

bool selftest_accepts(const char *ends, const struct box_result *r, uint32_t layers)
{
	char with_code[48];
	const char *name = box_end_name(r->end);

	(void)snprintf(with_code, sizeof(with_code), "%s:%d", name, r->exit_code);
	for (const char *p = ends; *p;) {
		size_t len = strcspn(p, ",");
		size_t end = strcspn(p, ",@");
		bool fits = (end == strlen(ANY) && !strncmp(p, ANY, end)) ||
			    (strlen(name) == end && !strncmp(p, name, end)) ||
			    (r->end == BOX_EXITED && strlen(with_code) == end &&
			     !strncmp(p, with_code, end));

		if (fits && (end == len || condition_holds(p + end + 1, len - end - 1, layers)))
			return true;
		p += len + (p[len] == ',');
	}
	return false;
}

static void set_verdict(struct selftest *t, struct selftest_row *row, enum selftest_verdict v,
			const char *why)
{
	row->verdict = v;
	row->why = why;
	t->count[v]++;
}

/* What a program says about itself, as text for people. */
static const char *first_line(struct selftest *t, const char *text)
{
	char shown[LINE_SHOWN];
	auto_free char *line = xstrndup(text, strcspn(text, "\n"));

	(void)err_escape(shown, sizeof(shown), line);
	return arena_strdup(&t->arena, shown);
}

static void judge(struct selftest *t, struct selftest_row *row, const struct box_result *r)
{
	const char *out = strbuf_str(&r->out);
	struct box_limits l = { 0 };

	(void)selftest_limits(row->limits, &l, NULL);
	if (!strncmp(out, SKIP, strlen(SKIP)))
		set_verdict(t, row, SELFTEST_SKIPPED, first_line(t, out + strlen(SKIP)));
	else if (strcmp(row->forbidden, "-") && strstr(out, row->forbidden))
		set_verdict(t, row, SELFTEST_BROKEN, first_line(t, strstr(out, row->forbidden)));
	else if (!selftest_accepts(row->ends, r, r->layers))
		set_verdict(t, row, SELFTEST_BROKEN,
			    arena_fmt(&t->arena, "ended as %s (%d), not as %s%s%s",
				      box_end_name(r->end), r->exit_code, row->ends,
				      r->message[0] ? ": " : "", r->message));
	else if (r->wall_ns > l.wall_ms * NS_PER_MS + GRACE_NS)
		set_verdict(t, row, SELFTEST_BROKEN, "it went on long after its time");
	else
		set_verdict(t, row, SELFTEST_HELD, NULL);
}

/* ---- in boxes ---- */

struct attempt {
	struct selftest *t;
	struct selftest_row *row;
	bool is_done;
};

static void on_done(const struct box_result *result, void *data)
{
	struct attempt *a = data;

	a->is_done = true;
	judge(a->t, a->row, result);
}

/* Beside assay, as it is built, or where it is installed. */
static int open_program(struct err *err)
{
	static const char *const places[] = { "/assay-attacks", "/../lib/assay/assay-attacks" };
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);
	int fd = -1;

	if (n < 0)
		return err_sys(err, "find the running program");
	path[n] = 0;
	char *slash = strrchr(path, '/');

	for (size_t i = 0; i < ARRAY_SIZE(places) && fd < 0; i++) {
		(void)snprintf(slash, 64, "%s", places[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	return fd < 0 ? err_sys(err, "the attacks are not installed: open %s", path) : fd;
}

/*
 * Why a row says nothing here, NULL where it does: of the layers that could stop it none is there,
 * which the level allows. What control groups would count is watched where there are none, and
 * words that name no layer always hold.
 */
static const char *cannot_try(struct selftest *t, const struct selftest_row *row, uint32_t layers)
{
	auto_strvec words = { 0 };

	strvec_split(&words, row->layers, ",");
	for (size_t i = 0; i < words.n; i++) {
		int l = 0;

		while (l < LAYER_COUNT && strcmp(layer_infos[l].name, words.v[i]) != 0)
			l++;
		if (l == LAYER_COUNT || (layers & LAYER_BIT(l)) || l == LAYER_CGROUP_MEMORY ||
		    l == LAYER_CGROUP_PIDS || l == LAYER_CGROUP_CPU)
			return NULL;
	}
	return arena_fmt(&t->arena, "the layer %s is missing", row->layers);
}

static void fill_spec(const struct targets *targets, const struct selftest_row *row, int program,
		      struct box_spec *spec)
{
	spec->level = BOX_LEVEL_REDUCED; /* what is missing is told beside */
	strvec_push(&spec->argv, BOX_PROGRAM);
	strvec_push(&spec->argv, row->name);
	for (size_t i = 0; i < targets->env.n; i++)
		strvec_push(&spec->env, targets->env.v[i]);
	spec->files[spec->n_files++] =
		(struct box_file){ .path = BOX_PROGRAM, .fd = program, .is_executable = true };
}

static int try_row(struct attempt *a, struct box_client *client, const struct targets *targets,
		   int program, struct err *err)
{
	struct box_spec spec;
	struct box_handle *handle;
	int r;

	box_spec_init(&spec);
	fill_spec(targets, a->row, program, &spec);
	r = selftest_limits(a->row->limits, &spec.limits, err);
	if (r == 0)
		r = box_start(client, &spec, on_done, a, &handle, err);
	while (r >= 0 && !a->is_done)
		r = loop_step(box_client_loop(client), -1, err);
	box_spec_release(&spec);
	return r < 0 ? -1 : 0;
}

static int try_all(struct selftest *t, struct box_client *client, struct targets *targets,
		   int program, struct err *err)
{
	for (int i = 0; i < t->n; i++) {
		struct selftest_row *row = &t->rows[i];
		struct attempt a = { .t = t, .row = row };
		const char *no = cannot_try(t, row, box_client_layers(client));

		if (no) {
			set_verdict(t, row, SELFTEST_SKIPPED, no);
			continue;
		}
		if (try_row(&a, client, targets, program, err) < 0)
			return -1;
		if (targets_touched(targets) && row->verdict != SELFTEST_BROKEN) {
			t->count[row->verdict]--;
			set_verdict(t, row, SELFTEST_BROKEN, "a listener has heard from it");
		}
	}
	return 0;
}

/* Not of the table: whether all of them together have left a process. */
static void look_for_remains(struct selftest *t, const struct targets *targets)
{
	struct selftest_row *row = &t->rows[t->n++];
	int n = targets_processes(targets);

	*row = (struct selftest_row){ .class = "resource",
				      .name = "remains",
				      .limits = "",
				      .ends = "",
				      .forbidden = "-",
				      .layers = "ends",
				      .about = "leaves a process of any of these" };
	if (n == 0)
		set_verdict(t, row, SELFTEST_HELD, NULL);
	else
		set_verdict(t, row, SELFTEST_BROKEN,
			    arena_fmt(&t->arena, "%d processes are left", n));
}

int selftest_run(struct box_client *client, struct selftest *ret, struct err *err)
{
	struct targets targets = { 0 };
	int64_t start = clock_mono_ns();
	auto_close int program = open_program(err);
	int r = program < 0 ? -1 : selftest_parse(asset_attacks_table, ret, err);

	if (r == 0) {
		r = targets_init(&targets, err);
		if (r == 0)
			r = try_all(ret, client, &targets, program, err);
		if (r == 0 && ret->n < SELFTEST_MAX_ROWS)
			look_for_remains(ret, &targets);
		targets_release(&targets);
	}
	ret->took_ns = clock_mono_ns() - start;
	return r;
}

void selftest_release(struct selftest *t)
{
	arena_release(&t->arena);
	memset(t, 0, sizeof(*t));
}
