/* SPDX-License-Identifier: Apache-2.0 */
/* One box from clone to result. */
#include "sandbox/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "sandbox/child.h"
#include "sandbox/watch.h"

#define SETUP_LIMIT_NS (20 * NS_PER_SEC)
#define TICK_MAX_NS    (200 * NS_PER_MS)
#define TICK_MIN_NS    (2 * NS_PER_MS)
#define TICK_WATCH_NS  (5 * NS_PER_MS) /* without control groups */
#define KILL_GRACE_NS  (10 * NS_PER_SEC)

struct stream {
	struct box *box;
	int fd;
	int relay; /* passed on to, or -1; the box's own copy */
	struct loop_watch *watch;
	int64_t *total;
	struct strbuf *kept;
};

struct box {
	struct engine *engine;
	struct box *next;
	int number;
	struct box_limits limits;
	pid_t pid;
	int pidfd, control, listener, scratch, proc;
	struct stream out, err;
	struct loop_watch *pid_watch, *control_watch, *listener_watch;
	struct loop_timer *tick;
	struct cg_group *group;
	int64_t requested_ns, started_ns, ended_ns, killed_ns;
	bool has_started, has_exit, has_growth, is_killed;
	enum box_end reason;      /* why we killed it; BOX_EXITED: we did not */
	struct watch_sample seen; /* largest values, where there are no control groups */
	int64_t max_rss;
	struct box_result result;
	engine_done_fn *done;
	void *done_data;
};

/* ---- killing and limits ---- */

static void kill_for(struct box *b, enum box_end reason)
{
	if (b->is_killed)
		return;
	b->is_killed = true;
	b->reason = reason;
	b->killed_ns = clock_mono_ns();
	if (!b->ended_ns)
		b->ended_ns = b->killed_ns;
	(void)syscall(SYS_pidfd_send_signal, b->pidfd, SIGKILL, NULL, 0);
}

void engine_kill(struct box *box)
{
	kill_for(box, BOX_CANCELLED);
}

static int64_t max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t scratch_used(const struct box *b)
{
	struct statfs st;

	if (b->scratch < 0 || fstatfs(b->scratch, &st) < 0)
		return 0;
	return (int64_t)(st.f_blocks - st.f_bfree) * st.f_bsize;
}

static void look(struct box *b)
{
	struct watch_sample s;

	if (b->proc < 0 || watch_look(b->proc, &s) < 0)
		return;
	s.mem_bytes += scratch_used(b);
	b->seen.mem_bytes = max64(b->seen.mem_bytes, s.mem_bytes);
	b->seen.cpu_ns = max64(b->seen.cpu_ns, s.cpu_ns);
	b->seen.processes = max64(b->seen.processes, s.processes);
}

static bool is_watched(const struct box *b)
{
	const struct host *h = &b->engine->host;

	return !host_has(h, LAYER_CGROUP_MEMORY) || !host_has(h, LAYER_CGROUP_CPU);
}

static int64_t cpu_so_far(const struct box *b)
{
	int64_t ns = b->group ? cg_group_cpu_ns(b->group) : -1;

	return ns >= 0 ? ns : b->seen.cpu_ns;
}

static int cpu_count(void)
{
	static int n; /* processors do not come and go in our lifetime */

	if (!n)
		n = (int)max64(1, sysconf(_SC_NPROCESSORS_ONLN));
	return n;
}

static void on_tick(struct loop *loop, void *data);

/* Looks again when a limit could first be reached. */
static void set_tick(struct box *b, int64_t now)
{
	int64_t wall = b->started_ns + b->limits.wall_ms * NS_PER_MS;
	int64_t cpu_left = (b->limits.cpu_ms * NS_PER_MS - cpu_so_far(b)) / cpu_count();
	int64_t next = now + min64(TICK_MAX_NS, max64(cpu_left, TICK_MIN_NS));

	if (is_watched(b))
		next = min64(next, now + TICK_WATCH_NS);
	b->tick = loop_timer_at(b->engine->loop, min64(next, max64(wall, now)), on_tick, b);
}

static void check_limits(struct box *b, int64_t now)
{
	if (is_watched(b))
		look(b);
	if (cpu_so_far(b) > b->limits.cpu_ms * NS_PER_MS)
		kill_for(b, BOX_CPU_LIMIT);
	else if (now - b->started_ns >= b->limits.wall_ms * NS_PER_MS)
		kill_for(b, BOX_WALL_LIMIT);
	else if (!host_has(&b->engine->host, LAYER_CGROUP_MEMORY) &&
		 b->seen.mem_bytes > b->limits.mem_bytes)
		kill_for(b, BOX_MEMORY_LIMIT);
}

static void on_tick(struct loop *loop, void *data)
{
	struct box *b = data;
	int64_t now = clock_mono_ns();

	b->tick = NULL;
	if (!b->has_started && !b->is_killed) {
		(void)snprintf(b->result.message, sizeof(b->result.message),
			       "set-up took longer than %lld s", SETUP_LIMIT_NS / NS_PER_SEC);
		kill_for(b, BOX_SETUP_FAILED);
	} else if (!b->is_killed) {
		check_limits(b, now);
	}
	if (!b->is_killed)
		set_tick(b, now);
	else
		b->tick = loop_timer_at(loop, now + KILL_GRACE_NS, on_tick, b);
}

/* ---- output ---- */

static void keep_output(struct stream *s, const char *data, size_t n)
{
	size_t room = (size_t)s->box->limits.keep_bytes - s->kept->len;

	*s->total += (int64_t)n;
	strbuf_add(s->kept, data, n < room ? n : room);
	if (s->relay >= 0 && fs_write_all(s->relay, data, n, NULL) < 0)
		close_fd(&s->relay);
}

/* Reads what is there. 1 more may come, 0 nothing now, -1 the end. */
static int read_stream(struct stream *s)
{
	char buf[65536];
	ssize_t n = read(s->fd, buf, sizeof(buf));

	if (n > 0) {
		keep_output(s, buf, (size_t)n);
		return 1;
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static void close_stream(struct stream *s)
{
	loop_unwatch(s->watch);
	s->watch = NULL;
	close_fd(&s->fd);
	close_fd(&s->relay);
}

static void on_output(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct stream *s = data;
	struct box *b = s->box;

	(void)loop;
	(void)fd;
	(void)events;
	if (read_stream(s) < 0)
		close_stream(s);
	if (b->result.stdout_bytes + b->result.stderr_bytes > b->limits.output_bytes)
		kill_for(b, BOX_OUTPUT_LIMIT);
}

/* ---- what init and the filter tell ---- */

static void on_listener(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct box *b = data;
	char name[24];
	bool is_growth = false;
	int r = filter_answer(fd, name, sizeof(name), &is_growth);

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
	if (res->n_denied < BOX_MAX_DENIED)
		memcpy(res->denied[res->n_denied++], name, sizeof(name));
}

static void set_message(struct box *b, const struct err *err)
{
	(void)snprintf(b->result.message, sizeof(b->result.message), "%.190s", err->msg);
}

static void take_start(struct box *b, int listener)
{
	int64_t now = clock_mono_ns();

	b->has_started = true;
	b->started_ns = now;
	b->result.setup_ns = now - b->requested_ns;
	if (listener >= 0) {
		b->listener = listener;
		(void)loop_watch_fd(b->engine->loop, listener, EPOLLIN, on_listener, b,
				    &b->listener_watch, NULL);
	}
	loop_timer_cancel(b->tick);
	set_tick(b, now);
}

static void take_exit(struct box *b, const struct control_msg *msg)
{
	struct box_result *r = &b->result;

	b->has_exit = true;
	if (!b->ended_ns)
		b->ended_ns = clock_mono_ns();
	r->user_ns = msg->user_ns;
	r->sys_ns = msg->sys_ns;
	r->leftovers = msg->leftovers;
	b->max_rss = msg->max_rss_bytes;
	if (WIFEXITED(msg->wait_status))
		r->exit_code = WEXITSTATUS(msg->wait_status);
	else if (WIFSIGNALED(msg->wait_status))
		r->signal = WTERMSIG(msg->wait_status);
}

static void take_message(struct box *b, const struct control_msg *msg, int fds[2])
{
	switch (msg->kind) {
	case CONTROL_ERROR:
		set_message(b, &msg->err);
		kill_for(b, BOX_SETUP_FAILED);
		break;
	case CONTROL_READY:
		b->scratch = take_fd(&fds[0]);
		b->proc = take_fd(&fds[1]);
		break;
	case CONTROL_STARTED:
		take_start(b, take_fd(&fds[0]));
		break;
	case CONTROL_EXEC_FAILED:
		set_message(b, &msg->err);
		b->result.exec_errno = msg->err.sys_errno;
		break;
	case CONTROL_EXIT:
		take_exit(b, msg);
		break;
	case CONTROL_GO:
	case CONTROL_PROBED:
		break;
	}
	close_fd(&fds[0]);
	close_fd(&fds[1]);
}

static int read_control(struct box *b)
{
	struct control_msg msg;
	int fds[2];
	int r = control_receive(b->control, MSG_DONTWAIT, &msg, fds);

	if (r > 0)
		take_message(b, &msg, fds);
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

/* ---- the result ---- */

static bool ended_badly(const struct box_result *r)
{
	return r->signal != 0 || r->exit_code != 0;
}

/* The evidence in order: what we did, then what the kernel counted, then how the program ended. */
static enum box_end decide(const struct box *b)
{
	const struct box_result *r = &b->result;
	const struct box_limits *l = &b->limits;

	if (b->is_killed && b->reason != BOX_CANCELLED)
		return b->reason;
	if (!b->has_started)
		return b->is_killed ? BOX_CANCELLED : BOX_SETUP_FAILED;
	if (r->exec_errno)
		return BOX_EXEC_FAILED;
	if (b->is_killed && !b->has_exit)
		return BOX_CANCELLED;
	if (r->cpu_ns > l->cpu_ms * NS_PER_MS || r->signal == SIGXCPU)
		return BOX_CPU_LIMIT;
	if (r->wall_ns > l->wall_ms * NS_PER_MS)
		return BOX_WALL_LIMIT;
	if (r->stdout_bytes + r->stderr_bytes > l->output_bytes)
		return BOX_OUTPUT_LIMIT;
	if (!ended_badly(r))
		return BOX_EXITED;
	if (r->oom_kills > 0)
		return BOX_MEMORY_LIMIT;
	if (r->fork_refusals > 0)
		return BOX_PROCESS_LIMIT;
	if (r->n_denied > 0)
		return BOX_FORBIDDEN;
	if (b->has_growth || r->signal == SIGXFSZ)
		return BOX_FILE_LIMIT;
	if (r->disk_free_bytes == 0 || r->disk_free_inodes == 0)
		return BOX_DISK_LIMIT;
	return r->signal ? BOX_SIGNALED : BOX_EXITED;
}

static void set_source(struct box_result *r, const char *source)
{
	(void)snprintf(r->peak_source, sizeof(r->peak_source), "%s", source);
}

static void count_usage(struct box *b)
{
	struct box_result *r = &b->result;
	struct cg_usage u = { .cpu_ns = -1, .peak_bytes = -1 };

	if (b->group)
		cg_group_usage(&b->engine->host.cgroups, b->group, &u);
	r->oom_kills = u.oom_kills;
	r->fork_refusals = u.fork_refusals;
	r->cpu_ns = u.cpu_ns >= 0 ? u.cpu_ns : max64(b->seen.cpu_ns, r->user_ns + r->sys_ns);
	if (u.peak_bytes >= 0) {
		r->peak_bytes = u.peak_bytes;
		set_source(r, "cgroup");
	} else {
		r->peak_bytes = max64(b->seen.mem_bytes, b->max_rss);
		set_source(r, b->seen.mem_bytes >= b->max_rss ? "watched" : "rusage");
		if (!host_has(&b->engine->host, LAYER_CGROUP_PIDS) &&
		    b->seen.processes >= b->limits.processes)
			r->fork_refusals = b->seen.processes - b->limits.processes + 1;
	}
}

static void count_disk(struct box *b)
{
	struct statfs st;

	b->result.disk_free_bytes = b->result.disk_free_inodes = -1;
	if (b->scratch >= 0 && fstatfs(b->scratch, &st) == 0) {
		b->result.disk_free_bytes = (int64_t)st.f_bfree * st.f_bsize;
		b->result.disk_free_inodes = (int64_t)st.f_ffree;
	}
}

/* A signal that killed init itself tells about the box only when we did not send it. */
static void explain_missing_exit(struct box *b, int init_status)
{
	if (b->has_exit || b->is_killed)
		return;
	if (WIFSIGNALED(init_status))
		b->result.signal = WTERMSIG(init_status);
	if (!b->has_started && !b->result.message[0])
		(void)snprintf(b->result.message, sizeof(b->result.message),
			       "the first process of the box died during set-up (status %#x)",
			       (unsigned)init_status);
}

static void unlink_box(struct box *b)
{
	struct engine *e = b->engine;

	for (struct box **p = &e->boxes; *p; p = &(*p)->next) {
		if (*p == b) {
			*p = b->next;
			break;
		}
	}
	e->n_boxes--;
	e->numbers[b->number / 64] &= ~(1ULL << (b->number % 64));
}

static void box_free(struct box *b)
{
	struct engine *e = b->engine;

	unlink_box(b);
	loop_timer_cancel(b->tick);
	loop_unwatch(b->pid_watch);
	loop_unwatch(b->control_watch);
	loop_unwatch(b->listener_watch);
	close_stream(&b->out);
	close_stream(&b->err);
	close_fd(&b->pidfd);
	close_fd(&b->control);
	close_fd(&b->listener);
	close_fd(&b->scratch);
	close_fd(&b->proc);
	cg_group_give_back(&e->host.cgroups, b->group);
	box_result_release(&b->result);
	free(b);
}

/* Init is dead, and with it every process of the box. */
static void finish(struct box *b, int init_status)
{
	struct box_result *r = &b->result;

	while (read_control(b) > 0)
		;
	while (b->out.fd >= 0 && read_stream(&b->out) > 0)
		;
	while (b->err.fd >= 0 && read_stream(&b->err) > 0)
		;
	explain_missing_exit(b, init_status);
	if (!b->ended_ns)
		b->ended_ns = clock_mono_ns();
	r->wall_ns = b->has_started ? b->ended_ns - b->started_ns : 0;
	r->layers = b->engine->host.layers;
	count_usage(b);
	count_disk(b);
	r->end = decide(b);
	if (b->done)
		b->done(b, r, b->done_data);
	box_free(b);
}

static void on_death(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct box *b = data;
	int status = 0;

	(void)loop;
	(void)fd;
	(void)events;
	if (waitpid(b->pid, &status, WNOHANG) == b->pid)
		finish(b, status);
}

/* ---- the start ---- */

static int take_number(struct engine *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(e->numbers); i++) {
		if (~e->numbers[i]) {
			int bit = __builtin_ctzll(~e->numbers[i]);

			e->numbers[i] |= 1ULL << bit;
			return (int)i * 64 + bit;
		}
	}
	return -1;
}

static void default_env(const struct box_spec *spec, struct strvec *env)
{
	strvec_push(env, "PATH=/usr/local/bin:/usr/bin:/bin");
	strvec_push(env, "LANG=C.UTF-8");
	strvec_push(env, "HOME=/work");
	strvec_push(env, "TMPDIR=/tmp");
	for (size_t i = 0; i < spec->env.n; i++)
		strvec_push(env, spec->env.v[i]);
}

static int open_stream(struct box *b, struct stream *s, int relay, int *ret_write_end,
		       struct err *err)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sys(err, "make an output pipe");
	(void)fcntl(p[0], F_SETFL, O_NONBLOCK);
	s->box = b;
	s->fd = p[0];
	s->relay = relay >= 0 ? fcntl(relay, F_DUPFD_CLOEXEC, 3) : -1;
	*ret_write_end = p[1];
	return loop_watch_fd(b->engine->loop, s->fd, EPOLLIN, on_output, s, &s->watch, err);
}

/* What the child needs and we do not, once it is cloned. */
struct start {
	struct child child;
	struct box_spec spec; /* a shallow copy with defaults filled in */
	struct strvec env;
	int control, out, err;
};

static void start_release(struct start *s)
{
	strvec_release(&s->env);
	close_fd(&s->control);
	close_fd(&s->out);
	close_fd(&s->err);
}

static int prepare(struct box *b, const struct box_spec *spec, struct start *s, struct err *err)
{
	int sock[2];

	s->spec = *spec;
	box_limits_fill(&s->spec.limits);
	b->limits = s->spec.limits;
	default_env(spec, &s->env);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) < 0)
		return err_sys(err, "make a control socket");
	b->control = sock[0];
	s->control = sock[1];
	if (open_stream(b, &b->out, spec->stdout_fd, &s->out, err) < 0 ||
	    open_stream(b, &b->err, spec->stderr_fd, &s->err, err) < 0 ||
	    loop_watch_fd(b->engine->loop, b->control, EPOLLIN, on_control, b, &b->control_watch,
			  err) < 0)
		return -1;
	const struct filter_program *filter = host_filter(&b->engine->host, &b->limits, err);

	s->child = (struct child){ .host = &b->engine->host,
				   .spec = &s->spec,
				   .filter = filter,
				   .env = s->env.v,
				   .number = b->number,
				   .control = s->control,
				   .stdin_fd = spec->stdin_fd,
				   .stdout_fd = s->out,
				   .stderr_fd = s->err };
	return filter ? cg_group_take(&b->engine->host.cgroups, &b->limits, &b->group, err) : -1;
}

static int let_go(struct box *b, struct err *err)
{
	struct control_msg go = { .kind = CONTROL_GO };

	if (host_has(&b->engine->host, LAYER_USER_NS) &&
	    host_map_ids(&b->engine->host, b->pid, b->number, err) < 0)
		return -1;
	if (cg_group_attach(b->group, b->pid, err) < 0)
		return -1;
	if (control_send(b->control, &go, NULL, 0) < 0)
		return err_sys(err, "start a box");
	return 0;
}

static int launch(struct box *b, const struct box_spec *spec, struct err *err)
{
	struct engine *e = b->engine;
	struct start s = { .control = -1, .out = -1, .err = -1 };
	int r = prepare(b, spec, &s, err);

	if (r == 0) {
		b->pid = host_clone(host_clone_flags(&e->host), &b->pidfd);
		if (b->pid == 0)
			child_run(&s.child);
		if (b->pid < 0)
			r = err_sys(err, "clone a box");
	}
	start_release(&s);
	if (r == 0)
		r = loop_watch_fd(e->loop, b->pidfd, EPOLLIN, on_death, b, &b->pid_watch, err);
	return r == 0 ? let_go(b, err) : -1;
}

int engine_start(struct engine *e, const struct box_spec *spec, engine_done_fn *done, void *data,
		 struct box **ret, struct err *err)
{
	int number = take_number(e);

	if (number < 0)
		return err_set(err, ERR_HARNESS, "more than %d boxes at one time",
			       ENGINE_MAX_BOXES);
	struct box *b = xcalloc(1, sizeof(*b));

	b->engine = e;
	b->number = number;
	b->done = done;
	b->done_data = data;
	b->pidfd = b->control = b->listener = b->scratch = b->proc = -1;
	b->out = (struct stream){ .box = b,
				  .fd = -1,
				  .relay = -1,
				  .total = &b->result.stdout_bytes,
				  .kept = &b->result.out };
	b->err = (struct stream){ .box = b,
				  .fd = -1,
				  .relay = -1,
				  .total = &b->result.stderr_bytes,
				  .kept = &b->result.err };
	b->result.exit_code = -1;
	b->result.peak_bytes = -1;
	b->requested_ns = clock_mono_ns();
	b->next = e->boxes;
	e->boxes = b;
	e->n_boxes++;
	if (launch(b, spec, err) < 0) {
		if (b->pid > 0) {
			(void)kill(b->pid, SIGKILL);
			(void)waitpid(b->pid, NULL, 0);
		}
		box_free(b);
		return -1;
	}
	b->tick = loop_timer_at(e->loop, b->requested_ns + SETUP_LIMIT_NS, on_tick, b);
	*ret = b;
	return 0;
}

int engine_init(struct engine *e, struct loop *loop, struct err *err)
{
	memset(e, 0, sizeof(*e));
	e->loop = loop;
	return host_init(&e->host, err);
}

void engine_release(struct engine *e)
{
	while (e->boxes) {
		struct box *b = e->boxes;

		(void)syscall(SYS_pidfd_send_signal, b->pidfd, SIGKILL, NULL, 0);
		(void)waitpid(b->pid, NULL, 0);
		box_free(b);
	}
	host_release(&e->host);
}
