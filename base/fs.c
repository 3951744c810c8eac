/* SPDX-License-Identifier: Apache-2.0 */
/* Files: whole reads with a bound, complete writes, atomic replacement, memory files. */
#include "base/fs.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"

#define READ_CHUNK 65536UL
#define OUT_BUFFER 65536UL

void close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = saved;
}

/* What the name of the file is to blame for, and not the machine. */
static bool is_fault_of_name(int code)
{
	static const int codes[] = { ENOENT,       EACCES, EPERM,  EISDIR, ENOTDIR, ELOOP, EROFS,
				     ENAMETOOLONG, ENXIO,  EEXIST, EINVAL, ETXTBSY, ENODEV };

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		if (codes[i] == code)
			return true;
	}
	return false;
}

/* "cannot VERB 'PATH': reason" from errno. */
static int path_error(struct err *err, const char *verb, const char *path)
{
	int saved = errno;

	(void)err_sys(err, "cannot %s '%s'", verb, path);
	if (err && is_fault_of_name(saved))
		err->kind = ERR_INPUT;
	return -1;
}

/* ---- reading and writing ----------------------------------------------------------------------
 */

/* Appends fd to its end; -1 with errno, EFBIG where there are more than max bytes. */
static int read_to_end(int fd, size_t max, struct strbuf *sb)
{
	size_t total = 0;

	for (;;) {
		size_t chunk = total < READ_CHUNK ? READ_CHUNK : total;
		ssize_t n;

		/* One byte more than allowed tells a file that is too large. */
		if (chunk > max - total)
			chunk = max - total + 1;
		n = read(fd, strbuf_grow(sb, chunk), chunk);
		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if ((size_t)n > max - total) {
			errno = EFBIG;
			return -1;
		}
		total += (size_t)n;
		sb->len += (size_t)n;
		sb->buf[sb->len] = '\0';
	}
}

int fs_read_file(const char *path, size_t max, struct strbuf *sb, struct err *err)
{
	size_t start = sb->len;
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return path_error(err, "open", path);
	if (read_to_end(fd, max, sb) == 0)
		return 0;
	strbuf_setlen(sb, start);
	if (errno == EFBIG)
		return err_set(err, ERR_INPUT, "'%s' is larger than %zu bytes", path, max);
	return path_error(err, "read", path);
}

int fs_read_fd(int fd, size_t max, struct strbuf *sb, struct err *err)
{
	size_t start = sb->len;

	if (read_to_end(fd, max, sb) == 0)
		return 0;
	strbuf_setlen(sb, start);
	if (errno == EFBIG)
		return err_set(err, ERR_INPUT, "more than %zu bytes of input", max);
	return err_sys(err, "cannot read");
}

/* Somebody else may have made our end of a pipe non-blocking. */
static int wait_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, -1) < 0 && errno != EINTR ? -1 : 0;
}

static int write_to_end(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t done = write(fd, data, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno == EAGAIN && wait_writable(fd) == 0)
			continue;
		if (done < 0)
			return -1;
		data += done;
		n -= (size_t)done;
	}
	return 0;
}

int fs_write_all(int fd, const void *data, size_t n, struct err *err)
{
	if (write_to_end(fd, data, n) < 0)
		return err_sys(err, "cannot write");
	return 0;
}

/* ---- folders and names ------------------------------------------------------------------------
 */

/* Makes one folder; one that is there already, or a link to one, is well. */
static int make_dir(const char *path)
{
	struct stat st;

	if (mkdir(path, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? 0 : -1;
	if (stat(path, &st) < 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return 0;
	errno = ENOTDIR;
	return -1;
}

int fs_mkdir_p(const char *path, struct err *err)
{
	auto_free char *part = xstrdup(path);
	char *slash = part;

	while (*slash == '/')
		slash++;
	while ((slash = strchr(slash, '/'))) {
		*slash = '\0';
		if (make_dir(part) < 0)
			return path_error(err, "make folder", part);
		*slash = '/';
		while (*slash == '/')
			slash++;
	}
	if (make_dir(part) < 0)
		return path_error(err, "make folder", path);
	return 0;
}

void fs_join(struct strbuf *sb, const char *dir, const char *name)
{
	size_t n = strlen(dir);

	while (n > 1 && dir[n - 1] == '/')
		n--;
	strbuf_add(sb, dir, n);
	if (n) {
		name += strspn(name, "/");
		if (*name && dir[n - 1] != '/')
			strbuf_addch(sb, '/');
	}
	strbuf_addstr(sb, name);
}

static int make_memfd(const char *name, const void *data, size_t n, int seals, struct err *err)
{
	auto_close int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || write_to_end(fd, data, n) < 0 || lseek(fd, 0, SEEK_SET) < 0 ||
	    fcntl(fd, F_ADD_SEALS, seals) < 0)
		return err_sys(err, "cannot make memory file '%s'", name);
	return take_fd(&fd);
}

int fs_memfd(const char *name, const void *data, size_t n, struct err *err)
{
	return make_memfd(name, data, n, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL,
			  err);
}

int fs_memfd_open(const char *name, const void *data, size_t n, struct err *err)
{
	return make_memfd(name, data, n, F_SEAL_SEAL, err);
}

/* ---- atomic replacement -----------------------------------------------------------------------
 */

/* "DIR/.tmp-RANDOM": not made from the name, which may already be as long as names can be. */
static int temp_name(const char *path, char **ret_tmp)
{
	const char *slash = strrchr(path, '/');
	uint64_t r;

	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return -1;
	*ret_tmp = xstrfmt("%.*s.tmp-%016llx", slash ? (int)(slash + 1 - path) : 0, path,
			   (unsigned long long)r);
	return 0;
}

/* Opens the file beside out->path that will take its place. */
static int open_temp(struct fs_out *out)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY;

	do {
		free(take_ptr(out->tmp));
		if (temp_name(out->path, &out->tmp) < 0)
			return -1;
		out->fd = open(out->tmp, flags, 0644);
	} while (out->fd < 0 && errno == EEXIST);
	if (out->fd < 0)
		free(take_ptr(out->tmp));
	return out->fd < 0 ? -1 : 0;
}

/* The target is there already: follow links, keep its mode, refuse what we could not write. */
static int open_existing(struct fs_out *out, const struct stat *st)
{
	char *real;

	if (S_ISDIR(st->st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (!S_ISREG(st->st_mode)) {
		out->fd = open(out->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		return out->fd < 0 ? -1 : 0;
	}
	if (faccessat(AT_FDCWD, out->path, W_OK, AT_EACCESS) < 0)
		return -1;
	real = realpath(out->path, NULL);
	if (!real)
		return -1;
	free(out->path);
	out->path = real;
	if (open_temp(out) < 0)
		return -1;
	return fchmod(out->fd, st->st_mode & 0777);
}

static int open_target(struct fs_out *out)
{
	struct stat st;

	if (stat(out->path, &st) == 0)
		return open_existing(out, &st);
	if (errno != ENOENT)
		return -1;
	if (!*out->path || out->path[strlen(out->path) - 1] == '/') {
		errno = *out->path ? EISDIR : ENOENT;
		return -1;
	}
	return open_temp(out);
}

int fs_out_open(struct fs_out *out, const char *path, struct err *err)
{
	*out = (struct fs_out){ .fd = -1, .path = xstrdup(path) };
	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0) {
		/* What was printed before comes out before. */
		(void)fflush(stdout);
		out->is_stdout = 1;
		out->fd = STDOUT_FILENO;
		return 0;
	}
	if (open_target(out) < 0) {
		(void)path_error(err, "write", path);
		fs_out_release(out);
		return -1;
	}
	return 0;
}

static int out_error(const struct fs_out *out, struct err *err)
{
	return out->is_stdout ? err_sys(err, "cannot write standard output")
			      : err_sys(err, "cannot write '%s'", out->path);
}

static int out_flush(struct fs_out *out, struct err *err)
{
	if (write_to_end(out->fd, strbuf_str(&out->pending), out->pending.len) < 0)
		return out_error(out, err);
	strbuf_clear(&out->pending);
	return 0;
}

int fs_out_write(struct fs_out *out, const void *data, size_t n, struct err *err)
{
	assert(out->path && out->fd >= 0);
	if (out->pending.len + n > OUT_BUFFER && out_flush(out, err) < 0)
		return -1;
	if (n < OUT_BUFFER) {
		strbuf_add(&out->pending, data, n);
		return 0;
	}
	return write_to_end(out->fd, data, n) < 0 ? out_error(out, err) : 0;
}

int fs_out_commit(struct fs_out *out, struct err *err)
{
	int fd;

	assert(out->path && out->fd >= 0);
	if (out_flush(out, err) < 0)
		return -1;
	if (out->is_stdout)
		return 0;
	if (out->tmp && fsync(out->fd) < 0 && errno != EINVAL)
		return out_error(out, err);
	fd = take_fd(&out->fd);
	if (close(fd) < 0 && errno != EINTR)
		return out_error(out, err);
	if (out->tmp && rename(out->tmp, out->path) < 0)
		return out_error(out, err);
	free(take_ptr(out->tmp));
	return 0;
}

void fs_out_release(struct fs_out *out)
{
	int saved = errno;

	/* An object never opened has no path, and a descriptor 0 that is not its own. */
	if (out->path && !out->is_stdout)
		close_fd(&out->fd);
	if (out->tmp)
		(void)unlink(out->tmp);
	free(out->tmp);
	free(out->path);
	strbuf_release(&out->pending);
	*out = (struct fs_out){ .fd = -1 };
	errno = saved;
}
