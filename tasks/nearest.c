/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean": the task whose id is at the smallest edit distance (Levenshtein), by rows of
 * one matrix: https://en.wikipedia.org/wiki/Levenshtein_distance, "iterative with two matrix rows".
 */
#include "tasks/task.h"

#include <string.h>

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Both are shorter than TASK_ID_MAX. */
static size_t distance(const char *a, const char *b)
{
	size_t row[TASK_ID_MAX];
	size_t n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t up = row[j];

			row[j] = min3(up + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = up;
		}
	}
	return row[n];
}

const struct task *suite_nearest(const struct suite *suite, const char *id)
{
	const struct task *best = NULL;
	size_t len = strlen(id);
	size_t best_distance = len / 3 + 2; /* from here on it is another name */

	if (len >= TASK_ID_MAX)
		return NULL;
	for (size_t i = 0; i < suite->n; i++) {
		size_t d = distance(suite->tasks[i].id, id);

		if (d >= best_distance)
			continue;
		best_distance = d;
		best = &suite->tasks[i];
	}
	return best;
}
