/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of those to be run again. */
#include "harness/run/rerun.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

#define SHARE    50 /* one sample in so many */
#define AT_LEAST 10
#define AT_MOST  200

void rerun_init(struct rerun_queue *q, int64_t n_samples, int64_t done)
{
	int64_t max = n_samples / SHARE;

	max = max < AT_LEAST ? AT_LEAST : max;
	max = max > AT_MOST ? AT_MOST : max;
	max = done < max ? max - done : 0;
	*q = (struct rerun_queue){ .max = (int)max };
	q->held = xcalloc((size_t)max + 1, sizeof(*q->held));
}

void rerun_release(struct rerun_queue *q)
{
	for (int i = 0; i < q->n; i++)
		attempt_free(q->held[i]);
	free(q->held);
	*q = (struct rerun_queue){ 0 };
}

static void insert(struct rerun_queue *q, struct attempt *a)
{
	int at = q->n++;

	for (; at > 0 && q->held[at - 1]->ordinal > a->ordinal; at--)
		q->held[at] = q->held[at - 1];
	q->held[at] = a;
}

struct attempt *rerun_offer(struct rerun_queue *q, struct attempt *a)
{
	a->near = evidence_near(&a->verdict.evidence);
	if (a->near == NEAR_NOTHING)
		return a;
	insert(q, a);
	if (q->n <= q->max)
		return NULL;
	a = q->held[--q->n];
	a->rerun = RERUN_BEYOND_BOUND;
	return a;
}

struct attempt *rerun_next(struct rerun_queue *q)
{
	struct attempt *a;

	if (q->n == 0)
		return NULL;
	a = q->held[0];
	q->n--;
	q->max--;
	memmove(q->held, q->held + 1, (size_t)q->n * sizeof(*q->held));
	a->first = a->verdict;
	a->verdict = (struct verdict){ .peak_bytes = -1 };
	a->rerun = RERUN_DONE;
	a->is_retry = false;
	return a;
}

void rerun_settle(struct attempt *a)
{
	const struct box_result *r = &a->verdict.evidence.result;

	if (a->verdict.status != STATUS_TIME_LIMIT || !evidence_is_starved(&a->verdict.evidence))
		return;
	a->verdict.status = STATUS_HARNESS_ERROR;
	detail_format(a->verdict.detail, sizeof(a->verdict.detail),
		      "kept from the CPU by other programs: it got %.1f s of CPU time in %.1f s",
		      (double)r->cpu_ns / NS_PER_SEC, (double)r->wall_ns / NS_PER_SEC);
}
