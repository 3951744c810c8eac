/* SPDX-License-Identifier: Apache-2.0 */
/* The compression of SHA-256: whole blocks into a state. For base/hash.c and its test. */
#ifndef BASE_HASH_BLOCK_H
#define BASE_HASH_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#define HASH_BLOCK 64

void hash_blocks(uint32_t state[8], const uint8_t *p, size_t n_blocks);
/* The same without instructions that not every processor has. */
void hash_blocks_plain(uint32_t state[8], const uint8_t *p, size_t n_blocks);

#endif
