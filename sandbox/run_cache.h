/* SPDX-License-Identifier: Apache-2.0 */
/* The cache (sandbox/cache.h) for `assay-box run --cache`: one spec, looked up and then kept. */
#ifndef SANDBOX_RUN_CACHE_H
#define SANDBOX_RUN_CACHE_H

#include "base/err.h"
#include "sandbox/box.h"
#include "sandbox/cache.h"

struct run_cache {
	struct box_cache *cache; /* NULL: none */
	struct box_cache_key key;
	struct box_cache_use use;
};

/*
 * 1: *ret is from the cache, and its output has been written to the spec's descriptors; 0: a box is
 * needed. Files of the spec are exchanged for copies that nobody can change before the box has
 * them. What `use` points to stays the caller's.
 */
int run_cache_get(struct run_cache *rc, struct box_spec *spec, const struct box_cache_use *use,
		  struct box_result *ret, struct err *err);
/* As box_cache_put(); 0 without a cache. */
int run_cache_put(struct run_cache *rc, const struct box_result *r, struct err *err);
void run_cache_release(struct run_cache *rc);

#endif
