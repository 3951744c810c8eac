/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shape of a filter's program. The kernel goes over a program several times when it is loaded,
 * once for each system call there is, so that length and depth are paid for in every box. What
 * libseccomp makes compares with one number at a time; here the same decisions become ranges of
 * numbers, found by halving.
 */
#ifndef SANDBOX_FILTER_SHAPE_H
#define SANDBOX_FILTER_SHAPE_H

#include "base/err.h"
#include "sandbox/seccomp.h"

/*
 * Replaces a program of libseccomp by one that decides alike on every call: numbers from
 * FILTER_CALLS on are all decided like the first of them. Where the program is not of the kind
 * that is understood, it stays as it is. Returns 0 where it did, else 1.
 */
int filter_shape(struct filter_program *program);
/* Numbers that are told apart; the kernel's end well below. */
#define FILTER_CALLS 1024

struct seccomp_data;
/* What a program says to a call. */
uint32_t filter_run(const struct filter_program *program, const struct seccomp_data *data);

#endif
