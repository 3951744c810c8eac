/* SPDX-License-Identifier: Apache-2.0 */
/* Where commands print: standard output, files, and what the terminal can show. */
#ifndef HARNESS_CLI_OUTPUT_H
#define HARNESS_CLI_OUTPUT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "harness/report/scorecard.h"

/* Colours only on a terminal, without NO_COLOR, TERM not dumb; the width of stdout. */
struct scorecard_style output_style(void);
/* Columns of the terminal at fd, else COLUMNS, else 80. */
int output_width(int fd);
/* May a line be rewritten in place here? */
bool output_is_terminal(int fd);

int output_stdout(const struct strbuf *text, struct err *err);
/* To a file that appears whole or not at all, or to standard output for "-". */
int output_file(const char *path, const struct strbuf *text, struct err *err);
/* Could output_file() write there? Asked before long work. NULL and "-" are fine. */
int output_check(const char *path, struct err *err);
/* Are both the same existing file, or the same path? */
bool output_same_file(const char *a, const char *b);
/* What stdio still holds (help texts). */
int output_flush(struct err *err);
/* The reader of our output has left: nothing to complain about. */
bool output_is_broken_pipe(const struct err *err);

#endif
