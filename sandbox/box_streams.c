/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a box prints. Both streams are read as they come, for as long as the box lives, so that it
 * never waits for us; all is counted, head and tail are kept, and what is wanted outside is passed
 * on up to the output limit.
 *
 * A program that passes its limit is not ended there, or nobody would know how its output ends; it
 * is at OUTPUT_DRAINED bytes more. A stream with much in it gets a larger pipe, and what cannot
 * belong to its tail, since more follows in the pipe already, is thrown away without being copied.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sandbox/box_state.h"

#define CHUNK         65536
#define CHUNKS_A_TURN 4 /* then other boxes have theirs */

/*
 * Pages of pipes count against the user (pipe-user-pages-soft, 64 MiB as a rule, which takes in
 * what else that user runs) and against the box's memory.
 */
#define HEAVY_BYTES      (128 << 10) /* a stream with so much gets a larger pipe */
#define PIPE_BYTES       (1 << 20)
#define PIPE_BYTES_LEAST (128 << 10)
#define LARGE_PIPES      16 /* at one time */

static int64_t printed(const struct box *b)
{
	return b->result.stdout_bytes + b->result.stderr_bytes;
}

bool box_is_over_output(const struct box *b)
{
	return printed(b) > b->limits.output_bytes && !mutant("limits:output");
}

/* ---- much output ---- */

static void enlarge(struct stream *s)
{
	struct engine *e = s->box->engine;
	int64_t size = min64(PIPE_BYTES, s->box->limits.mem_bytes / 64);

	s->is_heavy = true;
	s->sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (size < PIPE_BYTES_LEAST || e->n_large_pipes >= LARGE_PIPES)
		return;
	s->is_large = fcntl(s->fd, F_SETPIPE_SZ, (int)size) > 0;
	e->n_large_pipes += s->is_large;
}

/* What is in the pipe, but for as much as the tail holds. */
static void discard(struct stream *s)
{
	int there = 0;

	if (s->sink < 0 || !output_is_head_full(&s->output) ||
	    (s->relay && printed(s->box) < s->box->limits.output_bytes) ||
	    ioctl(s->fd, FIONREAD, &there) < 0 || (size_t)there <= s->output.tail_max)
		return;
	ssize_t n = splice(s->fd, NULL, s->sink, NULL, (size_t)there - s->output.tail_max,
			   SPLICE_F_NONBLOCK);

	if (n > 0)
		output_skip(&s->output, (size_t)n);
	*s->total = s->output.total;
}

/* ---- reading ---- */

static void take_output(struct stream *s, const char *data, size_t n)
{
	int64_t room = s->box->limits.output_bytes - printed(s->box);

	if (s->relay && room > 0)
		relay_add(s->relay, data, (size_t)min64((int64_t)n, room));
	output_add(&s->output, data, n);
	*s->total = s->output.total;
	if (!s->is_heavy && s->output.total > HEAVY_BYTES)
		enlarge(s);
}

/* Reads what is there, up to a chunk: how much; 0 nothing now, -1 the end. */
static ssize_t read_stream(struct stream *s)
{
	char buf[CHUNK];

	discard(s);
	ssize_t n = read(s->fd, buf, sizeof(buf));

	if (n > 0) {
		take_output(s, buf, (size_t)n);
		return n;
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static void leave_unread(struct stream *s)
{
	loop_unwatch(s->watch);
	s->watch = NULL;
}

/* No more is read; what came stays. */
static void stop_stream(struct stream *s)
{
	leave_unread(s);
	close_fd(&s->fd);
	close_fd(&s->sink);
	s->box->engine->n_large_pipes -= s->is_large;
	s->is_large = false;
	relay_end(s->relay);
	s->relay = NULL;
}

static void on_output(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct stream *s = data;
	struct box *b = s->box;
	ssize_t n = CHUNK;

	(void)loop;
	(void)fd;
	(void)events;
	for (int i = 0; i < CHUNKS_A_TURN && n == CHUNK; i++)
		n = read_stream(s);
	if (n < 0)
		stop_stream(s);
	if (printed(b) > b->limits.output_bytes + BOX_OUTPUT_DRAINED && !mutant("limits:output")) {
		box_kill_for(b, BOX_OUTPUT_LIMIT);
		leave_unread(&b->out); /* until the kill has reached it */
		leave_unread(&b->err);
	}
}

/* Every process of the box is dead: what a pipe holds is all there will be. */
static void drain_stream(struct stream *s)
{
	for (int left = PIPE_BYTES / PIPE_BUF; left > 0 && s->fd >= 0; left--) {
		ssize_t n = read_stream(s);

		if (n <= 0)
			break;
	}
}

void box_drain_streams(struct box *b)
{
	struct box_result *r = &b->result;

	drain_stream(&b->out);
	drain_stream(&b->err);
	r->stdout_head = output_take(&b->out.output, &r->out);
	r->stderr_head = output_take(&b->err.output, &r->err);
}

/* ---- start and end ---- */

int box_open_stream(struct box *b, struct stream *s, int relay, int *ret_write_end, struct err *err)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sys(err, "make an output pipe");
	(void)fcntl(p[0], F_SETFL, O_NONBLOCK);
	(void)fchmod(p[0], 0202); /* /dev/stdout can be opened, whoever we are; never to read */
	s->box = b;
	s->fd = p[0];
	*ret_write_end = p[1];
	output_init(&s->output, b->limits.keep_bytes);
	if (relay >= 0 && relay_new(b->engine->loop, relay, &b->engine->relays, &s->relay, err) < 0)
		return -1;
	return loop_watch_fd(b->engine->loop, s->fd, EPOLLIN, on_output, s, &s->watch, err);
}

void box_close_stream(struct stream *s)
{
	stop_stream(s);
	output_release(&s->output);
}
