/* SPDX-License-Identifier: Apache-2.0 */
/* What a caller finds out about a root file system before a box is made of it. */
#include "sandbox/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"

static const char *const program_folders[] = { "bin", "usr/bin", "usr/local/bin" };

/* A link at the top counts: where it leads is the box's affair. */
static bool has_programs(int dir)
{
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(program_folders); i++) {
		if (fstatat(dir, program_folders[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	}
	return false;
}

static bool is_host_root(int dir)
{
	struct stat a;
	struct stat b;

	return fstat(dir, &a) == 0 && stat("/", &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

int rootfs_resolve(const char *dir, char **ret_path, struct err *err)
{
	auto_free char *real = realpath(dir, NULL);
	auto_close int fd = real ? open(real, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0)
		return err_input(err, dir, 0, "no root file system: %s", strerror(errno));
	if (strlen(real) >= ROOTFS_PATH_MAX)
		return err_input(err, dir, 0, "no root file system: the path is too long");
	if (is_host_root(fd))
		return err_input(err, dir, 0,
				 "the host's own root would show all of its files; without "
				 "--rootfs a box has the host's toolchains");
	if (!has_programs(fd))
		return err_input(err, dir, 0,
				 "no root file system: it has neither bin nor usr/bin");
	*ret_path = take_ptr(real);
	return 0;
}

bool rootfs_has_program(const char *rootfs, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	auto_close int dir = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_close int fd = dir < 0 ? -1 : (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}
