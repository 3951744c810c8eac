/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pass@k and pass^k with both kinds of error. n samples of a task, c of them passing, 1 <= k <= n.
 *
 *   pass@k = 1 - C(n-c,k)/C(n,k)   (Chen et al. 2021, unbiased)     pass^k = C(c,k)/C(n,k)
 *
 * Functions return 0, or -1 where the value does not exist (k > n, c > n, negative); never an
 * extrapolation.
 */
#ifndef HARNESS_STATS_PASSK_H
#define HARNESS_STATS_PASSK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int pass_at_k(int64_t n, int64_t c, int64_t k, double *ret);
int pass_hat_k(int64_t n, int64_t c, int64_t k, double *ret);
/*
 * Unbiased variance of the estimate of one task over reruns: q^2 - C(n-c,2k)/C(n,2k) with
 * q = C(n-c,k)/C(n,k) (needs n >= 2k).
 */
int pass_at_k_rerun_var(int64_t n, int64_t c, int64_t k, double *ret);
int pass_hat_k_rerun_var(int64_t n, int64_t c, int64_t k, double *ret);
/* Variance when the true pass probability is p (for tests and planning). */
int pass_at_k_true_var(int64_t n, int64_t k, double p, double *ret_mean, double *ret_var);
int pass_hat_k_true_var(int64_t n, int64_t k, double p, double *ret_mean, double *ret_var);
/* Posterior mean and variance under p ~ Beta(a, b). */
int pass_at_k_posterior(int64_t n, int64_t c, int64_t k, double a, double b, double *ret_mean,
			double *ret_var);
int pass_hat_k_posterior(int64_t n, int64_t c, int64_t k, double a, double b, double *ret_mean,
			 double *ret_var);

struct task_count {
	int64_t n, c;
};

/* Which interval was used, to be named beside it. */
enum ci_method {
	CI_NONE,       /* no interval exists (one task, or too few clusters): print n/a */
	CI_WILSON,     /* one binary outcome a task */
	CI_T,          /* t on task means, df = tasks - 1 */
	CI_WILSON_EFF, /* Wilson with effective n: mean within 3 SE of 0 or 1, or SE = 0 */
	CI_EXACT,      /* all pass or all fail: exact one-sided bound */
};
const char *ci_method_name(enum ci_method m);

/* The dataset value: every task counts once. */
struct pass_estimate {
	int64_t k;
	int64_t tasks;
	double value;      /* mean over tasks */
	bool has_se_tasks; /* needs two tasks */
	double se_tasks;   /* other tasks like these: sd over tasks / sqrt(tasks) */
	bool has_se_rerun; /* needs n >= 2k for every task */
	double se_rerun;   /* the same tasks again */
	enum ci_method method;
	double lo, hi; /* 95 % unless alpha says otherwise */
};
/*
 * pass@k over tasks with its interval by the rules of the statistics notes (section 5.1). -1 with
 * *ret_bad (index of the first task with n < k) when k > n for any task, or no tasks.
 */
int pass_at_k_estimate(const struct task_count *tasks, size_t n_tasks, int64_t k, double alpha,
		       struct pass_estimate *ret, size_t *ret_bad);

#endif
