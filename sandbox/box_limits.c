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

#define TICK_MAX_NS   (200 * NS_PER_MS)
#define TICK_MIN_NS   (2 * NS_PER_MS)
#define TICK_WATCH_NS (5 * NS_PER_MS) /* without control groups */
#define KILL_GRACE_NS (10 * NS_PER_SEC)

void box_kill_for(struct box *b, enum box_end reason)
{
	if (b->is_killed)
		return;
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

/* Looks again when a limit could first be reached. */
void box_set_tick(struct box *b, int64_t now)
{
	b->tick = NULL;
	if (child_is_template(b->role))
		return; /* nothing of it is limited in time */
	int64_t wall = b->started_ns + b->limits.wall_ms * NS_PER_MS;
	int64_t used = now > b->started_ns ? cpu_so_far(b) : 0;
	int64_t cpu_left = (b->limits.cpu_ms * NS_PER_MS - used) / cpu_count();
	int64_t next = now + min64(TICK_MAX_NS, max64(cpu_left, TICK_MIN_NS));

	if (is_watched(b))
		next = min64(next, now + TICK_WATCH_NS);
	b->tick = loop_timer_at(b->engine->loop, min64(next, max64(wall, now)), box_on_tick, b);
}

static bool is_over_memory(const struct box *b)
{
	if (!host_has(&b->engine->host, LAYER_CGROUP_MEMORY) &&
	    b->seen.mem_bytes > b->limits.mem_bytes)
		return true;
	/* version 1 kills only one process itself */
	return b->group && cg_group_oom_kills(&b->engine->host.cgroups, b->group) > 0;
}

static void check_limits(struct box *b, int64_t now)
{
	if (is_watched(b))
		look(b);
	if (cpu_so_far(b) > b->limits.cpu_ms * NS_PER_MS && !mutant("limits:cpu"))
		box_kill_for(b, BOX_CPU_LIMIT);
	else if (now - b->started_ns >= b->limits.wall_ms * NS_PER_MS && !mutant("limits:wall"))
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
