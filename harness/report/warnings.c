/* SPDX-License-Identifier: Apache-2.0 */
/* Each warning is a function that looks at the finished numbers, and a row of checks[]. */
#include "harness/report/warnings.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "harness/report/noise.h"

#define MIN_TASKS         5  /* below, no interval exists */
#define FEW_TASKS         10 /* below, intervals are rough */
#define MAX_INVALID_SHARE 0.02

/* Singular and plural where a number stands before the word. */
static const char *s_of(int64_t n)
{
	return n == 1 ? "" : "s";
}

static int64_t answers_of(const struct task_line *t)
{
	return t->n + t->invalid;
}

static char *unfinished(const struct scorecard *sc)
{
	if (sc->run.state == RUN_DONE)
		return NULL;
	return xstrfmt("the run is not finished: %lld of %lld samples have a verdict",
		       (long long)sc->n, (long long)sc->run.n_samples);
}

static char *incomplete(const struct scorecard *sc)
{
	double share = sc->n ? (double)sc->invalid / (double)sc->n : 0;

	if (share <= MAX_INVALID_SHARE)
		return NULL;
	return xstrfmt("incomplete: %lld of %lld samples (%.1f %%) are invalid, more than 2 %%: "
		       "not fit for comparison until they are scored",
		       (long long)sc->invalid, (long long)sc->n, 100 * share);
}

static char *left_out(const struct scorecard *sc)
{
	size_t n = sc->n_tasks - sc->n_judged;

	if (!n)
		return NULL;
	return xstrfmt("%zu task%s left out of all rates: no valid sample", n, s_of((int64_t)n));
}

static char *no_interval(const struct scorecard *sc)
{
	if (sc->n_judged >= FEW_TASKS || !sc->n_judged)
		return NULL;
	if (sc->n_judged < MIN_TASKS)
		return xstrfmt("%zu task%s: no interval below %d tasks", sc->n_judged,
			       s_of((int64_t)sc->n_judged), MIN_TASKS);
	return xstrfmt("few tasks (%zu): intervals are rough", sc->n_judged);
}

static char *unequal(const struct scorecard *sc)
{
	if (sc->min_n == sc->max_n)
		return NULL;
	return xstrfmt("tasks have between %lld and %lld judged samples; each task counts once",
		       (long long)sc->min_n, (long long)sc->max_n);
}

static int64_t largest_k(const struct scorecard *sc)
{
	int64_t k = 0;

	for (size_t i = 0; i < sc->n_pass; i++)
		k = sc->pass[i].k > k ? sc->pass[i].k : k;
	return k;
}

static char *identical(const struct scorecard *sc)
{
	size_t same = 0, several = 0;
	int64_t k = largest_k(sc);
	char n[32] = "", advice[80] = "";

	for (size_t i = 0; i < sc->n_tasks; i++) {
		same += sc->tasks[i].all_same;
		several += answers_of(&sc->tasks[i]) > 1;
	}
	if (!same)
		return NULL;
	if (sc->min_n == sc->max_n && !sc->invalid)
		(void)snprintf(n, sizeof(n), " %lld", (long long)sc->max_n);
	if (k > 1)
		(void)snprintf(advice, sizeof(advice), "; do not quote pass@%lld: it needs %s",
			       (long long)k, "independent samples");
	return xstrfmt("all%s answers to %zu of %zu task%s are identical (greedy decoding, or one "
		       "answer copied)%s",
		       n, same, several, s_of((int64_t)several), advice);
}

static char *isolation(const struct scorecard *sc)
{
	auto_json struct json *config =
		json_parse(sc->run.config_json, strlen(sc->run.config_json), NULL);
	const char *level = json_str(json_get(config, "isolation"));

	if (!level || strcmp(level, "reduced") != 0)
		return NULL;
	return xstrdup("reduced isolation: answers ran with less between them and the machine than "
		       "the standard asks for");
}

static char *layers(const struct scorecard *sc)
{
	if (sc->layers_all == sc->layers_any)
		return NULL;
	return xstrdup("samples ran under different sandbox layers: the machine changed during "
		       "the run");
}

static char *noise(const struct scorecard *sc)
{
	return noise_remark(sc->run.noise_json);
}

static char *beyond_bound(const struct scorecard *sc)
{
	if (!sc->n_beyond_bound)
		return NULL;
	return xstrfmt("%lld sample%s near a limit %s not run again alone: the bound of this run "
		       "was reached",
		       (long long)sc->n_beyond_bound, s_of(sc->n_beyond_bound),
		       sc->n_beyond_bound == 1 ? "was" : "were");
}

static char *(*const checks[])(const struct scorecard *sc) = {
	unfinished, incomplete, left_out, no_interval,  unequal,
	identical,  isolation,  layers,   beyond_bound, noise,
};

void scorecard_warn(struct scorecard *sc)
{
	sc->warnings = xcalloc(ARRAY_SIZE(checks), sizeof(*sc->warnings));
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		char *text = checks[i](sc);

		if (text)
			sc->warnings[sc->n_warnings++] = text;
	}
}
