/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system call filter: an allow list by group (sandbox/policies/), compiled with libseccomp once
 * a server, brought into a shorter shape, and loaded by a raw call in each box.
 *
 *   allowed           reaches the kernel
 *   named as forbidden is answered EPERM, and told to the server (evidence), never reaches the
 * kernel all else          ENOSYS; so is clone3, whose flags no filter can see: libc falls back to
 * clone foreign arch, x32 kills the process
 */
#ifndef SANDBOX_SECCOMP_H
#define SANDBOX_SECCOMP_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct filter_params {
	bool has_net_ns;        /* else internet sockets are refused too */
	bool has_memory_cgroup; /* else memory files, which nothing would count, are refused */
	int64_t file_bytes;     /* growing a file past this by truncate or allocate is told to the
			       server */
};

struct filter_program {
	struct sock_filter *filter; /* owned */
	unsigned short len;
};

int filter_compile(const struct filter_params *params, struct filter_program *ret, struct err *err);
/* The same as libseccomp makes it, before its shape is changed (sandbox/filter_shape.h). */
int filter_compile_plain(const struct filter_params *params, struct filter_program *ret,
			 struct err *err);
void filter_release(struct filter_program *p);

/*
 * In the child, after no_new_privs: loads the program. Returns a listener descriptor for
 * the server, or -1 with errno 0 when the filter is loaded without one (an older kernel, or a
 * listener above us), or -1 with errno set when nothing could be loaded. Raw calls only.
 */
int filter_load(const struct filter_program *p);

/*
 * In the server: answers what waits on a listener. `name` gets the system call's name, *ret_nr its
 * number, *ret_is_growth tells a refused growth of a file from a forbidden call. 1 answered, 0
 * nothing there, -1 the listener is dead.
 */
int filter_answer(int listener, char *name, size_t size, int *ret_nr, bool *ret_is_growth);

/* Prints the policy: groups, their calls, what is forbidden by name. */
void filter_print(FILE *out);

#endif
