/* SPDX-License-Identifier: Apache-2.0 */
/* assay doctor for people: short lines, so that they fit beside other things. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "harness/cli/doctor.h"
#include "harness/cli/output.h"
#include "harness/report/page.h"

#define COLUMNS_MAX 60
#define ABOUT       26 /* column of what a layer does, behind its name */
#define DETAIL      11 /* of what a level or an attack comes to */

static void row(const struct page *p, int hang, bool is_good, const char *word, const char *text)
{
	auto_strbuf sb = { 0 };

	strbuf_addf(&sb, "%s%s" PAGE_PLAIN, is_good ? PAGE_GREEN : PAGE_RED, word);
	for (int n = page_columns(word); n < 8; n++)
		strbuf_addstr(&sb, PAGE_JOIN);
	strbuf_addf(&sb, " %s", text);
	page_para(p, 2, hang, strbuf_str(&sb));
}

static void detail(const struct page *p, int indent, const char *word, const char *text)
{
	auto_strbuf sb = { 0 };

	strbuf_addf(&sb, "%s %s", word, text);
	page_para(p, indent, indent + 2, strbuf_str(&sb));
}

static void print_layers(const struct findings *f, const struct page *p)
{
	const char *last = ""; /* a remedy is told once where it is the same */

	page_para(p, 0, 0, PAGE_BOLD "Layers of the sandbox" PAGE_PLAIN);
	for (int i = 0; i < LAYER_COUNT; i++) {
		const struct layer_info *layer = &layer_infos[i];
		bool holds = f->layers & LAYER_BIT(i);
		auto_strbuf text = { 0 };

		strbuf_addstr(&text, layer->name);
		for (size_t n = strlen(layer->name); n < ABOUT - DETAIL - 1; n++)
			strbuf_addstr(&text, PAGE_JOIN);
		strbuf_addf(&text, " %s", layer->what);
		row(p, ABOUT, holds, holds ? "have" : "MISSING", strbuf_str(&text));
		if (holds)
			continue;
		if (f->missing_why[i][0])
			detail(p, DETAIL, "why:", f->missing_why[i]);
		detail(p, DETAIL,
		       "remedy:", strcmp(last, layer->remedy) ? layer->remedy : "as above");
		last = layer->remedy;
	}
}

static void print_levels(const struct findings *f, const struct page *p)
{
	page_heading(p, "Levels (--isolation)");
	for (int i = 0; i < DOCTOR_LEVELS; i++) {
		struct err why = { 0 };
		bool holds = doctor_level_check(f, doctor_levels[i], &why) == 0;
		auto_strbuf text = { 0 };

		strbuf_addf(&text, "%s%s%s", box_level_name(doctor_levels[i]), holds ? "" : ": ",
			    holds ? "" : why.msg);
		row(p, DETAIL, holds, holds ? "have" : "MISSING", strbuf_str(&text));
	}
}

/* One line for each class: how many of its attacks held. */
static void print_classes(const struct selftest *t, const struct page *p)
{
	static const char *const classes[] = { "escape", "leak", "resource" };

	for (size_t c = 0; c < ARRAY_SIZE(classes); c++) {
		int n[SELFTEST_VERDICTS] = { 0 };
		auto_strbuf text = { 0 };

		for (int i = 0; i < t->n; i++)
			n[t->rows[i].verdict] += !strcmp(t->rows[i].class, classes[c]);
		strbuf_addf(&text, "%s: %d attacks", classes[c], n[SELFTEST_HELD]);
		if (n[SELFTEST_BROKEN])
			strbuf_addf(&text, ", %d SUCCEEDED", n[SELFTEST_BROKEN]);
		if (n[SELFTEST_SKIPPED])
			strbuf_addf(&text, ", %d skipped", n[SELFTEST_SKIPPED]);
		row(p, DETAIL, !n[SELFTEST_BROKEN], "held", strbuf_str(&text));
	}
}

static void print_attack(const struct selftest_row *r, const struct page *p)
{
	bool is_broken = r->verdict == SELFTEST_BROKEN;
	auto_strbuf text = { 0 };

	strbuf_addf(&text, "%s: %s", r->name, is_broken ? r->about : r->why);
	row(p, DETAIL, !is_broken, is_broken ? "BROKEN" : "skipped", strbuf_str(&text));
	if (is_broken) {
		detail(p, DETAIL, "why:", r->why);
		detail(p, DETAIL, "meant to stop it:", r->layers);
	}
}

static void print_selftest(const struct findings *f, const struct page *p)
{
	const struct selftest *t = &f->selftest;
	char title[64];

	if (!f->has_selftest)
		return;
	if (f->selftest_why.msg[0]) {
		page_heading(p, "Attacks tried here");
		row(p, DETAIL, false, "NONE", f->selftest_why.msg);
		return;
	}
	(void)snprintf(title, sizeof(title), "%d attacks tried here, in %.1f s",
		       t->n - t->count[SELFTEST_SKIPPED], (double)t->took_ns / NS_PER_SEC);
	page_heading(p, title);
	print_classes(t, p);
	for (int i = 0; i < t->n; i++) {
		if (t->rows[i].verdict != SELFTEST_HELD)
			print_attack(&t->rows[i], p);
	}
}

static void fact(const struct page *p, const char *name, const char *value)
{
	auto_strbuf sb = { 0 };

	strbuf_addstr(&sb, name);
	for (int n = page_columns(name); n < 14; n++)
		strbuf_addstr(&sb, PAGE_JOIN);
	strbuf_addf(&sb, " %s", value);
	page_para(p, 2, 17, strbuf_str(&sb));
}

static void print_machine(const struct findings *f, const struct page *p)
{
	char cpus[16], system[300], python[4096];

	(void)snprintf(system, sizeof(system), "%s %s %s", f->host.sysname, f->host.release,
		       f->host.machine);
	(void)snprintf(cpus, sizeof(cpus), "%d", f->cpus);
	(void)snprintf(python, sizeof(python), "%.*s", (int)strcspn(strbuf_str(&f->python), " "),
		       strbuf_str(&f->python));
	page_heading(p, "Machine");
	fact(p, "system", system);
	fact(p, "CPUs available", cpus);
	fact(p, "python", python);
	fact(p, "store", strbuf_str(&f->store));
}

static void print_missing(const struct findings *f, struct strbuf *sb)
{
	const char *sep = "; without ";

	for (int i = 0; i < LAYER_COUNT; i++) {
		if (f->layers & LAYER_BIT(i))
			continue;
		strbuf_addf(sb, "%s%s", sep, layer_infos[i].name);
		sep = ", ";
	}
}

/* The last line is what people came for. */
static void print_verdict(const struct findings *f, const struct page *p)
{
	static const struct {
		const char *best, *text;
	} rows[] = {
		{ "strict", "isolation standard; --isolation strict holds too" },
		{ "standard", "isolation standard" },
		{ "reduced", "isolation reduced, where --isolation reduced asks for it" },
		{ "none", "none: no box can be made" },
	};
	const char *best = doctor_best_level(f);
	bool is_standard = doctor_level_check(f, BOX_LEVEL_STANDARD, &(struct err){ 0 }) == 0;
	int broken = f->selftest.count[SELFTEST_BROKEN];
	auto_strbuf sb = { 0 };

	page_heading(p, "Results from here");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!strcmp(rows[i].best, best))
			strbuf_addstr(&sb, rows[i].text);
	}
	if (f->has_server)
		print_missing(f, &sb);
	row(p, DETAIL, is_standard && !broken, is_standard && !broken ? "ok" : "NO",
	    strbuf_str(&sb));
	if (broken) {
		char text[128];

		(void)snprintf(text, sizeof(text),
			       "%d attacks have succeeded: trust no result from here", broken);
		row(p, DETAIL, false, "NO", text);
	}
}

void doctor_print_text(const struct findings *f, struct strbuf *out)
{
	int width = output_width(1);
	struct page p = { .out = out,
			  .width = width < COLUMNS_MAX ? width : COLUMNS_MAX,
			  .color = output_style().color };

	if (f->has_server)
		print_layers(f, &p);
	else
		detail(&p, 0, "No box can be made:", f->why.msg);
	print_levels(f, &p);
	print_selftest(f, &p);
	print_machine(f, &p);
	print_verdict(f, &p);
}
