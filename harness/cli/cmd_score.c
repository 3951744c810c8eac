/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assay score: answers that exist, judged. All that can be wrong with the command line, the suite,
 * the samples and the places to write to is told before the first sample runs.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/opt.h"
#include "harness/cli/commands.h"
#include "harness/cli/ks.h"
#include "harness/cli/options.h"
#include "harness/cli/reports.h"
#include "harness/cli/rootfs.h"
#include "harness/cli/scoring.h"
#include "harness/run/run.h"

#define MAX_JOBS 1024
#define KIB      (1LL << 10)
#define MIB      (1LL << 20)

static struct {
	const char *samples, *k, *json, *results, *name, *model, *store, *isolation, *rootfs;
	enum box_level level;
	int64_t jobs;
	bool is_cold, is_fresh, is_quiet;
	struct box_limits limits;
} args;

static const struct opt opts[] = {
	{ .type = OPT_GROUP, .name = "What" },
	{ .type = OPT_STR,
	  .name = "samples",
	  .letter = 's',
	  .value = &args.samples,
	  .arg = "FILE",
	  .help = "JSONL, plain or gzip (required)" },
	{ .type = OPT_STR,
	  .name = "name",
	  .value = &args.name,
	  .arg = "NAME",
	  .help = "a name for the run" },
	{ .type = OPT_STR,
	  .name = "model",
	  .value = &args.model,
	  .arg = "LABEL",
	  .help = "who answered [name of the samples file]" },
	{ .type = OPT_GROUP, .name = "Results" },
	OPTION_K(&args.k),
	OPTION_SCORECARD(&args.json),
	OPTION_RESULTS(&args.results),
	OPTION_QUIET(&args.is_quiet),
	{ .type = OPT_GROUP, .name = "How" },
	OPTION_STORE(&args.store),
	{ .type = OPT_INT,
	  .name = "jobs",
	  .letter = 'j',
	  .value = &args.jobs,
	  .arg = "N",
	  .help = "samples at a time [CPUs available]",
	  .min = 1,
	  .max = MAX_JOBS },
	{ .type = OPT_FLAG,
	  .name = "fresh",
	  .value = &args.is_fresh,
	  .help = "do not go on with an unfinished run" },
	OPTION_ISOLATION(&args.isolation),
	{ .type = OPT_STR,
	  .name = "rootfs",
	  .value = &args.rootfs,
	  .arg = "ROOT",
	  .help = "an image, a folder (with a slash), or host [the suite's, or host]" },
	{ .type = OPT_FLAG,
	  .name = "cold",
	  .value = &args.is_cold,
	  .help = "start Python anew for each answer: slow, and verdicts are the same" },
	{ .type = OPT_GROUP, .name = "Limits of a sample" },
	{ .type = OPT_TIME,
	  .name = "cpu",
	  .value = &args.limits.cpu_ms,
	  .arg = "T",
	  .help = "CPU time of all its processes [3s]",
	  .min = 1,
	  .max = INT64_MAX },
	{ .type = OPT_TIME,
	  .name = "wall",
	  .value = &args.limits.wall_ms,
	  .arg = "T",
	  .help = "time on the clock [3 x cpu + 1s]",
	  .min = 1,
	  .max = INT64_MAX },
	{ .type = OPT_SIZE,
	  .name = "mem",
	  .value = &args.limits.mem_bytes,
	  .arg = "SIZE",
	  .help = "memory of all its processes [1G]",
	  .min = MIB,
	  .max = INT64_MAX },
	{ .type = OPT_INT,
	  .name = "processes",
	  .value = &args.limits.processes,
	  .arg = "N",
	  .help = "processes and threads [64]",
	  .min = 1,
	  .max = INT64_MAX },
	{ .type = OPT_SIZE,
	  .name = "output",
	  .value = &args.limits.output_bytes,
	  .arg = "SIZE",
	  .help = "stdout and stderr [16M]",
	  .min = 1,
	  .max = INT64_MAX },
	{ .type = OPT_SIZE,
	  .name = "disk",
	  .value = &args.limits.disk_bytes,
	  .arg = "SIZE",
	  .help = "files it writes [64M]",
	  .min = 4 * KIB,
	  .max = INT64_MAX },
	{ .type = OPT_SIZE,
	  .name = "file",
	  .value = &args.limits.file_bytes,
	  .arg = "SIZE",
	  .help = "one file it writes [disk]",
	  .min = 1,
	  .max = INT64_MAX },
	{ .type = OPT_INT,
	  .name = "open-files",
	  .value = &args.limits.open_files,
	  .arg = "N",
	  .help = "open descriptors [256]",
	  .min = 16,
	  .max = INT64_MAX },
	{ .type = OPT_SIZE,
	  .name = "stack",
	  .value = &args.limits.stack_bytes,
	  .arg = "SIZE",
	  .help = "stack [64M]",
	  .min = 64 * KIB,
	  .max = INT64_MAX },
	{ .type = OPT_END },
};

static const struct opt_command command = {
	.program = "assay score",
	.synopsis = "SUITE --samples FILE [options]",
	.about = "Judges each answer of a samples file by the tests of its task, in a sandbox,\n"
		 "and prints a scorecard. SUITE is a file of tasks, or \"starter\". A line of\n"
		 "the samples file is one answer:\n"
		 "\n"
		 "  {\"task_id\": \"HumanEval/0\", \"completion\": \"    return 1\\n\"}\n"
		 "\n"
		 "Killed or interrupted, the same command goes on where it was. Ctrl-C once\n"
		 "finishes what runs; twice stops at once.\n"
		 "\n"
		 "Exit status: 0 done, 2 usage, 3 bad task or input, 4 the harness could not do\n"
		 "its work, 130 interrupted.",
	.opts = opts,
};

/* A wall limit that is the first to be reached makes verdicts depend on what else runs. */
static void check_wall(void)
{
	struct box_limits *l = &args.limits;

	run_derive_limits(l);
	if (l->wall_ms <= l->cpu_ms)
		log_warn("--wall %lld ms leaves no room above the CPU limit of %lld ms: verdicts "
			 "may depend on the load of this machine",
			 (long long)l->wall_ms, (long long)l->cpu_ms);
}

/* Returns 1 when --help was asked for. */
static int parse(int argc, char **argv, struct strvec *operands, struct err *err)
{
	int r;

	memset(&args, 0, sizeof(args));
	run_default_limits(&args.limits);
	args.limits.file_bytes = 0; /* follows the disk limit */
	args.limits.wall_ms = 0;    /* follows the CPU limit */
	r = opt_parse(&command, argc, argv, false, operands, err);
	if (r != 0)
		return r;
	if (operands->n != 1)
		return err_set(err, ERR_USAGE,
			       "%s: one SUITE is needed: assay score SUITE --samples FILE",
			       operands->n == 0 ? "no suite" : operands->v[1]);
	if (!args.samples)
		return err_set(err, ERR_USAGE, "--samples FILE is missing");
	if (args.is_quiet)
		log_set_level(LOG_LEVEL_ERROR);
	check_wall();
	return args.isolation ? box_level_parse(args.isolation, &args.level, err) : 0;
}

/* What is found out before the run. */
struct job {
	struct suite suite;
	struct ks ks;
	struct rootfs_choice rootfs;
	int64_t n_tasks; /* with samples */
};

static int check_samples(struct job *job, struct err *err)
{
	struct samples_summary sum = { 0 };
	int r = samples_scan(args.samples, &job->suite, &sum, err);

	if (r < 0)
		return -1;
	if (job->ks.n == 0)
		ks_default(sum.min_per_task, &job->ks);
	r = ks_check(&job->ks, &job->suite, &sum, err);
	job->n_tasks = sum.n_tasks;
	samples_summary_release(&sum);
	return r;
}

static void warn_of_missing(const struct job *job)
{
	if (job->n_tasks < (int64_t)job->suite.n)
		log_warn("%lld of %zu tasks are scored: the others have no samples",
			 (long long)job->n_tasks, job->suite.n);
}

static struct reports reports(void)
{
	return (struct reports){ .json = args.json,
				 .results = args.results,
				 .samples = args.samples };
}

static int report(struct store *store, const struct run_record *run, const struct ks *ks,
		  struct err *err)
{
	struct reports where = reports();
	struct scorecard card = { 0 };
	int r = ks_build_scorecard(store, run, ks, &card, err);

	if (r < 0)
		return -1;
	r = reports_write(&where, store, &card, err);
	scorecard_release(&card);
	return r;
}

static int score(struct store *store, const struct job *job, struct err *err)
{
	struct scoring_request request = {
		.store = store,
		.suite = &job->suite,
		.samples_path = args.samples,
		.is_quiet = args.is_quiet,
		.options = { .name = args.name,
			     .model = args.model,
			     .slots = (int)args.jobs,
			     .fresh = args.is_fresh,
			     .is_cold = args.is_cold,
			     .level = args.level,
			     .rootfs = job->rootfs.path,
			     .is_rootfs_trusted = job->rootfs.is_trusted,
			     .rootfs_id = job->rootfs.path ? job->rootfs.id : NULL,
			     .limits = args.limits },
	};
	struct run_record run = { 0 };
	int r;

	warn_of_missing(job);
	r = scoring_run(&request, &run, err);
	if (r == EXIT_DONE && report(store, &run, &job->ks, err) < 0)
		r = -1;
	run_record_release(&run);
	return r;
}

static int score_with_store(const struct job *job, struct err *err)
{
	struct store *store = NULL;
	int r;

	if (scoring_open_store(args.store, &store, err) < 0)
		return -1;
	r = score(store, job, err);
	store_close(store);
	return r;
}

int cmd_score(int argc, char **argv, struct err *err)
{
	auto_strvec operands = { 0 };
	struct job job = { .rootfs.hold = -1 };
	struct reports where;
	int r = parse(argc, argv, &operands, err);

	if (r != 0)
		return r < 0 ? -1 : EXIT_DONE;
	if (ks_parse(args.k, &job.ks, err) < 0 || suite_load(operands.v[0], &job.suite, err) < 0)
		return -1;
	where = reports();
	if (check_samples(&job, err) < 0 || reports_check(&where, err) < 0 ||
	    rootfs_choose(args.rootfs, &job.suite, &job.rootfs, err) < 0)
		r = -1;
	else
		r = score_with_store(&job, err);
	rootfs_choice_release(&job.rootfs);
	suite_release(&job.suite);
	return r;
}
