/* SPDX-License-Identifier: Apache-2.0 */
/* assay report: a run of the store, shown again. */
#include <string.h>

#include "base/alloc.h"
#include "base/opt.h"
#include "harness/cli/commands.h"
#include "harness/cli/ks.h"
#include "harness/cli/options.h"
#include "harness/cli/reports.h"
#include "harness/cli/scoring.h"
#include "harness/report/scorecard.h"

static struct {
	const char *k, *json, *results, *store;
} args;

static const struct opt opts[] = {
	OPTION_K(&args.k),         OPTION_SCORECARD(&args.json), OPTION_RESULTS(&args.results),
	OPTION_STORE(&args.store), { .type = OPT_END },
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

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
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

static int report(struct store *store, const char *which, struct err *err)
{
	struct run_record run = { 0 };
	struct reports where = { .json = args.json, .results = args.results };
	struct scorecard card = { 0 };
	int r;

	if (store_run_find(store, which, &run, err) < 0)
		return -1;
	where.samples = run.samples_source;
	r = reports_check(&where, err) < 0 ? -1 : build(store, &run, &card, err);
	if (r == 0) {
		r = reports_write(&where, store, &card, err);
		scorecard_release(&card);
	}
	run_record_release(&run);
	return r;
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
	r = scoring_open_existing(args.store, &store, err);
	if (r == 0)
		return err_set(err, ERR_INPUT, "no run '%s': there is no store yet", operands.v[0]);
	if (r < 0)
		return -1;
	r = report(store, operands.v[0], err);
	store_close(store);
	return r;
}
