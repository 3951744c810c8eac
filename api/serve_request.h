/* SPDX-License-Identifier: Apache-2.0 */
/* One line of the JSON protocol (docs/formats.md) as what it asks for. Pure: no files, no boxes. */
#ifndef API_SERVE_REQUEST_H
#define API_SERVE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strvec.h"
#include "sandbox/box.h"

#define REQUEST_MAX_ID 128 /* bytes of a string */
/* limits.keep_bytes, and limits.out_bytes: each byte may take six in a reply. */
#define REQUEST_MAX_KEEP (64 << 20)

enum request_op { REQUEST_RUN, REQUEST_CANCEL, REQUEST_INFO };

struct request_file {
	char *path;
	const char *data;
	size_t size;
	bool is_executable;
};

struct request {
	struct arena arena; /* holds the strings below */
	char *id;           /* as JSON text; NULL: the line has none that could be used */
	enum request_op op;
	struct strvec argv, env, outs;
	struct box_limits limits; /* zero where not given */
	enum box_level level;
	bool has_level, has_input;
	const char *input;
	size_t input_size;
	struct request_file files[BOX_MAX_FILES];
	int n_files;
};

/*
 * `text` has no end of line; `number` is the line's, for messages. ERR_INPUT: "request:NUMBER: what
 * is wrong"; id is set all the same where there was one. Released in any case.
 */
int request_parse(const char *text, size_t len, long number, struct request *r, struct err *err);
void request_release(struct request *r);

#endif
