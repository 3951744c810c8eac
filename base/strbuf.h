/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte string. { 0 } is an empty one, ready for use. buf is NULL or NUL-terminated, and
 * may hold NUL bytes inside; len never counts the terminator.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

#include "base/err.h"

struct strbuf {
	char *buf;
	size_t len;
	size_t cap;
};

void strbuf_release(struct strbuf *sb); /* frees; the object is empty again */
void strbuf_clear(struct strbuf *sb);   /* empties, keeps the memory */
/* Room for n more bytes and the terminator; returns where they begin. */
char *strbuf_grow(struct strbuf *sb, size_t n);
void strbuf_add(struct strbuf *sb, const void *data, size_t n);
void strbuf_addstr(struct strbuf *sb, const char *s);
void strbuf_addch(struct strbuf *sb, char c);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
void strbuf_setlen(struct strbuf *sb, size_t len); /* len <= current length */
/* The string itself, "" when empty; never NULL. */
const char *strbuf_str(const struct strbuf *sb);
/* Gives the memory away (never NULL) and leaves an empty object. */
char *strbuf_detach(struct strbuf *sb);

static inline void cleanup_strbuf(struct strbuf *sb)
{
	strbuf_release(sb);
}
#define auto_strbuf __attribute__((cleanup(cleanup_strbuf))) struct strbuf

#endif
