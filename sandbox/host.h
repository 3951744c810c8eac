/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this machine gives to boxes, found out by trying each layer once in a throw-away child.
 */
#ifndef SANDBOX_HOST_H
#define SANDBOX_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "sandbox/cgroup.h"
#include "sandbox/layers.h"
#include "sandbox/mutant.h"
#include "sandbox/pressure.h"
#include "sandbox/seccomp.h"

#define BOX_UID 1000 /* who a program is inside its box, where user namespaces exist */

/* Filters differ by one figure only (the file limit), so a few compiled ones serve. */
#define HOST_FILTERS 4
struct host_filter {
	struct filter_params params;
	struct filter_program program;
};

struct host {
	uint32_t layers; /* that boxes will have */
	char why[LAYER_COUNT][LAYER_WHY];
	bool is_root;
	uid_t uid_base; /* as root: box number N is uid_base + N outside; else our own uid */
	bool has_uid_range;
	int landlock_abi;
	struct cg_host cgroups;
	struct pressure pressure; /* where control groups have none of their own */
	struct host_filter filters[HOST_FILTERS];
	int n_filters;
};

static inline bool host_has(const struct host *h, enum box_layer layer)
{
	return (h->layers & LAYER_BIT(layer)) != 0 && !mutant(layer_infos[layer].name);
}

int host_init(struct host *h, struct err *err);
void host_release(struct host *h);
/* The compiled filter for these limits; stays the host's, valid until the next call. */
const struct filter_program *host_filter(struct host *h, const struct box_limits *l,
					 struct err *err);
/* Flags of clone3() for the namespaces among the host's layers. */
uint64_t host_clone_flags(const struct host *h);
/* clone3() as fork with these flags: 0 in the child; *ret_pidfd in the parent. -1 with errno. */
pid_t host_clone(uint64_t flags, int *ret_pidfd);
/* In the parent: ids of a child in a new user namespace; `number` is the box's. */
int host_map_ids(const struct host *h, pid_t pid, int number, struct err *err);

#endif
