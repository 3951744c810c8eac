/* SPDX-License-Identifier: Apache-2.0 */
/* A set of (task, number) pairs; see the header for why it stays small. */
#include "tasks/numbers.h"

#include <stdlib.h>

#include "base/alloc.h"

#define FIRST_CAP 64

void numbers_init(struct numbers *s, size_t n_tasks)
{
	*s = (struct numbers){ .below = xcalloc(n_tasks + 1, sizeof(*s->below)) };
}

void numbers_release(struct numbers *s)
{
	free(s->below);
	free(s->set);
	*s = (struct numbers){ 0 };
}

/* splitmix64's finaliser: https://prng.di.unimi.it/splitmix64.c (public domain) */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* Where the pair stands, or the free place where it belongs. */
static size_t place(const struct numbers *s, uint64_t task, uint64_t number)
{
	size_t i = mix(mix(task) ^ number) & (s->cap - 1);

	while (s->set[i][0] && (s->set[i][0] != task || s->set[i][1] != number))
		i = (i + 1) & (s->cap - 1);
	return i;
}

static void put(struct numbers *s, uint64_t task, uint64_t number)
{
	size_t i = place(s, task, number);

	s->set[i][0] = task;
	s->set[i][1] = number;
}

static void grow(struct numbers *s)
{
	uint64_t(*old)[2] = s->set;
	size_t old_cap = s->cap;

	s->cap = old_cap ? 2 * old_cap : FIRST_CAP;
	s->set = xcalloc(s->cap, sizeof(*s->set));
	for (size_t i = 0; i < old_cap; i++)
		if (old[i][0])
			put(s, old[i][0], old[i][1]);
	free(old);
}

static bool in_set(const struct numbers *s, size_t task, int64_t number)
{
	return s->n && s->set[place(s, task + 1, (uint64_t)number)][0];
}

bool numbers_take(struct numbers *s, size_t task, int64_t number)
{
	if (number < s->below[task] || in_set(s, task, number))
		return false;
	if (number == s->below[task]) {
		do
			s->below[task]++;
		while (in_set(s, task, s->below[task]));
		return true;
	}
	if (2 * (s->n + 1) > s->cap)
		grow(s);
	put(s, task + 1, (uint64_t)number);
	s->n++;
	return true;
}
