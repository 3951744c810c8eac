/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning and the end of a stream, and nothing of what is between. */
#include "sandbox/output.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void output_init(struct output *o, int64_t keep_bytes)
{
	size_t keep = keep_bytes < 0 ? 0 : (size_t)keep_bytes;

	if (keep > OUTPUT_KEEP_MAX)
		keep = OUTPUT_KEEP_MAX;
	*o = (struct output){ .head_max = keep / 2, .tail_max = keep - keep / 2 };
}

void output_release(struct output *o)
{
	strbuf_release(&o->head);
	free(o->ring);
	o->ring = NULL;
	o->ring_len = o->ring_at = 0;
}

/* At most tail_max bytes, over the oldest ones. */
static void add_to_ring(struct output *o, const char *data, size_t n)
{
	size_t first = o->tail_max - o->ring_at;

	if (!o->ring)
		o->ring = xmalloc(o->tail_max);
	if (first > n)
		first = n;
	memcpy(o->ring + o->ring_at, data, first);
	memcpy(o->ring, data + first, n - first);
	o->ring_at = (o->ring_at + n) % o->tail_max;
	o->ring_len = o->ring_len + n < o->tail_max ? o->ring_len + n : o->tail_max;
}

void output_add(struct output *o, const char *data, size_t n)
{
	size_t room = o->head_max - o->head.len;
	size_t first = n < room ? n : room;

	o->total += (int64_t)n;
	strbuf_add(&o->head, data, first);
	data += first;
	n -= first;
	if (n > o->tail_max) {
		data += n - o->tail_max;
		n = o->tail_max;
	}
	if (n > 0)
		add_to_ring(o, data, n);
}

void output_skip(struct output *o, size_t n)
{
	o->total += (int64_t)n;
	o->ring_len = o->ring_at = 0;
}

int64_t output_take(struct output *o, struct strbuf *kept)
{
	size_t oldest = o->ring_len < o->tail_max ? 0 : o->ring_at;
	size_t head = o->head.len;

	*kept = o->head;
	o->head = (struct strbuf){ 0 };
	if (o->ring_len > 0) {
		strbuf_add(kept, o->ring + oldest, o->ring_len - oldest);
		strbuf_add(kept, o->ring, oldest);
	}
	output_release(o);
	return (int64_t)(kept->len < (size_t)o->total ? head : kept->len);
}
