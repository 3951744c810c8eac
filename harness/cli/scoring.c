/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that score have in common. */
#include "harness/cli/scoring.h"

#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "harness/cli/commands.h"
#include "harness/cli/progress.h"
#include "sandbox/cpus.h"

int scoring_open_store(const char *option, struct store **ret, struct err *err)
{
	auto_strbuf path = { 0 };

	if (store_default_path(option, &path, err) < 0)
		return -1;
	return store_open(strbuf_str(&path), ret, err);
}

int scoring_open_existing(const char *option, struct store **ret, struct err *err)
{
	auto_strbuf path = { 0 };

	if (store_default_path(option, &path, err) < 0)
		return -1;
	if (access(strbuf_str(&path), F_OK) < 0 && errno == ENOENT)
		return 0;
	return store_open(strbuf_str(&path), ret, err) < 0 ? -1 : 1;
}

/* Progress for the line, and the last state for what is said at the end. */
struct watch {
	struct progress line;
	struct run_progress last;
	bool has_told_resume;
};

static void on_progress(const struct run_progress *run, void *data)
{
	struct watch *w = data;

	if (run->resumed > 0 && !w->has_told_resume) {
		progress_end(&w->line);
		log_info("going on with an unfinished run: %lld of %lld samples are judged",
			 (long long)run->resumed, (long long)run->total);
		w->has_told_resume = true;
	}
	w->last = *run;
	progress_show(run, &w->line);
}

/* More boxes than CPUs would take each other's time, and verdicts would depend on it. */
static void limit_jobs(struct run_options *options)
{
	struct cpus cpus;

	cpus_count("", &cpus);
	if (options->slots <= cpus.available)
		return;
	log_warn("--jobs %d: %d CPU%s available here (limited by: %s), so %d at a time",
		 options->slots, cpus.available, cpus.available == 1 ? " is" : "s are",
		 cpus.because, cpus.available);
	options->slots = cpus.available;
}

int scoring_run(const struct scoring_request *request, struct run_record *ret_run, struct err *err)
{
	struct run_options options = request->options;
	struct watch watch = { 0 };
	int r;

	limit_jobs(&options);
	progress_init(&watch.line, request->is_quiet);
	options.progress = on_progress;
	options.progress_data = &watch;
	r = run_score(request->store, request->suite, request->samples_path, &options, ret_run,
		      err);
	progress_end(&watch.line);
	if (r < 0)
		return -1;
	if (r == RUN_END_COMPLETE)
		return EXIT_DONE;
	log_error("interrupted: run %s has %lld of %lld verdicts; the same command goes on",
		  ret_run->id, (long long)watch.last.done, (long long)watch.last.total);
	return EXIT_INTERRUPTED;
}
