/* SPDX-License-Identifier: Apache-2.0 */
/* Names, defaults and descriptions of what a box is asked and what it answers. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "sandbox/box.h"

static const char *const end_names[] = {
	[BOX_EXITED] = "exited",
	[BOX_SIGNALED] = "signaled",
	[BOX_WALL_LIMIT] = "wall_limit",
	[BOX_CPU_LIMIT] = "cpu_limit",
	[BOX_MEMORY_LIMIT] = "memory_limit",
	[BOX_PROCESS_LIMIT] = "process_limit",
	[BOX_OUTPUT_LIMIT] = "output_limit",
	[BOX_DISK_LIMIT] = "disk_limit",
	[BOX_FILE_LIMIT] = "file_limit",
	[BOX_FORBIDDEN] = "forbidden_call",
	[BOX_EXEC_FAILED] = "exec_failed",
	[BOX_CANCELLED] = "cancelled",
	[BOX_SETUP_FAILED] = "setup_failed",
};
static_assert(ARRAY_SIZE(end_names) == BOX_END_COUNT, "every end has a name");

const char *box_end_name(enum box_end end)
{
	return end_names[end];
}

static const char *const out_state_names[] = {
	[BOX_OUT_KEPT] = "kept",
	[BOX_OUT_ABSENT] = "absent",
	[BOX_OUT_LINK] = "link",
	[BOX_OUT_NOT_REGULAR] = "not_regular",
	[BOX_OUT_TOO_LARGE] = "too_large",
	[BOX_OUT_NO_ROOM] = "no_room",
	[BOX_OUT_UNREADABLE] = "unreadable",
	[BOX_OUT_FAILED] = "failed",
};
static_assert(ARRAY_SIZE(out_state_names) == BOX_OUT_STATE_COUNT, "every state has a name");

const char *box_out_state_name(enum box_out_state state)
{
	return out_state_names[state];
}

static void or_default(int64_t *v, int64_t def)
{
	if (*v == 0)
		*v = def;
}

#define MIB (1LL << 20)

void box_limits_fill(struct box_limits *l)
{
	or_default(&l->wall_ms, 10000);
	or_default(&l->wall_max_ms, l->wall_ms);
	or_default(&l->cpu_ms, l->wall_ms);
	or_default(&l->mem_bytes, 512 * MIB);
	or_default(&l->processes, 64);
	or_default(&l->disk_bytes, 64 * MIB);
	or_default(&l->file_bytes, l->disk_bytes);
	or_default(&l->disk_inodes, 8192);
	or_default(&l->output_bytes, 16 * MIB);
	or_default(&l->open_files, 256);
	or_default(&l->stack_bytes, 64 * MIB);
	or_default(&l->keep_bytes, 64 << 10);
	or_default(&l->out_file_bytes, 4 * MIB);
	or_default(&l->out_bytes, 16 * MIB);
}

void box_spec_init(struct box_spec *spec)
{
	memset(spec, 0, sizeof(*spec));
	spec->stdin_fd = spec->stdout_fd = spec->stderr_fd = -1;
	spec->slot = -1;
}

void box_spec_release(struct box_spec *spec)
{
	strvec_release(&spec->argv);
	strvec_release(&spec->env);
	strvec_release(&spec->binds);
	strvec_release(&spec->outs);
}

void box_result_init(struct box_result *r)
{
	*r = (struct box_result){ .exit_code = -1,
				  .peak_bytes = -1,
				  .base_bytes = -1,
				  .switches_voluntary = -1,
				  .switches_forced = -1,
				  .wait_ns = -1,
				  .pressure_ns = -1 };
}

void box_result_release(struct box_result *r)
{
	strbuf_release(&r->out);
	strbuf_release(&r->err);
	for (int i = 0; i < r->n_outs; i++) {
		free(r->outs[i].path);
		close_fd(&r->outs[i].fd);
	}
	free(r->outs);
	r->outs = NULL;
	r->n_outs = 0;
}

const struct strbuf *box_result_stdout(const struct box_result *r)
{
	if (r->end == BOX_OUTPUT_LIMIT || (int64_t)r->out.len != r->stdout_bytes)
		return NULL;
	return &r->out;
}

void box_result_move(struct box_result *to, const struct box_result *from)
{
	*to = *from;
	/* const keeps callees from changing it; the object, the client's, is none. */
	memset((void *)(uintptr_t)from, 0, sizeof(*from));
}

static double seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

static double mebibytes(int64_t bytes)
{
	return (double)bytes / (double)MIB;
}

static void describe_forbidden(const struct box_result *r, struct strbuf *sb)
{
	strbuf_addstr(sb, "forbidden system call:");
	for (int i = 0; i < r->n_denied && i < BOX_MAX_DENIED; i++)
		strbuf_addf(sb, "%s %s (%d)", i ? "," : "", r->denied[i], r->denied_nr[i]);
}

void box_result_describe(const struct box_result *r, const struct box_limits *l, struct strbuf *sb)
{
	switch (r->end) {
	case BOX_EXITED:
		strbuf_addf(sb, "exited with status %d%s", r->exit_code,
			    r->is_cached ? ", from the cache" : "");
		break;
	case BOX_SIGNALED:
		strbuf_addf(sb, "killed by signal %d (%s)", r->signal, strsignal(r->signal));
		break;
	case BOX_WALL_LIMIT:
		strbuf_addf(sb, "still running after %.1f s (limit %.1f s), CPU time %.1f s",
			    seconds(r->wall_ns), (double)l->wall_ms / 1e3, seconds(r->cpu_ns));
		if (r->wait_ns >= 0)
			strbuf_addf(sb, ", kept from a CPU for %.1f s", seconds(r->wait_ns));
		break;
	case BOX_CPU_LIMIT:
		strbuf_addf(sb, "%.1f s of CPU time (limit %.1f s)", seconds(r->cpu_ns),
			    (double)l->cpu_ms / 1e3);
		break;
	case BOX_MEMORY_LIMIT:
		strbuf_addf(sb,
			    "%.0f MiB of memory (limit %.0f MiB; %" PRId64
			    " kills by the kernel; %s)",
			    mebibytes(r->peak_bytes), mebibytes(l->mem_bytes), r->oom_kills,
			    r->peak_source);
		break;
	case BOX_PROCESS_LIMIT:
		strbuf_addf(sb, "%" PRId64 " processes or threads refused (limit %" PRId64 ")",
			    r->fork_refusals, l->processes);
		break;
	case BOX_OUTPUT_LIMIT:
		strbuf_addf(sb, "%" PRId64 " bytes of output (limit %" PRId64 ")",
			    r->stdout_bytes + r->stderr_bytes, l->output_bytes);
		break;
	case BOX_DISK_LIMIT:
		strbuf_addf(sb, "scratch disk full: %" PRId64 " bytes and %" PRId64 " inodes left",
			    r->disk_free_bytes, r->disk_free_inodes);
		break;
	case BOX_FILE_LIMIT:
		strbuf_addf(sb, "a file grew past %" PRId64 " bytes", l->file_bytes);
		break;
	case BOX_FORBIDDEN:
		describe_forbidden(r, sb);
		break;
	case BOX_EXEC_FAILED:
	case BOX_SETUP_FAILED:
		strbuf_addstr(sb, r->message);
		break;
	case BOX_CANCELLED:
		strbuf_addstr(sb, "cancelled");
		break;
	case BOX_END_COUNT:
		break;
	}
}
