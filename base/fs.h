/* SPDX-License-Identifier: Apache-2.0 */
/* Files: whole reads with a bound, complete writes, atomic replacement, memory files. */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/strbuf.h"

/* Reads all of a file into sb (appended); more than max bytes is an error. Errors name the path. */
int fs_read_file(const char *path, size_t max, struct strbuf *sb, struct err *err);
/* Reads fd to its end, at most max bytes. */
int fs_read_fd(int fd, size_t max, struct strbuf *sb, struct err *err);
/* Writes all n bytes, resuming after EINTR and short writes. */
int fs_write_all(int fd, const void *data, size_t n, struct err *err);
/* Makes path and its parents, mode 0700. */
int fs_mkdir_p(const char *path, struct err *err);
/* A sealed (read-only, never changing) memory file with this content; returns the descriptor. */
int fs_memfd(const char *name, const void *data, size_t n, struct err *err);
/* "a/b/../c" stays as it is: joins two parts with one slash into sb. */
void fs_join(struct strbuf *sb, const char *dir, const char *name);

/*
 * A file that appears whole or not at all: written beside its place under another name, renamed
 * by fs_out_commit(). Released without commit, it leaves nothing. "-" is standard output.
 */
struct fs_out {
	int fd;
	int is_stdout;
	char *path;
	char *tmp;
	struct strbuf pending;
};

int fs_out_open(struct fs_out *out, const char *path, struct err *err);
/* Buffered; errors (full disk) show here or at commit. */
int fs_out_write(struct fs_out *out, const void *data, size_t n, struct err *err);
int fs_out_commit(struct fs_out *out, struct err *err);
void fs_out_release(struct fs_out *out);

#endif
