/* SPDX-License-Identifier: Apache-2.0 */
/* What a cache holds, for its own sources. */
#ifndef SANDBOX_CACHE_STATE_H
#define SANDBOX_CACHE_STATE_H

#include <stdint.h>

struct box_cached;

struct box_cache {
	int dir;
	int64_t max_bytes, added_bytes; /* since this process looked at all entries */
	/*
	 * To be answered from the loop, and how to do it at once, which takes the first off the
	 * list. assay-box, which has no client, has none of them.
	 */
	struct box_cached *hits;
	void (*answer)(struct box_cached *h);
};

#endif
