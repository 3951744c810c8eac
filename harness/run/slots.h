/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many samples to have in flight: the CPUs that this process may really use, which in a
 * container is often fewer than the machine has.
 */
#ifndef HARNESS_RUN_SLOTS_H
#define HARNESS_RUN_SLOTS_H

/* The lesser of the CPUs in the affinity mask and the cgroup's CPU quota, at least 1. */
int slots_available(void);

/* ---- the pure parts ---- */

/*
 * CPUs that a quota allows, rounded up; 0: no limit. v2 is the text of cpu.max ("200000 100000" or
 * "max 100000"), v1 the texts of cpu.cfs_quota_us ("-1" for none) and cpu.cfs_period_us. Text that
 * is not understood sets no limit.
 */
int slots_quota_v2(const char *cpu_max);
int slots_quota_v1(const char *quota_us, const char *period_us);
/*
 * The path of this process in the hierarchy of `controller` in the text of /proc/self/cgroup; ""
 * asks for the v2 one. Returns 0 and fills buf, or -1 where there is none or it does not fit.
 */
int slots_cgroup_path(const char *proc_cgroup, const char *controller, char *buf, int size);

#endif
