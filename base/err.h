/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One error object through every call.
 *
 *   int f(..., struct err *err);      0 or more on success, else -1 and *err filled.
 *
 * err_set()/err_sys() where it happens, err_wrap() adds context on the way up. *err is untouched on
 * success. The object is flat and below PIPE_BUF, so that a child can send it in one write.
 * A status (wrong, slow, hostile code) is not an error: an error means that we could not tell.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

/* Why, which is also the exit status of the program (DESIGN section 10). */
enum err_kind {
	ERR_NONE = 0,
	ERR_USAGE = 2,     /* the command line is wrong */
	ERR_INPUT = 3,     /* a task, a sample or a file that the user gave is bad */
	ERR_HARNESS = 4,   /* the harness or the machine could not do its work */
	ERR_BUDGET = 5,    /* a budget was reached */
	ERR_INTEGRITY = 6, /* a forged result was found and the caller asked to stop on it */
};

#define ERR_MSG_SIZE 1000

struct err {
	enum err_kind kind;
	int sys_errno; /* errno where a system call failed, else 0 */
	/* One line of UTF-8 without "assay: ", newline or other controls. */
	char msg[ERR_MSG_SIZE];
};

/* All return -1, so that `return err_set(...)` reads well. A NULL err is allowed. */
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int err_vset(struct err *err, enum err_kind kind, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));
/* ERR_HARNESS with ": strerror(errno)" appended; keeps errno in sys_errno. */
int err_sys(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* ERR_INPUT of the shape "FILE:LINE: message"; line 0 leaves the line out. */
int err_input(struct err *err, const char *file, long line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Puts "context: " before the message; the kind stays. */
int err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Copies src into dst (size > 0) as text that is safe on a terminal and in a log: "\n", "\t", "\r"
 * and "\xNN" for other controls, for what is not UTF-8 and for marks that reverse the direction of
 * text. Stops before a character that does not fit; always ends in NUL. Returns the length.
 */
size_t err_escape(char *dst, size_t size, const char *src);

#endif
