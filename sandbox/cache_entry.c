/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the cache: fields with their lengths before them, a digest behind all. */
#include "sandbox/cache_entry.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"

#define HEAD     "assay-box cache 1\n"
#define HEAD_LEN (sizeof(HEAD) - 1)

/* Members of a result that are one number. */
static const struct number {
	size_t offset;
	enum { INT, INT64 } size;
} numbers[] = {
#define NUMBER(member, size)                                                                       \
	{                                                                                          \
		offsetof(struct box_result, member), size                                          \
	}
	NUMBER(exit_code, INT),         NUMBER(wall_ns, INT64),
	NUMBER(cpu_ns, INT64),          NUMBER(user_ns, INT64),
	NUMBER(sys_ns, INT64),          NUMBER(peak_bytes, INT64),
	NUMBER(stdout_bytes, INT64),    NUMBER(stderr_bytes, INT64),
	NUMBER(stdout_head, INT64),     NUMBER(stderr_head, INT64),
	NUMBER(disk_free_bytes, INT64), NUMBER(disk_free_inodes, INT64),
	NUMBER(setup_ns, INT64),        NUMBER(n_denied, INT),
};

/* ---- writing ---- */

static void add_u64(struct strbuf *sb, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		strbuf_addch(sb, (char)(uint8_t)(v >> (56 - 8 * i)));
}

static void add_field(struct strbuf *sb, const void *data, size_t n)
{
	add_u64(sb, n);
	strbuf_add(sb, data, n);
}

static void add_numbers(struct strbuf *sb, const struct box_result *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const char *at = (const char *)r + numbers[i].offset;

		add_u64(sb, numbers[i].size == INT
				    ? (uint64_t)(int64_t) * (const int *)(const void *)at
				    : (uint64_t) * (const int64_t *)(const void *)at);
	}
	add_u64(sb, r->layers);
}

static int add_out(struct strbuf *sb, const struct box_out *out, struct err *err)
{
	add_field(sb, out->path, strlen(out->path));
	add_u64(sb, out->state);
	add_u64(sb, (uint64_t)out->size);
	add_u64(sb, out->is_executable);
	if (out->state != BOX_OUT_KEPT)
		return 0;
	add_u64(sb, (uint64_t)out->size);
	char *room = strbuf_grow(sb, (size_t)out->size);
	size_t have = 0;
	ssize_t n;

	/* pread(): whoever gets the result reads the same descriptor from its start. */
	while (have < (size_t)out->size &&
	       (n = pread(out->fd, room + have, (size_t)out->size - have, (off_t)have)) > 0)
		have += (size_t)n;
	if (have < (size_t)out->size)
		return err_set(err, ERR_HARNESS, "cannot read what was brought back as %.200s",
			       out->path);
	sb->len += have;
	sb->buf[sb->len] = 0;
	return 0;
}

int cache_entry_write(const struct box_cache_key *key, const struct box_result *r,
		      struct strbuf *sb, struct err *err)
{
	uint8_t digest[HASH_SIZE];
	size_t start = sb->len;

	strbuf_add(sb, HEAD, HEAD_LEN);
	strbuf_add(sb, key->digest, HASH_SIZE);
	add_numbers(sb, r);
	add_field(sb, r->peak_source, strlen(r->peak_source));
	add_field(sb, r->pressure_source, strlen(r->pressure_source));
	for (int i = 0; i < r->n_denied; i++) {
		add_field(sb, r->denied[i], strlen(r->denied[i]));
		add_u64(sb, (uint64_t)r->denied_nr[i]);
	}
	add_field(sb, strbuf_str(&r->out), r->out.len);
	add_field(sb, strbuf_str(&r->err), r->err.len);
	add_u64(sb, (uint64_t)r->n_outs);
	for (int i = 0; i < r->n_outs; i++) {
		if (add_out(sb, &r->outs[i], err) < 0)
			return -1;
	}
	hash_of(sb->buf + start, sb->len - start, digest);
	strbuf_add(sb, digest, HASH_SIZE);
	return 0;
}

/* ---- reading ---- */

/* A place in the bytes; once something is missing, it stays broken. */
struct reader {
	const char *p, *end;
	bool is_broken;
};

static const char *take(struct reader *rd, uint64_t n)
{
	const char *p = rd->p;

	if (rd->is_broken || n > (uint64_t)(rd->end - rd->p)) {
		rd->is_broken = true;
		return NULL;
	}
	rd->p += n;
	return p;
}

static uint64_t take_u64(struct reader *rd)
{
	const char *p = take(rd, 8);
	uint64_t v = 0;

	for (int i = 0; p && i < 8; i++)
		v = v << 8 | (uint8_t)p[i];
	return v;
}

static const char *take_field(struct reader *rd, size_t *ret_n)
{
	uint64_t n = take_u64(rd);
	const char *p = take(rd, n);

	*ret_n = p ? (size_t)n : 0;
	return p;
}

/* Names that are shown: a few letters, digits and underscores. */
static void take_name(struct reader *rd, char *to, size_t size)
{
	size_t n;
	const char *p = take_field(rd, &n);

	if (!p || n >= size) {
		rd->is_broken = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		rd->is_broken |= !isalnum((unsigned char)p[i]) && p[i] != '_';
	memcpy(to, p, n);
	to[n] = 0;
}

static void take_numbers(struct reader *rd, struct box_result *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		char *at = (char *)r + numbers[i].offset;
		int64_t v = (int64_t)take_u64(rd);

		if (numbers[i].size == INT64)
			*(int64_t *)(void *)at = v;
		else if (v == (int)v)
			*(int *)(void *)at = (int)v;
		else
			rd->is_broken = true;
	}
	r->layers = (uint32_t)take_u64(rd);
	rd->is_broken |= r->n_denied < 0 || r->n_denied > BOX_MAX_DENIED;
}

static void take_stream(struct reader *rd, int64_t total, int64_t head, struct strbuf *sb)
{
	size_t n;
	const char *p = take_field(rd, &n);

	if (!p || total < (int64_t)n || head < 0 || head > (int64_t)n)
		rd->is_broken = true;
	else
		strbuf_add(sb, p, n);
}

static void take_out(struct reader *rd, const char *path, struct box_out *out)
{
	size_t n;
	const char *p = take_field(rd, &n);

	if (!p || n != strlen(path) || memcmp(p, path, n) != 0)
		rd->is_broken = true;
	uint64_t state = take_u64(rd);

	*out = (struct box_out){ .path = xstrdup(path), .fd = -1 };
	out->size = (int64_t)take_u64(rd);
	out->is_executable = take_u64(rd) == 1;
	out->state = state < BOX_OUT_STATE_COUNT ? (enum box_out_state)state : BOX_OUT_FAILED;
	if (out->state == BOX_OUT_FAILED)
		rd->is_broken = true;
	if (out->state != BOX_OUT_KEPT || rd->is_broken)
		return;
	p = take_field(rd, &n);
	if (p && out->size == (int64_t)n)
		out->fd = fs_memfd("out", p, n, NULL);
	if (out->fd < 0)
		rd->is_broken = true;
}

static void take_outs(struct reader *rd, const struct strvec *paths, struct box_result *r)
{
	if (take_u64(rd) != paths->n || rd->is_broken) {
		rd->is_broken = true;
		return;
	}
	if (paths->n == 0)
		return;
	r->outs = xcalloc(paths->n, sizeof(*r->outs));
	for (; r->n_outs < (int)paths->n && !rd->is_broken; r->n_outs++)
		take_out(rd, paths->v[r->n_outs], &r->outs[r->n_outs]);
}

static bool is_whole(const struct box_cache_key *key, const char *data, size_t n)
{
	uint8_t digest[HASH_SIZE];

	if (n < HEAD_LEN + 2 * (size_t)HASH_SIZE || memcmp(data, HEAD, HEAD_LEN) != 0 ||
	    memcmp(data + HEAD_LEN, key->digest, HASH_SIZE) != 0)
		return false;
	hash_of(data, n - HASH_SIZE, digest);
	return memcmp(data + n - HASH_SIZE, digest, HASH_SIZE) == 0;
}

bool cache_entry_read(const struct box_cache_key *key, const char *data, size_t n,
		      const struct strvec *outs, struct box_result *ret)
{
	struct box_result r = { .end = BOX_EXITED, .is_cached = true };

	if (!is_whole(key, data, n))
		return false;
	struct reader rd = { .p = data + HEAD_LEN + HASH_SIZE, .end = data + n - HASH_SIZE };

	take_numbers(&rd, &r);
	take_name(&rd, r.peak_source, sizeof(r.peak_source));
	take_name(&rd, r.pressure_source, sizeof(r.pressure_source));
	for (int i = 0; i < r.n_denied && !rd.is_broken; i++) {
		take_name(&rd, r.denied[i], sizeof(r.denied[i]));
		r.denied_nr[i] = (int32_t)take_u64(&rd);
	}
	take_stream(&rd, r.stdout_bytes, r.stdout_head, &r.out);
	take_stream(&rd, r.stderr_bytes, r.stderr_head, &r.err);
	take_outs(&rd, outs, &r);
	if (rd.is_broken || rd.p != rd.end) {
		box_result_release(&r);
		return false;
	}
	*ret = r;
	return true;
}
