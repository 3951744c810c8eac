/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remarks on standard error, one write a line so that lines of several processes do not mix. The
 * level and the prefix are the one state of the program that is global, since every module may
 * remark.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"

/* Longer remarks are cut; below PIPE_BUF, so that a pipe takes a line whole. */
#define LINE_BYTES 4000

static enum log_level log_level = LOG_LEVEL_INFO;
static const char *log_program = "assay";

static const char *const labels[] = {
	[LOG_LEVEL_ERROR] = "",
	[LOG_LEVEL_WARN] = "warning: ",
	[LOG_LEVEL_INFO] = "",
	[LOG_LEVEL_DEBUG] = "debug: ",
};
_Static_assert(ARRAY_SIZE(labels) == LOG_LEVEL_DEBUG + 1, "a label for every level");

void log_set_level(enum log_level level)
{
	log_level = level;
}

void log_set_program(const char *name)
{
	log_program = name;
}

__attribute__((format(printf, 2, 0))) static void log_line(enum log_level level, const char *fmt,
							   va_list ap)
{
	char raw[LINE_BYTES + 16]; /* a character cut at its end does not fit the line anyway */
	char line[LINE_BYTES];
	int saved = errno;
	int head;
	size_t n;

	if (level > log_level)
		return;
	head = snprintf(raw, sizeof(raw), "%s: %s", log_program, labels[level]);
	if (head < 0 || (size_t)head >= sizeof(raw))
		return;
	if (vsnprintf(raw + head, sizeof(raw) - (size_t)head, fmt, ap) < 0)
		return;
	n = err_escape(line, sizeof(line), raw);
	line[n++] = '\n';
	/* There is nowhere to tell that standard error cannot be written. */
	while (write(STDERR_FILENO, line, n) < 0 && errno == EINTR)
		;
	errno = saved;
}

void log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_ERROR, fmt, ap);
	va_end(ap);
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_WARN, fmt, ap);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_INFO, fmt, ap);
	va_end(ap);
}

void log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_DEBUG, fmt, ap);
	va_end(ap);
}
