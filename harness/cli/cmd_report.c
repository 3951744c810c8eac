/* SPDX-License-Identifier: Apache-2.0 */
/* assay report: a run of the store, shown again. */
#include <string.h>

#include "base/log.h"
#include "base/opt.h"
#include "base/strbuf.h"
#include "harness/cli/commands.h"
#include "harness/cli/ks.h"
#include "harness/cli/output.h"
#include "harness/cli/scoring.h"
#include "harness/report/scorecard.h"

static struct {
	const char *k, *json, *results, *store;
} args;

static const struct opt opts[] = {
	{ .type = OPT_STR,
	  .name = "k",
	  .letter = 'k',
	  .value = &args.k,
	  .arg = "LIST",
	  .help = "pass@k to report [1, and 10 and 100 where every task has as many answers]" },
	{ .type = OPT_STR,
	  .name = "json",
	  .value = &args.json,
	  .arg = "FILE",
	  .help = "scorecard as JSON; - prints nothing else" },
	{ .type = OPT_STR,
	  .name = "results",
	  .value = &args.results,
	  .arg = "FILE",
	  .help = "the samples with their verdicts, JSONL; - prints nothing else" },
	{ .type = OPT_STR,
	  .name = "store",
	  .value = &args.store,
	  .arg = "FILE",
	  .help = "the store of runs [see ASSAY_STORE]" },
	{ .type = OPT_END },
};

static const struct opt_command command = {
	.program = "assay report",
	.synopsis = "RUN [options]",
	.about = "Shows a run that is in the store. RUN is the beginning of its id, its name,\n"
		 "\"@1\" for the newest run, \"@2\" for the one before.",
	.opts = opts,
};

/* The usual k that the run allows: the largest first that works. */
static int build_usual(struct store *store, const struct run_record *run, struct scorecard *card,
		       struct err *err)
{
	static const int64_t steps[] = { 100, 10, 1 };
	struct err why = { 0 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct ks ks = { 0 };

		ks_default(steps[i], &ks);
		if (scorecard_build(store, run, ks.k, ks.n, card, &why) == 0)
			return 0;
		if (why.kind != ERR_USAGE)
			return err_set(err, why.kind, "%s", why.msg);
	}
	return scorecard_build(store, run, NULL, 0, card, err);
}

static int build(struct store *store, const struct run_record *run, struct scorecard *card,
		 struct err *err)
{
	struct ks ks = { 0 };

	if (ks_parse(args.k, &ks, err) < 0)
		return -1;
	return ks.n > 0 ? scorecard_build(store, run, ks.k, ks.n, card, err)
			: build_usual(store, run, card, err);
}

static bool is_stdout(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

static int write_all(struct store *store, const struct run_record *run,
		     const struct scorecard *card, struct err *err)
{
	auto_strbuf json = { 0 };

	if (args.results && results_write(store, run, run->samples_source, args.results, err) < 0)
		return -1;
	if (args.json) {
		scorecard_json(card, &json);
		if (output_file(args.json, &json, err) < 0)
			return -1;
	}
	if (is_stdout(args.json) || is_stdout(args.results))
		return EXIT_DONE;
	return scoring_print(card, err);
}

static int report(struct store *store, const char *which, struct err *err)
{
	struct run_record run = { 0 };
	struct scorecard card = { 0 };
	int r;

	if (store_run_find(store, which, &run, err) < 0)
		return -1;
	r = build(store, &run, &card, err);
	if (r == 0) {
		r = write_all(store, &run, &card, err);
		scorecard_release(&card);
	}
	run_record_release(&run);
	return r;
}

static int check_outputs(struct err *err)
{
	if (output_same_file(args.json, args.results))
		return err_set(err, ERR_USAGE, "--json and --results both write to '%s'",
			       args.json);
	return output_check(args.json, err) < 0 ? -1 : output_check(args.results, err);
}

int cmd_report(int argc, char **argv, struct err *err)
{
	auto_strvec operands = { 0 };
	struct store *store = NULL;
	int r;

	memset(&args, 0, sizeof(args));
	r = opt_parse(&command, argc, argv, false, &operands, err);
	if (r != 0)
		return r < 0 ? -1 : EXIT_DONE;
	if (operands.n != 1)
		return err_set(err, ERR_USAGE, "one RUN is needed: assay report @1");
	if (check_outputs(err) < 0 || scoring_open_store(args.store, &store, err) < 0)
		return -1;
	r = report(store, operands.v[0], err);
	store_close(store);
	return r;
}
