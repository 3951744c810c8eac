/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct strbuf *sb, const void *data, size_t n)
{
	const unsigned char *p = data;
	char *to = strbuf_grow(sb, (n + 2) / 3 * 4);
	char *start = to;

	for (; n > 0; p += 3) {
		size_t here = n < 3 ? n : 3;
		uint32_t v = (uint32_t)p[0] << 16 | (here > 1 ? (uint32_t)p[1] << 8 : 0) |
			     (here > 2 ? p[2] : 0);

		*to++ = alphabet[v >> 18];
		*to++ = alphabet[v >> 12 & 63];
		*to++ = here > 1 ? alphabet[v >> 6 & 63] : '=';
		*to++ = here > 2 ? alphabet[v & 63] : '=';
		n -= here;
	}
	*to = 0;
	sb->len += (size_t)(to - start);
}

static int value_of(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

/* Four characters, of which the last `pads` are "="; -1 where they are not base64. */
static int decode_group(struct strbuf *sb, const char *text, int pads)
{
	uint32_t v = 0;
	char bytes[3];

	for (int i = 0; i < 4 - pads; i++) {
		int six = value_of(text[i]);

		if (six < 0)
			return -1;
		v |= (uint32_t)six << (18 - 6 * i);
	}
	if (v & ((1u << (8 * pads)) - 1)) /* bits that would be lost */
		return -1;
	for (int i = 0; i < 3; i++)
		bytes[i] = (char)(v >> (16 - 8 * i));
	strbuf_add(sb, bytes, 3 - (size_t)pads);
	return 0;
}

int base64_decode(struct strbuf *sb, const char *text, size_t n, struct err *err)
{
	size_t before = sb->len;

	if (n % 4)
		return err_set(err, ERR_INPUT, "bad base64: its length is no multiple of 4");
	for (size_t i = 0; i < n; i += 4) {
		int pads = i + 4 < n || text[i + 3] != '=' ? 0 : text[i + 2] != '=' ? 1 : 2;

		if (decode_group(sb, text + i, pads) < 0) {
			strbuf_setlen(sb, before);
			return err_set(err, ERR_INPUT, "bad base64 at byte %zu", i);
		}
	}
	return 0;
}
