/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, the description of a run, and the decision to go on with an open one. */
#include "harness/run/plan.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/alloc.h"
#include "base/json.h"
#include "graders/grader.h"
#include "harness/run/toolchain.h"
#include "sandbox/layers.h"

/* ---- limits, by name ---- */

static const struct limit_field {
	const char *name;
	size_t offset;
} limit_fields[] = {
	{ "wall_ms", offsetof(struct box_limits, wall_ms) },
	{ "wall_max_ms", offsetof(struct box_limits, wall_max_ms) },
	{ "cpu_ms", offsetof(struct box_limits, cpu_ms) },
	{ "cpu_slack_ms", offsetof(struct box_limits, cpu_slack_ms) },
	{ "mem_bytes", offsetof(struct box_limits, mem_bytes) },
	{ "processes", offsetof(struct box_limits, processes) },
	{ "file_bytes", offsetof(struct box_limits, file_bytes) },
	{ "disk_bytes", offsetof(struct box_limits, disk_bytes) },
	{ "disk_inodes", offsetof(struct box_limits, disk_inodes) },
	{ "output_bytes", offsetof(struct box_limits, output_bytes) },
	{ "open_files", offsetof(struct box_limits, open_files) },
	{ "stack_bytes", offsetof(struct box_limits, stack_bytes) },
	{ "keep_bytes", offsetof(struct box_limits, keep_bytes) },
	{ "out_file_bytes", offsetof(struct box_limits, out_file_bytes) },
	{ "out_bytes", offsetof(struct box_limits, out_bytes) },
};
static_assert(ARRAY_SIZE(limit_fields) * sizeof(int64_t) == sizeof(struct box_limits),
	      "every limit is part of the key");

static int64_t limit_value(const struct box_limits *l, const struct limit_field *f)
{
	int64_t v;

	memcpy(&v, (const char *)l + f->offset, sizeof(v));
	return v;
}

/* ---- keys ---- */

/* The interpreter that judges: this machine's, or the one in a root file system. */
static void add_toolchain(const struct session *s, struct strbuf *sb)
{
	if (s->options->rootfs_id)
		strbuf_addf(sb, "%s in %s", TOOLCHAIN_PYTHON, s->options->rootfs_id);
	else
		toolchain_identity(sb);
}

/* What decides a verdict beside the task and the answer. */
static void hash_conditions(struct hash *h, const struct session *s)
{
	auto_strbuf toolchain = { 0 };

	add_toolchain(s, &toolchain);
	hash_str(h, grader_version());
	hash_str(h, strbuf_str(&toolchain));
	hash_str(h, box_level_name(s->options->level));
	hash_u64(h, s->options->is_cold);
	for (size_t i = 0; i < ARRAY_SIZE(limit_fields); i++)
		hash_u64(h, (uint64_t)limit_value(&s->limits, &limit_fields[i]));
}

void plan_proof_key(const struct session *s, const struct task *task, char key[HASH_HEX])
{
	struct hash h;

	hash_init(&h);
	hash_str(&h, "proof");
	hash_field(&h, task->hash, sizeof(task->hash));
	hash_conditions(&h, s);
	hash_final_hex(&h, key);
}

static void run_key(const struct plan *p, const struct session *s, char key[HASH_HEX])
{
	struct hash h;

	hash_init(&h);
	hash_str(&h, "run");
	hash_str(&h, s->suite->hash);
	hash_str(&h, p->summary.hash);
	hash_str(&h, p->run.model);
	hash_str(&h, p->run.name);
	hash_conditions(&h, s);
	hash_final_hex(&h, key);
}

/* ---- the description of a run ---- */

static void describe_host(struct json_writer *w)
{
	struct utsname u;

	jw_key(w, "host");
	jw_begin_object(w);
	if (uname(&u) == 0) {
		jw_kstr(w, "system", u.sysname);
		jw_kstr(w, "kernel", u.release);
		jw_kstr(w, "machine", u.machine);
	}
	jw_end_object(w);
}

static void describe_limits(struct json_writer *w, const struct box_limits *limits)
{
	jw_key(w, "limits");
	jw_begin_object(w);
	for (size_t i = 0; i < ARRAY_SIZE(limit_fields); i++)
		jw_kint(w, limit_fields[i].name, limit_value(limits, &limit_fields[i]));
	jw_end_object(w);
}

static void describe_layers(struct json_writer *w, uint32_t layers)
{
	jw_key(w, "layers");
	jw_begin_array(w);
	for (int i = 0; i < LAYER_COUNT; i++)
		if (layers & LAYER_BIT(i))
			jw_str(w, layer_infos[i].name);
	jw_end_array(w);
}

static char *describe_config(const struct session *s)
{
	auto_strbuf toolchain = { 0 };
	auto_strbuf out = { 0 };
	struct json_writer w;

	add_toolchain(s, &toolchain);
	jw_init(&w, &out, 0);
	jw_begin_object(&w);
	jw_kstr(&w, "grader", grader_version());
	jw_kstr(&w, "python", strbuf_str(&toolchain));
	if (s->options->rootfs_id)
		jw_kstr(&w, "rootfs", s->options->rootfs_id);
	jw_kstr(&w, "isolation", box_level_name(s->options->level));
	jw_kstr(&w, "starts", s->options->is_cold ? "cold" : "warm");
	describe_layers(&w, box_client_layers(s->client));
	jw_kint(&w, "slots", s->slots);
	describe_limits(&w, &s->limits);
	describe_host(&w);
	jw_end_object(&w);
	return strbuf_detach(&out);
}

void plan_model_label(const char *samples_path, struct strbuf *sb)
{
	static const char *const suffixes[] = { ".gz", ".jsonl", ".json" };
	const char *slash = strrchr(samples_path, '/');
	const char *base = slash ? slash + 1 : samples_path;
	size_t len = strlen(base);

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t n = strlen(suffixes[i]);

		if (len > n && memcmp(base + len - n, suffixes[i], n) == 0)
			len -= n;
	}
	strbuf_add(sb, base, len);
}

static char *dup_or_null(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static void describe_run(struct plan *p, const struct session *s)
{
	struct run_record *run = &p->run;
	auto_strbuf label = { 0 };

	if (!s->options->model)
		plan_model_label(p->samples_path, &label);
	run->model = xstrdup(s->options->model ? s->options->model : strbuf_str(&label));
	run->name = dup_or_null(s->options->name);
	run->suite_name = dup_or_null(s->suite->name);
	run->suite_source = dup_or_null(s->suite->source);
	run->suite_hash = xstrdup(s->suite->hash);
	run->samples_source = xstrdup(p->samples_path);
	run->samples_hash = xstrdup(p->summary.hash);
	run->config_json = describe_config(s);
	run->n_samples = p->summary.n;
	run_key(p, s, run->key);
}

/* ---- opening ---- */

int plan_scan(struct plan *p, const struct suite *suite, const char *samples_path, struct err *err)
{
	p->samples_path = samples_path;
	return samples_scan(samples_path, suite, &p->summary, err);
}

static int find_open_run(struct plan *p, const struct session *s, struct err *err)
{
	struct run_record open = { 0 };
	int found = 0;

	if (!s->options->fresh)
		found = store_run_find_open(s->store, p->run.key, &open, err);
	if (found <= 0)
		return found;
	if (store_run_lock(s->store, open.id, err) < 0) {
		run_record_release(&open);
		return err_wrap(err, "cannot go on (--fresh starts a run of its own)");
	}
	run_record_release(&p->run);
	p->run = open;
	p->is_resumed = true;
	return 1;
}

int plan_open_run(struct plan *p, const struct session *s, struct err *err)
{
	int found;

	describe_run(p, s);
	found = find_open_run(p, s, err);
	if (found < 0)
		return -1;
	return found > 0 ? 0 : store_run_create(s->store, &p->run, err);
}

void plan_release(struct plan *p)
{
	run_record_release(&p->run);
	samples_summary_release(&p->summary);
}
