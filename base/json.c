/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON in: nodes are those of cJSON behind an opaque name. base/json_scan.c has checked the text
 * before the library sees it. Where a node stands is kept in `valueint`, which nothing else uses:
 * while parsing the byte offset, afterwards the line (0: unknown).
 */
#include "base/json.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json_build.h"
#include "base/json_scan.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define DUPLICATE_SHOWN 60 /* bytes of a key in a message */
#define FEW_MEMBERS     16 /* fewer are compared each with each, without memory */

static const cJSON *to_lib(const struct json *j)
{
	return (const cJSON *)(const void *)j;
}

static cJSON *to_lib_own(struct json *j)
{
	return (cJSON *)(void *)j;
}

static struct json *from_lib(cJSON *item)
{
	return (struct json *)(void *)item;
}

static const struct json *from_lib_const(const cJSON *item)
{
	return (const struct json *)(const void *)item;
}

/* The library shall abort like the rest of the program when memory ends. */
static void use_own_memory(void)
{
	cJSON_InitHooks(&(cJSON_Hooks){ .malloc_fn = xmalloc, .free_fn = free });
}

/* ---- parsing ---- */

/* The scan and the tree have the same order, so that offsets can be dealt out. */
static const uint32_t *set_offsets(cJSON *item, const uint32_t *offset)
{
	for (; item; item = item->next) {
		item->valueint = (int)*offset++;
		offset = set_offsets(item->child, offset);
	}
	return offset;
}

struct line_counter {
	const char *text;
	size_t at;
	int line;
};

static int line_of(struct line_counter *lc, size_t offset)
{
	while (lc->at < offset)
		lc->line += lc->text[lc->at++] == '\n';
	return lc->line;
}

static void offsets_to_lines(cJSON *item, struct line_counter *lc)
{
	for (; item; item = item->next) {
		item->valueint = lc->text ? line_of(lc, (size_t)item->valueint) : 0;
		offsets_to_lines(item->child, lc);
	}
}

static int refuse_duplicate(const struct json *member, struct err *err)
{
	auto_strbuf shown = { 0 };
	struct json_writer w;
	const char *key = json_key(member);

	jw_init(&w, &shown, 0);
	jw_strn(&w, key, strnlen(key, DUPLICATE_SHOWN));
	return err_set(err, ERR_INPUT, "bad JSON at byte %d: duplicate key %s",
		       to_lib(member)->valueint, strbuf_str(&shown));
}

static int check_duplicates(const cJSON *item, struct err *err)
{
	for (; item; item = item->next) {
		const struct json *twice = json_find_duplicate(from_lib_const(item));

		if (twice)
			return refuse_duplicate(twice, err);
		if (check_duplicates(item->child, err))
			return -1;
	}
	return 0;
}

/* The library reads numbers by the locale of the thread. */
static cJSON *run_library(const char *text, size_t len, const char **ret_end)
{
	locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale_t before = uselocale(c_locale);
	cJSON *root;

	use_own_memory();
	root = cJSON_ParseWithLengthOpts(text, len, ret_end, 0);
	(void)uselocale(before);
	freelocale(c_locale);
	return root;
}

struct json *json_parse(const char *text, size_t len, struct err *err)
{
	auto_json_scan scan = { 0 };
	auto_json struct json *root = NULL;
	struct line_counter lc = { .line = 1 };
	const char *given = text;
	const char *end = NULL;
	const uint32_t *last;
	size_t given_len = len;

	if (json_scan(&scan, text, len, err))
		return NULL;
	if (scan.rewritten.len) {
		given = scan.rewritten.buf;
		given_len = scan.rewritten.len;
	}
	root = from_lib(run_library(given, given_len, &end));
	if (!root) {
		err_set(err, ERR_INPUT, "bad JSON at byte %td: not understood", end - given);
		return NULL;
	}
	last = set_offsets(to_lib_own(root), scan.offsets);
	assert(last == scan.offsets + scan.n_values);
	if (check_duplicates(to_lib(root), err))
		return NULL;
	if (memchr(text, '\n', len))
		lc.text = text;
	offsets_to_lines(to_lib_own(root), &lc);
	return take_ptr(root);
}

void json_free(struct json *root)
{
	cJSON_Delete(to_lib_own(root));
}

/* ---- looking at nodes ---- */

static const struct {
	int lib;
	enum json_type type;
} lib_types[] = {
	{ cJSON_False, JSON_BOOL },    { cJSON_True, JSON_BOOL },   { cJSON_Number, JSON_NUMBER },
	{ cJSON_String, JSON_STRING }, { cJSON_Array, JSON_ARRAY }, { cJSON_Object, JSON_OBJECT },
};

enum json_type json_type(const struct json *j)
{
	for (size_t i = 0; j && i < ARRAY_SIZE(lib_types); i++) {
		if (lib_types[i].lib == (to_lib(j)->type & 0xff))
			return lib_types[i].type;
	}
	return JSON_NULL;
}

static const char *const type_names[] = {
	[JSON_NULL] = "null",     [JSON_BOOL] = "boolean", [JSON_NUMBER] = "number",
	[JSON_STRING] = "string", [JSON_ARRAY] = "array",  [JSON_OBJECT] = "object",
};
static_assert(ARRAY_SIZE(type_names) == JSON_OBJECT + 1, "every type has a name");

const char *json_type_name(enum json_type type)
{
	return type_names[type];
}

const struct json *json_get(const struct json *j, const char *key)
{
	if (json_type(j) != JSON_OBJECT)
		return NULL;
	return from_lib(cJSON_GetObjectItemCaseSensitive(to_lib(j), key));
}

size_t json_size(const struct json *j)
{
	size_t n = 0;

	for (const struct json *item = json_first(j); item; item = json_next(item))
		n++;
	return n;
}

const struct json *json_at(const struct json *j, size_t i)
{
	const struct json *item = json_first(j);

	while (item && i--)
		item = json_next(item);
	return item;
}

const struct json *json_first(const struct json *j)
{
	return j ? from_lib(to_lib(j)->child) : NULL;
}

const struct json *json_next(const struct json *j)
{
	return j ? from_lib(to_lib(j)->next) : NULL;
}

const char *json_key(const struct json *j)
{
	return j ? to_lib(j)->string : NULL;
}

const char *json_str(const struct json *j)
{
	return json_type(j) == JSON_STRING ? to_lib(j)->valuestring : NULL;
}

double json_num(const struct json *j)
{
	return json_type(j) == JSON_NUMBER ? to_lib(j)->valuedouble : 0;
}

bool json_bool(const struct json *j)
{
	return j && (to_lib(j)->type & 0xff) == cJSON_True;
}

long json_line(const struct json *j)
{
	return j ? to_lib(j)->valueint : 0;
}

/* ---- building ---- */

static struct json *fresh(cJSON *item)
{
	assert(item);
	item->valueint = 0;
	return from_lib(item);
}

struct json *json_new_null(void)
{
	use_own_memory();
	return fresh(cJSON_CreateNull());
}

struct json *json_new_bool(bool v)
{
	use_own_memory();
	return fresh(cJSON_CreateBool(v));
}

struct json *json_new_num(double v)
{
	use_own_memory();
	return fresh(cJSON_CreateNumber(v));
}

struct json *json_new_strn(const char *s, size_t n)
{
	auto_strbuf text = { 0 };

	for (size_t i = 0; i < n;) {
		size_t run = strnlen(s + i, n - i);

		strbuf_add(&text, s + i, run);
		i += run;
		if (i < n)
			strbuf_addstr(&text, UTF8_REPLACEMENT);
		i += i < n;
	}
	use_own_memory();
	return fresh(cJSON_CreateString(strbuf_str(&text)));
}

struct json *json_new_array(void)
{
	use_own_memory();
	return fresh(cJSON_CreateArray());
}

struct json *json_new_object(void)
{
	use_own_memory();
	return fresh(cJSON_CreateObject());
}

void json_add_item(struct json *array, struct json *item)
{
	assert(json_type(array) == JSON_ARRAY);
	(void)cJSON_AddItemToArray(to_lib_own(array), to_lib_own(item));
}

void json_add_member(struct json *object, const char *key, struct json *item)
{
	assert(json_type(object) == JSON_OBJECT);
	(void)cJSON_AddItemToObject(to_lib_own(object), key, to_lib_own(item));
}

void json_set_line(struct json *j, long line)
{
	to_lib_own(j)->valueint = line < INT_MAX ? (int)line : 0;
}

/* ---- duplicates ---- */

static const cJSON *later(const cJSON *a, const cJSON *b)
{
	return a->valueint > b->valueint ? a : b;
}

static const cJSON *find_among_few(const cJSON *first)
{
	for (const cJSON *b = first; b; b = b->next) {
		for (const cJSON *a = first; a != b; a = a->next) {
			if (!strcmp(a->string, b->string))
				return b;
		}
	}
	return NULL;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp((*(cJSON *const *)a)->string, (*(cJSON *const *)b)->string);
}

static const cJSON *find_among_many(const cJSON *first, size_t n)
{
	auto_free const cJSON **members = xcalloc(n, sizeof(const cJSON *));
	size_t i = 0;

	for (const cJSON *m = first; m; m = m->next)
		members[i++] = m;
	qsort(members, n, sizeof(const cJSON *), compare_keys);
	for (i = 1; i < n; i++) {
		if (!strcmp(members[i - 1]->string, members[i]->string))
			return later(members[i - 1], members[i]);
	}
	return NULL;
}

const struct json *json_find_duplicate(const struct json *object)
{
	const cJSON *first;
	size_t n;

	if (json_type(object) != JSON_OBJECT)
		return NULL;
	first = to_lib(object)->child;
	n = json_size(object);
	return from_lib_const(n <= FEW_MEMBERS ? find_among_few(first) : find_among_many(first, n));
}
