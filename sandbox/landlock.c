/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock by raw calls; constants newer than the build machine's headers are defined here. */
#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"

/* struct landlock_ruleset_attr as of ABI 6; older kernels are given its first members only. */
struct ruleset_attr {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

#define FS_ABI1      ((1ULL << 13) - 1)
#define FS_REFER     (1ULL << 13) /* ABI 2 */
#define FS_TRUNCATE  (1ULL << 14) /* ABI 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#define NET_TCP      3ULL         /* ABI 4: bind, connect */
#define SCOPE_ALL    3ULL         /* ABI 6: abstract sockets, signals */

#define READ_RIGHTS                                                                                \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static uint64_t handled_fs(int abi)
{
	return FS_ABI1 | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0) |
	       (abi >= 5 ? FS_IOCTL_DEV : 0);
}

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

static int allow(int ruleset, const char *path, uint64_t rights)
{
	auto_close int dir = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr attr = { .allowed_access = rights, .parent_fd = dir };

	if (dir < 0)
		return errno == ENOENT ? 0 : -1;
	return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &attr, 0);
}

/* Below /dev there are devices that are harmless to write to, and nothing else. */
int landlock_confine(int abi)
{
	uint64_t devices = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
			   (abi >= 3 ? FS_TRUNCATE : 0);
	const struct {
		const char *path;
		uint64_t rights;
	} rules[] = {
		{ "/", READ_RIGHTS },
		{ "/dev", devices },
		{ "/work", handled_fs(abi) },
		{ "/tmp", handled_fs(abi) },
		{ "/dev/shm", handled_fs(abi) },
	};
	struct ruleset_attr attr = { .fs = handled_fs(abi), .net = NET_TCP, .scoped = SCOPE_ALL };
	size_t size = abi >= 6   ? sizeof(attr)
		      : abi >= 4 ? offsetof(struct ruleset_attr, scoped)
				 : offsetof(struct ruleset_attr, net);
	auto_close int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);

	if (ruleset < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (allow(ruleset, rules[i].path, rules[i].rights) < 0)
			return -1;
	}
	return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}
