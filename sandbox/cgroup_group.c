/* SPDX-License-Identifier: Apache-2.0 */
/* The groups of one box: made once, used again, counted through files that stay open. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "sandbox/cgroup.h"
#include "sandbox/cgroup_file.h"
#include "sandbox/mutant.h"
#include "sandbox/pressure.h"

/* Of its memory limit, what a box may find used up by those before it. */
#define LEFT_CHARGED_PART 16

/* What is counted: where, under which names in version 1 and 2, behind which key. */
static const struct counter {
	enum cg_kind kind;
	const char *name1, *name2;
	const char *key1, *key2;
	int64_t unit2; /* of version 2, in ours */
} counters[CG_COUNTER_COUNT] = {
	[CG_PEAK] = { CG_MEMORY, "memory.max_usage_in_bytes", "memory.peak", NULL, NULL, 1 },
	[CG_OOM] = { CG_MEMORY, "memory.oom_control", "memory.events", "oom_kill", "oom_kill", 1 },
	[CG_FORKS] = { CG_PIDS, "pids.events", "pids.events", "max", "max", 1 },
	[CG_CHARGED] = { CG_MEMORY, "memory.usage_in_bytes", "memory.current", NULL, NULL, 1 },
	[CG_CPU_NS] = { CG_CPU, "cpuacct.usage", "cpu.stat", NULL, "usage_usec", 1000 },
};

static int open_group_dir(const struct cg_host *host, enum cg_kind kind, int number)
{
	char path[600];

	(void)snprintf(path, sizeof(path), "%s/box%d", host->h[kind].path, number);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void cg_group_free(const struct cg_host *host, struct cg_group *g)
{
	for (int i = 0; i < CG_COUNTER_COUNT; i++)
		close_fd(&g->counters[i]);
	for (int k = 0; k < CG_KIND_COUNT; k++) {
		char path[600];

		close_fd(&g->dir[k]);
		close_fd(&g->tasks[k]);
		if (!host->h[k].version || host->h[k].shares_with >= 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/box%d", host->h[k].path, g->number);
		(void)rmdir(path);
	}
	free(g);
}

static int open_dir(const struct cg_host *host, struct cg_group *g, enum cg_kind k)
{
	const struct cg_hierarchy *h = &host->h[k];

	if (h->shares_with >= 0) {
		g->dir[k] = fcntl(g->dir[h->shares_with], F_DUPFD_CLOEXEC, 0);
		return g->dir[k];
	}
	g->dir[k] = open_group_dir(host, k, g->number);
	if (g->dir[k] >= 0)
		g->tasks[k] = openat(g->dir[k], h->version == 1 ? "tasks" : "cgroup.procs",
				     O_WRONLY | O_CLOEXEC);
	return g->dir[k];
}

static void open_counters(const struct cg_host *host, struct cg_group *g)
{
	for (int i = 0; i < CG_COUNTER_COUNT; i++) {
		const struct counter *c = &counters[i];
		int version = host->h[c->kind].version;

		if (g->dir[c->kind] < 0)
			continue;
		g->counters[i] =
			openat(g->dir[c->kind], version == 2 ? c->name2 : c->name1,
			       (i == CG_PEAK && version == 1 ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	}
}

/* As counted since the group was made; -1 unknown. */
static int64_t count(const struct cg_host *host, const struct cg_group *g, enum cg_counter i)
{
	const struct counter *c = &counters[i];
	bool is_v2 = host->h[c->kind].version == 2;
	int64_t n = cg_read_fd(g->counters[i], is_v2 ? c->key2 : c->key1);

	return n < 0 || !is_v2 ? n : n * c->unit2;
}

static int64_t count_since_start(const struct cg_host *host, const struct cg_group *g,
				 enum cg_counter i)
{
	int64_t now = count(host, g, i);

	return now < 0 || g->start[i] < 0 ? -1 : now - g->start[i];
}

static int group_new(struct cg_host *host, struct cg_group **ret, struct err *err)
{
	struct cg_group *g = xcalloc(1, sizeof(*g));

	g->number = host->next++;
	memset(g->dir, -1, sizeof(g->dir));
	memset(g->tasks, -1, sizeof(g->tasks));
	memset(g->counters, -1, sizeof(g->counters));
	for (int k = 0; k < CG_KIND_COUNT; k++) {
		if (host->h[k].version && open_dir(host, g, (enum cg_kind)k) < 0) {
			(void)err_sys(err, "make a control group below %s", host->h[k].path);
			cg_group_free(host, g);
			return -1;
		}
	}
	open_counters(host, g);
	for (int i = 0; i < CG_COUNTER_COUNT; i++)
		g->start[i] = count(host, g, (enum cg_counter)i);
	*ret = g;
	return 0;
}

static int limit_memory(int dir, int version, int64_t bytes)
{
	if (version == 2) {
		(void)cg_write_number(dir, "memory.swap.max",
				      0); /* absent without swap accounting */
		(void)cg_write_number(dir, "memory.oom.group", 1);
		return cg_write_number(dir, "memory.max", bytes);
	}
	/* memory <= memory+swap must hold at every step, whichever way the limit moves */
	(void)cg_write_number(dir, "memory.limit_in_bytes", bytes);
	(void)cg_write_number(dir, "memory.memsw.limit_in_bytes", bytes);
	return cg_write_number(dir, "memory.limit_in_bytes", bytes);
}

static int set_limits(const struct cg_host *host, struct cg_group *g,
		      const struct box_limits *limits, struct err *err)
{
	if (g->dir[CG_MEMORY] >= 0 && !mutant("cgroup-memory") &&
	    g->mem_bytes != limits->mem_bytes &&
	    limit_memory(g->dir[CG_MEMORY], host->h[CG_MEMORY].version, limits->mem_bytes) < 0)
		return err_sys(err, "set the memory limit of a control group");
	if (g->dir[CG_PIDS] >= 0 && !mutant("cgroup-pids") && g->processes != limits->processes &&
	    cg_write_number(g->dir[CG_PIDS], "pids.max", limits->processes) < 0)
		return err_sys(err, "set the process limit of a control group");
	g->mem_bytes = limits->mem_bytes;
	g->processes = limits->processes;
	return 0;
}

/*
 * What a box has left charged counts against the next one in its group. Most of it is kernel memory
 * that is freed late: a fork bomb leaves megabytes of it for some milliseconds. A group used before
 * that is clean; those that are not are removed.
 */
static struct cg_group *take_used(struct cg_host *host, const struct box_limits *limits)
{
	while (host->free) {
		struct cg_group *g = host->free;

		host->free = g->next;
		g->start[CG_CHARGED] = count(host, g, CG_CHARGED);
		if (g->start[CG_CHARGED] <= limits->mem_bytes / LEFT_CHARGED_PART)
			return g;
		cg_group_free(host, g);
	}
	return NULL;
}

int cg_group_take(struct cg_host *host, const struct box_limits *limits, struct cg_group **ret,
		  struct err *err)
{
	struct cg_group *g = take_used(host, limits);

	if (!g && group_new(host, &g, err) < 0)
		return -1;
	if (set_limits(host, g, limits, err) < 0) {
		cg_group_free(host, g);
		return -1;
	}
	if (g->counters[CG_PEAK] >= 0 && host->h[CG_MEMORY].version == 1)
		(void)cg_write_fd(g->counters[CG_PEAK], 0);
	*ret = g;
	return 0;
}

/* The counters go on from where they are when every process of a box is dead. */
void cg_group_give_back(struct cg_host *host, struct cg_group *g)
{
	if (!g)
		return;
	if (host->h[CG_MEMORY].version == 2) { /* its peak cannot be set back on every kernel */
		cg_group_free(host, g);
		return;
	}
	if (!g->is_counted)
		cg_group_usage(host, g, &(struct cg_usage){ 0 });
	memcpy(g->start, g->last, sizeof(g->start));
	g->is_counted = false;
	g->next = host->free;
	host->free = g;
}

int cg_group_attach(const struct cg_host *host, const struct cg_group *g, pid_t pid,
		    struct err *err)
{
	for (int k = 0; k < CG_KIND_COUNT; k++) {
		/* one folder counts everything: one move will do */
		if (host->h[k].version == 2 && host->h[k].shares_with < 0 &&
		    cg_write_number(g->dir[k], "cgroup.procs", pid) < 0)
			return err_sys(err, "put a process into its control group");
	}
	return 0;
}

int64_t cg_group_cpu_ns(const struct cg_host *host, const struct cg_group *g)
{
	return mutant("cgroup-cpu") ? -1 : count_since_start(host, g, CG_CPU_NS);
}

int64_t cg_group_oom_kills(const struct cg_host *host, const struct cg_group *g)
{
	return count_since_start(host, g, CG_OOM);
}

static int64_t difference(const struct cg_group *g, enum cg_counter i)
{
	int64_t now = g->last[i];

	return now < 0 || g->start[i] < 0 ? -1 : now - g->start[i];
}

void cg_group_usage(const struct cg_host *host, struct cg_group *g, struct cg_usage *ret)
{
	for (int i = 0; i < CG_COUNTER_COUNT; i++)
		g->last[i] = count(host, g, (enum cg_counter)i);
	g->is_counted = true;
	*ret = (struct cg_usage){
		.cpu_ns = mutant("cgroup-cpu") ? -1 : difference(g, CG_CPU_NS),
		.peak_bytes = g->last[CG_PEAK],
		.base_bytes = g->start[CG_CHARGED],
		.oom_kills = difference(g, CG_OOM),
		.fork_refusals = difference(g, CG_FORKS),
	};
	if (ret->oom_kills < 0)
		ret->oom_kills = 0;
	if (ret->fork_refusals < 0)
		ret->fork_refusals = 0;
}

int64_t cg_group_pressure_ns(const struct cg_host *host, const struct cg_group *g)
{
	char text[512];

	/* a group of version 2 is made for each box */
	if (host->h[CG_MEMORY].version != 2 ||
	    cg_read_at(g->dir[CG_MEMORY], "cpu.pressure", text, sizeof(text)) < 0)
		return -1;
	return pressure_parse(text, "some");
}

int cg_group_folder(const struct cg_group *g)
{
	for (int k = 0; k < CG_KIND_COUNT; k++) {
		if (g->dir[k] >= 0)
			return g->dir[k];
	}
	return -1;
}
