/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the box: the first process (init) puts up the layers, starts the program, reaps, and
 * reports over a SOCK_SEQPACKET control socket that the program never holds. Every message is one
 * struct.
 */
#ifndef SANDBOX_CHILD_H
#define SANDBOX_CHILD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strvec.h"
#include "sandbox/box.h"
#include "sandbox/host.h"
#include "sandbox/layers.h"

enum control_kind {
	CONTROL_GO = 1,      /* server: ids are mapped, control groups joined */
	CONTROL_ERROR,       /* a layer could not be put up: err */
	CONTROL_PROBED,      /* answer of a probe: layers, why */
	CONTROL_READY,       /* + scratch and /proc descriptors */
	CONTROL_STARTED,     /* about to execute; + filter listener where there is one */
	CONTROL_EXEC_FAILED, /* err.sys_errno */
	CONTROL_EXIT,        /* the program ended and everything else was killed */
	CONTROL_DEAD,        /* template: the first process of a clone ended without such a word */
	CONTROL_KILL,        /* server to template: the first process of a clone is to end */
};

struct control_msg {
	enum control_kind kind;
	uint32_t layers;
	uint64_t id; /* of a template's clone, else 0 */
	int32_t wait_status;
	int32_t leftovers;
	int64_t at_ns; /* when the program started or ended, by CLOCK_MONOTONIC */
	int64_t user_ns, sys_ns, max_rss_bytes;
	int64_t switches_voluntary, switches_forced;
	int64_t disk_free_bytes, disk_free_inodes; /* CONTROL_EXIT of a clone; -1 unknown */
	/* what follows travels with the kinds that have it */
	struct err err;
	char why[LAYER_COUNT][LAYER_WHY];
};
/* Bytes of a message that travel. */
size_t control_size(const struct control_msg *msg);

int control_send(int sock, const struct control_msg *msg, const int *fds, int n_fds);
/* 1 received, 0 nothing (would block), -1 the other end is gone. fds get -1 where none came. */
int control_receive(int sock, int flags, struct control_msg *msg, int fds[2]);

/* What the clone is to become. */
enum child_role {
	CHILD_BOX,      /* init of a box that executes a program */
	CHILD_TEMPLATE, /* init of a box whose program is a template: trusted, with capabilities */
	CHILD_STEM,     /* init of a box whose program is the server's own code: a template, too */
	CHILD_WARM,     /* init of a box whose program is a fork of a template */
	CHILD_SHOOT,    /* init of a box that was cloned from a stem and executes a program */
	CHILD_PROBE,
};

struct child {
	enum child_role role;
	const struct host *host;
	const struct box_spec *spec; /* descriptors are the server's, by number */
	const struct filter_program *filter;
	char *const *env; /* complete, NULL-terminated */
	int number;       /* of the box: its outer uid */
	uint64_t id;      /* of a template's clone, for its messages */
	int cpu;          /* to stay on, -1: any */
	int control;
	int stdin_fd, stdout_fd, stderr_fd; /* stdin_fd -1: /dev/null */
	int joins[CG_KIND_COUNT];           /* control groups to join first, -1: none */
	int tree;                           /* of the root file system (sandbox/rootfs.h), or -1 */
};

/* In the cloned child; never returns. */
_Noreturn void child_run(const struct child *c);
static inline bool child_is_template(enum child_role role)
{
	return role == CHILD_TEMPLATE || role == CHILD_STEM;
}

/* Cloned by a template: inside its root, user namespace and network namespace already. */
static inline bool child_is_cloned(enum child_role role)
{
	return role == CHILD_WARM || role == CHILD_SHOOT;
}

/*
 * In the process of a program, started by init: puts up its layers and executes it. Returns only
 * where there is nothing to execute, in a fork of a template, with every layer up.
 */
void child_program(const struct child *init);
/* In init: tells that the box cannot be made, and ends. */
_Noreturn void child_fail(const struct child *c, const struct err *err);
/* In init: hands the scratch disk and /proc to the server. -1 when it is gone. */
struct root_dirs;
int child_tell_ready(const struct child *c, const struct root_dirs *dirs);
/* In the cloned child of a probe: tries every layer, tells, ends. */
_Noreturn void child_probe(const struct child *c);

/* The ordered table of steps, for `assay-box explain`: the layer of each. */
const enum box_layer *child_step_order(size_t *ret_n);

#endif
