/* SPDX-License-Identifier: Apache-2.0 */
/* JSON strings of bytes that may be anything. */
#include "sandbox/json_text.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

static void add_escaped(struct strbuf *sb, uint32_t code)
{
	if (code == '"' || code == '\\')
		strbuf_addf(sb, "\\%c", (char)code);
	else if (code == '\n')
		strbuf_addstr(sb, "\\n");
	else if (code >= 0x20 && code < 0x7f)
		strbuf_addch(sb, (char)code);
	else if (code < 0x10000)
		strbuf_addf(sb, "\\u%04x", (unsigned)code);
	else
		strbuf_addf(sb, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (code >> 10)),
			    (unsigned)(0xdc00 + (code & 0x3ff)));
}

static void add_base64(struct strbuf *sb, const unsigned char *p, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t three = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
				 (left > 2 ? p[i + 2] : 0);

		strbuf_addch(sb, digits[three >> 18]);
		strbuf_addch(sb, digits[three >> 12 & 63]);
		strbuf_addch(sb, (char)(left > 1 ? digits[three >> 6 & 63] : '='));
		strbuf_addch(sb, (char)(left > 2 ? digits[three & 63] : '='));
	}
}

void json_text_add(struct strbuf *sb, const char *key, const char *data, size_t n)
{
	uint32_t code = 0;

	if (memchr(data, 0, n) || utf8_valid_prefix(data, n) < n) {
		strbuf_addf(sb, "\"%s_base64\":\"", key);
		add_base64(sb, (const unsigned char *)data, n);
	} else {
		strbuf_addf(sb, "\"%s\":\"", key);
		for (size_t at = 0; at < n;) {
			at += utf8_decode(data + at, n - at, &code);
			add_escaped(sb, code);
		}
	}
	strbuf_addch(sb, '"');
}
