/* SPDX-License-Identifier: Apache-2.0 */
/* What a server might leave behind: processes, descriptors, mounts, control groups. */
#include "tests/soak/remains.h"

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"

static const char *const names[] = {
	[REMAINS_PROCESSES] = "processes",
	[REMAINS_STRAYS] = "strays",
	[REMAINS_SERVER_DESCRIPTORS] = "server descriptors",
	[REMAINS_TREE_DESCRIPTORS] = "tree descriptors",
	[REMAINS_CLIENT_DESCRIPTORS] = "client descriptors",
	[REMAINS_HOST_MOUNTS] = "host mounts",
	[REMAINS_SERVER_MOUNTS] = "server mounts",
	[REMAINS_TREE_MOUNTS] = "tree mounts",
	[REMAINS_GROUPS] = "control groups",
	[REMAINS_SERVER_KIB] = "server KiB",
	[REMAINS_LARGEST_KIB] = "largest process KiB",
};
static_assert(ARRAY_SIZE(names) == REMAINS_COUNT, "a name for each");

const char *remains_name(enum remains_what what)
{
	return names[what];
}

/* ---- one process ---- */

static FILE *open_of(pid_t pid, const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return fopen(path, "re");
}

static long count_lines(pid_t pid, const char *name)
{
	auto_fclose FILE *f = open_of(pid, name);
	long n = 0;

	for (int c = f ? getc(f) : EOF; c != EOF; c = getc(f))
		n += c == '\n';
	return n;
}

static long count_descriptors(pid_t pid)
{
	char path[64];
	long n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	DIR *d = opendir(path);

	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
		n += e->d_name[0] != '.';
	if (d)
		(void)closedir(d);
	return pid == getpid() ? n - 1 : n; /* the folder itself */
}

static long read_status(pid_t pid, const char *key)
{
	auto_fclose FILE *f = open_of(pid, "status");
	char line[256];
	size_t len = strlen(key);

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, key, len))
			return strtol(line + len, NULL, 10);
	}
	return 0;
}

static bool is_called(pid_t pid, const char *name)
{
	auto_fclose FILE *f = open_of(pid, "comm");
	char line[64] = "";

	if (!f || !fgets(line, sizeof(line), f))
		return false;
	line[strcspn(line, "\n")] = 0;
	return !strcmp(line, name);
}

/* ---- all of them ---- */

#define MAX_PIDS 65536

struct pids {
	int n;
	struct {
		pid_t pid, parent;
		bool is_in_tree;
	} v[MAX_PIDS];
};

static void list_pids(struct pids *p)
{
	DIR *d = opendir("/proc");

	p->n = 0;
	for (struct dirent *e = d ? readdir(d) : NULL; e && p->n < MAX_PIDS; e = readdir(d)) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		p->v[p->n].pid = pid;
		p->v[p->n].parent = (pid_t)read_status(pid, "PPid:");
		p->v[p->n++].is_in_tree = false;
	}
	if (d)
		(void)closedir(d);
}

static bool has_parent_in_tree(const struct pids *p, int i)
{
	for (int j = 0; j < p->n; j++) {
		if (p->v[j].is_in_tree && p->v[j].pid == p->v[i].parent)
			return true;
	}
	return false;
}

static void mark_tree(struct pids *p, pid_t root)
{
	bool has_changed = true;

	for (int i = 0; i < p->n; i++)
		p->v[i].is_in_tree = p->v[i].pid == root;
	while (has_changed) {
		has_changed = false;
		for (int i = 0; i < p->n; i++) {
			if (p->v[i].is_in_tree || !has_parent_in_tree(p, i))
				continue;
			p->v[i].is_in_tree = has_changed = true;
		}
	}
}

static void add_process(pid_t pid, struct remains *r)
{
	long rss = read_status(pid, "VmRSS:");

	r->n[REMAINS_PROCESSES]++;
	r->n[REMAINS_TREE_DESCRIPTORS] += count_descriptors(pid);
	r->n[REMAINS_TREE_MOUNTS] += count_lines(pid, "mountinfo");
	if (rss > r->n[REMAINS_LARGEST_KIB])
		r->n[REMAINS_LARGEST_KIB] = rss;
}

/* ---- control groups ---- */

/* nftw() takes no data along. */
static struct {
	char folder[64];
	long n;
} groups;

static int count_group(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *at = strstr(path, groups.folder);

	(void)st;
	(void)ftw;
	if (type == FTW_D && at && !isdigit((unsigned char)at[strlen(groups.folder)]))
		groups.n++;
	return 0;
}

static long count_groups(pid_t server)
{
	groups.n = 0;
	(void)snprintf(groups.folder, sizeof(groups.folder), "/assay-box.%d", server);
	(void)nftw("/sys/fs/cgroup", count_group, 16, FTW_PHYS);
	return groups.n;
}

void remains_look(pid_t server, const char *stray, struct remains *ret)
{
	static struct pids pids;

	*ret = (struct remains){ 0 };
	list_pids(&pids);
	mark_tree(&pids, server);
	for (int i = 0; i < pids.n; i++) {
		if (pids.v[i].is_in_tree)
			add_process(pids.v[i].pid, ret);
		ret->n[REMAINS_STRAYS] += is_called(pids.v[i].pid, stray);
	}
	ret->n[REMAINS_SERVER_DESCRIPTORS] = count_descriptors(server);
	ret->n[REMAINS_CLIENT_DESCRIPTORS] = count_descriptors(getpid());
	ret->n[REMAINS_HOST_MOUNTS] = count_lines(getpid(), "mountinfo");
	ret->n[REMAINS_SERVER_MOUNTS] = count_lines(server, "mountinfo");
	ret->n[REMAINS_SERVER_KIB] = read_status(server, "VmRSS:");
	ret->n[REMAINS_GROUPS] = count_groups(server);
}

int remains_compare(const struct remains *before, const struct remains *after,
		    const struct remains *slack)
{
	for (int i = 0; i < REMAINS_COUNT; i++) {
		if (after->n[i] > before->n[i] + slack->n[i])
			return i;
	}
	return -1;
}
