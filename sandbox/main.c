/* SPDX-License-Identifier: Apache-2.0 */
/* assay-box: sandboxed runs of one program each. Commands are rows. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "sandbox/commands.h"

static const struct command {
	const char *name, *summary;
	int (*run)(int argc, char **argv, struct err *err);
} commands[] = {
	{ "run", "run one program in a box", cmd_run },
	{ "explain", "print what a box is made of, and what this machine gives", cmd_explain },
	{ "serve", "serve boxes: to assay over descriptor 3, to others with --json", cmd_serve },
	{ "sweep", "remove what a killed server could not", cmd_sweep },
};

static int usage(FILE *out, int status)
{
	(void)fputs("usage: assay-box COMMAND [options]\n\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		(void)fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
	(void)fputs("\n'assay-box COMMAND --help' tells more.\n", out);
	return status;
}

int main(int argc, char **argv)
{
	struct err err = { 0 };

	log_set_program("assay-box");
	if (argc < 2)
		return usage(stderr, ERR_USAGE);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
		return usage(stdout, 0);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		int status = commands[i].run(argc - 1, argv + 1, &err);

		if (status >= 0)
			return status;
		log_error("%s", err.msg);
		return err.kind ? (int)err.kind : ERR_HARNESS;
	}
	log_error("unknown command '%s': see assay-box --help", argv[1]);
	return ERR_USAGE;
}
