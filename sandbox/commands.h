/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of assay-box, one a file; the table is in sandbox/main.c. */
#ifndef SANDBOX_COMMANDS_H
#define SANDBOX_COMMANDS_H

#include "base/err.h"

/*
 * argv[0] is the command's name. 0 or more: the exit status; -1 with err: printed, its kind the
 * status.
 */
int cmd_serve(int argc, char **argv, struct err *err);
int cmd_serve_json(int argc, char **argv, struct err *err); /* of cmd_serve() with options */
int cmd_run(int argc, char **argv, struct err *err);
int cmd_explain(int argc, char **argv, struct err *err);
int cmd_sweep(int argc, char **argv, struct err *err);

#endif
