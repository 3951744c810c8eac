/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assay demo: three recorded models on the embedded suite, through the same steps as any run, into
 * a store that is gone afterwards. It needs no files, no network and no model.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/log.h"
#include "base/opt.h"
#include "base/strbuf.h"
#include "harness/cli/commands.h"
#include "harness/cli/ks.h"
#include "harness/cli/options.h"
#include "harness/cli/output.h"
#include "harness/cli/reports.h"
#include "harness/cli/scoring.h"
#include "tasks/samples.h"

#define SUITE      "starter"
#define N_MODELS   3
#define BAR_MAX    20
#define ROW_WIDTH  48 /* of the table without its bars */
#define STORE_FILE "demo.db"

static const struct {
	const char *label, *samples;
} models[N_MODELS] = {
	{ "strong", "starter:strong" },
	{ "middle", "starter:middle" },
	{ "weak", "starter:weak" },
};

static struct {
	const char *json, *isolation, *store;
	int64_t jobs;
	bool is_quiet;
	enum box_level level;
} args;

static const struct opt opts[] = {
	{ .type = OPT_STR,
	  .name = "json",
	  .value = &args.json,
	  .arg = "FILE",
	  .help = "the scorecards as JSON; - prints nothing else" },
	{ .type = OPT_INT,
	  .name = "jobs",
	  .letter = 'j',
	  .value = &args.jobs,
	  .arg = "N",
	  .help = "samples at a time [CPUs available]",
	  .min = 1,
	  .max = 1024 },
	OPTION_ISOLATION(&args.isolation),
	{ .type = OPT_STR,
	  .name = "store",
	  .value = &args.store,
	  .arg = "FILE",
	  .help = "keep the runs in this store" },
	OPTION_QUIET(&args.is_quiet),
	{ .type = OPT_END },
};

static const struct opt_command command = {
	.program = "assay demo",
	.synopsis = "[options]",
	.about = "Scores three recorded models on the built-in suite and compares them. Nothing\n"
		 "is kept unless --store says where.",
	.opts = opts,
};

/* ---- the temporary store ---- */

struct demo_store {
	char dir[512]; /* "": kept by the user */
	struct store *store;
};

static int temp_dir(char *dir, size_t size, struct err *err)
{
	const char *tmp = getenv("TMPDIR");

	if (!tmp || !*tmp)
		tmp = "/tmp";
	if (snprintf(dir, size, "%s/assay-demo-XXXXXX", tmp) >= (int)size)
		return err_set(err, ERR_USAGE, "TMPDIR is too long");
	return mkdtemp(dir) ? 0 : err_sys(err, "cannot make a folder in '%s'", tmp);
}

static void remove_dir(const char *dir)
{
	static const char *const names[] = { "", "-wal", "-shm", "-journal", "-lock" };
	char path[600];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/" STORE_FILE "%s", dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
}

/*
 * From before the temporary store is made until after it is gone, a signal waits for the next run,
 * which stops for it, or for the end.
 */
static void hold_signals(sigset_t *ret_old)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, ret_old);
}

static int demo_open(struct demo_store *d, struct err *err)
{
	char path[600];

	if (args.store)
		return scoring_open_store(args.store, &d->store, err);
	if (temp_dir(d->dir, sizeof(d->dir), err) < 0) {
		d->dir[0] = '\0';
		return -1;
	}
	(void)snprintf(path, sizeof(path), "%s/" STORE_FILE, d->dir);
	return store_open(path, &d->store, err);
}

static void demo_close(struct demo_store *d)
{
	if (d->store)
		store_close(d->store);
	if (d->dir[0])
		remove_dir(d->dir);
}

/* ---- scoring ---- */

static int build_card(struct store *store, const struct suite *suite, int model,
		      const struct run_record *run, struct scorecard *card, struct err *err)
{
	struct samples_summary sum = { 0 };
	struct ks ks = { 0 };

	if (samples_scan(models[model].samples, suite, &sum, err) < 0)
		return -1;
	ks_default(sum.min_per_task, &ks);
	samples_summary_release(&sum);
	return ks_build_scorecard(store, run, &ks, card, err);
}

static int score_model(struct store *store, const struct suite *suite, int model,
		       struct scorecard *card, struct err *err)
{
	struct scoring_request request = {
		.store = store,
		.suite = suite,
		.samples_path = models[model].samples,
		.is_quiet = args.is_quiet,
		.options = { .model = models[model].label,
			     .slots = (int)args.jobs,
			     .fresh = true,
			     .level = args.level },
	};
	struct run_record run = { 0 };
	int r;

	run_default_limits(&request.options.limits);
	r = scoring_run(&request, &run, err);
	if (r == EXIT_DONE && build_card(store, suite, model, &run, card, err) < 0)
		r = -1;
	run_record_release(&run);
	return r;
}

/* ---- the comparison ---- */

/* A narrow terminal gets a short bar, or none. */
static int bar_width(int columns)
{
	int room = columns - ROW_WIDTH;

	if (room < 0)
		return 0;
	return room > BAR_MAX ? BAR_MAX : room;
}

static void print_bar(double value, int width, struct strbuf *out)
{
	int filled = (int)(value * width + 0.5);

	for (int i = 0; i < width; i++)
		strbuf_addch(out, i < filled ? '#' : '.');
}

static void print_row(const struct scorecard *card, int columns, struct strbuf *out)
{
	strbuf_addf(out, "  %-8s", card->run.model);
	if (card->n_pass == 0) {
		strbuf_addstr(out, "  n/a\n");
		return;
	}
	strbuf_addf(out, "  %5.1f %%  ", 100 * card->pass[0].value);
	if (card->pass[0].method == CI_NONE)
		strbuf_addf(out, "%-13s  ", "n/a");
	else
		strbuf_addf(out, "%5.1f .. %5.1f ", 100 * card->pass[0].lo, 100 * card->pass[0].hi);
	print_bar(card->pass[0].value, bar_width(columns), out);
	strbuf_addf(out, "  %lld/%lld\n", (long long)card->passed, (long long)card->n);
}

static void print_comparison(const struct scorecard *cards, int columns, struct strbuf *out)
{
	strbuf_addf(out, "  %-8s  %7s  %-14s%-*s  %s\n", "model", "pass@1", "95 % interval",
		    bar_width(columns), "", "passed");
	for (int i = 0; i < N_MODELS; i++)
		print_row(&cards[i], columns, out);
}

static int print_all(const struct scorecard *cards, struct err *err)
{
	struct scorecard_style style = output_style();
	auto_strbuf out = { 0 };

	scorecard_print(&cards[0], &style, &out);
	strbuf_addf(&out, "\nThree recorded models on the suite \"%s\":\n\n", SUITE);
	print_comparison(cards, style.width, &out);
	strbuf_addstr(&out, "\nNext: assay score starter --samples FILE\n");
	return output_stdout(&out, err);
}

/* An array of scorecards, each the document that assay score --json writes. */
static int write_json(const struct scorecard *cards, struct err *err)
{
	auto_strbuf out = { 0 };

	strbuf_addstr(&out, "[\n");
	for (int i = 0; i < N_MODELS; i++) {
		if (i > 0)
			strbuf_addstr(&out, ",\n");
		scorecard_json(&cards[i], &out);
	}
	strbuf_addstr(&out, "]\n");
	return output_file(args.json, &out, err);
}

static int report(const struct scorecard *cards, struct err *err)
{
	if (args.json && write_json(cards, err) < 0)
		return -1;
	if (output_is_stdout(args.json))
		return EXIT_DONE;
	return print_all(cards, err);
}

static int run_demo(struct store *store, const struct suite *suite, struct err *err)
{
	struct scorecard cards[N_MODELS] = { 0 };
	int n = 0;
	int r = EXIT_DONE;

	while (r == EXIT_DONE && n < N_MODELS) {
		r = score_model(store, suite, n, &cards[n], err);
		n += r == EXIT_DONE;
	}
	if (r == EXIT_DONE)
		r = report(cards, err);
	while (n > 0)
		scorecard_release(&cards[--n]);
	return r;
}

/* Returns 1 when --help was asked for. */
static int parse(int argc, char **argv, struct err *err)
{
	auto_strvec operands = { 0 };
	int r;

	memset(&args, 0, sizeof(args));
	r = opt_parse(&command, argc, argv, false, &operands, err);
	if (r != 0)
		return r;
	if (operands.n > 0)
		return err_set(err, ERR_USAGE, "demo takes no operand: '%s'", operands.v[0]);
	if (args.is_quiet)
		log_set_level(LOG_LEVEL_ERROR);
	if (args.isolation && box_level_parse(args.isolation, &args.level, err) < 0)
		return -1;
	return reports_check(&(struct reports){ .json = args.json }, err);
}

int cmd_demo(int argc, char **argv, struct err *err)
{
	struct demo_store demo = { 0 };
	struct suite suite = { 0 };
	sigset_t old;
	int r = parse(argc, argv, err);

	if (r != 0)
		return r < 0 ? -1 : EXIT_DONE;
	if (suite_load(SUITE, &suite, err) < 0)
		return -1;
	hold_signals(&old);
	r = demo_open(&demo, err);
	if (r == 0)
		r = run_demo(demo.store, &suite, err);
	demo_close(&demo);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	suite_release(&suite);
	return r;
}
