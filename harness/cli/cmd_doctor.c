/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assay doctor: what this machine can isolate, what is missing and how to get it. It starts the box
 * server at the lowest level, so that it reports where a run would refuse.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/opt.h"
#include "base/strbuf.h"
#include "harness/cli/commands.h"
#include "harness/cli/options.h"
#include "harness/cli/output.h"
#include "harness/run/toolchain.h"
#include "harness/store/store.h"
#include "sandbox/box.h"
#include "sandbox/cpus.h"
#include "sandbox/layers.h"

#define REMEDY_INDENT 22

static struct {
	const char *store;
	bool is_json;
} args;

static const struct opt opts[] = {
	OPTION_JSON(&args.is_json),
	OPTION_STORE(&args.store),
	{ .type = OPT_END },
};

static const struct opt_command command = {
	.program = "assay doctor",
	.synopsis = "[options]",
	.about = "Tells which layers of the sandbox hold on this machine, which do not, and the\n"
		 "remedy. Exit status 0 when runs are possible at the standard level, else 4.",
	.opts = opts,
};

/* What was found out, before it is printed in either form. */
struct findings {
	uint32_t layers;
	char missing_why[LAYER_COUNT][LAYER_WHY];
	bool can_box;
	struct err why; /* where no box can be made at all */
	int cpus;
	struct strbuf python, store;
	struct utsname host;
};

static const enum box_level levels[] = { BOX_LEVEL_REDUCED, BOX_LEVEL_STANDARD, BOX_LEVEL_STRICT };

static int level_check(const struct findings *f, enum box_level level, struct err *why)
{
	if (!f->can_box) {
		*why = f->why;
		return -1;
	}
	return box_level_check(level, f->layers, f->missing_why, why);
}

/* ---- finding out ---- */

static void take_layers(struct findings *f, const struct box_client *client)
{
	f->layers = box_client_layers(client);
	for (int i = 0; i < LAYER_COUNT; i++)
		(void)snprintf(f->missing_why[i], LAYER_WHY, "%s",
			       box_client_why(client, (enum box_layer)i));
}

static int probe_sandbox(struct findings *f, struct err *err)
{
	struct loop *loop = NULL;
	struct box_client *client = NULL;

	if (loop_new(&loop, err) < 0)
		return -1;
	f->can_box = box_client_new(loop, BOX_LEVEL_REDUCED, &client, &f->why) == 0;
	if (f->can_box) {
		take_layers(f, client);
		box_client_free(client);
	}
	loop_free(loop);
	return 0;
}

static int find_out(struct findings *f, struct err *err)
{
	struct cpus cpus;

	if (probe_sandbox(f, err) < 0 || store_default_path(args.store, &f->store, err) < 0)
		return -1;
	cpus_count("", &cpus);
	f->cpus = cpus.available;
	toolchain_identity(&f->python);
	(void)uname(&f->host);
	return 0;
}

static void findings_release(struct findings *f)
{
	strbuf_release(&f->python);
	strbuf_release(&f->store);
}

/* ---- for people ---- */

static void print_layers(const struct findings *f, struct strbuf *out)
{
	strbuf_addstr(out, "Layers of the sandbox\n");
	for (int i = 0; i < LAYER_COUNT; i++) {
		const struct layer_info *layer = &layer_infos[i];
		bool holds = f->layers & LAYER_BIT(i);

		strbuf_addf(out, "  %-4s %-14s %s\n", holds ? "ok" : "NO", layer->name,
			    layer->what);
		if (holds)
			continue;
		if (f->missing_why[i][0])
			strbuf_addf(out, "%*swhy: %s\n", REMEDY_INDENT, "", f->missing_why[i]);
		strbuf_addf(out, "%*sremedy: %s\n", REMEDY_INDENT, "", layer->remedy);
	}
}

static void print_levels(const struct findings *f, struct strbuf *out)
{
	strbuf_addstr(out, "\nLevels (--isolation)\n");
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		struct err why = { 0 };
		bool holds = level_check(f, levels[i], &why) == 0;

		strbuf_addf(out, "  %-4s %s%s%s\n", holds ? "ok" : "NO", box_level_name(levels[i]),
			    holds ? "" : ": ", holds ? "" : why.msg);
	}
}

static void print_machine(const struct findings *f, struct strbuf *out)
{
	strbuf_addf(out, "\nMachine\n  %-19s %s %s %s\n", "system", f->host.sysname,
		    f->host.release, f->host.machine);
	strbuf_addf(out, "  %-19s %d\n", "CPUs available", f->cpus);
	strbuf_addf(out, "  %-19s %.*s\n", "python", (int)strcspn(strbuf_str(&f->python), " "),
		    strbuf_str(&f->python));
	strbuf_addf(out, "  %-19s %s\n", "store", strbuf_str(&f->store));
}

static void print_text(const struct findings *f, struct strbuf *out)
{
	if (f->can_box)
		print_layers(f, out);
	else
		strbuf_addf(out, "No box can be made: %s\n", f->why.msg);
	print_levels(f, out);
	print_machine(f, out);
}

/* ---- for machines ---- */

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
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		struct err why = { 0 };
		bool holds = level_check(f, levels[i], &why) == 0;

		jw_begin_object(w);
		jw_kstr(w, "name", box_level_name(levels[i]));
		jw_kbool(w, "holds", holds);
		jw_kstr(w, "why", holds ? NULL : why.msg);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void print_json(const struct findings *f, struct strbuf *out)
{
	struct json_writer w;

	jw_init(&w, out, 2);
	jw_begin_object(&w);
	json_layers(f, &w);
	json_levels(f, &w);
	jw_kstr(&w, "system", f->host.sysname);
	jw_kstr(&w, "kernel", f->host.release);
	jw_kstr(&w, "machine", f->host.machine);
	jw_kint(&w, "cpus", f->cpus);
	jw_kstr(&w, "python", strbuf_str(&f->python));
	jw_kstr(&w, "store", strbuf_str(&f->store));
	jw_end_object(&w);
	strbuf_addch(out, '\n');
}

static int diagnose(struct err *err)
{
	struct findings f = { 0 };
	struct err why = { 0 };
	auto_strbuf out = { 0 };
	int r = find_out(&f, err);

	if (r == 0) {
		if (args.is_json)
			print_json(&f, &out);
		else
			print_text(&f, &out);
		r = output_stdout(&out, err);
	}
	if (r == 0 && level_check(&f, BOX_LEVEL_STANDARD, &why) < 0)
		r = ERR_HARNESS;
	findings_release(&f);
	return r;
}

int cmd_doctor(int argc, char **argv, struct err *err)
{
	auto_strvec operands = { 0 };
	int r;

	memset(&args, 0, sizeof(args));
	r = opt_parse(&command, argc, argv, false, &operands, err);
	if (r != 0)
		return r < 0 ? -1 : EXIT_DONE;
	if (operands.n > 0)
		return err_set(err, ERR_USAGE, "doctor takes no operand: '%s'", operands.v[0]);
	return diagnose(err);
}
