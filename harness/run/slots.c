/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUs available. A quota may be set on any ancestor of the process's cgroup, so each level up to
 * the root is read and the smallest one holds. What cannot be read sets no limit: a wrong guess
 * costs speed, not correctness, because limits on samples are enforced by the sandbox.
 */
#include "harness/run/slots.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"

#define CGROUP_TEXT_MAX 65536

/* Where the two hierarchies are mounted by every distribution and container engine. */
#define CGROUP_V2_ROOT "/sys/fs/cgroup"
#define CGROUP_V1_ROOT "/sys/fs/cgroup/cpu"

static int quota_cpus(long long quota_us, long long period_us)
{
	if (quota_us <= 0 || period_us <= 0 || quota_us / period_us >= INT_MAX)
		return 0;
	return (int)((quota_us + period_us - 1) / period_us);
}

int slots_quota_v2(const char *cpu_max)
{
	char *rest;
	long long quota_us = strtoll(cpu_max, &rest, 10);

	return quota_cpus(quota_us, strtoll(rest, NULL, 10));
}

int slots_quota_v1(const char *quota_us, const char *period_us)
{
	return quota_cpus(strtoll(quota_us, NULL, 10), strtoll(period_us, NULL, 10));
}

/* Is `name` one of the comma-separated words of list[0..len)? An empty list holds "". */
static int list_has(const char *list, size_t len, const char *name)
{
	const char *end = list + len;

	for (const char *word = list; word <= end;) {
		const char *comma = memchr(word, ',', (size_t)(end - word));
		size_t word_len = (size_t)((comma ? comma : end) - word);

		if (word_len == strlen(name) && memcmp(word, name, word_len) == 0)
			return 1;
		word += word_len + 1;
	}
	return 0;
}

int slots_cgroup_path(const char *proc_cgroup, const char *controller, char *buf, int size)
{
	for (const char *line = proc_cgroup; *line;) {
		size_t len = strcspn(line, "\n");
		const char *list = memchr(line, ':', len);
		const char *path =
			list ? memchr(list + 1, ':', len - (size_t)(list + 1 - line)) : NULL;

		if (path && list_has(list + 1, (size_t)(path - list - 1), controller)) {
			int n = (int)(len - (size_t)(path + 1 - line));

			if (n >= size)
				return -1;
			(void)snprintf(buf, (size_t)size, "%.*s", n, path + 1);
			return 0;
		}
		line += len + (line[len] == '\n');
	}
	return -1;
}

/* The file's text, "" where it cannot be read. */
static const char *read_text(const char *dir, const char *name, struct strbuf *sb)
{
	auto_strbuf path = { 0 };

	strbuf_clear(sb);
	fs_join(&path, dir, name);
	if (fs_read_file(strbuf_str(&path), CGROUP_TEXT_MAX, sb, NULL) < 0)
		strbuf_clear(sb);
	return strbuf_str(sb);
}

static int quota_of_dir(const char *dir, int is_v2)
{
	auto_strbuf first = { 0 };
	auto_strbuf second = { 0 };

	if (is_v2)
		return slots_quota_v2(read_text(dir, "cpu.max", &first));
	return slots_quota_v1(read_text(dir, "cpu.cfs_quota_us", &first),
			      read_text(dir, "cpu.cfs_period_us", &second));
}

/* The smallest quota from the process's cgroup up to the root of its hierarchy; 0: none. */
static int quota_of_hierarchy(const char *proc_cgroup, int is_v2)
{
	char path[PATH_MAX];
	int least = 0;

	if (slots_cgroup_path(proc_cgroup, is_v2 ? "" : "cpu", path, (int)sizeof(path)) < 0)
		return 0;
	for (;;) {
		char dir[PATH_MAX + 32];
		char *slash = strrchr(path, '/');
		int cpus;

		(void)snprintf(dir, sizeof(dir), "%s%s", is_v2 ? CGROUP_V2_ROOT : CGROUP_V1_ROOT,
			       path);
		cpus = quota_of_dir(dir, is_v2);
		if (cpus > 0 && (least == 0 || cpus < least))
			least = cpus;
		if (!slash)
			return least;
		*slash = '\0';
	}
}

static int affinity_cpus(void)
{
	/* The kernel wants a mask as large as its own; no machine has more CPUs than this. */
	const int max_cpus = 16384;
	size_t size = CPU_ALLOC_SIZE(max_cpus);
	cpu_set_t *set = CPU_ALLOC(max_cpus);
	int n = 1;

	if (set && sched_getaffinity(0, size, set) == 0)
		n = CPU_COUNT_S(size, set);
	CPU_FREE(set);
	return n > 0 ? n : 1;
}

int slots_available(void)
{
	auto_strbuf cgroups = { 0 };
	int cpus = affinity_cpus();

	read_text("/proc/self", "cgroup", &cgroups);
	for (int is_v2 = 0; is_v2 <= 1; is_v2++) {
		int quota = quota_of_hierarchy(strbuf_str(&cgroups), is_v2);

		if (quota > 0 && quota < cpus)
			cpus = quota;
	}
	return cpus;
}
