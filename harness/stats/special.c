/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incomplete beta and gamma functions and the binomial term in front of them.
 *
 * Every incomplete function is (a term of the binomial or Poisson distribution) times (a continued
 * fraction or a series of order 1). The term is where digits are lost when it is taken as
 * exp(difference of log-gammas); Loader's form below loses none. A point travels as the pair
 * (x, y = 1 - x), so that the small one of both is exact on either side.
 */
#include "harness/stats/special.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#define ITERATIONS   1000000 /* about 20 sqrt(a) are needed */
#define TINY         1e-300
#define TWO_PI       6.283185307179586476925286766559
#define LOG_ROOT_2PI 0.91893853320467274178032973640562

double stat_log_gamma(double x)
{
	int sign; /* lgamma() would write a global */

	return x > 0 ? lgamma_r(x, &sign) : NAN;
}

double stat_log_beta(double a, double b)
{
	return stat_log_gamma(a) + stat_log_gamma(b) - stat_log_gamma(a + b);
}

/* log n! minus Stirling's formula, n > 0. */
static double stirling_error(double n)
{
	static const double coef[] = { 1.0 / 12,    -1.0 / 360, 1.0 / 1260,
				       -1.0 / 1680, 1.0 / 1188, -691.0 / 360360 };
	double sum = 0;

	if (n < 16)
		return stat_log_gamma(n + 1) - (n + 0.5) * log(n) + n - LOG_ROOT_2PI;
	for (int i = sizeof(coef) / sizeof(coef[0]) - 1; i >= 0; i--)
		sum = sum / (n * n) + coef[i];
	return sum / n;
}

/* x log(x/m) + m - x >= 0, without the cancellation near x = m. */
static double deviance(double x, double m)
{
	double d = x - m, v = d / (x + m), sum = d * v, term = 2 * x * v;

	if (x == 0)
		return m;
	if (fabs(d) >= 0.1 * (x + m))
		return x * log(x / m) - d;
	for (int j = 3;; j += 2) {
		double next;

		term *= v * v;
		next = sum + term / j;
		if (next == sum)
			return sum;
		sum = next;
	}
}

/* log p where q = 1 - p and the smaller of both is exact. */
static double log_of(double p, double q)
{
	return p < 0.5 ? log(p) : log1p(-q);
}

double stat_binom_term(double s, double f, double p, double q)
{
	double n = s + f, log_term;

	if (s == 0 || f == 0)
		return n == 0 ? 1 : exp(s == 0 ? f * log_of(q, p) : s * log_of(p, q));
	if (p <= 0 || q <= 0)
		return 0;
	log_term = stirling_error(n) - stirling_error(s) - stirling_error(f) - deviance(s, n * p) -
		   deviance(f, n * q);
	return exp(log_term) * sqrt(n / (TWO_PI * s * f));
}

double stat_log_choose(double n, double k)
{
	double rest = n - k;

	if (!(k >= 0 && rest >= 0))
		return NAN;
	if (k == 0 || rest == 0)
		return 0;
	if (k == 1 || rest == 1)
		return log(n);
	return stirling_error(n) - stirling_error(k) - stirling_error(rest) -
	       k * log_of(k / n, rest / n) - rest * log_of(rest / n, k / n) +
	       0.5 * log(n / (TWO_PI * k * rest));
}

/* One step of the modified Lentz method: coefficient num over denominator den. */
static double lentz_step(double num, double den, double *c, double *d)
{
	*d = den + num * *d;
	*d = 1 / (fabs(*d) < TINY ? TINY : *d);
	*c = den + num / *c;
	if (fabs(*c) < TINY)
		*c = TINY;
	return *c * *d;
}

/*
 * I_x(a,b) divided by x^a y^b / B(a,b), for x not above (a+1)/(a+b+2): DiDonato & Morris' fraction
 * with lambda = a - (a+b) x. Both terms of beta are taken from y where that is the small one, so
 * that t with 1e9 degrees of freedom keeps its digits too.
 */
static double beta_fraction(double a, double b, double x, double y)
{
	double lambda = x < y ? a - (a + b) * x : (a + b) * y - b;
	double c = 1 / TINY, d = (a + 1) / (a * (lambda + 1)), h = d;

	for (int i = 1; i < ITERATIONS; i++) {
		double m = i, t = a + 2 * m, delta;
		double part = m * (b - m) * x / (t - 1);
		double alpha = (a + m - 1) / (t - 1) * (a + b + m - 1) * x * part;
		double beta = m + part + (a + m) / (t + 1) * (lambda + 1 + m * (1 + y));

		delta = lentz_step(alpha, beta, &c, &d);
		h *= delta;
		if (fabs(delta - 1) < DBL_EPSILON)
			return h;
	}
	return NAN;
}

static double beta_front(double a, double b, double x, double y)
{
	return stat_binom_term(a, b, x, y) * a * (b / (a + b)) * beta_fraction(a, b, x, y);
}

double stat_betainc_xy(double a, double b, double x, double y)
{
	if (!(a > 0 && b > 0 && x >= 0 && y >= 0))
		return NAN;
	if (x == 0 || y == 0)
		return x == 0 ? 0 : 1;
	if (x > (a + 1) / (a + b + 2))
		return 1 - beta_front(b, a, y, x);
	return beta_front(a, b, x, y);
}

double stat_betainc(double a, double b, double x)
{
	return stat_betainc_xy(a, b, x, 1 - x);
}

/*
 * The v in (0, 1/2] with I_v(a,b) = p: Newton on the logarithm of the smaller tail as a function of
 * w = log v (the lower one is concave there), inside a bracket that every step narrows.
 */
static double beta_solve(double a, double b, double p, double q)
{
	double lo = -745, hi = -0.6931471805599453, w = log(fmin(a / (a + b), 0.5));

	for (int i = 0; i < 200; i++) {
		double v = exp(w), y = -expm1(w), next;
		double tail = p <= q ? stat_betainc_xy(a, b, v, y) : stat_betainc_xy(b, a, y, v);
		double miss = p <= q ? log(tail / p) : log(q / tail);
		double slope = stat_binom_term(a, b, v, y) * a * (b / (a + b)) / y / tail;

		if (miss < 0)
			lo = w;
		else
			hi = w;
		next = w - miss / slope;
		if (!(next >= lo && next <= hi)) /* also where the tail is 0 and next NaN */
			next = (lo + hi) / 2;
		if (fabs(next - w) <= DBL_EPSILON * fmax(1, fabs(w)))
			return exp(next);
		w = next;
	}
	return exp(w);
}

bool stat_betainc_inv_xy(double a, double b, const double pq[2], double ret_xy[2])
{
	double p = pq[0], q = pq[1];
	bool is_low;

	if (!(a > 0 && b > 0 && p >= 0 && q >= 0))
		return false;
	is_low = p <= stat_betainc_xy(a, b, 0.5, 0.5);
	if (p == 0 || q == 0)
		ret_xy[!is_low] = 0;
	else
		ret_xy[!is_low] = is_low ? beta_solve(a, b, p, q) : beta_solve(b, a, q, p);
	ret_xy[is_low] = 1 - ret_xy[!is_low];
	return true;
}

double stat_betainc_inv(double a, double b, double p)
{
	const double pq[2] = { p, 1 - p };
	double xy[2];

	return stat_betainc_inv_xy(a, b, pq, xy) ? xy[0] : NAN;
}

/* ---- incomplete gamma ---- */

/* x^a e^-x / Gamma(a+1) */
static double poisson_term(double a, double x)
{
	return exp(-stirling_error(a) - deviance(a, x)) / sqrt(TWO_PI * a);
}

/* P(a,x) / term for x < a + 1. */
static double gamma_series(double a, double x)
{
	double sum = 1, term = 1;

	for (int i = 1; i < ITERATIONS; i++) {
		term *= x / (a + i);
		sum += term;
		if (term < sum * DBL_EPSILON / 4)
			return sum;
	}
	return NAN;
}

/* Q(a,x) / (a * term) for x >= a + 1. */
static double gamma_fraction(double a, double x)
{
	double den = x + 1 - a, c = 1 / TINY, d = 1 / den, h = d;

	for (int i = 1; i < ITERATIONS; i++) {
		double delta;

		den += 2;
		delta = lentz_step(-i * (i - a), den, &c, &d);
		h *= delta;
		if (fabs(delta - 1) < DBL_EPSILON)
			return h;
	}
	return NAN;
}

/* The tail that is computed directly; *ret_is_upper says which. */
static double gamma_tail(double a, double x, bool *ret_is_upper)
{
	*ret_is_upper = x >= a + 1;
	if (isinf(x))
		return 0;
	return poisson_term(a, x) * (*ret_is_upper ? a * gamma_fraction(a, x) : gamma_series(a, x));
}

double stat_gammainc_p(double a, double x)
{
	bool is_upper;
	double tail;

	if (!(a > 0 && x >= 0) || x == 0)
		return x == 0 && a > 0 ? 0 : NAN;
	tail = gamma_tail(a, x, &is_upper);
	return is_upper ? 1 - tail : tail;
}

double stat_gammainc_q(double a, double x)
{
	bool is_upper;
	double tail;

	if (!(a > 0 && x >= 0) || x == 0)
		return x == 0 && a > 0 ? 1 : NAN;
	tail = gamma_tail(a, x, &is_upper);
	return is_upper ? tail : 1 - tail;
}

/* ---- sums ---- */

void stat_sum_add(struct stat_sum *s, double x)
{
	double t = s->sum + x;

	if (fabs(s->sum) >= fabs(x))
		s->comp += (s->sum - t) + x;
	else
		s->comp += (x - t) + s->sum;
	s->sum = t;
}

double stat_sum_value(const struct stat_sum *s)
{
	return s->sum + s->comp;
}

double stat_mean(const double *x, size_t n)
{
	struct stat_sum s = { 0 };

	for (size_t i = 0; i < n; i++)
		stat_sum_add(&s, x[i]);
	return n ? stat_sum_value(&s) / (double)n : NAN;
}

double stat_sd(const double *x, size_t n)
{
	struct stat_sum s = { 0 };
	double mean = stat_mean(x, n);
	bool is_flat = true;

	if (n < 2)
		return NAN;
	for (size_t i = 0; i < n; i++) {
		stat_sum_add(&s, (x[i] - mean) * (x[i] - mean));
		is_flat = is_flat && x[i] == x[0];
	}
	return is_flat ? 0 : sqrt(stat_sum_value(&s) / (double)(n - 1));
}
