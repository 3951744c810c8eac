/* SPDX-License-Identifier: Apache-2.0 */
/* Distributions and their quantiles, on top of the incomplete functions of special.c. */
#include "harness/stats/special.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#define ROOT_HALF   0.70710678118654752440084436210485
#define ROOT_TWO_PI 2.5066282746310005024157652848110
#define PI_SQUARED  9.8696044010893586188344909998762

double stat_norm_cdf(double z)
{
	return 0.5 * erfc(-z * ROOT_HALF);
}

double stat_norm_sf(double z)
{
	return 0.5 * erfc(z * ROOT_HALF);
}

/*
 * The z >= 0 with upper tail p <= 1/2. The start is good to 4.5e-4 (Hastings 1955; Abramowitz &
 * Stegun 26.2.23); Newton on the logarithm of the tail then doubles the digits with every step.
 */
static double norm_upper(double p)
{
	double t = sqrt(-2 * log(p));
	double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
			       (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));

	for (int i = 0; i < 10; i++) {
		double tail = stat_norm_sf(z);
		double step = log(tail / p) * tail * ROOT_TWO_PI * exp(0.5 * z * z);

		z += step;
		if (fabs(step) <= 4 * DBL_EPSILON * z)
			break;
	}
	return z;
}

double stat_norm_quantile(double p)
{
	if (!(p >= 0 && p <= 1))
		return NAN;
	if (p == 0 || p == 1)
		return p == 0 ? -INFINITY : INFINITY;
	if (p == 0.5)
		return 0;
	return p < 0.5 ? -norm_upper(p) : norm_upper(1 - p);
}

/* df/(df+t^2) and t^2/(df+t^2), neither by subtraction and without overflow of t^2. */
static void t_point(double t, double df, double ret_xy[2])
{
	double r = fabs(t) / sqrt(df);
	bool is_far = r > 1;
	double s = is_far ? 1 / r : r;

	ret_xy[!is_far] = s * s / (1 + s * s);
	ret_xy[is_far] = 1 / (1 + s * s);
}

double stat_t_sf(double t, double df)
{
	double xy[2];

	if (isnan(t) || !(df > 0))
		return NAN;
	if (isinf(df))
		return stat_norm_sf(t);
	t_point(t, df, xy);
	if (t < 0)
		return 1 - 0.5 * stat_betainc_xy(0.5 * df, 0.5, xy[0], xy[1]);
	return 0.5 * stat_betainc_xy(0.5 * df, 0.5, xy[0], xy[1]);
}

double stat_t_cdf(double t, double df)
{
	return stat_t_sf(-t, df);
}

double stat_t_quantile(double p, double df)
{
	double tail = p < 0.5 ? p : 1 - p, t;
	const double pq[2] = { 2 * tail, 1 - 2 * tail };
	double xy[2];

	if (!(p >= 0 && p <= 1 && df > 0))
		return NAN;
	if (isinf(df))
		return stat_norm_quantile(p);
	if (!stat_betainc_inv_xy(0.5 * df, 0.5, pq, xy))
		return NAN;
	t = sqrt(df * xy[1] / xy[0]);
	return p < 0.5 ? -t : t;
}

double stat_chi2_sf(double x, double df)
{
	return x < 0 ? 1 : stat_gammainc_q(0.5 * df, 0.5 * x);
}

static bool is_binomial(double k, double n, double p)
{
	return k >= 0 && k <= n && isfinite(n) && k == floor(k) && n == floor(n) && p >= 0 &&
	       p <= 1;
}

double stat_binom_pmf(double k, double n, double p)
{
	return is_binomial(k, n, p) ? stat_binom_term(k, n - k, p, 1 - p) : NAN;
}

double stat_binom_cdf(double k, double n, double p)
{
	if (!is_binomial(k, n, p))
		return NAN;
	return k == n ? 1 : stat_betainc_xy(n - k, k + 1, 1 - p, p);
}

double stat_binom_sf_ge(double k, double n, double p)
{
	if (!is_binomial(k, n, p))
		return NAN;
	return k == 0 ? 1 : stat_betainc_xy(k, n - k + 1, p, 1 - p);
}

/* sqrt(2 pi)/x sum exp(-(2j-1)^2 pi^2 / (8 x^2)): the distribution function, fast for small x. */
static double kolmogorov_cdf_small(double x)
{
	double sum = 0;

	for (int j = 1; j <= 9; j += 2)
		sum += exp(-j * j * PI_SQUARED / (8 * x * x));
	return ROOT_TWO_PI / x * sum;
}

double stat_kolmogorov_sf(double x)
{
	double sum = 0;

	if (!(x > 0))
		return isnan(x) ? NAN : 1;
	if (x < 1)
		return 1 - kolmogorov_cdf_small(x);
	for (int j = 5; j >= 1; j--)
		sum = exp(-2.0 * j * j * x * x) - sum;
	return 2 * sum;
}
