/* SPDX-License-Identifier: Apache-2.0 */
/* What lines ask for: boxes that wait, run and are answered. */
#include <stdlib.h>
#include <string.h>

#include "api/serve.h"
#include "api/serve_reply.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "sandbox/layers.h"

static void job_free(struct job *j)
{
	request_release(&j->request);
	free(j);
}

/* Out of its connection's counts, after it is out of its lists. */
static void forget(struct conn *c, const struct job *j)
{
	c->n_jobs--;
	c->job_bytes -= j->bytes;
}

static bool unlink_job(struct job **list, const struct job *j)
{
	for (; *list; list = &(*list)->next) {
		if (*list == j) {
			*list = j->next;
			return true;
		}
	}
	return false;
}

static void unlink_waiting(struct conn *c, const struct job *j)
{
	(void)unlink_job(&c->waiting, j);
	c->last_waiting = &c->waiting;
	while (*c->last_waiting)
		c->last_waiting = &(*c->last_waiting)->next;
}

/* ---- answers ---- */

static void answer_error(struct job *j, enum reply_error kind, const char *message)
{
	reply_error(&j->conn->unsent, j->request.id, j->line, kind, message);
	forget(j->conn, j);
	job_free(j);
}

static void on_done(const struct box_result *r, void *data)
{
	struct job *j = data;
	struct conn *c = j->conn;

	j->server->n_running--;
	if (c) {
		reply_result(&c->unsent, j->request.id, r, &j->limits);
		(void)unlink_job(&c->running, j);
		forget(c, j);
	}
	server_wake(j->server);
	job_free(j);
}

/* ---- starting ---- */

static int add_file(struct box_spec *spec, const struct request_file *f, struct err *err)
{
	int fd = fs_memfd("file", f->data, f->size, err);

	if (fd < 0)
		return -1;
	spec->files[spec->n_files++] =
		(struct box_file){ .path = f->path, .fd = fd, .is_executable = f->is_executable };
	return 0;
}

static int fill_spec(const struct job *j, struct box_spec *spec, struct err *err)
{
	const struct request *r = &j->request;

	spec->argv = r->argv; /* lent: the spec is not released */
	spec->env = r->env;
	spec->outs = r->outs;
	spec->limits = r->limits;
	spec->level = r->has_level ? r->level : j->server->level;
	for (int i = 0; i < r->n_files; i++) {
		if (add_file(spec, &r->files[i], err) < 0)
			return -1;
	}
	if (r->has_input)
		spec->stdin_fd = fs_memfd("input", r->input, r->input_size, err);
	return r->has_input && spec->stdin_fd < 0 ? -1 : 0;
}

/* A server that died took its boxes with it; the next box finds a new one. */
static int need_client(struct server *s, struct err *err)
{
	if (s->client && box_client_is_dead(s->client)) {
		box_client_free(s->client);
		s->client = NULL;
	}
	return s->client ? 0 : box_client_new(s->loop, s->level, &s->client, err);
}

static int start_box(struct job *j, struct err *err)
{
	struct box_spec spec;
	int r;

	box_spec_init(&spec);
	r = fill_spec(j, &spec, err);
	if (r == 0)
		r = need_client(j->server, err);
	if (r == 0)
		r = box_start(j->server->client, &spec, on_done, j, &j->handle, err);
	for (int i = 0; i < spec.n_files; i++)
		close_fd(&spec.files[i].fd);
	close_fd(&spec.stdin_fd);
	return r;
}

static void start_job(struct server *s, struct conn *c)
{
	struct job *j = c->waiting;
	struct err err = { 0 };

	unlink_waiting(c, j);
	j->next = c->running;
	c->running = j;
	s->n_running++;
	if (start_box(j, &err) == 0)
		return;
	s->n_running--;
	c->running = j->next;
	answer_error(j, err.kind == ERR_HARNESS ? REPLY_HARNESS : REPLY_BAD_REQUEST, err.msg);
}

/* The connection whose turn it is goes behind the others. */
static struct conn *next_conn(struct server *s)
{
	for (struct conn **p = &s->conns; *p; p = &(*p)->next) {
		struct conn *c = *p;

		if (!c->waiting || c->is_gone || c->unsent.len - c->sent > MAX_UNSENT)
			continue;
		*p = c->next;
		c->next = NULL;
		while (*p)
			p = &(*p)->next;
		*p = c;
		return c;
	}
	return NULL;
}

void jobs_start(struct server *s)
{
	struct conn *c;

	while (s->n_running < s->max_running && (c = next_conn(s)))
		start_job(s, c);
}

/* ---- lines ---- */

static struct job *find(struct job *list, const char *id)
{
	for (; list; list = list->next) {
		if (!strcmp(list->request.id, id))
			return list;
	}
	return NULL;
}

static void cancel(struct conn *c, const char *id)
{
	struct job *j = find(c->running, id);

	if (j) {
		reply_cancel(&c->unsent, id, true);
		box_kill(j->handle);
		return;
	}
	j = find(c->waiting, id);
	reply_cancel(&c->unsent, id, j != NULL);
	if (!j)
		return;
	struct box_result r = { .end = BOX_CANCELLED, .exit_code = -1, .peak_bytes = -1 };

	unlink_waiting(c, j);
	reply_result(&c->unsent, id, &r, &j->limits);
	forget(c, j);
	job_free(j);
}

static const char *why_missing(void *data, enum box_layer layer)
{
	return data ? box_client_why(data, layer) : "";
}

static void tell_info(struct conn *c, const char *id)
{
	struct server *s = c->server;
	const struct server_info info = {
		.level = s->level,
		.layers = s->client ? box_client_layers(s->client) : 0,
		.why = why_missing,
		.data = s->client,
		.jobs = s->max_running,
		.max_line_bytes = MAX_LINE,
		.max_ahead = MAX_AHEAD,
	};

	reply_info(&c->unsent, id, &info);
}

/* A request may ask for more than the server was started with, not for less. */
static int check_level(const struct server *s, const struct request *r, struct err *err)
{
	if (!r->has_level)
		return 0;
	if (box_level_demands(s->level) & ~box_level_demands(r->level))
		return err_set(err, ERR_INPUT, "this server makes no box below the level %s",
			       box_level_name(s->level));
	return s->client ? box_level_check(r->level, box_client_layers(s->client), NULL, err) : 0;
}

/* Answered without the id, which stands for the box that has it. */
static void refuse_id(struct job *j)
{
	auto_free char *message =
		xstrfmt("request:%ld: a box with the id %s is under way", j->line, j->request.id);

	j->request.id = NULL;
	answer_error(j, REPLY_ID_IN_USE, message);
}

static void queue(struct conn *c, struct job *j)
{
	struct err err = { 0 };

	c->n_jobs++;
	c->job_bytes += j->bytes;
	if (find(c->running, j->request.id) || find(c->waiting, j->request.id)) {
		refuse_id(j);
	} else if (check_level(c->server, &j->request, &err) < 0) {
		answer_error(j, REPLY_ISOLATION, err.msg);
	} else {
		*c->last_waiting = j;
		c->last_waiting = &j->next;
	}
}

void jobs_handle_line(struct conn *c, const char *line, size_t len)
{
	struct job *j = xcalloc(1, sizeof(*j));
	const struct request *r = &j->request;
	struct err err = { 0 };

	j->conn = c;
	j->server = c->server;
	j->bytes = len;
	j->line = c->lines;
	if (request_parse(line, len, c->lines, &j->request, &err) < 0) {
		reply_error(&c->unsent, r->id, c->lines, REPLY_BAD_REQUEST, err.msg);
	} else if (r->op == REQUEST_RUN) {
		j->limits = r->limits;
		box_limits_fill(&j->limits);
		queue(c, j);
		return;
	} else if (r->op == REQUEST_CANCEL) {
		cancel(c, r->id);
	} else {
		tell_info(c, r->id);
	}
	job_free(j);
}

void jobs_drop(struct conn *c)
{
	while (c->waiting) {
		struct job *j = c->waiting;

		c->waiting = j->next;
		job_free(j);
	}
	c->last_waiting = &c->waiting;
	while (c->running) {
		struct job *j = c->running;

		c->running = j->next;
		j->conn = NULL;
		if (j->handle)
			box_kill(j->handle);
	}
	c->n_jobs = 0;
	c->job_bytes = 0;
}
