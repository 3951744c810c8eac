/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of a stream of output: its beginning and its end in bounded memory, and a count of
 * all of it. Memory is taken as bytes come: a stream that prints little costs little.
 */
#ifndef SANDBOX_OUTPUT_H
#define SANDBOX_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

struct output {
	int64_t total; /* bytes that went by */
	size_t head_max, tail_max;
	struct strbuf head;
	char *ring;      /* of tail_max bytes, once the head is full */
	size_t ring_at;  /* where the next byte goes */
	size_t ring_len; /* bytes in it */
};

/* Half of keep_bytes is for the head, the rest for the tail. The most is OUTPUT_KEEP_MAX. */
#define OUTPUT_KEEP_MAX (1LL << 30)
void output_init(struct output *o, int64_t keep_bytes);
void output_release(struct output *o);
void output_add(struct output *o, const char *data, size_t n);
/* n bytes went by that nobody looked at; the head is full. What was in the tail is lost, too. */
void output_skip(struct output *o, size_t n);
static inline bool output_is_head_full(const struct output *o)
{
	return o->head.len == o->head_max;
}
/*
 * Moves the kept bytes to `kept` (empty before): all of them, or head and tail. Returns how many
 * are the head: all, where nothing was left out between.
 */
int64_t output_take(struct output *o, struct strbuf *kept);

#endif
