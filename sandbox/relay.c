/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passing output on. The descriptor may be shared with others, so it is not made non-blocking: it
 * is written to when poll() says so, in pieces that a pipe which has room takes whole.
 */
#include "sandbox/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strbuf.h"

struct relay {
	struct relay *next, **list;
	struct loop_watch *watch; /* NULL: a file, which never makes its writer wait */
	int fd;                   /* -1: nobody reads it any more */
	struct strbuf pending;
	size_t at; /* pending before this has been written */
	bool has_ended;
};

static void relay_free(struct relay *r)
{
	struct relay **p = r->list;

	while (*p != r)
		p = &(*p)->next;
	*p = r->next;
	loop_unwatch(r->watch);
	close_fd(&r->fd);
	strbuf_release(&r->pending);
	free(r);
}

static void drop(struct relay *r)
{
	loop_unwatch(r->watch);
	r->watch = NULL;
	close_fd(&r->fd);
	strbuf_release(&r->pending);
	r->at = 0;
}

static bool has_room(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT);
}

/* Writes what there is room for: how much, or -1 when nobody reads any more. */
static ssize_t write_some(int fd, const char *data, size_t n)
{
	size_t at = 0;

	while (at < n && has_room(fd)) {
		size_t piece = n - at < PIPE_BUF ? n - at : PIPE_BUF;
		ssize_t done = write(fd, data + at, piece);

		if (done < 0 && errno == EAGAIN)
			break;
		if (done < 0 && errno != EINTR)
			return -1;
		at += done > 0 ? (size_t)done : 0;
	}
	return (ssize_t)at;
}

static void push(struct relay *r)
{
	ssize_t n = write_some(r->fd, r->pending.buf + r->at, r->pending.len - r->at);

	if (n < 0) {
		drop(r);
		return;
	}
	r->at += (size_t)n;
	if (r->at == r->pending.len) {
		strbuf_release(&r->pending);
		r->at = 0;
	}
	(void)loop_watch_change(r->watch, r->pending.len ? (uint32_t)EPOLLOUT : 0, NULL);
}

static void on_room(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct relay *r = data;

	(void)loop;
	(void)fd;
	if (events & EPOLLOUT)
		push(r);
	else
		drop(r);
	if (r->has_ended && !r->pending.len)
		relay_free(r);
}

void relay_add(struct relay *r, const char *data, size_t n)
{
	ssize_t done = 0;

	if (r->fd < 0)
		return;
	if (!r->watch) {
		if (fs_write_all(r->fd, data, n, NULL) < 0)
			drop(r);
		return;
	}
	if (!r->pending.len)
		done = write_some(r->fd, data, n);
	if (done < 0) {
		drop(r);
		return;
	}
	if ((size_t)done == n)
		return;
	strbuf_add(&r->pending, data + done, n - (size_t)done);
	(void)loop_watch_change(r->watch, EPOLLOUT, NULL);
}

void relay_end(struct relay *r)
{
	if (!r)
		return;
	r->has_ended = true;
	if (!r->pending.len)
		relay_free(r);
}

void relays_release(struct relay **list)
{
	while (*list)
		relay_free(*list);
}

int relay_new(struct loop *loop, int fd, struct relay **list, struct relay **ret, struct err *err)
{
	struct relay *r = xcalloc(1, sizeof(*r));
	struct err why = { 0 };

	r->list = list;
	r->next = *list;
	*list = r;
	r->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (r->fd < 0) {
		relay_free(r);
		return err_sys(err, "copy a descriptor for output");
	}
	if (loop_watch_fd(loop, r->fd, 0, on_room, r, &r->watch, &why) < 0 &&
	    why.sys_errno != EPERM) {
		relay_free(r);
		*err = why;
		return -1;
	}
	*ret = r;
	return 0;
}
