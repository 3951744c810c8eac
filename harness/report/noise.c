/* SPDX-License-Identifier: Apache-2.0 */
/* From a run's record of its host to one sentence. */
#include "harness/report/noise.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"

/* From where on a figure is worth a word. */
#define OTHERS_FROM 0.25 /* of the CPU time */
#define STEAL_FROM  0.01
#define SLOWED_FROM 1.5  /* times longer on the clock than on the CPU, before it began */
#define SPEED_FROM  1.25 /* times slower at one end than at the other */
#define SHORT_S     1.0  /* below, shares say nothing */

struct worst {
	double others, steal, slowed, speed;
};

static void keep(double *worst, double v)
{
	if (v > *worst)
		*worst = v;
}

static double ratio(const struct json *a, const char *a_key, const struct json *b,
		    const char *b_key)
{
	double below = json_num(json_get(b, b_key));

	return below > 0 ? json_num(json_get(a, a_key)) / below : 0;
}

static void look(const struct json *session, struct worst *w)
{
	const struct json *before = json_get(session, "before");
	const struct json *after = json_get(session, "after");

	keep(&w->slowed, ratio(before, "wall_ns", before, "cpu_ns"));
	keep(&w->speed, ratio(after, "cpu_ns", before, "cpu_ns"));
	keep(&w->speed, ratio(before, "cpu_ns", after, "cpu_ns"));
	if (json_num(json_get(session, "wall_s")) < SHORT_S)
		return;
	keep(&w->others, json_num(json_get(session, "others_share")));
	keep(&w->steal, json_num(json_get(session, "steal_share")));
}

/* Starts a part of the sentence where its figure is worth one. */
static bool begins(struct strbuf *sb, double v, double from)
{
	if (v < from)
		return false;
	if (sb->len)
		strbuf_addstr(sb, ", ");
	return true;
}

char *noise_remark(const char *noise_json)
{
	auto_json struct json *sessions =
		noise_json ? json_parse(noise_json, strlen(noise_json), NULL) : NULL;
	auto_strbuf sb = { 0 };
	struct worst w = { 0 };

	for (const struct json *s = json_first(sessions); s; s = json_next(s))
		look(s, &w);
	if (begins(&sb, w.others, OTHERS_FROM))
		strbuf_addf(&sb, "other programs used %.0f %% of the CPU time", 100 * w.others);
	if (begins(&sb, w.steal, STEAL_FROM))
		strbuf_addf(&sb, "the hypervisor took %.1f %% of it", 100 * w.steal);
	if (begins(&sb, w.slowed, SLOWED_FROM))
		strbuf_addf(&sb, "the CPUs were busy before it began (%.1f times slower)",
			    w.slowed);
	if (begins(&sb, w.speed, SPEED_FROM))
		strbuf_addf(&sb, "a CPU's speed changed by a factor of %.2f", w.speed);
	if (!sb.len)
		return NULL;
	return xstrfmt("host noise: %s; verdicts rest on CPU time, measured times may be off",
		       strbuf_str(&sb));
}
