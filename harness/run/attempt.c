/* SPDX-License-Identifier: Apache-2.0 */
/* One sample from the file to its verdict. */
#include "harness/run/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"

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

/* ---- evidence ---- */

static void write_first(const struct verdict *v, struct json_writer *w)
{
	jw_key(w, "first");
	jw_begin_object(w);
	jw_kstr(w, "status", status_name(v->status));
	jw_kstr(w, "detail", v->detail);
	evidence_write(&v->evidence, w);
	jw_end_object(w);
}

static void write_rerun(const struct attempt *a, struct json_writer *w)
{
	jw_key(w, "rerun");
	jw_begin_object(w);
	jw_kstr(w, "near", near_limit_name(a->near));
	jw_kbool(w, "is_done", a->rerun == RERUN_DONE);
	if (a->rerun == RERUN_DONE)
		write_first(&a->first, w);
	jw_end_object(w);
}

void attempt_evidence(const struct attempt *a, struct strbuf *sb)
{
	const struct evidence *e = &a->verdict.evidence;
	struct json_writer w;

	if (a->rerun == RERUN_NONE && (!e->box || a->verdict.status == STATUS_PASSED))
		return;
	jw_init(&w, sb, 0);
	jw_begin_object(&w);
	evidence_write(e, &w);
	if (a->rerun != RERUN_NONE)
		write_rerun(a, &w);
	jw_end_object(&w);
}

void attempt_decide(struct attempt *a, enum status status, const char *detail)
{
	a->verdict = (struct verdict){ .status = status, .peak_bytes = -1 };
	(void)snprintf(a->verdict.detail, sizeof(a->verdict.detail), "%s", detail);
}
