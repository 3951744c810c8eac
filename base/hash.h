/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content hashes: SHA-256 over length-prefixed fields, so that ("ab","c") and ("a","bc") differ.
 * Keys of stages (DESIGN section 4) are made with these.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_SIZE 32
#define HASH_HEX  65 /* 64 lower-case hexadecimal digits and NUL */

struct hash {
	void *ctx; /* the library's context */
};

void hash_init(struct hash *h);
void hash_bytes(struct hash *h, const void *data, size_t n); /* raw: no length prefix */
/* 8-byte big-endian length, then data. */
void hash_field(struct hash *h, const void *data, size_t n);
void hash_str(struct hash *h, const char *s); /* a field; NULL differs from "" */
void hash_u64(struct hash *h, uint64_t v);    /* a field of 8 bytes, big-endian */
/* Finishes, releases the context and writes the digest. */
void hash_final(struct hash *h, uint8_t out[HASH_SIZE]);
void hash_final_hex(struct hash *h, char out[HASH_HEX]);
/* For a hash that will not be finished; also allowed after hash_final(). */
void hash_release(struct hash *h);
void hash_to_hex(const uint8_t in[HASH_SIZE], char out[HASH_HEX]);
/* Digest of one buffer. */
void hash_of(const void *data, size_t n, uint8_t out[HASH_SIZE]);

#endif
