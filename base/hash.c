/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 as FIPS 180-4 has it. Written here, so that assay-box, which runs as root and starts in a
 * few milliseconds, can make keys without a library of ciphers.
 */
#include "base/hash.h"

#include <assert.h>
#include <string.h>

#include "base/hash_block.h"

static_assert(HASH_HEX == 2 * HASH_SIZE + 1, "two digits a byte and NUL");

static const uint32_t first_state[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

void hash_init(struct hash *h)
{
	*h = (struct hash){ 0 };
	memcpy(h->state, first_state, sizeof(h->state));
}

void hash_bytes(struct hash *h, const void *data, size_t n)
{
	const uint8_t *p = data;
	size_t have = h->n_bytes % HASH_BLOCK;

	h->n_bytes += n;
	if (n && have + n < HASH_BLOCK) {
		memcpy(h->rest + have, p, n);
		return;
	}
	if (n && have) {
		size_t part = HASH_BLOCK - have;

		memcpy(h->rest + have, p, part);
		hash_blocks(h->state, h->rest, 1);
		p += part;
		n -= part;
	}
	hash_blocks(h->state, p, n / HASH_BLOCK);
	if (n % HASH_BLOCK)
		memcpy(h->rest, p + n - n % HASH_BLOCK, n % HASH_BLOCK);
}

static void put_u64(uint8_t bytes[8], uint64_t v)
{
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(v >> (56 - 8 * i));
}

static void add_length(struct hash *h, uint64_t v)
{
	uint8_t bytes[8];

	put_u64(bytes, v);
	hash_bytes(h, bytes, sizeof(bytes));
}

void hash_field(struct hash *h, const void *data, size_t n)
{
	add_length(h, n);
	hash_bytes(h, data, n);
}

void hash_str(struct hash *h, const char *s)
{
	if (s)
		hash_field(h, s, strlen(s));
	else
		add_length(h, UINT64_MAX); /* a length that no field has */
}

void hash_u64(struct hash *h, uint64_t v)
{
	add_length(h, sizeof(v));
	add_length(h, v);
}

void hash_final(struct hash *h, uint8_t out[HASH_SIZE])
{
	uint8_t end[2 * HASH_BLOCK] = { 0x80 };
	size_t have = h->n_bytes % HASH_BLOCK;
	size_t pad = (have < HASH_BLOCK - 8 ? HASH_BLOCK : 2 * HASH_BLOCK) - 8 - have;

	put_u64(end + pad, h->n_bytes * 8);
	hash_bytes(h, end, pad + 8);
	for (int i = 0; i < 8; i++) {
		for (int k = 0; k < 4; k++)
			out[4 * i + k] = (uint8_t)(h->state[i] >> (24 - 8 * k));
	}
	hash_release(h);
}

void hash_release(struct hash *h)
{
	*h = (struct hash){ 0 };
}

void hash_final_hex(struct hash *h, char out[HASH_HEX])
{
	uint8_t digest[HASH_SIZE];

	hash_final(h, digest);
	hash_to_hex(digest, out);
}

void hash_to_hex(const uint8_t in[HASH_SIZE], char out[HASH_HEX])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < HASH_SIZE; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
	out[HASH_HEX - 1] = '\0';
}

void hash_of(const void *data, size_t n, uint8_t out[HASH_SIZE])
{
	struct hash h;

	hash_init(&h);
	hash_bytes(&h, data, n);
	hash_final(&h, out);
}
