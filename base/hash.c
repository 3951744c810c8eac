/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 as FIPS 180-4 has it, names included. Written here, so that assay-box, which runs as root
 * and starts in a few milliseconds, can make keys without a library of ciphers.
 */
#include "base/hash.h"

#include <assert.h>
#include <string.h>

#define BLOCK 64

static_assert(HASH_HEX == 2 * HASH_SIZE + 1, "two digits a byte and NUL");

static const uint32_t first_state[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const uint32_t round_constants[BLOCK] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static inline uint32_t rotr(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static void schedule(uint32_t w[BLOCK], const uint8_t *p)
{
	for (int t = 0; t < 16; t++, p += 4)
		w[t] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	for (int t = 16; t < BLOCK; t++) {
		uint32_t s0 = rotr(w[t - 15], 7) ^ rotr(w[t - 15], 18) ^ w[t - 15] >> 3;
		uint32_t s1 = rotr(w[t - 2], 17) ^ rotr(w[t - 2], 19) ^ w[t - 2] >> 10;

		w[t] = s1 + w[t - 7] + s0 + w[t - 16];
	}
}

static void add_block(uint32_t state[8], const uint8_t *block)
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint32_t w[BLOCK];

	schedule(w, block);
	for (int t = 0; t < BLOCK; t++) {
		uint32_t sum1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
		uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + round_constants[t] + w[t];
		uint32_t sum0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
		uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));

		h = g;
		g = f;
		f = e;
		e = d + t1;
		d = c;
		c = b;
		b = a;
		a = t1 + t2;
	}
	const uint32_t more[8] = { a, b, c, d, e, f, g, h };

	for (int i = 0; i < 8; i++)
		state[i] += more[i];
}

void hash_init(struct hash *h)
{
	*h = (struct hash){ 0 };
	memcpy(h->state, first_state, sizeof(h->state));
}

void hash_bytes(struct hash *h, const void *data, size_t n)
{
	const uint8_t *p = data;
	size_t have = h->n_bytes % BLOCK;

	h->n_bytes += n;
	if (n && have + n < BLOCK) {
		memcpy(h->rest + have, p, n);
		return;
	}
	if (n && have) {
		size_t part = BLOCK - have;

		memcpy(h->rest + have, p, part);
		add_block(h->state, h->rest);
		p += part;
		n -= part;
	}
	for (; n >= BLOCK; p += BLOCK, n -= BLOCK)
		add_block(h->state, p);
	if (n)
		memcpy(h->rest, p, n);
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
	uint8_t end[2 * BLOCK] = { 0x80 };
	size_t have = h->n_bytes % BLOCK;
	size_t pad = (have < BLOCK - 8 ? BLOCK : 2 * BLOCK) - 8 - have;

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
