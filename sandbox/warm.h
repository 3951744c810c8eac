/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warm starts: an interpreter that has already started inside a box of its own (the template) and
 * forks once for each program into fresh namespaces.
 *
 * The template runs trusted code alone: our script, which has read what it will need and then
 * waits in warm_serve() (assay-warm.so, built from the same files as assay-box). It keeps the
 * capabilities of its user namespace to make namespaces and mounts with. A request brings the
 * descriptors and the spec of a box; the template clones its first process, hands the server a
 * pidfd for it, and forgets it. That process then does what child.c does for every box, with a
 * scratch disk, /proc and /box of its own, drops everything, loads the filter, and returns into
 * the interpreter instead of executing a program. So a fork shares nothing writable with its
 * parent or siblings, and they are not in sight.
 *
 * A stem is a template without an interpreter: the server's own code, in a fork of the server. Its
 * clones (shoots) execute a program, and save the making of a root. Every template has one clone at
 * a time, so that no two boxes share a user id, a network namespace or a user namespace.
 *
 * Messages over a SOCK_SEQPACKET socket: a warm_request with filter and packed spec behind it and
 * the descriptors beside it; back comes a warm_reply with the pidfd.
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
/*
 * Descriptors: control, standard output, standard error, n_joins of control groups, then the
 * spec's.
 */
#define WARM_OWN_FDS 3

struct warm_reply {
	uint64_t id;
	int32_t error; /* errno where no process could be cloned, else 0 and a pidfd beside this */
};

/*
 * In the template: serves until the socket ends, then ends the process. Returns only in a program's
 * process, inside its box with everything in place: the number of its arguments. The functions
 * bracket a fork in the interpreter (PyOS_BeforeFork and its kin); any may be NULL.
 */
__attribute__((visibility("default"))) int
warm_serve(void (*before)(void), void (*after_in_parent)(void), void (*after_in_child)(void));
/* Argument i of the program that this process became. */
__attribute__((visibility("default"))) const char *warm_argument(int i);

#endif
