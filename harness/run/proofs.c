/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proving tasks, as many at a time as there are slots.
 *
 * Only successes are kept in the store. A task that could not be proved is tried again by the next
 * run: the cause may be gone (a missing module installed, a busy machine), and a verdict of "the
 * task is broken" must not outlive its cause.
 */
#include "harness/run/proofs.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "harness/run/plan.h"

struct proving {
	struct session *session;
	const struct samples_summary *summary;
	struct proof *proofs;
	size_t next; /* position in the suite */
	int n_busy;
	int64_t n_faults; /* tasks that the harness could not prove, also not at a second try */
};

/* One task under way. */
struct proving_task {
	struct proving *proving;
	size_t pos;
	bool is_retry;
};

static const struct task *task_at(const struct proving *p, size_t pos)
{
	return &p->session->suite->tasks[pos];
}

/* 1: the store has it. */
static int load_proof(const struct proving *p, size_t pos, struct err *err)
{
	struct proof *proof = &p->proofs[pos];
	auto_strbuf protection = { 0 };
	auto_strbuf detail = { 0 };
	auto_strbuf code = { 0 };
	char key[HASH_HEX];
	int found;

	plan_proof_key(p->session, task_at(p, pos), key);
	found = store_proof_get(p->session->store, key, &protection, &detail, &code, err);
	if (found <= 0)
		return found;
	if (protection_parse(strbuf_str(&protection), &proof->protection) < 0)
		return 0;
	(void)snprintf(proof->detail, sizeof(proof->detail), "%s", strbuf_str(&detail));
	proof->has_reference = true;
	proof->status = STATUS_PASSED;
	proof->code_len = code.len;
	proof->code = code.len ? strbuf_detach(&code) : NULL;
	return 1;
}

static int keep_proof(const struct proving *p, size_t pos, struct err *err)
{
	const struct proof *proof = &p->proofs[pos];
	const struct proof_record r = {
		.protection = protection_name(proof->protection),
		.detail = proof->detail,
		.code = proof->code,
		.code_len = proof->code_len,
	};
	char key[HASH_HEX];

	if (!proof->has_reference || proof->protection == PROTECTION_NONE)
		return 0;
	plan_proof_key(p->session, task_at(p, pos), key);
	return store_proof_put(p->session->store, key, &r, err);
}

static void on_proved(const struct proof *proof, void *data);

static int start_proving(struct proving_task *t, struct err *err)
{
	struct session *s = t->proving->session;
	const struct task *task = task_at(t->proving, t->pos);

	if (grader_prove(s->client, task, &s->limits, s->options->level, on_proved, t, err) < 0)
		return err_wrap(err, "cannot prove task %s", task->id);
	t->proving->n_busy++;
	return 0;
}

/* A fault of the harness may be gone at once; what a reference does is no reason to try again. */
static bool is_tried_again(struct proving_task *t, const struct proof *proof)
{
	if (proof->status != STATUS_HARNESS_ERROR || t->is_retry ||
	    session_must_stop(t->proving->session))
		return false;
	t->is_retry = true;
	return start_proving(t, NULL) == 0;
}

static void on_proved(const struct proof *proof, void *data)
{
	struct proving_task *t = data;
	struct proving *p = t->proving;
	struct err failure = { 0 };

	p->n_busy--;
	if (is_tried_again(t, proof))
		return;
	p->proofs[t->pos] = *proof;
	p->n_faults += proof->status == STATUS_HARNESS_ERROR;
	p->session->progress.phase_done++;
	if (keep_proof(p, t->pos, &failure) < 0)
		session_fail(p->session, &failure);
	free(t);
}

static int prove_task(struct proving *p, size_t pos, struct err *err)
{
	struct proving_task *t = xcalloc(1, sizeof(*t));

	t->proving = p;
	t->pos = pos;
	if (start_proving(t, err) == 0)
		return 0;
	free(t);
	return -1;
}

static int prove_next(struct proving *p, struct err *err)
{
	size_t pos = p->next++;
	int found;

	if (p->summary->per_task[pos] == 0)
		return 0;
	found = load_proof(p, pos, err);
	if (found < 0)
		return -1;
	if (found > 0) {
		p->session->progress.phase_done++;
		return 0;
	}
	return prove_task(p, pos, err);
}

static bool has_more(const struct proving *p)
{
	return p->next < p->session->suite->n && session_may_start(p->session);
}

static int prove_all(struct proving *p, struct err *err)
{
	while (p->n_busy > 0 || has_more(p)) {
		while (p->n_busy < p->session->slots && has_more(p))
			if (prove_next(p, err) < 0)
				return -1;
		if (session_must_stop(p->session))
			return 0;
		if (session_step(p->session, p->n_busy > 0, err) < 0)
			return -1;
	}
	return 0;
}

/* One task that cannot be proved spoils its own samples; a sick machine must not spoil a run. */
static int check_faults(const struct proving *p, struct err *err)
{
	if (p->n_faults == 0)
		return 0;
	if (session_check_health(p->session, err) < 0)
		return -1;
	if (p->n_faults < p->summary->n_tasks)
		return 0;
	for (size_t i = 0; i < p->session->suite->n; i++)
		if (p->proofs[i].status == STATUS_HARNESS_ERROR)
			return err_set(err, ERR_HARNESS, "no task can be judged here: %s: %s",
				       task_at(p, i)->id, p->proofs[i].detail);
	return 0;
}

int proofs_make(struct session *session, const struct samples_summary *summary,
		struct proof *proofs, struct err *err)
{
	struct proving p = { .session = session, .summary = summary, .proofs = proofs };
	int r;

	session_phase(session, "proving tasks", summary->n_tasks);
	r = prove_all(&p, err);
	if (p.n_busy > 0) {
		/* Their callbacks point to this function's variables: end the boxes first. */
		box_client_free(session->client);
		session->client = NULL;
		return r;
	}
	return r == 0 ? check_faults(&p, err) : -1;
}
