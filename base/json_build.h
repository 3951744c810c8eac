/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making trees of nodes, for other syntaxes than JSON (internal to base/). Free the root with
 * json_free(); a node that was added belongs to its parent.
 */
#ifndef BASE_JSON_BUILD_H
#define BASE_JSON_BUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/json.h"

struct json *json_new_null(void);
struct json *json_new_bool(bool v);
struct json *json_new_num(double v);
/* NUL bytes inside become U+FFFD. */
struct json *json_new_strn(const char *s, size_t n);
struct json *json_new_array(void);
struct json *json_new_object(void);
void json_add_item(struct json *array, struct json *item);
void json_add_member(struct json *object, const char *key, struct json *item);
void json_set_line(struct json *j, long line);
/* Of two members with the same key the later one, or NULL; n log n for n members. */
const struct json *json_find_duplicate(const struct json *object);

#endif
