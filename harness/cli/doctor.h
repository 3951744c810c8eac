/* SPDX-License-Identifier: Apache-2.0 */
/* What `assay doctor` finds out, and its two forms. */
#ifndef HARNESS_CLI_DOCTOR_H
#define HARNESS_CLI_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/utsname.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "harness/run/selftest.h"
#include "sandbox/box.h"
#include "sandbox/layers.h"

struct findings {
	uint32_t layers;
	char missing_why[LAYER_COUNT][LAYER_WHY];
	bool has_server;
	struct err why; /* where the box server does not start */
	bool has_selftest;
	struct selftest selftest;
	struct err selftest_why; /* where it could not be tried, though it should be */
	int cpus;
	struct strbuf python, store;
	struct utsname host;
};

#define DOCTOR_LEVELS 3
extern const enum box_level doctor_levels[DOCTOR_LEVELS]; /* from the least that is demanded */

/* 0, or -1 with why results cannot have this level here. */
int doctor_level_check(const struct findings *f, enum box_level level, struct err *why);
/* "strict", "standard", "reduced" or "none": the most that results can have here. */
const char *doctor_best_level(const struct findings *f);

void doctor_print_text(const struct findings *f, struct strbuf *out);
void doctor_print_json(const struct findings *f, struct strbuf *out);

#endif
