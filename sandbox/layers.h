/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers of a box as data: what `assay-box explain` and `assay doctor` print, and what a level
 * demands. The order is the order in which they are put up.
 */
#ifndef SANDBOX_LAYERS_H
#define SANDBOX_LAYERS_H

#include <stdint.h>

#include "base/err.h"
#include "sandbox/box.h"

struct layer_info {
	const char *name;   /* "user-ns" */
	const char *what;   /* what it keeps a program from */
	const char *remedy; /* how to get it where it is missing */
};
extern const struct layer_info layer_infos[LAYER_COUNT];

/* Layers that a level demands, as LAYER_BITs. */
uint32_t box_level_demands(enum box_level level);
/*
 * Does a machine with these layers meet the level? -1 with ERR_HARNESS: the first missing layer,
 * why it is missing (why[layer], may be empty or why may be NULL), and its remedy.
 */
#define LAYER_WHY 96
int box_level_check(enum box_level level, uint32_t have, const char (*why)[LAYER_WHY],
		    struct err *err);

#endif
