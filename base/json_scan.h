/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict check that goes before the parser (internal to base/json.c). The text must be JSON as
 * RFC 8259 has it, in well-formed UTF-8, within the bounds of base/json.h. What the parser behind
 * it cannot hold is rewritten: "\u0000" and lone surrogates become "\ufffd", and numbers with more
 * characters than it reads become short ones of the same value.
 */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

struct json_scan {
	struct strbuf rewritten; /* empty where the text can stand as it is */
	uint32_t *offsets;       /* of every value in order; of a member, that of its key */
	size_t n_values;
	size_t cap;
};

/* ERR_INPUT "bad JSON at byte N: reason", N counted from 0. Release in either case. */
int json_scan(struct json_scan *scan, const char *text, size_t len, struct err *err);
void json_scan_release(struct json_scan *scan);

static inline void cleanup_json_scan(struct json_scan *scan)
{
	json_scan_release(scan);
}
#define auto_json_scan __attribute__((cleanup(cleanup_json_scan))) struct json_scan

#endif
