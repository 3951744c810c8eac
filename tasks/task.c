/* SPDX-License-Identifier: Apache-2.0 */
/* Suites: loading through the importer that knows the format, and looking tasks up. */
#include "tasks/task.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/lines.h"
#include "base/suggest.h"
#include "tasks/source.h"

/* ---- names and hashes ---- */

static const char *const suffixes[] = { ".gz", ".jsonl", ".json" }; /* taken off in this order */

/* "data/HumanEval.jsonl.gz" is "HumanEval". */
static char *suite_name(struct arena *arena, const char *source)
{
	const char *slash = strrchr(source, '/');
	char *name = arena_strdup(arena, slash ? slash + 1 : source);

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t len = strlen(name);
		size_t cut = strlen(suffixes[i]);

		if (len > cut && !strcmp(name + len - cut, suffixes[i]))
			name[len - cut] = '\0';
	}
	return name;
}

/* The id, category and difficulty decide no verdict; the reference does, by way of the proof. */
static void task_hash(struct task *task)
{
	struct hash h;

	hash_init(&h);
	hash_str(&h, "task 1");
	hash_str(&h, task->language);
	hash_u64(&h, task->oracle);
	hash_str(&h, task->prompt);
	hash_str(&h, task->entry_point);
	hash_str(&h, task->reference);
	hash_str(&h, task->test);
	hash_final(&h, task->hash);
}

static void suite_hash(struct suite *suite)
{
	struct hash h;

	hash_init(&h);
	hash_str(&h, "suite 1");
	for (size_t i = 0; i < suite->n; i++) {
		hash_str(&h, suite->tasks[i].id);
		hash_bytes(&h, suite->tasks[i].hash, HASH_SIZE);
	}
	hash_final_hex(&h, suite->hash);
}

/* ---- the index ---- */

struct id_entry {
	const char *id;
	size_t pos; /* in suite->tasks, which moves as it grows */
};

static int entry_cmp(const void *a, const void *b)
{
	return strcmp(((const struct id_entry *)a)->id, ((const struct id_entry *)b)->id);
}

const struct task *suite_find(const struct suite *suite, const char *id)
{
	struct id_entry key = { .id = id };
	void *node = tfind(&key, &suite->index, entry_cmp);

	return node ? &suite->tasks[(*(struct id_entry *const *)node)->pos] : NULL;
}

const struct task *suite_nearest(const struct suite *suite, const char *id)
{
	struct suggest s = { .word = id, .n = strlen(id) };
	const struct task *best = NULL;

	for (size_t i = 0; i < suite->n; i++) {
		if (suggest_nearer(&s, suite->tasks[i].id))
			best = &suite->tasks[i];
	}
	return best;
}

int suite_add(struct suite *suite, const struct task *task, const char *file, struct err *err)
{
	const struct task *first = suite_find(suite, task->id);
	struct id_entry *entry;

	if (first)
		return err_input(err, file, task->line,
				 "\"task_id\": \"%.80s\" stands in line %ld already", task->id,
				 first->line);
	entry = arena_alloc(&suite->arena, sizeof(*entry));
	*entry = (struct id_entry){ .id = task->id, .pos = suite->n };
	if (!tsearch(entry, &suite->index, entry_cmp))
		abort();
	GROW(suite->tasks, suite->n + 1, suite->cap);
	suite->tasks[suite->n] = *task;
	task_hash(&suite->tasks[suite->n++]);
	return 0;
}

static void entry_free(void *entry)
{
	(void)entry; /* the arena's */
}

void suite_release(struct suite *suite)
{
	tdestroy(suite->index, entry_free);
	free(suite->tasks);
	arena_release(&suite->arena);
	*suite = (struct suite){ 0 };
}

/* ---- loading ---- */

static const char *const answer_keys[] = { "completion", "solution", "generation" };

/* No importer wants the file: says why as well as its first line lets us. */
static int explain_unknown(struct lines *l, const char *text, size_t len, struct err *err)
{
	auto_json struct json *object = source_object(l, text, len, err);

	if (!object)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(answer_keys); i++)
		if (json_get(object, answer_keys[i]))
			return err_input(err, l->path, l->line,
					 "this is a sample (it has \"%s\"), not a task: the suite "
					 "is expected here, answers go with --samples",
					 answer_keys[i]);
	return err_input(err, l->path, l->line,
			 "not a task in a known format: %s (it has none of these members)",
			 importers[0]->about);
}

static const struct importer *find_importer(struct lines *l, struct err *err)
{
	const char *text;
	size_t len;
	int r = source_next(l, &text, &len, err);

	if (r < 0)
		return NULL;
	if (!r) {
		(void)err_input(err, l->path, 0, "holds no tasks");
		return NULL;
	}
	for (size_t i = 0; importers[i]; i++)
		if (importers[i]->probe(text, len))
			return importers[i];
	(void)explain_unknown(l, text, len, err);
	return NULL;
}

static const struct importer *probe_source(const char *source, struct err *err)
{
	const struct importer *importer;
	struct lines l = { 0 };

	if (source_open(&l, source, "tasks", err) < 0)
		return NULL;
	importer = find_importer(&l, err);
	lines_close(&l);
	return importer;
}

static int load_with(const struct importer *importer, struct suite *suite, struct err *err)
{
	struct lines l = { 0 };
	int r;

	if (source_open(&l, suite->source, "tasks", err) < 0)
		return -1;
	r = importer->load(&l, suite, err);
	lines_close(&l);
	return r;
}

int suite_load(const char *source, struct suite *suite, struct err *err)
{
	struct suite s = { 0 };
	const struct importer *importer = probe_source(source, err);

	if (!importer)
		return -1;
	s.source = arena_strdup(&s.arena, source);
	s.name = suite_name(&s.arena, source);
	s.format = importer->name;
	if (load_with(importer, &s, err) < 0) {
		suite_release(&s);
		return -1;
	}
	suite_hash(&s);
	*suite = s;
	return 0;
}
