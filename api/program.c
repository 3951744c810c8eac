/* SPDX-License-Identifier: Apache-2.0 */
/* Where the library finds the box server; compiled with the place where `make install` puts it. */
#include "api/internal.h"

#include <stdlib.h>

#ifndef ASSAYBOX_PROGRAM
#define ASSAYBOX_PROGRAM "/usr/local/bin/assay-box"
#endif

const char *program_default(void)
{
	const char *named = secure_getenv("ASSAY_BOX");

	return named && *named ? named : ASSAYBOX_PROGRAM;
}
