/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The heart of SHA-256, names as in FIPS 180-4: in plain C, and by the instructions that many
 * processors of the x86-64 kind have for it, which are some times faster.
 */
#include "base/hash_block.h"

#if defined(__x86_64__) && __has_include(<sys/platform/x86.h>)
#include <immintrin.h>
#include <sys/platform/x86.h>
#endif

static const uint32_t round_constants[HASH_BLOCK] = {
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

static void schedule(uint32_t w[HASH_BLOCK], const uint8_t *p)
{
	for (int t = 0; t < 16; t++, p += 4)
		w[t] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	for (int t = 16; t < HASH_BLOCK; t++) {
		uint32_t s0 = rotr(w[t - 15], 7) ^ rotr(w[t - 15], 18) ^ w[t - 15] >> 3;
		uint32_t s1 = rotr(w[t - 2], 17) ^ rotr(w[t - 2], 19) ^ w[t - 2] >> 10;

		w[t] = s1 + w[t - 7] + s0 + w[t - 16];
	}
}

static void add_block(uint32_t state[8], const uint8_t *block)
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint32_t w[HASH_BLOCK];

	schedule(w, block);
	for (int t = 0; t < HASH_BLOCK; t++) {
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

void hash_blocks_plain(uint32_t state[8], const uint8_t *p, size_t n)
{
	for (; n > 0; n--, p += HASH_BLOCK)
		add_block(state, p);
}

#if defined(__x86_64__) && __has_include(<sys/platform/x86.h>)

/* The words of a state in the order in which the processor wants them: ABEF and CDGH. */
#define WITH_SHA __attribute__((target("sha,sse4.1,ssse3")))

WITH_SHA static void add_block_sha(__m128i *abef, __m128i *cdgh, const uint8_t *p)
{
	const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i a = *abef, c = *cdgh, w[4];

	for (size_t i = 0; i < 4; i++)
		w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const void *)(p + 16 * i)), big_endian);
	for (size_t i = 0; i < 16; i++) {
		const __m128i k = _mm_loadu_si128((const void *)(round_constants + 4 * i));
		const __m128i x = _mm_add_epi32(w[i & 3], k);

		c = _mm_sha256rnds2_epu32(c, a, x);
		a = _mm_sha256rnds2_epu32(a, c, _mm_shuffle_epi32(x, 0x0e));
		if (i >= 12)
			continue;
		const __m128i last =
			w[(i + 3) & 3]; /* words t-4 to t-1 of the new ones from t on */
		const __m128i t7 = _mm_alignr_epi8(last, w[(i + 2) & 3], 4);
		const __m128i t16 = _mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]);

		w[i & 3] = _mm_sha256msg2_epu32(_mm_add_epi32(t16, t7), last);
	}
	*abef = _mm_add_epi32(*abef, a);
	*cdgh = _mm_add_epi32(*cdgh, c);
}

WITH_SHA static void hash_blocks_sha(uint32_t state[8], const uint8_t *p, size_t n)
{
	const __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const void *)state), 0xb1);
	const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const void *)(state + 4)), 0x1b);
	__m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
	__m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);

	for (; n > 0; n--, p += HASH_BLOCK)
		add_block_sha(&abef, &cdgh, p);
	const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
	const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);

	_mm_storeu_si128((void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/* The C library has asked the processor already, which costs a lot on virtual machines. */
void hash_blocks(uint32_t state[8], const uint8_t *p, size_t n)
{
	if (CPU_FEATURE_ACTIVE(SHA) && CPU_FEATURE_ACTIVE(SSE4_1) && CPU_FEATURE_ACTIVE(SSSE3))
		hash_blocks_sha(state, p, n);
	else
		hash_blocks_plain(state, p, n);
}

#else

void hash_blocks(uint32_t state[8], const uint8_t *p, size_t n)
{
	hash_blocks_plain(state, p, n);
}

#endif
