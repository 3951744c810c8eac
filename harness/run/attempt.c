/* SPDX-License-Identifier: Apache-2.0 */
/* One sample from the file to its verdict. */
#include "harness/run/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct attempt *attempt_new(const struct sample *sample)
{
	struct attempt *a = xcalloc(1, sizeof(*a));

	a->task = sample->task;
	a->index = sample->index;
	a->ordinal = sample->ordinal;
	strbuf_add(&a->answer, sample->answer, sample->answer_len);
	memcpy(a->answer_hash, sample->hash, sizeof(a->answer_hash));
	return a;
}

void attempt_free(struct attempt *a)
{
	if (!a)
		return;
	strbuf_release(&a->answer);
	free(a);
}

void attempt_decide(struct attempt *a, enum status status, const char *detail)
{
	a->verdict = (struct verdict){ .status = status, .peak_bytes = -1 };
	(void)snprintf(a->verdict.detail, sizeof(a->verdict.detail), "%s", detail);
}
