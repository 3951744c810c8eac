/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines from tables. A command's options are rows; parsing, help and completion are made
 * from them. Long options take "--name value" and "--name=value", unique prefixes are not accepted,
 * "--" ends options, "-abc" is not split (short options stand alone or take the next argument).
 */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/strvec.h"

enum opt_type {
	OPT_END = 0,
	OPT_FLAG,  /* bool *: set to true */
	OPT_STR,   /* const char **: points into argv */
	OPT_INT,   /* int64_t *: decimal, min..max */
	OPT_SIZE,  /* int64_t *: bytes with K, M, G suffix (1024) */
	OPT_TIME,  /* int64_t *: milliseconds; "2.5" is seconds, "250ms", "3s", "1m" say the unit */
	OPT_LIST,  /* struct strvec *: may be given again; each value is pushed */
	OPT_GROUP, /* a heading in the help */
};

struct opt {
	enum opt_type type;
	const char *name; /* without "--" */
	char letter;      /* short form or 0 */
	void *value;
	const char *arg;  /* placeholder in the help, "N", "FILE" */
	const char *help; /* NULL: not shown; of OPT_GROUP the heading (else its name) */
	int64_t min, max; /* OPT_INT, OPT_SIZE, OPT_TIME: checked where min < max */
};

struct opt_command {
	const char *program;  /* "assay score" */
	const char *synopsis; /* "SUITE --samples FILE [options]" */
	const char *about;    /* a paragraph or more for --help */
	const struct opt *opts;
};

/*
 * Parses argv[1..argc-1]; operands go to args in order. Returns 0, 1 when --help (or -h, unless the
 * table has another use for it) was asked for and printed to stdout, or -1 with ERR_USAGE. With
 * stop_at_operand all from the first operand on are operands (for "-- PROGRAM"). An option given
 * twice has its last value. A value may begin with "-", unless it is one of the options.
 */
int opt_parse(const struct opt_command *cmd, int argc, char **argv, bool stop_at_operand,
	      struct strvec *args, struct err *err);
void opt_print_help(const struct opt_command *cmd, FILE *out);
/* --help, which every command has after its own options. */
extern const struct opt opt_help;
/* The option whose name is the n bytes at `name`, among them opt_help; NULL where there is none. */
const struct opt *opt_find(const struct opt *opts, const char *name, size_t n);
/*
 * The parsers of OPT_SIZE and OPT_TIME, for configuration files. Fractions must come out as whole
 * bytes or milliseconds. The message does not name the option or the file: the caller does.
 */
int opt_parse_size(const char *text, int64_t *ret_bytes, struct err *err);
int opt_parse_time(const char *text, int64_t *ret_ms, struct err *err);

#endif
