/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts of samples. They wait in a table in memory and go to the file together, in one short
 * transaction: a kill loses what waits and never a part of a verdict.
 */
#include "harness/store/store.h"

#include <string.h>

#include "harness/store/db.h"

/* What may wait, whatever the caller does about store_commit(). */
#define MAX_PENDING       1000
#define MAX_PENDING_BYTES (8 << 20)

/* 1 when a row comes back for (run, task, index). */
static int sample_in(struct store *s, const char *sql, int64_t row, const struct sample_record *r,
		     struct err *err)
{
	auto_query q = { 0 };

	if (query_begin(&q, s, sql, err) < 0)
		return -1;
	query_int(&q, row);
	query_text(&q, r->task_id);
	query_int(&q, r->index);
	return query_step(&q, err);
}

static int exists(struct store *s, int64_t row, const struct sample_record *r, struct err *err)
{
	int got = 0;

	if (s->n_pending)
		got = sample_in(s,
				"SELECT 1 FROM temp.pending "
				"WHERE run = ? AND task = ? AND sample_index = ?",
				row, r, err);
	if (!got)
		got = sample_in(s,
				"SELECT 1 FROM main.samples "
				"WHERE run = ? AND task = ? AND sample_index = ?",
				row, r, err);
	return got;
}

int store_sample_exists(struct store *s, const char *run_id, const char *task_id, int64_t index,
			struct err *err)
{
	struct sample_record r = { .task_id = task_id, .index = index };
	int64_t row = 0;

	if (run_row(s, run_id, &row, err) < 0)
		return -1;
	return exists(s, row, &r, err);
}

static int insert_pending(struct store *s, int64_t row, const struct sample_record *r,
			  struct err *err)
{
	auto_query q = { 0 };

	if (query_begin(&q, s,
			"INSERT INTO temp.pending(run, ordinal, task, sample_index, hash, text, "
			"status, outcome, protection, reading, detail, wall_ns, cpu_ns, "
			"peak_bytes, calls, layers, rerun, evidence) "
			"VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			err) < 0)
		return -1;
	query_int(&q, row);
	query_int(&q, r->ordinal);
	query_text(&q, r->task_id);
	query_int(&q, r->index);
	query_blob(&q, r->answer_hash, HASH_SIZE);
	query_blob(&q, r->answer, r->answer_len);
	query_text(&q, r->status);
	query_text(&q, r->outcome);
	query_text(&q, r->protection);
	query_text(&q, r->reading);
	query_text(&q, r->detail ? r->detail : "");
	query_int(&q, r->wall_ns);
	query_int(&q, r->cpu_ns);
	query_int(&q, r->peak_bytes);
	query_int(&q, r->calls);
	query_int(&q, r->layers);
	query_int(&q, r->rerun);
	query_text(&q, r->evidence ? r->evidence : "");
	return query_run(&q, err);
}

int store_sample_add(struct store *s, const char *run_id, const struct sample_record *r,
		     struct err *err)
{
	int64_t row = 0;
	int got;

	if (run_row(s, run_id, &row, err) < 0)
		return -1;
	got = exists(s, row, r, err);
	if (got < 0)
		return -1;
	if (got)
		return err_set(err, ERR_HARNESS,
			       "run %s already has a verdict for sample %lld of task %s", run_id,
			       (long long)r->index, r->task_id);
	if (insert_pending(s, row, r, err) < 0)
		return -1;
	s->n_pending++;
	s->pending_bytes += (int64_t)r->answer_len;
	if (s->n_pending < MAX_PENDING && s->pending_bytes < MAX_PENDING_BYTES)
		return 0;
	return store_commit(s, err);
}

/* The same text is the same row of `answers`, whoever gave it. */
static const char *const commit_steps[] = {
	"INSERT INTO main.answers(hash, text) SELECT hash, text FROM temp.pending WHERE true "
	"ON CONFLICT(hash) DO NOTHING",
	"INSERT INTO main.samples(run, ordinal, task, sample_index, answer, answer_len, status, "
	"outcome, protection, reading, detail, wall_ns, cpu_ns, peak_bytes, calls, layers, "
	"rerun, evidence) "
	"SELECT run, ordinal, task, sample_index, hash, length(text), status, outcome, "
	"protection, reading, detail, wall_ns, cpu_ns, peak_bytes, calls, layers, rerun, evidence "
	"FROM temp.pending ORDER BY run, ordinal",
	"DELETE FROM temp.pending",
};

static int move_pending(struct store *s, struct err *err)
{
	for (size_t i = 0; i < sizeof(commit_steps) / sizeof(commit_steps[0]); i++) {
		auto_query q = { 0 };

		if (query_begin(&q, s, commit_steps[i], err) < 0 || query_run(&q, err) < 0)
			return -1;
	}
	return 0;
}

int store_commit(struct store *s, struct err *err)
{
	if (!s->n_pending)
		return 0;
	if (db_begin(s, err) < 0 || db_end(s, move_pending(s, err), err) < 0)
		return -1;
	s->n_pending = 0;
	s->pending_bytes = 0;
	return 0;
}

/* ---- reading ---- */

#define SELECT_SAMPLES                                                                             \
	"SELECT task, sample_index, ordinal, answer, answer_len, status, outcome, protection, "    \
	"reading, detail, wall_ns, cpu_ns, peak_bytes, calls, layers, rerun, evidence "            \
	"FROM samples WHERE run = ? ORDER BY ordinal"

/* A foreign store may hold anything. */
static enum sample_rerun read_rerun(int64_t v)
{
	return v == RERUN_DONE || v == RERUN_BEYOND_BOUND ? (enum sample_rerun)v : RERUN_NONE;
}

static int read_sample(const struct query *q, struct sample_record *r, struct err *err)
{
	const void *hash = sqlite3_column_blob(q->stmt, 3);

	if (sqlite3_column_bytes(q->stmt, 3) != HASH_SIZE)
		return err_set(err, ERR_HARNESS, "store %s: the file is damaged", q->store->path);
	memcpy(r->answer_hash, hash, HASH_SIZE);
	r->task_id = query_get_text(q, 0);
	r->index = query_get_int(q, 1);
	r->ordinal = query_get_int(q, 2);
	r->answer_len = (size_t)query_get_int(q, 4);
	r->status = query_get_text(q, 5);
	r->outcome = query_get_text(q, 6);
	r->protection = query_get_text(q, 7);
	r->reading = query_get_text(q, 8);
	r->detail = query_get_text(q, 9);
	r->wall_ns = query_get_int(q, 10);
	r->cpu_ns = query_get_int(q, 11);
	r->peak_bytes = query_get_int(q, 12);
	r->calls = query_get_int(q, 13);
	r->layers = (uint32_t)query_get_int(q, 14);
	r->rerun = read_rerun(query_get_int(q, 15));
	r->evidence = query_get_text(q, 16);
	return 0;
}

int store_samples_each(struct store *s, const char *run_id, store_sample_fn *fn, void *data,
		       struct err *err)
{
	struct sample_record r = { 0 };
	auto_query q = { 0 };
	int64_t row = 0;
	int got;

	if (store_commit(s, err) < 0 || run_row(s, run_id, &row, err) < 0 ||
	    query_begin(&q, s, SELECT_SAMPLES, err) < 0)
		return -1;
	query_int(&q, row);
	while ((got = query_step(&q, err)) > 0) {
		if (read_sample(&q, &r, err) < 0 || fn(&r, data, err) < 0)
			return -1;
	}
	return got;
}

int store_answer_get(struct store *s, const uint8_t hash[HASH_SIZE], struct strbuf *ret,
		     struct err *err)
{
	auto_query q = { 0 };
	const void *text;
	int got;

	if (query_begin(&q, s, "SELECT text FROM answers WHERE hash = ?", err) < 0)
		return -1;
	query_blob(&q, hash, HASH_SIZE);
	got = query_step(&q, err);
	if (got < 0)
		return -1;
	if (!got)
		return err_set(err, ERR_HARNESS, "store %s: an answer is missing", s->path);
	text = sqlite3_column_blob(q.stmt, 0);
	strbuf_add(ret, text ? text : "", (size_t)sqlite3_column_bytes(q.stmt, 0));
	return 0;
}
