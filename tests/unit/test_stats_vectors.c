/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numeric oracles of the shared folder, run case by case: a table leads from the `fn` of a case
 * to the runner that computes its fields. A case with an unknown fn or field is a failure, and so
 * is a value that is nearer to a WRONG_ field than to the right one.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "harness/stats/interval.h"
#include "harness/stats/passk.h"
#include "harness/stats/special.h"

#define MAX_FIELDS 16
#define MAX_TASKS  64
#define MAX_BYTES  (1 << 22)

/* What a runner computed: numbers and pairs by the name of their field, or a refusal. */
struct result {
	struct field {
		const char *key;
		double v[2];
		size_t n; /* numbers in v */
	} fields[MAX_FIELDS];
	size_t n_fields;
	bool is_refused;
	size_t too_few[MAX_TASKS], n_too_few;
};

static void put(struct result *r, const char *key, double v)
{
	assert_true(r->n_fields < MAX_FIELDS);
	r->fields[r->n_fields++] = (struct field){ key, { v, NAN }, 1 };
}

static void put_pair(struct result *r, const char *key, int rc, const struct interval *ci)
{
	assert_true(r->n_fields < MAX_FIELDS);
	assert_int_equal(rc, 0);
	r->fields[r->n_fields++] = (struct field){ key, { ci->lo, ci->hi }, 2 };
}

static double num(const struct json *in, const char *key)
{
	const struct json *j = json_get(in, key);

	if (!j || json_type(j) != JSON_NUMBER)
		fail_msg("input without the number \"%s\"", key);
	return json_num(j);
}

static int64_t whole(const struct json *in, const char *key)
{
	return (int64_t)num(in, key);
}

/* ---- 01: functions of one to three numbers; the result has no name ---- */

struct scalar_fn {
	const char *name;
	const char *args[3];
	double (*f1)(double x);
	double (*f2)(double a, double b);
	double (*f3)(double a, double b, double c);
};

static const struct scalar_fn scalar_fns[] = {
	{ "lgamma", { "x" }, stat_log_gamma, NULL, NULL },
	{ "lbeta", { "a", "b" }, NULL, stat_log_beta, NULL },
	{ "betainc", { "a", "b", "x" }, NULL, NULL, stat_betainc },
	{ "betainv", { "a", "b", "p" }, NULL, NULL, stat_betainc_inv },
	{ "norm_cdf", { "z" }, stat_norm_cdf, NULL, NULL },
	{ "norm_sf", { "z" }, stat_norm_sf, NULL, NULL },
	{ "norm_ppf", { "p" }, stat_norm_quantile, NULL, NULL },
	{ "t_sf", { "t", "df" }, NULL, stat_t_sf, NULL },
	{ "t_ppf", { "p", "df" }, NULL, stat_t_quantile, NULL },
	{ "chi2_sf", { "x", "df" }, NULL, stat_chi2_sf, NULL },
	{ "binom_pmf", { "k", "n", "p" }, NULL, NULL, stat_binom_pmf },
	{ "binom_cdf", { "k", "n", "p" }, NULL, NULL, stat_binom_cdf },
	{ "binom_sf_ge", { "k", "n", "p" }, NULL, NULL, stat_binom_sf_ge },
	{ "kolmogorov_sf", { "x" }, stat_kolmogorov_sf, NULL, NULL },
};

static void run_scalar(const struct scalar_fn *f, const struct json *in, struct result *r)
{
	double a = num(in, f->args[0]);

	if (f->f1)
		put(r, "", f->f1(a));
	else if (f->f2)
		put(r, "", f->f2(a, num(in, f->args[1])));
	else
		put(r, "", f->f3(a, num(in, f->args[1]), num(in, f->args[2])));
}

/* ---- 02 and 03 ---- */

static void run_pass_at_k(const struct json *in, struct result *r)
{
	int64_t n = whole(in, "n"), c = whole(in, "c"), k = whole(in, "k");
	double at = NAN, hat = NAN;

	r->is_refused = pass_at_k(n, c, k, &at) < 0;
	assert_int_equal(pass_hat_k(n, c, k, &hat) < 0, r->is_refused);
	put(r, "pass_at_k", at);
	put(r, "pass_at_k_exact", at);
	put(r, "pass_hat_k", hat);
}

static size_t read_tasks(const struct json *in, struct task_count tasks[MAX_TASKS])
{
	const struct json *list = json_get(in, "tasks");
	size_t n = 0;

	for (const struct json *t = json_first(list); t; t = json_next(t)) {
		assert_true(n < MAX_TASKS);
		tasks[n].n = (int64_t)json_num(json_at(t, 0));
		tasks[n++].c = (int64_t)json_num(json_at(t, 1));
	}
	return n;
}

static void run_dataset(const struct json *in, struct result *r)
{
	struct task_count tasks[MAX_TASKS];
	size_t n = read_tasks(in, tasks), bad = n;
	int64_t k = whole(in, "k");
	double at = NAN, hat = NAN;
	struct pass_estimate e;

	r->n_too_few = pass_k_too_few(tasks, n, k, r->too_few);
	r->is_refused = pass_at_k_mean(tasks, n, k, &at) < 0;
	assert_int_equal(pass_hat_k_mean(tasks, n, k, &hat) < 0, r->is_refused);
	assert_int_equal(pass_at_k_estimate(tasks, n, k, 0.05, &e, &bad) < 0, r->is_refused);
	if (r->is_refused)
		assert_int_equal(bad, r->too_few[0]);
	else
		assert_true(e.value == at);
	put(r, "pass_at_k", at);
	put(r, "pass_hat_k", hat);
}

static void run_true_var(const struct json *in, struct result *r)
{
	int64_t n = whole(in, "n"), k = whole(in, "k");
	double p = num(in, "p"), mean, var;

	assert_int_equal(pass_at_k_true_var(n, k, p, &mean, &var), 0);
	put(r, "expected_pass_at_k", mean);
	put(r, "var_pass_at_k", var);
	assert_int_equal(pass_hat_k_true_var(n, k, p, &mean, &var), 0);
	put(r, "var_pass_hat_k", var);
}

static void run_rerun_var(const struct json *in, struct result *r)
{
	int64_t n = whole(in, "n"), c = whole(in, "c"), k = whole(in, "k");
	double at = NAN, hat = NAN;

	r->is_refused = pass_at_k_rerun_var(n, c, k, &at) < 0;
	assert_int_equal(pass_hat_k_rerun_var(n, c, k, &hat) < 0, r->is_refused);
	put(r, "v_pass_at_k", at);
	put(r, "v_pass_hat_k", hat);
}

static void run_pass_interval(const struct json *in, struct result *r)
{
	static const struct beta_prior uniform = { 1, 1 }, jeffreys = { 0.5, 0.5 };
	struct task_count tasks[MAX_TASKS];
	size_t n = read_tasks(in, tasks);
	int64_t k = whole(in, "k");
	double alpha = num(in, "alpha"), mean, sd;
	struct pass_estimate e;
	struct pass_split s;
	struct interval ci;

	assert_int_equal(pass_at_k_estimate(tasks, n, k, alpha, &e, NULL), 0);
	assert_true(e.has_se_tasks && e.has_se_rerun);
	put(r, "estimate", e.value);
	put(r, "se_tasks", e.se_tasks);
	put(r, "se_rerun_same_tasks", e.se_rerun);
	put_pair(r, "ci_t", interval_t(e.value, e.se_tasks, (double)n - 1, alpha, &ci), &ci);
	put_pair(r, "ci_z", interval_z(e.value, e.se_tasks, alpha, &ci), &ci);
	assert_int_equal(pass_at_k_split(tasks, n, k, &s), 0);
	put(r, "mean_within_variance", s.mean_within);
	put(r, "between_task_variance", s.between);
	put(r, "share_of_variance_from_sampling", s.share);
	assert_int_equal(pass_at_k_posterior_mean(tasks, n, k, &uniform, &mean, &sd), 0);
	put(r, "bayes_uniform_mean", mean);
	put(r, "bayes_uniform_sd", sd);
	assert_int_equal(pass_at_k_posterior_mean(tasks, n, k, &jeffreys, &mean, &sd), 0);
	put(r, "bayes_jeffreys_mean", mean);
	put(r, "bayes_jeffreys_sd", sd);
}

static void run_posterior(const struct json *in, struct result *r)
{
	const struct task_count t = { whole(in, "n"), whole(in, "c") };
	const struct beta_prior prior = { num(in, "a"), num(in, "b") };
	int64_t k = whole(in, "k");
	struct pass_posterior post;
	double mean, var;
	int rc;

	assert_int_equal(pass_at_k_posterior(t.n, t.c, k, &prior, &mean, &var), 0);
	put(r, "mean_pass_at_k", mean);
	put(r, "var_pass_at_k", var);
	assert_int_equal(pass_hat_k_posterior(t.n, t.c, k, &prior, &mean, &var), 0);
	put(r, "mean_pass_hat_k", mean);
	rc = pass_posterior_interval(&t, k, &prior, 0.05, &post);
	put_pair(r, "p_interval95", rc, &post.p);
	put_pair(r, "pass_at_k_interval95", rc, &post.at_k);
}

/* ---- 05 and 06 ---- */

static void run_proportion(const struct json *in, struct result *r)
{
	int64_t x = whole(in, "x"), n = whole(in, "n");
	double a = num(in, "alpha");
	struct interval ci;

	put_pair(r, "wilson", interval_wilson((double)x, (double)n, a, &ci), &ci);
	put_pair(r, "wilson_cc", interval_wilson_cc(x, n, a, &ci), &ci);
	put_pair(r, "clopper_pearson", interval_clopper_pearson(x, n, a, &ci), &ci);
	put_pair(r, "jeffreys", interval_jeffreys(x, n, a, &ci), &ci);
	put_pair(r, "agresti_coull", interval_agresti_coull(x, n, a, &ci), &ci);
}

static void run_all_pass(const struct json *in, struct result *r)
{
	int64_t n = whole(in, "n");
	struct interval fail, pass;

	assert_int_equal(interval_all_or_none(n, false, num(in, "alpha"), &fail), 0);
	assert_int_equal(interval_all_or_none(n, true, num(in, "alpha"), &pass), 0);
	assert_true(fail.lo == 0 && pass.hi == 1 && fabs(fail.hi + pass.lo - 1) < 1e-15);
	put(r, "exact", fail.hi);
	put(r, "rule_of_three", 3.0 / (double)n);
	assert_true(fail.hi < 3.0 / (double)n);
}

static void run_effective_n(const struct json *in, struct result *r)
{
	double m = num(in, "mean"), se = num(in, "se");
	int64_t clusters = whole(in, "clusters");
	struct interval ci;

	put(r, "n_eff", interval_effective_n(m, se, clusters));
	put_pair(r, "ci", interval_wilson_eff(m, se, clusters, num(in, "alpha"), &ci), &ci);
}

/* The interval that the program does not have, to see that its coverage is as bad as published. */
static int wald(int64_t x, int64_t n, double alpha, struct interval *ret)
{
	double p = (double)x / (double)n;

	return interval_z(p, sqrt(p * (1 - p) / (double)n), alpha, ret);
}

static int wilson_of_counts(int64_t x, int64_t n, double alpha, struct interval *ret)
{
	return interval_wilson((double)x, (double)n, alpha, ret);
}

static void run_coverage(const struct json *in, struct result *r)
{
	static const struct {
		const char *key;
		interval_fn *interval;
	} rows[] = {
		{ "wald", wald },
		{ "wilson", wilson_of_counts },
		{ "cp", interval_clopper_pearson },
	};
	double c;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(interval_coverage(rows[i].interval, whole(in, "n"), num(in, "p"),
						   num(in, "alpha"), &c),
				 0);
		put(r, rows[i].key, c);
	}
}

static void run_mean_se(const struct json *in, struct result *r)
{
	double x[512];
	size_t cluster[512], n = 0, groups = 0;
	struct mean_se m;

	for (const struct json *g = json_first(json_get(in, "groups")); g; g = json_next(g)) {
		for (const struct json *v = json_first(g); v; v = json_next(v)) {
			assert_true(n < ARRAY_SIZE(x));
			cluster[n] = groups;
			x[n++] = json_num(v);
		}
		groups++;
	}
	assert_int_equal(mean_se(x, cluster, n, groups, num(in, "alpha"), &m), 0);
	put(r, "n", (double)m.n);
	put(r, "clusters", (double)m.clusters);
	put(r, "mean_of_items", m.mean);
	put(r, "se_iid", m.se_iid);
	put(r, "se_cluster", m.se_cluster);
	put(r, "se_cluster_no_correction", m.se_cluster_raw);
	put(r, "design_effect", m.design_effect);
	put_pair(r, "ci_cluster_t", 0, &m.ci_cluster);
	put(r, "mean_of_cluster_means", m.mean_clusters);
	put(r, "se_of_cluster_means", m.se_mean_clusters);
}

static void run_std(const struct json *in, struct result *r)
{
	double x[64];
	size_t n = 0;

	for (const struct json *v = json_first(json_get(in, "x")); v; v = json_next(v)) {
		assert_true(n < ARRAY_SIZE(x));
		x[n++] = json_num(v);
	}
	put(r, "sample", stat_sd(x, n));
}

static const struct {
	const char *fn;
	void (*run)(const struct json *in, struct result *r);
} runners[] = {
	{ "pass_at_k", run_pass_at_k },
	{ "pass_at_k_dataset", run_dataset },
	{ "pass_at_k_true_sampling_variance", run_true_var },
	{ "pass_at_k_within_variance_unbiased", run_rerun_var },
	{ "pass_at_k_interval", run_pass_interval },
	{ "pass_at_k_posterior", run_posterior },
	{ "proportion_ci", run_proportion },
	{ "all_pass_upper_failure_rate", run_all_pass },
	{ "wilson_effective_n", run_effective_n },
	{ "exact_coverage", run_coverage },
	{ "mean_se", run_mean_se },
	{ "std", run_std },
};

/* ---- comparing ---- */

/* The right field of each wrong one. */
static const struct {
	const char *wrong, *right;
} wrong_fields[] = {
	{ "WRONG_plugin_1_minus_(1-c/n)^k", "pass_at_k" },
	{ "WRONG_pooled_c_over_n_k1", "pass_at_k" },
	{ "WRONG_wald", "wilson" },
	{ "WRONG_population", "sample" },
};

struct tolerance {
	double abs, rel;
};

/*
 * Fields where the oracle is further off than its tolerance, with the value of 40-digit arithmetic
 * that is asked for instead, to the same tolerance. balanced: its t quantile with 5 degrees of
 * freedom is 2.57058183661 where 2.57058183564 is right.
 */
static const struct correction {
	const char *id, *key;
	double v[2];
} corrections[] = {
	{ "balanced", "ci_cluster_t", { 0.093555324376632736, 0.90644467562336726 } },
};

static const struct field *find_field(const struct result *r, const char *key)
{
	for (size_t i = 0; i < r->n_fields; i++)
		if (strcmp(r->fields[i].key, key) == 0)
			return &r->fields[i];
	return NULL;
}

/* A number, a fraction in a string, or NaN for null. */
static double wanted(const struct json *j)
{
	char *end;
	double over;

	if (json_type(j) == JSON_NUMBER)
		return json_num(j);
	if (json_type(j) == JSON_NULL)
		return NAN;
	if (json_type(j) != JSON_STRING)
		fail_msg("a %s where a number should be", json_type_name(json_type(j)));
	over = strtod(json_str(j), &end);
	return *end == '/' ? over / strtod(end + 1, NULL) : NAN;
}

static bool is_close(double got, double want, const struct tolerance *tol)
{
	/* Near the zeros of log-gamma, log-beta and the normal quantile only digits after the
	 * point count. */
	double allowed = fmax(fmax(tol->abs, tol->rel * fabs(want)), want == 0 ? 1e-13 : 0);

	if (isnan(want) || isnan(got))
		return isnan(want) && isnan(got);
	return fabs(got - want) <= allowed;
}

static const struct correction *find_correction(const char *id, const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(corrections); i++)
		if (strcmp(corrections[i].id, id) == 0 && strcmp(corrections[i].key, key) == 0)
			return &corrections[i];
	return NULL;
}

static void check_field(const char *id, const struct field *f, const struct json *want,
			const struct tolerance *tol)
{
	const struct correction *fix = find_correction(id, f->key);

	for (size_t i = 0; i < f->n; i++) {
		double w = wanted(f->n == 1 ? want : json_at(want, i));

		if (fix) {
			assert_true(fabs(w - fix->v[i]) < 1e-9);
			w = fix->v[i];
		}
		if (!is_close(f->v[i], w, tol))
			fail_msg("%s: %s[%zu] is %.17g, not %.17g", id, f->key, i, f->v[i], w);
	}
}

/* The wrong value may round to the right one, but the program's must not be nearer to it. */
static void check_wrong(const char *id, const struct field *f, const struct json *right,
			const struct json *wrong)
{
	for (size_t i = 0; i < f->n; i++) {
		double w = wanted(f->n == 1 ? wrong : json_at(wrong, i));
		double r = wanted(f->n == 1 ? right : json_at(right, i));

		if (fabs(f->v[i] - w) < fabs(f->v[i] - r))
			fail_msg("%s: %s[%zu] is the wrong %.17g", id, f->key, i, w);
	}
}

static const char *right_of(const char *id, const char *wrong)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrong_fields); i++)
		if (strcmp(wrong_fields[i].wrong, wrong) == 0)
			return wrong_fields[i].right;
	fail_msg("%s: unknown field %s", id, wrong);
	return "";
}

static void check_refusal(const char *id, const struct result *r, const struct json *out)
{
	const struct json *list = json_get(out, "tasks_with_too_few_samples");

	if (!r->is_refused)
		fail_msg("%s: not refused", id);
	if (!list)
		return;
	assert_int_equal(json_size(list), r->n_too_few);
	for (size_t i = 0; i < r->n_too_few; i++)
		assert_int_equal((size_t)json_num(json_at(list, i)), r->too_few[i]);
}

static void check_object(const char *id, const struct result *r, const struct json *out,
			 const struct tolerance *tol)
{
	if (r->is_refused)
		fail_msg("%s: refused", id);
	for (const struct json *m = json_first(out); m; m = json_next(m)) {
		const char *key = json_key(m);
		bool is_wrong = strncmp(key, "WRONG_", 6) == 0;
		const char *name = is_wrong ? right_of(id, key) : key;
		const struct field *f = find_field(r, name);

		if (!f)
			fail_msg("%s: unknown field %s", id, key);
		else if (is_wrong)
			check_wrong(id, f, json_get(out, name), m);
		else
			check_field(id, f, m, tol);
	}
}

static bool run_fn(const char *fn, const struct json *in, struct result *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(scalar_fns); i++) {
		if (strcmp(scalar_fns[i].name, fn) == 0) {
			run_scalar(&scalar_fns[i], in, r);
			return true;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(runners); i++) {
		if (strcmp(runners[i].fn, fn) == 0) {
			runners[i].run(in, r);
			return true;
		}
	}
	return false;
}

static void run_case(const struct json *c, const struct tolerance *tol)
{
	const char *id = json_str(json_get(c, "id")), *fn = json_str(json_get(c, "fn"));
	const struct json *out = json_get(c, "out");
	struct result r = { 0 };

	if (!id || !fn || !out)
		fail_msg("a case without id, fn or out");
	if (json_get(c, "tol"))
		fail_msg("%s: a tolerance of its own is not supported", id);
	if (!run_fn(fn, json_get(c, "in"), &r))
		fail_msg("%s: unknown fn \"%s\"", id, fn);
	if (json_type(out) != JSON_OBJECT)
		check_field(id, &r.fields[0], out, tol);
	else if (json_bool(json_get(out, "error")))
		check_refusal(id, &r, out);
	else
		check_object(id, &r, out, tol);
}

/* ---- files ---- */

static char *vector_path(const char *name)
{
	const char *shared = getenv("ASSAY_SHARED");

	return xstrfmt("%s/vectors/%s", shared ? shared : "../shared", name);
}

static void run_file(const char *name, size_t n_cases)
{
	auto_free char *path = vector_path(name);
	auto_strbuf text = { 0 };
	auto_json struct json *root = NULL;
	const struct json *tol;
	struct tolerance tolerance;
	struct err err = { 0 };
	size_t ran = 0;

	if (access(path, R_OK) < 0) {
		print_message("SKIP: %s: not there (set ASSAY_SHARED)\n", path);
		free(take_ptr(path)); /* skip() jumps past its release */
		skip();
	}
	if (fs_read_file(path, MAX_BYTES, &text, &err) < 0)
		fail_msg("%s", err.msg);
	root = json_parse(text.buf, text.len, &err);
	if (!root)
		fail_msg("%s: %s", path, err.msg);
	tol = json_get(root, "tolerance");
	tolerance.abs = json_num(json_get(tol, "abs"));
	tolerance.rel = json_num(json_get(tol, "rel"));
	for (const struct json *c = json_first(json_get(root, "cases")); c; c = json_next(c)) {
		run_case(c, &tolerance);
		ran++;
	}
	print_message("%s: %zu cases ran\n", name, ran);
	assert_true(ran >= n_cases);
}

/* The cases that the file must have at least. */
static const struct vector_file {
	const char *name;
	size_t n_cases;
} files[] = {
	{ "01_special_functions.json", 119 },    { "02_pass_at_k.json", 69 },
	{ "03_pass_at_k_uncertainty.json", 30 }, { "05_proportion_ci.json", 33 },
	{ "06_clt_clustered_se.json", 8 },
};

static void every_case_meets_the_oracle(void **state)
{
	const struct vector_file *file = *state;

	run_file(file->name, file->n_cases);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(files)];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		tests[i] = (struct CMUnitTest){ files[i].name, every_case_meets_the_oracle, NULL,
						NULL, (void *)(uintptr_t)&files[i] };
	return cmocka_run_group_tests_name("stats vectors", tests, NULL, NULL);
}
