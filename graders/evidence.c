/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence as JSON, and what of it lies near a limit. */
#include "graders/evidence.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

/* ---- writing ---- */

/* Figures of a result; `absent` is the value that says nothing. */
static const struct figure {
	const char *name;
	size_t offset;
	int64_t absent;
} figures[] = {
#define FIGURE(name, absent)                                                                       \
	{                                                                                          \
#name, offsetof(struct box_result, name), absent                                   \
	}
	FIGURE(wall_ns, -1),
	FIGURE(cpu_ns, -1),
	FIGURE(user_ns, 0),
	FIGURE(sys_ns, 0),
	FIGURE(peak_bytes, -1),
	FIGURE(base_bytes, -1),
	FIGURE(oom_kills, 0),
	FIGURE(fork_refusals, 0),
	FIGURE(stdout_bytes, 0),
	FIGURE(stderr_bytes, 0),
	FIGURE(switches_voluntary, -1),
	FIGURE(switches_forced, -1),
	FIGURE(wait_ns, -1),
	FIGURE(pressure_ns, -1),
#undef FIGURE
};

static void write_figures(const struct box_result *r, struct json_writer *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		int64_t v;

		memcpy(&v, (const char *)r + figures[i].offset, sizeof(v));
		if (v != figures[i].absent)
			jw_kint(w, figures[i].name, v);
	}
}

static void write_denied(const struct box_result *r, struct json_writer *w)
{
	if (r->n_denied <= 0)
		return;
	jw_key(w, "denied");
	jw_begin_array(w);
	for (int i = 0; i < r->n_denied && i < BOX_MAX_DENIED; i++) {
		jw_begin_object(w);
		jw_kstr(w, "call", r->denied[i]);
		jw_kint(w, "nr", r->denied_nr[i]);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void write_source(struct json_writer *w, const char *key, const char *source)
{
	if (*source)
		jw_kstr(w, key, source);
}

void evidence_write(const struct evidence *e, struct json_writer *w)
{
	const struct box_result *r = &e->result;

	if (!e->box)
		return;
	jw_kstr(w, "box", e->box);
	jw_kstr(w, "end", box_end_name(r->end));
	if (r->exit_code >= 0)
		jw_kint(w, "exit_code", r->exit_code);
	if (r->signal)
		jw_kint(w, "signal", r->signal);
	write_figures(r, w);
	if (r->pressure_ns >= 0)
		jw_kint(w, "pressure_window_ns", r->pressure_window_ns);
	write_source(w, "pressure_source", r->pressure_source);
	write_source(w, "peak_source", r->peak_source);
	write_denied(r, w);
	if (r->end == BOX_DISK_LIMIT) {
		jw_kint(w, "disk_free_bytes", r->disk_free_bytes);
		jw_kint(w, "disk_free_inodes", r->disk_free_inodes);
	}
	if (r->leftovers)
		jw_kint(w, "leftovers", r->leftovers);
	jw_kbool(w, "is_warm", r->is_warm);
}

/* ---- near a limit ---- */

static const char *const near_names[] = {
	[NEAR_NOTHING] = "",
	[NEAR_CPU] = "cpu",
	[NEAR_MEMORY] = "memory",
	[NEAR_WALL] = "wall",
};
static_assert(ARRAY_SIZE(near_names) == NEAR_COUNT, "a name for each");

const char *near_limit_name(enum near_limit near)
{
	return near_names[near];
}

/* Shares in percent. */
#define NEAR_CPU_FROM    80
#define NEAR_CPU_TO      125
#define NEAR_MEMORY_FROM 90
#define IDLE_WAIT_MAX    5  /* of its wall time */
#define IDLE_PRESSURE    20 /* of the window */

static bool is_share(int64_t part, int64_t whole, int percent)
{
	return (double)part * 100 >= (double)whole * percent;
}

/* It stood still of its own accord, which no load can have caused. */
static bool is_idle(const struct box_result *r)
{
	return r->wait_ns >= 0 && !is_share(r->wait_ns, r->wall_ns, IDLE_WAIT_MAX) &&
	       r->pressure_ns >= 0 &&
	       !is_share(r->pressure_ns, r->pressure_window_ns, IDLE_PRESSURE);
}

enum near_limit evidence_near(const struct evidence *e)
{
	const struct box_result *r = &e->result;
	int64_t cpu_limit_ns = e->limits.cpu_ms * NS_PER_MS;
	bool is_well = r->end == BOX_EXITED && r->exit_code == 0;

	if (!e->box)
		return NEAR_NOTHING;
	if (r->end == BOX_WALL_LIMIT)
		return is_idle(r) ? NEAR_NOTHING : NEAR_WALL;
	if (r->end == BOX_MEMORY_LIMIT)
		return NEAR_MEMORY;
	if ((is_well || r->end == BOX_CPU_LIMIT) &&
	    is_share(r->cpu_ns, cpu_limit_ns, NEAR_CPU_FROM) &&
	    !is_share(r->cpu_ns, cpu_limit_ns, NEAR_CPU_TO))
		return NEAR_CPU;
	if (is_well && is_share(r->peak_bytes, e->limits.mem_bytes, NEAR_MEMORY_FROM))
		return NEAR_MEMORY;
	return NEAR_NOTHING;
}

bool evidence_is_starved(const struct evidence *e)
{
	const struct box_limits *l = &e->limits;

	return e->box && e->result.end == BOX_WALL_LIMIT && l->wall_max_ms > l->wall_ms &&
	       e->result.wall_ns >= l->wall_max_ms * NS_PER_MS;
}
