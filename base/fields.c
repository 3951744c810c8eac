/* SPDX-License-Identifier: Apache-2.0 */
/* The field-table decoder: one small function a type, one message a mistake. */
#include "base/fields.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_num.h"
#include "base/suggest.h"
#include "base/utf8.h"

#define EXACT_MAX 9007199254740992.0 /* 2^53: beyond it doubles skip integers */
#define KEY_SHOWN 60                 /* bytes of a foreign key in a message */

struct decoder {
	const struct fields_source *source;
	char *out;
	struct err *err;
};

/* ---- messages ---- */

/* The line of a node, or of the whole object. */
static long line_of(const struct fields_source *source, const struct json *node)
{
	long line = json_line(node);

	return line ? line : source->line;
}

static int fail_at(const struct decoder *d, const struct json *node, const char *key,
		   const char *what)
{
	return err_input(d->err, d->source->file, line_of(d->source, node), "\"%s\": %s", key,
			 what);
}

static const char *const with_article[] = {
	[JSON_NULL] = "null",       [JSON_BOOL] = "a boolean", [JSON_NUMBER] = "a number",
	[JSON_STRING] = "a string", [JSON_ARRAY] = "an array", [JSON_OBJECT] = "an object",
};
static_assert(ARRAY_SIZE(with_article) == JSON_OBJECT + 1, "every type has a name");

static int fail_type(const struct decoder *d, const struct json *node, const char *key,
		     const char *expected)
{
	auto_strbuf what = { 0 };

	strbuf_addf(&what, "expected %s, found %s", expected, with_article[json_type(node)]);
	return fail_at(d, node, key, strbuf_str(&what));
}

static void add_num(struct strbuf *sb, double v)
{
	char text[JSON_NUM_SIZE];

	json_num_write(v, text);
	strbuf_addstr(sb, text);
}

/* A key from the input, quoted, on one line and not too long. */
static void add_foreign_key(struct strbuf *sb, const char *key)
{
	struct json_writer w;
	size_t n = strnlen(key, KEY_SHOWN);

	n = utf8_valid_prefix(key, n);
	jw_init(&w, sb, 0);
	jw_strn(&w, key, n);
}

/* ---- values, one function a type ---- */

static int decode_str(struct decoder *d, const struct field *f, const struct json *node)
{
	const char *s = json_str(node);

	if (!s)
		return fail_type(d, node, f->key, "a string");
	if (f->flags & FIELD_NONEMPTY && !*s)
		return fail_at(d, node, f->key, "must not be empty");
	*(char **)(void *)(d->out + f->offset) = arena_strdup(d->source->arena, s);
	return 0;
}

static int check_range(struct decoder *d, const struct field *f, const struct json *node)
{
	double v = json_num(node);
	auto_strbuf what = { 0 };

	if (f->min >= f->max || (v >= f->min && v <= f->max))
		return 0;
	strbuf_addstr(&what, "must be from ");
	add_num(&what, f->min);
	strbuf_addstr(&what, " to ");
	add_num(&what, f->max);
	strbuf_addstr(&what, ", found ");
	add_num(&what, v);
	return fail_at(d, node, f->key, strbuf_str(&what));
}

static int fail_fraction(struct decoder *d, const struct field *f, const struct json *node)
{
	auto_strbuf what = { 0 };

	strbuf_addstr(&what, "expected an integer, found ");
	add_num(&what, json_num(node));
	return fail_at(d, node, f->key, strbuf_str(&what));
}

static int decode_int(struct decoder *d, const struct field *f, const struct json *node)
{
	double v = json_num(node);

	if (json_type(node) != JSON_NUMBER)
		return fail_type(d, node, f->key, "a number");
	if (v != floor(v))
		return fail_fraction(d, f, node);
	if (fabs(v) > EXACT_MAX)
		return fail_at(d, node, f->key, "an integer beyond 2^53 is not exact");
	if (check_range(d, f, node))
		return -1;
	*(int64_t *)(void *)(d->out + f->offset) = (int64_t)v;
	return 0;
}

static int decode_num(struct decoder *d, const struct field *f, const struct json *node)
{
	if (json_type(node) != JSON_NUMBER)
		return fail_type(d, node, f->key, "a number");
	if (check_range(d, f, node))
		return -1;
	*(double *)(void *)(d->out + f->offset) = json_num(node);
	return 0;
}

static int decode_bool(struct decoder *d, const struct field *f, const struct json *node)
{
	if (json_type(node) != JSON_BOOL)
		return fail_type(d, node, f->key, "a boolean");
	*(bool *)(void *)(d->out + f->offset) = json_bool(node);
	return 0;
}

static int push_str(struct decoder *d, const struct field *f, const struct json *node)
{
	const char *s = json_str(node);

	if (!s)
		return fail_type(d, node, f->key, "strings in the array");
	if (f->flags & FIELD_NONEMPTY && !*s)
		return fail_at(d, node, f->key, "must not hold an empty string");
	strvec_push((struct strvec *)(void *)(d->out + f->offset), s);
	return 0;
}

static int decode_strs(struct decoder *d, const struct field *f, const struct json *node)
{
	if (json_type(node) == JSON_STRING)
		return push_str(d, f, node);
	if (json_type(node) != JSON_ARRAY)
		return fail_type(d, node, f->key, "a string or an array of strings");
	if (f->flags & FIELD_NONEMPTY && !json_first(node))
		return fail_at(d, node, f->key, "must not be empty");
	for (const struct json *item = json_first(node); item; item = json_next(item)) {
		if (push_str(d, f, item))
			return -1;
	}
	return 0;
}

static int decode_node(struct decoder *d, const struct field *f, const struct json *node)
{
	bool has_parts = json_type(node) == JSON_ARRAY || json_type(node) == JSON_OBJECT;

	if (f->flags & FIELD_NONEMPTY && has_parts && !json_first(node))
		return fail_at(d, node, f->key, "must not be empty");
	if (f->flags & FIELD_NONEMPTY && json_str(node) && !*json_str(node))
		return fail_at(d, node, f->key, "must not be empty");
	*(const struct json **)(void *)(d->out + f->offset) = node;
	return 0;
}

static int (*const decoders[])(struct decoder *, const struct field *, const struct json *) = {
	[FIELD_TYPE_STR] = decode_str,   [FIELD_TYPE_INT] = decode_int,
	[FIELD_TYPE_NUM] = decode_num,   [FIELD_TYPE_BOOL] = decode_bool,
	[FIELD_TYPE_STRS] = decode_strs, [FIELD_TYPE_NODE] = decode_node,
};
static_assert(ARRAY_SIZE(decoders) == FIELD_TYPE_NODE + 1, "every type has a decoder");

static const char *const expected_type[] = {
	[FIELD_TYPE_STR] = "a string",
	[FIELD_TYPE_INT] = "a number",
	[FIELD_TYPE_NUM] = "a number",
	[FIELD_TYPE_BOOL] = "a boolean",
	[FIELD_TYPE_STRS] = "a string or an array of strings",
	[FIELD_TYPE_NODE] = "a value",
};
static_assert(ARRAY_SIZE(expected_type) == FIELD_TYPE_NODE + 1, "every type has a name");

static int decode_field(struct decoder *d, const struct field *f, const struct json *obj)
{
	const struct json *node = json_get(obj, f->key);

	if (!node && f->flags & FIELD_REQUIRED)
		return fail_at(d, obj, f->key, "is missing");
	if (!node)
		return 0;
	if (json_type(node) == JSON_NULL && !(f->flags & FIELD_NULL_OK))
		return fail_type(d, node, f->key, expected_type[f->type]);
	if (json_type(node) == JSON_NULL && f->type != FIELD_TYPE_NODE)
		return 0;
	return decoders[f->type](d, f, node);
}

/* ---- unknown keys ---- */

static const char *nearest_key(const struct field *fields, const char *key)
{
	struct suggest s = { .word = key, .n = strlen(key) };
	const char *best = NULL;

	for (const struct field *f = fields; f->key; f++) {
		if (suggest_nearer(&s, f->key))
			best = f->key;
	}
	return best;
}

static bool is_known(const struct field *fields, const char *key)
{
	for (const struct field *f = fields; f->key; f++) {
		if (!strcmp(f->key, key))
			return true;
	}
	return false;
}

static int refuse_unknown(const struct decoder *d, const struct field *fields,
			  const struct json *member)
{
	const char *near = nearest_key(fields, json_key(member));
	auto_strbuf what = { 0 };

	add_foreign_key(&what, json_key(member));
	strbuf_addstr(&what, ": unknown key");
	if (near)
		strbuf_addf(&what, "; did you mean \"%s\"?", near);
	return err_input(d->err, d->source->file, line_of(d->source, member), "%s",
			 strbuf_str(&what));
}

static int check_unknown(const struct decoder *d, const struct field *fields,
			 const struct json *obj)
{
	for (const struct json *m = json_first(obj); m; m = json_next(m)) {
		if (!is_known(fields, json_key(m)))
			return refuse_unknown(d, fields, m);
	}
	return 0;
}

int fields_decode(const struct json *obj, const struct field *fields,
		  const struct fields_source *source, void *out, struct err *err)
{
	struct decoder d = { .source = source, .out = out, .err = err };

	if (json_type(obj) != JSON_OBJECT)
		return err_input(err, source->file, line_of(source, obj),
				 "expected an object, found %s", with_article[json_type(obj)]);
	if (source->unknown == FIELDS_REFUSE_UNKNOWN && check_unknown(&d, fields, obj))
		return -1;
	for (const struct field *f = fields; f->key; f++) {
		if (decode_field(&d, f, obj))
			return -1;
	}
	return 0;
}
