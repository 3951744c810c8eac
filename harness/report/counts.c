/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the verdicts of a run: what happened, task by task and in all. */
#include "harness/report/counts.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"

/* A scorecard in the making. */
struct builder {
	struct scorecard *sc;
	size_t cap_tasks, cap_statuses, cap_protections;
	size_t *sorted; /* positions in sc->tasks by id */
	size_t cap_sorted;
	uint8_t (*first)[HASH_SIZE]; /* by task: hash of its first answer */
	size_t cap_first;
};

/* Outcomes and where they are counted, in a task and in the whole. */
static const struct {
	const char *name;
	size_t in_task, in_card;
	bool judged;
} outcomes[] = {
#define OUTCOME(name, judged)                                                                      \
	{                                                                                          \
#name, offsetof(struct task_line, name), offsetof(struct scorecard, name), judged  \
	}
	OUTCOME(passed, true),
	OUTCOME(failed, true),
	OUTCOME(unscored, true),
	OUTCOME(invalid, false),
#undef OUTCOME
};

/* From weak to strong; a name that is not here counts as weaker than all. */
static const char *const protection_order[] = { "none", "control", "wire_mutation", "wire" };

static size_t protection_rank(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(protection_order); i++) {
		if (!strcmp(protection_order[i], name))
			return i + 1;
	}
	return 0;
}

/* ---- counting ---- */

/* Position in b->sorted where the id is or belongs. */
static size_t search_task(const struct builder *b, const char *id, bool *ret_found)
{
	size_t lo = 0, hi = b->sc->n_tasks;

	*ret_found = false;
	while (lo < hi && !*ret_found) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(id, b->sc->tasks[b->sorted[mid]].task_id);

		*ret_found = !order;
		if (order > 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return hi;
}

/* Index of the task in sc->tasks, which gets a new line where it has none. */
static size_t take_task(struct builder *b, const struct sample_record *r)
{
	struct scorecard *sc = b->sc;
	bool found;
	size_t place, i = sc->n_tasks;

	if (i && !strcmp(sc->tasks[i - 1].task_id, r->task_id))
		return i - 1;
	place = search_task(b, r->task_id, &found);
	if (found)
		return b->sorted[place];
	GROW(sc->tasks, i + 1, b->cap_tasks);
	GROW(b->sorted, i + 1, b->cap_sorted);
	GROW(b->first, i + 1, b->cap_first);
	memmove(b->sorted + place + 1, b->sorted + place, (i - place) * sizeof(*b->sorted));
	b->sorted[place] = i;
	memcpy(b->first[i], r->answer_hash, HASH_SIZE);
	sc->tasks[i] = (struct task_line){ .task_id = xstrdup(r->task_id), .all_same = true };
	return sc->n_tasks++;
}

static void count_in(struct status_count **list, size_t *n, size_t *cap, const char *status,
		     const char *outcome)
{
	struct status_count *c;

	for (c = *list; c < *list + *n; c++) {
		if (!strcmp(c->status, status) && !strcmp(c->outcome, outcome))
			break;
	}
	if (c == *list + *n) {
		GROW(*list, *n + 1, *cap);
		c = *list + (*n)++;
		*c = (struct status_count){ .n = 0 };
		(void)snprintf(c->status, sizeof(c->status), "%s", status);
		(void)snprintf(c->outcome, sizeof(c->outcome), "%s", outcome);
	}
	c->n++;
}

static void bump(void *base, size_t offset)
{
	int64_t *n = (void *)((char *)base + offset);

	(*n)++;
}

static int count_outcome(struct builder *b, struct task_line *t, const struct sample_record *r,
			 struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
		if (strcmp(outcomes[i].name, r->outcome) != 0)
			continue;
		bump(t, outcomes[i].in_task);
		bump(b->sc, outcomes[i].in_card);
		t->n += outcomes[i].judged;
		b->sc->n++;
		return 0;
	}
	return err_set(err, ERR_HARNESS, "run %s: the store has an unknown outcome '%.20s'",
		       b->sc->run.id, r->outcome);
}

static void count_protection(struct builder *b, struct task_line *t, const struct sample_record *r)
{
	struct scorecard *sc = b->sc;

	if (strcmp(r->outcome, "passed") != 0)
		return;
	count_in(&sc->protections, &sc->n_protections, &b->cap_protections, r->protection, "");
	if (t->protection && protection_rank(t->protection) <= protection_rank(r->protection))
		return;
	free(t->protection);
	t->protection = xstrdup(r->protection);
}

static void keep_extreme(struct extreme *e, const struct sample_record *r, int64_t value)
{
	if (value < 0 || (e->task_id && e->value >= value))
		return;
	free(e->task_id);
	*e = (struct extreme){ xstrdup(r->task_id), r->index, value };
}

static void count_resources(struct scorecard *sc, const struct sample_record *r)
{
	sc->wall_ns += r->wall_ns > 0 ? r->wall_ns : 0;
	sc->cpu_ns += r->cpu_ns > 0 ? r->cpu_ns : 0;
	if (!r->layers) /* no box was made */
		return;
	if (r->peak_bytes > sc->peak_bytes)
		sc->peak_bytes = r->peak_bytes;
	keep_extreme(&sc->slowest, r, r->wall_ns);
	keep_extreme(&sc->largest, r, r->peak_bytes);
	sc->layers_all = sc->layers_any ? sc->layers_all & r->layers : r->layers;
	sc->layers_any |= r->layers;
}

/* Its evidence has the first verdict. */
static bool has_changed(const struct sample_record *r)
{
	auto_json struct json *evidence =
		r->evidence ? json_parse(r->evidence, strlen(r->evidence), NULL) : NULL;
	const struct json *first = json_get(json_get(evidence, "rerun"), "first");
	const char *status = json_str(json_get(first, "status"));

	return status && strcmp(status, r->status) != 0;
}

static void count_rerun(struct scorecard *sc, const struct sample_record *r)
{
	sc->n_beyond_bound += r->rerun == RERUN_BEYOND_BOUND;
	if (r->rerun != RERUN_DONE)
		return;
	sc->n_rerun++;
	sc->n_rerun_changed += has_changed(r);
}

static int count_sample(const struct sample_record *r, void *data, struct err *err)
{
	struct builder *b = data;
	size_t i = take_task(b, r);
	struct task_line *t = &b->sc->tasks[i];

	if (memcmp(b->first[i], r->answer_hash, HASH_SIZE) != 0)
		t->all_same = false;
	if (count_outcome(b, t, r, err) < 0)
		return -1;
	if (t->invalid && !t->why_invalid && !strcmp(r->outcome, "invalid"))
		t->why_invalid = xstrdup(r->detail);
	count_in(&b->sc->statuses, &b->sc->n_statuses, &b->cap_statuses, r->status, r->outcome);
	count_protection(b, t, r);
	count_resources(b->sc, r);
	count_rerun(b->sc, r);
	return 0;
}

/* ---- finishing the counts ---- */

static int by_frequency(const void *a, const void *b)
{
	const struct status_count *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return strcmp(x->status, y->status);
}

static void sort_counts(struct status_count *list, size_t n)
{
	if (n)
		qsort(list, n, sizeof(*list), by_frequency);
}

static void finish_counts(struct scorecard *sc)
{
	for (size_t i = 0; i < sc->n_tasks; i++) {
		struct task_line *t = &sc->tasks[i];

		if (t->n + t->invalid < 2)
			t->all_same = false;
		if (!t->n)
			continue;
		if (!sc->n_judged++ || t->n < sc->min_n)
			sc->min_n = t->n;
		sc->max_n = t->n > sc->max_n ? t->n : sc->max_n;
	}
	sort_counts(sc->statuses, sc->n_statuses);
	sort_counts(sc->protections, sc->n_protections);
}

int scorecard_count(struct store *store, struct scorecard *sc, struct err *err)
{
	struct builder b = { .sc = sc };
	int rc = store_samples_each(store, sc->run.id, count_sample, &b, err);

	free(b.sorted);
	free(b.first);
	if (!rc)
		finish_counts(sc);
	return rc;
}
