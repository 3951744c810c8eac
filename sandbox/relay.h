/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output that is passed on to a descriptor of the caller's, never waiting for who reads it: what
 * cannot be written yet is kept until it can, and so the box that prints it goes on, and its limits
 * are watched. How much that may be is for the caller to bound.
 */
#ifndef SANDBOX_RELAY_H
#define SANDBOX_RELAY_H

#include <stddef.h>

#include "base/err.h"
#include "base/loop.h"

struct relay;

/* Takes a copy of fd, and a place in the list, which it leaves when it is freed. */
int relay_new(struct loop *loop, int fd, struct relay **list, struct relay **ret, struct err *err);
/* After an error of the reading end, bytes are dropped. */
void relay_add(struct relay *r, const char *data, size_t n);
/* No more bytes come: it frees itself once all have been passed on. NULL is allowed. */
void relay_end(struct relay *r);
/* Frees all of a list, whatever they still hold. */
void relays_release(struct relay **list);

#endif
