/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON in and out. Reading: a tree of nodes, bounded in length and depth, keys compared with case.
 * Writing: a streaming writer into a strbuf that cannot produce malformed output.
 *
 * Numbers are doubles: identifiers and counts above 2^53 travel as strings.
 * "\u0000" and lone surrogates cannot be held in a C string or in UTF-8; they are read as U+FFFD.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

struct json; /* one node */

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

#define JSON_MAX_DEPTH  100
#define JSON_MAX_BYTES  (64u << 20)
#define JSON_MAX_VALUES (1u << 22) /* in one text: a node takes some 80 bytes */

/*
 * Parses exactly one value (white space around it is allowed, anything else is an error) of strict
 * JSON in UTF-8. Refused besides: a key twice in one object, numbers beyond the range of doubles,
 * what is over the bounds above. Free the root with json_free(). Errors are ERR_INPUT,
 * "bad JSON at byte N: reason", with N counted from 0.
 */
struct json *json_parse(const char *text, size_t len, struct err *err);
void json_free(struct json *root);
static inline void cleanup_json(struct json **j)
{
	json_free(*j);
}
#define auto_json __attribute__((cleanup(cleanup_json)))

enum json_type json_type(const struct json *j);
const char *json_type_name(enum json_type type); /* "null", "boolean", "number", ... */
/* The member of an object, or NULL (also when j is not an object). */
const struct json *json_get(const struct json *j, const char *key);
size_t json_size(const struct json *j); /* elements of an array or members of an object */
const struct json *json_at(const struct json *j, size_t i); /* O(i): walk with first/next */
const struct json *json_first(const struct json *j);
const struct json *json_next(const struct json *j);
const char *json_key(const struct json *j); /* of a member, else NULL */
/* Values: NULL, 0 or false where the node is NULL or of another type. */
const char *json_str(const struct json *j);
double json_num(const struct json *j);
bool json_bool(const struct json *j);
/* Where the node (a member: its key) is, in a text of several lines; from 1, and 0 if unknown. */
long json_line(const struct json *j);

/*
 * ---- writing ----
 *
 * One value is written from jw_init() on; use in the wrong order (a value without a key in an
 * object, a second value, an end without its begin) is a bug and fails an assertion.
 */

#define JSON_WRITER_DEPTH 128 /* holds any node that was read, some levels down */

struct json_writer {
	struct strbuf *out;
	int depth;
	bool has_item[JSON_WRITER_DEPTH];
	bool is_object[JSON_WRITER_DEPTH];
	bool after_key;
	int indent; /* 0: one line; else spaces a level */
};

void jw_init(struct json_writer *w, struct strbuf *out, int indent);
void jw_begin_object(struct json_writer *w);
void jw_end_object(struct json_writer *w);
void jw_begin_array(struct json_writer *w);
void jw_end_array(struct json_writer *w);
void jw_key(struct json_writer *w, const char *key);
/*
 * Each byte of invalid UTF-8 becomes U+FFFD. '<' and all that could act on a terminal or a page
 * (controls C0 and C1, U+2028, U+2029, bidirectional marks) are escaped. NULL: null.
 */
void jw_str(struct json_writer *w, const char *s);
void jw_strn(struct json_writer *w, const char *s, size_t n);
void jw_int(struct json_writer *w, int64_t v);
/* The shortest of %.15g to %.17g that reads back, in the C locale; NaN and infinities: null. */
void jw_num(struct json_writer *w, double v);
void jw_bool(struct json_writer *w, bool v);
void jw_null(struct json_writer *w);
/* A node that was read, as it was. */
void jw_node(struct json_writer *w, const struct json *j);

/* "key": value in one call. */
void jw_kstr(struct json_writer *w, const char *key, const char *s);
void jw_kint(struct json_writer *w, const char *key, int64_t v);
void jw_knum(struct json_writer *w, const char *key, double v);
void jw_kbool(struct json_writer *w, const char *key, bool v);
/* A text of JSON as the value that it is; null for NULL and for what is none. */
void jw_ktext(struct json_writer *w, const char *key, const char *text);

#endif
