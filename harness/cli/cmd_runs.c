/* SPDX-License-Identifier: Apache-2.0 */
/* assay runs: what is in the store, the newest first. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/opt.h"
#include "base/strbuf.h"
#include "harness/cli/commands.h"
#include "harness/cli/options.h"
#include "harness/cli/output.h"
#include "harness/cli/scoring.h"

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
	.synopsis = "[options]",
	.about = "Lists the runs in the store, the newest first.",
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

static void json_run(const struct run_record *run, struct json_writer *w)
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
			json_run(&run, &w);
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
	if (operands.n > 0)
		return err_set(err, ERR_USAGE, "runs takes no operand: '%s' (see assay report)",
			       operands.v[0]);
	if (scoring_open_existing(args.store, &store, err) < 0)
		return -1;
	r = list(store, &out, err);
	store_close(store);
	return r < 0 ? -1 : output_stdout(&out, err);
}
