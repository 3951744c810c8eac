/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pass@k and pass^k with both kinds of error. n samples of a task, c of them passing, 1 <= k <= n.
 *
 *   pass@k = 1 - C(n-c,k)/C(n,k)    some sample of k passes (Chen et al. 2021, arXiv:2107.03374)
 *   pass^k = C(c,k)/C(n,k)          all of them do (tau-bench, arXiv:2406.12045)
 *
 * Both are unbiased, for 1-(1-p)^k and p^k; 1-(1-c/n)^k and (c/n)^k are not. At k = 1 both are c/n.
 * The quotients are sums of min(c,k) logarithms, so that 1e-9 keeps its digits.
 *
 * Functions return 0, or -1 (outputs untouched) where the value does not exist: k > n, c > n,
 * anything negative, n above 2^53; never an extrapolation. Counts are those of one task: solved and
 * total numbers of tasks do not belong here.
 */
#ifndef HARNESS_STATS_PASSK_H
#define HARNESS_STATS_PASSK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/stats/interval.h"

struct task_count {
	int64_t n, c;
};

/* ---- one task ---- */

int pass_at_k(int64_t n, int64_t c, int64_t k, double *ret);
int pass_hat_k(int64_t n, int64_t c, int64_t k, double *ret);
/*
 * Unbiased variance of the estimate of one task over reruns: q^2 - C(n-c,2k)/C(n,2k) with
 * q = C(n-c,k)/C(n,k) (needs n >= 2k); for pass^k the same with the passing samples. Never
 * negative; at k = 1 it is p(1-p)/(n-1). It follows from E[C(n-c,2k)/C(n,2k)] = (1-p)^2k.
 */
int pass_at_k_rerun_var(int64_t n, int64_t c, int64_t k, double *ret);
int pass_hat_k_rerun_var(int64_t n, int64_t c, int64_t k, double *ret);
/*
 * Mean and variance of the estimate when the true pass probability is p (for tests and planning):
 * the sum over c = 0..n, so the time grows with n min(n,k).
 */
int pass_at_k_true_var(int64_t n, int64_t k, double p, double *ret_mean, double *ret_var);
int pass_hat_k_true_var(int64_t n, int64_t k, double p, double *ret_mean, double *ret_var);

/* Prior p ~ Beta(a, b): 1, 1 is uniform, 1/2, 1/2 Jeffreys'. */
struct beta_prior {
	double a, b;
};
/*
 * Posterior mean and variance of 1-(1-p)^k and of p^k (Hariri et al. 2025, arXiv:2510.04265). For
 * the display of one task: do not headline their mean over tasks, since at n = 1 a uniform prior
 * pulls every task to 1/3 or 2/3.
 */
int pass_at_k_posterior(int64_t n, int64_t c, int64_t k, const struct beta_prior *prior,
			double *ret_mean, double *ret_var);
int pass_hat_k_posterior(int64_t n, int64_t c, int64_t k, const struct beta_prior *prior,
			 double *ret_mean, double *ret_var);
/* Equal-tailed posterior intervals: those of p, carried over to the metric, which is monotone. */
struct pass_posterior {
	struct interval p, at_k, hat_k;
};
int pass_posterior_interval(const struct task_count *task, int64_t k,
			    const struct beta_prior *prior, double alpha,
			    struct pass_posterior *ret);

/* ---- a dataset: every task counts once, whatever its n ---- */

/* Indices of the tasks with fewer than k samples into ret[n_tasks]; their number. */
size_t pass_k_too_few(const struct task_count *tasks, size_t n_tasks, int64_t k, size_t *ret);
/* -1 also with no tasks, or when any task has none of the value. */
int pass_at_k_mean(const struct task_count *tasks, size_t n_tasks, int64_t k, double *ret);
int pass_hat_k_mean(const struct task_count *tasks, size_t n_tasks, int64_t k, double *ret);
/* Posterior mean over tasks and the sd of that mean on the same tasks, sqrt(sum var)/tasks. */
int pass_at_k_posterior_mean(const struct task_count *tasks, size_t n_tasks, int64_t k,
			     const struct beta_prior *prior, double *ret_mean, double *ret_sd);

/*
 * Where the spread of pass@k over tasks comes from. The variance over tasks s^2 already holds the
 * sampling noise (law of total variance): do not add the parts again. Needs two tasks and n >= 2k
 * everywhere.
 */
struct pass_split {
	double mean_within; /* mean rerun variance of a task */
	double between;     /* max(0, s^2 - mean_within) */
	double share;       /* mean_within / s^2; NaN where s^2 = 0 */
};
int pass_at_k_split(const struct task_count *tasks, size_t n_tasks, int64_t k,
		    struct pass_split *ret);

/* Which interval was used, to be named beside it. */
enum ci_method {
	CI_NONE,       /* no interval exists (one task, or too few clusters): print n/a */
	CI_WILSON,     /* one binary outcome a task */
	CI_T,          /* t on task means, df = tasks - 1 */
	CI_WILSON_EFF, /* Wilson with effective n: mean within 3 SE of 0 or 1, or SE = 0 */
	CI_EXACT,      /* all pass or all fail: exact one-sided bound */
};
const char *ci_method_name(enum ci_method m); /* "none", "wilson", "t", "wilson-eff", "exact" */

/* The dataset value: every task counts once. */
struct pass_estimate {
	int64_t k;
	int64_t tasks;
	double value;      /* mean over tasks */
	bool has_se_tasks; /* needs two tasks */
	double se_tasks;   /* other tasks like these: sd over tasks / sqrt(tasks) */
	bool has_se_rerun; /* needs n >= 2k for every task */
	double se_rerun;   /* the same tasks again: sqrt(sum of rerun variances) / tasks */
	enum ci_method method;
	double lo, hi; /* 95 % unless alpha says otherwise; NaN with CI_NONE */
};
/*
 * pass@k over tasks with its interval. The interval is about other tasks like these; the first rule
 * that fits decides:
 *   CI_NONE        4 tasks or fewer: show the tasks instead
 *   CI_EXACT       every task is certainly 1 (n-c < k): [alpha^(1/tasks), 1]; or certainly 0
 *                  (c = 0): [0, 1 - alpha^(1/tasks)]; one-sided, so alpha is not halved
 *   CI_WILSON      n = k in every task, one binary outcome each: Wilson of tasks passed
 *   CI_WILSON_EFF  se_tasks is 0, or value within 3 se_tasks of 0 or 1, or the t interval would
 *                  leave [0,1] (t intervals are never cut): Wilson with n = value(1-value)/se^2
 *   CI_T           otherwise: value -+ t(tasks-1) se_tasks. Below 30 tasks it leans on tasks
 *                  being alike, below 10 print "few tasks" beside it
 * (Miller 2024, arXiv:2411.00640; Bowyer et al. 2025, arXiv:2503.01747.) Values are summed in the
 * given order with compensation: give tasks in the order of their ids.
 *
 * -1 with *ret_bad (may be NULL) the index of the first task without a value (n < k, c > n, c < 0),
 * or n_tasks where the fault is not a task's (no tasks, k < 1, alpha outside (0,1)). An error that
 * does not exist (has_* false) is NaN.
 */
int pass_at_k_estimate(const struct task_count *tasks, size_t n_tasks, int64_t k, double alpha,
		       struct pass_estimate *ret, size_t *ret_bad);
/* The same for pass^k; certainly 1 means c = n, certainly 0 c < k. */
int pass_hat_k_estimate(const struct task_count *tasks, size_t n_tasks, int64_t k, double alpha,
			struct pass_estimate *ret, size_t *ret_bad);

#endif
