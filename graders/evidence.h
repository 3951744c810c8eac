/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What proved a verdict: the facts about the box that decided it, and its limits. They come from
 * outside the box, and are kept with every verdict that is not "passed".
 */
#ifndef GRADERS_EVIDENCE_H
#define GRADERS_EVIDENCE_H

#include "base/json.h"
#include "sandbox/box.h"

struct evidence {
	const char *box;          /* "answer", "tests", "control"; NULL: no box was made */
	struct box_result result; /* its strbufs are empty */
	struct box_limits limits;
};

/* Members of an object, which the caller begins and ends. What is not known is left out. */
void evidence_write(const struct evidence *e, struct json_writer *w);

/* Which limit was so near that a moment's load might have decided. */
enum near_limit { NEAR_NOTHING, NEAR_CPU, NEAR_MEMORY, NEAR_WALL, NEAR_COUNT };
const char *near_limit_name(enum near_limit near); /* "cpu", ...; "" for NEAR_NOTHING */

/*
 * CPU time: ended by itself between 0.8 and 1.25 of the limit (a box that is to be judged by this
 * has a cpu_slack_ms of a quarter of it). Memory: killed for it, or ended well with 0.9 of the
 * limit or more. Wall time: it decided, unless the box is known to have been idle: it did not wait
 * for a CPU, and nobody else did either.
 */
enum near_limit evidence_near(const struct evidence *e);
/* The box hit its wall limit only because it was not let run: this says nothing about the answer.
 */
bool evidence_is_starved(const struct evidence *e);

#define NEAR_CPU_SLACK(cpu_ms) ((cpu_ms) / 4)

#endif
