/* SPDX-License-Identifier: Apache-2.0 */
/* Counting the CPUs that are really there for us. */
#include "sandbox/cpus.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "sandbox/cgroup_find.h"

#define TEXT_MAX (4 << 20)
#define CPUS_MAX 65536

/* The text of a file below the root, "" where it cannot be read. */
static const char *read_text(const char *root, const char *path, struct strbuf *sb)
{
	auto_strbuf full = { 0 };

	strbuf_clear(sb);
	strbuf_addf(&full, "%s%s", root, path);
	if (fs_read_file(strbuf_str(&full), TEXT_MAX, sb, NULL) < 0)
		strbuf_clear(sb);
	return strbuf_str(sb);
}

int cpus_in_list(const char *list)
{
	int n = 0;

	for (const char *p = list; *p && *p != '\n';) {
		char *end;
		long first = strtol(p, &end, 10);
		long last = first;

		if (end == p || first < 0)
			return 0;
		if (*end == '-')
			last = strtol(end + 1, &end, 10);
		if (last < first || last >= CPUS_MAX || (*end && *end != ',' && *end != '\n'))
			return 0;
		n += (int)(last - first) + 1;
		p = end + (*end == ',');
	}
	return n;
}

static double quota_of(long long quota_us, long long period_us)
{
	if (quota_us <= 0 || period_us <= 0)
		return 0;
	return (double)quota_us / (double)period_us;
}

double cpus_quota_v2(const char *cpu_max)
{
	char *rest;
	long long quota_us = strtoll(cpu_max, &rest, 10);

	return quota_of(quota_us, strtoll(rest, NULL, 10));
}

double cpus_quota_v1(const char *quota_us, const char *period_us)
{
	return quota_of(strtoll(quota_us, NULL, 10), strtoll(period_us, NULL, 10));
}

static double quota_of_group(const char *root, const char *folder, bool is_v2)
{
	auto_strbuf path = { 0 };
	auto_strbuf quota = { 0 };
	auto_strbuf period = { 0 };

	fs_join(&path, folder, is_v2 ? "cpu.max" : "cpu.cfs_quota_us");
	(void)read_text(root, strbuf_str(&path), &quota);
	if (is_v2)
		return cpus_quota_v2(strbuf_str(&quota));
	strbuf_clear(&path);
	fs_join(&path, folder, "cpu.cfs_period_us");
	return cpus_quota_v1(strbuf_str(&quota), read_text(root, strbuf_str(&path), &period));
}

/* Is there a group in this folder? All have this file, and what they are mounted in has not. */
static bool is_group(const char *root, const char *folder)
{
	auto_strbuf path = { 0 };

	strbuf_addf(&path, "%s%s/cgroup.procs", root, folder);
	return access(strbuf_str(&path), F_OK) == 0;
}

/* The least quota of our group and all above it, 0: none. */
static double quota_of_hierarchy(const char *root, const char *mounts, const char *groups,
				 bool is_v2)
{
	char folder[PATH_MAX];
	double least = 0;

	if (cg_find_folder(mounts, groups, is_v2 ? "" : "cpu", folder, sizeof(folder)) < 0)
		return 0;
	while (is_group(root, folder)) {
		double quota = quota_of_group(root, folder, is_v2);
		char *slash = strrchr(folder, '/');

		if (quota > 0 && (least <= 0 || quota < least))
			least = quota;
		if (!slash)
			break;
		*slash = 0;
	}
	return least;
}

static int count_online(const char *root)
{
	auto_strbuf text = { 0 };
	int n = cpus_in_list(read_text(root, "/sys/devices/system/cpu/online", &text));

	return n > 0 ? n : (int)sysconf(_SC_NPROCESSORS_ONLN);
}

static int count_allowed(const char *root)
{
	static const char key[] = "\nCpus_allowed_list:";
	auto_strbuf text = { 0 };
	const char *line = strstr(read_text(root, "/proc/self/status", &text), key);

	if (!line)
		return 0;
	line += strlen(key);
	return cpus_in_list(line + strspn(line, " \t"));
}

static double least_quota(const char *root)
{
	auto_strbuf mounts = { 0 };
	auto_strbuf groups = { 0 };
	const char *m = read_text(root, "/proc/self/mountinfo", &mounts);
	const char *g = read_text(root, "/proc/self/cgroup", &groups);
	double v1 = quota_of_hierarchy(root, m, g, false);
	double v2 = quota_of_hierarchy(root, m, g, true);

	if (v1 <= 0 || v2 <= 0)
		return v1 > 0 ? v1 : v2;
	return v1 < v2 ? v1 : v2;
}

void cpus_count(const char *root, struct cpus *ret)
{
	struct cpus c = { .online = count_online(root),
			  .allowed = count_allowed(root),
			  .quota = least_quota(root),
			  .because = "online" };

	c.available = c.online > 0 ? c.online : 1;
	if (c.allowed > 0 && c.allowed < c.available) {
		c.available = c.allowed;
		c.because = "affinity";
	}
	if (c.quota > 0 && c.quota < c.available) {
		c.available = c.quota >= 1 ? (int)c.quota : 1;
		c.because = "quota";
	}
	*ret = c;
}
