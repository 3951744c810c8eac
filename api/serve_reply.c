/* SPDX-License-Identifier: Apache-2.0 */
#include "api/serve_reply.h"

#include <assert.h>
#include <string.h>

#include "api/assaybox.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"
#include "sandbox/json_text.h"
#include "sandbox/layers.h"

#define PROTOCOL 1

static const char *const error_names[] = {
	[REPLY_BAD_REQUEST] = "bad_request", [REPLY_TOO_LONG] = "too_long",
	[REPLY_ID_IN_USE] = "id_in_use",     [REPLY_ISOLATION] = "isolation",
	[REPLY_HARNESS] = "harness",
};
static_assert(ARRAY_SIZE(error_names) == REPLY_ERRORS, "every error has a name");

static void begin(struct strbuf *out, const char *id)
{
	strbuf_addf(out, "{\"id\":%s,", id ? id : "null");
}

/* Appends nothing of a file that cannot be read: its state in the result said "kept". */
static void add_file(struct strbuf *out, const struct box_out *file)
{
	auto_strbuf bytes = { 0 };

	if (fs_read_fd(file->fd, (size_t)file->size, &bytes, NULL) < 0)
		return;
	strbuf_addstr(out, out->buf[out->len - 1] == '[' ? "{" : ",{");
	json_text_add(out, "path", file->path, strlen(file->path));
	strbuf_addch(out, ',');
	json_text_add(out, "data", strbuf_str(&bytes), bytes.len);
	strbuf_addch(out, '}');
}

void reply_result(struct strbuf *out, const char *id, const struct box_result *r,
		  const struct box_limits *limits)
{
	begin(out, id);
	strbuf_addstr(out, "\"result\":");
	box_result_json(r, limits, out);
	strbuf_addstr(out, ",\"files\":[");
	for (int i = 0; i < r->n_outs; i++) {
		if (r->outs[i].state == BOX_OUT_KEPT)
			add_file(out, &r->outs[i]);
	}
	strbuf_addstr(out, "]}\n");
}

void reply_error(struct strbuf *out, const char *id, long line, enum reply_error kind,
		 const char *message)
{
	struct json_writer w;

	begin(out, id);
	strbuf_addstr(out, "\"error\":");
	jw_init(&w, out, 0);
	jw_begin_object(&w);
	jw_kstr(&w, "kind", error_names[kind]);
	jw_kstr(&w, "message", message);
	jw_kint(&w, "line", line);
	jw_end_object(&w);
	strbuf_addstr(out, "}\n");
}

void reply_cancel(struct strbuf *out, const char *id, bool was_there)
{
	begin(out, id);
	strbuf_addf(out, "\"cancelled\":%s}\n", was_there ? "true" : "false");
}

static void add_layers(struct json_writer *w, const struct server_info *info, bool is_there)
{
	for (int l = 0; l < LAYER_COUNT; l++) {
		if (((info->layers & LAYER_BIT(l)) != 0) != is_there)
			continue;
		if (is_there)
			jw_str(w, layer_infos[l].name);
		else
			jw_kstr(w, layer_infos[l].name, info->why(info->data, (enum box_layer)l));
	}
}

void reply_info(struct strbuf *out, const char *id, const struct server_info *info)
{
	struct json_writer w;

	begin(out, id);
	strbuf_addstr(out, "\"info\":");
	jw_init(&w, out, 0);
	jw_begin_object(&w);
	jw_kint(&w, "protocol", PROTOCOL);
	jw_kstr(&w, "version", ASSAYBOX_VERSION);
	jw_kstr(&w, "isolation", box_level_name(info->level));
	jw_kint(&w, "jobs", info->jobs);
	jw_kint(&w, "max_line_bytes", info->max_line_bytes);
	jw_kint(&w, "max_ahead", info->max_ahead);
	jw_key(&w, "layers");
	jw_begin_array(&w);
	add_layers(&w, info, true);
	jw_end_array(&w);
	jw_key(&w, "missing");
	jw_begin_object(&w);
	add_layers(&w, info, false);
	jw_end_object(&w);
	jw_end_object(&w);
	strbuf_addstr(out, "}\n");
}
