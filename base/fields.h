/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One decoder for structured input, whatever its syntax. A table of fields says what an object may
 * hold; fields_decode() fills a C struct from it and refuses unknown keys, missing and mistyped
 * values with "FILE:LINE: field: what is wrong". JSON and YAML both become struct json trees first
 * (base/yaml.h), with line numbers where the syntax has them.
 *
 *   static const struct field task_fields[] = {
 *           FIELD_STR(struct raw_task, task_id, "task_id", FIELD_REQUIRED),
 *           FIELD_STR(struct raw_task, prompt, "prompt", FIELD_REQUIRED),
 *           FIELD_END,
 *   };
 */
#ifndef BASE_FIELDS_H
#define BASE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/strvec.h"

enum field_type {
	FIELD_TYPE_STR,  /* char *, in the arena */
	FIELD_TYPE_INT,  /* int64_t; fractions are refused */
	FIELD_TYPE_NUM,  /* double */
	FIELD_TYPE_BOOL, /* bool */
	FIELD_TYPE_STRS, /* struct strvec; one string counts as a list of one */
	FIELD_TYPE_NODE, /* const struct json *, for the caller to walk */
};

/*
 * FIELD_NULL_OK: null stands for an absent value (FIELD_TYPE_NODE gets the null node itself);
 * else null is of the wrong type. FIELD_NONEMPTY: no empty string, no empty array or object, and
 * no empty string in a FIELD_TYPE_STRS.
 */
enum { FIELD_REQUIRED = 1, FIELD_NULL_OK = 2, FIELD_NONEMPTY = 4 };

struct field {
	const char *key;
	enum field_type type;
	size_t offset;
	unsigned flags;
	double min, max; /* for numbers, where min < max */
};

#define FIELD_STR(s, m, k, fl)                                                                     \
	{                                                                                          \
		.key = (k), .type = FIELD_TYPE_STR, .offset = offsetof(s, m), .flags = (fl)        \
	}
#define FIELD_INT(s, m, k, fl, lo, hi)                                                             \
	{                                                                                          \
		.key = (k), .type = FIELD_TYPE_INT, .offset = offsetof(s, m), .flags = (fl),       \
		.min = (lo), .max = (hi)                                                           \
	}
#define FIELD_NUM(s, m, k, fl, lo, hi)                                                             \
	{                                                                                          \
		.key = (k), .type = FIELD_TYPE_NUM, .offset = offsetof(s, m), .flags = (fl),       \
		.min = (lo), .max = (hi)                                                           \
	}
#define FIELD_BOOL(s, m, k, fl)                                                                    \
	{                                                                                          \
		.key = (k), .type = FIELD_TYPE_BOOL, .offset = offsetof(s, m), .flags = (fl)       \
	}
#define FIELD_STRS(s, m, k, fl)                                                                    \
	{                                                                                          \
		.key = (k), .type = FIELD_TYPE_STRS, .offset = offsetof(s, m), .flags = (fl)       \
	}
#define FIELD_NODE(s, m, k, fl)                                                                    \
	{                                                                                          \
		.key = (k), .type = FIELD_TYPE_NODE, .offset = offsetof(s, m), .flags = (fl)       \
	}
#define FIELD_END                                                                                  \
	{                                                                                          \
		.key = NULL                                                                        \
	}

enum fields_unknown { FIELDS_REFUSE_UNKNOWN, FIELDS_IGNORE_UNKNOWN };

/*
 * Where objects come from and where their strings go. Data sets of other people use
 * FIELDS_IGNORE_UNKNOWN, our own formats refuse.
 */
struct fields_source {
	const char *file; /* for messages, as is the line; one known for the node itself wins */
	long line;
	enum fields_unknown unknown;
	struct arena *arena;
};

/*
 * Decodes obj into *out (zeroed by the caller; FIELD_STRS members are owned by it). After an error
 * some members may be set; they are released as after success.
 */
int fields_decode(const struct json *obj, const struct field *fields,
		  const struct fields_source *source, void *out, struct err *err);

#endif
