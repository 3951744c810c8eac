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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline bool mutant(const char *name)
{
	const char *p = getenv("ASSAY_MUTANT");
	size_t len = strlen(name);

	for (; p && *p; p += strcspn(p, ","), p += *p == ',') {
		if (strcspn(p, ",") == len && !strncmp(p, name, len))
			return true;
	}
	return false;
}

/* "caps:21": one of many. */
static inline bool mutant_number(const char *kind, int number)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%s:%d", kind, number);
	return mutant(name);
}

/* "rlimits:core" */
static inline bool mutant_part(const char *layer, const char *part)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s:%s", layer, part);
	return mutant(name);
}
#else
static inline bool mutant(const char *name)
{
	(void)name;
	return false;
}

static inline bool mutant_number(const char *kind, int number)
{
	(void)kind;
	(void)number;
	return false;
}

static inline bool mutant_part(const char *layer, const char *part)
{
	(void)layer;
	(void)part;
	return false;
}
#endif

#endif
