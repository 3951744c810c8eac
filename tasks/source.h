/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where suites and samples come from, line by line: a path, or one of the names of what the
 * program carries inside itself (tasks/starter.h).
 */
#ifndef TASKS_SOURCE_H
#define TASKS_SOURCE_H

#include <stddef.h>

#include "base/err.h"
#include "base/json.h"
#include "base/lines.h"

/*
 * Opens "starter", "starter:NAME" or a regular file. Pipes are refused, since all of these are
 * read twice; `what` names the content in that message ("tasks", "samples").
 */
int source_open(struct lines *l, const char *source, const char *what, struct err *err);

/*
 * The next line that is not blank: 1, or 0 at the end, or -1. The text is valid until the next
 * call.
 */
int source_next(struct lines *l, const char **ret_text, size_t *ret_len, struct err *err);
/* Parses such a line; anything but an object is ERR_INPUT with file and line. json_free() it. */
struct json *source_object(const struct lines *l, const char *text, size_t len, struct err *err);

/*
 * The member "task_id" of a line as text: a string, or an integer in decimal. ERR_INPUT where it
 * is missing, empty, too long, of another type or holds control characters.
 */
int source_task_id(const struct lines *l, const struct json *object, char *ret_id, size_t size,
		   struct err *err);

#endif
