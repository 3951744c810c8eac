/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups, version 1, 2 and mixed, for counting and limiting a box. The server makes one
 * folder below its own group in each hierarchy it needs, one group a box below that, and on version
 * 1 uses groups again.
 *
 * A group of version 2 gives controllers to children only while it holds no process. So where the
 * server and its parent are alone in theirs, they move into a leaf of it until the end; where
 * others are there too, the folder goes into the next group above that gives controllers already
 * and lets us in. Apart from giving controllers on in its own group, the server changes no group
 * that it did not make, and moves no other process.
 *
 * What is counted comes as differences against the start of a box, so that a group used before
 * tells nothing about it.
 */
#ifndef SANDBOX_CGROUP_H
#define SANDBOX_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "sandbox/box.h"
#include "sandbox/layers.h"

enum cg_kind { CG_MEMORY, CG_PIDS, CG_CPU, CG_KIND_COUNT };

/* One hierarchy as this process finds it. */
struct cg_hierarchy {
	int version;     /* 0: none, 1 or 2 */
	char path[512];  /* folder of the server's own making, "" until made */
	int lock;        /* that tells others that its server lives (cgroup_folder.h) */
	int shares_with; /* kind whose folder this is too (version 2: CG_MEMORY), else -1 */
};

struct cg_host {
	struct cg_hierarchy h[CG_KIND_COUNT];
	char leaf[512]; /* version 2: the group that the server moved itself into, or "" */
	int leaf_lock;
	char home[512];  /* and where it was before */
	bool has_parent; /* its parent stood there too and moves with it */
	int next;        /* number for the next new group */
	struct cg_group *free;
};

enum cg_counter { CG_PEAK, CG_OOM, CG_FORKS, CG_CPU_NS, CG_CHARGED, CG_COUNTER_COUNT };

/* Groups of one box: descriptors of its folders and files, -1 where there is none. */
struct cg_group {
	struct cg_group *next;
	int number;
	int dir[CG_KIND_COUNT];
	int tasks[CG_KIND_COUNT]; /* open for a process to join by itself */
	int counters[CG_COUNTER_COUNT];
	int64_t mem_bytes, processes;    /* the limits that are set, 0: none yet */
	int64_t start[CG_COUNTER_COUNT]; /* counters at the start of the box, -1 unknown */
	int64_t last[CG_COUNTER_COUNT];  /* and as last read */
	bool is_counted;
};

/* The layers that the host's control groups give (LAYER_CGROUP_* bits) and why others are missing.
 */
uint32_t cg_host_init(struct cg_host *host, char why[LAYER_COUNT][LAYER_WHY]);
/* Removes all groups and the server's folders. */
void cg_host_release(struct cg_host *host);
/* Removes folders of servers that were killed; returns how many still hold processes. */
int cg_host_sweep(const struct cg_host *host);

/* A group with these limits set and its counters read; NULL-safe release gives it back for reuse.
 */
int cg_group_take(struct cg_host *host, const struct box_limits *limits, struct cg_group **ret,
		  struct err *err);
void cg_group_give_back(struct cg_host *host, struct cg_group *g);
void cg_group_free(const struct cg_host *host, struct cg_group *g); /* for good */
/*
 * Puts a process into its groups of version 2, which it may not join by itself on every kernel. The
 * kernel stops all forks of the machine for this, and waits milliseconds until it may; a thread
 * that moves itself needs no such lock.
 */
int cg_group_attach(const struct cg_host *host, const struct cg_group *g, pid_t pid,
		    struct err *err);
/* In the process: joins through one of `tasks`. 0, or -1 with errno. */
int cg_join(int tasks);

struct cg_usage {
	int64_t cpu_ns; /* -1 unknown, as are the others */
	int64_t peak_bytes;
	int64_t oom_kills;
	int64_t fork_refusals;
	int64_t base_bytes; /* charged before the box began, by those that had the group before */
};
int64_t cg_group_cpu_ns(const struct cg_host *host, const struct cg_group *g);
int64_t cg_group_oom_kills(const struct cg_host *host, const struct cg_group *g);
/* That some task of the box waited for a CPU; -1 where its groups do not tell (version 1). */
int64_t cg_group_pressure_ns(const struct cg_host *host, const struct cg_group *g);
/* A folder of its groups, where cgroup.procs lists its processes; -1: there is none. */
int cg_group_folder(const struct cg_group *g);
void cg_group_usage(const struct cg_host *host, struct cg_group *g, struct cg_usage *ret);

#endif
