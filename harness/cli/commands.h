/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of `assay`. Each is a file cmd_NAME.c and a row of the table in main.c, from which
 * `assay help` is printed.
 */
#ifndef HARNESS_CLI_COMMANDS_H
#define HARNESS_CLI_COMMANDS_H

#include "base/err.h"

#define ASSAY_VERSION "0.1.0"

/* What a command ends with beside the kinds of errors (base/err.h). */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_NO = 1,            /* the answer is no: a gate, a threshold */
	EXIT_INTERRUPTED = 130, /* as a shell tells a program that Ctrl-C ended */
};

struct command {
	const char *name;
	/* argv[0] is the command's name. Returns an exit status, or -1 with err. */
	int (*run)(int argc, char **argv, struct err *err);
	const char *summary;
};

int cmd_score(int argc, char **argv, struct err *err);
int cmd_report(int argc, char **argv, struct err *err);
int cmd_runs(int argc, char **argv, struct err *err);
int cmd_image(int argc, char **argv, struct err *err);
int cmd_demo(int argc, char **argv, struct err *err);
int cmd_doctor(int argc, char **argv, struct err *err);
int cmd_version(int argc, char **argv, struct err *err);
int cmd_help(int argc, char **argv, struct err *err);

#endif
