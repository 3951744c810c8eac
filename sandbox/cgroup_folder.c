/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of servers: made locked, removed by who gets the lock. */
#include "sandbox/cgroup_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define PREFIX     "assay-box."
#define TAG_DIGITS 8
#define TRIES      16

bool cg_folder_is_named(const char *name)
{
	char *tag;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return false;
	long pid = strtol(name + strlen(PREFIX), &tag, 10);

	return pid > 0 && *tag == '.' && strspn(tag + 1, "0123456789abcdef") == TAG_DIGITS;
}

/* Opened and locked, and still at its place then: who removes it may have been there before us. */
static int open_locked(const char *path)
{
	struct stat held, there;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &held) == 0 && stat(path, &there) == 0 &&
	    held.st_ino == there.st_ino && held.st_dev == there.st_dev)
		return fd;
	close_fd(&fd);
	return -1;
}

int cg_folder_make(const char *parent, const char *suffix, char *path, size_t size)
{
	for (int i = 0; i < TRIES; i++) {
		uint32_t tag;
		int fd;

		if (getrandom(&tag, sizeof(tag), 0) != (ssize_t)sizeof(tag))
			return -1;
		if ((size_t)snprintf(path, size, "%s/" PREFIX "%d.%08x%s", parent, getpid(), tag,
				     suffix) >= size) {
			errno = ENAMETOOLONG;
			return -1;
		}
		if (mkdir(path, 0755) < 0) {
			if (errno != EEXIST)
				return -1;
			continue;
		}
		fd = open_locked(path);
		if (fd >= 0)
			return fd;
		(void)rmdir(path); /* a sweep has seen it before it was locked */
	}
	return -1;
}

int cg_folder_adopt(const char *path)
{
	return open_locked(path);
}

int cg_folder_remove(const char *path)
{
	DIR *d = opendir(path);

	if (!d)
		return 0;
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		if (!strncmp(e->d_name, "box", 3))
			(void)unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	}
	(void)closedir(d);
	return rmdir(path);
}

int cg_folder_sweep(const char *parent)
{
	int left = 0;
	char path[800];
	DIR *d = opendir(parent);

	if (!d)
		return 0;
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		if (!cg_folder_is_named(e->d_name))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", parent, e->d_name);
		auto_close int lock = open_locked(path);

		if (lock >= 0)
			left += cg_folder_remove(path) < 0;
	}
	(void)closedir(d);
	return left;
}
