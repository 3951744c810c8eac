/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics without the oracle files: values in place, properties, and the choice of interval. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "harness/stats/interval.h"
#include "harness/stats/passk.h"
#include "harness/stats/special.h"

static void assert_close(double got, double want, double rel)
{
	if (!(fabs(got - want) <= rel * fabs(want)))
		fail_msg("%.17g is not %.17g", got, want);
}

/* ---- special functions ---- */

static void special_functions_keep_their_digits_in_the_tails(void **state)
{
	const struct {
		double got, want;
	} rows[] = {
		{ stat_norm_sf(9), 1.1285884059538405e-19 },
		{ stat_norm_sf(6), 9.86587645037698e-10 },
		{ stat_norm_quantile(1e-300), -37.0470962993612 },
		{ stat_norm_quantile(0.975), 1.9599639845400538 },
		{ stat_t_sf(3.5, 99), 0.00034953232418439726 },
		{ stat_t_sf(1, 1000.5), 0.15877614861011746 },
		{ stat_t_quantile(0.975, 1), 12.706204736174694 },
		{ stat_t_quantile(0.975, 5), 2.5705818356363155 },
		{ stat_t_quantile(0.995, 163), 2.6063275150437994 },
		{ stat_chi2_sf(700, 5), 4.9119861035732e-149 },
		{ stat_chi2_sf(150, 100), 0.0009039320423540091 },
		{ stat_betainc(3, 7, 1e-6), 8.399962200075599e-17 },
		{ stat_betainc(10000, 10000, 0.505), 0.9213529911183359 },
		{ stat_betainc_inv(0.5, 0.5, 0.025), 0.001541333133436012 },
		{ stat_betainc_inv(200, 5, 0.05), 0.9556942343314491 },
		{ stat_binom_pmf(490, 500, 0.95), 0.00029165351975711393 },
		{ stat_binom_sf_ge(5, 20, 0.1), 0.04317449528446339 },
		{ stat_log_choose(1e9, 1), 20.72326583694641 },
		{ stat_log_beta(500, 500), -694.9887224857134 },
		{ stat_gammainc_p(3, 2) + stat_gammainc_q(3, 2), 1 },
		{ stat_kolmogorov_sf(2), 0.0006709252557796953 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_close(rows[i].got, rows[i].want, 1e-12);
}

static void quantiles_invert_their_distributions(void **state)
{
	static const double ps[] = { 1e-12, 0.001, 0.025, 0.3, 0.5, 0.7, 0.999 };
	static const double dfs[] = { 1, 2.5, 30, 1e6, 1e9 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ps); i++) {
		assert_close(stat_norm_cdf(stat_norm_quantile(ps[i])), ps[i], 1e-12);
		assert_close(stat_betainc(2, 5, stat_betainc_inv(2, 5, ps[i])), ps[i], 1e-12);
		for (size_t d = 0; d < ARRAY_SIZE(dfs); d++)
			assert_close(stat_t_cdf(stat_t_quantile(ps[i], dfs[d]), dfs[d]), ps[i],
				     1e-12);
	}
	assert_true(stat_t_quantile(0.3, INFINITY) == stat_norm_quantile(0.3));
	assert_true(isinf(stat_norm_quantile(1)) && isinf(stat_t_quantile(0, 3)));
}

static void arguments_outside_the_domain_give_nan(void **state)
{
	(void)state;
	assert_true(isnan(stat_norm_quantile(-0.1)) && isnan(stat_norm_quantile(NAN)));
	assert_true(isnan(stat_t_quantile(1.5, 3)) && isnan(stat_t_quantile(0.5, 0)));
	assert_true(isnan(stat_t_sf(NAN, 3)) && isnan(stat_t_sf(1, -1)));
	assert_true(isnan(stat_betainc(0, 1, 0.5)) && isnan(stat_betainc(1, 1, 1.5)));
	assert_true(isnan(stat_betainc_inv(1, 1, 2)) && isnan(stat_gammainc_p(0, 1)));
	assert_true(isnan(stat_gammainc_q(1, -1)) && isnan(stat_log_choose(3, 4)));
	assert_true(isnan(stat_binom_pmf(1.5, 3, 0.5)) && isnan(stat_log_gamma(-1)));
	assert_true(isnan(stat_mean(NULL, 0)) && isnan(stat_sd((double[]){ 1 }, 1)));
}

static void sums_are_compensated(void **state)
{
	static const double x[] = { 1, 1e100, 1, -1e100 };
	static const double flat[] = { 0.1, 0.1, 0.1 };

	(void)state;
	assert_true(stat_mean(x, 4) == 0.5);
	assert_true(stat_sd(flat, 3) == 0);
}

/* ---- pass@k of one task ---- */

static void pass_at_k_and_pass_hat_k_have_known_values(void **state)
{
	static const struct {
		int64_t n, c, k;
		double at, hat;
	} rows[] = {
		{ 5, 3, 2, 0.9, 0.3 },
		{ 10, 7, 3, 119.0 / 120, 0.2916666666666667 },
		{ 10, 3, 5, 11.0 / 12, 0 },
		{ 20, 1, 10, 0.5, 0 },
		{ 100, 50, 10, 0.9994065803274141, 0.0005934196725858287 },
		{ 200, 13, 10, 0.49755111473060615, 1.2738851058221087e-14 },
		{ 200, 100, 100, 1, 1.1043803465997514e-59 },
		{ 1000, 37, 100, 0.9812074826020137, 0 },
		{ 1000000, 5, 10, 4.9999100006299994e-05, 0 },
		{ 1000000000, 1, 1, 1e-9, 1e-9 },
		{ 1000000000, 2, 2, 3.999999998e-9, 2.000000002e-18 },
		{ 1000000000, 1, 400000000, 0.4, 0 },
	};
	double at, hat;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(pass_at_k(rows[i].n, rows[i].c, rows[i].k, &at), 0);
		assert_int_equal(pass_hat_k(rows[i].n, rows[i].c, rows[i].k, &hat), 0);
		assert_close(at, rows[i].at, 2e-13);
		assert_close(hat, rows[i].hat, 2e-13);
	}
}

static void what_does_not_exist_is_refused_and_leaves_the_output_alone(void **state)
{
	static const int64_t rows[][3] = { /* n, c, k */
					   { 1, 0, 2 },         { 5, 0, 10 },       { 5, 5, 10 },
					   { 0, 0, 1 },         { 5, 6, 1 },        { 5, -1, 1 },
					   { 5, 2, 0 },         { 5, 2, -1 },       { -5, -6, -7 },
					   { INT64_MAX, 1, 1 }, { 5, INT64_MIN, 1 }
	};
	static const struct beta_prior uniform = { 1, 1 };
	double x = 7, y = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t n = rows[i][0], c = rows[i][1], k = rows[i][2];

		assert_int_equal(pass_at_k(n, c, k, &x), -1);
		assert_int_equal(pass_hat_k(n, c, k, &x), -1);
		assert_int_equal(pass_at_k_rerun_var(n, c, k, &x), -1);
		assert_int_equal(pass_hat_k_rerun_var(n, c, k, &x), -1);
		assert_int_equal(pass_at_k_posterior(n, c, k, &uniform, &x, &y), -1);
	}
	assert_int_equal(pass_at_k_rerun_var(10, 3, 6, &x), -1);
	assert_int_equal(pass_at_k_true_var(10, 3, 1.5, &x, &y), -1);
	assert_true(x == 7 && y == 7);
}

static void pass_at_one_is_c_of_n_and_pass_at_n_is_whether_any_passed(void **state)
{
	double v;

	(void)state;
	for (int64_t n = 1; n <= 30; n++) {
		for (int64_t c = 0; c <= n; c++) {
			assert_int_equal(pass_at_k(n, c, 1, &v), 0);
			assert_true(v == (double)c / (double)n);
			assert_int_equal(pass_hat_k(n, c, 1, &v), 0);
			assert_true(v == (double)c / (double)n);
			assert_int_equal(pass_at_k(n, c, n, &v), 0);
			assert_true(v == (c > 0));
			assert_int_equal(pass_hat_k(n, c, n, &v), 0);
			assert_true(v == (c == n));
		}
	}
}

/* C(n-a,k)/C(n,k) one factor after the other. */
static double avoid_by_product(int64_t n, int64_t a, int64_t k)
{
	double q = 1;

	for (int64_t j = 0; j < k; j++)
		q *= (double)(n - a - j > 0 ? n - a - j : 0) / (double)(n - j);
	return q;
}

static void small_cases_agree_with_the_definition(void **state)
{
	double at, hat, var;

	(void)state;
	for (int64_t n = 1; n <= 12; n++) {
		for (int64_t c = 0; c <= n; c++) {
			for (int64_t k = 1; k <= n; k++) {
				double q = avoid_by_product(n, c, k);

				assert_int_equal(pass_at_k(n, c, k, &at), 0);
				assert_int_equal(pass_hat_k(n, n - c, k, &hat), 0);
				assert_true(fabs(at - (1 - q)) < 1e-14);
				assert_true(fabs(hat - q) < 1e-14);
				if (pass_at_k_rerun_var(n, c, k, &var) < 0)
					continue;
				assert_true(var >= 0);
				q = q * q - avoid_by_product(n, c, 2 * k);
				assert_true(fabs(var - q) < 1e-14);
			}
		}
	}
}

static void the_rerun_variance_is_unbiased_for_the_true_one(void **state)
{
	const int64_t n = 12, k = 3;
	double mean_at = 0, mean_hat = 0, v, mean, var;

	(void)state;
	for (int64_t c = 0; c <= n; c++) {
		double weight = stat_binom_pmf((double)c, (double)n, 0.35);

		assert_int_equal(pass_at_k_rerun_var(n, c, k, &v), 0);
		mean_at += weight * v;
		assert_int_equal(pass_hat_k_rerun_var(n, c, k, &v), 0);
		mean_hat += weight * v;
	}
	assert_int_equal(pass_at_k_true_var(n, k, 0.35, &mean, &var), 0);
	assert_close(mean, 1 - pow(0.65, 3), 1e-13);
	assert_close(mean_at, var, 1e-12);
	assert_int_equal(pass_hat_k_true_var(n, k, 0.35, &mean, &var), 0);
	assert_close(mean_hat, var, 1e-12);
}

static void variances_keep_their_digits_for_huge_n(void **state)
{
	static const struct beta_prior uniform = { 1, 1 };
	double v, mean;

	(void)state;
	/* p(1-p)/(n-1) with p = 1e-9 */
	assert_int_equal(pass_at_k_rerun_var(1000000000, 1, 1, &v), 0);
	assert_close(v, 1e-18, 1e-12);
	assert_int_equal(pass_at_k_posterior(1000000000, 0, 1, &uniform, &mean, &v), 0);
	assert_close(mean, 1 / (1e9 + 2), 1e-12);
	assert_close(v, (1e9 + 1) / ((1e9 + 2) * (1e9 + 2) * (1e9 + 3)), 1e-12);
}

static void posteriors_have_known_values(void **state)
{
	static const struct beta_prior uniform = { 1, 1 }, bad = { 0, 1 };
	const struct task_count t = { 10, 3 };
	struct pass_posterior post;
	double mean, var;

	(void)state;
	assert_int_equal(pass_at_k_posterior(10, 3, 5, &uniform, &mean, &var), 0);
	assert_close(mean, 0.8186813186813187, 1e-13);
	assert_close(var, 0.0222613804163833, 1e-12);
	assert_int_equal(pass_hat_k_posterior(10, 3, 5, &uniform, &mean, &var), 0);
	assert_close(mean, 0.012820512820512818, 1e-13);
	assert_int_equal(pass_posterior_interval(&t, 5, &uniform, 0.05, &post), 0);
	assert_close(post.p.lo, 0.10926344381909811, 1e-12);
	assert_close(post.at_k.hi, 0.9909477620980216, 1e-12);
	assert_close(post.hat_k.lo, pow(post.p.lo, 5), 1e-12);
	assert_int_equal(pass_posterior_interval(&t, 5, &uniform, 1, &post), -1);
	assert_int_equal(pass_at_k_posterior(10, 3, 5, &bad, &mean, &var), -1);
}

/* ---- intervals ---- */

static void intervals_have_known_values(void **state)
{
	struct interval w, cc, cp, j, ac, none, eff;

	(void)state;
	assert_int_equal(interval_wilson(81, 263, 0.05, &w), 0);
	assert_close(w.lo, 0.2552885198782742, 1e-12);
	assert_close(w.hi, 0.36620957698280004, 1e-12);
	assert_int_equal(interval_wilson_cc(15, 148, 0.05, &cc), 0);
	assert_close(cc.lo, 0.0597782084284981, 1e-12);
	assert_int_equal(interval_clopper_pearson(1, 29, 0.05, &cp), 0);
	assert_close(cp.lo, 0.000872646883579922, 1e-12);
	assert_close(cp.hi, 0.1776442954887229, 1e-12);
	assert_int_equal(interval_jeffreys(3, 7, 0.01, &j), 0);
	assert_close(j.lo, 0.0837076180379102, 1e-12);
	assert_int_equal(interval_agresti_coull(95, 100, 0.05, &ac), 0);
	assert_close(ac.hi, 0.9813236408014828, 1e-12);
	assert_int_equal(interval_all_or_none(30, false, 0.05, &none), 0);
	assert_close(none.hi, 0.09503385285530419, 1e-12);
	assert_int_equal(interval_wilson_eff(0.95, 0.03, 40, 0.05, &eff), 0);
	assert_close(eff.hi, 0.9839272680541807, 1e-12);
}

static void no_interval_is_wald(void **state)
{
	struct interval ci[5];

	(void)state;
	assert_int_equal(interval_wilson(20, 20, 0.05, &ci[0]), 0);
	assert_int_equal(interval_wilson_cc(20, 20, 0.05, &ci[1]), 0);
	assert_int_equal(interval_clopper_pearson(20, 20, 0.05, &ci[2]), 0);
	assert_int_equal(interval_jeffreys(20, 20, 0.05, &ci[3]), 0);
	assert_int_equal(interval_agresti_coull(20, 20, 0.05, &ci[4]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ci); i++)
		assert_true(ci[i].hi == 1 && ci[i].lo < 0.9);
}

static void wilson_contains_the_rate_and_mirrors_and_stays_inside(void **state)
{
	static const int64_t ns[] = { 1, 2, 7, 100, 164, 1000000000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ns); i++) {
		double n = (double)ns[i];

		for (int part = 0; part <= 20; part++) {
			double x = floor(n * part / 20);
			struct interval ci, other;

			assert_int_equal(interval_wilson(x, n, 0.05, &ci), 0);
			assert_int_equal(interval_wilson(n - x, n, 0.05, &other), 0);
			assert_true(0 <= ci.lo && ci.lo <= x / n && x / n <= ci.hi && ci.hi <= 1);
			assert_true(ci.lo < ci.hi);
			assert_true(fabs(ci.lo + other.hi - 1) < 1e-15);
		}
	}
}

static void intervals_that_do_not_exist_are_refused(void **state)
{
	struct interval ci = { 7, 7 };
	struct mean_se m;
	double x = 1, c = 7;
	const size_t far = 3;

	(void)state;
	assert_int_equal(interval_wilson(0, 0, 0.05, &ci), -1);
	assert_int_equal(interval_wilson(3, 2, 0.05, &ci), -1);
	assert_int_equal(interval_wilson(NAN, 2, 0.05, &ci), -1);
	assert_int_equal(interval_wilson_cc(-1, 2, 0.05, &ci), -1);
	assert_int_equal(interval_clopper_pearson(INT64_MIN, INT64_MAX, 0.05, &ci), -1);
	assert_int_equal(interval_jeffreys(1, 2, 0, &ci), -1);
	assert_int_equal(interval_agresti_coull(1, 2, NAN, &ci), -1);
	assert_int_equal(interval_all_or_none(0, true, 0.05, &ci), -1);
	assert_int_equal(interval_wilson_eff(0.5, NAN, 9, 0.05, &ci), -1);
	assert_int_equal(interval_wilson_eff(0.5, 0.1, 0, 0.05, &ci), -1);
	assert_int_equal(interval_t(0.5, 0.1, 0, 0.05, &ci), -1);
	assert_int_equal(interval_coverage(interval_clopper_pearson, 0, 0.5, 0.05, &c), -1);
	assert_int_equal(mean_se(&x, NULL, 0, 0, 0.05, &m), -1);
	assert_int_equal(mean_se(&x, &far, 1, 3, 0.05, &m), -1);
	assert_true(ci.lo == 7 && ci.hi == 7 && c == 7);
}

static void clopper_pearson_covers_what_it_promises(void **state)
{
	double c;

	(void)state;
	for (int i = 1; i < 20; i++) {
		assert_int_equal(
			interval_coverage(interval_clopper_pearson, 25, i / 20.0, 0.05, &c), 0);
		assert_true(c >= 0.95);
	}
}

static void clusters_of_one_are_items_and_duplicates_do_not_shrink_the_error(void **state)
{
	static const double x[] = { 1, 0, 0.5, 1, 0.25, 1 };
	double twice[12];
	size_t cluster[12];
	struct mean_se single, alone, doubled;

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		cluster[i] = i % 6;
		twice[i] = x[i % 6];
	}
	assert_int_equal(mean_se(x, cluster, 6, 6, 0.05, &single), 0);
	assert_int_equal(mean_se(x, NULL, 6, 6, 0.05, &alone), 0);
	assert_int_equal(mean_se(twice, cluster, 12, 7, 0.05, &doubled), 0);
	assert_close(single.se_cluster, single.se_iid, 1e-14);
	assert_memory_equal(&single, &alone, sizeof(single));
	assert_int_equal(doubled.clusters, 6); /* the seventh is empty */
	assert_close(doubled.se_cluster, single.se_cluster, 1e-14);
	assert_true(doubled.se_iid < single.se_iid);
}

static void an_error_of_one_item_is_undefined_and_not_zero(void **state)
{
	static const size_t cluster[] = { 0, 0 };
	static const double x[] = { 1, 1 };
	struct mean_se m;

	(void)state;
	assert_int_equal(mean_se(x, cluster, 1, 1, 0.05, &m), 0);
	assert_true(m.mean == 1 && m.clusters == 1);
	assert_true(isnan(m.se_iid) && isnan(m.se_cluster) && isnan(m.ci_iid.lo));
	assert_int_equal(mean_se(x, cluster, 2, 1, 0.05, &m), 0);
	assert_true(m.se_iid == 0 && isnan(m.se_cluster) && isnan(m.se_cluster_raw));
	assert_true(isnan(m.design_effect) && isnan(m.ci_cluster.hi));
}

/* ---- a dataset ---- */

#define MAX_TASKS 40

/* n_tasks tasks of n samples; the first n_pass pass all, the next one `rest`, the others none. */
static void fill(struct task_count *t, size_t n_tasks, int64_t n, size_t n_pass, int64_t rest)
{
	for (size_t i = 0; i < n_tasks; i++) {
		t[i].n = n;
		t[i].c = i < n_pass ? n : i == n_pass ? rest : 0;
	}
}

static void the_interval_follows_the_rules(void **state)
{
	static const struct {
		size_t n_tasks, n_pass;
		int64_t n, rest, k;
		enum ci_method method;
	} rows[] = {
		{ 1, 1, 10, 0, 1, CI_NONE },        { 4, 2, 10, 0, 1, CI_NONE },
		{ 4, 2, 1, 0, 1, CI_NONE },         { 5, 5, 10, 0, 1, CI_EXACT },
		{ 5, 0, 10, 0, 2, CI_EXACT },       { 30, 30, 1, 0, 1, CI_EXACT },
		{ 30, 12, 1, 0, 1, CI_WILSON },     { 30, 29, 1, 0, 1, CI_WILSON },
		{ 30, 15, 10, 4, 10, CI_WILSON },   { 30, 15, 10, 4, 1, CI_T },
		{ 8, 4, 10, 4, 1, CI_WILSON_EFF },  { 30, 28, 10, 4, 1, CI_WILSON_EFF },
		{ 30, 1, 10, 4, 1, CI_WILSON_EFF }, { 12, 6, 4, 2, 1, CI_T },
	};
	struct task_count t[MAX_TASKS];
	struct pass_estimate e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fill(t, rows[i].n_tasks, rows[i].n, rows[i].n_pass, rows[i].rest);
		assert_int_equal(pass_at_k_estimate(t, rows[i].n_tasks, rows[i].k, 0.05, &e, NULL),
				 0);
		if (e.method != rows[i].method)
			fail_msg("row %zu: %s", i, ci_method_name(e.method));
		if (e.method == CI_NONE)
			assert_true(isnan(e.lo) && isnan(e.hi));
		else
			assert_true(0 <= e.lo && e.lo <= e.value && e.value <= e.hi && e.hi <= 1 &&
				    e.lo < e.hi);
		assert_int_equal(e.has_se_tasks, rows[i].n_tasks > 1);
		assert_int_equal(e.has_se_rerun, rows[i].n >= 2 * rows[i].k);
	}
}

static void tasks_that_are_all_alike_get_an_interval_of_some_width(void **state)
{
	struct task_count t[MAX_TASKS];
	struct pass_estimate e;

	(void)state;
	for (size_t i = 0; i < MAX_TASKS; i++)
		t[i] = (struct task_count){ i % 2 ? 10 : 20, i % 2 ? 3 : 6 };
	assert_int_equal(pass_at_k_estimate(t, MAX_TASKS, 1, 0.05, &e, NULL), 0);
	assert_int_equal(e.method, CI_WILSON_EFF);
	assert_true(e.hi - e.lo > 0.2);
}

static void exact_bounds_are_one_sided_over_tasks(void **state)
{
	struct task_count t[MAX_TASKS];
	struct pass_estimate e;

	(void)state;
	fill(t, 30, 7, 30, 0);
	assert_int_equal(pass_hat_k_estimate(t, 30, 3, 0.05, &e, NULL), 0);
	assert_int_equal(e.method, CI_EXACT);
	assert_close(1 - e.lo, 0.09503385285530419, 1e-12);
	assert_true(e.hi == 1 && e.value == 1 && e.se_rerun == 0);
	fill(t, 30, 7, 0, 0);
	assert_int_equal(pass_at_k_estimate(t, 30, 3, 0.05, &e, NULL), 0);
	assert_close(e.hi, 0.09503385285530419, 1e-12);
	assert_true(e.lo == 0);
}

static const struct task_count mixed[] = {
	{ 10, 3 }, { 20, 7 }, { 10, 10 }, { 12, 0 }, { 100, 1 }, { 12, 11 }, { 14, 6 }, { 10, 9 },
};

static void a_dataset_has_known_values_and_counts_every_task_once(void **state)
{
	struct pass_estimate e;
	struct interval t;
	double mean;

	(void)state;
	assert_int_equal(pass_at_k_estimate(mixed, ARRAY_SIZE(mixed), 1, 0.05, &e, NULL), 0);
	assert_close(e.value, 0.4881547619047619, 1e-13); /* pooled: 47 of 188 */
	assert_close(e.se_tasks, 0.14269039126994842, 1e-12);
	assert_close(e.se_rerun, 0.033351763104841614, 1e-12);
	assert_int_equal(e.method, CI_T);
	assert_close(e.lo, 0.1507456023216936, 1e-9);
	/* With k = 5 the t interval would end at 1.098: never cut, another method instead. */
	assert_int_equal(pass_at_k_estimate(mixed, ARRAY_SIZE(mixed), 5, 0.05, &e, NULL), 0);
	assert_int_equal(interval_t(e.value, e.se_tasks, 7, 0.05, &t), 0);
	assert_true(t.hi > 1);
	assert_int_equal(e.method, CI_WILSON_EFF);
	assert_int_equal(pass_hat_k_mean(mixed, ARRAY_SIZE(mixed), 1, &mean), 0);
	assert_close(mean, 0.4881547619047619, 1e-13);
}

static void the_order_of_tasks_changes_nothing(void **state)
{
	enum { N = ARRAY_SIZE(mixed) };
	struct task_count turned[N];
	struct pass_estimate a, b;

	(void)state;
	assert_int_equal(pass_at_k_estimate(mixed, N, 3, 0.05, &a, NULL), 0);
	for (size_t shift = 1; shift < N; shift++) {
		for (size_t i = 0; i < N; i++)
			turned[i] = mixed[(i + shift) % N];
		assert_int_equal(pass_at_k_estimate(turned, N, 3, 0.05, &b, NULL), 0);
		assert_close(b.value, a.value, 1e-15);
		assert_close(b.se_tasks, a.se_tasks, 1e-14);
		assert_close(b.se_rerun, a.se_rerun, 1e-14);
		assert_close(b.hi, a.hi, 1e-14);
		assert_int_equal(b.method, a.method);
	}
}

static void duplicating_samples_leaves_the_error_over_tasks_alone(void **state)
{
	enum { N = ARRAY_SIZE(mixed) };
	struct task_count twice[N];
	struct pass_estimate a, b;

	(void)state;
	for (size_t i = 0; i < N; i++)
		twice[i] = (struct task_count){ 2 * mixed[i].n, 2 * mixed[i].c };
	assert_int_equal(pass_at_k_estimate(mixed, N, 1, 0.05, &a, NULL), 0);
	assert_int_equal(pass_at_k_estimate(twice, N, 1, 0.05, &b, NULL), 0);
	assert_true(a.value == b.value && a.se_tasks == b.se_tasks && a.lo == b.lo);
	assert_true(b.se_rerun < a.se_rerun);
}

static void the_first_task_without_a_value_is_named(void **state)
{
	static const struct task_count few[] = { { 10, 3 }, { 5, 5 }, { 8, 0 }, { 20, 7 } };
	static const struct task_count wrong[] = { { 10, 3 }, { 5, 6 } };
	size_t bad = 99, list[4];
	struct pass_estimate e;

	(void)state;
	assert_int_equal(pass_at_k_estimate(few, 4, 10, 0.05, &e, &bad), -1);
	assert_int_equal(bad, 1);
	assert_int_equal(pass_k_too_few(few, 4, 10, list), 2);
	assert_true(list[0] == 1 && list[1] == 2);
	assert_int_equal(pass_hat_k_estimate(wrong, 2, 1, 0.05, &e, &bad), -1);
	assert_int_equal(bad, 1);
	assert_int_equal(pass_at_k_estimate(few, 0, 1, 0.05, &e, &bad), -1);
	assert_int_equal(bad, 0);
	assert_int_equal(pass_at_k_estimate(few, 4, 0, 0.05, &e, &bad), -1);
	assert_int_equal(bad, 4);
	assert_int_equal(pass_at_k_estimate(few, 4, 1, 1, &e, NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(special_functions_keep_their_digits_in_the_tails),
		cmocka_unit_test(quantiles_invert_their_distributions),
		cmocka_unit_test(arguments_outside_the_domain_give_nan),
		cmocka_unit_test(sums_are_compensated),
		cmocka_unit_test(pass_at_k_and_pass_hat_k_have_known_values),
		cmocka_unit_test(what_does_not_exist_is_refused_and_leaves_the_output_alone),
		cmocka_unit_test(pass_at_one_is_c_of_n_and_pass_at_n_is_whether_any_passed),
		cmocka_unit_test(small_cases_agree_with_the_definition),
		cmocka_unit_test(the_rerun_variance_is_unbiased_for_the_true_one),
		cmocka_unit_test(variances_keep_their_digits_for_huge_n),
		cmocka_unit_test(posteriors_have_known_values),
		cmocka_unit_test(intervals_have_known_values),
		cmocka_unit_test(no_interval_is_wald),
		cmocka_unit_test(wilson_contains_the_rate_and_mirrors_and_stays_inside),
		cmocka_unit_test(intervals_that_do_not_exist_are_refused),
		cmocka_unit_test(clopper_pearson_covers_what_it_promises),
		cmocka_unit_test(clusters_of_one_are_items_and_duplicates_do_not_shrink_the_error),
		cmocka_unit_test(an_error_of_one_item_is_undefined_and_not_zero),
		cmocka_unit_test(the_interval_follows_the_rules),
		cmocka_unit_test(tasks_that_are_all_alike_get_an_interval_of_some_width),
		cmocka_unit_test(exact_bounds_are_one_sided_over_tasks),
		cmocka_unit_test(a_dataset_has_known_values_and_counts_every_task_once),
		cmocka_unit_test(the_order_of_tasks_changes_nothing),
		cmocka_unit_test(duplicating_samples_leaves_the_error_over_tasks_alone),
		cmocka_unit_test(the_first_task_without_a_value_is_named),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
