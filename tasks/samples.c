/* SPDX-License-Identifier: Apache-2.0 */
/* Samples files: one streaming reader, and one pass that finds every fault before anything runs. */
#include "tasks/samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "tasks/numbers.h"
#include "tasks/source.h"

#define INDEX_MAX 1e9 /* of a sample; far above any real n */

static const char *const answer_keys[] = { "completion", "solution", "generation" };
static const char *const index_keys[] = { "index", "completion_id" };
static const char *const task_keys[] = { "canonical_solution", "test", "prompt", "entry_point" };

int samples_open(struct samples *s, const char *path, const struct suite *suite, struct err *err)
{
	struct samples fresh = { .suite = suite, .path = path };

	if (source_open(&fresh.lines, path, "samples", err) < 0)
		return -1;
	fresh.next_index = xcalloc(suite->n + 1, sizeof(*fresh.next_index));
	*s = fresh;
	return 0;
}

void samples_close(struct samples *s)
{
	json_free(s->node);
	free(s->next_index);
	if (s->suite)
		lines_close(&s->lines);
	*s = (struct samples){ 0 };
}

static int unknown_task(const struct samples *s, const char *id, struct err *err)
{
	const struct task *near = suite_nearest(s->suite, id);

	if (near)
		return err_input(
			err, s->path, s->lines.line,
			"\"task_id\": no task \"%.80s\" in suite %s; the nearest is \"%.80s\"", id,
			s->suite->name, near->id);
	if (s->suite->n)
		return err_input(
			err, s->path, s->lines.line,
			"\"task_id\": no task \"%.80s\" in suite %s, whose first is \"%.80s\"", id,
			s->suite->name, s->suite->tasks[0].id);
	return err_input(err, s->path, s->lines.line, "\"task_id\": no task \"%.80s\" in suite %s",
			 id, s->suite->name);
}

static int no_answer(const struct samples *s, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(task_keys); i++)
		if (json_get(s->node, task_keys[i]))
			return err_input(err, s->path, s->lines.line,
					 "this is a task (it has \"%s\"), not a sample: a samples "
					 "line holds \"task_id\" and \"completion\"",
					 task_keys[i]);
	return err_input(err, s->path, s->lines.line,
			 "no answer: one of \"completion\", \"solution\" and \"generation\" "
			 "is needed");
}

static int read_answer(struct samples *s, struct err *err)
{
	const struct json *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(answer_keys); i++) {
		const struct json *node = json_get(s->node, answer_keys[i]);

		if (!node)
			continue;
		if (found)
			return err_input(err, s->path, s->lines.line,
					 "two answers, \"%s\" and \"%s\", where one is expected",
					 s->cur.key, answer_keys[i]);
		s->cur.key = answer_keys[i];
		found = node;
	}
	if (!found)
		return no_answer(s, err);
	if (json_type(found) != JSON_STRING)
		return err_input(err, s->path, s->lines.line, "\"%s\": expected a string, found %s",
				 s->cur.key, json_type_name(json_type(found)));
	s->cur.answer = json_str(found);
	s->cur.answer_len = strlen(s->cur.answer);
	hash_of(s->cur.answer, s->cur.answer_len, s->cur.hash);
	return 0;
}

static int read_task(struct samples *s, struct err *err)
{
	char id[TASK_ID_MAX];

	if (source_task_id(&s->lines, s->node, id, sizeof(id), err) < 0)
		return -1;
	s->cur.task = suite_find(s->suite, id);
	return s->cur.task ? 0 : unknown_task(s, id, err);
}

/* The first of the members that is there and not null; *ret stays where none is. */
static int explicit_index(const struct samples *s, int64_t *ret, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(index_keys); i++) {
		const struct json *node = json_get(s->node, index_keys[i]);
		double num = json_num(node);

		if (!node || json_type(node) == JSON_NULL)
			continue;
		if (json_type(node) != JSON_NUMBER || !(num >= 0 && num <= INDEX_MAX) ||
		    num != floor(num))
			return err_input(err, s->path, s->lines.line,
					 "\"%s\": expected an integer from 0 to %.0f",
					 index_keys[i], INDEX_MAX);
		*ret = (int64_t)num;
		return 0;
	}
	return 0;
}

static size_t task_pos(const struct samples *s)
{
	return (size_t)(s->cur.task - s->suite->tasks);
}

static int read_index(struct samples *s, struct err *err)
{
	s->cur.index = s->next_index[task_pos(s)];
	if (explicit_index(s, &s->cur.index, err) < 0)
		return -1;
	s->next_index[task_pos(s)]++;
	return 0;
}

int samples_next(struct samples *s, const struct sample **ret, struct err *err)
{
	const char *text;
	size_t len;
	int r = source_next(&s->lines, &text, &len, err);

	if (r != 1)
		return r;
	json_free(s->node);
	s->node = source_object(&s->lines, text, len, err);
	if (!s->node)
		return -1;
	s->cur = (struct sample){
		.ordinal = s->ordinal, .line = s->lines.line, .raw = text, .raw_len = len
	};
	/* The answer before the task: a task file given by mistake is told as such. */
	if (read_answer(s, err) < 0 || read_task(s, err) < 0 || read_index(s, err) < 0)
		return -1;
	s->ordinal++;
	*ret = &s->cur;
	return 1;
}

/* ---- the pass over the whole file ---- */

struct scan {
	struct samples samples;
	struct samples_summary sum;
	struct numbers numbers;
	uint8_t (*first)[HASH_SIZE]; /* by task: hash of its first answer */
	struct hash hash;
};

static void scan_begin(struct scan *sc, const struct suite *suite)
{
	numbers_init(&sc->numbers, suite->n);
	sc->first = xcalloc(suite->n + 1, sizeof(*sc->first));
	sc->sum.per_task = xcalloc(suite->n + 1, sizeof(*sc->sum.per_task));
	sc->sum.all_same = xcalloc(suite->n + 1, sizeof(*sc->sum.all_same));
	hash_init(&sc->hash);
	hash_str(&sc->hash, "samples 1");
}

/* all_same means "no two differ" until scan_finish() drops the tasks with fewer than two. */
static int scan_sample(struct scan *sc, const struct sample *sample, struct err *err)
{
	size_t pos = task_pos(&sc->samples);

	if (!numbers_take(&sc->numbers, pos, sample->index))
		return err_input(err, sc->samples.path, sample->line,
				 "\"index\": %lld is taken already among the samples of \"%.80s\"",
				 (long long)sample->index, sample->task->id);
	if (!sc->sum.per_task[pos]++) {
		memcpy(sc->first[pos], sample->hash, HASH_SIZE);
		sc->sum.all_same[pos] = true;
	} else if (memcmp(sc->first[pos], sample->hash, HASH_SIZE) != 0) {
		sc->sum.all_same[pos] = false;
	}
	hash_str(&sc->hash, sample->task->id);
	hash_u64(&sc->hash, (uint64_t)sample->index);
	hash_bytes(&sc->hash, sample->hash, HASH_SIZE);
	sc->sum.n++;
	return 0;
}

static int scan_lines(struct scan *sc, struct err *err)
{
	const struct sample *sample;
	int r;

	while ((r = samples_next(&sc->samples, &sample, err)) == 1)
		if (scan_sample(sc, sample, err) < 0)
			return -1;
	if (!r && !sc->sum.n)
		return err_input(err, sc->samples.path, 0, "holds no samples");
	return r;
}

static void scan_count(struct samples_summary *sum, size_t n_tasks)
{
	sum->min_per_task = INT64_MAX;
	for (size_t i = 0; i < n_tasks; i++) {
		int64_t n = sum->per_task[i];

		if (n < 2)
			sum->all_same[i] = false;
		if (!n)
			continue;
		sum->n_tasks++;
		sum->min_per_task = n < sum->min_per_task ? n : sum->min_per_task;
		sum->max_per_task = n > sum->max_per_task ? n : sum->max_per_task;
	}
}

int samples_scan(const char *path, const struct suite *suite, struct samples_summary *ret,
		 struct err *err)
{
	struct scan sc = { 0 };
	int r;

	if (samples_open(&sc.samples, path, suite, err) < 0)
		return -1;
	scan_begin(&sc, suite);
	r = scan_lines(&sc, err);
	hash_final_hex(&sc.hash, sc.sum.hash); /* in any case: it releases the context */
	samples_close(&sc.samples);
	numbers_release(&sc.numbers);
	free(sc.first);
	if (r < 0) {
		samples_summary_release(&sc.sum);
		return -1;
	}
	scan_count(&sc.sum, suite->n);
	*ret = sc.sum;
	return 0;
}

void samples_summary_release(struct samples_summary *s)
{
	free(s->per_task);
	free(s->all_same);
	*s = (struct samples_summary){ 0 };
}
