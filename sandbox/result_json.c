/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole result as JSON, for whoever hands it on; every member is a number or one of our own
 * words, but for the kept output. Written without the JSON library, which assay-box does not link.
 */
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "sandbox/box.h"
#include "sandbox/json_text.h"
#include "sandbox/layers.h"

static void json_names(struct strbuf *sb, const struct box_result *r)
{
	strbuf_addstr(sb, "\"denied\":[");
	for (int i = 0; i < r->n_denied; i++)
		strbuf_addf(sb, "%s\"%s\"", i ? "," : "", r->denied[i]);
	strbuf_addstr(sb, "],\"denied_nr\":[");
	for (int i = 0; i < r->n_denied; i++)
		strbuf_addf(sb, "%s%d", i ? "," : "", r->denied_nr[i]);
	strbuf_addstr(sb, "],\"layers\":[");
	for (int l = 0, n = 0; l < LAYER_COUNT; l++) {
		if (r->layers & LAYER_BIT(l))
			strbuf_addf(sb, "%s\"%s\"", n++ ? "," : "", layer_infos[l].name);
	}
	strbuf_addch(sb, ']');
}

/* In ASCII. Bytes that are no UTF-8, as where a text was cut, become U+FFFD. */
static void json_string(struct strbuf *sb, const char *s)
{
	strbuf_addch(sb, '"');
	for (size_t n; *s; s += n ? n : 1) {
		uint32_t code = 0xfffd;

		n = utf8_decode(s, strlen(s), &code);
		if (code == '"' || code == '\\')
			strbuf_addf(sb, "\\%c", *s);
		else if (code >= 0x20 && code < 0x7f)
			strbuf_addch(sb, *s);
		else if (code < 0x10000)
			strbuf_addf(sb, "\\u%04x", (unsigned)code);
		else
			strbuf_addf(sb, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (code >> 10)),
				    (unsigned)(0xdc00 + (code & 0x3ff)));
	}
	strbuf_addch(sb, '"');
}

/* What was written and what is kept of it; "tail" only where something was left out before it. */
static void json_stream(struct strbuf *sb, const char *name, const struct strbuf *kept,
			int64_t head_bytes, int64_t total)
{
	size_t head = (size_t)head_bytes < kept->len ? (size_t)head_bytes : kept->len;
	const char *text = strbuf_str(kept);

	strbuf_addf(sb, ",\"%s\":{\"bytes\":%lld,\"left_out\":%lld,", name, (long long)total,
		    (long long)(total - (int64_t)kept->len));
	json_text_add(sb, "head", text, head);
	if (total > (int64_t)kept->len) {
		strbuf_addch(sb, ',');
		json_text_add(sb, "tail", text + head, kept->len - head);
	}
	strbuf_addch(sb, '}');
}

static void json_outs(struct strbuf *sb, const struct box_result *r)
{
	strbuf_addstr(sb, ",\"files\":[");
	for (int i = 0; i < r->n_outs; i++) {
		const struct box_out *out = &r->outs[i];

		strbuf_addstr(sb, i ? ",{" : "{");
		json_text_add(sb, "path", out->path, strlen(out->path));
		strbuf_addf(sb, ",\"state\":\"%s\",\"bytes\":%lld,\"is_executable\":%s}",
			    box_out_state_name(out->state), (long long)out->size,
			    out->is_executable ? "true" : "false");
	}
	strbuf_addch(sb, ']');
}

void box_result_json(const struct box_result *r, const struct box_limits *l, struct strbuf *sb)
{
	const struct {
		const char *key;
		int64_t value;
	} rows[] = {
		{ "exit_code", r->exit_code },
		{ "signal", r->signal },
		{ "exec_errno", r->exec_errno },
		{ "wall_ns", r->wall_ns },
		{ "cpu_ns", r->cpu_ns },
		{ "user_ns", r->user_ns },
		{ "sys_ns", r->sys_ns },
		{ "setup_ns", r->setup_ns },
		{ "peak_bytes", r->peak_bytes },
		{ "base_bytes", r->base_bytes },
		{ "oom_kills", r->oom_kills },
		{ "fork_refusals", r->fork_refusals },
		{ "stdout_bytes", r->stdout_bytes },
		{ "stderr_bytes", r->stderr_bytes },
		{ "disk_free_bytes", r->disk_free_bytes },
		{ "disk_free_inodes", r->disk_free_inodes },
		{ "leftovers", r->leftovers },
		{ "switches_voluntary", r->switches_voluntary },
		{ "switches_forced", r->switches_forced },
		{ "wait_ns", r->wait_ns },
		{ "pressure_ns", r->pressure_ns },
		{ "pressure_window_ns", r->pressure_window_ns },
	};
	auto_strbuf text = { 0 };

	box_result_describe(r, l, &text);
	strbuf_addf(sb, "{\"end\":\"%s\",\"text\":", box_end_name(r->end));
	json_string(sb, strbuf_str(&text));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		strbuf_addf(sb, ",\"%s\":%lld", rows[i].key, (long long)rows[i].value);
	strbuf_addf(sb,
		    ",\"is_warm\":%s,\"is_cached\":%s,\"peak_source\":\"%s\",\"pressure_source\":"
		    "\"%s\"",
		    r->is_warm ? "true" : "false", r->is_cached ? "true" : "false", r->peak_source,
		    r->pressure_source);
	strbuf_addstr(sb, ",\"message\":");
	json_string(sb, r->message);
	strbuf_addch(sb, ',');
	json_names(sb, r);
	json_stream(sb, "stdout", &r->out, r->stdout_head, r->stdout_bytes);
	json_stream(sb, "stderr", &r->err, r->stderr_head, r->stderr_bytes);
	json_outs(sb, r);
	strbuf_addch(sb, '}');
}
