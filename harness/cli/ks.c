/* SPDX-License-Identifier: Apache-2.0 */
/* The k of pass@k. */
#include "harness/cli/ks.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/strvec.h"

#define K_MAX 1000000000

static int bad_k(const char *word, struct err *err)
{
	return err_set(err, ERR_USAGE,
		       "option '--k': '%s' is not a whole number from 1 (write --k 1,10,100)",
		       word);
}

static bool ks_has(const struct ks *ks, int64_t k)
{
	for (size_t i = 0; i < ks->n; i++)
		if (ks->k[i] == k)
			return true;
	return false;
}

static int ks_add(struct ks *ks, const char *word, struct err *err)
{
	long long k;

	if (strlen(word) > 10 || strspn(word, "0123456789") != strlen(word))
		return bad_k(word, err);
	k = strtoll(word, NULL, 10);
	if (k < 1 || k > K_MAX)
		return bad_k(word, err);
	if (ks_has(ks, k))
		return 0;
	if (ks->n == SCORECARD_MAX_K)
		return err_set(err, ERR_USAGE, "option '--k': more than %d values",
			       SCORECARD_MAX_K);
	ks->k[ks->n++] = k;
	return 0;
}

int ks_parse(const char *text, struct ks *ks, struct err *err)
{
	auto_strvec words = { 0 };

	if (!text)
		return 0;
	strvec_split(&words, text, ", ");
	if (words.n == 0)
		return bad_k(text, err);
	for (size_t i = 0; i < words.n; i++)
		if (ks_add(ks, words.v[i], err) < 0)
			return -1;
	return 0;
}

void ks_default(int64_t min_per_task, struct ks *ks)
{
	static const int64_t usual[] = { 1, 10, 100 };

	ks->n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		if (usual[i] <= min_per_task || i == 0)
			ks->k[ks->n++] = usual[i];
}

static int64_t largest(const struct ks *ks)
{
	int64_t max = 0;

	for (size_t i = 0; i < ks->n; i++)
		max = ks->k[i] > max ? ks->k[i] : max;
	return max;
}

int ks_check(const struct ks *ks, const struct suite *suite, const struct samples_summary *sum,
	     struct err *err)
{
	int64_t k = largest(ks);

	if (k <= sum->min_per_task)
		return 0;
	for (size_t i = 0; i < suite->n; i++) {
		int64_t n = sum->per_task[i];

		if (n > 0 && n < k)
			return err_set(err, ERR_USAGE,
				       "k = %lld needs %lld samples of each task, and task %s has "
				       "%lld; the largest k that works is %lld",
				       (long long)k, (long long)k, suite->tasks[i].id, (long long)n,
				       (long long)sum->min_per_task);
	}
	return 0;
}

static void drop_largest(struct ks *ks)
{
	int64_t max = largest(ks);
	size_t kept = 0;

	for (size_t i = 0; i < ks->n; i++)
		if (ks->k[i] != max)
			ks->k[kept++] = ks->k[i];
	ks->n = kept;
}

int ks_build_scorecard(struct store *store, const struct run_record *run, const struct ks *ks,
		       struct scorecard *ret, struct err *err)
{
	struct ks left = *ks;

	for (;;) {
		struct err why = { 0 };

		if (scorecard_build(store, run, left.k, left.n, ret, &why) == 0)
			return 0;
		if (why.kind != ERR_USAGE || left.n == 0)
			return err_set(err, why.kind, "%s", why.msg);
		log_warn("pass@%lld is left out: %s", (long long)largest(&left), why.msg);
		drop_largest(&left);
	}
}
