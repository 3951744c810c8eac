/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: epoll for descriptors, a heap of timers, signals as events. One thread; the
 * program sleeps only in loop_run(). Callbacks may add and remove watches and timers freely, their
 * own included; a removed one is never called again.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct loop;
struct loop_watch;
struct loop_timer;

typedef void loop_fd_fn(struct loop *loop, int fd, uint32_t events, void *data);
typedef void loop_timer_fn(struct loop *loop, void *data);
typedef void loop_signal_fn(struct loop *loop, int signo, void *data);

int loop_new(struct loop **ret_loop, struct err *err);
void loop_free(struct loop *loop);
/* Readable when loop_step() has something to do, but for timers; for use in another loop. */
int loop_fd(const struct loop *loop);

/*
 * events: EPOLLIN, EPOLLOUT (HUP and ERR are always told). The descriptor stays the caller's, who
 * removes the watch before closing it: a number that is used again would lose its new watch.
 * ret_watch may be NULL: watched until loop_free(). Regular files cannot be watched.
 */
int loop_watch_fd(struct loop *loop, int fd, uint32_t events, loop_fd_fn *fn, void *data,
		  struct loop_watch **ret_watch, struct err *err);
int loop_watch_change(struct loop_watch *w, uint32_t events, struct err *err);
void loop_unwatch(struct loop_watch *w); /* NULL is allowed */

/*
 * Fires once at the CLOCK_MONOTONIC time `at_ns` or up to a millisecond later, then is gone. Timers
 * of the same time fire in the order in which they were set; after what is ready on descriptors.
 */
struct loop_timer *loop_timer_at(struct loop *loop, int64_t at_ns, loop_timer_fn *fn, void *data);
void loop_timer_cancel(struct loop_timer *t); /* NULL is allowed; not after it fired */

/*
 * Blocks the signals of `set` and calls fn for each that arrives; one handler a loop. loop_free()
 * puts the mask back. Programs started meanwhile must be given a mask of their own.
 */
int loop_signals(struct loop *loop, const sigset_t *set, loop_signal_fn *fn, void *data,
		 struct err *err);

/*
 * loop_run() runs until loop_stop(), after which no function is called any more. With nothing left
 * that could happen it is an error. loop_step() handles what is ready, waiting at most timeout_ms
 * (-1: no end), and returns how many functions it called; signals may end the wait early.
 */
int loop_run(struct loop *loop, struct err *err);
int loop_step(struct loop *loop, int timeout_ms, struct err *err);
void loop_stop(struct loop *loop);

#endif
