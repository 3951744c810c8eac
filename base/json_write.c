/* SPDX-License-Identifier: Apache-2.0 */
/* JSON out: a streaming writer that asserts the order of its calls. */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_num.h"
#include "base/utf8.h"

void jw_init(struct json_writer *w, struct strbuf *out, int indent)
{
	*w = (struct json_writer){ .out = out, .indent = indent };
}

/* ---- structure ---- */

static void new_line(struct json_writer *w)
{
	if (!w->indent)
		return;
	strbuf_addch(w->out, '\n');
	for (int i = 0; i < w->depth * w->indent; i++)
		strbuf_addch(w->out, ' ');
}

/* Before each element of an array and each key of an object. */
static void begin_item(struct json_writer *w)
{
	if (w->has_item[w->depth])
		strbuf_addch(w->out, ',');
	w->has_item[w->depth] = true;
	if (w->depth)
		new_line(w);
}

static void begin_value(struct json_writer *w)
{
	if (w->is_object[w->depth]) {
		assert(w->after_key);
		w->after_key = false;
		return;
	}
	assert(w->depth || !w->has_item[0]);
	begin_item(w);
}

static void begin_level(struct json_writer *w, bool is_object)
{
	begin_value(w);
	assert(w->depth + 1 < JSON_WRITER_DEPTH);
	w->depth++;
	w->has_item[w->depth] = false;
	w->is_object[w->depth] = is_object;
	strbuf_addch(w->out, is_object ? '{' : '[');
}

static void end_level(struct json_writer *w, bool is_object)
{
	bool has_item = w->has_item[w->depth];

	assert(w->depth && w->is_object[w->depth] == is_object && !w->after_key);
	w->depth--;
	if (has_item)
		new_line(w);
	strbuf_addch(w->out, is_object ? '}' : ']');
}

void jw_begin_object(struct json_writer *w)
{
	begin_level(w, true);
}

void jw_end_object(struct json_writer *w)
{
	end_level(w, true);
}

void jw_begin_array(struct json_writer *w)
{
	begin_level(w, false);
}

void jw_end_array(struct json_writer *w)
{
	end_level(w, false);
}

/* ---- strings ---- */

/* Beyond ASCII: what changes the lines or the order of a text that shows it. */
static const struct {
	uint32_t first, last;
} unsafe[] = {
	{ 0x7f, 0x9f },     { 0x061c, 0x061c }, { 0x200e, 0x200f },
	{ 0x2028, 0x202e }, { 0x2066, 0x2069 }, { 0xfeff, 0xfeff },
};

static bool is_unsafe(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(unsafe); i++) {
		if (code >= unsafe[i].first && code <= unsafe[i].last)
			return true;
	}
	return false;
}

static void add_ascii(struct strbuf *out, unsigned char ch)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* each with its escape */
	const char *pair = NULL;

	for (const char *p = letters; *p && !pair; p += 2)
		pair = (unsigned char)*p == ch ? p : NULL;
	if (pair)
		strbuf_addf(out, "\\%c", pair[1]);
	else
		strbuf_addf(out, "\\u%04x", ch);
}

/* Adds the character at s, of at most n bytes, in a way that needs care; returns its length. */
static size_t add_special(struct strbuf *out, const char *s, size_t n)
{
	uint32_t code = 0;
	size_t length = utf8_decode(s, n, &code);

	if (length == 0)
		strbuf_addstr(out, UTF8_REPLACEMENT);
	else if (code < 0x80)
		add_ascii(out, (unsigned char)code);
	else if (is_unsafe(code))
		strbuf_addf(out, "\\u%04x", code);
	else
		strbuf_add(out, s, length);
	return length ? length : 1;
}

static bool is_plain(char ch)
{
	return (signed char)ch >= 0x20 && ch != '"' && ch != '\\' && ch != '<' && ch != 0x7f;
}

static void add_string(struct strbuf *out, const char *s, size_t n)
{
	strbuf_addch(out, '"');
	for (size_t i = 0; i < n;) {
		size_t run = i;

		while (run < n && is_plain(s[run]))
			run++;
		strbuf_add(out, s + i, run - i);
		i = run;
		if (i < n)
			i += add_special(out, s + i, n - i);
	}
	strbuf_addch(out, '"');
}

/* ---- values ---- */

static void add_word(struct json_writer *w, const char *word)
{
	begin_value(w);
	strbuf_addstr(w->out, word);
}

void jw_key(struct json_writer *w, const char *key)
{
	assert(w->is_object[w->depth] && !w->after_key);
	begin_item(w);
	add_string(w->out, key, strlen(key));
	strbuf_addstr(w->out, w->indent ? ": " : ":");
	w->after_key = true;
}

void jw_str(struct json_writer *w, const char *s)
{
	jw_strn(w, s, s ? strlen(s) : 0);
}

void jw_strn(struct json_writer *w, const char *s, size_t n)
{
	if (!s) {
		jw_null(w);
		return;
	}
	begin_value(w);
	add_string(w->out, s, n);
}

void jw_int(struct json_writer *w, int64_t v)
{
	begin_value(w);
	strbuf_addf(w->out, "%" PRId64, v);
}

void jw_num(struct json_writer *w, double v)
{
	char text[JSON_NUM_SIZE] = "null";

	if (isfinite(v))
		json_num_write(v, text);
	add_word(w, text);
}

void jw_bool(struct json_writer *w, bool v)
{
	add_word(w, v ? "true" : "false");
}

void jw_null(struct json_writer *w)
{
	add_word(w, "null");
}

static void write_children(struct json_writer *w, const struct json *j)
{
	for (const struct json *item = json_first(j); item; item = json_next(item)) {
		if (json_key(item))
			jw_key(w, json_key(item));
		jw_node(w, item);
	}
}

void jw_node(struct json_writer *w, const struct json *j)
{
	switch (json_type(j)) {
	case JSON_NULL:
		jw_null(w);
		break;
	case JSON_BOOL:
		jw_bool(w, json_bool(j));
		break;
	case JSON_NUMBER:
		jw_num(w, json_num(j));
		break;
	case JSON_STRING:
		jw_str(w, json_str(j));
		break;
	case JSON_ARRAY:
		jw_begin_array(w);
		write_children(w, j);
		jw_end_array(w);
		break;
	case JSON_OBJECT:
		jw_begin_object(w);
		write_children(w, j);
		jw_end_object(w);
		break;
	}
}

void jw_kstr(struct json_writer *w, const char *key, const char *s)
{
	jw_key(w, key);
	jw_str(w, s);
}

void jw_kint(struct json_writer *w, const char *key, int64_t v)
{
	jw_key(w, key);
	jw_int(w, v);
}

void jw_knum(struct json_writer *w, const char *key, double v)
{
	jw_key(w, key);
	jw_num(w, v);
}

void jw_kbool(struct json_writer *w, const char *key, bool v)
{
	jw_key(w, key);
	jw_bool(w, v);
}

void jw_ktext(struct json_writer *w, const char *key, const char *text)
{
	auto_json struct json *node = text ? json_parse(text, strlen(text), NULL) : NULL;

	jw_key(w, key);
	if (node)
		jw_node(w, node);
	else
		jw_null(w);
}
