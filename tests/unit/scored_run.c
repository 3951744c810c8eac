/* SPDX-License-Identifier: Apache-2.0 */
/* See scored_run.h. */
#include "scored_run.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "temp_store.h"

static const struct letter {
	char letter;
	const char *status, *outcome, *detail;
} letters[] = {
	{ 'p', "passed", "passed", "" },
	{ 'f', "wrong_answer", "failed", "assertion failed" },
	{ 't', "time_limit", "failed", "killed after 10.0 s" },
	{ 'u', "no_code", "unscored", "the answer holds no code" },
	{ 'i', "harness_error", "invalid", "no box could be made" },
};

static const struct letter *find_letter(char ch)
{
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
		if (letters[i].letter == tolower(ch))
			return &letters[i];
	}
	fail_msg("no letter %c", ch);
	return NULL;
}

void scored_answer(const struct scored_run *run, const char *task, int index, struct strbuf *ret)
{
	strbuf_clear(ret);
	if (run->identical)
		strbuf_addstr(ret, "answer");
	else
		strbuf_addf(ret, "answer %d of %s", index, task);
}

static void add_sample(struct store *s, const struct scored_run *run,
		       const struct scored_task *task, int index, struct run_record *rec)
{
	char letter = task->samples[index - task->first_index];
	const struct letter *l = find_letter(letter);
	auto_strbuf answer = { 0 };
	struct err err = { 0 };
	struct sample_record r = {
		.task_id = task->id,
		.index = index,
		.ordinal = rec->n_samples++,
		.status = l->status,
		.outcome = l->outcome,
		.protection = isupper(letter) ? "control" : "wire",
		.reading = "continuation",
		.detail = l->detail,
		.wall_ns = 1000000 * (rec->n_samples),
		.cpu_ns = 500000,
		.peak_bytes = (8 << 20) + (index << 10),
		.calls = 7,
		.layers = 0xffff,
	};

	scored_answer(run, task->id, index, &answer);
	r.answer = strbuf_str(&answer);
	r.answer_len = answer.len;
	hash_of(r.answer, r.answer_len, r.answer_hash);
	must(store_sample_add(s, rec->id, &r, &err), &err);
}

static void add_task(struct store *s, const struct scored_run *run, const struct scored_task *task,
		     struct run_record *rec)
{
	for (int i = 0; task->samples[i]; i++)
		add_sample(s, run, task, task->first_index + i, rec);
}

static void add_equal(struct store *s, const struct scored_run *run, struct run_record *rec)
{
	char id[32];

	for (int i = 0; i < run->n_equal; i++) {
		(void)snprintf(id, sizeof(id), "T/%d", i);
		add_task(s, run, &(struct scored_task){ id, run->tasks[0].samples, 0 }, rec);
	}
}

static int64_t count_samples(const struct scored_run *run)
{
	int64_t n = run->n_equal ? run->n_equal * (int64_t)strlen(run->tasks[0].samples) : 0;

	for (size_t i = run->n_equal ? 1 : 0; run->tasks[i].id; i++)
		n += (int64_t)strlen(run->tasks[i].samples);
	return n + run->open;
}

void scored_run_store(struct store *s, const struct scored_run *run, struct run_record *ret)
{
	struct err err = { 0 };
	int64_t total = count_samples(run);
	struct run_record rec = {
		.name = run->name ? xstrdup(run->name) : NULL,
		.key = "key",
		.suite_name = xstrdup("Suite"),
		.suite_source = xstrdup("Suite.jsonl"),
		.suite_hash = xstrdup("0123456789abcdef0123456789abcdef"),
		.model = xstrdup(run->model ? run->model : "model"),
		.samples_source = xstrdup("samples.jsonl"),
		.samples_hash = xstrdup("fedcba9876543210fedcba9876543210"),
		.config_json = xstrdup(run->config ? run->config : "{\"isolation\":\"standard\"}"),
		.n_samples = total,
	};

	must(store_run_create(s, &rec, &err), &err);
	rec.n_samples = 0;
	add_equal(s, run, &rec);
	for (size_t i = run->n_equal ? 1 : 0; run->tasks[i].id; i++)
		add_task(s, run, &run->tasks[i], &rec);
	rec.n_samples = total;
	if (!run->open)
		must(store_run_finish(s, rec.id, &err), &err);
	*ret = rec;
}
