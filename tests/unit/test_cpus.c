/* SPDX-License-Identifier: Apache-2.0 */
/* How many CPUs there are for us, on made-up machines: folders with the kernel's files. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "sandbox/cpus.h"

#define ONLINE  "/sys/devices/system/cpu/online"
#define STATUS  "/proc/self/status"
#define MOUNTS  "/proc/self/mountinfo"
#define GROUPS  "/proc/self/cgroup"
#define CG      "/sys/fs/cgroup"
#define V2      "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"
#define V1      "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
#define UNIFIED "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
#define DOCKER  "33 31 0:30 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n"
#define ALLOWED "Name:\tassay\nCpus_allowed:\tff\nCpus_allowed_list:\t"

#define MAX_FILES 12

static const struct {
	const char *what;
	struct {
		const char *path, *text;
	} files[MAX_FILES];
	int available, allowed;
	double quota;
	const char *because;
} machines[] = {
	{ .what = "all CPUs of a machine without control groups",
	  .files = { { ONLINE, "0-7\n" }, { STATUS, ALLOWED "0-7\n" } },
	  .available = 8,
	  .allowed = 8,
	  .because = "online" },
	{ .what = "an affinity mask with holes",
	  .files = { { ONLINE, "0-7\n" }, { STATUS, ALLOWED "0,2-3\n" } },
	  .available = 3,
	  .allowed = 3,
	  .because = "affinity" },
	{ .what = "a mask that names CPUs which are offline",
	  .files = { { ONLINE, "0,2\n" }, { STATUS, ALLOWED "0-7\n" } },
	  .available = 2,
	  .allowed = 8,
	  .because = "online" },
	{ .what = "version 2, a quota of our own",
	  .files = { { ONLINE, "0-7\n" },
		     { STATUS, ALLOWED "0-7\n" },
		     { MOUNTS, V2 },
		     { GROUPS, "0::/a/b\n" },
		     { CG "/cgroup.procs", "" },
		     { CG "/a/cgroup.procs", "" },
		     { CG "/a/cpu.max", "max 100000\n" },
		     { CG "/a/b/cgroup.procs", "" },
		     { CG "/a/b/cpu.max", "250000 100000\n" } },
	  .available = 2,
	  .allowed = 8,
	  .quota = 2.5,
	  .because = "quota" },
	{ .what = "version 2, a tighter quota above ours",
	  .files = { { ONLINE, "0-7\n" },
		     { STATUS, ALLOWED "0-3\n" },
		     { MOUNTS, V2 },
		     { GROUPS, "0::/a/b\n" },
		     { CG "/cgroup.procs", "" },
		     { CG "/a/cgroup.procs", "" },
		     { CG "/a/cpu.max", "300000 100000\n" },
		     { CG "/a/b/cgroup.procs", "" },
		     { CG "/a/b/cpu.max", "800000 100000\n" } },
	  .available = 3,
	  .allowed = 4,
	  .quota = 3,
	  .because = "quota" },
	{ .what = "version 2, half a CPU",
	  .files = { { ONLINE, "0-1\n" },
		     { MOUNTS, V2 },
		     { GROUPS, "0::/\n" },
		     { CG "/cgroup.procs", "" },
		     { CG "/cpu.max", "50000 100000\n" } },
	  .available = 1,
	  .quota = 0.5,
	  .because = "quota" },
	{ .what = "version 1, a quota above ours",
	  .files = { { ONLINE, "0-15\n" },
		     { STATUS, ALLOWED "0-15\n" },
		     { MOUNTS, V1 },
		     { GROUPS, "4:memory:/m\n3:cpuacct,cpu:/c/d\n" },
		     { CG "/cpu,cpuacct/cgroup.procs", "" },
		     { CG "/cpu,cpuacct/c/cgroup.procs", "" },
		     { CG "/cpu,cpuacct/c/cpu.cfs_quota_us", "400000\n" },
		     { CG "/cpu,cpuacct/c/cpu.cfs_period_us", "100000\n" },
		     { CG "/cpu,cpuacct/c/d/cgroup.procs", "" },
		     { CG "/cpu,cpuacct/c/d/cpu.cfs_quota_us", "-1\n" },
		     { CG "/cpu,cpuacct/c/d/cpu.cfs_period_us", "100000\n" } },
	  .available = 4,
	  .allowed = 16,
	  .quota = 4,
	  .because = "quota" },
	{ .what = "hybrid: version 1 has the controller",
	  .files = { { ONLINE, "0-15\n" },
		     { STATUS, ALLOWED "0-15\n" },
		     { MOUNTS, V1 UNIFIED },
		     { GROUPS, "3:cpu,cpuacct:/c\n0::/u\n" },
		     { CG "/unified/cgroup.procs", "" },
		     { CG "/unified/u/cgroup.procs", "" },
		     { CG "/cpu,cpuacct/cgroup.procs", "" },
		     { CG "/cpu,cpuacct/c/cgroup.procs", "" },
		     { CG "/cpu,cpuacct/c/cpu.cfs_quota_us", "150000\n" },
		     { CG "/cpu,cpuacct/c/cpu.cfs_period_us", "50000\n" } },
	  .available = 3,
	  .allowed = 16,
	  .quota = 3,
	  .because = "quota" },
	{ .what = "a container that sees its own group as the root",
	  .files = { { ONLINE, "0-3\n" },
		     { STATUS, ALLOWED "0-3\n" },
		     { MOUNTS, DOCKER },
		     { GROUPS, "3:cpu:/docker/abc\n" },
		     { CG "/cpu/cgroup.procs", "" },
		     { CG "/cpu/cpu.cfs_quota_us", "200000\n" },
		     { CG "/cpu/cpu.cfs_period_us", "100000\n" } },
	  .available = 2,
	  .allowed = 4,
	  .quota = 2,
	  .because = "quota" },
	{ .what = "a quota larger than the machine",
	  .files = { { ONLINE, "0-1\n" },
		     { STATUS, ALLOWED "0-1\n" },
		     { MOUNTS, V2 },
		     { GROUPS, "0::/\n" },
		     { CG "/cgroup.procs", "" },
		     { CG "/cpu.max", "6400000 100000\n" } },
	  .available = 2,
	  .allowed = 2,
	  .quota = 64,
	  .because = "online" },
	{ .what = "files that hold nothing of sense",
	  .files = { { ONLINE, "0-1\n" },
		     { STATUS, "Cpus_allowed_list:\n" },
		     { MOUNTS, "garbage\n - cgroup2 \n" },
		     { GROUPS, "::::\n0:\n" } },
	  .available = 2,
	  .because = "online" },
};

/* ---- a folder that stands for a machine ---- */

static int make_folder(void **state)
{
	char template[] = "/tmp/assay-cpus-XXXXXX";

	if (!mkdtemp(template))
		return -1;
	*state = xstrdup(template);
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	return at->level > 0 ? remove(path) : 0;
}

static void remove_machine(const char *root)
{
	assert_int_equal(nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static int remove_folder(void **state)
{
	int r = rmdir(*state);

	free(*state);
	return r;
}

static void put(const char *root, const char *path, const char *text)
{
	char *full = xstrfmt("%s%s", root, path);
	char *slash = strrchr(full, '/');
	FILE *f;

	*slash = 0;
	assert_int_equal(fs_mkdir_p(full, NULL), 0);
	*slash = '/';
	f = fopen(full, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	free(full);
}

static void machines_of_every_kind_are_counted(void **state)
{
	const char *root = *state;

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct cpus c;

		for (int f = 0; f < MAX_FILES && machines[i].files[f].path; f++)
			put(root, machines[i].files[f].path, machines[i].files[f].text);
		cpus_count(root, &c);
		remove_machine(root);
		if (c.available != machines[i].available)
			print_message("%s\n", machines[i].what);
		assert_int_equal(c.available, machines[i].available);
		assert_int_equal(c.allowed, machines[i].allowed);
		assert_int_equal((int)(c.quota * 100), (int)(machines[i].quota * 100));
		assert_string_equal(c.because, machines[i].because);
	}
}

static void lists_of_cpus_are_counted(void **state)
{
	static const struct {
		const char *list;
		int n;
	} rows[] = { { "0", 1 },  { "0-3\n", 4 },  { "0,2,4-5", 4 },     { "", 0 },   { "\n", 0 },
		     { "x", 0 },  { "3-1", 0 },    { "0-99999999", 0 },  { "-1", 0 }, { "1,x", 0 },
		     { "1-", 0 }, { "0-1 ,2", 0 }, { "4294967296-4", 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(cpus_in_list(rows[i].list), rows[i].n);
}

static void quotas_are_read(void **state)
{
	static const struct {
		const char *text;
		int percent;
	} rows[] = {
		{ "max 100000", 0 },
		{ "100000 100000", 100 },
		{ "150000 100000", 150 },
		{ "50000 100000\n", 50 },
		{ "", 0 },
		{ "garbage", 0 },
		{ "100000", 0 },
		{ "100000 0", 0 },
		{ "-1 100000", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal((int)(cpus_quota_v2(rows[i].text) * 100), rows[i].percent);
	assert_int_equal((int)(cpus_quota_v1("-1\n", "100000\n") * 100), 0);
	assert_int_equal((int)(cpus_quota_v1("250000\n", "100000\n") * 100), 250);
	assert_int_equal((int)(cpus_quota_v1("", "") * 100), 0);
}

static void this_machine_has_at_least_one(void **state)
{
	struct cpus c;

	(void)state;
	cpus_count("", &c);
	assert_true(c.available >= 1);
	assert_true(c.available <= c.online);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(machines_of_every_kind_are_counted, make_folder,
						remove_folder),
		cmocka_unit_test(lists_of_cpus_are_counted),
		cmocka_unit_test(quotas_are_read),
		cmocka_unit_test(this_machine_has_at_least_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
