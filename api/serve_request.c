/* SPDX-License-Identifier: Apache-2.0 */
#include "api/serve_request.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "api/limits.h"
#include "base/alloc.h"
#include "base/base64.h"
#include "base/fields.h"
#include "base/json.h"

#define EXACT_MAX 9007199254740992.0 /* 2^53: beyond it doubles skip integers */

#define MAX_VALUES (128u << 10) /* more strings than fit into a box's arguments */

/* What the members of a line come to before they are put together. */
struct raw {
	char *op, *network, *isolation, *input, *input_base64;
	const struct json *id, *argv, *env, *files, *outs, *limits;
};

static const struct field run_fields[] = {
	FIELD_NODE(struct raw, id, "id", FIELD_REQUIRED),
	FIELD_STR(struct raw, op, "op", 0),
	FIELD_NODE(struct raw, argv, "argv", FIELD_REQUIRED | FIELD_NONEMPTY),
	FIELD_NODE(struct raw, env, "env", 0),
	FIELD_STR(struct raw, input, "stdin", 0),
	FIELD_STR(struct raw, input_base64, "stdin_base64", 0),
	FIELD_NODE(struct raw, files, "files", 0),
	FIELD_NODE(struct raw, outs, "files_out", 0),
	FIELD_NODE(struct raw, limits, "limits", 0),
	FIELD_STR(struct raw, isolation, "isolation", 0),
	FIELD_STR(struct raw, network, "network", 0),
	FIELD_END,
};
static const struct field plain_fields[] = {
	FIELD_NODE(struct raw, id, "id", FIELD_REQUIRED),
	FIELD_STR(struct raw, op, "op", FIELD_REQUIRED),
	FIELD_END,
};

struct raw_file {
	char *path, *text, *base64;
	bool is_executable;
};
static const struct field file_fields[] = {
	FIELD_STR(struct raw_file, path, "path", FIELD_REQUIRED | FIELD_NONEMPTY),
	FIELD_STR(struct raw_file, text, "data", 0),
	FIELD_STR(struct raw_file, base64, "data_base64", 0),
	FIELD_BOOL(struct raw_file, is_executable, "executable", 0),
	FIELD_END,
};

static const struct op {
	const char *name;
	const struct field *fields;
} ops[] = {
	[REQUEST_RUN] = { "run", run_fields },
	[REQUEST_CANCEL] = { "cancel", plain_fields },
	[REQUEST_INFO] = { "info", plain_fields },
};

/* While one line is read. */
struct reader {
	struct request *r;
	struct fields_source source;
	struct err *err;
};

static int fail(const struct reader *rd, const char *key, const char *what)
{
	return err_input(rd->err, rd->source.file, rd->source.line, "\"%s\": %s", key, what);
}

/*
 * Escapes that a C string or UTF-8 cannot hold are read as U+FFFD (base/json.h). Here that would be
 * a program with another input than was asked for. The text is well-formed JSON.
 */
static const char *lossy_escape(const char *text, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++) {
		if (text[i] != '\\')
			continue;
		const char *e = text + ++i;

		if (*e != 'u')
			continue;
		if (!strncmp(e, "u0000", 5))
			return "\\u0000 is not possible here: use base64";
		if (!strchr("dD", e[1]))
			continue;
		if (strchr("89abAB", e[2]) && e[5] == '\\' && e[6] == 'u' && strchr("dD", e[7]) &&
		    strchr("cdefCDEF", e[8]))
			i += 6; /* a pair */
		else if (!strchr("01234567", e[2]))
			return "half a surrogate pair is no text: use base64";
	}
	return NULL;
}

/*
 * Values cost some hundred times the bytes that they are written with, and other connections wait
 * while a line is parsed.
 */
static bool has_too_many_values(const char *text, size_t len)
{
	bool is_string = false;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			is_string = !is_string;
		else if (is_string && text[i] == '\\')
			i++;
		else if (!is_string && text[i] == ',')
			n++;
	}
	return n >= MAX_VALUES;
}

static int read_id(const struct reader *rd, const struct json *root)
{
	const struct json *id = json_get(root, "id");
	const char *s = json_str(id);
	double n = json_num(id);
	auto_strbuf text = { 0 };
	struct json_writer w;

	if (!id)
		return 0; /* which the table of fields refuses */
	if (s ? !*s || strlen(s) > REQUEST_MAX_ID
	      : json_type(id) != JSON_NUMBER || floor(n) != n || fabs(n) > EXACT_MAX)
		return fail(rd, "id", "a string of 1 to 128 bytes, or an integer below 2^53");
	jw_init(&w, &text, 0);
	jw_node(&w, id);
	rd->r->id = arena_strdup(&rd->r->arena, strbuf_str(&text));
	return 0;
}

static int read_op(const struct reader *rd, const struct json *root)
{
	const struct json *op = json_get(root, "op");
	const char *name = json_str(op);

	if (!op)
		return 0;
	for (size_t i = 0; name && i < ARRAY_SIZE(ops); i++) {
		if (!strcmp(name, ops[i].name)) {
			rd->r->op = (enum request_op)i;
			return 0;
		}
	}
	return fail(rd, "op", "it is \"run\", \"cancel\" or \"info\"");
}

static int read_list(const struct reader *rd, const char *key, const struct json *list,
		     struct strvec *to)
{
	if (list && json_type(list) != JSON_ARRAY)
		return fail(rd, key, "expected an array of strings");
	for (const struct json *j = json_first(list); j; j = json_next(j)) {
		if (!json_str(j))
			return fail(rd, key, "expected an array of strings");
		strvec_push(to, json_str(j));
	}
	return 0;
}

static int read_env(const struct reader *rd, const struct json *env)
{
	if (!env)
		return 0;
	if (json_type(env) != JSON_OBJECT)
		return fail(rd, "env", "expected an object of strings");
	for (const struct json *j = json_first(env); j; j = json_next(j)) {
		const char *name = json_key(j);

		if (!json_str(j))
			return fail(rd, "env", "expected an object of strings");
		if (!*name || strchr(name, '='))
			return fail(rd, "env", "a name is not empty and has no \"=\"");
		strvec_pushf(&rd->r->env, "%s=%s", name, json_str(j));
	}
	return 0;
}

/* Contents as text or base64, into the arena; where both are NULL, as before. */
static int read_bytes(const struct reader *rd, const char *key, char *text, const char *base64,
		      struct request_file *to)
{
	auto_strbuf bytes = { 0 };
	struct err why = { 0 };

	if (text && base64)
		return fail(rd, key, "given as text and as base64");
	if (text) {
		to->data = text;
		to->size = strlen(text);
	} else if (base64) {
		if (base64_decode(&bytes, base64, strlen(base64), &why) < 0)
			return fail(rd, key, why.msg);
		char *copy = arena_alloc(&rd->r->arena, bytes.len + 1);

		memcpy(copy, strbuf_str(&bytes), bytes.len);
		to->data = copy;
		to->size = bytes.len;
	}
	return 0;
}

static int read_input(const struct reader *rd, const struct raw *raw)
{
	struct request_file input = { 0 };

	if (read_bytes(rd, "stdin", raw->input, raw->input_base64, &input) < 0)
		return -1;
	rd->r->has_input = input.data != NULL;
	rd->r->input = input.data;
	rd->r->input_size = input.size;
	return 0;
}

static int read_file(const struct reader *rd, const struct json *node)
{
	struct request_file *f = &rd->r->files[rd->r->n_files];
	struct raw_file raw = { 0 };

	if (fields_decode(node, file_fields, &rd->source, &raw, rd->err) < 0 ||
	    read_bytes(rd, "files", raw.text, raw.base64, f) < 0)
		return -1;
	if (!f->data)
		return fail(rd, "files", "a file needs \"data\" or \"data_base64\"");
	f->path = raw.path;
	f->is_executable = raw.is_executable;
	rd->r->n_files++;
	return 0;
}

static int read_files(const struct reader *rd, const struct json *files)
{
	if (!files)
		return 0;
	if (json_type(files) != JSON_ARRAY)
		return fail(rd, "files", "expected an array of objects");
	if (json_size(files) > BOX_MAX_FILES)
		return fail(rd, "files", "more than 64");
	for (const struct json *j = json_first(files); j; j = json_next(j)) {
		if (read_file(rd, j) < 0)
			return -1;
	}
	return 0;
}

static int read_limits(const struct reader *rd, const struct json *limits)
{
	if (!limits)
		return 0;
	if (fields_decode(limits, limit_fields, &rd->source, &rd->r->limits, rd->err) < 0)
		return -1;
	if (rd->r->limits.keep_bytes > REQUEST_MAX_KEEP)
		return fail(rd, "keep_bytes", "at most 67108864 here");
	if (rd->r->limits.out_bytes > REQUEST_MAX_KEEP)
		return fail(rd, "out_bytes", "at most 67108864 here");
	return 0;
}

static int read_settings(const struct reader *rd, const struct raw *raw)
{
	struct err why = { 0 };

	if (raw->network && strcmp(raw->network, "none") != 0)
		return fail(rd, "network", "it is \"none\": boxes have no network");
	if (!raw->isolation)
		return 0;
	if (box_level_parse(raw->isolation, &rd->r->level, &why) < 0)
		return fail(rd, "isolation", why.msg);
	rd->r->has_level = true;
	return 0;
}

static int read_members(const struct reader *rd, const struct json *root)
{
	struct raw raw = { 0 };

	if (fields_decode(root, ops[rd->r->op].fields, &rd->source, &raw, rd->err) < 0)
		return -1;
	if (rd->r->op != REQUEST_RUN)
		return 0;
	return read_list(rd, "argv", raw.argv, &rd->r->argv) < 0 ||
			       read_list(rd, "files_out", raw.outs, &rd->r->outs) < 0 ||
			       read_env(rd, raw.env) < 0 || read_input(rd, &raw) < 0 ||
			       read_files(rd, raw.files) < 0 || read_limits(rd, raw.limits) < 0 ||
			       read_settings(rd, &raw) < 0
		       ? -1
		       : 0;
}

int request_parse(const char *text, size_t len, long number, struct request *r, struct err *err)
{
	auto_json struct json *root = NULL;
	struct reader rd = {
		.r = r,
		.source = { .file = "request", .line = number, .arena = &r->arena },
		.err = err,
	};

	memset(r, 0, sizeof(*r));
	if (has_too_many_values(text, len))
		return err_set(err, ERR_INPUT, "request:%ld: too many values", number);
	root = json_parse(text, len, err);
	if (!root)
		return err_wrap(err, "request:%ld", number);
	const char *lossy = lossy_escape(text, len);

	if (json_type(root) != JSON_OBJECT)
		return err_set(err, ERR_INPUT, "request:%ld: expected an object", number);
	if (read_id(&rd, root) < 0)
		return -1;
	if (lossy)
		return err_set(err, ERR_INPUT, "request:%ld: %s", number, lossy);
	if (read_op(&rd, root) < 0)
		return -1;
	return read_members(&rd, root);
}

void request_release(struct request *r)
{
	strvec_release(&r->argv);
	strvec_release(&r->env);
	strvec_release(&r->outs);
	arena_release(&r->arena);
}
