/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an entry of the cache whose head, key and digest are right: a miss, or within all
 * bounds. What is right is added here, since no fuzzer finds it.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "sandbox/cache_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD "assay-box cache 1\n"

static void must(bool fact)
{
	if (!fact)
		__builtin_trap();
}

static void check(const struct box_result *r)
{
	auto_strbuf bytes = { 0 };

	must(r->end == BOX_EXITED && r->is_cached && r->n_outs == 1);
	must(r->stdout_head >= 0 && r->stdout_head <= (int64_t)r->out.len);
	must(r->stderr_head >= 0 && r->stderr_head <= (int64_t)r->err.len);
	must(r->stdout_bytes >= (int64_t)r->out.len && r->stderr_bytes >= (int64_t)r->err.len);
	must(r->n_denied >= 0 && r->n_denied <= BOX_MAX_DENIED);
	must((r->outs[0].state == BOX_OUT_KEPT) == (r->outs[0].fd >= 0));
	if (r->outs[0].fd < 0)
		return;
	must(fs_read_fd(r->outs[0].fd, 1 << 24, &bytes, NULL) == 0);
	must((int64_t)bytes.len == r->outs[0].size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct box_cache_key key = { { 1, 2, 3 } };
	struct box_result r = { 0 };
	uint8_t digest[HASH_SIZE];
	auto_strbuf entry = { 0 };
	auto_strvec outs = { 0 };

	strvec_push(&outs, "/work/prog");
	strbuf_addstr(&entry, HEAD);
	strbuf_add(&entry, key.digest, HASH_SIZE);
	strbuf_add(&entry, data, size);
	hash_of(entry.buf, entry.len, digest);
	strbuf_add(&entry, digest, HASH_SIZE);
	if (cache_entry_read(&key, entry.buf, entry.len, &outs, &r))
		check(&r);
	box_result_release(&r);
	return 0;
}
