/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop. One step waits in epoll until a descriptor is ready or the first timer is due,
 * then calls the descriptors' functions, then those of the timers that are due. A result that came
 * in together with its deadline is thus seen first.
 *
 * A watch that is removed while a step runs may still lie in the array that epoll filled: it is
 * only marked dead and freed when no step runs. Timers that a step adds wait for the next step, so
 * that a timer which renews itself cannot keep the descriptors from being served.
 */
#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define BATCH    64
#define NOT_HEAP SIZE_MAX

struct loop_watch {
	struct loop *loop;
	struct loop_watch *prev, *next;
	int fd;
	bool is_dead;
	loop_fd_fn *fn;
	void *data;
};

struct loop_timer {
	struct loop *loop;
	int64_t at_ns;
	uint64_t seq;
	size_t index; /* in the heap, or NOT_HEAP while it fires */
	loop_timer_fn *fn;
	void *data;
};

struct loop {
	int epoll_fd;
	int signal_fd;
	struct loop_watch *watches; /* alive */
	struct loop_watch *dead;    /* to be freed when no step runs */
	struct loop_timer **heap;   /* the earliest first */
	size_t n_timers, cap_timers;
	uint64_t next_seq;
	int depth; /* steps under way: callbacks may step */
	bool is_stopped;
	loop_signal_fn *signal_fn;
	void *signal_data;
	sigset_t old_mask;
};

/* ---- timers -----------------------------------------------------------------------------------
 */

static bool is_before(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->seq < b->seq;
}

static void heap_put(struct loop *loop, size_t i, struct loop_timer *t)
{
	loop->heap[i] = t;
	t->index = i;
}

static void sift_up(struct loop *loop, size_t i)
{
	struct loop_timer *t = loop->heap[i];

	while (i > 0 && is_before(t, loop->heap[(i - 1) / 2])) {
		heap_put(loop, i, loop->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	heap_put(loop, i, t);
}

static void sift_down(struct loop *loop, size_t i)
{
	struct loop_timer *t = loop->heap[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < loop->n_timers &&
		    is_before(loop->heap[child + 1], loop->heap[child]))
			child++;
		if (child >= loop->n_timers || !is_before(loop->heap[child], t))
			break;
		heap_put(loop, i, loop->heap[child]);
		i = child;
	}
	heap_put(loop, i, t);
}

static void heap_remove(struct loop *loop, struct loop_timer *t)
{
	size_t i = t->index;
	struct loop_timer *last = loop->heap[--loop->n_timers];

	t->index = NOT_HEAP;
	if (last == t)
		return;
	heap_put(loop, i, last);
	sift_down(loop, i);
	sift_up(loop, last->index);
}

struct loop_timer *loop_timer_at(struct loop *loop, int64_t at_ns, loop_timer_fn *fn, void *data)
{
	struct loop_timer *t = xcalloc(1, sizeof(*t));

	*t = (struct loop_timer){
		.loop = loop, .at_ns = at_ns, .seq = loop->next_seq++, .fn = fn, .data = data
	};
	GROW(loop->heap, loop->n_timers + 1, loop->cap_timers);
	heap_put(loop, loop->n_timers++, t);
	sift_up(loop, t->index);
	return t;
}

void loop_timer_cancel(struct loop_timer *t)
{
	/* While its own function runs the timer is out of the heap, and freed afterwards. */
	if (!t || t->index == NOT_HEAP)
		return;
	heap_remove(t->loop, t);
	free(t);
}

/* Calls the timers that are due now and were set before this step; returns how many. */
static int fire_timers(struct loop *loop)
{
	uint64_t limit = loop->next_seq;
	int64_t now = loop->n_timers ? clock_mono_ns() : 0;
	int fired = 0;

	while (loop->n_timers && !loop->is_stopped) {
		struct loop_timer *t = loop->heap[0];

		if (t->at_ns > now || t->seq >= limit)
			break;
		heap_remove(loop, t);
		t->fn(loop, t->data);
		free(t);
		fired++;
	}
	return fired;
}

/* How long epoll may wait, in ms: at most to the first timer, rounded up so as not to spin. */
static int wait_ms(const struct loop *loop, int timeout_ms)
{
	int64_t left, ms;

	if (!loop->n_timers || timeout_ms == 0)
		return timeout_ms;
	left = loop->heap[0]->at_ns;
	left = left > 0 ? left - clock_mono_ns() : 0;
	ms = left <= 0 ? 0 : (left - 1) / NS_PER_MS + 1;
	if (ms > INT32_MAX)
		ms = INT32_MAX;
	return timeout_ms < 0 || ms < timeout_ms ? (int)ms : timeout_ms;
}

/* ---- descriptors ------------------------------------------------------------------------------
 */

static void link_watch(struct loop_watch **list, struct loop_watch *w)
{
	w->prev = NULL;
	w->next = *list;
	if (*list)
		(*list)->prev = w;
	*list = w;
}

static void unlink_watch(struct loop_watch **list, struct loop_watch *w)
{
	if (w->prev)
		w->prev->next = w->next;
	else
		*list = w->next;
	if (w->next)
		w->next->prev = w->prev;
}

static void free_watches(struct loop_watch **list)
{
	while (*list) {
		struct loop_watch *w = *list;

		*list = w->next;
		free(w);
	}
}

int loop_watch_fd(struct loop *loop, int fd, uint32_t events, loop_fd_fn *fn, void *data,
		  struct loop_watch **ret_watch, struct err *err)
{
	struct loop_watch *w = xcalloc(1, sizeof(*w));
	struct epoll_event ev = { .events = events, .data.ptr = w };

	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0) {
		(void)err_sys(err, "cannot watch descriptor %d", fd);
		free(w);
		return -1;
	}
	*w = (struct loop_watch){ .loop = loop, .fd = fd, .fn = fn, .data = data };
	link_watch(&loop->watches, w);
	if (ret_watch)
		*ret_watch = w;
	return 0;
}

int loop_watch_change(struct loop_watch *w, uint32_t events, struct err *err)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	assert(!w->is_dead);
	if (epoll_ctl(w->loop->epoll_fd, EPOLL_CTL_MOD, w->fd, &ev) < 0)
		return err_sys(err, "cannot watch descriptor %d", w->fd);
	return 0;
}

void loop_unwatch(struct loop_watch *w)
{
	if (!w || w->is_dead)
		return;
	/* Fails where the descriptor was closed before, which ended the watch too. */
	(void)epoll_ctl(w->loop->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	unlink_watch(&w->loop->watches, w);
	w->is_dead = true;
	if (w->loop->depth)
		link_watch(&w->loop->dead, w);
	else
		free(w);
}

/* ---- signals ----------------------------------------------------------------------------------
 */

static void on_signal_fd(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct signalfd_siginfo si;

	(void)events;
	(void)data;
	/* One at a time: those not read are still there after loop_stop(). */
	while (!loop->is_stopped && read(fd, &si, sizeof(si)) == (ssize_t)sizeof(si))
		loop->signal_fn(loop, (int)si.ssi_signo, loop->signal_data);
}

int loop_signals(struct loop *loop, const sigset_t *set, loop_signal_fn *fn, void *data,
		 struct err *err)
{
	auto_close int fd = -1;

	if (loop->signal_fd >= 0)
		return err_set(err, ERR_HARNESS, "the loop has a signal handler already");
	fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_sys(err, "cannot make a signal descriptor");
	if (loop_watch_fd(loop, fd, EPOLLIN, on_signal_fd, NULL, NULL, err) < 0)
		return -1;
	(void)sigprocmask(SIG_BLOCK, set, &loop->old_mask);
	loop->signal_fn = fn;
	loop->signal_data = data;
	loop->signal_fd = take_fd(&fd);
	return 0;
}

/* ---- the loop ---------------------------------------------------------------------------------
 */

int loop_new(struct loop **ret_loop, struct err *err)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	struct loop *loop;

	if (fd < 0)
		return err_sys(err, "cannot make an epoll descriptor");
	loop = xcalloc(1, sizeof(*loop));
	loop->epoll_fd = fd;
	loop->signal_fd = -1;
	*ret_loop = loop;
	return 0;
}

int loop_fd(const struct loop *loop)
{
	return loop->epoll_fd;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	if (loop->signal_fd >= 0)
		(void)sigprocmask(SIG_SETMASK, &loop->old_mask, NULL);
	close_fd(&loop->signal_fd);
	close_fd(&loop->epoll_fd);
	free_watches(&loop->watches);
	free_watches(&loop->dead);
	for (size_t i = 0; i < loop->n_timers; i++)
		free(loop->heap[i]);
	free(loop->heap);
	free(loop);
}

/* Returns how many functions were called. */
static int dispatch(struct loop *loop, const struct epoll_event *events, int n)
{
	int called = 0;

	for (int i = 0; i < n && !loop->is_stopped; i++) {
		struct loop_watch *w = events[i].data.ptr;

		if (w->is_dead)
			continue;
		w->fn(loop, w->fd, events[i].events, w->data);
		called++;
	}
	return called;
}

static int step(struct loop *loop, int timeout_ms, struct err *err)
{
	struct epoll_event events[BATCH];
	int called;
	int n = epoll_wait(loop->epoll_fd, events, BATCH, wait_ms(loop, timeout_ms));

	if (n < 0 && errno != EINTR)
		return err_sys(err, "cannot wait for events");
	loop->depth++;
	called = dispatch(loop, events, n);
	called += fire_timers(loop);
	loop->depth--;
	if (!loop->depth)
		free_watches(&loop->dead);
	return called;
}

int loop_step(struct loop *loop, int timeout_ms, struct err *err)
{
	int called = step(loop, timeout_ms, err);

	/* Inside a callback the stop is meant for the loop_run() around it. */
	if (!loop->depth)
		loop->is_stopped = false;
	return called;
}

int loop_run(struct loop *loop, struct err *err)
{
	int r = 0;

	while (!loop->is_stopped && r >= 0) {
		if (!loop->watches && !loop->n_timers)
			r = err_set(err, ERR_HARNESS, "the event loop has nothing to wait for");
		else
			r = step(loop, -1, err);
	}
	loop->is_stopped = false;
	return r < 0 ? -1 : 0;
}

void loop_stop(struct loop *loop)
{
	loop->is_stopped = true;
}
