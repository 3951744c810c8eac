/* SPDX-License-Identifier: Apache-2.0 */
/* The template's side of warm starts; built into assay-warm.so. */
#include "sandbox/warm.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "sandbox/child.h"
#include "sandbox/shoot.h"
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

/* In the request's process: a box of it. 1: this is its program's process. */
static int make_box(const struct request *r, const struct packet *p)
{
	static struct host host; /* large, and of use until the program has left */
	struct shoot_order order = {
		.id = r->head.id,
		.child = { .role = r->head.is_shoot ? CHILD_SHOOT : CHILD_WARM,
			   .host = &host,
			   .spec = &own_spec,
			   .filter = &r->filter,
			   .id = r->head.id,
			   .cpu = -1, /* the template's */
			   .control = WARM_SOCKET_FD,
			   .stdout_fd = p->fds[0],
			   .stderr_fd = p->fds[1],
			   .tree = -1 },
	};
	struct child *c = &order.child;

	for (int k = 0; k < CG_KIND_COUNT; k++)
		c->joins[k] = k < (int)r->head.n_joins ? p->fds[WARM_OWN_FDS + k] : -1;
	host.layers = r->head.layers;
	host.landlock_abi = r->head.landlock_abi;
	if (wire_unpack_start(&r->spec, &own_spec, NULL) < 0)
		_exit(1);
	c->stdin_fd = own_spec.stdin_fd;
	c->env = own_spec.env.v;
	return shoot_start(&order);
}

/* 0: go on serving; 1: we are a program now. */
static int serve_one(struct packet *p, const struct hooks *hooks)
{
	struct request r = { 0 };
	int became = 0;

	if (take_apart(p, &r) == 0) {
		call(hooks->before);
		became = make_box(&r, p);
		call(became ? hooks->after_in_child : hooks->after_in_parent);
		if (!became)
			box_spec_release(&own_spec);
	}
	if (!became)
		packet_close_fds(p);
	request_release(&r);
	return became;
}

static void on_child(int signo)
{
	(void)signo;
}

/* Ended children interrupt a wait for requests, and nothing else. */
static void watch_children(sigset_t *ret_waiting)
{
	struct sigaction act = { .sa_handler = on_child };
	sigset_t child;

	(void)sigaction(SIGCHLD, &act, NULL);
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, ret_waiting);
	(void)sigdelset(ret_waiting, SIGCHLD);
}

/* false: the server is gone. */
static bool wait_for_request(const sigset_t *waiting)
{
	struct pollfd p = { .fd = WARM_SOCKET_FD, .events = POLLIN };

	for (;;) {
		shoot_reap(WARM_SOCKET_FD);
		int n = ppoll(&p, 1, NULL, waiting);

		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
}

static bool is_kill(const struct packet *p)
{
	struct control_msg msg = { .kind = CONTROL_KILL };

	if (p->n_fds > 0 || p->data.len != control_size(&msg))
		return false;
	memcpy(&msg, p->data.buf, p->data.len);
	if (msg.kind != CONTROL_KILL)
		return false;
	shoot_kill(msg.id);
	return true;
}

int warm_serve(void (*before)(void), void (*after_in_parent)(void), void (*after_in_child)(void))
{
	const struct hooks hooks = { before, after_in_parent, after_in_child };
	struct packet p = { 0 };
	sigset_t waiting;

	watch_children(&waiting);
	while (wait_for_request(&waiting) && packet_receive(WARM_SOCKET_FD, true, &p, NULL) > 0) {
		if (is_kill(&p))
			continue;
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
