/* SPDX-License-Identifier: Apache-2.0 */
/* The template's side of warm starts; built into assay-warm.so. */
#include "sandbox/warm.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "sandbox/child.h"
#include "sandbox/wire.h"

struct hooks {
	void (*before)(void), (*after_in_parent)(void), (*after_in_child)(void);
};

/* What the program of this process is called with; it lives as long as the process. */
static struct box_spec own_spec;

static void call(void (*hook)(void))
{
	if (hook)
		hook();
}

/* A request taken apart; filter and spec point into the packet. */
struct request {
	struct warm_request head;
	struct filter_program filter;
	struct packet spec; /* data copied, descriptors borrowed */
};

static int take_apart(struct packet *p, struct request *r)
{
	if (p->data.len < sizeof(r->head) || p->n_fds < WARM_OWN_FDS)
		return -1;
	memcpy(&r->head, p->data.buf, sizeof(r->head));
	size_t filter = r->head.filter_bytes;
	size_t spec = r->head.spec_bytes;

	int own = WARM_OWN_FDS + (int)r->head.n_joins;

	if (p->data.len != sizeof(r->head) + filter + spec || r->head.n_joins > CG_KIND_COUNT ||
	    p->n_fds < own)
		return -1;
	r->filter.filter = xmemdup(p->data.buf + sizeof(r->head), filter);
	r->filter.len = (unsigned short)(filter / sizeof(struct sock_filter));
	strbuf_add(&r->spec.data, p->data.buf + sizeof(r->head) + filter, spec);
	r->spec.n_fds = p->n_fds - own;
	memcpy(r->spec.fds, p->fds + own, sizeof(int) * (size_t)r->spec.n_fds);
	return 0;
}

static void request_release(struct request *r)
{
	filter_release(&r->filter);
	packet_release(&r->spec);
}

#define CLONE_FLAGS                                                                                \
	((uint64_t)CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

static void answer(uint64_t id, int error, int pidfd)
{
	struct warm_reply reply = { .id = id, .error = error };
	struct packet p = { 0 };

	strbuf_add(&p.data, &reply, sizeof(reply));
	if (pidfd >= 0)
		p.fds[p.n_fds++] = pidfd;
	(void)packet_send(WARM_SOCKET_FD, &p, true, NULL);
	packet_release(&p);
}

/* In the cloned process: the first of its box. Returns only in the program's process. */
static int enter(const struct request *r, const struct packet *p)
{
	struct host *host = xcalloc(1, sizeof(*host));
	struct child c = { .role = r->head.is_shoot ? CHILD_SHOOT : CHILD_WARM,
			   .host = host,
			   .spec = &own_spec,
			   .filter = &r->filter,
			   .control = p->fds[0],
			   .stdout_fd = p->fds[1],
			   .stderr_fd = p->fds[2],
			   .tree = -1 };

	for (int k = 0; k < CG_KIND_COUNT; k++)
		c.joins[k] = k < (int)r->head.n_joins ? p->fds[WARM_OWN_FDS + k] : -1;
	(void)signal(SIGCHLD, SIG_DFL);
	host->layers = r->head.layers;
	host->landlock_abi = r->head.landlock_abi;
	if (wire_unpack_start(&r->spec, &own_spec, NULL) < 0)
		_exit(1);
	c.stdin_fd = own_spec.stdin_fd;
	c.env = own_spec.env.v;
	child_warm(&c);
	return (int)own_spec.argv.n;
}

/* 0: go on serving; 1: we are a program now. */
static int serve_one(struct packet *p, const struct hooks *hooks)
{
	struct request r = { 0 };
	int pidfd = -1;
	int became = 0;

	if (take_apart(p, &r) < 0) {
		packet_close_fds(p);
		return 0;
	}
	call(hooks->before);
	pid_t pid = host_clone(CLONE_FLAGS, &pidfd);

	if (pid == 0) {
		(void)enter(&r, p);
		call(hooks->after_in_child);
		became = 1;
	} else {
		int error = pid < 0 ? errno : 0;

		call(hooks->after_in_parent);
		answer(r.head.id, error, pidfd);
		close_fd(&pidfd);
		packet_close_fds(p);
	}
	request_release(&r);
	return became;
}

int warm_serve(void (*before)(void), void (*after_in_parent)(void), void (*after_in_child)(void))
{
	const struct hooks hooks = { before, after_in_parent, after_in_child };
	struct packet p = { 0 };

	(void)signal(SIGCHLD, SIG_IGN); /* nobody waits for what is cloned here */
	while (packet_receive(WARM_SOCKET_FD, true, &p, NULL) > 0) {
		if (serve_one(&p, &hooks)) {
			packet_release(&p);
			return (int)own_spec.argv.n;
		}
	}
	_exit(0);
}

const char *warm_argument(int i)
{
	return i >= 0 && (size_t)i < own_spec.argv.n ? own_spec.argv.v[i] : NULL;
}
