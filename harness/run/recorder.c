/* SPDX-License-Identifier: Apache-2.0 */
/* Stores verdicts, counts them, and tells a sick machine from a bad sample. */
#include "harness/run/recorder.h"

#include <string.h>

static void count_outcome(struct run_progress *p, enum outcome outcome)
{
	p->done++;
	p->passed += outcome == OUTCOME_PASSED;
	p->invalid += outcome == OUTCOME_INVALID;
}

static int store_attempt(struct recorder *r, const struct attempt *a, struct err *err)
{
	const struct verdict *v = &a->verdict;
	enum outcome outcome = status_outcome(v->status);
	auto_strbuf evidence = { 0 };
	struct sample_record rec = {
		.task_id = a->task->id,
		.index = a->index,
		.ordinal = a->ordinal,
		.answer = strbuf_str(&a->answer),
		.answer_len = a->answer.len,
		.status = status_name(v->status),
		.outcome = outcome_name(outcome),
		.protection = protection_name(v->protection),
		.reading = reading_name(v->reading),
		.detail = v->detail,
		.wall_ns = v->wall_ns,
		.cpu_ns = v->cpu_ns,
		.peak_bytes = v->peak_bytes,
		.calls = v->calls,
		.layers = v->layers,
		.rerun = a->rerun,
	};

	attempt_evidence(a, &evidence);
	rec.evidence = strbuf_str(&evidence);
	memcpy(rec.answer_hash, a->answer_hash, sizeof(rec.answer_hash));
	if (store_sample_add(r->session->store, r->run_id, &rec, err) < 0)
		return -1;
	count_outcome(&r->session->progress, outcome);
	return 0;
}

static int store_held(struct recorder *r, struct err *err)
{
	int result = 0;

	for (int i = 0; i < r->n_held && result == 0; i++)
		result = store_attempt(r, r->held[i], err);
	recorder_release(r);
	return result;
}

static int hold(struct recorder *r, struct attempt *a, struct err *err)
{
	r->held[r->n_held++] = a;
	if (r->n_held < RECORDER_MAX_HELD)
		return 0;
	return err_set(err, ERR_HARNESS, "%d samples in a row could not be judged: %s",
		       RECORDER_MAX_HELD, a->verdict.detail);
}

int recorder_add(struct recorder *r, struct attempt *a, struct err *err)
{
	int result = 0;

	if (a->verdict.status == STATUS_HARNESS_ERROR && !a->is_foregone &&
	    r->n_held < RECORDER_MAX_HELD)
		return hold(r, a, err);
	if (!a->is_foregone)
		result = store_held(r, err);
	if (result == 0)
		result = store_attempt(r, a, err);
	attempt_free(a);
	return result;
}

int recorder_finish(struct recorder *r, struct err *err)
{
	if (r->n_held == 0)
		return 0;
	if (session_check_health(r->session, err) < 0)
		return -1;
	return store_held(r, err);
}

void recorder_release(struct recorder *r)
{
	for (int i = 0; i < r->n_held; i++)
		attempt_free(r->held[i]);
	r->n_held = 0;
}

static int count_stored(const struct sample_record *rec, void *data, struct err *err)
{
	struct recorder *r = data;
	enum status status;

	if (status_parse(rec->status, &status) < 0)
		return err_set(err, ERR_HARNESS, "the store has an unknown status \"%s\"",
			       rec->status);
	count_outcome(&r->session->progress, status_outcome(status));
	r->n_rerun += rec->rerun == RERUN_DONE;
	return 0;
}

int recorder_count_stored(struct recorder *r, struct err *err)
{
	struct run_progress *p = &r->session->progress;

	if (store_samples_each(r->session->store, r->run_id, count_stored, r, err) < 0)
		return -1;
	p->resumed = p->done;
	return 0;
}
