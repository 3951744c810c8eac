/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The starter suite and recorded answers of three made-up models, carried inside the program, so
 * that it can be tried without a data set, a model or a network.
 */
#ifndef TASKS_STARTER_H
#define TASKS_STARTER_H

#include <stdbool.h>
#include <stddef.h>

/* "strong", "middle", "weak"; NULL-terminated. */
extern const char *const starter_answer_names[];

/* The recorded answers with this name as JSONL, or NULL: no such name. Never freed. */
const char *starter_answers(const char *name, size_t *len);

/* Is this "starter" or "starter:SOMETHING", so never a path? */
bool starter_is_name(const char *source);
/* What "starter" (the suite) or "starter:NAME" (answers) stands for, or NULL. */
const char *starter_find(const char *source, size_t *len);

#endif
