/* SPDX-License-Identifier: Apache-2.0 */
/* Control groups of boxes. */
#include "sandbox/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "sandbox/cgroup_file.h"
#include "sandbox/cgroup_find.h"
#include "sandbox/cgroup_folder.h"
#include "sandbox/mutant.h"

/* What a kind is called, by version of the hierarchy. */
static const struct cg_row {
	const char *controller; /* version 1 */
	const char *controller2;
	enum box_layer layer;
} rows[CG_KIND_COUNT] = {
	[CG_MEMORY] = { "memory", "memory", LAYER_CGROUP_MEMORY },
	[CG_PIDS] = { "pids", "pids", LAYER_CGROUP_PIDS },
	[CG_CPU] = { "cpuacct", NULL, LAYER_CGROUP_CPU }, /* version 2 counts CPU time always */
};

/* From a group to the one above it; false where there is none. */
static bool step_up(char *folder)
{
	char procs[600];
	char *slash = strrchr(folder, '/');

	if (!slash || slash == folder)
		return false;
	*slash = 0;
	(void)snprintf(procs, sizeof(procs), "%s/cgroup.procs", folder);
	return access(procs, F_OK) == 0;
}

/* ---- making the server's folder ---- */

static bool folder_works(const char *folder, char *why)
{
	if (access(folder, W_OK) == 0)
		return true;
	(void)snprintf(
		why, LAYER_WHY, "%s",
		errno == ENOENT ? "no control group here" : "no right to make control groups");
	return false;
}

static int make_folder(struct cg_hierarchy *h, const char *parent, char *why)
{
	h->lock = cg_folder_make(parent, "", h->path, sizeof(h->path));
	if (h->lock >= 0)
		return 0;
	(void)snprintf(why, LAYER_WHY, "mkdir: %s", strerror(errno));
	h->path[0] = 0;
	return -1;
}

static void init_v1(struct cg_host *host, enum cg_kind kind, const char *mountinfo,
		    const char *cgroups, char *why)
{
	struct cg_hierarchy *h = &host->h[kind];
	char folder[400];

	if (cg_find_folder(mountinfo, cgroups, rows[kind].controller, folder, sizeof(folder)) < 0) {
		(void)snprintf(why, LAYER_WHY, "no hierarchy with the %s controller",
			       rows[kind].controller);
		return;
	}
	if (folder_works(folder, why) && make_folder(h, folder, why) == 0)
		h->version = 1;
}

/* Moves us, and our parent where it stood beside us, into another group. */
static void move_ours(const struct cg_host *host, int dir)
{
	if (host->has_parent)
		(void)cg_write_number(dir, "cgroup.procs", getppid());
	(void)cg_write_number(dir, "cgroup.procs", getpid());
}

static void remove_leaf(struct cg_host *host)
{
	(void)rmdir(host->leaf);
	close_fd(&host->leaf_lock);
	host->leaf[0] = 0;
}

/*
 * Version 2 gives controllers to children only of a group without processes of its own. Where ours
 * holds nobody but us and our parent, both move into a leaf, and back at the end.
 */
static int enable_v2(struct cg_host *host, int home, char *why)
{
	if (cg_write_at(home, "cgroup.subtree_control", "+memory +pids") == 0)
		return 0;
	(void)snprintf(why, LAYER_WHY, "controllers not delegated: %s", strerror(errno));
	if (errno != EBUSY)
		return -1;
	(void)snprintf(why, LAYER_WHY, "other processes share our control group");
	host->leaf_lock = cg_folder_make(host->home, ".leaf", host->leaf, sizeof(host->leaf));
	if (host->leaf_lock < 0) {
		host->leaf[0] = 0;
		return -1;
	}
	move_ours(host, host->leaf_lock);
	if (cg_write_at(home, "cgroup.subtree_control", "+memory +pids") == 0)
		return 0;
	move_ours(host, home);
	remove_leaf(host);
	return -1;
}

/* Does this group give its children what we need, and may we move processes to and fro below it? */
static bool gives_controllers(const char *folder)
{
	auto_close int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char given[256];

	return dir >= 0 && cg_read_at(dir, "cgroup.subtree_control", given, sizeof(given)) == 0 &&
	       cg_has_word(given, "memory") && cg_has_word(given, "pids") &&
	       access(folder, W_OK) == 0 && faccessat(dir, "cgroup.procs", W_OK, 0) == 0;
}

/*
 * Do we stand in the leaf of a server? Where that server was killed, its leaf becomes ours, and
 * what it has left undone is undone at our end.
 */
static bool is_in_leaf(struct cg_host *host)
{
	char *name = strrchr(host->home, '/');

	if (!name || !cg_folder_is_named(name + 1))
		return false;
	host->leaf_lock = cg_folder_adopt(host->home);
	if (host->leaf_lock >= 0) {
		memcpy(host->leaf, host->home, sizeof(host->leaf));
		*name = 0;
	}
	return true;
}

/*
 * The group to make ours in: the one we stand in, or the next above it that gives controllers
 * already. A session's group is of the second kind: a shell lives in it, which is not ours to move.
 */
static int choose_parent(struct cg_host *host, char *parent, size_t size, char *why)
{
	auto_close int home = open(host->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)snprintf(parent, size, "%s", host->home);
	(void)snprintf(why, LAYER_WHY, "we stand in another server's control group");
	if (!is_in_leaf(host) && folder_works(host->home, why) && enable_v2(host, home, why) == 0)
		return 0;
	while (step_up(parent)) {
		if (gives_controllers(parent))
			return 0;
	}
	return -1;
}

static bool is_parent_beside_us(const struct cg_host *host, const char *mountinfo)
{
	auto_strbuf cgroups = { 0 };
	char path[64];
	char folder[sizeof(host->home)];

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", getppid());
	return fs_read_file(path, 1 << 20, &cgroups, NULL) == 0 &&
	       cg_find_folder(mountinfo, strbuf_str(&cgroups), "", folder, sizeof(folder)) == 0 &&
	       !strcmp(folder, host->home);
}

static bool init_v2(struct cg_host *host, const char *mountinfo, const char *cgroups, char *why)
{
	char controllers[256] = "";
	char parent[sizeof(host->home)];

	if (cg_find_folder(mountinfo, cgroups, "", host->home, sizeof(host->home) - 64) < 0)
		return false;
	auto_close int home = open(host->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (home < 0 ||
	    cg_read_at(home, "cgroup.controllers", controllers, sizeof(controllers)) < 0 ||
	    !cg_has_word(controllers, "memory") || !cg_has_word(controllers, "pids")) {
		(void)snprintf(why, LAYER_WHY,
			       "the memory and pids controllers are not given to us");
		return false;
	}
	host->has_parent = is_parent_beside_us(host, mountinfo);
	if (choose_parent(host, parent, sizeof(parent), why) < 0 ||
	    make_folder(&host->h[CG_MEMORY], parent, why) < 0)
		return false;
	auto_close int made = open(host->h[CG_MEMORY].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)cg_write_at(made, "cgroup.subtree_control", "+memory +pids");
	for (int k = 0; k < CG_KIND_COUNT; k++) {
		host->h[k].version = 2;
		host->h[k].shares_with = k == CG_MEMORY ? -1 : CG_MEMORY;
	}
	return true;
}

uint32_t cg_host_init(struct cg_host *host, char why[LAYER_COUNT][LAYER_WHY])
{
	auto_strbuf mountinfo = { 0 };
	auto_strbuf cgroups = { 0 };
	char why2[LAYER_WHY] = "";
	uint32_t have = 0;

	memset(host, 0, sizeof(*host));
	host->leaf_lock = -1;
	for (int k = 0; k < CG_KIND_COUNT; k++)
		host->h[k].shares_with = host->h[k].lock = -1;
	if (fs_read_file("/proc/self/mountinfo", 4 << 20, &mountinfo, NULL) < 0 ||
	    fs_read_file("/proc/self/cgroup", 1 << 20, &cgroups, NULL) < 0)
		return 0;
	if (!init_v2(host, strbuf_str(&mountinfo), strbuf_str(&cgroups), why2)) {
		for (int k = 0; k < CG_KIND_COUNT; k++)
			init_v1(host, (enum cg_kind)k, strbuf_str(&mountinfo), strbuf_str(&cgroups),
				why[rows[k].layer]);
	}
	for (int k = 0; k < CG_KIND_COUNT; k++) {
		if (host->h[k].version)
			have |= LAYER_BIT(rows[k].layer);
		else if (why2[0])
			memcpy(why[rows[k].layer], why2, sizeof(why2));
	}
	(void)cg_host_sweep(host);
	return have;
}

/* ---- the end ---- */

int cg_host_sweep(const struct cg_host *host)
{
	int left = 0;
	char folder[512];

	for (int k = 0; k < CG_KIND_COUNT; k++) {
		if (!host->h[k].version || host->h[k].shares_with >= 0)
			continue;
		(void)snprintf(folder, sizeof(folder), "%s", host->h[k].path);
		if (host->h[k].version == 1 && step_up(folder))
			left += cg_folder_sweep(folder);
	}
	if (host->h[CG_MEMORY].version != 2)
		return left;
	/* another server may have found another group above us the next that gives controllers */
	(void)snprintf(folder, sizeof(folder), "%s", host->home);
	do
		left += cg_folder_sweep(folder);
	while (step_up(folder));
	return left;
}

void cg_host_release(struct cg_host *host)
{
	while (host->free) {
		struct cg_group *g = host->free;

		host->free = g->next;
		cg_group_free(host, g);
	}
	for (int k = 0; k < CG_KIND_COUNT; k++) {
		if (host->h[k].version && host->h[k].shares_with < 0) {
			(void)cg_folder_remove(host->h[k].path);
			close_fd(&host->h[k].lock);
		}
		host->h[k].version = 0;
	}
	if (!host->leaf[0])
		return;
	auto_close int home = open(host->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)cg_write_at(home, "cgroup.subtree_control", "-memory -pids");
	move_ours(host, home);
	remove_leaf(host);
}
