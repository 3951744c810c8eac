/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error messages. What arguments bring along (file names, foreign text) is made harmless here,
 * once: a message is always one line of valid UTF-8. Nothing here allocates or uses stdio streams,
 * so that a child between clone and exec may use it too.
 */
#include "base/err.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* The longest escape of one character: four bytes as \xNN each. */
#define ESCAPE_MAX 16

/* Controls, line separators and the marks that turn the direction of text around. */
static bool is_harmful(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || cp == 0x200e || cp == 0x200f ||
	       (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

/* Writes the n bytes at text as escapes; returns how many bytes that took. */
static size_t escape_bytes(char out[ESCAPE_MAX], const char *text, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)text;
	size_t len = 0;

	if (n == 1 && (*s == '\n' || *s == '\t' || *s == '\r')) {
		out[0] = '\\';
		out[1] = (char)(*s == '\n' ? 'n' : *s == '\t' ? 't' : 'r');
		return 2;
	}
	for (size_t i = 0; i < n; i++) {
		out[len++] = '\\';
		out[len++] = 'x';
		out[len++] = hex[s[i] >> 4];
		out[len++] = hex[s[i] & 15];
	}
	return len;
}

size_t err_escape(char *dst, size_t size, const char *src)
{
	const char *end = src + strlen(src);
	size_t at = 0;

	while (src < end) {
		char escaped[ESCAPE_MAX];
		const char *piece = src;
		uint32_t cp = 0;
		size_t n = utf8_decode(src, (size_t)(end - src), &cp);
		size_t out = n;

		if (!n || is_harmful(cp)) {
			n = n ? n : 1;
			out = escape_bytes(escaped, src, n);
			piece = escaped;
		}
		if (out >= size - at)
			break;
		memcpy(dst + at, piece, out);
		at += out;
		src += n;
	}
	dst[at] = '\0';
	return at;
}

int err_vset(struct err *err, enum err_kind kind, const char *fmt, va_list ap)
{
	/* Longer than msg, so that a character cut here lies beyond what fits there. */
	char raw[ERR_MSG_SIZE + ESCAPE_MAX];
	int n;

	if (!err)
		return -1;
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	err->kind = kind;
	err->sys_errno = 0;
	(void)err_escape(err->msg, sizeof(err->msg), n < 0 ? fmt : raw);
	return -1;
}

int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)err_vset(err, kind, fmt, ap);
	va_end(ap);
	return -1;
}

/* Formats the context alone; the caller puts it into a message. */
__attribute__((format(printf, 3, 0))) static void format_context(char *buf, size_t size,
								 const char *fmt, va_list ap)
{
	if (vsnprintf(buf, size, fmt, ap) < 0)
		buf[0] = '\0';
}

int err_sys(struct err *err, const char *fmt, ...)
{
	char what[ERR_MSG_SIZE];
	int saved = errno;
	/* Unlike strerror() this neither allocates nor translates. */
	const char *why = strerrordesc_np(saved);
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	format_context(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (why)
		(void)err_set(err, ERR_HARNESS, "%s: %s", what, why);
	else
		(void)err_set(err, ERR_HARNESS, "%s: error %d", what, saved);
	err->sys_errno = saved;
	errno = saved;
	return -1;
}

int err_input(struct err *err, const char *file, long line, const char *fmt, ...)
{
	char what[ERR_MSG_SIZE];
	va_list ap;

	va_start(ap, fmt);
	format_context(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (line > 0)
		return err_set(err, ERR_INPUT, "%s:%ld: %s", file, line, what);
	return err_set(err, ERR_INPUT, "%s: %s", file, what);
}

int err_wrap(struct err *err, const char *fmt, ...)
{
	char context[ERR_MSG_SIZE];
	char inner[ERR_MSG_SIZE];
	int sys_errno;
	va_list ap;

	if (!err)
		return -1;
	/* An argument may be the message itself: copy before it is overwritten. */
	memcpy(inner, err->msg, sizeof(inner));
	sys_errno = err->sys_errno;
	va_start(ap, fmt);
	format_context(context, sizeof(context), fmt, ap);
	va_end(ap);
	(void)err_set(err, err->kind, "%s: %s", context, inner);
	err->sys_errno = sys_errno;
	return -1;
}
