/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of a text file, plain or gzip (told by its first bytes, whatever its name), one at a time
 * in flat memory. A truncated or damaged gzip stream is an error, never a short file.
 */
#ifndef BASE_LINES_H
#define BASE_LINES_H

#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"

#define LINES_MAX_BYTES (64u << 20) /* the longest line that is accepted */

struct lines {
	void *gz; /* the source of the bytes */
	char *path;
	long line; /* number of the line last returned, from 1 */
	struct strbuf text;
	size_t pos;
	int at_end;
	struct strbuf chunk;
};

/*
 * Directories, missing files and unreadable files are ERR_INPUT with the path in the message.
 * Only regular files and pipes are read (one without a writer yet is waited for); path "-" is not
 * special here. After an error *l is as lines_close() leaves it.
 */
int lines_open(struct lines *l, const char *path, struct err *err);
/*
 * Likewise from a descriptor, such as that of a memory file, read from where it stands; `name` is
 * for messages. The descriptor belongs to *l from here on, on failure too.
 */
int lines_open_fd(struct lines *l, int fd, const char *name, struct err *err);
/*
 * 1: *ret_text (without its newline and without a trailing CR) and *ret_len are set, valid until
 * the next call; 0: the end; -1: error with file and line, after which only lines_close() is of
 * use. The text may contain NUL bytes and is NUL-terminated besides; a byte order mark at the start
 * of the file is left out.
 */
int lines_next(struct lines *l, char **ret_text, size_t *ret_len, struct err *err);
/* Also for { 0 } and for what is closed already. */
void lines_close(struct lines *l);

#endif
