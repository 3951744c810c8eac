/* SPDX-License-Identifier: Apache-2.0 */
/* assay runs: what is in the store, the newest first; or all that is recorded about one run. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/opt.h"
#include "base/strbuf.h"
#include "harness/cli/commands.h"
#include "harness/cli/options.h"
#include "harness/cli/output.h"
#include "harness/cli/scoring.h"
#include "harness/report/noise.h"

#define ID_SHORT 8

static struct {
	const char *store;
	int64_t number;
	bool is_json;
} args;

static const struct opt opts[] = {
	{ .type = OPT_INT,
	  .name = "number",
	  .letter = 'n',
	  .value = &args.number,
	  .arg = "N",
	  .help = "at most N runs [20]",
	  .min = 1,
	  .max = 1000000 },
	OPTION_JSON(&args.is_json),
	OPTION_STORE(&args.store),
	{ .type = OPT_END },
};

static const struct opt_command command = {
	.program = "assay runs",
	.synopsis = "[RUN] [options]",
	.about = "Lists the runs in the store, the newest first; with RUN, shows under which\n"
		 "conditions that one was scored: limits, layers, versions, and what else the\n"
		 "machine did meanwhile. Its numbers: assay report RUN.",
	.opts = opts,
};

static const char *state_name(enum run_state state)
{
	switch (state) {
	case RUN_OPEN:
		return "open";
	case RUN_DONE:
		return "done";
	}
	return "";
}

static const char *text_or(const char *s, const char *other)
{
	return s && *s ? s : other;
}

/* Names come from files and command lines: control characters must not reach the terminal. */
static void add_cell(struct strbuf *out, const char *text, int width)
{
	char safe[256];

	(void)err_escape(safe, sizeof(safe), text);
	strbuf_addf(out, "%-*.*s  ", width, width, safe);
}

static void print_run(const struct run_record *run, int64_t number, struct strbuf *out)
{
	char stamp[CLOCK_STAMP];

	strbuf_addf(out, "@%-3lld %.*s  ", (long long)number, ID_SHORT, run->id);
	strbuf_addf(out, "%.16s  %s %7lld  ", clock_format_utc(run->created_ms, stamp),
		    state_name(run->state), (long long)run->n_samples);
	add_cell(out, text_or(run->suite_name, "-"), 12);
	add_cell(out, text_or(run->model, "-"), 16);
	add_cell(out, text_or(run->name, ""), 12);
	while (out->len > 0 && out->buf[out->len - 1] == ' ')
		strbuf_setlen(out, out->len - 1);
	strbuf_addch(out, '\n');
}

static void json_run(const struct run_record *run, bool is_whole, struct json_writer *w)
{
	char stamp[CLOCK_STAMP];

	jw_begin_object(w);
	jw_kstr(w, "id", run->id);
	jw_kstr(w, "name", run->name);
	jw_kstr(w, "state", state_name(run->state));
	jw_kstr(w, "suite", run->suite_name);
	jw_kstr(w, "suite_hash", run->suite_hash);
	jw_kstr(w, "model", run->model);
	jw_kstr(w, "samples", run->samples_source);
	jw_kstr(w, "samples_hash", run->samples_hash);
	jw_kint(w, "n_samples", run->n_samples);
	jw_kstr(w, "created", clock_format_utc(run->created_ms, stamp));
	if (run->state == RUN_DONE)
		jw_kstr(w, "finished", clock_format_utc(run->finished_ms, stamp));
	if (is_whole) {
		jw_ktext(w, "config", run->config_json);
		jw_ktext(w, "host_noise", run->noise_json);
	}
	jw_end_object(w);
}

/* 1: *ret is the number-th newest run; 0: there are fewer. No store has none. */
static int nth_run(struct store *store, int64_t number, struct run_record *ret, struct err *err)
{
	char which[32];
	struct err why = { 0 };

	if (!store)
		return 0;
	(void)snprintf(which, sizeof(which), "@%lld", (long long)number);
	if (store_run_find(store, which, ret, &why) == 0)
		return 1;
	return why.kind == ERR_INPUT ? 0 : err_set(err, why.kind, "%s", why.msg);
}

static int list(struct store *store, struct strbuf *out, struct err *err)
{
	struct json_writer w;
	int found = 1;

	jw_init(&w, out, 2);
	if (args.is_json)
		jw_begin_array(&w);
	for (int64_t i = 1; i <= args.number && found > 0; i++) {
		struct run_record run = { 0 };

		found = nth_run(store, i, &run, err);
		if (found > 0 && args.is_json)
			json_run(&run, false, &w);
		else if (found > 0)
			print_run(&run, i, out);
		run_record_release(&run);
	}
	if (args.is_json) {
		jw_end_array(&w);
		strbuf_addch(out, '\n');
	}
	return found < 0 ? -1 : 0;
}

/* ---- one run ---- */

static void add_field(struct strbuf *out, const char *name, const char *text)
{
	char safe[1024];

	(void)err_escape(safe, sizeof(safe), text);
	strbuf_addf(out, "%-12s %s\n", name, safe);
}

/* Members of the configuration, as they were recorded. */
static void print_config(const char *text, struct strbuf *out)
{
	auto_json struct json *config = text ? json_parse(text, strlen(text), NULL) : NULL;

	for (const struct json *m = json_first(config); m; m = json_next(m)) {
		auto_strbuf value = { 0 };
		struct json_writer w;

		jw_init(&w, &value, 0);
		jw_node(&w, m);
		add_field(out, json_key(m), json_str(m) ? json_str(m) : strbuf_str(&value));
	}
}

static double number(const struct json *object, const char *key)
{
	return json_num(json_get(object, key));
}

static void print_share(const struct json *s, const char *key, const char *what, struct strbuf *out)
{
	if (json_get(s, key))
		strbuf_addf(out, ", %s %.1f %%", what, 100 * number(s, key));
}

static void print_calibration(const struct json *s, const char *key, struct strbuf *out)
{
	const struct json *c = json_get(s, key);

	if (c)
		strbuf_addf(out, ", calibration %s: %.1f ms of CPU time in %.1f ms", key,
			    number(c, "cpu_ns") / NS_PER_MS, number(c, "wall_ns") / NS_PER_MS);
}

static void print_session(const struct json *s, struct strbuf *out)
{
	auto_strbuf sb = { 0 };
	char stamp[CLOCK_STAMP];

	strbuf_addf(&sb, "%s, %.0f slots on %.0f CPUs, load %.2f before",
		    clock_format_utc((int64_t)number(s, "started"), stamp), number(s, "slots"),
		    number(s, "cpus"), number(s, "load_before"));
	if (json_get(s, "wall_s"))
		strbuf_addf(&sb, " and %.2f after %.1f s", number(s, "load_after"),
			    number(s, "wall_s"));
	else
		strbuf_addstr(&sb, ", not ended by itself");
	print_share(s, "others_share", "others used", &sb);
	print_share(s, "steal_share", "stolen", &sb);
	print_share(s, "pressure_some", "pressure", &sb);
	print_calibration(s, "before", &sb);
	print_calibration(s, "after", &sb);
	if (json_get(s, "switches_forced"))
		strbuf_addf(&sb, ", %.0f forced switches", number(s, "switches_forced"));
	add_field(out, "session", strbuf_str(&sb));
}

static void print_noise(const char *text, struct strbuf *out)
{
	auto_json struct json *sessions = text ? json_parse(text, strlen(text), NULL) : NULL;
	auto_free char *remark = noise_remark(text);

	for (const struct json *s = json_first(sessions); s; s = json_next(s))
		print_session(s, out);
	if (remark)
		add_field(out, "remark", remark);
}

static void print_details(const struct run_record *run, struct strbuf *out)
{
	char stamp[CLOCK_STAMP];

	add_field(out, "run", run->id);
	add_field(out, "name", text_or(run->name, "-"));
	add_field(out, "state", state_name(run->state));
	add_field(out, "suite", text_or(run->suite_source, "-"));
	add_field(out, "model", text_or(run->model, "-"));
	add_field(out, "samples", text_or(run->samples_source, "-"));
	add_field(out, "created", clock_format_utc(run->created_ms, stamp));
	if (run->state == RUN_DONE)
		add_field(out, "finished", clock_format_utc(run->finished_ms, stamp));
	print_config(run->config_json, out);
	print_noise(run->noise_json, out);
}

static int show(struct store *store, const char *which, struct strbuf *out, struct err *err)
{
	struct run_record run = { 0 };
	struct json_writer w;

	if (!store)
		return err_set(err, ERR_INPUT, "no run '%s': there is no store yet", which);
	if (store_run_find(store, which, &run, err) < 0)
		return -1;
	if (args.is_json) {
		jw_init(&w, out, 2);
		json_run(&run, true, &w);
		strbuf_addch(out, '\n');
	} else {
		print_details(&run, out);
	}
	run_record_release(&run);
	return 0;
}

int cmd_runs(int argc, char **argv, struct err *err)
{
	auto_strvec operands = { 0 };
	auto_strbuf out = { 0 };
	struct store *store = NULL;
	int r;

	memset(&args, 0, sizeof(args));
	args.number = 20;
	r = opt_parse(&command, argc, argv, false, &operands, err);
	if (r != 0)
		return r < 0 ? -1 : EXIT_DONE;
	if (operands.n > 1)
		return err_set(err, ERR_USAGE, "runs shows one RUN: '%s' is one too many",
			       operands.v[1]);
	if (scoring_open_existing(args.store, &store, err) < 0)
		return -1;
	r = operands.n ? show(store, operands.v[0], &out, err) : list(store, &out, err);
	store_close(store);
	return r < 0 ? -1 : output_stdout(&out, err);
}
