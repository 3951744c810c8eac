/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recipes of images (containers/NAME.yaml): what mmdebstrap is to put together.
 *
 *   release: bookworm                 required
 *   packages: [python3, python3-numpy]   required; NAME or NAME=VERSION
 *   variant: essential                what comes with them (mmdebstrap's word)
 *   mirror: http://...                else mmdebstrap's own
 *   about: a sentence for people
 *
 * Packages are the archive's own, checked by its signatures; there are no hooks and no commands.
 */
#ifndef HARNESS_IMAGE_RECIPE_H
#define HARNESS_IMAGE_RECIPE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/strvec.h"

struct recipe {
	struct arena arena; /* of the strings */
	char *release, *variant, *mirror, *about;
	struct strvec packages;
};

/* ERR_INPUT with file and line. *ret is written on success only. */
int recipe_load(const char *path, struct recipe *ret, struct err *err);
void recipe_release(struct recipe *recipe);

#endif
