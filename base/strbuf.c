/* SPDX-License-Identifier: Apache-2.0 */
/* Growing byte strings. */
#include "base/strbuf.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void strbuf_release(struct strbuf *sb)
{
	free(sb->buf);
	*sb = (struct strbuf){ 0 };
}

void strbuf_clear(struct strbuf *sb)
{
	strbuf_setlen(sb, 0);
}

char *strbuf_grow(struct strbuf *sb, size_t n)
{
	/* A sum that would wrap asks for more than there can be, which aborts. */
	size_t want = n < SIZE_MAX - sb->len - 1 ? sb->len + n + 1 : SIZE_MAX;

	if (want > sb->cap) {
		size_t twice = sb->cap < SIZE_MAX / 2 ? 2 * sb->cap : SIZE_MAX;

		if (want < 64)
			want = 64;
		sb->cap = want > twice ? want : twice;
		sb->buf = xreallocarray(sb->buf, sb->cap, 1);
		sb->buf[sb->len] = '\0';
	}
	return sb->buf + sb->len;
}

void strbuf_add(struct strbuf *sb, const void *data, size_t n)
{
	char *end = strbuf_grow(sb, n);

	if (n)
		memcpy(end, data, n);
	end[n] = '\0';
	sb->len += n;
}

void strbuf_addstr(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}

void strbuf_addch(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(sb, fmt, ap);
	va_end(ap);
}

void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
	size_t room = sb->cap ? sb->cap - sb->len : 0;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(room ? sb->buf + sb->len : NULL, room, fmt, ap);
	assert(n >= 0);
	if ((size_t)n >= room) {
		char *end = strbuf_grow(sb, (size_t)n);

		n = vsnprintf(end, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	sb->len += (size_t)n;
}

void strbuf_setlen(struct strbuf *sb, size_t len)
{
	assert(len <= sb->len);
	sb->len = len;
	if (sb->buf)
		sb->buf[len] = '\0';
}

const char *strbuf_str(const struct strbuf *sb)
{
	return sb->buf ? sb->buf : "";
}

char *strbuf_detach(struct strbuf *sb)
{
	char *s = sb->buf ? sb->buf : xstrdup("");

	*sb = (struct strbuf){ 0 };
	return s;
}
