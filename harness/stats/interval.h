/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intervals for rates and means. alpha is the two-sided error, 0.05 for 95 %. Return 0, or -1 where
 * the interval does not exist.
 */
#ifndef HARNESS_STATS_INTERVAL_H
#define HARNESS_STATS_INTERVAL_H

#include <stddef.h>
#include <stdint.h>

struct interval {
	double lo, hi;
};

/* x successes of n; x and n may be fractional for the effective-n form. */
int interval_wilson(double x, double n, double alpha, struct interval *ret);
int interval_wilson_cc(int64_t x, int64_t n, double alpha, struct interval *ret);
int interval_clopper_pearson(int64_t x, int64_t n, double alpha, struct interval *ret);
int interval_jeffreys(int64_t x, int64_t n, double alpha, struct interval *ret);
int interval_agresti_coull(int64_t x, int64_t n, double alpha, struct interval *ret);
/* Wilson with n_eff = m(1-m)/se^2 (se = 0: n_clusters). Never of zero width. */
int interval_wilson_eff(double mean, double se, int64_t n_clusters, double alpha,
			struct interval *ret);

/* Mean of items in clusters; cluster[i] says which group item i belongs to (0..n_clusters-1). */
struct mean_se {
	size_t n, clusters;
	double mean;
	double se_iid;                      /* sqrt(sum (x-mean)^2 / (n(n-1))) */
	double se_cluster;                  /* with the factor G/(G-1) */
	double se_cluster_raw;              /* without it (negative reference) */
	double design_effect;               /* (se_cluster/se_iid)^2; NaN where se_iid is 0 */
	struct interval ci_iid, ci_cluster; /* t with n-1 and G-1 degrees of freedom */
};
int mean_se(const double *x, const size_t *cluster, size_t n, size_t n_clusters, double alpha,
	    struct mean_se *ret);

#endif
