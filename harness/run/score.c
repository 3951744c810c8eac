/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scoring a samples file.
 *
 * scan -> open the session -> open the run -> prove the tasks -> score -> run again -> finish
 *
 * Scoring is a loop of two steps: fill the free slots from the file, wait for events. A
 * verdict's callback only hands its attempt to the recorder; starting work happens in the loop, so
 * that callbacks never nest.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "harness/run/attempt.h"
#include "harness/run/noise.h"
#include "harness/run/plan.h"
#include "harness/run/proofs.h"
#include "harness/run/recorder.h"
#include "harness/run/rerun.h"
#include "harness/run/run.h"
#include "harness/run/session.h"

/* Lines read between two looks at the events: a resumed run skips thousands without starting any.
 */
#define READ_AT_ONCE 64

struct scoring;

struct slot {
	struct scoring *scoring;
	struct attempt *attempt; /* NULL: free */
	struct grading *grading;
};

struct scoring {
	struct session session;
	struct plan plan;
	struct proof *proofs; /* by position in the suite */
	struct recorder recorder;
	struct rerun_queue reruns;
	struct noise noise;
	struct samples samples;
	struct slot *slots;
	int n_busy;
	bool is_reading; /* `samples` is open */
	bool at_end;
	int64_t n_read;
};

/* ---- one sample ---- */

static void on_verdict(const struct verdict *v, void *data);

static struct slot *free_slot(struct scoring *s)
{
	for (int i = 0; i < s->session.slots; i++)
		if (!s->slots[i].attempt)
			return &s->slots[i];
	return NULL;
}

static const struct proof *proof_of(const struct scoring *s, const struct task *task)
{
	return &s->proofs[task - s->session.suite->tasks];
}

/*
 * A sample that cannot be started is a harness error like one that cannot be ended: the recorder
 * decides what becomes of the run.
 */
static int start_in(struct slot *slot, struct err *err)
{
	struct scoring *s = slot->scoring;
	struct attempt *a = slot->attempt;
	struct grade_request request = {
		.task = a->task,
		.answer = strbuf_str(&a->answer),
		.answer_len = a->answer.len,
		.limits = &s->session.limits,
		.level = s->session.options->level,
		.slot = (int)(slot - s->slots),
		.proof = *proof_of(s, a->task),
	};
	struct err failure = { 0 };

	if (grader_start(s->session.client, &request, on_verdict, slot, &slot->grading, &failure) ==
	    0)
		return 0;
	slot->attempt = NULL;
	slot->grading = NULL;
	s->n_busy--;
	attempt_decide(a, STATUS_HARNESS_ERROR, failure.msg);
	return recorder_add(&s->recorder, a, err);
}

static int start_grading(struct scoring *s, struct attempt *a, struct err *err)
{
	struct slot *slot = free_slot(s);

	slot->scoring = s;
	slot->attempt = a;
	s->n_busy++;
	return start_in(slot, err);
}

/* What killed a box, or kept one from being made, may be gone at once. */
static bool is_tried_again(struct slot *slot, const struct verdict *v)
{
	struct attempt *a = slot->attempt;

	if (v->status != STATUS_HARNESS_ERROR || a->is_retry ||
	    session_must_stop(&slot->scoring->session))
		return false;
	a->is_retry = true;
	return true;
}

static void on_verdict(const struct verdict *v, void *data)
{
	struct slot *slot = data;
	struct scoring *s = slot->scoring;
	struct attempt *a = slot->attempt;
	struct err failure = { 0 };

	slot->grading = NULL;
	if (is_tried_again(slot, v)) {
		if (start_in(slot, &failure) < 0)
			session_fail(&s->session, &failure);
		return;
	}
	slot->attempt = NULL;
	s->n_busy--;
	a->verdict = *v;
	if (v->evidence.result.switches_forced > 0)
		s->noise.switches_forced += v->evidence.result.switches_forced;
	if (a->rerun == RERUN_NONE)
		a = rerun_offer(&s->reruns, a);
	if (!a)
		return;
	rerun_settle(a);
	if (recorder_add(&s->recorder, a, &failure) < 0)
		session_fail(&s->session, &failure);
}

static int score_sample(struct scoring *s, const struct sample *sample, struct err *err)
{
	const struct proof *proof = proof_of(s, sample->task);
	struct attempt *a;

	if (s->plan.is_resumed) {
		int known = store_sample_exists(s->session.store, s->plan.run.id, sample->task->id,
						sample->index, err);

		if (known != 0)
			return known;
	}
	a = attempt_new(sample);
	if (proof->protection != PROTECTION_NONE)
		return start_grading(s, a, err);
	attempt_decide(
		a, proof->status == STATUS_HARNESS_ERROR ? STATUS_HARNESS_ERROR : STATUS_TASK_ERROR,
		proof->detail);
	a->is_foregone = true;
	return recorder_add(&s->recorder, a, err);
}

/* ---- all samples ---- */

static int read_sample(struct scoring *s, struct err *err)
{
	const struct sample *sample;
	int r = samples_next(&s->samples, &sample, err);

	if (r < 0)
		return -1;
	if (r == 0) {
		s->at_end = true;
		return 0;
	}
	s->n_read++;
	return score_sample(s, sample, err) < 0 ? -1 : 0;
}

static bool has_more(const struct scoring *s)
{
	return !s->at_end && session_may_start(&s->session);
}

static int fill_slots(struct scoring *s, struct err *err)
{
	for (int i = 0; i < READ_AT_ONCE; i++) {
		if (s->n_busy >= s->session.slots || !has_more(s))
			return 0;
		if (read_sample(s, err) < 0)
			return -1;
	}
	return 0;
}

static int score_all(struct scoring *s, struct err *err)
{
	while (s->n_busy > 0 || has_more(s)) {
		bool has_room;

		if (fill_slots(s, err) < 0)
			return -1;
		if (session_must_stop(&s->session) && s->session.failure.kind == ERR_NONE)
			return 0;
		has_room = s->n_busy < s->session.slots && has_more(s);
		if (session_step(&s->session, !has_room && s->n_busy > 0, err) < 0)
			return -1;
	}
	return 0;
}

/* Nothing else is under way: the loop before ends when its last box has. */
static int rerun_all(struct scoring *s, struct err *err)
{
	if (s->reruns.n > 0)
		session_phase(&s->session, "running again alone", s->reruns.n);
	while (s->n_busy > 0 || (s->reruns.n > 0 && session_may_start(&s->session))) {
		if (s->n_busy == 0) {
			if (start_grading(s, rerun_next(&s->reruns), err) < 0)
				return -1;
			s->session.progress.phase_done++;
		}
		if (session_must_stop(&s->session) && s->session.failure.kind == ERR_NONE)
			return 0;
		if (session_step(&s->session, s->n_busy > 0, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- a run ---- */

/* The session's entry in the run's record of the host, now and, more of it, at the end. */
static int note_noise(struct scoring *s, struct err *err)
{
	auto_strbuf text = { 0 };

	noise_write(&s->noise, s->plan.run.noise_json, &text);
	return store_run_note_noise(s->session.store, s->plan.run.id, strbuf_str(&text), err);
}

static int begin(struct scoring *s, struct err *err)
{
	struct session *ss = &s->session;

	if (plan_open_run(&s->plan, ss, err) < 0)
		return -1;
	ss->progress.total = s->plan.summary.n;
	s->recorder.session = ss;
	s->recorder.run_id = s->plan.run.id;
	if (s->plan.is_resumed && recorder_count_stored(&s->recorder, err) < 0)
		return -1;
	noise_begin(&s->noise, ss->slots, ss->client);
	if (note_noise(s, err) < 0)
		return -1;
	rerun_init(&s->reruns, s->plan.summary.n, s->recorder.n_rerun);
	s->proofs = xcalloc(ss->suite->n, sizeof(*s->proofs));
	s->slots = xcalloc((size_t)ss->slots, sizeof(*s->slots));
	return 0;
}

static int score_phase(struct scoring *s, struct err *err)
{
	if (!session_may_start(&s->session))
		return 0;
	session_phase(&s->session, "scoring", 0);
	if (samples_open(&s->samples, s->plan.samples_path, s->session.suite, err) < 0)
		return -1;
	s->is_reading = true;
	if (score_all(s, err) < 0)
		return -1;
	return s->at_end && s->n_busy == 0 ? rerun_all(s, err) : 0;
}

static int finish(struct scoring *s, struct err *err)
{
	const struct run_progress *p = &s->session.progress;

	if (s->at_end && s->n_read != s->plan.summary.n)
		return err_input(err, s->plan.samples_path, 0, "changed while it was being scored");
	if (s->at_end && s->n_busy == 0 && recorder_finish(&s->recorder, err) < 0)
		return -1;
	noise_end(&s->noise, s->session.client);
	if (store_commit(s->session.store, err) < 0 || note_noise(s, err) < 0)
		return -1;
	if (p->done < p->total) {
		session_phase(&s->session, "interrupted", 0);
		return RUN_END_INTERRUPTED;
	}
	if (store_run_finish(s->session.store, s->plan.run.id, err) < 0 ||
	    store_commit(s->session.store, err) < 0)
		return -1;
	session_phase(&s->session, "done", 0);
	return RUN_END_COMPLETE;
}

/* Nothing may call back once the attempts are gone: gradings end first. */
static void scoring_release(struct scoring *s)
{
	for (int i = 0; s->slots && i < s->session.slots; i++) {
		if (s->slots[i].grading)
			grading_cancel(s->slots[i].grading);
		attempt_free(s->slots[i].attempt);
	}
	free(s->slots);
	session_release(&s->session);
	recorder_release(&s->recorder);
	rerun_release(&s->reruns);
	if (s->is_reading)
		samples_close(&s->samples);
	for (size_t i = 0; s->proofs && i < s->session.suite->n; i++)
		proof_release(&s->proofs[i]);
	free(s->proofs);
	plan_release(&s->plan);
}

static int run_phases(struct scoring *s, struct err *err)
{
	if (begin(s, err) < 0 || proofs_make(&s->session, &s->plan.summary, s->proofs, err) < 0 ||
	    score_phase(s, err) < 0)
		return -1;
	return finish(s, err);
}

int run_score(struct store *store, const struct suite *suite, const char *samples_path,
	      const struct run_options *options, struct run_record *ret_run, struct err *err)
{
	struct scoring s = { 0 };
	int r = plan_scan(&s.plan, suite, samples_path, err);

	if (r == 0)
		r = session_open(&s.session, store, suite, options, err);
	if (r == 0)
		r = run_phases(&s, err);
	if (r >= 0) {
		*ret_run = s.plan.run;
		s.plan.run = (struct run_record){ 0 };
	}
	scoring_release(&s);
	return r;
}
