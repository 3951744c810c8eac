/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warm starts: an interpreter that has already started inside a box of its own (the template) and
 * forks once for each program into fresh namespaces.
 *
 * The template runs trusted code alone: our script, which has read what it will need and then
 * waits in warm_serve() (assay-warm.so, built from the same files as assay-box). It keeps the
 * capabilities of its user namespace to make namespaces and mounts with. A request brings the
 * descriptors and the spec of a box, which the template makes as sandbox/shoot.h tells, with a
 * scratch disk, /proc and /box of its own; its program returns into the interpreter instead of
 * executing something. So a fork shares nothing writable with its parent or siblings, and they are
 * not in sight.
 *
 * A stem is a template without an interpreter: the server's own code, in a fork of the server. Its
 * clones (shoots) execute a program, and save the making of a root. Every template has one clone at
 * a time, so that no two boxes share a user id or a network namespace.
 *
 * Requests come over a SOCK_SEQPACKET socket: a warm_request with filter and packed spec behind it
 * and the descriptors beside it, or a struct control_msg that kills. Back come control messages
 * with the box's id, of the template and of the processes of the box that are not the program's.
 */
#ifndef SANDBOX_WARM_H
#define SANDBOX_WARM_H

#include <stdint.h>

#include "base/err.h"

#define WARM_SOCKET_FD 3                    /* the template's end */
#define WARM_LIBRARY   "/box/assay-warm.so" /* where a template finds it */

struct warm_request {
	uint64_t id;
	uint32_t layers;
	int32_t landlock_abi;
	uint32_t n_joins;
	uint32_t is_shoot;     /* the clone executes a program (CHILD_SHOOT) */
	uint32_t filter_bytes; /* of the program behind this struct */
	uint32_t spec_bytes;   /* of the packed spec behind that */
};
/* Descriptors: standard output, standard error, n_joins of control groups, then the spec's. */
#define WARM_OWN_FDS 2

/*
 * In the template: serves until the socket ends, then ends the process. Returns only in a program's
 * process, inside its box with everything in place: the number of its arguments. The functions
 * bracket a fork in the interpreter (PyOS_BeforeFork and its kin); any may be NULL.
 */
__attribute__((visibility("default"))) int
warm_serve(void (*before)(void), void (*after_in_parent)(void), void (*after_in_child)(void));
/*
 * In the template, before warm_serve(): puts the program's code, of which an address is given, on
 * huge pages, which spares each fork the finding of it. -1 where the machine has none: no harm.
 */
__attribute__((visibility("default"))) int warm_settle(const void *code);
/* Argument i of the program that this process became. */
__attribute__((visibility("default"))) const char *warm_argument(int i);

#endif
