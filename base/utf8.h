/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * The length (1 to 4) of the well-formed sequence that text begins with, reading at most n bytes;
 * 0 where there is none. *ret_code (may be NULL) is its code point.
 */
size_t utf8_decode(const char *text, size_t n, uint32_t *ret_code);
/* The offset of the first byte that is not well-formed UTF-8, or n. */
size_t utf8_valid_prefix(const char *s, size_t n);

#endif
