/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for things that live and die together: one task, one sample. { 0 } is ready. Nothing is
 * freed alone; arena_release() frees all.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t total; /* bytes handed out, for memory reports */
};

void *arena_alloc(struct arena *a, size_t n); /* zeroed, aligned for any object */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_release(struct arena *a);

#endif
