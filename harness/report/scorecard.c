/* SPDX-License-Identifier: Apache-2.0 */
/* Scorecards: counts of a run's verdicts, and the estimates made from them. */
#include "harness/report/scorecard.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "harness/report/counts.h"
#include "harness/report/warnings.h"

#define ALPHA 0.05

/* ---- estimates ---- */

enum invalid_as { INVALID_LEFT_OUT, INVALID_FAILED, INVALID_PASSED };

/* Counts by task; returns how many tasks. */
static size_t task_counts(const struct scorecard *sc, enum invalid_as as, struct task_count *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < sc->n_tasks; i++) {
		const struct task_line *t = &sc->tasks[i];
		struct task_count c = { t->n, t->passed };

		if (as != INVALID_LEFT_OUT)
			c.n += t->invalid;
		if (as == INVALID_PASSED)
			c.c += t->invalid;
		if (c.n)
			ret[n++] = c;
	}
	return n;
}

static int bound(const struct scorecard *sc, enum invalid_as as, int64_t k,
		 struct task_count *scratch, double *ret)
{
	struct pass_estimate e;
	size_t bad, n = task_counts(sc, as, scratch);

	if (pass_at_k_estimate(scratch, n, k, ALPHA, &e, &bad) < 0)
		return -1;
	*ret = e.value;
	return 0;
}

static void make_bounds(const struct scorecard *sc, int64_t k, struct task_count *scratch,
			struct pass_bounds *ret)
{
	*ret = (struct pass_bounds){ 0 };
	if (!sc->invalid)
		return;
	ret->exists = !bound(sc, INVALID_FAILED, k, scratch, &ret->lo) &&
		      !bound(sc, INVALID_PASSED, k, scratch, &ret->hi);
}

static const struct task_line *smallest_task(const struct scorecard *sc)
{
	const struct task_line *t = sc->tasks;

	while (t->n != sc->min_n)
		t++;
	return t;
}

static int check_k(const struct scorecard *sc, int64_t k, struct err *err)
{
	char id[120];

	if (k < 1)
		return err_set(err, ERR_USAGE, "pass@k: k is 1 or more, not %lld", (long long)k);
	if (!sc->n_judged || k <= sc->min_n)
		return 0;
	(void)err_escape(id, sizeof(id), smallest_task(sc)->task_id);
	return err_set(err, ERR_USAGE,
		       "pass@%lld cannot be estimated: task %s has %lld judged sample%s; the "
		       "largest k for this run is %lld",
		       (long long)k, id, (long long)sc->min_n, sc->min_n == 1 ? "" : "s",
		       (long long)sc->min_n);
}

static int estimate(struct scorecard *sc, int64_t k, struct task_count *scratch, struct err *err)
{
	struct pass_estimate *e = &sc->pass[sc->n_pass];
	size_t bad, n = task_counts(sc, INVALID_LEFT_OUT, scratch);

	if (check_k(sc, k, err) < 0)
		return -1;
	*e = (struct pass_estimate){ .k = k, .method = CI_NONE };
	if (n && pass_at_k_estimate(scratch, n, k, ALPHA, e, &bad) < 0)
		return err_set(err, ERR_HARNESS, "pass@%lld cannot be computed", (long long)k);
	make_bounds(sc, k, scratch, &sc->bounds[sc->n_pass]);
	sc->n_pass++;
	return 0;
}

static int estimate_all(struct scorecard *sc, const int64_t *ks, size_t n_ks, struct err *err)
{
	static const int64_t default_k[] = { 1 };
	auto_free struct task_count *scratch = xcalloc(sc->n_tasks + 1, sizeof(*scratch));

	if (n_ks > SCORECARD_MAX_K)
		return err_set(err, ERR_USAGE, "more than %d values of k", SCORECARD_MAX_K);
	if (!n_ks) {
		ks = default_k;
		n_ks = 1;
	}
	for (size_t i = 0; i < n_ks; i++) {
		if (estimate(sc, ks[i], scratch, err) < 0)
			return -1;
	}
	return 0;
}

int scorecard_build(struct store *store, const struct run_record *run, const int64_t *ks,
		    size_t n_ks, struct scorecard *ret, struct err *err)
{
	struct scorecard sc = { .peak_bytes = -1 };

	/* The run is read again: it may have been finished since. */
	if (store_run_find(store, run->id, &sc.run, err) < 0 ||
	    scorecard_count(store, &sc, err) < 0 || estimate_all(&sc, ks, n_ks, err) < 0) {
		scorecard_release(&sc);
		return -1;
	}
	scorecard_warn(&sc);
	*ret = sc;
	return 0;
}

void scorecard_release(struct scorecard *sc)
{
	for (size_t i = 0; i < sc->n_tasks; i++) {
		free(sc->tasks[i].task_id);
		free(sc->tasks[i].protection);
		free(sc->tasks[i].why_invalid);
	}
	for (size_t i = 0; i < sc->n_warnings; i++)
		free(sc->warnings[i]);
	free(sc->tasks);
	free(sc->statuses);
	free(sc->protections);
	free(sc->warnings);
	free(sc->slowest.task_id);
	free(sc->largest.task_id);
	run_record_release(&sc->run);
	*sc = (struct scorecard){ 0 };
}
