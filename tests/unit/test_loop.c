/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop: order of events, and removal of anything at any moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/loop.h"

#define MANY 200

static struct loop *new_loop(void)
{
	struct loop *loop = NULL;
	struct err err = { 0 };

	assert_int_equal(loop_new(&loop, &err), 0);
	return loop;
}

static int steps(struct loop *loop, int timeout_ms)
{
	struct err err = { 0 };

	return loop_step(loop, timeout_ms, &err);
}

/* ---- timers ---- */

struct record {
	int order[MANY];
	int n;
};

struct mark {
	struct record *record;
	int id;
};

static void on_mark(struct loop *loop, void *data)
{
	struct mark *m = data;

	(void)loop;
	m->record->order[m->record->n++] = m->id;
}

static void timers_fire_by_time_then_in_the_order_they_were_set(void **state)
{
	struct loop *loop = new_loop();
	struct record record = { 0 };
	struct mark marks[MANY];
	int64_t start = clock_mono_ns() - NS_PER_SEC;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		marks[i] = (struct mark){ &record, i };
		(void)loop_timer_at(loop, start + (i * 37 % 20), on_mark, &marks[i]);
	}
	assert_int_equal(steps(loop, -1), MANY);
	assert_int_equal(record.n, MANY);
	for (int i = 1; i < MANY; i++) {
		int a = record.order[i - 1], b = record.order[i];

		assert_true(a * 37 % 20 < b * 37 % 20 || (a * 37 % 20 == b * 37 % 20 && a < b));
	}
	assert_int_equal(steps(loop, 0), 0);
	loop_free(loop);
}

static void cancelled_timers_do_not_fire(void **state)
{
	struct loop *loop = new_loop();
	struct record record = { 0 };
	struct mark marks[MANY];
	struct loop_timer *timers[MANY];
	int last = -1;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		marks[i] = (struct mark){ &record, i * 61 % MANY };
		timers[i] = loop_timer_at(loop, 1 + marks[i].id, on_mark, &marks[i]);
	}
	for (int i = 0; i < MANY; i += 2)
		loop_timer_cancel(timers[i]);
	loop_timer_cancel(NULL);
	assert_int_equal(steps(loop, 0), MANY / 2);
	for (int i = 0; i < record.n; i++) {
		assert_true(record.order[i] > last);
		last = record.order[i];
	}
	loop_free(loop);
}

static void a_timer_in_the_future_does_not_fire_now(void **state)
{
	struct loop *loop = new_loop();
	struct record record = { 0 };
	struct mark far = { &record, 0 };
	struct mark soon = { &record, 1 };
	int64_t at = clock_mono_ns() + 3 * NS_PER_MS;
	struct err err = { 0 };

	(void)state;
	(void)loop_timer_at(loop, INT64_MAX, on_mark, &far);
	assert_int_equal(steps(loop, 0), 0);
	(void)loop_timer_at(loop, at, on_mark, &soon);
	while (!record.n)
		assert_true(loop_step(loop, -1, &err) >= 0);
	assert_true(clock_mono_ns() >= at);
	assert_int_equal(record.order[0], 1);
	loop_free(loop);
}

struct again {
	struct loop_timer *self, *other;
	int count;
};

static void on_again(struct loop *loop, void *data)
{
	struct again *a = data;

	a->count++;
	loop_timer_cancel(a->self);
	loop_timer_cancel(a->other);
	a->other = NULL;
	a->self = loop_timer_at(loop, 0, on_again, a);
}

static void a_timer_may_cancel_itself_and_others_and_set_the_next(void **state)
{
	struct loop *loop = new_loop();
	struct again a = { 0 };

	(void)state;
	a.self = loop_timer_at(loop, 1, on_again, &a);
	a.other = loop_timer_at(loop, 2, on_again, &a);
	/* One a step: a timer that renews itself does not hold the loop. */
	assert_int_equal(steps(loop, -1), 1);
	assert_int_equal(a.count, 1);
	assert_int_equal(steps(loop, -1), 1);
	assert_int_equal(a.count, 2);
	loop_free(loop);
}

/* ---- descriptors ---- */

struct end {
	int fds[2];
	struct loop_watch *watch;
	struct end *kill; /* unwatched, and closed, when this one is called */
	uint32_t events;
	int calls;
};

static void on_end(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct end *e = data;

	(void)loop;
	assert_int_equal(fd, e->fds[0]);
	e->events = events;
	e->calls++;
	if (!e->kill)
		return;
	loop_unwatch(e->kill->watch);
	e->kill->watch = NULL;
	close_fd(&e->kill->fds[0]);
}

static void open_end(struct loop *loop, struct end *e, struct end *kill)
{
	struct err err = { 0 };

	*e = (struct end){ .kill = kill };
	assert_int_equal(pipe(e->fds), 0);
	assert_int_equal(loop_watch_fd(loop, e->fds[0], EPOLLIN, on_end, e, &e->watch, &err), 0);
}

static void close_end(struct end *e)
{
	loop_unwatch(e->watch);
	close_fd(&e->fds[0]);
	close_fd(&e->fds[1]);
}

static void a_descriptor_is_told_when_ready_and_when_closed(void **state)
{
	struct loop *loop = new_loop();
	struct err err = { 0 };
	struct end e;
	char c;

	(void)state;
	open_end(loop, &e, NULL);
	assert_int_equal(steps(loop, 0), 0);
	assert_int_equal(write(e.fds[1], "x", 1), 1);
	assert_int_equal(steps(loop, -1), 1);
	assert_true(e.events & EPOLLIN);
	assert_int_equal(loop_watch_change(e.watch, 0, &err), 0);
	assert_int_equal(steps(loop, 0), 0);
	assert_int_equal(loop_watch_change(e.watch, EPOLLIN, &err), 0);
	assert_int_equal(steps(loop, -1), 1);
	assert_int_equal(read(e.fds[0], &c, 1), 1);
	close_fd(&e.fds[1]);
	assert_int_equal(steps(loop, -1), 1);
	assert_true(e.events & EPOLLHUP);
	assert_int_equal(e.calls, 3);
	close_end(&e);
	assert_int_equal(steps(loop, 0), 0);
	loop_free(loop);
}

static void a_watch_removed_by_another_is_not_called(void **state)
{
	struct loop *loop = new_loop();
	struct end a, b;

	(void)state;
	open_end(loop, &a, &b);
	open_end(loop, &b, &a);
	assert_int_equal(write(a.fds[1], "x", 1), 1);
	assert_int_equal(write(b.fds[1], "x", 1), 1);
	/* Both are ready in one batch; whichever comes first removes the other. */
	assert_int_equal(steps(loop, -1), 1);
	assert_int_equal(a.calls + b.calls, 1);
	close_end(&a);
	close_end(&b);
	loop_free(loop);
}

static void a_watch_may_remove_itself(void **state)
{
	struct loop *loop = new_loop();
	struct end e;

	(void)state;
	open_end(loop, &e, &e);
	assert_int_equal(write(e.fds[1], "x", 1), 1);
	assert_int_equal(steps(loop, -1), 1);
	assert_int_equal(steps(loop, 0), 0);
	loop_unwatch(NULL);
	close_end(&e);
	loop_free(loop);
}

static void on_nested(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct end *pair = data;

	(void)events;
	loop_unwatch(pair[0].watch);
	pair[0].watch = NULL;
	if (pair[1].watch && fd == pair[0].fds[0])
		assert_int_equal(steps(loop, 0), 1);
}

static void a_step_within_a_step_keeps_removed_watches_apart(void **state)
{
	struct loop *loop = new_loop();
	struct err err = { 0 };
	struct end pair[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		pair[i] = (struct end){ 0 };
		assert_int_equal(pipe(pair[i].fds), 0);
	}
	assert_int_equal(
		loop_watch_fd(loop, pair[0].fds[0], EPOLLIN, on_nested, pair, &pair[0].watch, &err),
		0);
	pair[1].kill = &pair[1];
	assert_int_equal(loop_watch_fd(loop, pair[1].fds[0], EPOLLIN, on_end, &pair[1],
				       &pair[1].watch, &err),
			 0);
	assert_int_equal(write(pair[0].fds[1], "x", 1), 1);
	assert_int_equal(write(pair[1].fds[1], "x", 1), 1);
	/* The inner step serves and removes the second, which the outer batch still holds. */
	assert_int_equal(steps(loop, -1), 1);
	assert_int_equal(pair[1].calls, 1);
	for (int i = 0; i < 2; i++)
		close_end(&pair[i]);
	loop_free(loop);
}

static void what_cannot_be_watched_is_an_error(void **state)
{
	struct loop *loop = new_loop();
	struct loop_watch *w = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(loop_watch_fd(loop, -1, EPOLLIN, on_end, NULL, &w, &err), -1);
	assert_int_equal(err.kind, ERR_HARNESS);
	assert_int_equal(err.sys_errno, EBADF);
	assert_null(w);
	loop_free(loop);
	loop_free(NULL);
}

/* ---- signals and running ---- */

struct signals {
	int seen[8];
	int n;
};

static void on_signal(struct loop *loop, int signo, void *data)
{
	struct signals *s = data;

	s->seen[s->n++] = signo;
	loop_stop(loop);
}

static void signals_arrive_as_events_and_none_is_lost_by_stopping(void **state)
{
	struct loop *loop = new_loop();
	struct signals s = { 0 };
	struct err err = { 0 };
	sigset_t set, before, after;

	(void)state;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigaddset(&set, SIGUSR2);
	(void)sigprocmask(SIG_BLOCK, NULL, &before);
	assert_int_equal(loop_signals(loop, &set, on_signal, &s, &err), 0);
	assert_int_equal(loop_signals(loop, &set, on_signal, &s, &err), -1);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(raise(SIGUSR2), 0);
	assert_int_equal(loop_run(loop, &err), 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(loop_run(loop, &err), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.seen[0] + s.seen[1], SIGUSR1 + SIGUSR2);
	loop_free(loop);
	(void)sigprocmask(SIG_BLOCK, NULL, &after);
	assert_int_equal(sigismember(&before, SIGUSR1), sigismember(&after, SIGUSR1));
}

static void on_stop(struct loop *loop, void *data)
{
	++*(int *)data;
	loop_stop(loop);
}

static void nothing_is_called_after_stop(void **state)
{
	struct loop *loop = new_loop();
	struct err err = { 0 };
	int calls = 0;

	(void)state;
	(void)loop_timer_at(loop, 1, on_stop, &calls);
	(void)loop_timer_at(loop, 2, on_stop, &calls);
	assert_int_equal(loop_run(loop, &err), 0);
	assert_int_equal(calls, 1);
	loop_stop(loop);
	assert_int_equal(loop_run(loop, &err), 0);
	assert_int_equal(calls, 1);
	assert_int_equal(loop_run(loop, &err), 0);
	assert_int_equal(calls, 2);
	loop_free(loop);
}

static void running_with_nothing_to_wait_for_is_an_error(void **state)
{
	struct loop *loop = new_loop();
	struct err err = { 0 };

	(void)state;
	assert_int_equal(loop_run(loop, &err), -1);
	assert_int_equal(err.kind, ERR_HARNESS);
	loop_free(loop);
}

static void stamps_are_utc_text(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },  { 1769850307123, "2026-01-31T09:05:07.123Z" },
		{ -1, "1969-12-31T23:59:59.999Z" }, { INT64_MAX, "invalid" },
		{ INT64_MIN, "invalid" },
	};
	char buf[CLOCK_STAMP];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(clock_format_utc(cases[i].ms, buf), cases[i].text);
	assert_true(clock_unix_ms() > 1700000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_by_time_then_in_the_order_they_were_set),
		cmocka_unit_test(cancelled_timers_do_not_fire),
		cmocka_unit_test(a_timer_in_the_future_does_not_fire_now),
		cmocka_unit_test(a_timer_may_cancel_itself_and_others_and_set_the_next),
		cmocka_unit_test(a_descriptor_is_told_when_ready_and_when_closed),
		cmocka_unit_test(a_watch_removed_by_another_is_not_called),
		cmocka_unit_test(a_watch_may_remove_itself),
		cmocka_unit_test(a_step_within_a_step_keeps_removed_watches_apart),
		cmocka_unit_test(what_cannot_be_watched_is_an_error),
		cmocka_unit_test(signals_arrive_as_events_and_none_is_lost_by_stopping),
		cmocka_unit_test(nothing_is_called_after_stop),
		cmocka_unit_test(running_with_nothing_to_wait_for_is_an_error),
		cmocka_unit_test(stamps_are_utc_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
