/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arenas: a list of blocks, filled from the front of the list. An object too large to share a block
 * gets one of its own behind the current one, so that the rest of that is not wasted.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define BLOCK_BYTES (64UL * 1024)
#define ALIGNMENT   _Alignof(max_align_t)

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size; /* of data */
	max_align_t data[];
};

static struct arena_block *block_new(size_t size)
{
	/* A sum that would wrap asks for more than there can be, which aborts. */
	size_t bytes = size < SIZE_MAX - sizeof(struct arena_block)
			       ? size + sizeof(struct arena_block)
			       : SIZE_MAX;
	struct arena_block *b = xcalloc(1, bytes);

	b->size = size;
	return b;
}

/* A block with room for n more bytes. */
static struct arena_block *block_for(struct arena *a, size_t n)
{
	struct arena_block *b = a->head;

	if (b && n <= b->size - b->used)
		return b;
	b = block_new(n > BLOCK_BYTES ? n : BLOCK_BYTES);
	if (a->head && n > BLOCK_BYTES / 4) {
		b->next = a->head->next;
		a->head->next = b;
	} else {
		b->next = a->head;
		a->head = b;
	}
	return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
	size_t rounded =
		n <= SIZE_MAX - ALIGNMENT ? (n + ALIGNMENT - 1) & ~(ALIGNMENT - 1) : SIZE_MAX;
	struct arena_block *b = block_for(a, rounded ? rounded : ALIGNMENT);
	char *p = (char *)b->data + b->used;

	b->used += rounded ? rounded : ALIGNMENT;
	a->total += n;
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n < SIZE_MAX ? n + 1 : SIZE_MAX);

	if (n)
		memcpy(copy, s, n);
	return copy;
}

char *arena_fmt(struct arena *a, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = arena_alloc(a, n > 0 ? (size_t)n + 1 : 1);
	va_start(ap, fmt);
	(void)vsnprintf(text, n > 0 ? (size_t)n + 1 : 1, fmt, ap);
	va_end(ap);
	return text;
}

void arena_release(struct arena *a)
{
	while (a->head) {
		struct arena_block *b = a->head;

		a->head = b->next;
		free(b);
	}
	a->total = 0;
}
