/* SPDX-License-Identifier: Apache-2.0 */
/* What a box comes to: counters read, one end decided. */
#include <signal.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "sandbox/box_state.h"
#include "sandbox/outfiles.h"

static bool ended_badly(const struct box_result *r)
{
	return r->signal != 0 || r->exit_code != 0;
}

/*
 * Init is gone without a word, and neither we nor a limit on memory has killed it. Nothing inside
 * can: somebody has killed it from outside, or the template whose clone it is.
 */
static bool is_lost(const struct box *b)
{
	return !b->has_exit && !b->is_killed && b->result.oom_kills <= 0;
}

/*
 * On a machine that stood still for a while, what tells of a program's end can come after its time
 * although the end was before.
 */
static bool was_over_in_time(const struct box *b)
{
	return b->reason == BOX_WALL_LIMIT && b->has_exit &&
	       b->result.wall_ns <= b->limits.wall_ms * NS_PER_MS;
}

/* The evidence in order: what we did, then what the kernel counted, then how the program ended. */
static enum box_end decide(const struct box *b)
{
	const struct box_result *r = &b->result;
	const struct box_limits *l = &b->limits;

	/* passed before whatever came later */
	if (b->has_started && box_is_over_output(b))
		return BOX_OUTPUT_LIMIT;
	if (b->is_killed && b->reason != BOX_CANCELLED && !was_over_in_time(b))
		return b->reason;
	if (!b->has_started)
		return b->is_killed ? BOX_CANCELLED : BOX_SETUP_FAILED;
	if (r->exec_errno)
		return BOX_EXEC_FAILED;
	if (b->is_killed && !b->has_exit)
		return BOX_CANCELLED;
	if (is_lost(b))
		return BOX_SETUP_FAILED;
	if (r->cpu_ns > l->cpu_ms * NS_PER_MS || r->signal == SIGXCPU)
		return BOX_CPU_LIMIT;
	if (r->wall_ns > max64(l->wall_ms * NS_PER_MS, b->wall_due_ns - b->started_ns))
		return BOX_WALL_LIMIT;
	if (r->oom_kills > 0) /* whoever was killed, and whatever the first process made of it */
		return BOX_MEMORY_LIMIT;
	if (!ended_badly(r))
		return BOX_EXITED;
	if (r->signal == SIGSYS) /* a foreign architecture's calls */
		return BOX_FORBIDDEN;
	if (r->fork_refusals > 0)
		return BOX_PROCESS_LIMIT;
	if (r->n_denied > 0)
		return BOX_FORBIDDEN;
	if (b->has_growth || r->signal == SIGXFSZ)
		return BOX_FILE_LIMIT;
	if (r->disk_free_bytes == 0 || r->disk_free_inodes == 0)
		return BOX_DISK_LIMIT;
	return r->signal ? BOX_SIGNALED : BOX_EXITED;
}

static void set_source(struct box_result *r, const char *source)
{
	(void)snprintf(r->peak_source, sizeof(r->peak_source), "%s", source);
}

static void count_usage(struct box *b)
{
	struct box_result *r = &b->result;
	struct cg_usage u = { .cpu_ns = -1, .peak_bytes = -1 };

	if (b->group)
		cg_group_usage(&b->engine->host.cgroups, b->group, &u);
	r->oom_kills = u.oom_kills;
	r->fork_refusals = u.fork_refusals;
	r->cpu_ns = u.cpu_ns >= 0 ? u.cpu_ns : max64(b->seen.cpu_ns, r->user_ns + r->sys_ns);
	if (u.peak_bytes >= 0) {
		r->peak_bytes = u.peak_bytes;
		r->base_bytes = u.base_bytes;
		set_source(r, "cgroup");
	} else {
		r->peak_bytes = max64(b->seen.mem_bytes, b->max_rss);
		set_source(r, b->seen.mem_bytes >= b->max_rss ? "watched" : "rusage");
		if (!host_has(&b->engine->host, LAYER_CGROUP_PIDS) &&
		    b->seen.processes >= b->limits.processes)
			r->fork_refusals = b->seen.processes - b->limits.processes + 1;
	}
}

static void count_disk(struct box *b)
{
	struct statfs st;

	b->result.disk_free_bytes = b->disk_free_bytes;
	b->result.disk_free_inodes = b->disk_free_inodes;
	if (b->scratch >= 0 && fstatfs(b->scratch, &st) == 0) {
		b->result.disk_free_bytes = (int64_t)st.f_bfree * st.f_bsize;
		b->result.disk_free_inodes = (int64_t)st.f_ffree;
	}
}

/* A signal that killed init itself tells about the box only when we did not send it. */
static void explain_missing_exit(struct box *b, int init_status)
{
	if (b->has_exit || b->is_killed)
		return;
	if (WIFSIGNALED(init_status))
		b->result.signal = WTERMSIG(init_status);
	if (!b->result.message[0])
		(void)snprintf(b->result.message, sizeof(b->result.message),
			       "the first process of the box died %s (status %#x)",
			       b->has_started ? "from outside" : "during set-up",
			       (unsigned)init_status);
}

void box_conclude(struct box *b, int init_status)
{
	struct box_result *r = &b->result;

	explain_missing_exit(b, init_status);
	if (!b->ended_ns)
		b->ended_ns = clock_mono_ns();
	r->wall_ns = b->has_started ? b->ended_ns - b->started_ns : 0;
	r->layers = b->engine->host.layers;
	count_usage(b);
	count_disk(b);
	if (b->outs.n > 0)
		outfiles_collect(b->scratch, &b->outs, &b->limits, r);
	r->end = decide(b);
	if (b->has_started && (r->end != BOX_EXITED || r->exit_code != 0))
		box_count_pressure(b);
}
