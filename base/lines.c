/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines from a descriptor, through inflate where the first bytes are those of gzip. zlib's gzFile
 * would be shorter, but it takes bytes after the last member for nothing, and we want no doubt
 * whether a data set was whole.
 */
#include "base/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"

#define CHUNK       (64u << 10)
#define GZIP_WINDOW (15 + 16) /* the largest window; gzip format alone */

struct source {
	int fd;
	bool is_gzip;
	bool in_member; /* between the header of a gzip member and its end */
	bool is_damaged;
	bool at_eof; /* of the descriptor */
	z_stream z;
	size_t pos, len; /* what of in[] is not used yet */
	unsigned char in[CHUNK];
};

/* ---- bytes ---- */

static int fail(const struct lines *l, struct err *err, const char *why)
{
	return err_input(err, l->path, l->line + 1, "%s", why);
}

/* Adds to in[] what one read gives; none left unused may be lost. */
static int read_more(struct lines *l, struct err *err)
{
	struct source *src = l->gz;
	ssize_t n;

	memmove(src->in, src->in + src->pos, src->len);
	src->pos = 0;
	do {
		n = read(src->fd, src->in + src->len, CHUNK - src->len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_input(err, l->path, l->line + 1, "cannot read: %s", strerror(errno));
	src->at_eof = n == 0;
	src->len += (size_t)n;
	return 0;
}

static void use(struct source *src, size_t n)
{
	src->pos += n;
	src->len -= n;
}

/* The start of a member: 1, the end of the file: 0, something else: -1. */
static int look_for_member(struct lines *l, struct err *err)
{
	struct source *src = l->gz;

	while (src->len < 2 && !src->at_eof) {
		if (read_more(l, err))
			return -1;
	}
	if (src->len == 0)
		return 0;
	if (src->len < 2 || src->in[src->pos] != 0x1f || src->in[src->pos + 1] != 0x8b)
		return fail(l, err, "gzip data is damaged (other bytes follow it)");
	return 1;
}

/* n bytes were written to the chunk's memory, for which fill() has made room. */
static void set_chunk_length(struct lines *l, size_t n)
{
	l->chunk.len = n;
	l->chunk.buf[n] = '\0';
}

/* Inflates what there is of the input into the chunk. */
static int inflate_some(struct lines *l, struct err *err)
{
	struct source *src = l->gz;
	int rc;

	src->z.next_in = src->in + src->pos;
	src->z.avail_in = (unsigned)src->len;
	src->z.next_out = (unsigned char *)l->chunk.buf;
	src->z.avail_out = CHUNK;
	rc = inflate(&src->z, Z_NO_FLUSH);
	use(src, src->len - src->z.avail_in);
	set_chunk_length(l, CHUNK - src->z.avail_out);
	if (rc == Z_STREAM_END) {
		src->in_member = false;
		return inflateReset(&src->z) == Z_OK ? 0 : fail(l, err, "gzip data is damaged");
	}
	src->is_damaged = rc != Z_OK && rc != Z_BUF_ERROR;
	return 0;
}

static int fill_from_gzip(struct lines *l, struct err *err)
{
	struct source *src = l->gz;

	if (src->is_damaged)
		return fail(l, err, "gzip data is damaged");
	if (!src->in_member) {
		int rc = look_for_member(l, err);

		l->at_end = rc == 0;
		if (rc <= 0)
			return rc;
		src->in_member = true;
	}
	if (!src->len && read_more(l, err))
		return -1;
	if (!src->len && src->at_eof)
		return fail(l, err, "gzip data is truncated");
	return inflate_some(l, err);
}

static int fill_from_plain(struct lines *l, struct err *err)
{
	struct source *src = l->gz;

	if (!src->len && read_more(l, err))
		return -1;
	memcpy(l->chunk.buf, src->in + src->pos, src->len);
	set_chunk_length(l, src->len);
	l->at_end = src->len == 0;
	use(src, src->len);
	return 0;
}

/* Puts the next bytes into the chunk, or sets at_end. */
static int fill(struct lines *l, struct err *err)
{
	struct source *src = l->gz;

	l->pos = 0;
	strbuf_clear(&l->chunk);
	(void)strbuf_grow(&l->chunk, CHUNK);
	return src->is_gzip ? fill_from_gzip(l, err) : fill_from_plain(l, err);
}

/* ---- opening ---- */

/*
 * A descriptor to look at first, so that nothing happens to a device; then the same file is opened
 * for reading. A pipe waits for its writer here, as it should.
 */
static int open_checked(const char *path, struct err *err)
{
	auto_close int look = open(path, O_PATH | O_CLOEXEC);
	char self[64];
	struct stat st;
	int fd;

	if (look < 0 || fstat(look, &st))
		return err_input(err, path, 0, "%s", strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_input(err, path, 0, "is a directory");
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return err_input(err, path, 0, "is neither a file nor a pipe");
	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", look);
	do {
		fd = open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return err_input(err, path, 0, "%s", strerror(errno));
	return fd;
}

static int detect_gzip(struct lines *l, struct err *err)
{
	struct source *src = l->gz;

	while (src->len < 2 && !src->at_eof) {
		if (read_more(l, err))
			return -1;
	}
	src->is_gzip = src->len >= 2 && src->in[0] == 0x1f && src->in[1] == 0x8b;
	if (src->is_gzip && inflateInit2(&src->z, GZIP_WINDOW) != Z_OK)
		return err_set(err, ERR_HARNESS, "%s: zlib cannot start", l->path);
	return 0;
}

int lines_open(struct lines *l, const char *path, struct err *err)
{
	int fd;

	*l = (struct lines){ 0 };
	fd = open_checked(path, err);
	return fd < 0 ? -1 : lines_open_fd(l, fd, path, err);
}

int lines_open_fd(struct lines *l, int fd, const char *name, struct err *err)
{
	struct source *src = xcalloc(1, sizeof(*src));

	src->fd = fd;
	*l = (struct lines){ .gz = src, .path = xstrdup(name) };
	if (detect_gzip(l, err)) {
		lines_close(l);
		return -1;
	}
	return 0;
}

void lines_close(struct lines *l)
{
	struct source *src = l->gz;

	if (src) {
		if (src->is_gzip)
			(void)inflateEnd(&src->z);
		(void)close(src->fd);
	}
	free(src);
	free(l->path);
	strbuf_release(&l->text);
	strbuf_release(&l->chunk);
	*l = (struct lines){ 0 };
}

/* ---- lines ---- */

/* Moves bytes from the chunk to the line; 1 when the line is complete. */
static int take_piece(struct lines *l, struct err *err)
{
	const char *from = l->chunk.buf + l->pos;
	size_t n = l->chunk.len - l->pos;
	const char *newline = memchr(from, '\n', n);

	if (newline)
		n = (size_t)(newline - from);
	if (n > LINES_MAX_BYTES - l->text.len)
		return fail(l, err, "the line is longer than 64 MiB");
	strbuf_add(&l->text, from, n);
	l->pos += n + (newline != NULL);
	return newline != NULL;
}

static int gather(struct lines *l, struct err *err)
{
	strbuf_clear(&l->text);
	for (;;) {
		int rc;

		if (l->pos == l->chunk.len) {
			if (!l->at_end && fill(l, err))
				return -1;
			if (l->at_end)
				return l->text.len > 0;
			continue;
		}
		rc = take_piece(l, err);
		if (rc)
			return rc;
	}
}

int lines_next(struct lines *l, char **ret_text, size_t *ret_len, struct err *err)
{
	int rc = gather(l, err);
	size_t skip = 0;

	if (rc <= 0)
		return rc;
	l->line++;
	if (l->text.len && l->text.buf[l->text.len - 1] == '\r')
		strbuf_setlen(&l->text, l->text.len - 1);
	if (l->line == 1 && l->text.len >= 3 && !memcmp(l->text.buf, "\xef\xbb\xbf", 3))
		skip = 3;
	(void)strbuf_grow(&l->text, 0); /* an empty line is a string, too */
	*ret_text = l->text.buf + skip;
	*ret_len = l->text.len - skip;
	return 1;
}
