/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pass@k and pass^k of a dataset: the mean over tasks, its two errors and the choice of an
 * interval. The two metrics differ in a row of functions and in nothing else.
 */
#include "harness/stats/passk.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "harness/stats/special.h"

#include <assert.h>
#include <math.h>

#define MIN_TASKS 5   /* with fewer there is no interval */
#define NEAR_END  3.0 /* standard errors from 0 or 1 where t stops being honest */

struct metric {
	int (*value)(int64_t n, int64_t c, int64_t k, double *ret);
	int (*rerun_var)(int64_t n, int64_t c, int64_t k, double *ret);
	/* Whether the value is exactly 1 or 0, in integers: it may also round there. */
	bool (*is_one)(const struct task_count *t, int64_t k);
	bool (*is_zero)(const struct task_count *t, int64_t k);
};

static bool too_few_fail(const struct task_count *t, int64_t k)
{
	return t->n - t->c < k;
}

static bool too_few_pass(const struct task_count *t, int64_t k)
{
	return t->c < k;
}

static bool none_fails(const struct task_count *t, int64_t k)
{
	(void)k;
	return t->c == t->n;
}

static bool none_passes(const struct task_count *t, int64_t k)
{
	(void)k;
	return t->c == 0;
}

static const struct metric AT_K = { pass_at_k, pass_at_k_rerun_var, too_few_fail, none_passes };
static const struct metric HAT_K = { pass_hat_k, pass_hat_k_rerun_var, none_fails, too_few_pass };

static const char *const METHOD_NAMES[] = {
	[CI_NONE] = "none",   [CI_WILSON] = "wilson", [CI_T] = "t", [CI_WILSON_EFF] = "wilson-eff",
	[CI_EXACT] = "exact",
};
static_assert(ARRAY_SIZE(METHOD_NAMES) == CI_EXACT + 1, "a name for every method");

const char *ci_method_name(enum ci_method m)
{
	return METHOD_NAMES[m];
}

size_t pass_k_too_few(const struct task_count *tasks, size_t n_tasks, int64_t k, size_t *ret)
{
	size_t found = 0;

	for (size_t i = 0; i < n_tasks; i++)
		if (tasks[i].n < k)
			ret[found++] = i;
	return found;
}

/* A value for every task; n_tasks when all have one, else the index of the first that has none. */
static size_t task_values(const struct metric *m, const struct task_count *tasks, size_t n_tasks,
			  int64_t k, double *values)
{
	for (size_t i = 0; i < n_tasks; i++)
		if (m->value(tasks[i].n, tasks[i].c, k, &values[i]) < 0)
			return i;
	return n_tasks;
}

static int mean_of(const struct metric *m, const struct task_count *tasks, size_t n_tasks,
		   int64_t k, double *ret)
{
	struct stat_sum sum = { 0 };
	double value;

	for (size_t i = 0; i < n_tasks; i++) {
		if (m->value(tasks[i].n, tasks[i].c, k, &value) < 0)
			return -1;
		stat_sum_add(&sum, value);
	}
	if (n_tasks == 0)
		return -1;
	*ret = stat_sum_value(&sum) / (double)n_tasks;
	return 0;
}

int pass_at_k_mean(const struct task_count *tasks, size_t n_tasks, int64_t k, double *ret)
{
	return mean_of(&AT_K, tasks, n_tasks, k, ret);
}

int pass_hat_k_mean(const struct task_count *tasks, size_t n_tasks, int64_t k, double *ret)
{
	return mean_of(&HAT_K, tasks, n_tasks, k, ret);
}

int pass_at_k_posterior_mean(const struct task_count *tasks, size_t n_tasks, int64_t k,
			     const struct beta_prior *prior, double *ret_mean, double *ret_sd)
{
	struct stat_sum means = { 0 }, vars = { 0 };
	double mean, var;

	for (size_t i = 0; i < n_tasks; i++) {
		if (pass_at_k_posterior(tasks[i].n, tasks[i].c, k, prior, &mean, &var) < 0)
			return -1;
		stat_sum_add(&means, mean);
		stat_sum_add(&vars, var);
	}
	if (n_tasks == 0)
		return -1;
	*ret_mean = stat_sum_value(&means) / (double)n_tasks;
	*ret_sd = sqrt(stat_sum_value(&vars)) / (double)n_tasks;
	return 0;
}

/* The sum of the rerun variances; -1 where a task has none. */
static int rerun_var_sum(const struct metric *m, const struct task_count *tasks, size_t n_tasks,
			 int64_t k, double *ret)
{
	struct stat_sum sum = { 0 };
	double var;

	for (size_t i = 0; i < n_tasks; i++) {
		if (m->rerun_var(tasks[i].n, tasks[i].c, k, &var) < 0)
			return -1;
		stat_sum_add(&sum, var);
	}
	*ret = stat_sum_value(&sum);
	return 0;
}

int pass_at_k_split(const struct task_count *tasks, size_t n_tasks, int64_t k,
		    struct pass_split *ret)
{
	auto_free double *values = xcalloc(n_tasks + 1, sizeof(*values));
	double within, total;

	if (n_tasks < 2 || rerun_var_sum(&AT_K, tasks, n_tasks, k, &within) < 0 ||
	    task_values(&AT_K, tasks, n_tasks, k, values) < n_tasks)
		return -1;
	total = pow(stat_sd(values, n_tasks), 2);
	ret->mean_within = within / (double)n_tasks;
	ret->between = fmax(0, total - ret->mean_within);
	ret->share = total > 0 ? ret->mean_within / total : NAN;
	return 0;
}

/* ---- the interval ---- */

static bool all_tasks(const struct task_count *tasks, size_t n_tasks, int64_t k,
		      bool (*is_so)(const struct task_count *t, int64_t k))
{
	for (size_t i = 0; i < n_tasks; i++)
		if (!is_so(&tasks[i], k))
			return false;
	return true;
}

static bool has_one_draw(const struct task_count *t, int64_t k)
{
	return t->n == k;
}

/* t, unless its assumptions fail at this mean: then Wilson with the effective n. */
static enum ci_method task_mean_interval(const struct pass_estimate *e, double alpha,
					 struct interval *ret)
{
	double to_end = fmin(e->value, 1 - e->value);

	if (e->se_tasks >= INTERVAL_SE_MIN && to_end > NEAR_END * e->se_tasks &&
	    interval_t(e->value, e->se_tasks, (double)(e->tasks - 1), alpha, ret) == 0 &&
	    ret->lo >= 0 && ret->hi <= 1)
		return CI_T;
	if (interval_wilson_eff(e->value, e->se_tasks, e->tasks, alpha, ret) == 0)
		return CI_WILSON_EFF;
	return CI_NONE;
}

static enum ci_method choose_interval(const struct metric *m, const struct task_count *tasks,
				      const struct pass_estimate *e, double alpha,
				      struct interval *ret)
{
	size_t n = (size_t)e->tasks;
	bool is_all = all_tasks(tasks, n, e->k, m->is_one);

	if (n < MIN_TASKS)
		return CI_NONE;
	if (is_all || all_tasks(tasks, n, e->k, m->is_zero)) {
		(void)interval_all_or_none(e->tasks, is_all, alpha, ret);
		return CI_EXACT;
	}
	if (all_tasks(tasks, n, e->k, has_one_draw)) {
		(void)interval_wilson(round(e->value * (double)n), (double)n, alpha, ret);
		return CI_WILSON;
	}
	return task_mean_interval(e, alpha, ret);
}

/* The value and both errors, from the values of the tasks. */
static void fill_estimate(const struct metric *m, const struct task_count *tasks,
			  const double *values, struct pass_estimate *e)
{
	size_t n = (size_t)e->tasks;
	double var;

	e->value = stat_mean(values, n);
	e->has_se_tasks = n >= 2;
	e->se_tasks = stat_sd(values, n) / sqrt((double)n);
	e->has_se_rerun = rerun_var_sum(m, tasks, n, e->k, &var) == 0;
	e->se_rerun = e->has_se_rerun ? sqrt(var) / (double)n : NAN;
}

static int estimate(const struct metric *m, const struct task_count *tasks, double alpha,
		    struct pass_estimate *e, size_t *ret_bad)
{
	size_t n_tasks = (size_t)e->tasks, bad = n_tasks;
	auto_free double *values = xcalloc(n_tasks + 1, sizeof(*values));
	struct interval ci = { NAN, NAN };
	bool is_asked_well = n_tasks > 0 && e->k >= 1 && alpha > 0 && alpha < 1;

	if (is_asked_well)
		bad = task_values(m, tasks, n_tasks, e->k, values);
	if (!is_asked_well || bad < n_tasks) {
		if (ret_bad)
			*ret_bad = bad;
		return -1;
	}
	fill_estimate(m, tasks, values, e);
	e->method = choose_interval(m, tasks, e, alpha, &ci);
	e->lo = ci.lo;
	e->hi = ci.hi;
	return 0;
}

int pass_at_k_estimate(const struct task_count *tasks, size_t n_tasks, int64_t k, double alpha,
		       struct pass_estimate *ret, size_t *ret_bad)
{
	struct pass_estimate e = { .k = k, .tasks = (int64_t)n_tasks };

	if (estimate(&AT_K, tasks, alpha, &e, ret_bad) < 0)
		return -1;
	*ret = e;
	return 0;
}

int pass_hat_k_estimate(const struct task_count *tasks, size_t n_tasks, int64_t k, double alpha,
			struct pass_estimate *ret, size_t *ret_bad)
{
	struct pass_estimate e = { .k = k, .tasks = (int64_t)n_tasks };

	if (estimate(&HAT_K, tasks, alpha, &e, ret_bad) < 0)
		return -1;
	*ret = e;
	return 0;
}
