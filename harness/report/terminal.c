/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scorecard for people. Each pass@k line carries what is needed to derive it again; every
 * count stands beside its denominator.
 */
#include "harness/report/scorecard.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "harness/report/page.h"

#define MIN_WIDTH      40
#define LABEL_WIDTH    9 /* of the head's labels and of pass@k */
#define MAX_LISTED     5 /* tasks with invalid samples */
#define MAX_CONTROLLED 40
#define SHORT_HASH     12

static void pad(struct strbuf *sb, size_t column)
{
	size_t have = (size_t)page_columns(strbuf_str(sb));

	for (; have < column; have++)
		strbuf_addstr(sb, PAGE_JOIN);
}

static void print_labelled(const struct page *p, const char *label, const char *text)
{
	auto_strbuf line = { 0 };

	strbuf_addstr(&line, label);
	pad(&line, LABEL_WIDTH - 1);
	strbuf_addf(&line, PAGE_JOIN "%s", text);
	page_para(p, 0, LABEL_WIDTH, strbuf_str(&line));
}

/* ---- head: what was scored ---- */

static void add_source(struct strbuf *sb, const char *source, const char *hash)
{
	page_escape(sb, source);
	strbuf_addf(sb, " sha256:%.*s", SHORT_HASH, hash);
}

static void add_isolation(struct strbuf *sb, const char *config_text)
{
	auto_json struct json *config = json_parse(config_text, strlen(config_text), NULL);
	const char *level = json_str(json_get(config, "isolation"));

	if (!level)
		return;
	strbuf_addstr(sb, ", isolation" PAGE_JOIN);
	page_escape(sb, level);
}

static void print_rootfs(const struct page *p, const char *config_text)
{
	auto_json struct json *config = json_parse(config_text, strlen(config_text), NULL);
	const char *rootfs = json_str(json_get(config, "rootfs"));
	auto_strbuf sb = { 0 };

	if (!rootfs)
		return;
	strbuf_add(&sb, rootfs, strnlen(rootfs, strcspn(rootfs, ":") + 1 + SHORT_HASH));
	print_labelled(p, "rootfs", strbuf_str(&sb));
}

static void print_head(const struct page *p, const struct run_record *run)
{
	auto_strbuf sb = { 0 };
	char stamp[CLOCK_STAMP];

	page_escape(&sb, run->suite_name);
	strbuf_addstr(&sb, ", ");
	add_source(&sb, run->suite_source, run->suite_hash);
	print_labelled(p, "suite", strbuf_str(&sb));

	strbuf_clear(&sb);
	page_escape(&sb, run->model);
	strbuf_addstr(&sb, ", ");
	add_source(&sb, run->samples_source, run->samples_hash);
	print_labelled(p, "model", strbuf_str(&sb));

	strbuf_clear(&sb);
	strbuf_addstr(&sb, run->id);
	if (run->name) {
		strbuf_addstr(&sb, " (");
		page_escape(&sb, run->name);
		strbuf_addstr(&sb, ")");
	}
	strbuf_addf(&sb, ", %s", clock_format_utc(run->created_ms, stamp));
	add_isolation(&sb, run->config_json);
	print_labelled(p, "run", strbuf_str(&sb));
	print_rootfs(p, run->config_json);
}

/* ---- pass@k ---- */

static void add_interval(struct strbuf *sb, const struct pass_estimate *e)
{
	if (e->method == CI_NONE) {
		strbuf_addstr(sb, " [n/a]");
		return;
	}
	strbuf_addstr(sb, PAGE_JOIN "[");
	page_rate(sb, e->lo);
	strbuf_addstr(sb, "," PAGE_JOIN);
	page_rate(sb, e->hi);
	strbuf_addf(sb, "] %s", ci_method_name(e->method));
}

static void add_design(struct strbuf *sb, const struct scorecard *sc)
{
	strbuf_addf(sb, " over %zu" PAGE_JOIN "task%s" PAGE_JOIN "x" PAGE_JOIN "%lld", sc->n_judged,
		    sc->n_judged == 1 ? "" : "s", (long long)sc->min_n);
	if (sc->max_n != sc->min_n)
		strbuf_addf(sb, "-%lld", (long long)sc->max_n);
	strbuf_addf(sb, PAGE_JOIN "sample%s", sc->max_n == 1 ? "" : "s");
}

static void add_rerun(struct strbuf *sb, const struct pass_estimate *e)
{
	int64_t needed = 2 * e->k;

	strbuf_addstr(sb, ", rerun" PAGE_JOIN "SE" PAGE_JOIN);
	if (e->has_se_rerun)
		page_rate(sb, e->se_rerun);
	else
		strbuf_addf(sb, "n/a (needs %lld" PAGE_JOIN "samples a task)", (long long)needed);
}

static void add_excluded(struct strbuf *sb, int64_t invalid, const struct pass_bounds *b)
{
	if (!invalid)
		return;
	strbuf_addf(sb, ", excluded" PAGE_JOIN "%lld" PAGE_JOIN "(invalid)", (long long)invalid);
	if (!b->exists)
		return;
	strbuf_addstr(sb, ": between" PAGE_JOIN);
	page_rate(sb, b->lo);
	strbuf_addstr(sb, " and" PAGE_JOIN);
	page_rate(sb, b->hi);
	strbuf_addstr(sb, " had they counted");
}

static void print_pass(const struct page *p, const struct scorecard *sc, size_t i)
{
	const struct pass_estimate *e = &sc->pass[i];
	auto_strbuf sb = { 0 };

	strbuf_addf(&sb, "pass@%lld", (long long)e->k);
	pad(&sb, LABEL_WIDTH - 1);
	strbuf_addstr(&sb, PAGE_JOIN PAGE_BOLD);
	if (e->tasks)
		page_rate(&sb, e->value);
	else
		strbuf_addstr(&sb, "n/a");
	strbuf_addstr(&sb, PAGE_PLAIN);
	if (e->tasks) {
		add_interval(&sb, e);
		add_design(&sb, sc);
		add_rerun(&sb, e);
	}
	add_excluded(&sb, sc->invalid, &sc->bounds[i]);
	page_para(p, 0, LABEL_WIDTH, strbuf_str(&sb));
}

static void print_scores(const struct page *p, const struct scorecard *sc)
{
	page_heading(p, "score (95 % intervals over tasks)");
	for (size_t i = 0; i < sc->n_pass; i++)
		print_pass(p, sc, i);
}

/* ---- counts ---- */

static void add_aligned(struct strbuf *sb, int64_t n, int width)
{
	int digits = snprintf(NULL, 0, "%lld", (long long)n);

	for (; digits < width; digits++)
		strbuf_addstr(sb, PAGE_JOIN);
	strbuf_addf(sb, "%lld", (long long)n);
}

static void print_outcome(const struct page *p, const char *label, int64_t n, int64_t all,
			  const char *remark)
{
	int width = snprintf(NULL, 0, "%lld", (long long)all);
	auto_strbuf sb = { 0 };

	strbuf_addstr(&sb, label);
	pad(&sb, LABEL_WIDTH);
	add_aligned(&sb, n, width);
	strbuf_addf(&sb, PAGE_JOIN "of" PAGE_JOIN "%lld," PAGE_JOIN, (long long)all);
	page_share(&sb, n, all);
	if (*remark)
		strbuf_addf(&sb, ", %s", remark);
	page_para(p, 0, LABEL_WIDTH, strbuf_str(&sb));
}

static void print_outcomes(const struct page *p, const struct scorecard *sc)
{
	int64_t judged = sc->n - sc->invalid;

	page_heading(p, "samples");
	print_outcome(p, PAGE_GREEN "passed" PAGE_PLAIN, sc->passed, judged, "");
	print_outcome(p, PAGE_RED "failed" PAGE_PLAIN, sc->failed, judged, "");
	print_outcome(p, "unscored", sc->unscored, judged,
		      sc->unscored ? "nothing to judge: counts as not passed" : "");
	print_outcome(p, PAGE_YELLOW "invalid" PAGE_PLAIN, sc->invalid, sc->n,
		      sc->invalid ? "not the answer's fault: in no rate" : "");
}

/* "wrong_answer 200, time_limit 9": most frequent first. */
static void print_statuses(const struct page *p, const struct scorecard *sc)
{
	auto_strbuf sb = { 0 };

	for (size_t i = 0; i < sc->n_statuses; i++) {
		strbuf_addstr(&sb, i ? ", " : "");
		page_escape(&sb, sc->statuses[i].status);
		strbuf_addf(&sb, PAGE_JOIN "%lld", (long long)sc->statuses[i].n);
	}
	if (sb.len)
		print_labelled(p, "status", strbuf_str(&sb));
}

static void print_protections(const struct page *p, const struct scorecard *sc)
{
	auto_strbuf sb = { 0 };

	for (size_t i = 0; i < sc->n_protections; i++) {
		strbuf_addstr(&sb, i ? ", " : "passes by ");
		page_escape(&sb, sc->protections[i].status);
		strbuf_addf(&sb, PAGE_JOIN "%lld", (long long)sc->protections[i].n);
	}
	if (sb.len)
		print_labelled(p, "guarded", strbuf_str(&sb));
}

static void add_extreme(struct strbuf *sb, const char *what, const struct extreme *e,
			void (*figure)(struct strbuf *, int64_t))
{
	if (!e->task_id)
		return;
	strbuf_addf(sb, "%s%s" PAGE_JOIN, sb->len ? ", " : "", what);
	figure(sb, e->value);
	strbuf_addstr(sb, " (");
	page_escape(sb, e->task_id);
	strbuf_addf(sb, PAGE_JOIN "#%lld)", (long long)e->index);
}

static void print_resources(const struct page *p, const struct scorecard *sc)
{
	auto_strbuf sb = { 0 };

	page_time(&sb, sc->wall_ns);
	strbuf_addstr(&sb, PAGE_JOIN "wall, ");
	page_time(&sb, sc->cpu_ns);
	strbuf_addstr(&sb, PAGE_JOIN "CPU");
	add_extreme(&sb, "slowest", &sc->slowest, page_time);
	add_extreme(&sb, "most memory", &sc->largest, page_bytes);
	print_labelled(p, "time", strbuf_str(&sb));
}

static void print_reruns(const struct page *p, const struct scorecard *sc)
{
	auto_strbuf sb = { 0 };

	if (!sc->n_rerun)
		return;
	strbuf_addf(&sb, "%lld near a limit, run again alone: %lld with another status then",
		    (long long)sc->n_rerun, (long long)sc->n_rerun_changed);
	print_labelled(p, "rerun", strbuf_str(&sb));
}

/* ---- what to look at ---- */

static void print_invalid_task(const struct page *p, const struct task_line *t)
{
	int64_t all = t->n + t->invalid;
	auto_strbuf sb = { 0 };

	page_escape(&sb, t->task_id);
	strbuf_addf(&sb, ": %lld" PAGE_JOIN "of" PAGE_JOIN "%lld", (long long)t->invalid,
		    (long long)all);
	if (t->why_invalid && *t->why_invalid) {
		strbuf_addstr(&sb, ", ");
		page_escape(&sb, t->why_invalid);
	}
	page_para(p, 2, 4, strbuf_str(&sb));
}

static void print_invalid(const struct page *p, const struct scorecard *sc)
{
	size_t n = 0;

	if (!sc->invalid)
		return;
	page_heading(p, "tasks with invalid samples");
	for (size_t i = 0; i < sc->n_tasks; i++) {
		if (sc->tasks[i].invalid && n++ < MAX_LISTED)
			print_invalid_task(p, &sc->tasks[i]);
	}
	if (n > MAX_LISTED)
		strbuf_addf(p->out, "  and %zu more\n", n - MAX_LISTED);
}

/* Tasks whose passes rest on the control: named, so that nobody takes them for the others. */
static void print_controlled(const struct page *p, const struct scorecard *sc)
{
	auto_strbuf sb = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < sc->n_tasks; i++) {
		const struct task_line *t = &sc->tasks[i];

		if (!t->protection || strcmp(t->protection, "control") != 0)
			continue;
		if (n++ < MAX_CONTROLLED) {
			strbuf_addstr(&sb, n > 1 ? ", " : "");
			page_escape(&sb, t->task_id);
		}
	}
	if (!n)
		return;
	page_heading(p, "passed under control (lower assurance)");
	if (n > MAX_CONTROLLED)
		strbuf_addf(&sb, " and %zu more", n - MAX_CONTROLLED);
	page_para(p, 2, 2, strbuf_str(&sb));
}

static void print_warnings(const struct page *p, const struct scorecard *sc)
{
	if (sc->n_warnings)
		strbuf_addch(p->out, '\n');
	for (size_t i = 0; i < sc->n_warnings; i++) {
		auto_strbuf sb = { 0 };

		strbuf_addf(&sb, PAGE_YELLOW "warning:" PAGE_PLAIN " %s", sc->warnings[i]);
		page_para(p, 0, LABEL_WIDTH, strbuf_str(&sb));
	}
}

void scorecard_print(const struct scorecard *sc, const struct scorecard_style *style,
		     struct strbuf *out)
{
	const struct page page = {
		.out = out,
		.width = style->width < MIN_WIDTH ? MIN_WIDTH : style->width,
		.color = style->color,
	};

	print_head(&page, &sc->run);
	print_scores(&page, sc);
	print_outcomes(&page, sc);
	print_statuses(&page, sc);
	print_protections(&page, sc);
	print_resources(&page, sc);
	print_reruns(&page, sc);
	print_controlled(&page, sc);
	print_invalid(&page, sc);
	print_warnings(&page, sc);
}
