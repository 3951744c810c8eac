/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the library share; nothing of it is exported. */
#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include <stdbool.h>

#include "api/assaybox.h"
#include "base/err.h"
#include "sandbox/box.h"

/* Path of the server, where the caller names none. */
const char *program_default(void);

int level_of(int given, enum box_level *ret, struct err *err);

/* Text that is made when it is asked for. */
struct result_text {
	struct strbuf text, json;
};
void result_text_release(struct result_text *t);

struct assaybox_result {
	const struct box_result *r;
	struct box_result own; /* what r points to, in a result that assaybox_run() gives */
	struct box_limits limits;
	struct result_text *made;
};

struct assaybox_spec {
	struct box_spec box; /* its files' paths and descriptors are ours */
	struct strbuf input;
	bool has_input, has_level;
	struct err fault; /* the first mistake; kind 0: none */
};

#endif
