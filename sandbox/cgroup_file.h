/* SPDX-License-Identifier: Apache-2.0 */
/* The small files of control groups: a number, or lines of a name and a number. */
#ifndef SANDBOX_CGROUP_FILE_H
#define SANDBOX_CGROUP_FILE_H

#include <stddef.h>
#include <stdint.h>

/* 0, or -1 with errno. */
int cg_read_at(int dir, const char *name, char *buf, size_t size);
int cg_write_at(int dir, const char *name, const char *text);
int cg_write_number(int dir, const char *name, int64_t v);
/*
 * Of an open file, from its start: the number, or the one that stands behind `key` (NULL: the first
 * there is). -1 where there is none.
 */
int64_t cg_read_fd(int fd, const char *key);
/* Writes a number to an open file. 0, or -1 with errno. */
int cg_write_fd(int fd, int64_t v);

#endif
