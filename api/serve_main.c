/* SPDX-License-Identifier: Apache-2.0 */
/* assay-box-json, which `assay-box serve --json` becomes: options, one round of work, the end. */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "api/serve.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/opt.h"

struct options {
	const char *json, *level;
	int64_t jobs, stall_ms;
};

/* ---- a round ---- */

static void reap(struct server *s)
{
	for (struct conn **p = &s->conns; *p;) {
		struct conn *c = *p;

		if (!conn_is_over(c)) {
			p = &c->next;
			continue;
		}
		*p = c->next;
		s->n_conns--;
		conn_free(c);
		socket_resume(s);
	}
	if (s->is_single && !s->conns)
		loop_stop(s->loop);
}

static void on_wake(struct loop *loop, void *data)
{
	struct server *s = data;

	(void)loop;
	s->wake = NULL;
	for (struct conn *c = s->conns; c; c = c->next)
		conn_pump(c);
	jobs_start(s);
	for (struct conn *c = s->conns; c; c = c->next)
		conn_flush(c);
	reap(s);
}

void server_wake(struct server *s)
{
	if (!s->wake)
		s->wake = loop_timer_at(s->loop, 0, on_wake, s);
}

/* ---- the server ---- */

static void on_signal(struct loop *loop, int signo, void *data)
{
	(void)signo;
	(void)data;
	loop_stop(loop);
}

static int watch_signals(struct loop *loop, struct err *err)
{
	sigset_t set;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	return loop_signals(loop, &set, on_signal, NULL, err);
}

static int open_ends(struct server *s, const char *json, struct err *err)
{
	s->is_single = !strcmp(json, "-");
	return s->is_single ? conn_add(s, 0, 1, err) : socket_listen(s, json, err);
}

static int serve(struct server *s, const struct options *o, struct err *err)
{
	if (o->level && box_level_parse(o->level, &s->level, err) < 0)
		return -1;
	if (loop_new(&s->loop, err) < 0 || watch_signals(s->loop, err) < 0 ||
	    box_client_new(s->loop, s->level, &s->client, err) < 0 ||
	    open_ends(s, o->json, err) < 0 || loop_run(s->loop, err) < 0)
		return -1;
	if (s->is_single && s->is_broken)
		return err_set(err, ERR_HARNESS, "serve: nobody reads the answers");
	return 0;
}

static void server_release(struct server *s)
{
	socket_close(s);
	for (struct conn *c = s->conns; c; c = c->next)
		conn_drop(c);
	box_client_free(s->client);
	while (s->conns) {
		struct conn *c = s->conns;

		s->conns = c->next;
		conn_free(c);
	}
	loop_free(s->loop);
}

/* ---- the command ---- */

static int64_t count_cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

static int parse(struct options *o, int argc, char **argv, struct err *err)
{
	const struct opt opts[] = {
		{ OPT_STR, "json", 0, &o->json, "SOCKET",
		  "serve at this path; - is standard input and output" },
		{ OPT_INT, "jobs", 'j', &o->jobs, "N", "boxes at a time (the CPUs there are)", 1,
		  4096 },
		{ OPT_STR, "isolation", 0, &o->level, "LEVEL",
		  "standard, strict or reduced; requests may ask for more" },
		{ OPT_TIME, "stall", 0, &o->stall_ms, "TIME",
		  "drop who does not read answers for so long (60s)", 1, 86400000 },
		{ .type = OPT_END },
	};
	const struct opt_command cmd = {
		.program = "assay-box serve",
		.synopsis = "--json SOCKET [options]",
		.about = "Runs programs in boxes on request: one JSON object a line in, one a line "
			 "out\n"
			 "(docs/formats.md). The socket is for this user alone. A client that is "
			 "gone takes\n"
			 "its boxes with it; SIGTERM ends the server and every box.",
		.opts = opts,
	};
	auto_strvec args = { 0 };
	int r = opt_parse(&cmd, argc, argv, false, &args, err);

	if (r == 0 && (args.n > 0 || !o->json))
		return err_set(err, ERR_USAGE, "serve: where? assay-box serve --json SOCKET");
	return r;
}

int main(int argc, char **argv)
{
	struct options o = { .jobs = count_cpus(), .stall_ms = 60000 };
	struct server s = { .listener = -1 };
	struct err err = { 0 };

	log_set_program("assay-box");
	int r = parse(&o, argc, argv, &err);

	if (r > 0)
		return 0; /* help */
	if (r == 0) {
		s.max_running = o.jobs;
		s.stall_ms = o.stall_ms;
		r = serve(&s, &o, &err);
		server_release(&s);
	}
	if (r == 0)
		return 0;
	log_error("%s", err.msg);
	return err.kind ? (int)err.kind : ERR_HARNESS;
}
