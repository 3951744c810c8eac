/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The task model: what a suite is made of once an importer has read it. All strings of a task live
 * in the suite's arena.
 */
#ifndef TASKS_TASK_H
#define TASKS_TASK_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

enum task_oracle { ORACLE_FUNCTION, ORACLE_COUNT }; /* stdio, unit, repo, text are to come */

struct task {
	const char *id;       /* unique in the suite */
	const char *language; /* "python" */
	enum task_oracle oracle;
	const char *prompt;      /* what the model is asked to continue; code */
	const char *entry_point; /* function under test */
	const char *reference;   /* a continuation of the prompt that is right, or NULL */
	const char *test;        /* hidden: defines check(candidate) */
	const char *category;    /* or NULL */
	const char *difficulty;  /* or NULL */
	long line;               /* where it stands in its file */
	uint8_t hash[HASH_SIZE]; /* over all fields that decide a verdict; suite_add() fills it */
};

#define TASK_ID_MAX 256 /* bytes of an id, with its NUL */

struct suite {
	struct arena arena;
	const char *name;   /* from the file's name: "HumanEval" */
	const char *source; /* path or "starter" */
	const char *format; /* name of the importer */
	const char *rootfs; /* the image that its boxes are to have, or NULL */
	struct task *tasks; /* in file order */
	size_t n;
	size_t cap;
	char hash[HASH_HEX]; /* over all tasks in order */
	void *index;         /* id -> task, a tsearch(3) tree */
};

/*
 * Loads a suite from a path (plain or gzip), or the embedded one by the name "starter" (a file of
 * that name is "./starter"). The importer is told by content. Errors are ERR_INPUT with file and
 * line; nothing is half-loaded: *suite is written on success only.
 */
int suite_load(const char *source, struct suite *suite, struct err *err);
void suite_release(struct suite *suite);
/* The task with this id, or NULL. O(log n). */
const struct task *suite_find(const struct suite *suite, const char *id);
/* The task whose id is most like this one, for messages; NULL where none is near. O(n). */
const struct task *suite_nearest(const struct suite *suite, const char *id);

/* ---- for importers (tasks/import_*.c) ---- */

struct lines;

struct importer {
	const char *name;  /* "humaneval" */
	const char *about; /* one line for the docs */
	/* Does the first non-empty line (as JSON text) look like this format? Told generously: the
	 * reader of a format knows best what is missing. */
	int (*probe)(const char *text, size_t len);
	/* Reads all lines; `suite` has its name and source. */
	int (*load)(struct lines *lines, struct suite *suite, struct err *err);
};
extern const struct importer *const importers[]; /* NULL-terminated */
extern const struct importer importer_humaneval;
/* Appends a copy of *task (strings must live in suite->arena); refuses a second task of the same
 * id. */
int suite_add(struct suite *suite, const struct task *task, const char *file, struct err *err);

#endif
