/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first process of a box, and the program it starts.
 *
 * Theory of operation: the server clones us into the new namespaces and tells us to go once ids are
 * mapped and control groups joined. As init (PID 1) we keep nothing of the server's but the
 * descriptors of our box, put up the layers of init_steps[], fork; the fork puts up
 * program_steps[], whose last is the filter, and executes the program. Init cannot be signalled
 * from inside (it is PID 1 and blocks everything), traced or read (not dumpable), and holds no
 * secret. When the program ends, init kills what is left, reports and exits, and the kernel removes
 * the rest with its namespaces.
 *
 * Between clone and exec: no stdio streams, no malloc.
 */
#include "sandbox/child.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "sandbox/caps.h"
#include "sandbox/child_fds.h"
#include "sandbox/landlock.h"
#include "sandbox/root.h"
#include "sandbox/warm.h"

struct state {
	const struct child *c;
	struct root_dirs dirs;
	int listener;
};

static bool has(const struct state *s, enum box_layer layer)
{
	return host_has(s->c->host, layer);
}

static id_t own_id(const struct child *c)
{
	return host_has(c->host, LAYER_USER_NS) ? BOX_UID : c->host->uid_base + (id_t)c->number;
}

/* ---- steps of init ---- */

static int become(id_t id, struct err *err)
{
	if (setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0)
		return err_sys(err, "take the ids of the box");
	return 0;
}

static int step_identity(struct state *s, struct err *err)
{
	if (!has(s, LAYER_USER_NS))
		return 0;
	(void)setgroups(0, NULL); /* an ordinary user may not, and has no more than its own */
	return become(BOX_UID, err);
}

static int step_name(struct state *s, struct err *err)
{
	(void)s;
	if (sethostname("box", 3) < 0 || setdomainname("box", 3) < 0)
		return err_sys(err, "set the host name");
	return 0;
}

/* Once more, now that the box's control groups are joined: they are the top of what is seen. */
static int step_cgroup(struct state *s, struct err *err)
{
	(void)s;
	return unshare(CLONE_NEWCGROUP) < 0 ? err_sys(err, "unshare the control groups") : 0;
}

static int step_root(struct state *s, struct err *err)
{
	const struct box_spec *spec = s->c->spec;

	if (root_make(spec, s->c->tree, own_id(s->c), child_is_template(s->c->role), &s->dirs,
		      err) < 0 ||
	    root_add_files(spec, err) < 0)
		return -1;
	return root_seal(err);
}

/* A container that hides parts of its /proc is refused another one by the kernel. */
static int step_proc(struct state *s, struct err *err)
{
	if (s->dirs.has_proc)
		return 0;
	errno = EPERM;
	return err_sys(err, "mount proc where parts of it are masked");
}

/* Without a user namespace the ids change here, while the capabilities for it are still held. */
static int step_caps(struct state *s, struct err *err)
{
	id_t id = own_id(s->c);

	if (child_is_template(s->c->role))
		return caps_keep_for_program() < 0 ? err_sys(err, "keep capabilities") : 0;
	if (has(s, LAYER_USER_NS))
		return caps_drop_all() < 0 ? err_sys(err, "drop capabilities") : 0;
	/* what bounds them goes first: it takes one that the change of ids takes away */
	if (caps_drop_bounding() < 0 || setgroups(0, NULL) < 0 || become(id, err) < 0 ||
	    caps_clear() < 0)
		return err_sys(err, "leave root");
	return 0;
}

static int step_no_new_privs(struct state *s, struct err *err)
{
	(void)s;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    (!mutant("no-new-privs:dumpable") && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0))
		return err_sys(err, "no_new_privs");
	return 0;
}

/* ---- steps of the program ---- */

/* As wanted, or as much as we may. */
static int limit(int resource, int64_t value, struct err *err)
{
	struct rlimit want = { .rlim_cur = (rlim_t)value, .rlim_max = (rlim_t)value };
	struct rlimit now;

	if (setrlimit((__rlimit_resource_t)resource, &want) == 0)
		return 0;
	if (errno != EPERM || getrlimit((__rlimit_resource_t)resource, &now) < 0)
		return err_sys(err, "set a resource limit");
	want.rlim_cur = want.rlim_max = (rlim_t)value < now.rlim_max ? (rlim_t)value : now.rlim_max;
	if (setrlimit((__rlimit_resource_t)resource, &want) < 0)
		return err_sys(err, "set a resource limit");
	return 0;
}

static int step_rlimits(struct state *s, struct err *err)
{
	const struct box_limits *l = &s->c->spec->limits;
	const struct {
		const char *name;
		int resource;
		int64_t value;
	} rows[] = {
		{ "core", RLIMIT_CORE, 0 },
		{ "memlock", RLIMIT_MEMLOCK, 0 },
		{ "msgqueue", RLIMIT_MSGQUEUE, 0 },
		{ "nice", RLIMIT_NICE, 0 },
		{ "rtprio", RLIMIT_RTPRIO, 0 },
		{ "sigpending", RLIMIT_SIGPENDING, 1024 },
		{ "fsize", RLIMIT_FSIZE, l->file_bytes },
		{ "nofile", RLIMIT_NOFILE, l->open_files },
		{ "stack", RLIMIT_STACK, l->stack_bytes },
		/* a backstop only: the server counts CPU time of all processes together */
		{ "cpu", RLIMIT_CPU, (l->cpu_ms + l->cpu_slack_ms) / 1000 + 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!mutant_part("rlimits", rows[i].name) &&
		    limit(rows[i].resource, rows[i].value, err) < 0)
			return -1;
	}
	/* counted by user id, which each box, or each template with one clone, has for itself */
	if (!has(s, LAYER_CGROUP_PIDS) && has(s, LAYER_USER_NS) && !mutant("rlimits:nproc"))
		return limit(RLIMIT_NPROC, l->processes + (child_is_cloned(s->c->role) ? 3 : 1),
			     err);
	return 0;
}

static int step_landlock(struct state *s, struct err *err)
{
	if (s->c->host->landlock_abi == 0)
		return err_set(err, ERR_HARNESS, "the kernel has no Landlock");
	return landlock_confine(s->c->host->landlock_abi) < 0 ? err_sys(err, "landlock") : 0;
}

static int step_seccomp(struct state *s, struct err *err)
{
	s->listener = filter_load(s->c->filter);
	if (s->listener < 0 && errno != 0)
		return err_sys(err, "load the system call filter");
	return 0;
}

struct step {
	enum box_layer layer;
	int (*run)(struct state *s, struct err *err);
};

static const struct step init_steps[] = {
	{ LAYER_USER_NS, step_identity },
	{ LAYER_CGROUP_NS, step_cgroup },
	{ LAYER_UTS_NS, step_name },
	{ LAYER_ROOT, step_root },
	{ LAYER_PROC, step_proc },
	{ LAYER_CAPS, step_caps },
	{ LAYER_NO_NEW_PRIVS, step_no_new_privs },
};

/* Of a clone, whose init shares the template's memory: the program does what is left of init's. */
static const struct step clone_steps[] = {
	{ LAYER_CGROUP_NS, step_cgroup },
	{ LAYER_CAPS, step_caps },
	{ LAYER_NO_NEW_PRIVS, step_no_new_privs },
};

static const struct step program_steps[] = {
	{ LAYER_RLIMITS, step_rlimits },
	{ LAYER_LANDLOCK, step_landlock },
	{ LAYER_SECCOMP, step_seccomp },
};

const enum box_layer *child_step_order(size_t *ret_n)
{
	static const enum box_layer order[] = {
		LAYER_USER_NS,     LAYER_PID_NS,       LAYER_MOUNT_NS,  LAYER_NET_NS,
		LAYER_IPC_NS,      LAYER_UTS_NS,       LAYER_CGROUP_NS, LAYER_CGROUP_MEMORY,
		LAYER_CGROUP_PIDS, LAYER_CGROUP_CPU,   LAYER_ROOT,      LAYER_PROC,
		LAYER_CAPS,        LAYER_NO_NEW_PRIVS, LAYER_RLIMITS,   LAYER_LANDLOCK,
		LAYER_SECCOMP,
	};

	*ret_n = ARRAY_SIZE(order);
	return order;
}

/* ---- reporting ---- */

static void tell(const struct child *c, enum control_kind kind, const struct err *err)
{
	struct control_msg msg = { .kind = kind, .id = c->id, .err = *err };

	(void)control_send(c->control, &msg, NULL, 0);
}

_Noreturn void child_fail(const struct child *c, const struct err *err)
{
	tell(c, CONTROL_ERROR, err);
	_exit(1);
}

int child_tell_ready(const struct child *c, const struct root_dirs *dirs)
{
	struct control_msg ready = { .kind = CONTROL_READY, .id = c->id };

	return control_send(c->control, &ready, (int[]){ dirs->scratch, dirs->proc }, 2);
}

static void run_steps(struct state *s, const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct err err = { 0 };

		if (has(s, steps[i].layer) && steps[i].run(s, &err) < 0)
			child_fail(s->c, &err);
	}
}

static void probe_steps(struct state *s, const struct step *steps, size_t n,
			struct control_msg *msg)
{
	for (size_t i = 0; i < n; i++) {
		struct err err = { 0 };

		if (has(s, steps[i].layer) && steps[i].run(s, &err) < 0) {
			msg->layers &= ~LAYER_BIT(steps[i].layer);
			(void)snprintf(msg->why[steps[i].layer], LAYER_WHY, "%.90s", err.msg);
		}
	}
}

/* ---- the program ---- */

static void reset_signals(void)
{
	sigset_t none;
	struct sigaction def = { .sa_handler = SIG_DFL };

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &def, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static const char *find_path(char *const *env)
{
	for (; *env; env++) {
		if (!strncmp(*env, "PATH=", 5))
			return *env + 5;
	}
	return "/usr/bin:/bin";
}

/* execvp() with the box's PATH rather than ours; returns only when it fails. */
static void execute(const struct child *c)
{
	char *const *argv = c->spec->argv.v;
	char path[4096];
	int saved = ENOENT;

	if (strchr(argv[0], '/')) {
		(void)execve(argv[0], argv, c->env);
		return;
	}
	for (const char *p = find_path(c->env); *p;) {
		size_t len = strcspn(p, ":");

		(void)snprintf(path, sizeof(path), "%.*s/%s", (int)len, p, argv[0]);
		(void)execve(path, argv, c->env);
		if (errno != ENOENT && errno != ENOTDIR)
			saved = errno;
		p += len + (p[len] == ':');
	}
	errno = saved;
}

/* By ourselves, and before anything else, so that all we do is counted. */
static void join_groups(const struct child *c)
{
	struct err err = { 0 };

	for (int k = 0; k < CG_KIND_COUNT; k++) {
		if (c->joins[k] < 0)
			continue;
		if (cg_join(c->joins[k]) < 0) {
			(void)err_sys(&err, "join a control group");
			child_fail(c, &err);
		}
		(void)close(c->joins[k]);
	}
}

/* A clone's handlers are the defaults, or its interpreter's own, but for the template's one. */
static void clone_signals(void)
{
	sigset_t none;

	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void tell_started(const struct child *c, int listener)
{
	struct control_msg msg = { .kind = CONTROL_STARTED, .id = c->id, .at_ns = clock_mono_ns() };

	(void)control_send(c->control, &msg, &listener, listener >= 0);
	if (listener >= 0)
		(void)close(listener);
}

static _Noreturn void become_stem(const struct child *c)
{
	(void)close(c->control);
	(void)warm_serve(NULL, NULL, NULL);
	_exit(1);
}

void child_program(const struct child *init)
{
	struct child c = *init;
	struct state s = { .c = &c, .listener = -1 };
	struct err err = { 0 };

	(void)setsid();
	/* the control socket must not sit on a number that the program gets */
	c.control = child_lift_fd(init->control, &err);
	if (c.control < 0)
		child_fail(init, &err);
	if (child_is_cloned(c.role)) {
		join_groups(&c);
		run_steps(&s, clone_steps, ARRAY_SIZE(clone_steps));
		clone_signals();
	} else {
		reset_signals();
	}
	if (child_place_fds(&c, &err) < 0)
		child_fail(&c, &err);
	if (c.role == CHILD_WARM || c.role == CHILD_STEM) /* no execution closes the rest */
		child_keep_program_fds(&c);
	if (!child_is_template(c.role))
		run_steps(&s, program_steps, ARRAY_SIZE(program_steps));
	tell_started(&c, s.listener);
	if (c.role == CHILD_WARM) {
		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* as an execution would */
		(void)close(c.control);
		return;
	}
	if (c.role == CHILD_STEM)
		become_stem(&c);
	execute(&c);
	(void)err_sys(&err, "execute %s", c.spec->argv.v[0]);
	tell(&c, CONTROL_EXEC_FAILED, &err);
	_exit(127);
}

/* ---- init ---- */

static int64_t timeval_ns(struct timeval t)
{
	return t.tv_sec * NS_PER_SEC + t.tv_usec * 1000LL;
}

/* Waits for the program, kills what it left behind, and tells. */
static _Noreturn void reap(const struct child *c, pid_t program)
{
	struct control_msg msg = { .kind = CONTROL_EXIT };
	struct rusage usage;
	pid_t pid;

	do {
		pid = waitpid(-1, &msg.wait_status, 0);
	} while (pid != program && (pid > 0 || errno == EINTR));
	msg.at_ns = clock_mono_ns();
	msg.disk_free_bytes = msg.disk_free_inodes = -1;
	/* all that we see; were we not the first process, that would be the machine's */
	if (getpid() == 1 && kill(-1, SIGKILL) == 0) {
		while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
			msg.leftovers++;
	}
	(void)getrusage(RUSAGE_CHILDREN, &usage);
	msg.user_ns = timeval_ns(usage.ru_utime);
	msg.sys_ns = timeval_ns(usage.ru_stime);
	msg.max_rss_bytes = usage.ru_maxrss * 1024L;
	msg.switches_voluntary = usage.ru_nvcsw;
	msg.switches_forced = usage.ru_nivcsw;
	(void)control_send(c->control, &msg, NULL, 0);
	_exit(0);
}

static void wait_for_go(const struct child *c)
{
	struct control_msg msg;
	int fds[2];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (control_receive(c->control, 0, &msg, fds) != 1 || msg.kind != CONTROL_GO)
		_exit(1);
}

static void block_signals(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
}

/* For speed alone, so that a refusal does no harm. */
static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

_Noreturn void child_run(const struct child *c)
{
	struct state s = { .c = c, .listener = -1 };

	block_signals();
	child_keep_box_fds(c);
	if (c->cpu >= 0)
		stay_on(c->cpu);
	wait_for_go(c);
	join_groups(c);
	run_steps(&s, init_steps, ARRAY_SIZE(init_steps));
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* changing ids has cleared it */
	if (child_tell_ready(c, &s.dirs) < 0)
		_exit(1);
	(void)close(s.dirs.scratch);
	(void)close(s.dirs.proc);
	pid_t pid = fork();

	if (pid < 0) {
		struct err err = { 0 };

		(void)err_sys(&err, "fork the program");
		child_fail(c, &err);
	}
	if (pid == 0) {
		child_program(c);
		_exit(1);
	}
	child_keep_fd(c->control);
	reap(c, pid);
}

_Noreturn void child_probe(const struct child *c)
{
	struct state s = { .c = c, .listener = -1 };
	struct control_msg msg = { .kind = CONTROL_PROBED, .layers = c->host->layers };

	block_signals();
	wait_for_go(c);
	probe_steps(&s, init_steps, ARRAY_SIZE(init_steps), &msg);
	probe_steps(&s, program_steps, ARRAY_SIZE(program_steps), &msg);
	(void)control_send(c->control, &msg, NULL, 0);
	_exit(0);
}
