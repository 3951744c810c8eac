/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attacks of `assay doctor`: rows of sandbox/selftest/attacks.table, each tried in a box by the
 * program assay-attacks, on listeners, a file and a segment that are made for it and are gone
 * afterwards. Needs no compiler, no interpreter and no file of the source tree.
 */
#ifndef HARNESS_RUN_SELFTEST_H
#define HARNESS_RUN_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sandbox/box.h"

enum selftest_verdict {
	SELFTEST_HELD,
	SELFTEST_BROKEN,  /* the attack has succeeded, or did not end as it must */
	SELFTEST_SKIPPED, /* it says nothing here: see why */
	SELFTEST_VERDICTS,
};
const char *selftest_verdict_name(enum selftest_verdict verdict); /* "held", "broken", "skipped" */

struct selftest_row {
	const char *class, *name, *limits, *ends, *forbidden, *layers, *about; /* of the table */
	enum selftest_verdict verdict;
	const char *why; /* NULL where it held */
};

#define SELFTEST_MAX_ROWS 96

struct selftest {
	struct arena arena; /* holds all texts */
	struct selftest_row rows[SELFTEST_MAX_ROWS];
	int n;
	int count[SELFTEST_VERDICTS];
	int64_t took_ns;
};

/*
 * Tries every row, one after the other. -1 where the program or what is to be reached cannot be
 * made; what a box does is a verdict. *ret may be released in any case.
 */
int selftest_run(struct box_client *client, struct selftest *ret, struct err *err);
void selftest_release(struct selftest *t);

/* ---- the pure parts ---- */

/* Fills rows from the text of the table; ERR_HARNESS with the line that is no row. */
int selftest_parse(const char *table, struct selftest *ret, struct err *err);
/* The limits of a row as its table has them: "--mem 48M --wall 5s". */
int selftest_limits(const char *words, struct box_limits *ret, struct err *err);
/* Is this the end that the row asks for, on a machine with these layers? */
bool selftest_accepts(const char *ends, const struct box_result *r, uint32_t layers);

#endif
