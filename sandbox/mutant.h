/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaving one protection out, to see which attack then succeeds (tests/attacks/mutate). Only a
 * build with MUTANT=1 can: there ASSAY_MUTANT names layers (sandbox/layers.c) or steps of them,
 * with commas between. In every other build this is the constant false.
 */
#ifndef SANDBOX_MUTANT_H
#define SANDBOX_MUTANT_H

#include <stdbool.h>

#ifdef ASSAY_MUTANT
#include <stdlib.h>
#include <string.h>

static inline bool mutant(const char *name)
{
	const char *p = getenv("ASSAY_MUTANT");
	size_t len = strlen(name);

	/* without these two, what a box does to itself it would do to the machine */
	if (!p || !strcmp(name, "pid-ns") || !strcmp(name, "mount-ns"))
		return false;
	for (; *p; p += strcspn(p, ","), p += *p == ',') {
		if (strcspn(p, ",") == len && !strncmp(p, name, len))
			return true;
	}
	return false;
}
#else
static inline bool mutant(const char *name)
{
	(void)name;
	return false;
}
#endif

#endif
