/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sample numbers of which task are taken. Numbers that come in order from 0, as nearly all
 * do, cost a counter a task; only those out of order cost a place each.
 */
#ifndef TASKS_NUMBERS_H
#define TASKS_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct numbers {
	int64_t *below;     /* by task: all numbers under this one are taken */
	uint64_t (*set)[2]; /* the others: open addressing of {task + 1, number} */
	size_t n;
	size_t cap; /* a power of two or 0 */
};

void numbers_init(struct numbers *s, size_t n_tasks);
/* Takes the number (from 0) of a task; false: it is taken already. */
bool numbers_take(struct numbers *s, size_t task, int64_t number);
void numbers_release(struct numbers *s);

#endif
