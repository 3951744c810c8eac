/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scorecard for machines, format "assay.scorecard/1":
 *
 *   format, run {id, name, state, key, model, created, finished, samples}, suite {name, source,
 *   hash}, samples {source, hash}, config (as the run recorded it), counts {samples, passed,
 *   failed, unscored, invalid, judged, tasks, tasks_judged}, pass_at_k [{k, value, tasks,
 *   interval {method, level, lo, hi}, se_tasks, se_rerun, if_invalid_failed, if_invalid_passed}],
 *   statuses [{status, outcome, samples}], protections [{protection, passes}], resources,
 *   reruns {done, changed, beyond_bound}, host_noise (as the run recorded it), tasks
 *   [{task_id, judged, passed, failed, unscored, invalid, protection, identical, why_invalid}],
 *   warnings
 *
 * The tasks' counts are all that the estimates were made from. Members may be added; a change of
 * meaning changes the format's number.
 */
#include "harness/report/scorecard.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"

#define LEVEL 0.95

static void stamp(struct json_writer *w, const char *key, int64_t unix_ms)
{
	char buf[CLOCK_STAMP];

	jw_kstr(w, key, unix_ms ? clock_format_utc(unix_ms, buf) : NULL);
}

static void write_run(struct json_writer *w, const struct run_record *run)
{
	jw_key(w, "run");
	jw_begin_object(w);
	jw_kstr(w, "id", run->id);
	jw_kstr(w, "name", run->name);
	jw_kstr(w, "state", run->state == RUN_DONE ? "done" : "open");
	jw_kstr(w, "key", run->key);
	jw_kstr(w, "model", run->model);
	stamp(w, "created", run->created_ms);
	stamp(w, "finished", run->finished_ms);
	jw_kint(w, "samples", run->n_samples);
	jw_end_object(w);

	jw_key(w, "suite");
	jw_begin_object(w);
	jw_kstr(w, "name", run->suite_name);
	jw_kstr(w, "source", run->suite_source);
	jw_kstr(w, "hash", run->suite_hash);
	jw_end_object(w);

	jw_key(w, "samples");
	jw_begin_object(w);
	jw_kstr(w, "source", run->samples_source);
	jw_kstr(w, "hash", run->samples_hash);
	jw_end_object(w);
}

static void write_counts(struct json_writer *w, const struct scorecard *sc)
{
	jw_key(w, "counts");
	jw_begin_object(w);
	jw_kint(w, "samples", sc->n);
	jw_kint(w, "passed", sc->passed);
	jw_kint(w, "failed", sc->failed);
	jw_kint(w, "unscored", sc->unscored);
	jw_kint(w, "invalid", sc->invalid);
	jw_kint(w, "judged", sc->n - sc->invalid);
	jw_kint(w, "tasks", (int64_t)sc->n_tasks);
	jw_kint(w, "tasks_judged", (int64_t)sc->n_judged);
	jw_end_object(w);
}

static void number_or_null(struct json_writer *w, const char *key, bool exists, double v)
{
	jw_knum(w, key, exists ? v : NAN);
}

static void write_interval(struct json_writer *w, const struct pass_estimate *e)
{
	jw_key(w, "interval");
	if (e->method == CI_NONE) {
		jw_null(w);
		return;
	}
	jw_begin_object(w);
	jw_kstr(w, "method", ci_method_name(e->method));
	jw_knum(w, "level", LEVEL);
	jw_knum(w, "lo", e->lo);
	jw_knum(w, "hi", e->hi);
	jw_end_object(w);
}

static void write_estimates(struct json_writer *w, const struct scorecard *sc)
{
	jw_key(w, "pass_at_k");
	jw_begin_array(w);
	for (size_t i = 0; i < sc->n_pass; i++) {
		const struct pass_estimate *e = &sc->pass[i];
		const struct pass_bounds *b = &sc->bounds[i];

		jw_begin_object(w);
		jw_kint(w, "k", e->k);
		number_or_null(w, "value", e->tasks > 0, e->value);
		jw_kint(w, "tasks", e->tasks);
		write_interval(w, e);
		number_or_null(w, "se_tasks", e->has_se_tasks, e->se_tasks);
		number_or_null(w, "se_rerun", e->has_se_rerun, e->se_rerun);
		number_or_null(w, "if_invalid_failed", b->exists, b->lo);
		number_or_null(w, "if_invalid_passed", b->exists, b->hi);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void write_statuses(struct json_writer *w, const struct scorecard *sc)
{
	jw_key(w, "statuses");
	jw_begin_array(w);
	for (size_t i = 0; i < sc->n_statuses; i++) {
		jw_begin_object(w);
		jw_kstr(w, "status", sc->statuses[i].status);
		jw_kstr(w, "outcome", sc->statuses[i].outcome);
		jw_kint(w, "samples", sc->statuses[i].n);
		jw_end_object(w);
	}
	jw_end_array(w);

	jw_key(w, "protections");
	jw_begin_array(w);
	for (size_t i = 0; i < sc->n_protections; i++) {
		jw_begin_object(w);
		jw_kstr(w, "protection", sc->protections[i].status);
		jw_kint(w, "passes", sc->protections[i].n);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void write_extreme(struct json_writer *w, const char *key, const char *value_key,
			  const struct extreme *e)
{
	jw_key(w, key);
	if (!e->task_id) {
		jw_null(w);
		return;
	}
	jw_begin_object(w);
	jw_kstr(w, "task_id", e->task_id);
	jw_kint(w, "index", e->index);
	jw_kint(w, value_key, e->value);
	jw_end_object(w);
}

static void write_resources(struct json_writer *w, const struct scorecard *sc)
{
	jw_key(w, "resources");
	jw_begin_object(w);
	jw_knum(w, "wall_s", (double)sc->wall_ns / NS_PER_SEC);
	jw_knum(w, "cpu_s", (double)sc->cpu_ns / NS_PER_SEC);
	number_or_null(w, "peak_bytes", sc->peak_bytes >= 0, (double)sc->peak_bytes);
	write_extreme(w, "slowest", "wall_ns", &sc->slowest);
	write_extreme(w, "most_memory", "peak_bytes", &sc->largest);
	jw_kint(w, "layers_all", sc->layers_all);
	jw_kint(w, "layers_any", sc->layers_any);
	jw_end_object(w);
}

static void write_reruns(struct json_writer *w, const struct scorecard *sc)
{
	jw_key(w, "reruns");
	jw_begin_object(w);
	jw_kint(w, "done", sc->n_rerun);
	jw_kint(w, "changed", sc->n_rerun_changed);
	jw_kint(w, "beyond_bound", sc->n_beyond_bound);
	jw_end_object(w);
}

static void write_tasks(struct json_writer *w, const struct scorecard *sc)
{
	jw_key(w, "tasks");
	jw_begin_array(w);
	for (size_t i = 0; i < sc->n_tasks; i++) {
		const struct task_line *t = &sc->tasks[i];

		jw_begin_object(w);
		jw_kstr(w, "task_id", t->task_id);
		jw_kint(w, "judged", t->n);
		jw_kint(w, "passed", t->passed);
		jw_kint(w, "failed", t->failed);
		jw_kint(w, "unscored", t->unscored);
		jw_kint(w, "invalid", t->invalid);
		jw_kstr(w, "protection", t->protection);
		jw_kbool(w, "identical", t->all_same);
		jw_kstr(w, "why_invalid", t->why_invalid);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void write_warnings(struct json_writer *w, const struct scorecard *sc)
{
	jw_key(w, "warnings");
	jw_begin_array(w);
	for (size_t i = 0; i < sc->n_warnings; i++)
		jw_str(w, sc->warnings[i]);
	jw_end_array(w);
}

void scorecard_json(const struct scorecard *sc, struct strbuf *out)
{
	struct json_writer w;

	jw_init(&w, out, 2);
	jw_begin_object(&w);
	jw_kstr(&w, "format", "assay.scorecard/1");
	write_run(&w, &sc->run);
	jw_ktext(&w, "config", sc->run.config_json);
	write_counts(&w, sc);
	write_estimates(&w, sc);
	write_statuses(&w, sc);
	write_resources(&w, sc);
	write_reruns(&w, sc);
	jw_ktext(&w, "host_noise", sc->run.noise_json);
	write_tasks(&w, sc);
	write_warnings(&w, sc);
	jw_end_object(&w);
	strbuf_addch(out, '\n');
}
