/* SPDX-License-Identifier: Apache-2.0 */
/* Clones of a template: the first process of a box in borrowed memory. */
#include "sandbox/shoot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "sandbox/caps.h"
#include "sandbox/child_fds.h"
#include "sandbox/raw.h"
#include "sandbox/root.h"

#define INIT_STACK    (128 << 10)
#define PROGRAM_STACK (128 << 10) /* until it executes */
/* An init may still be ending while the next box is under way. */
#define INITS 4

#define NAMESPACES (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWUSER)

enum gate { GATE_SHUT, GATE_OPEN, GATE_NEVER };
/* The kernel writes the zero when init ends. */
enum phase { PHASE_ENDED, PHASE_STARTING, PHASE_AWAY };

struct shoot {
	const struct shoot_order *order; /* until it is away */
	uint64_t id;
	pid_t init; /* 0: this place is free */
	int32_t gate;
	int32_t phase;
	bool has_told; /* the server knows how the program ended */
	char *stacks;  /* the program's, then init's */
	ucontext_t resume;
};

static struct shoot shoots[INITS];
static volatile bool is_program; /* true in a program's copy of the memory alone */

static void futex_wait(int32_t *word, int32_t value)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
		(void)raw_call(SYS_futex, (long)word, FUTEX_WAIT, value, 0);
}

static void futex_set(int32_t *word, int32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	(void)raw_call(SYS_futex, (long)word, FUTEX_WAKE, 1, 0);
}

/* ---- init ---- */

static int64_t timeval_ns(struct timeval t)
{
	return t.tv_sec * NS_PER_SEC + t.tv_usec * 1000LL;
}

static void count_disk(int scratch, struct control_msg *msg)
{
	struct statfs st = { 0 };

	msg->disk_free_bytes = msg->disk_free_inodes = -1;
	if (raw_call(SYS_fstatfs, scratch, (long)&st, 0, 0) == 0) {
		msg->disk_free_bytes = (int64_t)st.f_bfree * st.f_bsize;
		msg->disk_free_inodes = (int64_t)st.f_ffree;
	}
}

static long wait_any(int32_t *status)
{
	long pid;

	do {
		pid = raw_call(SYS_wait4, -1, (long)status, 0, 0);
	} while (pid == -EINTR);
	return pid;
}

/* Waits for the program, kills what it left behind, and tells. The memory is the template's now. */
static _Noreturn void reap(struct shoot *s, int control, int scratch, pid_t program)
{
	struct control_msg msg = { .kind = CONTROL_EXIT, .id = s->id };
	struct iovec iov = { .iov_base = &msg, .iov_len = control_size(&msg) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct rusage usage = { 0 };
	long pid;

	do {
		pid = wait_any(&msg.wait_status);
	} while (pid > 0 && pid != program);
	msg.at_ns = clock_mono_ns();
	/* orphans are our children: where we have none, nobody is left */
	pid = raw_call(SYS_wait4, -1, 0, WNOHANG, 0);
	if (pid != -ECHILD) {
		msg.leftovers += pid > 0;
		(void)raw_call(SYS_kill, -1, SIGKILL, 0, 0);
		while (wait_any(NULL) > 0)
			msg.leftovers++;
	}
	(void)raw_call(SYS_getrusage, RUSAGE_CHILDREN, (long)&usage, 0, 0);
	msg.user_ns = timeval_ns(usage.ru_utime);
	msg.sys_ns = timeval_ns(usage.ru_stime);
	msg.max_rss_bytes = usage.ru_maxrss * 1024L;
	msg.switches_voluntary = usage.ru_nvcsw;
	msg.switches_forced = usage.ru_nivcsw;
	count_disk(scratch, &msg);
	s->has_told = true;
	(void)raw_call(SYS_sendmsg, control, (long)&m, MSG_NOSIGNAL, 0);
	for (;;)
		(void)raw_call(SYS_exit_group, 0, 0, 0, 0);
}

static int run_program(void *data)
{
	const struct shoot *s = data;

	child_program(&s->order->child);
	return 1;
}

/* In its process with a copy of the memory: goes on where the template stood. */
static _Noreturn void become_program(struct shoot *s)
{
	child_program(&s->order->child);
	is_program = true;
	(void)setcontext(&s->resume);
	_exit(1);
}

static pid_t start_program(struct shoot *s)
{
	if (s->order->child.role == CHILD_SHOOT)
		return clone(run_program, s->stacks + PROGRAM_STACK,
			     CLONE_VM | CLONE_VFORK | SIGCHLD, s);
	pid_t pid = fork();

	if (pid == 0)
		become_program(s);
	return pid;
}

static void keep_only(int a, int b)
{
	int low = a < b ? a : b;
	int high = a < b ? b : a;

	if (low > 0)
		(void)raw_call(SYS_close_range, 0, low - 1, 0, 0);
	if (high > low + 1)
		(void)raw_call(SYS_close_range, low + 1, high - 1, 0, 0);
	(void)raw_call(SYS_close_range, high + 1, ~0U, 0, 0);
}

static int init_main(void *data)
{
	struct shoot *s = data;
	const struct child *c = &s->order->child;
	/* where the server wants to look into the box, or to bring files back */
	bool is_watched = !host_has(c->host, LAYER_CGROUP_MEMORY) ||
			  !host_has(c->host, LAYER_CGROUP_CPU) || c->spec->outs.n > 0;
	struct root_dirs dirs = { -1, -1 };
	struct err err = { 0 };
	int control = c->control;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	futex_wait(&s->gate, GATE_SHUT);
	if (s->gate != GATE_OPEN)
		_exit(1);
	if (root_renew(c->spec, BOX_UID, is_watched, &dirs, &err) < 0)
		child_fail(c, &err);
	if (is_watched)
		(void)child_tell_ready(c, &dirs);
	pid_t pid = start_program(s);

	if (pid < 0) {
		(void)err_sys(&err, "fork the program");
		child_fail(c, &err);
	}
	(void)caps_clear();
	futex_set(&s->phase, PHASE_AWAY);
	keep_only(control, dirs.scratch);
	reap(s, control, dirs.scratch, pid);
}

/* ---- the template ---- */

static void write_map(pid_t pid, const char *name, struct err *err)
{
	char path[64];
	char text[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	(void)snprintf(text, sizeof(text), "%d %d 1", BOX_UID, BOX_UID);
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		(void)err_sys(err, "write %s of a box", name);
}

/* Where there is an init, shoot_reap() tells of its end. */
static void tell_error(const struct shoot_order *o, bool has_init, const struct err *err)
{
	struct control_msg msg = { .kind = CONTROL_ERROR, .id = o->id, .err = *err };
	struct control_msg dead = { .kind = CONTROL_DEAD, .id = o->id };

	(void)control_send(o->child.control, &msg, NULL, 0);
	if (!has_init)
		(void)control_send(o->child.control, &dead, NULL, 0);
}

static void unblock_signals(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static struct shoot *find_free(void)
{
	for (;;) {
		for (size_t i = 0; i < ARRAY_SIZE(shoots); i++) {
			if (!shoots[i].init)
				return &shoots[i];
		}
		int status;
		pid_t pid = waitpid(-1, &status, 0); /* all are ending: it cannot take long */

		for (size_t i = 0; i < ARRAY_SIZE(shoots); i++) {
			if (shoots[i].init == pid)
				shoots[i].init = 0;
		}
	}
}

static int prepare(struct shoot *s, const struct shoot_order *order, struct err *err)
{
	if (!s->stacks) {
		s->stacks = mmap(NULL, PROGRAM_STACK + INIT_STACK, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
		if (s->stacks == MAP_FAILED) {
			s->stacks = NULL;
			return err_sys(err, "map a stack");
		}
	}
	s->order = order;
	s->id = order->id;
	s->gate = GATE_SHUT;
	s->phase = PHASE_STARTING;
	s->has_told = false;
	return 0;
}

/*
 * The maps belong to us only while our memory may be looked at; no program is there yet that could.
 */
static void clone_init(struct shoot *s, struct err *err)
{
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	s->init = clone(init_main, s->stacks + PROGRAM_STACK + INIT_STACK,
			CLONE_VM | CLONE_CHILD_CLEARTID | NAMESPACES | SIGCHLD, s, NULL, NULL,
			&s->phase);
	if (s->init < 0) {
		s->init = 0;
		(void)err_sys(err, "clone the first process of a box");
		return;
	}
	write_map(s->init, "uid_map", err);
	write_map(s->init, "gid_map", err);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	futex_set(&s->gate, err->kind == ERR_NONE ? GATE_OPEN : GATE_NEVER);
	futex_wait(&s->phase, PHASE_STARTING);
}

int shoot_start(const struct shoot_order *order)
{
	struct err err = { 0 };
	struct shoot *s = find_free();

	if (prepare(s, order, &err) == 0) {
		(void)getcontext(&s->resume);
		if (is_program) {
			unblock_signals(); /* which the context has blocked again */
			return 1;
		}
		clone_init(s, &err);
	}
	if (err.kind != ERR_NONE)
		tell_error(order, s->init > 0, &err);
	s->order = NULL;
	return 0;
}

void shoot_kill(uint64_t id)
{
	for (size_t i = 0; i < ARRAY_SIZE(shoots); i++) {
		if (shoots[i].init && shoots[i].id == id)
			(void)kill(shoots[i].init, SIGKILL);
	}
}

static struct shoot *find_init(pid_t pid)
{
	for (size_t i = 0; i < ARRAY_SIZE(shoots); i++) {
		if (shoots[i].init == pid)
			return &shoots[i];
	}
	return NULL;
}

void shoot_reap(int control)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct shoot *s = find_init(pid);

		if (!s)
			continue;
		s->init = 0;
		if (!s->has_told) {
			struct control_msg msg = { .kind = CONTROL_DEAD,
						   .id = s->id,
						   .wait_status = status };

			(void)control_send(control, &msg, NULL, 0);
		}
	}
}
