/* SPDX-License-Identifier: Apache-2.0 */
/* A cache in a folder of its own, and what is put into it. */
#ifndef TESTS_UNIT_TEMP_CACHE_H
#define TESTS_UNIT_TEMP_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "sandbox/cache.h"

extern char cache_dir[64], cache_boxes[80]; /* of this test; the entries are in the second */
extern const struct box_cache_use cache_plain_use;

int cache_set_up(void **state);
int cache_tear_down(void **state);
struct box_cache *cache_open(int64_t max_bytes);
void cache_entry_path(const struct box_cache_key *key, char path[200]);
int cache_count(void); /* files in the folder, whatever they are */
bool cache_exists(const char *path);
void cache_write_text(const char *path, const char *text);

/* gcc -o prog, with this source. */
void cache_make_spec(struct box_spec *spec, const char *text);
void cache_release_spec(struct box_spec *spec);
void cache_key_of(const struct box_spec *spec, const struct box_cache_use *use,
		  struct box_cache_key *ret);
bool cache_same_key(const struct box_cache_key *a, const struct box_cache_key *b);
/* The result of a compiler that printed something and made a program. */
void cache_make_result(struct box_result *r, const char *program, size_t n);
int cache_put(struct box_cache *c, const struct box_cache_key *key, const char *program, size_t n);
/* Is there an entry, with this program? */
bool cache_has(struct box_cache *c, const struct box_cache_key *key, const struct box_spec *spec,
	       const char *program, size_t n);

#endif
