/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes from clone to the end. */
#include "sandbox/engine.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "sandbox/box_state.h"
#include "sandbox/outfiles.h"
#include "sandbox/rootfs.h"
#include "sandbox/template.h"

void engine_kill(struct box *box)
{
	box_kill_for(box, BOX_CANCELLED);
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
	box_close_stream(&b->out);
	box_close_stream(&b->err);
	if (b->zygote)
		zygote_leave(b->zygote);
	close_fd(&b->pidfd);
	close_fd(&b->control);
	close_fd(&b->listener);
	close_fd(&b->scratch);
	close_fd(&b->proc);
	cg_group_give_back(&e->host.cgroups, b->group);
	strvec_release(&b->outs);
	box_result_release(&b->result);
	free(b);
}

void box_finish(struct box *b, int init_status)
{
	box_drain(b);
	box_conclude(b, init_status);
	if (b->zygote && b->result.end == BOX_SETUP_FAILED)
		zygote_retire(b->zygote);
	if (b->done)
		b->done(b, &b->result, b->done_data);
	box_free(b);
}

static void on_death(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct box *b = data;
	int status;

	(void)loop;
	(void)fd;
	(void)events;
	if (waitpid(b->pid, &status, WNOHANG) == b->pid)
		box_finish(b, status);
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
	for (char **e = environ; mutant("environment") && *e; e++)
		strvec_push(env, *e);
}

static void launch_release(struct box_launch *s)
{
	strvec_release(&s->env);
	close_fd(&s->control);
	close_fd(&s->out);
	close_fd(&s->err);
}

static int open_control(struct box *b, struct box_launch *s, struct err *err)
{
	int sock[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) < 0)
		return err_sys(err, "make a control socket");
	b->control = sock[0];
	s->control = sock[1];
	return box_watch_control(b, err);
}

/* The first process of a box counts, but for a clone's, which stays outside. */
static int take_group(struct box *b, struct err *err)
{
	struct box_limits limits = b->limits;

	limits.processes += !child_is_cloned(b->role);
	return cg_group_take(&b->engine->host.cgroups, &limits, &b->group, err);
}

int engine_slot(const struct engine *e, int slot)
{
	int n = CPU_COUNT(&e->cpus);

	return n < 2 || slot < 0 ? -1 : slot % n;
}

int engine_any_slot(struct engine *e)
{
	return engine_slot(e, (int)(e->next_slot++ % INT_MAX));
}

static int cpu_of_slot(const struct engine *e, int slot)
{
	slot = engine_slot(e, slot);
	for (int cpu = 0, i = 0; slot >= 0 && cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET((size_t)cpu, &e->cpus) && i++ == slot)
			return cpu;
	}
	return -1;
}

static int prepare(struct box *b, const struct box_spec *spec, struct box_launch *s,
		   struct err *err)
{
	s->spec = *spec;
	box_limits_fill(&s->spec.limits);
	b->limits = s->spec.limits;
	if (outfiles_check(&spec->outs, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->outs.n; i++)
		strvec_push(&b->outs, spec->outs.v[i]);
	default_env(spec, &s->env);
	if (!child_is_cloned(b->role) && open_control(b, s, err) < 0)
		return -1;
	if (box_open_stream(b, &b->out, spec->stdout_fd, &s->out, err) < 0 ||
	    box_open_stream(b, &b->err, spec->stderr_fd, &s->err, err) < 0 ||
	    take_group(b, err) < 0)
		return -1;
	const struct filter_program *filter = host_filter(&b->engine->host, &b->limits, err);

	s->child = (struct child){ .role = b->role,
				   .host = &b->engine->host,
				   .spec = &s->spec,
				   .filter = filter,
				   .env = s->env.v,
				   .number = b->number,
				   .cpu = cpu_of_slot(b->engine, spec->slot),
				   .control = s->control,
				   .stdin_fd = spec->stdin_fd,
				   .stdout_fd = s->out,
				   .stderr_fd = s->err,
				   .tree = -1 };
	for (int k = 0; k < CG_KIND_COUNT; k++) { /* cg_group_attach() does the others */
		bool is_own = child_is_cloned(b->role) || b->engine->host.cgroups.h[k].version == 1;

		s->child.joins[k] = is_own ? b->group->tasks[k] : -1;
	}
	return filter ? 0 : -1;
}

static int let_go(struct box *b, struct err *err)
{
	struct control_msg go = { .kind = CONTROL_GO };

	if (host_has(&b->engine->host, LAYER_USER_NS) &&
	    host_map_ids(&b->engine->host, b->pid, b->number, err) < 0)
		return -1;
	if (cg_group_attach(&b->engine->host.cgroups, b->group, b->pid, err) < 0)
		return -1;
	if (control_send(b->control, &go, NULL, 0) < 0)
		return err_sys(err, "start a box");
	return 0;
}

static int take_process(struct box *b, pid_t pid, int pidfd, struct err *err)
{
	b->pid = pid;
	b->pidfd = pidfd;
	if (loop_watch_fd(b->engine->loop, pidfd, EPOLLIN, on_death, b, &b->pid_watch, err) < 0)
		return -1;
	return let_go(b, err);
}

void box_lose(struct box *b, const char *why)
{
	(void)snprintf(b->result.message, sizeof(b->result.message), "%.190s", why);
	box_finish(b, 0);
}

static int clone_process(struct box *b, struct box_launch *s, struct err *err)
{
	int pidfd = -1;

	s->child.tree = rootfs_open(&s->spec);
	pid_t pid = host_clone(host_clone_flags(&b->engine->host), &pidfd);

	if (pid == 0)
		child_run(&s->child);
	close_fd(&s->child.tree);
	if (pid < 0)
		return err_sys(err, "clone a box");
	return take_process(b, pid, pidfd, err);
}

static int launch(struct box *b, const struct box_spec *spec, struct err *err)
{
	struct box_launch s = { .control = -1, .out = -1, .err = -1 };
	int r = prepare(b, spec, &s, err);

	if (r == 0)
		r = b->zygote ? zygote_ask(b->zygote, b, &s, err) : clone_process(b, &s, err);
	launch_release(&s);
	return r;
}

static struct box *box_new(struct engine *e, int number)
{
	struct box *b = xcalloc(1, sizeof(*b));

	b->engine = e;
	b->number = number;
	b->pidfd = b->control = b->listener = b->scratch = b->proc = -1;
	box_result_init(&b->result);
	b->out = (struct stream){ .box = b, .fd = -1, .sink = -1 };
	b->err = (struct stream){ .box = b, .fd = -1, .sink = -1 };
	b->out.total = &b->result.stdout_bytes;
	b->err.total = &b->result.stderr_bytes;
	b->disk_free_bytes = b->disk_free_inodes = -1;
	b->requested_ns = clock_mono_ns();
	b->next = e->boxes;
	e->boxes = b;
	e->n_boxes++;
	return b;
}

/* Ends a box whose start has failed half-way. */
static void abandon(struct box *b)
{
	if (b->pidfd >= 0)
		(void)syscall(SYS_pidfd_send_signal, b->pidfd, SIGKILL, NULL, 0);
	if (b->pid > 0)
		(void)waitpid(b->pid, NULL, 0);
	if (b->zygote)
		zygote_retire(b->zygote);
	box_free(b);
}

int box_start_as(struct engine *e, enum child_role role, const struct box_spec *spec,
		 engine_done_fn *done, void *data, struct box **ret, struct err *err)
{
	struct zygote *zygote = role == CHILD_BOX ? template_zygote(e, spec) : NULL;
	int number = take_number(e);

	if (number < 0)
		return err_set(err, ERR_HARNESS, "more than %d boxes at one time",
			       ENGINE_MAX_BOXES);
	struct box *b = box_new(e, number);

	b->role = zygote ? zygote_clone_role(zygote) : role;
	b->result.is_warm = b->role == CHILD_WARM;
	b->done = done;
	b->done_data = data;
	if (zygote)
		zygote_join(zygote, b);
	if (launch(b, spec, err) < 0) {
		abandon(b);
		return -1;
	}
	b->tick = loop_timer_at(e->loop, b->requested_ns + SETUP_LIMIT_NS, box_on_tick, b);
	*ret = b;
	return 0;
}

int engine_start(struct engine *e, const struct box_spec *spec, engine_done_fn *done, void *data,
		 struct box **ret, struct err *err)
{
	return box_start_as(e, CHILD_BOX, spec, done, data, ret, err);
}

int engine_init(struct engine *e, struct loop *loop, struct err *err)
{
	memset(e, 0, sizeof(*e));
	e->loop = loop;
	if (sched_getaffinity(0, sizeof(e->cpus), &e->cpus) < 0)
		CPU_ZERO(&e->cpus);
	return host_init(&e->host, err);
}

static void kill_and_wait(struct box *b)
{
	struct pollfd p = { .fd = b->pidfd, .events = POLLIN };

	if (b->pidfd < 0)
		return;
	(void)syscall(SYS_pidfd_send_signal, b->pidfd, SIGKILL, NULL, 0);
	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	(void)waitpid(b->pid, NULL, 0);
}

void engine_release(struct engine *e)
{
	struct box *next;

	e->is_releasing = true; /* zygotes leave their boxes to us */
	for (struct box *b = e->boxes; b; b = next) {
		next = b->next;
		kill_and_wait(b);
		box_free(b);
	}
	templates_release(e);
	relays_release(&e->relays);
	host_release(&e->host);
}
