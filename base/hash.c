/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 by libcrypto. Its calls fail only where memory or the library itself is broken; then
 * there is no key to be had, and the program ends as it does when memory ends.
 */
#include "base/hash.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static_assert(HASH_HEX == 2 * HASH_SIZE + 1, "two digits a byte and NUL");

static void must(int ok)
{
	if (ok != 1)
		abort();
}

void hash_init(struct hash *h)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	must(ctx != NULL);
	must(EVP_DigestInit_ex(ctx, EVP_sha256(), NULL));
	h->ctx = ctx;
}

void hash_bytes(struct hash *h, const void *data, size_t n)
{
	must(EVP_DigestUpdate(h->ctx, data, n));
}

static void add_length(struct hash *h, uint64_t v)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(v >> (56 - 8 * i));
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
	unsigned int n = 0;

	must(EVP_DigestFinal_ex(h->ctx, out, &n));
	assert(n == HASH_SIZE);
	hash_release(h);
}

void hash_release(struct hash *h)
{
	EVP_MD_CTX_free(h->ctx);
	h->ctx = NULL;
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
