/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assay doctor: what this machine can isolate, what is missing and how to get it, and whether
 * attacks succeed. It starts the box server at the lowest level, so that it reports where a run
 * would refuse.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "base/opt.h"
#include "base/strbuf.h"
#include "harness/cli/commands.h"
#include "harness/cli/doctor.h"
#include "harness/cli/options.h"
#include "harness/cli/output.h"
#include "harness/run/toolchain.h"
#include "harness/store/store.h"
#include "sandbox/box.h"
#include "sandbox/cpus.h"

static struct {
	const char *store;
	bool is_json, is_quick;
} args;

static const struct opt opts[] = {
	{ .type = OPT_FLAG,
	  .name = "quick",
	  .value = &args.is_quick,
	  .help = "without the attacks" },
	OPTION_JSON(&args.is_json),
	OPTION_STORE(&args.store),
	{ .type = OPT_END },
};

static const struct opt_command command = {
	.program = "assay doctor",
	.synopsis = "[options]",
	.about = "Tells which layers of the sandbox hold on this machine, which do not, and the\n"
		 "remedy; tries attacks on boxes made here; and says which level of isolation\n"
		 "results will have. Exit status 0 when runs are possible at the standard level\n"
		 "and no attack succeeded, else 4.",
	.opts = opts,
};

const enum box_level doctor_levels[DOCTOR_LEVELS] = { BOX_LEVEL_REDUCED, BOX_LEVEL_STANDARD,
						      BOX_LEVEL_STRICT };

int doctor_level_check(const struct findings *f, enum box_level level, struct err *why)
{
	if (!f->has_server) {
		*why = f->why;
		return -1;
	}
	return box_level_check(level, f->layers, f->missing_why, why);
}

const char *doctor_best_level(const struct findings *f)
{
	for (int i = DOCTOR_LEVELS; i-- > 0;) {
		struct err why = { 0 };

		if (doctor_level_check(f, doctor_levels[i], &why) == 0)
			return box_level_name(doctor_levels[i]);
	}
	return "none";
}

/* ---- finding out ---- */

static int probe_layers(struct findings *f, struct err *err)
{
	auto_strvec why = { 0 };

	if (box_layers_here(&f->layers, &why, err) < 0)
		return -1;
	for (int i = 0; i < LAYER_COUNT; i++)
		(void)snprintf(f->missing_why[i], LAYER_WHY, "%s", why.v[i]);
	return 0;
}

static int try_attacks(struct findings *f, struct err *err)
{
	struct loop *loop = NULL;
	struct box_client *client = NULL;
	int r = loop_new(&loop, err);

	if (r == 0)
		r = box_client_new(loop, BOX_LEVEL_REDUCED, &client, err);
	if (r == 0)
		r = selftest_run(client, &f->selftest, err);
	box_client_free(client);
	loop_free(loop);
	return r;
}

static void probe_sandbox(struct findings *f)
{
	f->has_server = probe_layers(f, &f->why) == 0;
	f->has_selftest = !args.is_quick && f->has_server &&
			  doctor_level_check(f, BOX_LEVEL_REDUCED, &(struct err){ 0 }) == 0;
	if (f->has_selftest)
		(void)try_attacks(f, &f->selftest_why);
}

static int find_out(struct findings *f, struct err *err)
{
	struct cpus cpus;

	if (store_default_path(args.store, &f->store, err) < 0)
		return -1;
	probe_sandbox(f);
	cpus_count("", &cpus);
	f->cpus = cpus.available;
	toolchain_identity(&f->python);
	(void)uname(&f->host);
	return 0;
}

static void findings_release(struct findings *f)
{
	selftest_release(&f->selftest);
	strbuf_release(&f->python);
	strbuf_release(&f->store);
}

/* That no attack succeeds is shown by trying, unless nobody asks for it. */
static bool is_proven(const struct findings *f)
{
	return args.is_quick ||
	       (!f->selftest_why.msg[0] && f->selftest.count[SELFTEST_BROKEN] == 0);
}

static int diagnose(struct err *err)
{
	struct findings f = { 0 };
	struct err why = { 0 };
	auto_strbuf out = { 0 };
	int r = find_out(&f, err);

	if (r == 0) {
		if (args.is_json)
			doctor_print_json(&f, &out);
		else
			doctor_print_text(&f, &out);
		r = output_stdout(&out, err);
	}
	if (r == 0 && (doctor_level_check(&f, BOX_LEVEL_STANDARD, &why) < 0 || !is_proven(&f)))
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
