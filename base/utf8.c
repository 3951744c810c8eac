/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding of UTF-8 that comes from strangers. */
#include "base/utf8.h"

#include <stdbool.h>

#include "base/alloc.h"

/* The leading byte fixes the length, the bits that it carries and the smallest code point. */
static const struct {
	uint8_t mask, lead, length;
	uint32_t smallest;
} forms[] = {
	{ 0x80, 0x00, 1, 0 },
	{ 0xe0, 0xc0, 2, 0x80 },
	{ 0xf0, 0xe0, 3, 0x800 },
	{ 0xf8, 0xf0, 4, 0x10000 },
};

static bool is_scalar_value(uint32_t code)
{
	return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/* Adds the bytes after the leading one to *code; false where one is missing or wrong. */
static bool add_continuation(const uint8_t *s, size_t length, uint32_t *code)
{
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return false;
		*code = *code << 6 | (s[i] & 0x3fu);
	}
	return true;
}

size_t utf8_decode(const char *text, size_t n, uint32_t *ret_code)
{
	const uint8_t *s = (const uint8_t *)text;

	for (size_t i = 0; n && i < ARRAY_SIZE(forms); i++) {
		uint32_t code = s[0] & (uint8_t)~forms[i].mask;

		if ((s[0] & forms[i].mask) != forms[i].lead)
			continue;
		if (n < forms[i].length || !add_continuation(s, forms[i].length, &code))
			return 0;
		if (code < forms[i].smallest || !is_scalar_value(code))
			return 0;
		if (ret_code)
			*ret_code = code;
		return forms[i].length;
	}
	return 0;
}

size_t utf8_valid_prefix(const char *s, size_t n)
{
	size_t at = 0;

	while (at < n) {
		size_t length = (signed char)s[at] >= 0 ? 1 : utf8_decode(s + at, n - at, NULL);

		if (!length)
			return at;
		at += length;
	}
	return n;
}
