/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML as the same tree that JSON gives (core schema: null, booleans, numbers, strings; quoted
 * scalars are strings). Aliases, tags and several documents are refused: a suite is data, not a
 * program. Bounded in length and depth like JSON; duplicate keys are refused.
 */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include "base/err.h"
#include "base/json.h"

/* `file` is for messages only: "FILE:LINE: what". Free with json_free(). */
struct json *yaml_parse(const char *file, const char *text, size_t len, struct err *err);

#endif
