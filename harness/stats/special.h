/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Special functions, distributions and quantiles, to 1e-10 relative (mostly 1e-13): tails are
 * computed as tails, never as 1 - cdf. Arguments outside the domain give NaN. Nothing here keeps
 * state, allocates or reads the locale.
 *
 * Sources: continued fractions of DiDonato & Morris 1992 evaluated by the modified Lentz method
 * (Thompson & Barnett 1986); the factor in front of them by Loader 2000, "Fast and accurate
 * computation of binomial probabilities", which keeps its digits for counts of 1e9; quantiles by
 * Newton steps on the logarithm of the tail inside a bracket.
 */
#ifndef HARNESS_STATS_SPECIAL_H
#define HARNESS_STATS_SPECIAL_H

#include <stdbool.h>
#include <stddef.h>

double stat_log_gamma(double x); /* x > 0 */
double stat_log_beta(double a, double b);
/* log C(n, k) for real 0 <= k <= n, to the digits of the result also for n = 1e9. */
double stat_log_choose(double n, double k);

double stat_betainc(double a, double b, double x); /* regularised incomplete beta I_x(a,b) */
double stat_betainc_inv(double a, double b, double p);
/*
 * The same where the caller knows both x and y = 1 - x: the small one of the two keeps its digits
 * on either side of 1/2. The upper tail is stat_betainc_xy(b, a, y, x).
 */
double stat_betainc_xy(double a, double b, double x, double y);
/* I_x(a,b) = p = 1 - q; writes x and y = 1 - x. False, and nothing written, outside the domain. */
bool stat_betainc_inv_xy(double a, double b, const double pq[2], double ret_xy[2]);
/* Gamma(s+f+1) / (Gamma(s+1) Gamma(f+1)) p^s q^f with q = 1 - p, for real s, f >= 0. */
double stat_binom_term(double s, double f, double p, double q);
double stat_gammainc_p(double a, double x); /* regularised lower incomplete gamma */
double stat_gammainc_q(double a, double x); /* upper */

double stat_norm_cdf(double z);
double stat_norm_sf(double z);
double stat_norm_quantile(double p); /* 0 and 1 give the infinities */
/* Student's t; df > 0 need not be whole, and infinity is the normal distribution. */
double stat_t_cdf(double t, double df);
double stat_t_sf(double t, double df);
double stat_t_quantile(double p, double df);
double stat_chi2_sf(double x, double df);
/* X ~ Binomial(n, p), k whole, 0 <= k <= n. */
double stat_binom_pmf(double k, double n, double p);
double stat_binom_cdf(double k, double n, double p);   /* P(X <= k) */
double stat_binom_sf_ge(double k, double n, double p); /* P(X >= k) */
/* P(sqrt(n) D > x) in the limit: 2 sum_j (-1)^(j-1) exp(-2 j^2 x^2) (Kolmogorov 1933). */
double stat_kolmogorov_sf(double x);

/* Sum with compensation (Neumaier 1974); { 0 } is an empty sum. */
struct stat_sum {
	double sum, comp;
};
void stat_sum_add(struct stat_sum *s, double x);
double stat_sum_value(const struct stat_sum *s);

double stat_mean(const double *x, size_t n); /* in the given order; NaN where n = 0 */
/* Sample standard deviation, with n - 1. NaN where n < 2; exactly 0 where all are equal. */
double stat_sd(const double *x, size_t n);

#endif
