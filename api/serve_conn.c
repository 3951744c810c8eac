/* SPDX-License-Identifier: Apache-2.0 */
/* One connection of the JSON server: bytes in, lines, bytes out. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/serve.h"
#include "api/serve_reply.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define READ_BYTES (64 << 10)
#define PUMP_BYTES (1 << 20) /* of lines in one round, so that others have their turn */

static bool is_paused(const struct conn *c)
{
	return c->n_jobs >= MAX_AHEAD || c->job_bytes > MAX_AHEAD_BYTES ||
	       c->unsent.len - c->sent > MAX_UNSENT;
}

void conn_drop(struct conn *c)
{
	if (c->is_gone)
		return;
	c->is_gone = true;
	jobs_drop(c);
	loop_unwatch(c->in_watch);
	loop_unwatch(c->out_watch);
	c->in_watch = c->out_watch = NULL;
	server_wake(c->server);
}

/* ---- in ---- */

/* What was read is ready, so that no read waits even where the descriptor would. */
static void read_some(struct conn *c)
{
	char *to = strbuf_grow(&c->input, READ_BYTES);
	ssize_t n = read(c->in, to, READ_BYTES);

	if (n > 0) {
		c->input.len += (size_t)n;
		c->input.buf[c->input.len] = 0;
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		c->is_eof = true;
	}
	server_wake(c->server);
}

static void on_in(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct conn *c = data;

	(void)loop;
	(void)fd;
	/* A pipe hangs up at its end; a socket when there is nobody to answer any more. */
	if (c->is_socket && events & (EPOLLHUP | EPOLLERR))
		conn_drop(c);
	else if (events & ~(uint32_t)EPOLLOUT && !c->is_eof && !is_paused(c))
		read_some(c);
	else
		server_wake(c->server);
}

static void refuse_long_line(struct conn *c)
{
	reply_error(&c->unsent, NULL, c->lines, REPLY_TOO_LONG,
		    "a line of more than 16777216 bytes");
}

/* The next line that is whole, at *at; false where there is none. */
static bool next_line(struct conn *c, size_t at, size_t *ret_len)
{
	size_t from = c->scanned > at ? c->scanned : at;
	const char *start = strbuf_str(&c->input) + at;
	const char *end = memchr(strbuf_str(&c->input) + from, '\n', c->input.len - from);

	c->scanned = c->input.len;
	if (!end && !(c->is_eof && at < c->input.len))
		return false;
	*ret_len = end ? (size_t)(end - start) : c->input.len - at;
	c->scanned = 0;
	return true;
}

static bool is_blank(const char *line, size_t len)
{
	return strspn(line, " \t\r") >= len;
}

static void handle_line(struct conn *c, const char *line, size_t len)
{
	c->lines++;
	if (len > MAX_LINE)
		refuse_long_line(c);
	else if (!is_blank(line, len))
		jobs_handle_line(c, line, len);
}

/* The start of a line that has no end yet may be too long already. */
static void skip_long_line(struct conn *c)
{
	if (!c->is_skipping && c->input.len > MAX_LINE) {
		c->lines++;
		refuse_long_line(c);
		c->is_skipping = true;
	}
	if (c->is_skipping) {
		strbuf_clear(&c->input);
		c->scanned = 0;
	}
}

void conn_pump(struct conn *c)
{
	size_t at = 0, len;

	if (c->in_is_plain && !c->is_eof && !c->is_gone && !is_paused(c))
		read_some(c);
	while (!c->is_gone && !is_paused(c) && at <= PUMP_BYTES && next_line(c, at, &len)) {
		if (!c->is_skipping)
			handle_line(c, strbuf_str(&c->input) + at, len);
		c->is_skipping = false;
		at += len;
		at += at < c->input.len; /* the end of the line */
	}
	if (at > PUMP_BYTES)
		server_wake(c->server);
	if (at > 0) {
		memmove(c->input.buf, c->input.buf + at, c->input.len - at + 1);
		strbuf_setlen(&c->input, c->input.len - at);
		c->scanned = 0;
	} else if (!is_paused(c)) {
		skip_long_line(c);
	}
}

/* ---- out ---- */

/* As many bytes as can be sent without waiting; 0: none now, -1: nobody is there. */
static ssize_t send_some(const struct conn *c, const char *p, size_t n)
{
	struct pollfd ready = { .fd = c->out, .events = POLLOUT };

	if (c->is_socket)
		return send(c->out, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (!c->out_is_plain && poll(&ready, 1, 0) <= 0)
		return 0;
	return write(c->out, p, n < PIPE_BUF || c->out_is_plain ? n : PIPE_BUF);
}

static void send_all(struct conn *c)
{
	while (c->sent < c->unsent.len) {
		ssize_t n = send_some(c, c->unsent.buf + c->sent, c->unsent.len - c->sent);

		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			c->server->is_broken = true;
			conn_drop(c);
			return;
		}
		if (n <= 0)
			break;
		c->sent += (size_t)n;
		c->progress_ns = clock_mono_ns();
	}
	if (c->sent > 0 && (c->sent == c->unsent.len || c->sent > (1 << 20))) {
		memmove(c->unsent.buf, c->unsent.buf + c->sent, c->unsent.len - c->sent);
		strbuf_setlen(&c->unsent, c->unsent.len - c->sent);
		c->sent = 0;
	}
}

static void on_out(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct conn *c = data;

	(void)loop;
	(void)fd;
	if (events & (EPOLLHUP | EPOLLERR)) {
		c->server->is_broken = true;
		conn_drop(c);
	} else {
		server_wake(c->server);
	}
}

static void on_stall(struct loop *loop, void *data)
{
	struct conn *c = data;
	int64_t at = c->progress_ns + c->server->stall_ms * NS_PER_MS;

	c->stall = NULL;
	if (c->is_gone || c->unsent.len == 0)
		return;
	if (clock_mono_ns() >= at)
		conn_drop(c);
	else
		c->stall = loop_timer_at(loop, at, on_stall, c);
}

/* ---- watches ---- */

static int want_in(struct conn *c, uint32_t events, struct err *err)
{
	bool is_same = c->in_watch && c->in_events == events;

	c->in_events = events;
	if (is_same)
		return 0;
	return c->in_watch
		       ? loop_watch_change(c->in_watch, events, err)
		       : loop_watch_fd(c->server->loop, c->in, events, on_in, c, &c->in_watch, err);
}

static int want_out(struct conn *c, uint32_t events, struct err *err)
{
	bool is_same = c->out_watch && c->out_events == events;

	c->out_events = events;
	if (is_same)
		return 0;
	return c->out_watch ? loop_watch_change(c->out_watch, events, err)
			    : loop_watch_fd(c->server->loop, c->out, events, on_out, c,
					    &c->out_watch, err);
}

/* A pipe that is not to be read is not watched at all: its end would be told over and over. */
static void want_pair(struct conn *c, uint32_t in, uint32_t out)
{
	if (!c->out_is_plain)
		(void)want_out(c, out, NULL);
	if (c->in_is_plain)
		return;
	if (in) {
		(void)want_in(c, in, NULL);
	} else {
		loop_unwatch(c->in_watch);
		c->in_watch = NULL;
	}
}

void conn_flush(struct conn *c)
{
	if (c->is_gone)
		return;
	bool was_paused = is_paused(c);

	if (c->unsent.len == 0)
		c->progress_ns = clock_mono_ns();
	send_all(c);
	if (c->is_gone)
		return;
	if (was_paused && !is_paused(c))
		server_wake(c->server); /* for lines that were read before */
	uint32_t in = c->is_eof || is_paused(c) ? 0 : EPOLLIN;
	uint32_t out = c->unsent.len ? EPOLLOUT : 0;

	if (c->is_socket)
		(void)want_in(c, in | out, NULL);
	else
		want_pair(c, in, out);
	if (c->is_socket && out && !c->stall)
		c->stall = loop_timer_at(c->server->loop,
					 c->progress_ns + c->server->stall_ms * NS_PER_MS, on_stall,
					 c);
	if (c->in_is_plain && in)
		server_wake(c->server);
}

/* ---- life ---- */

bool conn_is_over(const struct conn *c)
{
	return c->is_gone || (c->is_eof && c->input.len == 0 && c->n_jobs == 0 && !c->unsent.len);
}

/* One socket for both, as under inetd and with socketpair(2). */
static bool are_one_socket(int in, int out)
{
	struct stat a, b;

	return fstat(in, &a) == 0 && fstat(out, &b) == 0 && S_ISSOCK(a.st_mode) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Files, and devices like /dev/null, are refused by epoll. */
static int try_watch(struct conn *c, bool is_in, struct err *err)
{
	struct err why = { 0 };

	if ((is_in ? want_in(c, 0, &why) : want_out(c, 0, &why)) == 0)
		return 0;
	if (why.sys_errno != EPERM)
		return err_set(err, ERR_HARNESS, "%s", why.msg);
	if (is_in)
		c->in_is_plain = true;
	else
		c->out_is_plain = true;
	return 0;
}

int conn_add(struct server *s, int in, int out, struct err *err)
{
	struct conn *c = xcalloc(1, sizeof(*c));

	c->server = s;
	c->in = in;
	c->out = out;
	c->is_socket = are_one_socket(in, out);
	c->last_waiting = &c->waiting;
	c->progress_ns = clock_mono_ns();
	if (try_watch(c, true, err) < 0 || (!c->is_socket && try_watch(c, false, err) < 0)) {
		conn_free(c);
		return -1;
	}
	c->next = s->conns;
	s->conns = c;
	s->n_conns++;
	server_wake(s);
	return 0;
}

void conn_free(struct conn *c)
{
	jobs_drop(c);
	loop_unwatch(c->in_watch);
	loop_unwatch(c->out_watch);
	loop_timer_cancel(c->stall);
	if (c->in > 2)
		close_fd(&c->in);
	strbuf_release(&c->input);
	strbuf_release(&c->unsent);
	free(c);
}
