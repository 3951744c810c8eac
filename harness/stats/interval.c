/* SPDX-License-Identifier: Apache-2.0 */
/* Intervals for rates and means; the header says which is for what. */
#include "harness/stats/interval.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "harness/stats/special.h"

#include <math.h>

#define COVERAGE_MAX_N 10000000

static bool is_error_level(double alpha)
{
	return alpha > 0 && alpha < 1;
}

static bool is_rate(double x, double n, double alpha)
{
	return n > 0 && isfinite(n) && x >= 0 && x <= n && is_error_level(alpha);
}

/* The z with alpha/2 above it. */
static double z_of(double alpha)
{
	return -stat_norm_quantile(0.5 * alpha);
}

/* One end of the score interval around the rate p: sign -1 for the lower, 1 for the upper. */
static double wilson_end(double p, double n, double z, int sign)
{
	double h = z * z / (2 * n);
	double end = (p + h + sign * z * sqrt(p * (1 - p) / n + h / (2 * n))) / (1 + 2 * h);

	return fmin(1, fmax(0, end)); /* leaves [0,1] by rounding only */
}

int interval_wilson(double x, double n, double alpha, struct interval *ret)
{
	if (!is_rate(x, n, alpha))
		return -1;
	ret->lo = x == 0 ? 0 : wilson_end(x / n, n, z_of(alpha), -1);
	ret->hi = x == n ? 1 : wilson_end(x / n, n, z_of(alpha), 1);
	return 0;
}

int interval_wilson_cc(int64_t x, int64_t n, double alpha, struct interval *ret)
{
	double p, shift;

	if (!is_rate((double)x, (double)n, alpha))
		return -1;
	p = (double)x / (double)n;
	shift = fmin(0.5, fabs((double)x - 0.5 * (double)n)) / (double)n;
	ret->lo = p - shift <= 0 ? 0 : wilson_end(p - shift, (double)n, z_of(alpha), -1);
	ret->hi = p + shift >= 1 ? 1 : wilson_end(p + shift, (double)n, z_of(alpha), 1);
	return 0;
}

int interval_clopper_pearson(int64_t x, int64_t n, double alpha, struct interval *ret)
{
	double pass = (double)x, fail = (double)n - (double)x;

	if (!is_rate((double)x, (double)n, alpha))
		return -1;
	ret->lo = x == 0 ? 0 : stat_betainc_inv(pass, fail + 1, 0.5 * alpha);
	ret->hi = x == n ? 1 : stat_betainc_inv(pass + 1, fail, 1 - 0.5 * alpha);
	return 0;
}

int interval_jeffreys(int64_t x, int64_t n, double alpha, struct interval *ret)
{
	double a = (double)x + 0.5, b = (double)n - (double)x + 0.5;

	if (!is_rate((double)x, (double)n, alpha))
		return -1;
	ret->lo = x == 0 ? 0 : stat_betainc_inv(a, b, 0.5 * alpha);
	ret->hi = x == n ? 1 : stat_betainc_inv(a, b, 1 - 0.5 * alpha);
	return 0;
}

int interval_agresti_coull(int64_t x, int64_t n, double alpha, struct interval *ret)
{
	double z, n_more, p, half;

	if (!is_rate((double)x, (double)n, alpha))
		return -1;
	z = z_of(alpha);
	n_more = (double)n + z * z;
	p = ((double)x + 0.5 * z * z) / n_more;
	half = z * sqrt(p * (1 - p) / n_more);
	ret->lo = fmax(0, p - half);
	ret->hi = fmin(1, p + half);
	return 0;
}

int interval_all_or_none(int64_t n, bool is_all, double alpha, struct interval *ret)
{
	double log_bound;

	if (n < 1 || !is_error_level(alpha))
		return -1;
	log_bound = log(alpha) / (double)n;
	ret->lo = is_all ? exp(log_bound) : 0;
	ret->hi = is_all ? 1 : -expm1(log_bound);
	return 0;
}

double interval_effective_n(double mean, double se, int64_t n_clusters)
{
	if (!(mean >= 0 && mean <= 1 && se >= 0) || n_clusters < 1)
		return NAN;
	if (se < INTERVAL_SE_MIN || mean == 0 || mean == 1)
		return (double)n_clusters;
	return mean * (1 - mean) / (se * se);
}

int interval_wilson_eff(double mean, double se, int64_t n_clusters, double alpha,
			struct interval *ret)
{
	double n = interval_effective_n(mean, se, n_clusters);

	return isnan(n) ? -1 : interval_wilson(mean * n, n, alpha, ret);
}

int interval_t(double mean, double se, double df, double alpha, struct interval *ret)
{
	double half;

	if (!(isfinite(mean) && se >= 0 && df > 0 && is_error_level(alpha)))
		return -1;
	half = -stat_t_quantile(0.5 * alpha, df) * se;
	ret->lo = mean - half;
	ret->hi = mean + half;
	return 0;
}

int interval_z(double mean, double se, double alpha, struct interval *ret)
{
	return interval_t(mean, se, INFINITY, alpha, ret);
}

int interval_coverage(interval_fn *interval, int64_t n, double p, double alpha, double *ret)
{
	struct stat_sum covered = { 0 };
	struct interval ci;

	if (n < 1 || n > COVERAGE_MAX_N || !(p >= 0 && p <= 1))
		return -1;
	for (int64_t x = 0; x <= n; x++) {
		if (interval(x, n, alpha, &ci) < 0)
			return -1;
		if (ci.lo <= p && p <= ci.hi)
			stat_sum_add(&covered, stat_binom_pmf((double)x, (double)n, p));
	}
	*ret = stat_sum_value(&covered);
	return 0;
}

/* ---- means of clustered items ---- */

struct group {
	size_t n;
	struct stat_sum x, deviation;
};

static bool are_groups_in_range(const size_t *cluster, size_t n, size_t n_clusters)
{
	for (size_t i = 0; cluster && i < n; i++)
		if (cluster[i] >= n_clusters)
			return false;
	return cluster || n == n_clusters;
}

static void fill_groups(const double *x, const size_t *cluster, size_t n, double mean,
			struct group *groups)
{
	for (size_t i = 0; i < n; i++) {
		struct group *g = &groups[cluster ? cluster[i] : i];

		g->n++;
		stat_sum_add(&g->x, x[i]);
		stat_sum_add(&g->deviation, x[i] - mean);
	}
}

/* Clustered errors from the groups; means[] has a place for every group. */
static void cluster_errors(const struct group *groups, size_t n_groups, double *means,
			   struct mean_se *m)
{
	struct stat_sum squares = { 0 };
	double count;

	for (size_t g = 0; g < n_groups; g++) {
		double d = stat_sum_value(&groups[g].deviation);

		if (!groups[g].n)
			continue;
		stat_sum_add(&squares, d * d);
		means[m->clusters++] = stat_sum_value(&groups[g].x) / (double)groups[g].n;
	}
	count = (double)m->clusters;
	m->mean_clusters = stat_mean(means, m->clusters);
	m->se_mean_clusters = stat_sd(means, m->clusters) / sqrt(count);
	m->se_cluster_raw = m->clusters < 2 ? NAN : sqrt(stat_sum_value(&squares)) / (double)m->n;
	m->se_cluster = m->se_cluster_raw * sqrt(count / (count - 1));
}

int mean_se(const double *x, const size_t *cluster, size_t n, size_t n_clusters, double alpha,
	    struct mean_se *ret)
{
	const struct interval none = { NAN, NAN };
	struct mean_se m = { .n = n, .ci_iid = none, .ci_cluster = none };
	auto_free struct group *groups = NULL;
	auto_free double *means = NULL;

	if (n == 0 || !is_error_level(alpha) || !are_groups_in_range(cluster, n, n_clusters))
		return -1;
	groups = xcalloc(n_clusters, sizeof(*groups));
	means = xcalloc(n_clusters, sizeof(*means));
	m.mean = stat_mean(x, n);
	m.se_iid = stat_sd(x, n) / sqrt((double)n);
	fill_groups(x, cluster, n, m.mean, groups);
	cluster_errors(groups, n_clusters, means, &m);
	m.design_effect = m.se_iid > 0 ? pow(m.se_cluster / m.se_iid, 2) : NAN;
	(void)interval_t(m.mean, m.se_iid, (double)n - 1, alpha, &m.ci_iid);
	(void)interval_t(m.mean, m.se_cluster, (double)m.clusters - 1, alpha, &m.ci_cluster);
	*ret = m;
	return 0;
}
