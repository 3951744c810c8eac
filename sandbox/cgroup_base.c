/* SPDX-License-Identifier: Apache-2.0 */
/* What a group has counted before its box begins, where that takes more than a counter. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sandbox/cgroup.h"
#include "sandbox/pressure.h"

/* Asked for each box that gets a group used before, so the file stays open. */
static int64_t memory_now(const struct cg_host *host, struct cg_group *g)
{
	const char *name =
		host->h[CG_MEMORY].version == 2 ? "memory.current" : "memory.usage_in_bytes";
	char buf[64];

	if (g->dir[CG_MEMORY] < 0)
		return -1;
	if (g->usage < 0)
		g->usage = openat(g->dir[CG_MEMORY], name, O_RDONLY | O_CLOEXEC);
	ssize_t n = g->usage < 0 ? -1 : pread(g->usage, buf, sizeof(buf) - 1, 0);

	if (n <= 0)
		return -1;
	buf[n] = 0;
	return strtoll(buf, NULL, 10);
}

static int64_t pressure_now(const struct cg_host *host, const struct cg_group *g)
{
	char buf[512];

	if (host->h[CG_MEMORY].version != 2)
		return -1;
	auto_close int fd = openat(g->dir[CG_MEMORY], "cpu.pressure", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	if (n <= 0)
		return -1;
	buf[n] = 0;
	return pressure_parse(buf, "some");
}

/* A new group has nothing charged to it. */
void cg_group_baseline(const struct cg_host *host, struct cg_group *g)
{
	g->mem0 = g->is_used ? memory_now(host, g) : 0;
	g->pressure0 = g->is_used ? pressure_now(host, g) : 0;
	g->is_used = true;
}

int64_t cg_group_pressure_ns(const struct cg_host *host, const struct cg_group *g)
{
	int64_t now = pressure_now(host, g);

	return now < 0 || g->pressure0 < 0 ? -1 : now - g->pressure0;
}
