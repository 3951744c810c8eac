/* SPDX-License-Identifier: Apache-2.0 */
/* Tar headers, one block after the other. */
#include "harness/image/tar.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"

/* The block of POSIX.1-1988, whose fields need no NUL at their ends. */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8];
	char type;
	char link[100], magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155];
	char rest[12];
};
static_assert(sizeof(struct header) == TAR_BLOCK, "a header is a block");

#define EXTENSION_MAX (1 << 20) /* bytes of a pax header or a long name */
#define SIZE_LIMIT    (1LL << 50)

/* What extension headers say of the entry that follows. */
struct extension {
	bool has_name, has_link, has_size, has_mtime;
	char name[TAR_NAME_MAX], link[TAR_NAME_MAX];
	int64_t size, mtime;
};

static int bad(const struct tar *t, struct err *err, const char *why)
{
	return err_set(err, ERR_INPUT, "bad tar archive at byte %lld: %s", (long long)t->at, why);
}

/* All n bytes; 0 at a clean end, where nothing more came. */
static int64_t read_all(struct tar *t, void *buf, int64_t n, struct err *err)
{
	int64_t got = 0;

	while (got < n) {
		ssize_t r = read(t->fd, (char *)buf + got, (size_t)(n - got));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(err, "read a tar archive");
		if (r == 0)
			break;
		got += r;
	}
	t->at += got;
	return got > 0 && got < n ? bad(t, err, "it breaks off") : got;
}

static int read_exactly(struct tar *t, void *buf, int64_t n, struct err *err)
{
	int64_t got = read_all(t, buf, n, err);

	if (got < 0)
		return -1;
	return got == n ? 0 : bad(t, err, "it breaks off");
}

static int skip(struct tar *t, int64_t n, struct err *err)
{
	char buf[8192];

	while (n > 0) {
		int64_t part = n < (int64_t)sizeof(buf) ? n : (int64_t)sizeof(buf);

		if (read_exactly(t, buf, part, err) < 0)
			return -1;
		n -= part;
	}
	return 0;
}

/* To the next header: 1, or 0 where a sloppy archive has ended, -1. */
static int skip_padding(struct tar *t, struct err *err)
{
	char buf[TAR_BLOCK];
	int64_t got = read_all(t, buf, t->padding, t->is_sloppy ? NULL : err);

	if (got == t->padding) {
		t->padding = 0;
		return 1;
	}
	if (t->is_sloppy)
		return 0;
	return got < 0 ? -1 : bad(t, err, "it breaks off");
}

/* ---- fields ---- */

/* Octal text, or big-endian binary where the first bit is set; -1 where it is neither. */
static int64_t number(const char *field, size_t n)
{
	const unsigned char *p = (const unsigned char *)field;
	int64_t v = 0;
	size_t i = 0;

	if (p[0] & 0x80) {
		v = p[0] & 0x7f;
		for (i = 1; i < n; i++) {
			if (v >= SIZE_LIMIT)
				return -1;
			v = v << 8 | p[i];
		}
		return v;
	}
	while (i < n && p[i] == ' ')
		i++;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++) {
		if (v >= SIZE_LIMIT)
			return -1;
		v = v << 3 | (p[i] - '0');
	}
	return i == n || p[i] == 0 || p[i] == ' ' ? v : -1;
}

static bool is_checksum_right(const struct header *h)
{
	const unsigned char *p = (const unsigned char *)h;
	int64_t sum = 0;

	for (size_t i = 0; i < sizeof(*h); i++) {
		bool is_own =
			i >= offsetof(struct header, checksum) && i < offsetof(struct header, type);

		sum += is_own ? ' ' : p[i];
	}
	return number(h->checksum, sizeof(h->checksum)) == sum;
}

static bool is_zero(const struct header *h)
{
	const char *p = (const char *)h;

	return p[0] == 0 && !memcmp(p, p + 1, sizeof(*h) - 1);
}

static enum tar_kind kind_of(char type, const char *name)
{
	size_t n = strlen(name);

	switch (type) {
	case 0:
	case '0':
	case '7':
		return n > 0 && name[n - 1] == '/' ? TAR_DIR : TAR_FILE;
	case '1':
		return TAR_HARDLINK;
	case '2':
		return TAR_SYMLINK;
	case '5':
		return TAR_DIR;
	default:
		return TAR_OTHER;
	}
}

static void plain_name(const struct header *h, char name[TAR_NAME_MAX])
{
	bool has_prefix = !memcmp(h->magic, "ustar", 6) && h->prefix[0];

	(void)snprintf(name, TAR_NAME_MAX, "%.155s%s%.100s", has_prefix ? h->prefix : "",
		       has_prefix ? "/" : "", h->name);
}

/* ---- extensions ---- */

static int keep_text(struct tar *t, const char *value, size_t n, char *ret, struct err *err)
{
	if (n == 0 || n >= TAR_NAME_MAX)
		return bad(t, err, "a name that is empty or too long");
	if (memchr(value, 0, n))
		return bad(t, err, "a name with a NUL");
	memcpy(ret, value, n);
	ret[n] = 0;
	return 0;
}

/* Digits, perhaps with a fraction, which is left off; a sign is for times alone. */
static int decimal(struct tar *t, const char *value, size_t n, int64_t *ret, struct err *err)
{
	char text[32];
	char *end;

	if (n == 0 || n >= sizeof(text))
		return bad(t, err, "a number that is too long");
	memcpy(text, value, n);
	text[n] = 0;
	errno = 0;
	*ret = strtoll(text, &end, 10);
	return errno || end == text || (*end && *end != '.') ? bad(t, err, "a bad number") : 0;
}

static bool is_key(const char *record, const char *equals, const char *key)
{
	return (size_t)(equals - record) == strlen(key) && !memcmp(record, key, strlen(key));
}

static int take_record(struct tar *t, const char *record, const char *end, struct extension *x,
		       struct err *err)
{
	const char *equals = memchr(record, '=', (size_t)(end - record));

	if (!equals)
		return bad(t, err, "a pax record without a value");
	const char *value = equals + 1;
	size_t n = (size_t)(end - value);

	if (!strncmp(record, "GNU.sparse.", 11))
		return bad(t, err, "sparse files are not read");
	if (is_key(record, equals, "path")) {
		x->has_name = true;
		return keep_text(t, value, n, x->name, err);
	}
	if (is_key(record, equals, "linkpath")) {
		x->has_link = true;
		return keep_text(t, value, n, x->link, err);
	}
	if (is_key(record, equals, "size")) {
		x->has_size = true;
		return decimal(t, value, n, &x->size, err);
	}
	if (is_key(record, equals, "mtime")) {
		x->has_mtime = true;
		return decimal(t, value, n, &x->mtime, err);
	}
	return 0;
}

/* "LENGTH KEY=VALUE\n" again and again; LENGTH counts all of it. */
static int take_pax(struct tar *t, const char *p, const char *end, struct extension *x,
		    struct err *err)
{
	while (p < end) {
		char *space;
		unsigned long n = *p >= '1' && *p <= '9' ? strtoul(p, &space, 10) : 0;

		if (n == 0 || *space != ' ' || n > (size_t)(end - p) || p + n <= space + 1 ||
		    p[n - 1] != '\n')
			return bad(t, err, "a bad pax record");
		if (take_record(t, space + 1, p + n - 1, x, err) < 0)
			return -1;
		p += n;
	}
	return 0;
}

static int take_extension(struct tar *t, const struct header *h, struct extension *x,
			  struct err *err)
{
	int64_t size = number(h->size, sizeof(h->size));

	if (size < 0 || size > EXTENSION_MAX)
		return bad(t, err, "an extension header that is too long");
	auto_free char *text = xcalloc(1, (size_t)size + 1);

	if (read_exactly(t, text, size, err) < 0 || skip(t, -size & (TAR_BLOCK - 1), err) < 0)
		return -1;
	switch (h->type) {
	case 'x':
		return take_pax(t, text, text + size, x, err);
	case 'L':
		x->has_name = true;
		return keep_text(t, text, strlen(text), x->name, err);
	case 'K':
		x->has_link = true;
		return keep_text(t, text, strlen(text), x->link, err);
	default:
		return 0; /* 'g': of all entries, and nothing that we want */
	}
}

/* ---- entries ---- */

static int fill_entry(struct tar *t, const struct header *h, const struct extension *x,
		      struct tar_entry *ret, struct err *err)
{
	int64_t size = x->has_size ? x->size : number(h->size, sizeof(h->size));
	int64_t mode = number(h->mode, sizeof(h->mode));
	int64_t mtime = number(h->mtime, sizeof(h->mtime));

	if (h->type == 'S' || h->type == 'M')
		return bad(t, err, "sparse and split files are not read");
	if (size < 0 || size >= SIZE_LIMIT)
		return bad(t, err, "a bad size");
	if (x->has_name)
		memcpy(ret->name, x->name, sizeof(ret->name));
	else
		plain_name(h, ret->name);
	if (x->has_link)
		memcpy(ret->link, x->link, sizeof(ret->link));
	else
		(void)snprintf(ret->link, sizeof(ret->link), "%.100s", h->link);
	ret->kind = kind_of(h->type, ret->name);
	ret->mode = mode < 0 ? 0 : (unsigned)(mode & 07777);
	ret->mtime = x->has_mtime ? x->mtime : mtime < 0 ? 0 : mtime;
	/* a link's size may be its target's: no content stands behind it */
	ret->size = ret->kind == TAR_FILE ? size : 0;
	t->left = ret->kind == TAR_FILE || ret->kind == TAR_OTHER ? size : 0;
	t->padding = -t->left & (TAR_BLOCK - 1);
	return 1;
}

int tar_next(struct tar *t, struct tar_entry *ret, struct err *err)
{
	struct extension x = { 0 };
	struct header h;

	if (skip(t, t->left, err) < 0)
		return -1;
	t->left = 0;
	int r = skip_padding(t, err);

	if (r <= 0)
		return r;
	for (;;) {
		int64_t got = read_all(t, &h, sizeof(h), err);

		if (got < 0)
			return -1;
		if (got == 0)
			return t->is_sloppy ? 0 : bad(t, err, "it has no end mark");
		if (is_zero(&h))
			return 0;
		if (!is_checksum_right(&h))
			return bad(t, err, "no header where one should be");
		if (!h.type || !strchr("xgLK", h.type))
			return fill_entry(t, &h, &x, ret, err);
		if (take_extension(t, &h, &x, err) < 0)
			return -1;
	}
}

int64_t tar_read(struct tar *t, void *buf, int64_t n, struct err *err)
{
	if (n > t->left)
		n = t->left;
	if (n == 0)
		return 0;
	if (read_exactly(t, buf, n, err) < 0)
		return -1;
	t->left -= n;
	return n;
}
