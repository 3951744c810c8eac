/* SPDX-License-Identifier: Apache-2.0 */
/* Declared files, walked to without following anything, and copied with a bound. */
#include "sandbox/outfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "sandbox/mutant.h"

#define PATH_BYTES_MAX 1000

/* Where a program sees the folders of the scratch disk, and what they are called on it (root.c). */
static const struct place {
	const char *seen, *folder;
} places[] = {
	{ "/work/", "work/" },
	{ "/tmp/", "tmp/" },
	{ "/dev/shm/", "shm/" },
};

static const struct place *find_place(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (!strncmp(path, places[i].seen, strlen(places[i].seen)))
			return &places[i];
	}
	return NULL;
}

/* Every part is a name: none is empty, "." or "..". */
static bool has_plain_parts(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}

int outfiles_check(const struct strvec *paths, struct err *err)
{
	if (paths->n > BOX_MAX_OUTS)
		return err_set(err, ERR_USAGE, "more than %d files to bring back", BOX_MAX_OUTS);
	for (size_t i = 0; i < paths->n; i++) {
		const char *path = paths->v[i];

		if (strlen(path) > PATH_BYTES_MAX || !find_place(path) ||
		    !has_plain_parts(path + 1))
			return err_set(err, ERR_USAGE,
				       "no file can be brought back from '%.200s': it must be "
				       "below /work, /tmp or /dev/shm",
				       path);
	}
	return 0;
}

/* ---- walking ---- */

static bool follows_links(void)
{
	return mutant("outfiles:links");
}

static const struct {
	int code;
	enum box_out_state state;
} failures[] = {
	{ ENOENT, BOX_OUT_ABSENT },       { ENOTDIR, BOX_OUT_ABSENT },
	{ ENAMETOOLONG, BOX_OUT_ABSENT }, { EACCES, BOX_OUT_UNREADABLE },
	{ ELOOP, BOX_OUT_LINK },          { ENXIO, BOX_OUT_NOT_REGULAR },
};

/* Why a folder on the way, or the file itself, could not be opened. */
static enum box_out_state state_of_failure(int dir, const char *name)
{
	int saved = errno;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
		return BOX_OUT_LINK;
	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		if (failures[i].code == saved)
			return failures[i].state;
	}
	return BOX_OUT_FAILED;
}

/* Root may open everything; what comes back shall not depend on who runs us. */
static bool forbids(int fd, mode_t right)
{
	struct stat st;

	return fstat(fd, &st) == 0 && !(st.st_mode & right);
}

/* The folder that the last part of a path is in, and that part; -1 with *ret_state. */
static int open_folder(int top, const char *path, const char **ret_name,
		       enum box_out_state *ret_state)
{
	int flags = O_PATH | O_DIRECTORY | O_CLOEXEC | (follows_links() ? 0 : O_NOFOLLOW);
	int dir = fcntl(top, F_DUPFD_CLOEXEC, 3);
	char part[PATH_BYTES_MAX + 1];
	size_t len;

	*ret_state = BOX_OUT_FAILED;
	for (; dir >= 0 && path[len = strcspn(path, "/")]; path += len + 1) {
		memcpy(part, path, len);
		part[len] = 0;
		int next = openat(dir, part, flags);

		if (next < 0)
			*ret_state = state_of_failure(dir, part);
		close_fd(&dir);
		dir = next;
		if (dir >= 0 && forbids(dir, S_IXUSR)) {
			*ret_state = BOX_OUT_UNREADABLE;
			close_fd(&dir);
		}
	}
	*ret_name = path;
	return dir;
}

static bool is_regular(const struct stat *st, const struct stat *top)
{
	return S_ISREG(st->st_mode) && (st->st_dev == top->st_dev || follows_links());
}

/*
 * Looked at before it is opened, since opening alone can do something (a device) or wait (a FIFO),
 * and again afterwards, should a process that was given a descriptor of this disk live elsewhere.
 */
static int open_file(int dir, const char *name, const struct stat *top, struct stat *ret,
		     enum box_out_state *ret_state)
{
	int nofollow = follows_links() ? 0 : AT_SYMLINK_NOFOLLOW;
	int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0);

	if (fstatat(dir, name, ret, nofollow) < 0) {
		*ret_state = state_of_failure(dir, name);
		return -1;
	}
	*ret_state = S_ISLNK(ret->st_mode) ? BOX_OUT_LINK : BOX_OUT_NOT_REGULAR;
	if (!is_regular(ret, top))
		return -1;
	int fd = openat(dir, name, flags);

	if (fd < 0)
		*ret_state = state_of_failure(dir, name);
	else if (fstat(fd, ret) < 0 || !is_regular(ret, top))
		close_fd(&fd);
	if (fd >= 0 && !(ret->st_mode & S_IRUSR)) {
		*ret_state = BOX_OUT_UNREADABLE;
		close_fd(&fd);
	}
	return fd;
}

/* ---- copying ---- */

/* At most `max` bytes: how many there were, max + 1 for more, -1 for an error. */
static int64_t copy(int from, int to, int64_t max)
{
	char buf[65536];
	int64_t total = 0;

	for (;;) {
		ssize_t n = read(from, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -1 : total;
		total += n;
		if (total > max)
			return max + 1;
		if (fs_write_all(to, buf, (size_t)n, NULL) < 0)
			return -1;
	}
}

/* Into a memory file that nobody can change any more. */
static void keep(int from, int64_t max, struct box_out *out)
{
	auto_close int fd = memfd_create("out", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int64_t n = fd < 0 ? -1 : copy(from, fd, max);

	out->state = n < 0 ? BOX_OUT_FAILED : BOX_OUT_TOO_LARGE;
	if (n < 0 || n > max ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		return;
	(void)lseek(fd, 0, SEEK_SET);
	out->state = BOX_OUT_KEPT;
	out->size = n;
	out->fd = take_fd(&fd);
}

/* Never more than the limits, whatever size a file claims to have. */
static void collect_one(int scratch, const struct box_limits *l, int64_t left, struct box_out *out)
{
	const struct place *place = find_place(out->path);
	auto_strbuf path = { 0 };
	const char *name;
	struct stat top;
	struct stat st;

	strbuf_addf(&path, "%s%s", place->folder, out->path + strlen(place->seen));
	if (fstat(scratch, &top) < 0)
		return;
	auto_close int dir = open_folder(scratch, strbuf_str(&path), &name, &out->state);

	if (dir < 0)
		return;
	auto_close int fd = open_file(dir, name, &top, &st, &out->state);

	if (fd < 0)
		return;
	out->size = st.st_size;
	out->is_executable = (st.st_mode & S_IXUSR) != 0;
	if (mutant("outfiles:size"))
		keep(fd, INT64_MAX - 1, out);
	else if (st.st_size > l->out_file_bytes)
		out->state = BOX_OUT_TOO_LARGE;
	else if (st.st_size > left)
		out->state = BOX_OUT_NO_ROOM;
	else
		keep(fd, l->out_file_bytes < left ? l->out_file_bytes : left, out);
}

void outfiles_collect(int scratch, const struct strvec *paths, const struct box_limits *l,
		      struct box_result *r)
{
	int64_t left = l->out_bytes;

	r->outs = xcalloc(paths->n, sizeof(*r->outs));
	r->n_outs = (int)paths->n;
	for (size_t i = 0; i < paths->n; i++) {
		struct box_out *out = &r->outs[i];

		*out = (struct box_out){ .path = xstrdup(paths->v[i]), .size = -1, .fd = -1 };
		out->state = BOX_OUT_ABSENT;
		if (scratch >= 0)
			collect_one(scratch, l, left, out);
		if (out->state == BOX_OUT_KEPT)
			left -= out->size;
	}
}
