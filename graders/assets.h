/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts that the program carries: put together from the files of graders/python/. */
#ifndef GRADERS_ASSETS_H
#define GRADERS_ASSETS_H

#include "base/err.h"

enum script {
	SCRIPT_DRIVER,     /* the answer's side of the wire */
	SCRIPT_INTERACTOR, /* the tests' side of the wire */
	SCRIPT_CONTROL,    /* tests in the answer's process */
	SCRIPT_ZYGOTE,     /* what the first two are forked from in warm starts */
	SCRIPT_COUNT,
};

/* Where the script lies in its box. */
const char *script_path(enum script s);
/* A sealed memory file with the script, made once and never closed; or -1. */
int script_fd(enum script s, struct err *err);
/* Hash of all scripts, in hexadecimal. */
const char *scripts_hash(void);

#endif
