/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that the JSON server answers with (docs/formats.md), each appended whole to `out`. */
#ifndef API_SERVE_REPLY_H
#define API_SERVE_REPLY_H

#include "base/strbuf.h"
#include "sandbox/box.h"

enum reply_error {
	REPLY_BAD_REQUEST, /* no JSON, or not what the format asks for */
	REPLY_TOO_LONG,    /* a line over the bound; it was skipped */
	REPLY_ID_IN_USE,
	REPLY_ISOLATION, /* this machine, or this server, does not give the level */
	REPLY_HARNESS,   /* the box server could not be asked */
	REPLY_ERRORS,
};

/* id: JSON text, or NULL where the line had none. */
void reply_result(struct strbuf *out, const char *id, const struct box_result *r,
		  const struct box_limits *limits);
void reply_error(struct strbuf *out, const char *id, long line, enum reply_error kind,
		 const char *message);
void reply_cancel(struct strbuf *out, const char *id, bool was_there);

struct server_info {
	enum box_level level;
	uint32_t layers;
	const char *(*why)(void *data, enum box_layer layer); /* of a missing layer */
	void *data;
	int64_t jobs, max_line_bytes, max_ahead;
};
void reply_info(struct strbuf *out, const char *id, const struct server_info *info);

#endif
