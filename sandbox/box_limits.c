/* SPDX-License-Identifier: Apache-2.0 */
/* Watching the limits of a box from outside, and killing it when one is passed. */
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "sandbox/box_state.h"
#include "sandbox/template.h"

#define TICK_MAX_NS     (200 * NS_PER_MS)
#define TICK_MIN_NS     (2 * NS_PER_MS)
#define TICK_WATCH_NS   (5 * NS_PER_MS) /* without control groups */
#define KILL_GRACE_NS   (10 * NS_PER_SEC)
#define PRESSURE_AGE_NS (100 * NS_PER_MS)

static int look_at_delays(const struct box *b, struct watch_delays *ret)
{
	int group = b->group ? cg_group_folder(b->group) : -1;

	if (group >= 0)
		return watch_group_delays(group, ret);
	return b->proc >= 0 ? watch_delays(b->proc, ret) : -1;
}

/* What only living processes tell, for the evidence beside a limit. */
static void count_delays(struct box *b)
{
	struct box_result *r = &b->result;
	struct watch_delays d;

	if (look_at_delays(b, &d) < 0)
		return;
	r->wait_ns = d.wait_ns;
	r->switches_voluntary = d.switches_voluntary;
	r->switches_forced = d.switches_forced;
}

void box_kill_for(struct box *b, enum box_end reason)
{
	if (b->is_killed)
		return;
	if (b->has_started && reason != BOX_CANCELLED && !child_is_template(b->role))
		count_delays(b);
	b->is_killed = true;
	b->reason = reason;
	b->killed_ns = clock_mono_ns();
	if (!b->ended_ns)
		b->ended_ns = b->killed_ns;
	if (child_is_cloned(b->role))
		zygote_kill(b->zygote, b);
	else
		(void)syscall(SYS_pidfd_send_signal, b->pidfd, SIGKILL, NULL, 0);
}

static int64_t scratch_used(const struct box *b)
{
	struct statfs st;

	if (b->scratch < 0 || fstatfs(b->scratch, &st) < 0)
		return 0;
	return (int64_t)(st.f_blocks - st.f_bfree) * st.f_bsize;
}

static void look(struct box *b)
{
	struct watch_sample s;

	bool has_proc = host_has(&b->engine->host, LAYER_PROC);

	if (b->proc < 0 || (has_proc ? watch_look(b->proc, &s) : watch_look_below(b->pid, &s)) < 0)
		return;
	s.mem_bytes += scratch_used(b);
	b->seen.mem_bytes = max64(b->seen.mem_bytes, s.mem_bytes);
	b->seen.cpu_ns = max64(b->seen.cpu_ns, s.cpu_ns);
	b->seen.processes = max64(b->seen.processes, s.processes);
}

static bool is_watched(const struct box *b)
{
	const struct host *h = &b->engine->host;

	return !host_has(h, LAYER_CGROUP_MEMORY) || !host_has(h, LAYER_CGROUP_CPU);
}

static int64_t cpu_so_far(const struct box *b)
{
	int64_t ns = b->group ? cg_group_cpu_ns(&b->engine->host.cgroups, b->group) : -1;

	return ns >= 0 ? ns : b->seen.cpu_ns;
}

static int cpu_count(void)
{
	static int n; /* processors do not come and go in our lifetime */

	if (!n)
		n = (int)max64(1, sysconf(_SC_NPROCESSORS_ONLN));
	return n;
}

/* CPU time at which a box is killed. */
static int64_t cpu_end_ns(const struct box_limits *l)
{
	return (l->cpu_ms + l->cpu_slack_ms) * NS_PER_MS;
}

/* What a box of one kind or another starts with; one look at the pressure serves all in a while. */
static void begin(struct box *b, int64_t now)
{
	struct host *h = &b->engine->host;

	b->wall_due_ns = b->started_ns + b->limits.wall_ms * NS_PER_MS;
	pressure_look(&h->pressure, now, PRESSURE_AGE_NS);
	b->pressure_at_ns = h->pressure.at_ns;
	b->pressure0_ns = h->pressure.some_ns;
	if (b->result.is_warm && !host_has(h, LAYER_CGROUP_MEMORY)) {
		look(b); /* what it shares with its template is counted for it, too */
		b->result.base_bytes = b->seen.mem_bytes;
	}
}

void box_count_pressure(struct box *b)
{
	struct host *h = &b->engine->host;
	struct box_result *r = &b->result;
	const char *source = "absent";

	r->pressure_ns = b->group ? cg_group_pressure_ns(&h->cgroups, b->group) : -1;
	r->pressure_window_ns = r->wall_ns;
	if (r->pressure_ns >= 0) {
		source = "cgroup";
	} else if (b->pressure0_ns >= 0) {
		pressure_look(&h->pressure, clock_mono_ns(), 0);
		r->pressure_ns = h->pressure.some_ns - b->pressure0_ns;
		r->pressure_window_ns = h->pressure.at_ns - b->pressure_at_ns;
		source = "machine";
	}
	(void)snprintf(r->pressure_source, sizeof(r->pressure_source), "%s", source);
}

/* Looks again when a limit could first be reached. */
void box_set_tick(struct box *b, int64_t now)
{
	b->tick = NULL;
	if (child_is_template(b->role))
		return; /* nothing of it is limited in time */
	if (!b->wall_due_ns)
		begin(b, now);
	int64_t used = now > b->started_ns ? cpu_so_far(b) : 0;
	int64_t cpu_left = (cpu_end_ns(&b->limits) - used) / cpu_count();
	int64_t next = now + min64(TICK_MAX_NS, max64(cpu_left, TICK_MIN_NS));

	if (is_watched(b))
		next = min64(next, now + TICK_WATCH_NS);
	b->tick = loop_timer_at(b->engine->loop, min64(next, max64(b->wall_due_ns, now)),
				box_on_tick, b);
}

static bool is_over_memory(const struct box *b)
{
	if (!host_has(&b->engine->host, LAYER_CGROUP_MEMORY) &&
	    b->seen.mem_bytes > b->limits.mem_bytes)
		return true;
	/* version 1 kills only one process itself */
	return b->group && cg_group_oom_kills(&b->engine->host.cgroups, b->group) > 0;
}

/*
 * For how long others kept the box from running: for as long as a thread of it was ready to run,
 * less the CPU time of the whole box: its own, and that of threads beside it, which may have been
 * what it waited for.
 */
static int64_t held_up_ns(const struct box *b)
{
	struct watch_delays d;

	if (look_at_delays(b, &d) < 0)
		return 0;
	return max64(0, d.ready_ns - cpu_so_far(b));
}

/* The wall limit is for programs that do not run; one that was not let run gets more time. */
static bool is_over_wall(struct box *b, int64_t now)
{
	const struct box_limits *l = &b->limits;

	if (now < b->wall_due_ns)
		return false;
	if (l->wall_max_ms > l->wall_ms)
		b->wall_due_ns = min64(b->started_ns + l->wall_max_ms * NS_PER_MS,
				       b->started_ns + l->wall_ms * NS_PER_MS + held_up_ns(b));
	return now >= b->wall_due_ns;
}

static void check_limits(struct box *b, int64_t now)
{
	if (is_watched(b))
		look(b);
	if (cpu_so_far(b) > cpu_end_ns(&b->limits) && !mutant("limits:cpu"))
		box_kill_for(b, BOX_CPU_LIMIT);
	else if (is_over_wall(b, now) && !mutant("limits:wall"))
		box_kill_for(b, BOX_WALL_LIMIT);
	else if (is_over_memory(b))
		box_kill_for(b, BOX_MEMORY_LIMIT);
}

void box_on_tick(struct loop *loop, void *data)
{
	struct box *b = data;
	int64_t now = clock_mono_ns();

	b->tick = NULL;
	if (!b->has_started && !b->is_killed) {
		(void)snprintf(b->result.message, sizeof(b->result.message),
			       "set-up took longer than %lld s", SETUP_LIMIT_NS / NS_PER_SEC);
		box_kill_for(b, BOX_SETUP_FAILED);
	} else if (!b->is_killed) {
		check_limits(b, now);
	} else if (child_is_cloned(b->role) && now - b->killed_ns >= KILL_GRACE_NS) {
		zygote_kill_all(b->zygote);
	}
	if (!b->is_killed)
		box_set_tick(b, now);
	else
		b->tick = loop_timer_at(loop, now + KILL_GRACE_NS, box_on_tick, b);
}
