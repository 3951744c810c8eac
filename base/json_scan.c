/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A checker of JSON with a stack of its own instead of recursion: each state has a handler that
 * consumes one token and chooses the next state. It allocates only for the table of offsets and,
 * where something must be rewritten, for the copy.
 */
#include "base/json_scan.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_num.h"
#include "base/utf8.h"

#define NUMBER_MAX 63 /* the longest number that the parser reads whole */

enum state { VALUE, FIRST_ITEM, KEY, FIRST_KEY, AFTER_VALUE, N_STATES };

struct cursor {
	const char *s;
	size_t len;
	size_t pos;
	size_t start;  /* of the token at hand */
	size_t copied; /* the part of s that is in out->rewritten */
	size_t key_at; /* SIZE_MAX, or where the key of the coming value is */
	enum state state;
	int depth;
	char close[JSON_MAX_DEPTH]; /* what ends each open array or object */
	struct json_scan *out;
	struct err *err;
};

static int fail_at(const struct cursor *c, size_t at, const char *reason)
{
	return err_set(c->err, ERR_INPUT, "bad JSON at byte %zu: %s", at, reason);
}

/* The byte at hand, or NUL at the end (a NUL byte is no token either). */
static char peek(const struct cursor *c)
{
	return c->pos < c->len ? c->s[c->pos] : '\0';
}

static bool is_space(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n';
}

static void skip_space(struct cursor *c)
{
	while (is_space(peek(c)))
		c->pos++;
}

static int fail_here(const struct cursor *c, const char *expected)
{
	if (c->pos == c->len)
		return fail_at(c, c->pos, c->len ? "the text ends too early" : "the text is empty");
	if (c->s[c->pos] == '\0')
		return fail_at(c, c->pos, "a NUL byte");
	return fail_at(c, c->pos, expected);
}

/* In the copy, text takes the place of what lies from `from` to the position. */
static void rewrite(struct cursor *c, size_t from, const char *text)
{
	strbuf_add(&c->out->rewritten, c->s + c->copied, from - c->copied);
	strbuf_addstr(&c->out->rewritten, text);
	c->copied = c->pos;
}

/* ---- strings ---- */

static int hex_digit(char ch)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = ch ? strchr(digits, ch) : NULL;

	if (!at)
		return -1;
	return at - digits < 16 ? (int)(at - digits) : (int)(at - digits) - 6;
}

/* The unit that "\uXXXX" at `at` stands for, or -1. */
static long escaped_unit(const struct cursor *c, size_t at)
{
	long unit = 0;

	if (c->len - at < 6 || c->s[at] != '\\' || c->s[at + 1] != 'u')
		return -1;
	for (size_t i = at + 2; i < at + 6; i++) {
		int digit = hex_digit(c->s[i]);

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

static bool is_high(long unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(long unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

static int scan_unit(struct cursor *c)
{
	size_t at = c->pos;
	long unit = escaped_unit(c, at);

	if (unit < 0)
		return fail_at(c, at, "\\u without four hexadecimal digits");
	c->pos += 6;
	if (is_high(unit) && is_low(escaped_unit(c, c->pos)))
		c->pos += 6;
	else if (unit == 0 || is_high(unit) || is_low(unit))
		rewrite(c, at, "\\ufffd");
	return 0;
}

static int scan_escape(struct cursor *c)
{
	char ch = c->pos + 1 < c->len ? c->s[c->pos + 1] : '\0';

	if (ch == 'u')
		return scan_unit(c);
	if (!ch || !strchr("\"\\/bfnrt", ch))
		return fail_at(c, c->pos, "an unknown escape in a string");
	c->pos += 2;
	return 0;
}

/* One byte or sequence of a string that is not plain ASCII. */
static int scan_special(struct cursor *c)
{
	unsigned char ch = (unsigned char)c->s[c->pos];
	size_t length;

	if (ch == '\\')
		return scan_escape(c);
	if (ch < 0x20)
		return fail_at(c, c->pos,
			       ch ? "a control character in a string" : "a NUL byte in a string");
	length = utf8_decode(c->s + c->pos, c->len - c->pos, NULL);
	if (!length)
		return fail_at(c, c->pos, "invalid UTF-8");
	c->pos += length;
	return 0;
}

static bool is_plain(char ch)
{
	return (signed char)ch >= 0x20 && ch != '"' && ch != '\\';
}

static int scan_string(struct cursor *c)
{
	c->start = c->pos++;
	for (;;) {
		while (c->pos < c->len && is_plain(c->s[c->pos]))
			c->pos++;
		if (c->pos == c->len)
			return fail_at(c, c->start, "a string without an end");
		if (c->s[c->pos] == '"')
			break;
		if (scan_special(c))
			return -1;
	}
	c->pos++;
	return 0;
}

/* ---- numbers and words ---- */

static size_t skip_digits(struct cursor *c)
{
	size_t from = c->pos;

	while (c->pos < c->len && c->s[c->pos] >= '0' && c->s[c->pos] <= '9')
		c->pos++;
	return c->pos - from;
}

/* Numbers that may be out of range, or that are longer than the parser reads. */
static int check_number(struct cursor *c)
{
	auto_strbuf digits = { 0 };
	char text[JSON_NUM_SIZE];
	double v;

	strbuf_add(&digits, c->s + c->start, c->pos - c->start);
	v = json_num_read(strbuf_str(&digits));
	if (!isfinite(v))
		return fail_at(c, c->start, "a number out of range");
	if (digits.len > NUMBER_MAX) {
		json_num_write(v, text);
		rewrite(c, c->start, text);
	}
	return 0;
}

static int scan_number(struct cursor *c)
{
	bool has_exponent = false;

	c->start = c->pos;
	c->pos += peek(c) == '-';
	if (peek(c) == '0')
		c->pos++;
	else if (!skip_digits(c))
		return fail_here(c, "a digit is missing in a number");
	if (peek(c) == '.') {
		c->pos++;
		if (!skip_digits(c))
			return fail_here(c, "a digit is missing after the point");
	}
	if (peek(c) == 'e' || peek(c) == 'E') {
		has_exponent = true;
		c->pos++;
		c->pos += peek(c) == '-' || peek(c) == '+';
		if (!skip_digits(c))
			return fail_here(c, "a digit is missing in the exponent");
	}
	return has_exponent || c->pos - c->start > NUMBER_MAX ? check_number(c) : 0;
}

static int scan_word(struct cursor *c)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		if (c->len - c->pos >= n && !memcmp(c->s + c->pos, words[i], n)) {
			c->pos += n;
			return 0;
		}
	}
	return fail_here(c, "a value was expected");
}

/* ---- structure ---- */

static int note_value(struct cursor *c)
{
	struct json_scan *out = c->out;

	if (out->n_values == JSON_MAX_VALUES)
		return fail_at(c, c->pos, "too many values");
	GROW(out->offsets, out->n_values + 1, out->cap);
	out->offsets[out->n_values++] = (uint32_t)(c->key_at == SIZE_MAX ? c->pos : c->key_at);
	c->key_at = SIZE_MAX;
	return 0;
}

static int open_level(struct cursor *c, char close, enum state next)
{
	if (c->depth == JSON_MAX_DEPTH)
		return fail_at(c, c->pos, "nested too deeply");
	c->close[c->depth++] = close;
	c->pos++;
	c->state = next;
	return 0;
}

static int close_level(struct cursor *c)
{
	c->depth--;
	c->pos++;
	c->state = AFTER_VALUE;
	return 0;
}

static int on_value(struct cursor *c)
{
	char ch = peek(c);

	if (note_value(c))
		return -1;
	c->state = AFTER_VALUE;
	if (ch == '{')
		return open_level(c, '}', FIRST_KEY);
	if (ch == '[')
		return open_level(c, ']', FIRST_ITEM);
	if (ch == '"')
		return scan_string(c);
	if (ch == '-' || (ch >= '0' && ch <= '9'))
		return scan_number(c);
	return scan_word(c);
}

static int on_first_item(struct cursor *c)
{
	return peek(c) == ']' ? close_level(c) : on_value(c);
}

static int on_key(struct cursor *c)
{
	if (peek(c) != '"')
		return fail_here(c, "a key in double quotes was expected");
	c->key_at = c->pos;
	if (scan_string(c))
		return -1;
	skip_space(c);
	if (peek(c) != ':')
		return fail_here(c, "':' was expected");
	c->pos++;
	c->state = VALUE;
	return 0;
}

static int on_first_key(struct cursor *c)
{
	return peek(c) == '}' ? close_level(c) : on_key(c);
}

static int after_value(struct cursor *c)
{
	char close = c->close[c->depth - 1];

	if (peek(c) == close)
		return close_level(c);
	if (peek(c) != ',')
		return fail_here(
			c, close == '}' ? "',' or '}' was expected" : "',' or ']' was expected");
	c->pos++;
	c->state = close == '}' ? KEY : VALUE;
	return 0;
}

static int (*const handlers[])(struct cursor *c) = {
	[VALUE] = on_value,         [FIRST_ITEM] = on_first_item, [KEY] = on_key,
	[FIRST_KEY] = on_first_key, [AFTER_VALUE] = after_value,
};
static_assert(ARRAY_SIZE(handlers) == N_STATES, "every state has a handler");

static int scan_all(struct cursor *c)
{
	for (;;) {
		skip_space(c);
		if (c->state == AFTER_VALUE && c->depth == 0)
			break;
		if (handlers[c->state](c))
			return -1;
	}
	if (c->pos < c->len)
		return fail_here(c, "something follows the value");
	return 0;
}

int json_scan(struct json_scan *scan, const char *text, size_t len, struct err *err)
{
	struct cursor c = {
		.s = text,
		.len = len,
		.key_at = SIZE_MAX,
		.out = scan,
		.err = err,
	};

	if (len > JSON_MAX_BYTES)
		return fail_at(&c, JSON_MAX_BYTES, "the text is too long");
	if (scan_all(&c))
		return -1;
	if (c.copied)
		rewrite(&c, c.len, "");
	return 0;
}

void json_scan_release(struct json_scan *scan)
{
	strbuf_release(&scan->rewritten);
	free(scan->offsets);
	*scan = (struct json_scan){ 0 };
}
