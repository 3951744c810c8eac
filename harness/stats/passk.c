/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pass@k and pass^k of one task.
 *
 * All of it is made of quotients of falling factorials, Q(n,a,k) = C(n-a,k)/C(n,k): the probability
 * that k of n samples avoid a given ones. pass@k is 1 - Q(n,c,k), pass^k is Q(n,n-c,k). Q is
 * symmetric in a and k, so the product with fewer factors is taken; differences of two Q are
 * written as one Q times expm1() of a sum, which cannot cancel.
 */
#include "harness/stats/passk.h"

#include "harness/stats/special.h"

#include <math.h>

#define MAX_SAMPLES ((int64_t)1 << 53) /* a double counts no further */
#define LOG_OF_ZERO (-800.0)           /* exp() of less is 0 */

static bool is_count(int64_t n, int64_t c, int64_t k)
{
	return k >= 1 && k <= n && c >= 0 && c <= n && n <= MAX_SAMPLES;
}

/* log(1 - part/whole), from whichever of the two quotients is exact. */
static double log_rest(double part, double rest, double whole)
{
	return 2 * part < whole ? log1p(-part / whole) : log(rest / whole);
}

/* log Q(n,a,k), -INFINITY where Q is 0. */
static double log_avoid(int64_t n, int64_t a, int64_t k)
{
	double part = (double)(a > k ? a : k);
	int64_t factors = a > k ? k : a;
	struct stat_sum sum = { 0 };

	if (n - a < k)
		return -INFINITY;
	for (int64_t j = 0; j < factors && sum.sum > LOG_OF_ZERO; j++) {
		double whole = (double)(n - j);

		stat_sum_add(&sum, log_rest(part, whole - part, whole));
	}
	return stat_sum_value(&sum);
}

/* Q and 1 - Q; with one factor they are plain quotients, exact to the last digit. */
static double avoid(int64_t n, int64_t a, int64_t k)
{
	if (n - a >= k && (a == 1 || k == 1))
		return (double)(n - (k == 1 ? a : k)) / (double)n;
	return exp(log_avoid(n, a, k));
}

static double hit(int64_t n, int64_t a, int64_t k)
{
	if (n - a >= k && (a == 1 || k == 1))
		return (double)(k == 1 ? a : k) / (double)n;
	return -expm1(log_avoid(n, a, k));
}

int pass_at_k(int64_t n, int64_t c, int64_t k, double *ret)
{
	if (!is_count(n, c, k))
		return -1;
	*ret = hit(n, c, k);
	return 0;
}

int pass_hat_k(int64_t n, int64_t c, int64_t k, double *ret)
{
	if (!is_count(n, c, k))
		return -1;
	*ret = avoid(n, n - c, k);
	return 0;
}

/*
 * log of Q(n,a,2k) / Q(n,a,k)^2, where n - a >= k. Of the two products
 *   j < a: (N-2k) N / (N-k)^2 = 1 - (k/(N-k))^2                            N = n-j
 *   j < k: (M-k) N / ((N-k) M) = 1 - k a / ((N-k) M)                       M = n-a-j
 * the one with fewer factors is taken.
 */
static double log_square_ratio(int64_t n, int64_t a, int64_t k)
{
	int64_t factors = a < k ? a : k;
	struct stat_sum sum = { 0 };

	if (n - a < 2 * k)
		return -INFINITY;
	for (int64_t j = 0; j < factors && sum.sum > LOG_OF_ZERO; j++) {
		double left = (double)(n - j), less = (double)(n - k - j);
		double other = a < k ? less : (double)(n - a - j);
		double part = (double)k / less * ((double)(a < k ? k : a) / other);
		double rest = (other - (double)k) / less * (left / other);

		stat_sum_add(&sum, log_rest(part, rest, 1));
	}
	return stat_sum_value(&sum);
}

/* Q(n,a,k)^2 - Q(n,a,2k) */
static double avoid_var(int64_t n, int64_t a, int64_t k)
{
	double q = avoid(n, a, k);

	return q > 0 ? q * q * -expm1(log_square_ratio(n, a, k)) : 0;
}

int pass_at_k_rerun_var(int64_t n, int64_t c, int64_t k, double *ret)
{
	if (!is_count(n, c, k) || k > n / 2)
		return -1;
	*ret = avoid_var(n, c, k);
	return 0;
}

int pass_hat_k_rerun_var(int64_t n, int64_t c, int64_t k, double *ret)
{
	if (!is_count(n, c, k) || k > n / 2)
		return -1;
	*ret = avoid_var(n, n - c, k);
	return 0;
}

/* sum over a of P(A = a) (Q(n,a,k) - expected)^2, where A, or n - A, is Binomial(n, p). */
static double true_var(int64_t n, int64_t k, double p, bool is_mirrored, double expected)
{
	struct stat_sum sum = { 0 };

	for (int64_t a = 0; a <= n; a++) {
		double d = avoid(n, a, k) - expected;
		double x = (double)(is_mirrored ? n - a : a);

		stat_sum_add(&sum, stat_binom_pmf(x, (double)n, p) * d * d);
	}
	return stat_sum_value(&sum);
}

int pass_at_k_true_var(int64_t n, int64_t k, double p, double *ret_mean, double *ret_var)
{
	if (!is_count(n, 0, k) || !(p >= 0 && p <= 1))
		return -1;
	*ret_mean = -expm1((double)k * log1p(-p));
	*ret_var = true_var(n, k, p, false, exp((double)k * log1p(-p)));
	return 0;
}

int pass_hat_k_true_var(int64_t n, int64_t k, double p, double *ret_mean, double *ret_var)
{
	if (!is_count(n, 0, k) || !(p >= 0 && p <= 1))
		return -1;
	*ret_mean = pow(p, (double)k);
	*ret_var = true_var(n, k, p, true, *ret_mean);
	return 0;
}

/* ---- posterior ---- */

/* The parameters of p, or of 1 - p for pass@k: both metrics ask for moments of x^k. */
static bool posterior(const struct task_count *task, const struct beta_prior *prior,
		      struct beta_prior *ret)
{
	if (!(prior->a > 0 && prior->b > 0 && isfinite(prior->a) && isfinite(prior->b)))
		return false;
	ret->a = prior->a + (double)task->c;
	ret->b = prior->b + (double)(task->n - task->c);
	return true;
}

/* log E[x^k] = sum log((a+j)/(a+b+j)) for x ~ Beta(a,b). */
static double log_moment(double a, double b, int64_t k)
{
	struct stat_sum sum = { 0 };

	for (int64_t j = 0; j < k && sum.sum > LOG_OF_ZERO; j++)
		stat_sum_add(&sum, log_rest(b, a + (double)j, a + b + (double)j));
	return stat_sum_value(&sum);
}

/* Var[x^k] = E^2 (prod (1 + k b / ((a+b+k+j) (a+j))) - 1) */
static double moment_var(double a, double b, int64_t k)
{
	struct stat_sum sum = { 0 };
	double log_mean = log_moment(a, b, k);

	if (log_mean <= LOG_OF_ZERO)
		return 0; /* Var[x^k] < E[x^k] */
	for (int64_t j = 0; j < k; j++)
		stat_sum_add(&sum,
			     log1p((double)k / (a + b + (double)(k + j)) * b / (a + (double)j)));
	return exp(2 * log_mean + stat_sum_value(&sum)) * -expm1(-stat_sum_value(&sum));
}

int pass_at_k_posterior(int64_t n, int64_t c, int64_t k, const struct beta_prior *prior,
			double *ret_mean, double *ret_var)
{
	const struct task_count task = { n, c };
	struct beta_prior p;

	if (!is_count(n, c, k) || !posterior(&task, prior, &p))
		return -1;
	*ret_mean = -expm1(log_moment(p.b, p.a, k));
	*ret_var = moment_var(p.b, p.a, k);
	return 0;
}

int pass_hat_k_posterior(int64_t n, int64_t c, int64_t k, const struct beta_prior *prior,
			 double *ret_mean, double *ret_var)
{
	const struct task_count task = { n, c };
	struct beta_prior p;

	if (!is_count(n, c, k) || !posterior(&task, prior, &p))
		return -1;
	*ret_mean = exp(log_moment(p.a, p.b, k));
	*ret_var = moment_var(p.a, p.b, k);
	return 0;
}

static void posterior_end(const struct beta_prior *p, int64_t k, const double pq[2],
			  double ret_ends[3])
{
	double xy[2] = { NAN, NAN }, exponent = (double)k;

	(void)stat_betainc_inv_xy(p->a, p->b, pq, xy); /* the caller has checked the domain */
	ret_ends[0] = xy[0];
	ret_ends[1] = -expm1(exponent * (xy[1] < 0.5 ? log(xy[1]) : log1p(-xy[0])));
	ret_ends[2] = pow(xy[0], exponent);
}

int pass_posterior_interval(const struct task_count *task, int64_t k,
			    const struct beta_prior *prior, double alpha,
			    struct pass_posterior *ret)
{
	const double low[2] = { 0.5 * alpha, 1 - 0.5 * alpha }, high[2] = { low[1], low[0] };
	struct beta_prior p;
	double lo[3], hi[3];

	if (!is_count(task->n, task->c, k) || !posterior(task, prior, &p) ||
	    !(alpha > 0 && alpha < 1))
		return -1;
	posterior_end(&p, k, low, lo);
	posterior_end(&p, k, high, hi);
	*ret = (struct pass_posterior){
		.p = { lo[0], hi[0] },
		.at_k = { lo[1], hi[1] },
		.hat_k = { lo[2], hi[2] },
	};
	return 0;
}
