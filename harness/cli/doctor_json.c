/* SPDX-License-Identifier: Apache-2.0 */
/* assay doctor --json. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "harness/cli/doctor.h"

static void json_layers(const struct findings *f, struct json_writer *w)
{
	jw_key(w, "layers");
	jw_begin_array(w);
	for (int i = 0; i < LAYER_COUNT; i++) {
		jw_begin_object(w);
		jw_kstr(w, "name", layer_infos[i].name);
		jw_kbool(w, "holds", f->layers & LAYER_BIT(i));
		jw_kstr(w, "what", layer_infos[i].what);
		jw_kstr(w, "why", f->missing_why[i][0] ? f->missing_why[i] : NULL);
		jw_kstr(w, "remedy", layer_infos[i].remedy);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void json_levels(const struct findings *f, struct json_writer *w)
{
	jw_key(w, "levels");
	jw_begin_array(w);
	for (size_t i = 0; i < DOCTOR_LEVELS; i++) {
		struct err why = { 0 };
		bool holds = doctor_level_check(f, doctor_levels[i], &why) == 0;

		jw_begin_object(w);
		jw_kstr(w, "name", box_level_name(doctor_levels[i]));
		jw_kbool(w, "holds", holds);
		jw_kstr(w, "why", holds ? NULL : why.msg);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void json_attacks(const struct selftest *t, struct json_writer *w)
{
	jw_key(w, "attacks");
	jw_begin_array(w);
	for (int i = 0; i < t->n; i++) {
		const struct selftest_row *row = &t->rows[i];

		jw_begin_object(w);
		jw_kstr(w, "class", row->class);
		jw_kstr(w, "name", row->name);
		jw_kstr(w, "about", row->about);
		jw_kstr(w, "layers", row->layers);
		jw_kstr(w, "verdict", selftest_verdict_name(row->verdict));
		jw_kstr(w, "why", row->why);
		jw_end_object(w);
	}
	jw_end_array(w);
}

/* null where it was not asked for. */
static void json_selftest(const struct findings *f, struct json_writer *w)
{
	jw_key(w, "selftest");
	if (!f->has_selftest) {
		jw_null(w);
		return;
	}
	jw_begin_object(w);
	for (int v = 0; v < SELFTEST_VERDICTS; v++)
		jw_kint(w, selftest_verdict_name((enum selftest_verdict)v), f->selftest.count[v]);
	jw_knum(w, "seconds", (double)f->selftest.took_ns / NS_PER_SEC);
	jw_kstr(w, "why", f->selftest_why.msg[0] ? f->selftest_why.msg : NULL);
	json_attacks(&f->selftest, w);
	jw_end_object(w);
}

void doctor_print_json(const struct findings *f, struct strbuf *out)
{
	struct json_writer w;

	jw_init(&w, out, 2);
	jw_begin_object(&w);
	json_layers(f, &w);
	json_levels(f, &w);
	jw_kstr(&w, "level", doctor_best_level(f));
	json_selftest(f, &w);
	jw_kstr(&w, "system", f->host.sysname);
	jw_kstr(&w, "kernel", f->host.release);
	jw_kstr(&w, "machine", f->host.machine);
	jw_kint(&w, "cpus", f->cpus);
	jw_kstr(&w, "python", strbuf_str(&f->python));
	jw_kstr(&w, "store", strbuf_str(&f->store));
	jw_end_object(&w);
	strbuf_addch(out, '\n');
}
