/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files: whole reads with a bound, complete writes, atomic replacement, memory files. Errors name
 * the path; they are ERR_INPUT where the name is to blame (no such file, no permission, a folder,
 * too large) and ERR_HARNESS where the machine is (full disk, no more descriptors).
 */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/strbuf.h"

/* Appends all of a file to sb; more than max bytes is an error, with sb as before. */
int fs_read_file(const char *path, size_t max, struct strbuf *sb, struct err *err);
/* Reads fd to its end, at most max bytes. */
int fs_read_fd(int fd, size_t max, struct strbuf *sb, struct err *err);
/* Writes all n bytes, resuming after EINTR and short writes. */
int fs_write_all(int fd, const void *data, size_t n, struct err *err);
/* Makes path and its parents, mode 0700. */
int fs_mkdir_p(const char *path, struct err *err);
/* A sealed (read-only, never changing) memory file with this content; returns the descriptor. */
int fs_memfd(const char *name, const void *data, size_t n, struct err *err);
/* Likewise, but whoever has the descriptor may write. */
int fs_memfd_open(const char *name, const void *data, size_t n, struct err *err);
/* Appends "DIR/NAME" to sb with one slash between; "a/b/../c" stays as it is. */
void fs_join(struct strbuf *sb, const char *dir, const char *name);

/*
 * A file that appears whole or not at all: written beside its place under another name, renamed
 * by fs_out_commit(). Released without commit, it leaves nothing. Links are followed, and the mode
 * of a file that is replaced is kept. "-" is standard output; that and what is no regular file
 * (a FIFO, a device) is written straight.
 */
struct fs_out {
	int fd;
	int is_stdout;
	char *path; /* NULL: not open */
	char *tmp;  /* NULL: written straight */
	struct strbuf pending;
};

/* Finds out at once whether the target can be written. */
int fs_out_open(struct fs_out *out, const char *path, struct err *err);
/* Buffered; errors (full disk) show here or at commit. */
int fs_out_write(struct fs_out *out, const void *data, size_t n, struct err *err);
int fs_out_commit(struct fs_out *out, struct err *err);
void fs_out_release(struct fs_out *out);

#endif
