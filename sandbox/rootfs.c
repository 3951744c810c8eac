/* SPDX-License-Identifier: Apache-2.0 */
/* Laying a given root file system into the root of a box. */
#include "sandbox/rootfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "sandbox/mutant.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

#define IMAGE       "/image" /* where the tree stands while it is taken apart */
#define MAX_ENTRIES 200      /* at its top; our tmpfs has room for some more */

/* Names at the top that are the box's own, or of no use in one. */
static const char *const reserved[] = { ".", "..", "proc", "sys", "dev", "work", "tmp", "box" };

static bool is_reserved(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++) {
		if (!strcmp(name, reserved[i]))
			return true;
	}
	return false;
}

/* A copy of the mounts at a descriptor (path "") or a path, attached to nothing. */
static int copy_tree(int dir, const char *path)
{
	return (int)syscall(SYS_open_tree, dir, path,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE |
				    AT_SYMLINK_NOFOLLOW | (*path ? 0 : AT_EMPTY_PATH));
}

static int attach(int tree, int place)
{
	return (int)syscall(SYS_move_mount, tree, "", place, "",
			    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* Read-only, no devices, no set-user-id bits, for all mounts of a tree. */
static int protect(int tree, struct err *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOSUID };

	if (!mutant("root:image-read-only"))
		attr.attr_set |= MOUNT_ATTR_RDONLY;
	if (!mutant("root:image-devices"))
		attr.attr_set |= MOUNT_ATTR_NODEV;
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
		    sizeof(attr)) < 0)
		return err_sys(err, "make the root file system read-only");
	return 0;
}

/* Protected here already, the tree cannot be made writable again in the child's user namespace. */
int rootfs_open(const struct box_spec *spec)
{
	int tree = spec->rootfs ? copy_tree(AT_FDCWD, spec->rootfs) : -1;

	if (tree >= 0 && protect(tree, NULL) < 0)
		close_fd(&tree);
	return tree;
}

static int open_in(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | flags,
				.resolve = RESOLVE_NO_MAGICLINKS | resolve };

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/* ---- entries at the top ---- */

static int bind_entry(int from, int to, const char *name, bool is_dir, struct err *err)
{
	if (is_dir && mkdirat(to, name, 0755) < 0)
		return err_sys(err, "make /%s", name);
	auto_close int place =
		is_dir ? open_in(to, name, O_DIRECTORY, RESOLVE_NO_SYMLINKS)
		       : openat(to, name, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0644);
	auto_close int tree = copy_tree(from, "");

	if (place < 0 || tree < 0 || attach(tree, place) < 0)
		return err_sys(err, "bind /%s of the root file system", name);
	return 0;
}

static int copy_link(int from, int to, const char *name, struct err *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, "", target, sizeof(target) - 1);

	if (n < 0)
		return err_sys(err, "read the link /%s of the root file system", name);
	target[n] = 0;
	return symlinkat(target, to, name) < 0 ? err_sys(err, "link /%s", name) : 0;
}

/* Devices, sockets and FIFOs at the top are left out. */
static int lay_entry(int dir, int top, const char *name, struct err *err)
{
	auto_close int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "open /%s of the root file system", name);
	if (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode))
		return bind_entry(fd, top, name, S_ISDIR(st.st_mode), err);
	return S_ISLNK(st.st_mode) ? copy_link(fd, top, name, err) : 0;
}

static int lay_entries(int dir, int top, struct err *err)
{
	_Alignas(struct dirent64) char buf[4096];
	int count = 0;
	long n;

	while ((n = syscall(SYS_getdents64, dir, buf, sizeof(buf))) > 0) {
		for (long at = 0; at < n;) {
			const struct dirent64 *d = (const void *)(buf + at);

			at += d->d_reclen;
			if (is_reserved(d->d_name))
				continue;
			if (++count > MAX_ENTRIES)
				return err_set(err, ERR_INPUT,
					       "the root file system has more than %d entries at "
					       "its top",
					       MAX_ENTRIES);
			if (lay_entry(dir, top, d->d_name, err) < 0)
				return -1;
		}
	}
	return n < 0 ? err_sys(err, "read the root file system") : 0;
}

/* The tree at IMAGE, protected before anything of it is looked at. */
static int stand(const char *path, int tree, struct err *err)
{
	auto_close int own = tree < 0 ? copy_tree(AT_FDCWD, path) : -1;
	int use = tree < 0 ? own : tree;

	if (use < 0)
		return err_sys(err, "open the root file system");
	if (mkdir(IMAGE, 0755) < 0)
		return err_sys(err, "make a place for the root file system");
	auto_close int place = open(IMAGE, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (place < 0 || attach(use, place) < 0)
		return err_sys(err, "mount the root file system");
	return protect(use, err);
}

int rootfs_lay(const char *top, const char *path, int tree, struct err *err)
{
	if (stand(path, tree, err) < 0)
		return -1;
	auto_close int to = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_close int dir = open(IMAGE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (to < 0 || dir < 0)
		return err_sys(err, "open the root file system");
	return lay_entries(dir, to, err);
}

/* ---- what is put over it ---- */

static int write_beside(const char *name, const char *text, struct err *err)
{
	auto_close int fd = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
	ssize_t len = (ssize_t)strlen(text);

	return fd < 0 || write(fd, text, (size_t)len) != len ? err_sys(err, "write %s", name) : 0;
}

int rootfs_cover(const char *top, const char *path, const char *text, struct err *err)
{
	const char *name = strrchr(path, '/');
	auto_close int dir = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_close int place =
		open_in(dir, path + 1, O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	struct stat st;

	if (dir < 0)
		return err_sys(err, "open the root");
	if (place < 0 || fstat(place, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (write_beside(name, text, err) < 0)
		return -1;
	auto_close int tree = copy_tree(AT_FDCWD, name);

	if (tree < 0 || attach(tree, place) < 0)
		return err_sys(err, "put our %s over the root file system's", path);
	return protect(tree, err) < 0 ? -1 : 1;
}

/* A folder that the tree does not have, made a part at a time in our tmpfs, past no links. */
static int make_place(int dir, const char *path, struct err *err)
{
	char name[NAME_MAX + 1];
	int at = dup(dir);

	for (path += strspn(path, "/"); at >= 0 && *path; path += strspn(path, "/")) {
		size_t len = strcspn(path, "/");

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, path);
		(void)mkdirat(at, name, 0755);
		int next = open_in(at, name, O_DIRECTORY | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);

		(void)close(at);
		at = next;
		path += len;
	}
	return at < 0 ? err_sys(err, "the root file system has no place for this folder") : at;
}

int rootfs_bind(const char *top, const char *source, const char *path, struct err *err)
{
	auto_close int dir = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_close int tree = (int)syscall(SYS_open_tree, AT_FDCWD, source,
					   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (dir < 0 || tree < 0)
		return err_sys(err, "%s", path);
	int found = open_in(dir, path, 0, RESOLVE_IN_ROOT);
	auto_close int place = found < 0 ? make_place(dir, path, err) : found;

	if (place < 0)
		return err_wrap(err, "%s", path);
	if (attach(tree, place) < 0)
		return err_sys(err, "bind %s", path);
	return protect(tree, err);
}
