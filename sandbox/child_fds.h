/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors between clone and exec: init keeps those of its box alone, and then only its control
 * socket; the program gets its own under the numbers that it was promised, and nothing else.
 */
#ifndef SANDBOX_CHILD_FDS_H
#define SANDBOX_CHILD_FDS_H

#include "base/err.h"
#include "sandbox/child.h"

/* Closes every descriptor but those that the box needs. */
void child_keep_box_fds(const struct child *c);
/* Closes every descriptor but this one. */
void child_keep_fd(int fd);
/* A copy of fd above all numbers that programs get; closes on execution. */
int child_lift_fd(int fd, struct err *err);
/* Gives the program's descriptors their numbers; all others close on execution. */
int child_place_fds(const struct child *c, struct err *err);

/*
 * In a fork of a template, where no execution closes anything: keeps the program's descriptors,
 * under their numbers, and the control socket.
 */
void child_keep_program_fds(const struct child *c);

#endif
