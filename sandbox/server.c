/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `assay-box serve`: boxes on request over the socket that is descriptor 3. One packet a request,
 * one a result. The end of the socket is the end of the server: every box is killed, nothing is
 * left.
 */
#include "sandbox/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/loop.h"
#include "sandbox/engine.h"
#include "sandbox/template.h"
#include "sandbox/wire.h"

/* An answer that the socket could not take yet. */
struct pending {
	struct pending *next;
	struct packet packet;
};

/* What is under way: which box answers which request. */
struct job {
	struct job *next;
	struct server *server;
	uint64_t id;
	struct box *box;
};

struct server {
	struct engine engine;
	struct loop *loop;
	struct loop_watch *watch;
	struct job *jobs;
	struct pending *first, **last;
	struct packet in; /* its memory is used again */
	bool is_blocked;  /* answers wait for the socket */
};

static void pending_free(struct pending *p)
{
	packet_close_fds(&p->packet);
	packet_release(&p->packet);
	free(p);
}

static void flush(struct server *s)
{
	while (s->first) {
		int r = packet_send(WIRE_SERVER_FD, &s->first->packet, false, NULL);

		if (r == 0)
			break;
		struct pending *p = s->first;

		s->first = p->next;
		if (!s->first)
			s->last = &s->first;
		pending_free(p);
	}
	if (s->is_blocked == (s->first != NULL))
		return;
	s->is_blocked = s->first != NULL;
	(void)loop_watch_change(s->watch, EPOLLIN | (s->first ? (uint32_t)EPOLLOUT : 0), NULL);
}

static void add_memfd(struct packet *p, const struct strbuf *kept, uint32_t *ret_has)
{
	int fd = kept->len ? fs_memfd("output", kept->buf, kept->len, NULL) : -1;

	*ret_has = fd >= 0;
	if (fd >= 0)
		p->fds[p->n_fds++] = fd;
}

static void answer(struct server *s, uint64_t id, const struct box_result *r)
{
	struct pending *p = xcalloc(1, sizeof(*p));
	struct wire_result w = {
		.head = { .type = WIRE_RESULT, .size = sizeof(w), .id = id },
		.result = *r,
	};

	memset(&w.result.out, 0, sizeof(w.result.out));
	memset(&w.result.err, 0, sizeof(w.result.err));
	w.result.outs = NULL;
	w.n_outs = (uint32_t)r->n_outs;
	add_memfd(&p->packet, &r->out, &w.has_out);
	add_memfd(&p->packet, &r->err, &w.has_err);
	strbuf_add(&p->packet.data, &w, sizeof(w));
	wire_pack_outs(r, &p->packet);
	*s->last = p;
	s->last = &p->next;
	flush(s);
}

static void answer_failure(struct server *s, uint64_t id, const struct err *err)
{
	struct box_result r;

	box_result_init(&r);
	r.end = BOX_SETUP_FAILED;
	(void)snprintf(r.message, sizeof(r.message), "%.190s", err->msg);
	r.layers = s->engine.host.layers;
	answer(s, id, &r);
}

static void on_done(struct box *box, struct box_result *result, void *data)
{
	struct job *job = data;
	struct server *s = job->server;

	(void)box;
	for (struct job **p = &s->jobs; *p; p = &(*p)->next) {
		if (*p == job) {
			*p = job->next;
			break;
		}
	}
	answer(s, job->id, result);
	free(job);
}

static void start(struct server *s, uint64_t id, const struct packet *p)
{
	struct box_spec spec;
	struct err err = { 0 };
	struct job *job = xcalloc(1, sizeof(*job));

	*job = (struct job){ .next = s->jobs, .server = s, .id = id };
	if (wire_unpack_start(p, &spec, &err) == 0 &&
	    box_level_check(spec.level, s->engine.host.layers, s->engine.host.why, &err) == 0 &&
	    engine_start(&s->engine, &spec, on_done, job, &job->box, &err) == 0) {
		s->jobs = job;
	} else {
		free(job);
		answer_failure(s, id, &err);
	}
	box_spec_release(&spec);
}

static void kill_job(struct server *s, uint64_t id)
{
	for (struct job *j = s->jobs; j; j = j->next) {
		if (j->id == id)
			engine_kill(j->box);
	}
}

static void handle(struct server *s, struct packet *p)
{
	struct wire_head head;

	memcpy(&head, p->data.buf, sizeof(head));
	if (head.type == WIRE_START)
		start(s, head.id, p);
	else if (head.type == WIRE_KILL)
		kill_job(s, head.id);
	else if (head.type == WIRE_TEMPLATE)
		template_declare(&s->engine, head.id, p);
	packet_close_fds(p);
}

static void on_socket(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct server *s = data;
	int r = 0;

	if (events & EPOLLOUT)
		flush(s);
	if (events & ~(uint32_t)EPOLLOUT)
		r = packet_receive(fd, false, &s->in, NULL);
	if (r > 0)
		handle(s, &s->in);
	if (r < 0)
		loop_stop(loop);
}

static int greet(const struct server *s, struct err *err)
{
	struct packet p = { 0 };
	struct wire_hello hello = {
		.head = { .type = WIRE_HELLO, .size = sizeof(hello) },
		.version = WIRE_VERSION,
		.result_size = sizeof(struct box_result),
		.layers = s->engine.host.layers,
	};

	memcpy(hello.why, s->engine.host.why, sizeof(hello.why));
	strbuf_add(&p.data, &hello, sizeof(hello));
	int r = packet_send(WIRE_SERVER_FD, &p, true, err);

	packet_release(&p);
	return r < 0 ? -1 : 0;
}

static void on_signal(struct loop *loop, int signo, void *data)
{
	(void)data;
	(void)signo;
	loop_stop(loop);
}

/* A terminal's Ctrl-C reaches us too; our client decides what it means, so we wait for its word. */
static int watch_signals(struct loop *loop, struct err *err)
{
	sigset_t set;

	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGQUIT, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	return loop_signals(loop, &set, on_signal, NULL, err);
}

static void server_release(struct server *s)
{
	engine_release(&s->engine);
	while (s->first) {
		struct pending *p = s->first;

		s->first = p->next;
		pending_free(p);
	}
	while (s->jobs) {
		struct job *j = s->jobs;

		s->jobs = j->next;
		free(j);
	}
	loop_unwatch(s->watch);
	loop_free(s->loop);
	packet_release(&s->in);
}

static int serve(struct server *s, struct err *err)
{
	if (loop_new(&s->loop, err) < 0 || watch_signals(s->loop, err) < 0 ||
	    engine_init(&s->engine, s->loop, err) < 0 || greet(s, err) < 0)
		return -1;
	template_declare_stem(&s->engine);
	if (loop_watch_fd(s->loop, WIRE_SERVER_FD, EPOLLIN, on_socket, s, &s->watch, err) < 0)
		return -1;
	return loop_run(s->loop, err);
}

int cmd_serve(int argc, char **argv, struct err *err)
{
	if (argc > 1)
		return cmd_serve_json(argc, argv, err);
	struct server *s = xcalloc(1, sizeof(*s));

	s->last = &s->first;
	if (fcntl(WIRE_SERVER_FD, F_SETFD, FD_CLOEXEC) < 0) {
		free(s);
		return err_set(
			err, ERR_USAGE,
			"serve: descriptor 3 must be the client's socket; others use --json");
	}
	(void)close_range(WIRE_SERVER_FD + 1, ~0U, 0);
	int r = serve(s, err);

	server_release(s);
	free(s);
	return r;
}
