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
bool output_is_stdout(const char *path);
/* What stdio still holds (help texts). */
int output_flush(struct err *err);
/*
 * What writing to `path` came to: r and *why. A reader of our standard output that left early is
 * nothing to complain about: 0 then, else r, with *err filled from *why.
 */
int output_result(const char *path, int r, const struct err *why, struct err *err);

#endif
