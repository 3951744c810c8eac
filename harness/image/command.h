/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs of the system that images are made with: found in PATH, given our environment, and
 * speaking to the user's standard error themselves.
 */
#ifndef HARNESS_IMAGE_COMMAND_H
#define HARNESS_IMAGE_COMMAND_H

#include <sys/types.h>

#include "base/err.h"

/* Descriptors become its standard input and output; -1: ours. ERR_HARNESS names what to install. */
int command_start(const char *const *argv, int in, int out, pid_t *ret, struct err *err);
/* ERR_HARNESS unless it ends with status 0. */
int command_wait(pid_t pid, const char *name, struct err *err);
int command_run(const char *const *argv, struct err *err);

#endif
