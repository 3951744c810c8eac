/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry of the cache as bytes (docs/formats.md): a head with the format's version, the key, the
 * result, and a digest of all of that. Reading trusts nothing: who can write the folder can do
 * worse than that, but a disk that lies shall be a miss and not a crash.
 */
#ifndef SANDBOX_CACHE_ENTRY_H
#define SANDBOX_CACHE_ENTRY_H

#include "base/strbuf.h"
#include "sandbox/box.h"
#include "sandbox/cache.h"

/* Appends the entry. ERR_HARNESS where a file that was brought back cannot be read. */
int cache_entry_write(const struct box_cache_key *key, const struct box_result *r,
		      struct strbuf *sb, struct err *err);
/*
 * False where the bytes are not an entry for this key whose files are those of `outs`, in their
 * order. *ret is fresh, and the caller's to release.
 */
bool cache_entry_read(const struct box_cache_key *key, const char *data, size_t n,
		      const struct strvec *outs, struct box_result *ret);

#endif
