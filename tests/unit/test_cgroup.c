/* SPDX-License-Identifier: Apache-2.0 */
/* Finding one's control groups from texts of every set-up, and reading counters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "sandbox/cgroup_find.h"

#define V1_MOUNTS                                                                                  \
	"31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"                                        \
	"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"      \
	"33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"              \
	"39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
#define HYBRID_MOUNTS V1_MOUNTS "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
#define V2_MOUNTS     "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"
#define DOCKER_V1     "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"

static const struct {
	const char *mounts, *cgroups, *controller, *folder; /* NULL: there is none */
} places[] = {
	{ V1_MOUNTS, "4:memory:/\n2:cpuacct,cpu:/a\n", "memory", "/sys/fs/cgroup/memory" },
	{ V1_MOUNTS, "4:memory:/x/y\n", "memory", "/sys/fs/cgroup/memory/x/y" },
	{ V1_MOUNTS, "4:memory:/x\n3:cpu,cpuacct:/z\n", "cpuacct", "/sys/fs/cgroup/cpu,cpuacct/z" },
	{ V1_MOUNTS, "4:memory:/x\n", "pids", NULL },
	{ HYBRID_MOUNTS, "8:pids:/p\n0::/u\n", "", "/sys/fs/cgroup/unified/u" },
	{ HYBRID_MOUNTS, "8:pids:/p\n0::/u\n", "pids", "/sys/fs/cgroup/pids/p" },
	{ V2_MOUNTS, "0::/user.slice/user-1000.slice/x.scope\n", "",
	  "/sys/fs/cgroup/user.slice/user-1000.slice/x.scope" },
	{ V2_MOUNTS, "0::/\n", "", "/sys/fs/cgroup" },
	{ V2_MOUNTS, "0::/\n", "memory", NULL },
	{ DOCKER_V1, "4:memory:/docker/abc\n", "memory", "/sys/fs/cgroup/memory" },
	{ DOCKER_V1, "4:memory:/docker/abc/sub\n", "memory", "/sys/fs/cgroup/memory/sub" },
	{ DOCKER_V1, "4:memory:/docker/abcdef\n", "memory", "/sys/fs/cgroup/memory" },
	{ "", "", "memory", NULL },
	{ "garbage\n - cgroup\n", "::::\n4:memory\n", "memory", NULL },
};

static void own_folder_is_found_in_every_setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char folder[400] = "";
		int r = cg_find_folder(places[i].mounts, places[i].cgroups, places[i].controller,
				       folder, sizeof(folder));

		if (!places[i].folder) {
			assert_int_equal(r, -1);
			continue;
		}
		assert_int_equal(r, 0);
		assert_string_equal(folder, places[i].folder);
	}
}

static void counters_are_read_by_whole_key(void **state)
{
	const char *text = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n";

	(void)state;
	assert_int_equal(cg_parse_counter(text, "oom_kill"), 3);
	assert_int_equal(cg_parse_counter(text, "under_oom"), 0);
	assert_int_equal(cg_parse_counter(text, "oom"), -1);
	assert_int_equal(cg_parse_counter("", "oom"), -1);
	assert_int_equal(cg_parse_counter("max 12\n", "max"), 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_folder_is_found_in_every_setup),
		cmocka_unit_test(counters_are_read_by_whole_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
