/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory. Failure to allocate ends the program (STYLE 14): callers never check for NULL.
 * Sizes that come from outside must be bounded by the caller before they reach these.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

/* Zeroed memory for n objects of size bytes; aborts on overflow or exhaustion. */
void *xcalloc(size_t n, size_t size);
void *xmalloc(size_t size);
/* Resizes to n objects of size bytes each; aborts on overflow. */
void *xreallocarray(void *ptr, size_t n, size_t size);
char *xstrdup(const char *s);
/* The first n bytes of s (which need not end in NUL), with a NUL added. */
char *xstrndup(const char *s, size_t n);
void *xmemdup(const void *p, size_t n);
/* printf into fresh memory. */
char *xstrfmt(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Makes room for at least `want` objects in the array `ptr` with `cap` places (both lvalues). */
#define GROW(ptr, want, cap)                                                                       \
	do {                                                                                       \
		if ((want) > (cap)) {                                                              \
			(cap) = (want) > 2 * (cap) ? (want) : 2 * (cap);                           \
			(ptr) = xreallocarray((ptr), (cap),                                        \
					      sizeof(*(ptr)) /* NOLINT: may be pointers */);       \
		}                                                                                  \
	} while (0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
