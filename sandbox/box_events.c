/* SPDX-License-Identifier: Apache-2.0 */
/* What comes from a box while it runs: messages of its init, questions of its filter. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "sandbox/box_state.h"

static void on_listener(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct box *b = data;
	char name[24];
	bool is_growth = false;
	int nr = -1;
	int r = filter_answer(fd, name, sizeof(name), &nr, &is_growth);

	(void)loop;
	if (r < 0 || (r == 0 && (events & (EPOLLHUP | EPOLLERR)))) {
		loop_unwatch(b->listener_watch);
		b->listener_watch = NULL;
		close_fd(&b->listener);
		return;
	}
	if (r == 0)
		return;
	if (is_growth) {
		b->has_growth = true;
		return;
	}
	struct box_result *res = &b->result;

	for (int i = 0; i < res->n_denied && i < BOX_MAX_DENIED; i++) {
		if (!strcmp(res->denied[i], name))
			return;
	}
	if (res->n_denied == BOX_MAX_DENIED)
		return;
	res->denied_nr[res->n_denied] = nr;
	memcpy(res->denied[res->n_denied++], name, sizeof(name));
}

static void set_message(struct box *b, const struct err *err)
{
	(void)snprintf(b->result.message, sizeof(b->result.message), "%.190s", err->msg);
}

static void take_start(struct box *b, int64_t now, int listener)
{
	b->has_started = true;
	b->started_ns = now;
	b->result.setup_ns = now - b->requested_ns;
	if (listener >= 0) {
		b->listener = listener;
		(void)loop_watch_fd(b->engine->loop, listener, EPOLLIN, on_listener, b,
				    &b->listener_watch, NULL);
	}
	loop_timer_cancel(b->tick);
	box_set_tick(b, now);
}

static void take_exit(struct box *b, const struct control_msg *msg)
{
	struct box_result *r = &b->result;

	b->has_exit = true;
	if (!b->ended_ns)
		b->ended_ns = msg->at_ns;
	b->disk_free_bytes = msg->disk_free_bytes;
	b->disk_free_inodes = msg->disk_free_inodes;
	r->user_ns = msg->user_ns;
	r->sys_ns = msg->sys_ns;
	r->leftovers = msg->leftovers;
	r->switches_voluntary = msg->switches_voluntary;
	r->switches_forced = msg->switches_forced;
	b->max_rss = msg->max_rss_bytes;
	if (WIFEXITED(msg->wait_status))
		r->exit_code = WEXITSTATUS(msg->wait_status);
	else if (WIFSIGNALED(msg->wait_status))
		r->signal = WTERMSIG(msg->wait_status);
}

void box_take_message(struct box *b, const struct control_msg *msg, int fds[2])
{
	switch (msg->kind) {
	case CONTROL_ERROR:
		set_message(b, &msg->err);
		box_kill_for(b, BOX_SETUP_FAILED);
		break;
	case CONTROL_READY:
		b->scratch = take_fd(&fds[0]);
		b->proc = take_fd(&fds[1]);
		break;
	case CONTROL_STARTED:
		take_start(b, msg->at_ns, take_fd(&fds[0]));
		break;
	case CONTROL_EXEC_FAILED:
		set_message(b, &msg->err);
		b->result.exec_errno = msg->err.sys_errno;
		break;
	case CONTROL_EXIT:
		take_exit(b, msg);
		break;
	case CONTROL_DEAD:
	case CONTROL_KILL:
	case CONTROL_GO:
	case CONTROL_PROBED:
		break;
	}
}

static int read_control(struct box *b)
{
	struct control_msg msg;
	int fds[2];
	int r = control_receive(b->control, MSG_DONTWAIT, &msg, fds);

	if (r > 0)
		box_take_message(b, &msg, fds);
	close_fd(&fds[0]);
	close_fd(&fds[1]);
	return r;
}

static void on_control(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct box *b = data;

	(void)loop;
	(void)fd;
	(void)events;
	if (read_control(b) < 0) {
		loop_unwatch(b->control_watch);
		b->control_watch = NULL;
	}
}

int box_watch_control(struct box *b, struct err *err)
{
	return loop_watch_fd(b->engine->loop, b->control, EPOLLIN, on_control, b, &b->control_watch,
			     err);
}

void box_drain(struct box *b)
{
	while (b->control >= 0 && read_control(b) > 0)
		;
	box_drain_streams(b);
}
