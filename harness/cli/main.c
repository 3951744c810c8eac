/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assay: finds the command, runs it, tells its error and its exit status.
 *
 *   0 done   1 the answer is no   2 usage   3 bad task or input   4 the harness could not do its
 *   work   5 budget reached   6 integrity   130 interrupted
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/opt.h"
#include "base/strbuf.h"
#include "harness/cli/commands.h"
#include "harness/cli/output.h"

static const struct command commands[] = {
	{ "score", cmd_score, "judge the answers of a samples file" },
	{ "report", cmd_report, "show a run that is in the store" },
	{ "runs", cmd_runs, "list the runs in the store" },
	{ "image", cmd_image, "root file systems that boxes can have" },
	{ "demo", cmd_demo, "score three recorded models: no files needed" },
	{ "doctor", cmd_doctor, "what this machine can isolate, what is missing" },
	{ "version", cmd_version, "print the version" },
	{ "help", cmd_help, "show this help, or that of a command" },
};

/* What people type instead of a command. */
static const struct {
	const char *word, *command;
} aliases[] = {
	{ "--help", "help" },
	{ "-h", "help" },
	{ "--version", "version" },
	{ "-V", "version" },
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (strcmp(aliases[i].word, name) == 0)
			name = aliases[i].command;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int unknown_command(const char *name, struct err *err)
{
	return err_set(err, ERR_USAGE, "unknown command '%s' (see 'assay help')", name);
}

static void print_commands(struct strbuf *out)
{
	strbuf_addstr(out, "usage: assay COMMAND [options]\n\n"
			   "Judges generated code by tests in a sandbox, and says how\n"
			   "good its author is, with intervals.\n\nCommands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		strbuf_addf(out, "  %-8s  %s\n", commands[i].name, commands[i].summary);
	strbuf_addstr(out, "\nStart here:\n  assay demo\n  assay score starter --samples FILE\n"
			   "\nassay help COMMAND shows a command's options.\n");
}

int cmd_help(int argc, char **argv, struct err *err)
{
	static const struct opt opts[] = { { .type = OPT_END } };
	static const struct opt_command cmd = {
		.program = "assay help",
		.synopsis = "[COMMAND]",
		.about = "Lists the commands, or shows the options of one.",
		.opts = opts,
	};
	auto_strvec args = { 0 };
	auto_strbuf out = { 0 };
	const struct command *command;
	int r = opt_parse(&cmd, argc, argv, false, &args, err);

	if (r != 0)
		return r < 0 ? -1 : EXIT_DONE;
	if (args.n > 1)
		return err_set(err, ERR_USAGE, "one command at a time (see 'assay help')");
	if (args.n == 1) {
		char *help_argv[] = { args.v[0], (char[]){ "--help" }, NULL };

		command = find_command(args.v[0]);
		return command ? command->run(2, help_argv, err) : unknown_command(args.v[0], err);
	}
	print_commands(&out);
	return output_stdout(&out, err);
}

int cmd_version(int argc, char **argv, struct err *err)
{
	static const struct opt opts[] = { { .type = OPT_END } };
	static const struct opt_command cmd = {
		.program = "assay version",
		.synopsis = "",
		.about = "Prints the version.",
		.opts = opts,
	};
	auto_strvec args = { 0 };
	auto_strbuf out = { 0 };
	int r = opt_parse(&cmd, argc, argv, false, &args, err);

	if (r != 0)
		return r < 0 ? -1 : EXIT_DONE;
	if (args.n > 0)
		return err_set(err, ERR_USAGE, "version takes no operand");
	strbuf_addstr(&out, "assay " ASSAY_VERSION "\n");
	return output_stdout(&out, err);
}

/* A file that is opened later must not land on the number of a closed standard stream. */
static void open_standard_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	close_fd(&fd);
}

static int run_command(int argc, char **argv, struct err *err)
{
	static char help_word[] = "help";
	static char *help_argv[] = { help_word, NULL };
	const struct command *command;

	if (argc < 2) {
		(void)cmd_help(1, help_argv, err);
		return ERR_USAGE;
	}
	command = find_command(argv[1]);
	return command ? command->run(argc - 1, argv + 1, err) : unknown_command(argv[1], err);
}

int main(int argc, char **argv)
{
	struct err err = { 0 };
	int status;

	open_standard_streams();
	/* A reader that leaves early is an error of write(), handled where we print. */
	(void)signal(SIGPIPE, SIG_IGN);
	status = run_command(argc, argv, &err);
	if (status >= 0 && output_flush(&err) < 0)
		status = -1;
	if (status >= 0)
		return status;
	log_error("%s", err.msg);
	return err.kind;
}
