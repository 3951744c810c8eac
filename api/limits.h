/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of a box with their bounds, for callers from outside: the library and JSON. */
#ifndef API_LIMITS_H
#define API_LIMITS_H

#include "base/fields.h"
#include "sandbox/box.h"

/* Into struct box_limits; in the order of enum assaybox_limit, FIELD_END last. */
extern const struct field limit_fields[];
#define LIMIT_FIELDS 13

#endif
