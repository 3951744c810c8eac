/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of archives into a tree, and a tree out of the way. */
#include "harness/image/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"

#define WHITEOUT        ".wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

/* ---- names ---- */

/* A folder of the tree and a name in it. */
struct place {
	int dir;
	char name[NAME_MAX + 1]; /* "" is the root itself */
};

static void place_release(struct place *p)
{
	close_fd(&p->dir);
}
#define auto_place __attribute__((cleanup(place_release))) struct place

/* The name without "/" and "./" at its ends and between; -1 for one that climbs. */
static int clean_name(const char *name, char ret[TAR_NAME_MAX], struct err *err)
{
	size_t n = 0;

	for (const char *p = name + strspn(name, "/"); *p; p += strspn(p, "/")) {
		size_t len = strcspn(p, "/");

		if (len == 2 && !memcmp(p, "..", 2))
			return err_set(err, ERR_INPUT, "'%.200s': a name that leaves the tree",
				       name);
		if (len > NAME_MAX)
			return err_set(err, ERR_INPUT, "'%.80s...': a name that is too long", name);
		if (len != 1 || *p != '.') {
			if (n > 0)
				ret[n++] = '/';
			memcpy(ret + n, p, len);
			n += len;
		}
		p += len;
	}
	ret[n] = 0;
	return 0;
}

static int open_folder(int root, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof(how));
}

/* A folder by its cleaned name, after making what is missing on the way. */
static int make_folder(int root, char *path, struct err *err)
{
	int at = open_folder(root, "");

	for (char *from = path; at >= 0 && *from;) {
		char *slash = strchr(from, '/');

		if (slash)
			*slash = 0;
		int next = open_folder(root, path);

		if (next < 0 && errno == ENOENT && mkdirat(at, from, 0755) == 0 &&
		    fchmodat(at, from, 0755, 0) == 0)
			next = open_folder(root, path);
		(void)close(at);
		at = next;
		from += strlen(from);
		if (slash) {
			*slash = '/';
			from = slash + 1;
		}
	}
	if (at < 0)
		return err_set(err, ERR_INPUT, "'%.200s': no folder to put something in: %s", path,
			       strerror(errno));
	return at;
}

static int open_or_make(int root, char *path, struct err *err)
{
	int fd = open_folder(root, path);

	return fd < 0 ? make_folder(root, path, err) : fd;
}

static int find_place(const struct tree *tree, const char *name, bool make, struct place *ret,
		      struct err *err)
{
	char path[TAR_NAME_MAX];

	if (clean_name(name, path, err) < 0)
		return -1;
	char *slash = strrchr(path, '/');

	(void)snprintf(ret->name, sizeof(ret->name), "%.255s", slash ? slash + 1 : path);
	*(slash ? slash : path) = 0;
	ret->dir = make ? open_or_make(tree->root, path, err) : open_folder(tree->root, path);
	return ret->dir < 0 ? -1 : 0;
}

/* ---- removing ---- */

/* A stream over a folder, opened without following a link; NULL with errno. */
static DIR *open_stream(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !d)
		(void)close(fd);
	return d;
}

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Moves a folder to `top` under a name that nothing has there. */
static int lift(int dir, const char *name, int top, int64_t *number)
{
	char lifted[32];
	int r;

	do {
		(void)snprintf(lifted, sizeof(lifted), ".lifted-%lld", (long long)++*number);
		r = renameat2(dir, name, top, lifted, RENAME_NOREPLACE);
	} while (r < 0 && errno == EEXIST);
	return r;
}

/*
 * Empties a folder whose own folders are lifted to `top` under new names on the way, so that depth
 * costs neither stack nor descriptors.
 */
static int empty_into(int top, const char *name, int64_t *number)
{
	DIR *d = open_stream(top, name);
	const struct dirent *e;
	int r = d ? 0 : -1;

	while (r == 0 && (e = readdir(d))) {
		if (!is_dot(e->d_name) && unlinkat(dirfd(d), e->d_name, 0) < 0)
			r = errno == EISDIR ? lift(dirfd(d), e->d_name, top, number) : -1;
	}
	if (d)
		(void)closedir(d);
	return r;
}

/* One pass: what the folder holds goes, and what that held comes up. -1, or how many went. */
static int64_t sweep(int top, int64_t *number)
{
	DIR *d = open_stream(top, ".");
	const struct dirent *e;
	int64_t n = d ? 0 : -1;

	while (n >= 0 && (e = readdir(d))) {
		if (is_dot(e->d_name))
			continue;
		if (unlinkat(top, e->d_name, 0) == 0 ||
		    (empty_into(top, e->d_name, number) == 0 &&
		     unlinkat(top, e->d_name, AT_REMOVEDIR) == 0))
			n++;
		else
			n = -1;
	}
	if (d)
		(void)closedir(d);
	return n;
}

int tree_remove(int dir, const char *name, struct err *err)
{
	int64_t number = 0;
	int64_t went = 1;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	auto_close int top = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	while (top >= 0 && went > 0)
		went = sweep(top, &number);
	if (top < 0 || went < 0 || unlinkat(dir, name, AT_REMOVEDIR) < 0)
		return err_sys(err, "remove %.200s", name);
	return 0;
}

/* ---- adding ---- */

/* A folder stays where one is; everything else makes room. */
static int make_room(const struct place *p, bool is_folder, struct err *err)
{
	struct stat st;

	if (fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_sys(err, "look at %s", p->name);
	if (is_folder && S_ISDIR(st.st_mode))
		return 1;
	return tree_remove(p->dir, p->name, err);
}

static int too_large(const struct tree *tree, struct err *err)
{
	return err_set(err, ERR_INPUT, "the image is larger than %lld MiB",
		       (long long)(tree->max_bytes >> 20));
}

static int copy_content(struct tree *tree, struct tar *t, int fd, struct err *err)
{
	char buf[65536];
	int64_t n;

	while ((n = tar_read(t, buf, sizeof(buf), err)) > 0) {
		if (fs_write_all(fd, buf, (size_t)n, err) < 0)
			return -1;
		tree->bytes += n;
	}
	return (int)n;
}

static int add_file(struct tree *tree, struct tar *t, const struct tar_entry *e,
		    const struct place *p, struct err *err)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = e->mtime } };
	mode_t mode = e->mode & 0111 ? 0755 : 0644;

	if (e->size > tree->max_bytes - tree->bytes)
		return too_large(tree, err);
	auto_close int fd =
		openat(p->dir, p->name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_sys(err, "create %.200s", e->name);
	if (copy_content(tree, t, fd, err) < 0)
		return -1;
	if (fchmod(fd, mode) < 0 || futimens(fd, times) < 0)
		return err_sys(err, "write %.200s", e->name);
	return 0;
}

/* To a regular file or a link that the tree has already. */
static int add_hardlink(struct tree *tree, const struct tar_entry *e, const struct place *p,
			struct err *err)
{
	auto_place to = { .dir = -1 };
	struct stat st;

	if (find_place(tree, e->link, false, &to, err) < 0 ||
	    fstatat(to.dir, to.name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(st.st_mode))
		return err_set(err, ERR_INPUT, "'%.200s': a link to what is not in the tree",
			       e->name);
	return linkat(to.dir, to.name, p->dir, p->name, 0) < 0
		       ? err_sys(err, "link %.200s", e->name)
		       : 0;
}

static int add_folder(const struct place *p, struct err *err)
{
	if (mkdirat(p->dir, p->name, 0700) < 0 || fchmodat(p->dir, p->name, 0755, 0) < 0)
		return err_sys(err, "make the folder %s", p->name);
	return 0;
}

static int add_symlink(const struct tar_entry *e, const struct place *p, struct err *err)
{
	if (!e->link[0])
		return err_set(err, ERR_INPUT, "'%.200s': a link that leads nowhere", e->name);
	return symlinkat(e->link, p->dir, p->name) < 0 ? err_sys(err, "link %.200s", e->name) : 0;
}

int tree_add(struct tree *tree, struct tar *t, const struct tar_entry *e, struct err *err)
{
	auto_place p = { .dir = -1 };

	tree->bytes += TAR_BLOCK;
	tree->files++;
	if (tree->bytes > tree->max_bytes)
		return too_large(tree, err);
	if (e->kind == TAR_OTHER) {
		tree->skipped++;
		return 0;
	}
	if (find_place(tree, e->name, true, &p, err) < 0)
		return -1;
	if (!p.name[0]) /* the root itself */
		return 0;
	int r = make_room(&p, e->kind == TAR_DIR, err);

	if (r != 0)
		return r < 0 ? -1 : 0;
	switch (e->kind) {
	case TAR_FILE:
		return add_file(tree, t, e, &p, err);
	case TAR_DIR:
		return add_folder(&p, err);
	case TAR_SYMLINK:
		return add_symlink(e, &p, err);
	case TAR_HARDLINK:
		return add_hardlink(tree, e, &p, err);
	case TAR_OTHER:
		break;
	}
	return 0;
}

/* ---- whiteouts ---- */

static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

int tree_is_whiteout(const struct tar_entry *e)
{
	return !strncmp(last_part(e->name), WHITEOUT, strlen(WHITEOUT));
}

static int empty_folder(int dir, struct err *err)
{
	int64_t number = 0;
	int64_t went;
	auto_close int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	do {
		went = fd < 0 ? -1 : sweep(fd, &number);
	} while (went > 0);
	return went < 0 ? err_sys(err, "empty a folder") : 0;
}

int tree_whiteout(struct tree *tree, const struct tar_entry *e, struct err *err)
{
	auto_place p = { .dir = -1 };

	if (!tree_is_whiteout(e))
		return 0;
	if (find_place(tree, e->name, false, &p, NULL) < 0)
		return 1; /* in a folder that is not there, nothing is there */
	if (!strcmp(p.name, WHITEOUT_OPAQUE))
		return empty_folder(p.dir, err) < 0 ? -1 : 1;
	const char *name = p.name + strlen(WHITEOUT);

	if (!*name || is_dot(name))
		return err_set(err, ERR_INPUT, "'%.200s': a mark that names nothing", e->name);
	return tree_remove(p.dir, name, err) < 0 ? -1 : 1;
}
