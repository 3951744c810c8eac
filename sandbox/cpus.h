/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CPUs that this process may really use, which in a container is often fewer than the machine
 * has: the least of those online, those of the affinity mask, and the quotas of control groups,
 * of our own and all above that can be seen. Only that many boxes run at a time, or their times
 * would be each other's.
 */
#ifndef SANDBOX_CPUS_H
#define SANDBOX_CPUS_H

#include <stdint.h>

struct cpus {
	int available; /* at least 1: a quota of 2.5 CPUs gives 2, one of half a CPU 1 */
	int online;
	int allowed;         /* by the affinity mask, cpusets included */
	double quota;        /* the least quota in CPUs, 0: none */
	const char *because; /* what sets `available`: "online", "affinity" or "quota" */
};

/*
 * `root` stands before the paths of all files that are read: "" for this machine, a folder in
 * tests. What cannot be read limits nothing.
 */
void cpus_count(const char *root, struct cpus *ret);

/* ---- the pure parts ---- */

/* How many numbers a list like "0-3,8" has; 0 for what is none. */
int cpus_in_list(const char *list);
/*
 * CPUs of a quota, 0: no limit. Version 2: the text of cpu.max ("200000 100000", "max 100000");
 * version 1: cpu.cfs_quota_us ("-1" for none) and cpu.cfs_period_us.
 */
double cpus_quota_v2(const char *cpu_max);
double cpus_quota_v1(const char *quota_us, const char *period_us);

#endif
