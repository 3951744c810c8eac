/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest name, by edit distance. */
#include "base/suggest.h"

#include <string.h>

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* By rows of the matrix, of which one is kept; n <= SUGGEST_MAX. */
static size_t edit_distance(const char *word, size_t n, const char *name)
{
	size_t row[SUGGEST_MAX + 1];

	for (size_t i = 0; i <= n; i++)
		row[i] = i;
	for (size_t j = 1; name[j - 1]; j++) {
		size_t diagonal = row[0];

		row[0] = j;
		for (size_t i = 1; i <= n; i++) {
			size_t changed = diagonal + (word[i - 1] != name[j - 1]);

			diagonal = row[i];
			row[i] = min3(changed, row[i] + 1, row[i - 1] + 1);
		}
	}
	return row[n];
}

bool suggest_nearer(struct suggest *s, const char *name)
{
	size_t least = s->near ? s->near - 1 : s->n / 3 + 2;
	size_t len = strlen(name);
	size_t longer = len > s->n ? len - s->n : s->n - len;
	size_t d;

	/* so many bytes must be added or left out in any case */
	if (s->n > SUGGEST_MAX || longer >= least)
		return false;
	d = edit_distance(s->word, s->n, name);
	if (d >= least || d >= (len > s->n ? len : s->n))
		return false;
	s->near = d + 1;
	return true;
}
