/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Special functions and quantiles, to 1e-10 relative: tails are computed as tails, never as 1 -
 * cdf. Arguments outside the domain give NaN.
 */
#ifndef HARNESS_STATS_SPECIAL_H
#define HARNESS_STATS_SPECIAL_H

double stat_betainc(double a, double b, double x); /* regularised incomplete beta I_x(a,b) */
double stat_betainc_inv(double a, double b, double p);
double stat_gammainc_p(double a, double x); /* regularised lower incomplete gamma */
double stat_gammainc_q(double a, double x); /* upper */
double stat_norm_cdf(double z);
double stat_norm_sf(double z);
double stat_norm_quantile(double p);
double stat_t_cdf(double t, double df);
double stat_t_sf(double t, double df);
double stat_t_quantile(double p, double df);
double stat_chi2_sf(double x, double df);
double stat_log_choose(double n, double k);

/* Sum with Neumaier compensation; { 0 } is an empty sum. */
struct stat_sum {
	double sum, comp;
};
void stat_sum_add(struct stat_sum *s, double x);
double stat_sum_value(const struct stat_sum *s);

#endif
