/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intervals for rates and means. alpha is the two-sided error, 0.05 for 95 %. Functions return 0,
 * or -1 (with *ret untouched) where the interval does not exist: counts that make no rate, alpha
 * outside (0,1), a standard error that is unknown.
 *
 * Which one when: one binary outcome a task, Wilson; task means or clusters, interval_t() on the
 * (clustered) standard error, and interval_wilson_eff() near 0 and 1; all or nothing passed,
 * interval_all_or_none(); a guaranteed bound for a gate, Clopper-Pearson. Jeffreys and
 * Agresti-Coull are here for comparison. The Wald interval is missing on purpose: at n = 20 and
 * p = 0.95 its "95 %" covers 64 %.
 */
#ifndef HARNESS_STATS_INTERVAL_H
#define HARNESS_STATS_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interval {
	double lo, hi;
};

/*
 * x successes of n; x and n may be fractional for the effective-n form. Wilson 1927; stays in
 * [0,1]; never of zero width; coverage near 1 - alpha also at the ends (Brown, Cai & DasGupta
 * 2001).
 *   centre (p + z^2/2n) / (1 + z^2/n), half z sqrt(p(1-p)/n + z^2/4n^2) / (1 + z^2/n)
 */
int interval_wilson(double x, double n, double alpha, struct interval *ret);
/*
 * Wilson with continuity correction (Newcombe 1998, method 4), the correction min(1/2, |x - n/2|)
 * as R's prop.test has it.
 */
int interval_wilson_cc(int64_t x, int64_t n, double alpha, struct interval *ret);
/* Covers at least 1 - alpha for every p (Clopper & Pearson 1934): quantiles of Beta. */
int interval_clopper_pearson(int64_t x, int64_t n, double alpha, struct interval *ret);
/* Quantiles of Beta(x + 1/2, n - x + 1/2), the end at 0 or n moved to 0 or 1 (Brown et al.). */
int interval_jeffreys(int64_t x, int64_t n, double alpha, struct interval *ret);
/* Wald around (x + z^2/2) / (n + z^2), cut to [0,1] (Agresti & Coull 1998). */
int interval_agresti_coull(int64_t x, int64_t n, double alpha, struct interval *ret);
/*
 * n trials that all passed (or all failed): one-sided at level alpha, [alpha^(1/n), 1] or
 * [0, 1 - alpha^(1/n)]. The failure rate after n passes is at most about 3/n ("rule of three",
 * Hanley & Lippman-Hand 1983). Holds for the mean of any n independent values in [0,1] that all
 * came out 1 (or 0), since P(value = 1) <= mean.
 */
int interval_all_or_none(int64_t n, bool is_all, double alpha, struct interval *ret);

/* A standard error below this is rounding and counts as 0: rates live in [0,1]. */
#define INTERVAL_SE_MIN 1e-12

/*
 * The n of a binomial with this mean and standard error, m(1-m)/se^2 (Korn & Graubard 1998); the
 * number of clusters where se counts as 0 or the mean is 0 or 1. NaN outside the domain.
 */
double interval_effective_n(double mean, double se, int64_t n_clusters);
/* Wilson with that n. Never of zero width. */
int interval_wilson_eff(double mean, double se, int64_t n_clusters, double alpha,
			struct interval *ret);
/* mean -+ se times the quantile of t (df > 0) or of the normal. Not cut to any range. */
int interval_t(double mean, double se, double df, double alpha, struct interval *ret);
int interval_z(double mean, double se, double alpha, struct interval *ret);

/*
 * The exact probability that an interval for x of n covers p, x ~ Binomial(n, p): a check of the
 * interval, by summing over all x. n is at most 1e7.
 */
typedef int interval_fn(int64_t x, int64_t n, double alpha, struct interval *ret);
int interval_coverage(interval_fn *interval, int64_t n, double p, double alpha, double *ret);

/*
 * Mean of items in clusters; cluster[i] says which group item i belongs to (0..n_clusters-1), NULL
 * that each item stands alone. Groups without items do not count. Samples of one task are one
 * cluster. What does not exist is NaN (print n/a, never 0): se_iid of one item, se_cluster of one
 * cluster, design_effect where se_iid is 0. ci_cluster with 4 clusters or fewer should not be
 * shown. -1: no items, a group number out of range, alpha outside (0,1).
 *
 * Liang & Zeger 1986; Miller 2024 (arXiv:2411.00640), who leaves G/(G-1) out.
 */
struct mean_se {
	size_t n, clusters;
	double mean;
	double se_iid;                      /* sqrt(sum (x-mean)^2 / (n(n-1))) */
	double se_cluster;                  /* with the factor G/(G-1) */
	double se_cluster_raw;              /* without it (negative reference) */
	double design_effect;               /* (se_cluster/se_iid)^2; NaN where se_iid is 0 */
	struct interval ci_iid, ci_cluster; /* t with n-1 and G-1 degrees of freedom */
	double mean_clusters;               /* every cluster once: the mean of cluster means */
	double se_mean_clusters;            /* their sd / sqrt(G) */
};
int mean_se(const double *x, const size_t *cluster, size_t n, size_t n_clusters, double alpha,
	    struct mean_se *ret);

#endif
