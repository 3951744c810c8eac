/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

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
