/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML in: the events of libyaml become nodes of base/json.h. Open collections stand on a stack of
 * our own, so that a hostile file costs no C stack. What makes YAML a language rather than data
 * (aliases, tags, several documents) is refused where it shows.
 */
#include "base/yaml.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json_build.h"
#include "base/json_num.h"
#include "base/utf8.h"

struct level {
	struct json *node; /* an array or object; owned by its parent, the first by the loader */
	char *key;         /* in an object: the key whose value comes next, or NULL */
	long key_line;
};

struct loader {
	yaml_parser_t parser;
	const char *file;
	struct json *root;
	struct level levels[JSON_MAX_DEPTH];
	int depth;
	size_t n_values;
	int n_documents;
	bool is_done;
	struct err *err;
};

static long line_of(const yaml_event_t *ev)
{
	return (long)ev->start_mark.line + 1;
}

static int fail_at(const struct loader *l, const yaml_event_t *ev, const char *what)
{
	return err_input(l->err, l->file, line_of(ev), "%s", what);
}

/* ---- plain scalars: the core schema of YAML 1.2 ---- */

static bool is_one_of(const char *s, const char *const *list)
{
	for (; *list; list++) {
		if (!strcmp(s, *list))
			return true;
	}
	return false;
}

static const char *const null_words[] = { "", "~", "null", "Null", "NULL", NULL };
static const char *const true_words[] = { "true", "True", "TRUE", NULL };
static const char *const false_words[] = { "false", "False", "FALSE", NULL };
static const char *const nan_words[] = { ".nan", ".NaN", ".NAN", NULL };
static const char *const inf_words[] = { ".inf", ".Inf", ".INF", NULL };

static const char *skip_sign(const char *s)
{
	return s + (*s == '-' || *s == '+');
}

static size_t count_digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_decimal(const char *s)
{
	size_t whole, fraction = 0;

	s = skip_sign(s);
	whole = count_digits(s);
	s += whole;
	if (*s == '.') {
		fraction = count_digits(s + 1);
		s += 1 + fraction;
	}
	if (whole + fraction == 0)
		return false;
	if (*s == 'e' || *s == 'E') {
		s = skip_sign(s + 1);
		if (!count_digits(s))
			return false;
		s += count_digits(s);
	}
	return !*s;
}

/* 0x1f and 0o17; *ret_v is infinite where the digits are too many. */
static bool read_based(const char *s, double *ret_v)
{
	bool is_hex = !strncmp(s, "0x", 2);
	bool is_octal = !strncmp(s, "0o", 2);
	const char *digits = is_hex ? "0123456789abcdefABCDEF" : "01234567";
	double v = 0;

	if ((!is_hex && !is_octal) || !s[2] || s[2 + strspn(s + 2, digits)])
		return false;
	for (s += 2; *s; s++) {
		long at = strchr(digits, *s) - digits;

		v = v * (is_hex ? 16 : 8) + (double)(at < 16 ? at : at - 6);
	}
	*ret_v = v;
	return true;
}

/* The value of a plain scalar without NUL bytes, or NULL and an error. */
static struct json *resolve_plain(const struct loader *l, const yaml_event_t *ev, const char *s)
{
	double v;

	if (is_one_of(s, null_words))
		return json_new_null();
	if (is_one_of(s, true_words) || is_one_of(s, false_words))
		return json_new_bool(is_one_of(s, true_words));
	if (is_one_of(s, nan_words) || is_one_of(skip_sign(s), inf_words)) {
		(void)fail_at(l, ev, "infinity and NaN are not allowed");
		return NULL;
	}
	if (!read_based(s, &v)) {
		if (!is_decimal(s))
			return json_new_strn(s, strlen(s));
		v = json_num_read(s);
	}
	if (!isfinite(v)) {
		(void)fail_at(l, ev, "a number out of range");
		return NULL;
	}
	return json_new_num(v);
}

static struct json *scalar_node(const struct loader *l, const yaml_event_t *ev)
{
	const char *s = (const char *)ev->data.scalar.value;
	size_t n = ev->data.scalar.length;

	if (ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return json_new_strn(s, n);
	return resolve_plain(l, ev, s);
}

/* ---- the tree ---- */

static struct level *top(struct loader *l)
{
	return l->depth ? &l->levels[l->depth - 1] : NULL;
}

static bool wants_key(struct loader *l)
{
	const struct level *t = top(l);

	return t && json_type(t->node) == JSON_OBJECT && !t->key;
}

/* Gives the node to the open collection, or makes it the root. */
static void attach(struct loader *l, const yaml_event_t *ev, struct json *node)
{
	struct level *t = top(l);

	json_set_line(node, line_of(ev));
	if (!t) {
		l->root = node;
	} else if (t->key) {
		json_set_line(node, t->key_line);
		json_add_member(t->node, t->key, node);
		free(t->key);
		t->key = NULL;
	} else {
		json_add_item(t->node, node);
	}
}

static int take_key(struct loader *l, const yaml_event_t *ev)
{
	const char *s = (const char *)ev->data.scalar.value;
	struct level *t = top(l);

	if (strlen(s) != ev->data.scalar.length)
		return fail_at(l, ev, "a NUL byte in a key");
	t->key = xstrdup(s);
	t->key_line = line_of(ev);
	return 0;
}

static int check_count(struct loader *l, const yaml_event_t *ev)
{
	return ++l->n_values > JSON_MAX_VALUES ? fail_at(l, ev, "too many values") : 0;
}

/* ---- events ---- */

static int refuse_properties(const struct loader *l, const yaml_event_t *ev, const void *anchor,
			     const void *tag)
{
	if (anchor)
		return fail_at(l, ev, "anchors (&) are not allowed");
	if (tag)
		return fail_at(l, ev, "tags (!) are not allowed");
	return 0;
}

static int on_scalar(struct loader *l, const yaml_event_t *ev)
{
	struct json *node;

	if (refuse_properties(l, ev, ev->data.scalar.anchor, ev->data.scalar.tag))
		return -1;
	if (wants_key(l))
		return take_key(l, ev);
	if (check_count(l, ev))
		return -1;
	node = scalar_node(l, ev);
	if (!node)
		return -1;
	attach(l, ev, node);
	return 0;
}

static int open_level(struct loader *l, const yaml_event_t *ev, struct json *(*create)(void))
{
	struct json *node;

	if (wants_key(l))
		return fail_at(l, ev, "a key must be a string");
	if (l->depth == JSON_MAX_DEPTH)
		return fail_at(l, ev, "nested too deeply");
	if (check_count(l, ev))
		return -1;
	node = create();
	attach(l, ev, node);
	l->levels[l->depth++] = (struct level){ .node = node };
	return 0;
}

static int on_sequence(struct loader *l, const yaml_event_t *ev)
{
	if (refuse_properties(l, ev, ev->data.sequence_start.anchor, ev->data.sequence_start.tag))
		return -1;
	return open_level(l, ev, json_new_array);
}

static int on_mapping(struct loader *l, const yaml_event_t *ev)
{
	if (refuse_properties(l, ev, ev->data.mapping_start.anchor, ev->data.mapping_start.tag))
		return -1;
	return open_level(l, ev, json_new_object);
}

static int refuse_duplicate(struct loader *l, const struct json *member)
{
	auto_strbuf shown = { 0 };
	struct json_writer w;
	const char *key = json_key(member);

	jw_init(&w, &shown, 0);
	jw_strn(&w, key, utf8_valid_prefix(key, strnlen(key, 60)));
	return err_input(l->err, l->file, json_line(member), "duplicate key %s",
			 strbuf_str(&shown));
}

static int on_collection_end(struct loader *l, const yaml_event_t *ev)
{
	const struct json *twice = json_find_duplicate(top(l)->node);

	(void)ev;
	if (twice)
		return refuse_duplicate(l, twice);
	l->depth--;
	return 0;
}

static int on_alias(struct loader *l, const yaml_event_t *ev)
{
	return fail_at(l, ev, "aliases (*) are not allowed");
}

static int on_document(struct loader *l, const yaml_event_t *ev)
{
	const yaml_tag_directive_t *tags = ev->data.document_start.tag_directives.start;

	if (l->n_documents++)
		return fail_at(l, ev, "only one document is allowed");
	if (tags != ev->data.document_start.tag_directives.end)
		return fail_at(l, ev, "tag directives are not allowed");
	return 0;
}

static int on_stream_end(struct loader *l, const yaml_event_t *ev)
{
	if (!l->root)
		attach(l, ev, json_new_null());
	l->is_done = true;
	return 0;
}

static int ignore(struct loader *l, const yaml_event_t *ev)
{
	(void)l;
	(void)ev;
	return 0;
}

static int (*const handlers[])(struct loader *, const yaml_event_t *) = {
	[YAML_NO_EVENT] = ignore,
	[YAML_STREAM_START_EVENT] = ignore,
	[YAML_STREAM_END_EVENT] = on_stream_end,
	[YAML_DOCUMENT_START_EVENT] = on_document,
	[YAML_DOCUMENT_END_EVENT] = ignore,
	[YAML_ALIAS_EVENT] = on_alias,
	[YAML_SCALAR_EVENT] = on_scalar,
	[YAML_SEQUENCE_START_EVENT] = on_sequence,
	[YAML_SEQUENCE_END_EVENT] = on_collection_end,
	[YAML_MAPPING_START_EVENT] = on_mapping,
	[YAML_MAPPING_END_EVENT] = on_collection_end,
};
static_assert(ARRAY_SIZE(handlers) == YAML_MAPPING_END_EVENT + 1, "every event has a handler");

/* ---- the parser ---- */

static int fail_syntax(const struct loader *l)
{
	const yaml_parser_t *p = &l->parser;
	const char *problem = p->problem ? p->problem : "cannot be understood";

	if (p->error == YAML_MEMORY_ERROR)
		abort();
	if (p->error == YAML_READER_ERROR)
		return err_input(l->err, l->file, (long)p->mark.line + 1, "bad YAML: %s (byte %zu)",
				 problem, p->problem_offset);
	return err_input(l->err, l->file, (long)p->problem_mark.line + 1, "bad YAML: %s%s%s",
			 problem, p->context ? ", " : "", p->context ? p->context : "");
}

static int step(struct loader *l)
{
	yaml_event_t ev;
	int rc;

	if (!yaml_parser_parse(&l->parser, &ev))
		return fail_syntax(l);
	rc = handlers[ev.type](l, &ev);
	yaml_event_delete(&ev);
	return rc;
}

static int load(struct loader *l, const char *text, size_t len)
{
	if (len > JSON_MAX_BYTES)
		return err_input(l->err, l->file, 0, "the text is too long");
	yaml_parser_set_encoding(&l->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&l->parser, (const unsigned char *)text, len);
	while (!l->is_done) {
		if (step(l))
			return -1;
	}
	return 0;
}

struct json *yaml_parse(const char *file, const char *text, size_t len, struct err *err)
{
	auto_free struct loader *l = xcalloc(1, sizeof(*l));
	int rc;

	l->file = file;
	l->err = err;
	if (!yaml_parser_initialize(&l->parser))
		abort();
	rc = load(l, text, len);
	yaml_parser_delete(&l->parser);
	for (int i = 0; i < l->depth; i++)
		free(l->levels[i].key);
	if (rc) {
		json_free(l->root);
		return NULL;
	}
	return l->root;
}
