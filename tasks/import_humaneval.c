/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HumanEval and data sets of its shape: JSONL, one task a line.
 *
 *   task_id             string, or an integer, which becomes its decimal text
 *   prompt              code that the answer continues
 *   entry_point         the function under test
 *   canonical_solution  a continuation that is right; may be absent or empty
 *   test                defines check(candidate)
 *   category, difficulty, language   our additions, read where they are strings
 *   rootfs              likewise: the image that boxes of this suite are to have, for all tasks
 *
 * All other members are ignored.
 */
#include "tasks/task.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fields.h"
#include "tasks/source.h"

struct raw_task {
	char *prompt;
	char *entry_point;
	char *canonical_solution;
	char *test;
	/* Nodes: other people's members of these names may be of any type. */
	const struct json *category;
	const struct json *difficulty;
	const struct json *language;
	const struct json *rootfs;
};

static const struct field raw_fields[] = {
	FIELD_STR(struct raw_task, prompt, "prompt", FIELD_REQUIRED),
	FIELD_STR(struct raw_task, entry_point, "entry_point", FIELD_REQUIRED | FIELD_NONEMPTY),
	FIELD_STR(struct raw_task, canonical_solution, "canonical_solution", FIELD_NULL_OK),
	FIELD_STR(struct raw_task, test, "test", FIELD_REQUIRED | FIELD_NONEMPTY),
	FIELD_NODE(struct raw_task, category, "category", FIELD_NULL_OK),
	FIELD_NODE(struct raw_task, difficulty, "difficulty", FIELD_NULL_OK),
	FIELD_NODE(struct raw_task, language, "language", FIELD_NULL_OK),
	FIELD_NODE(struct raw_task, rootfs, "rootfs", FIELD_NULL_OK),
	FIELD_END,
};

/* One of these tells the format; all of them are looked at by the reader. */
static const char *const probe_keys[] = { "prompt", "entry_point", "canonical_solution", "test" };

static int probe(const char *text, size_t len)
{
	auto_json struct json *node = json_parse(text, len, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(probe_keys); i++)
		if (json_get(node, probe_keys[i]))
			return 1;
	return 0;
}

static bool is_identifier(const char *s)
{
	if (!isascii((unsigned char)*s) || (!isalpha((unsigned char)*s) && *s != '_'))
		return false;
	for (; *s; s++)
		if (!isascii((unsigned char)*s) || (!isalnum((unsigned char)*s) && *s != '_'))
			return false;
	return true;
}

static const char *nonempty(const char *s)
{
	return s && *s ? s : NULL;
}

static int check_raw(const struct lines *l, const struct raw_task *raw, struct err *err)
{
	const char *language = json_str(raw->language);

	if (!is_identifier(raw->entry_point))
		return err_input(err, l->path, l->line,
				 "\"entry_point\": \"%.60s\" is not the name of a Python function",
				 raw->entry_point);
	if (language && strcmp(language, "python") != 0)
		return err_input(err, l->path, l->line,
				 "\"language\": \"%.60s\" is not known here; there is python",
				 language);
	return 0;
}

static const char *keep(struct suite *suite, const struct json *node)
{
	const char *s = nonempty(json_str(node));

	return s ? arena_strdup(&suite->arena, s) : NULL;
}

/* One for the whole suite, whichever of its lines say so. */
static int take_rootfs(const struct lines *l, const struct raw_task *raw, struct suite *suite,
		       struct err *err)
{
	const char *rootfs = keep(suite, raw->rootfs);

	if (!rootfs)
		return 0;
	if (suite->rootfs && strcmp(rootfs, suite->rootfs) != 0)
		return err_input(err, l->path, l->line,
				 "\"rootfs\": a suite has one root file system, and \"%.60s\" "
				 "stands above",
				 suite->rootfs);
	suite->rootfs = rootfs;
	return 0;
}

static int add_line(struct lines *l, const struct json *object, struct suite *suite,
		    struct err *err)
{
	struct raw_task raw = { 0 };
	struct task task = { 0 };
	struct fields_source source = { l->path, l->line, FIELDS_IGNORE_UNKNOWN, &suite->arena };
	char id[TASK_ID_MAX];

	if (source_task_id(l, object, id, sizeof(id), err) < 0)
		return -1;
	if (fields_decode(object, raw_fields, &source, &raw, err) < 0)
		return -1;
	if (check_raw(l, &raw, err) < 0 || take_rootfs(l, &raw, suite, err) < 0)
		return -1;
	task.id = arena_strdup(&suite->arena, id);
	task.language = "python";
	task.oracle = ORACLE_FUNCTION;
	task.prompt = raw.prompt;
	task.entry_point = raw.entry_point;
	task.reference = nonempty(raw.canonical_solution);
	task.test = raw.test;
	task.category = keep(suite, raw.category);
	task.difficulty = keep(suite, raw.difficulty);
	task.line = l->line;
	return suite_add(suite, &task, l->path, err);
}

static int load(struct lines *l, struct suite *suite, struct err *err)
{
	const char *text;
	size_t len;
	int r;

	while ((r = source_next(l, &text, &len, err)) == 1) {
		auto_json struct json *object = source_object(l, text, len, err);

		if (!object || add_line(l, object, suite, err) < 0)
			return -1;
	}
	return r;
}

const struct importer importer_humaneval = {
	.name = "humaneval",
	.about = "HumanEval and its kin: JSONL with task_id, prompt, entry_point, "
		 "canonical_solution, test",
	.probe = probe,
	.load = load,
};
