/* SPDX-License-Identifier: Apache-2.0 */
/* Layers and levels of isolation as data. */
#include "sandbox/layers.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

#define REMEDY_USERNS                                                                              \
	"allow user namespaces (sysctl user.max_user_namespaces, "                                 \
	"kernel.unprivileged_userns_clone, "                                                       \
	"kernel.apparmor_restrict_unprivileged_userns); in a container, --security-opt "           \
	"seccomp=unconfined"
#define REMEDY_CONTAINER                                                                           \
	"in a container, allow namespaces and mounts (for example --security-opt "                 \
	"seccomp=unconfined "                                                                      \
	"--security-opt systempaths=unconfined --cap-add SYS_ADMIN)"
#define REMEDY_PROC                                                                                \
	"in a container, unmask /proc: --security-opt systempaths=unconfined (Docker) or "         \
	"unmask=ALL (Podman)"
#define REMEDY_CGROUP                                                                              \
	"run as root, or under a delegated cgroup: systemd-run --user --scope -p Delegate=yes ..."

const struct layer_info layer_infos[LAYER_COUNT] = {
	[LAYER_USER_NS] = { "user-ns", "ids of its own: root inside is nobody outside",
			    REMEDY_USERNS },
	[LAYER_PID_NS] = { "pid-ns",
			   "sees and signals no process but its own; all die with the first",
			   REMEDY_CONTAINER },
	[LAYER_MOUNT_NS] = { "mount-ns", "mounts of its own, which vanish with it",
			     REMEDY_CONTAINER },
	[LAYER_NET_NS] = { "net-ns", "no network interface, no host or abstract socket",
			   REMEDY_CONTAINER },
	[LAYER_IPC_NS] = { "ipc-ns", "no System V or POSIX queue of the host", REMEDY_CONTAINER },
	[LAYER_UTS_NS] = { "uts-ns", "a host name that tells nothing", REMEDY_CONTAINER },
	[LAYER_CGROUP_NS] = { "cgroup-ns", "does not see where in the host's cgroups it stands",
			      REMEDY_CONTAINER },
	[LAYER_CGROUP_MEMORY] = { "cgroup-memory",
				  "memory of all its processes and files counted and limited",
				  REMEDY_CGROUP },
	[LAYER_CGROUP_PIDS] = { "cgroup-pids", "number of its processes and threads limited",
				REMEDY_CGROUP },
	[LAYER_CGROUP_CPU] = { "cgroup-cpu", "CPU time of all its processes counted by the kernel",
			       REMEDY_CGROUP },
	[LAYER_ROOT] = { "root",
			 "a root of read-only toolchain folders, sized scratch space, private "
			 "/proc, "
			 "five devices",
			 REMEDY_CONTAINER },
	[LAYER_CAPS] = { "caps", "no capability, in no set", "none needed: every kernel can" },
	[LAYER_NO_NEW_PRIVS] = { "no-new-privs", "set-user-id programs give nothing",
				 "none needed: every kernel can" },
	[LAYER_RLIMITS] = { "rlimits",
			    "bounds on files, stack, descriptors, locked memory, core dumps",
			    "raise the hard limits of this login (ulimit -H)" },
	[LAYER_LANDLOCK] = { "landlock", "a second fence around files, TCP and signals",
			     "boot a kernel with Landlock (5.13 or newer, lsm=landlock,...)" },
	[LAYER_PROC] = { "proc", "a /proc of its own processes; without it /proc is empty",
			 REMEDY_PROC },
	[LAYER_SECCOMP] = { "seccomp", "only system calls on the allow list reach the kernel",
			    "use a kernel with CONFIG_SECCOMP_FILTER" },
};

static const char *const level_names[] = {
	[BOX_LEVEL_STANDARD] = "standard",
	[BOX_LEVEL_STRICT] = "strict",
	[BOX_LEVEL_REDUCED] = "reduced",
};

#define ALL_LAYERS (LAYER_BIT(LAYER_COUNT) - 1)
#define COUNTERS                                                                                   \
	(LAYER_BIT(LAYER_CGROUP_MEMORY) | LAYER_BIT(LAYER_CGROUP_PIDS) |                           \
	 LAYER_BIT(LAYER_CGROUP_CPU))
#define DISPENSABLE                                                                                \
	(COUNTERS | LAYER_BIT(LAYER_USER_NS) | LAYER_BIT(LAYER_NET_NS) | LAYER_BIT(LAYER_IPC_NS) | \
	 LAYER_BIT(LAYER_UTS_NS) | LAYER_BIT(LAYER_CGROUP_NS) | LAYER_BIT(LAYER_LANDLOCK) |        \
	 LAYER_BIT(LAYER_PROC))

static const uint32_t level_demands[] = {
	[BOX_LEVEL_STANDARD] = ALL_LAYERS & ~COUNTERS,
	[BOX_LEVEL_STRICT] = ALL_LAYERS,
	[BOX_LEVEL_REDUCED] = ALL_LAYERS & ~DISPENSABLE,
};

const char *box_level_name(enum box_level level)
{
	return level_names[level];
}

int box_level_parse(const char *name, enum box_level *ret, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(level_names); i++) {
		if (!strcmp(name, level_names[i])) {
			*ret = (enum box_level)i;
			return 0;
		}
	}
	return err_set(err, ERR_USAGE,
		       "unknown isolation level '%s': use standard, strict or reduced", name);
}

uint32_t box_level_demands(enum box_level level)
{
	return level_demands[level];
}

int box_level_check(enum box_level level, uint32_t have, const char (*why)[LAYER_WHY],
		    struct err *err)
{
	uint32_t missing = level_demands[level] & ~have;

	for (int l = 0; l < LAYER_COUNT; l++) {
		if (!(missing & LAYER_BIT(l)))
			continue;
		const char *reason = why && why[l][0] ? why[l] : "not available";

		return err_set(
			err, ERR_HARNESS,
			"isolation level '%s' needs the layer %s, which is missing here (%s); %s%s",
			level_names[level], layer_infos[l].name, reason, layer_infos[l].remedy,
			level_demands[BOX_LEVEL_REDUCED] & ~have
				? ""
				: "; or lower the level by name (--isolation)");
	}
	return 0;
}
