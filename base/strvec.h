/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing list of strings that it owns. { 0 } is an empty one. v is NULL or NULL-terminated, so
 * that it serves as an argument or environment vector.
 */
#ifndef BASE_STRVEC_H
#define BASE_STRVEC_H

#include <stddef.h>

struct strvec {
	char **v;
	size_t n;
	size_t cap;
};

void strvec_release(struct strvec *sv);
void strvec_clear(struct strvec *sv);
void strvec_push(struct strvec *sv, const char *s);
void strvec_pushn(struct strvec *sv, const char *s, size_t n); /* the first n bytes of s */
void strvec_pushf(struct strvec *sv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Splits at any of the bytes in seps, leaving out empty pieces. */
void strvec_split(struct strvec *sv, const char *s, const char *seps);

static inline void cleanup_strvec(struct strvec *sv)
{
	strvec_release(sv);
}
#define auto_strvec __attribute__((cleanup(cleanup_strvec))) struct strvec

#endif
