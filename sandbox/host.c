/* SPDX-License-Identifier: Apache-2.0 */
/* Finding out what the machine gives, by trying. */
#include "sandbox/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "sandbox/child.h"
#include "sandbox/landlock.h"
#include "sandbox/watch.h"

static const struct ns_row {
	enum box_layer layer;
	uint64_t flag;
} namespaces[] = {
	{ LAYER_USER_NS, CLONE_NEWUSER },     { LAYER_PID_NS, CLONE_NEWPID },
	{ LAYER_MOUNT_NS, CLONE_NEWNS },      { LAYER_NET_NS, CLONE_NEWNET },
	{ LAYER_IPC_NS, CLONE_NEWIPC },       { LAYER_UTS_NS, CLONE_NEWUTS },
	{ LAYER_CGROUP_NS, CLONE_NEWCGROUP },
};

/* Outer ids of boxes: high, so that nobody has them. */
#define UID_BASE   1879048192u
#define UID_NOBODY 65534u

uint64_t host_clone_flags(const struct host *h)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		if (host_has(h, namespaces[i].layer))
			flags |= namespaces[i].flag;
	}
	/*
	 * Of the layers that a mutant leaves out: without a user namespace of its own, what a box
	 * does to its mounts and processes it would do to the machine's.
	 */
	if (mutant("mount-ns") || mutant("pid-ns"))
		flags |= CLONE_NEWUSER;
	return flags;
}

static int write_proc(int dir, const char *name, const char *text)
{
	auto_close int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -1 : 0;
}

int host_map_ids(const struct host *h, pid_t pid, int number, struct err *err)
{
	char text[64];
	uid_t uid = h->has_uid_range ? h->uid_base + (uid_t)number : h->uid_base;

	(void)snprintf(text, sizeof(text), "/proc/%d", pid);
	auto_close int dir = open(text, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 || (!h->is_root && write_proc(dir, "setgroups", "deny") < 0))
		return err_sys(err, "prepare the user namespace of a box");
	(void)snprintf(text, sizeof(text), "%d %u 1", BOX_UID, uid);
	if (write_proc(dir, "uid_map", text) < 0)
		return err_sys(err, "map user ids of a box");
	(void)snprintf(text, sizeof(text), "%d %u 1", BOX_UID, h->is_root ? uid : getgid());
	if (write_proc(dir, "gid_map", text) < 0)
		return err_sys(err, "map group ids of a box");
	return 0;
}

/* Clones a child that ends at once: does the kernel let us? */
static bool can_clone(uint64_t flags)
{
	int pidfd = -1;
	pid_t pid = host_clone(flags, &pidfd);

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return false;
	(void)waitpid(pid, NULL, 0);
	(void)close(pidfd);
	return true;
}

static void probe_namespaces(struct host *h)
{
	uint64_t all = 0;
	uint64_t user = CLONE_NEWUSER;

	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		all |= namespaces[i].flag;
		h->layers |= LAYER_BIT(namespaces[i].layer);
	}
	if (can_clone(all))
		return;
	if (!can_clone(user))
		user = 0;
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		if (can_clone(namespaces[i].flag | user) &&
		    (user || namespaces[i].flag != CLONE_NEWUSER))
			continue;
		h->layers &= ~LAYER_BIT(namespaces[i].layer);
		(void)snprintf(h->why[namespaces[i].layer], LAYER_WHY, "clone: %s",
			       strerror(errno));
	}
}

/* Which outer ids can be mapped: a number for each box, one for all, or only our own. */
static bool can_map(struct host *h, uid_t base, bool has_range)
{
	int pidfd = -1;
	int hold[2];

	h->uid_base = base;
	h->has_uid_range = has_range;
	if (pipe2(hold, O_CLOEXEC) < 0)
		return false;
	pid_t pid = host_clone(CLONE_NEWUSER, &pidfd);

	if (pid == 0) {
		char c;

		(void)close(hold[1]);
		_exit(read(hold[0], &c, 1) < 0);
	}
	bool ok = pid > 0 && host_map_ids(h, pid, 0, NULL) == 0;

	(void)close(hold[0]);
	(void)close(hold[1]);
	if (pid > 0) {
		(void)waitpid(pid, NULL, 0);
		(void)close(pidfd);
	}
	return ok;
}

static void probe_ids(struct host *h)
{
	h->is_root = geteuid() == 0;
	if (!host_has(h, LAYER_USER_NS)) {
		h->uid_base = UID_BASE;
		h->has_uid_range = true;
		return;
	}
	if (h->is_root && (can_map(h, UID_BASE, true) || can_map(h, UID_NOBODY, false)))
		return;
	if (!can_map(h, geteuid(), false)) {
		h->layers &= ~LAYER_BIT(LAYER_USER_NS);
		(void)snprintf(h->why[LAYER_USER_NS], LAYER_WHY, "ids cannot be mapped");
	}
}

static void take_probe(struct host *h, const struct control_msg *msg)
{
	uint32_t lost = h->layers & ~msg->layers;

	for (int l = 0; l < LAYER_COUNT; l++) {
		if (lost & LAYER_BIT(l))
			memcpy(h->why[l], msg->why[l], LAYER_WHY);
	}
	h->layers &= msg->layers;
}

/* Puts up every layer once, without a program. */
static int probe_steps_in_child(struct host *h, struct err *err)
{
	struct box_spec spec;
	int sock[2];
	int pidfd = -1;
	int fds[2];
	struct control_msg msg = { .kind = CONTROL_GO };

	box_spec_init(&spec);
	box_limits_fill(&spec.limits);
	const struct filter_program *filter = host_filter(h, &spec.limits, err);

	if (!filter)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) < 0)
		return err_sys(err, "make a control socket");
	pid_t pid = host_clone(host_clone_flags(h), &pidfd);

	if (pid == 0) {
		struct child c = { .host = h,
				   .spec = &spec,
				   .filter = filter,
				   .cpu = -1,
				   .control = sock[1],
				   .stdin_fd = -1,
				   .stdout_fd = -1,
				   .stderr_fd = -1,
				   .tree = -1 };

		(void)close(sock[0]);
		child_probe(&c);
	}
	(void)close(sock[1]);
	int r = pid < 0 ? err_sys(err, "clone a probe") : 0;

	if (r == 0 && host_has(h, LAYER_USER_NS))
		r = host_map_ids(h, pid, 0, err);
	if (r == 0 && (control_send(sock[0], &msg, NULL, 0) < 0 ||
		       control_receive(sock[0], 0, &msg, fds) != 1 || msg.kind != CONTROL_PROBED))
		r = err_set(err, ERR_HARNESS, "the probe of this machine's layers died");
	if (r == 0)
		take_probe(h, &msg);
	(void)close(sock[0]);
	if (pid > 0) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		(void)close(pidfd);
	}
	return r;
}

/* What was not looked for, since no box can be made. */
static void give_up(struct host *h)
{
	enum box_layer lost = h->layers & LAYER_BIT(LAYER_PID_NS) ? LAYER_MOUNT_NS : LAYER_PID_NS;

	h->layers &= ~(LAYER_BIT(LAYER_ROOT) | LAYER_BIT(LAYER_PROC));
	for (int l = 0; l < LAYER_COUNT; l++) {
		if (!(h->layers & LAYER_BIT(l)) && !h->why[l][0])
			(void)snprintf(h->why[l], LAYER_WHY, "not tried without %s",
				       layer_infos[lost].name);
	}
}

/*
 * Memory is counted by control groups, or watched through the box's own /proc, or through ours,
 * from its first process down. Where none of these can be, a limit would be silence.
 */
static void refuse_unwatched(struct host *h)
{
	struct watch_sample s;

	if (host_has(h, LAYER_PROC) || host_has(h, LAYER_CGROUP_MEMORY) ||
	    watch_look_below(getpid(), &s) == 0)
		return;
	h->layers &= ~LAYER_BIT(LAYER_ROOT);
	(void)snprintf(h->why[LAYER_ROOT], LAYER_WHY,
		       "without its own /proc, control groups and lists of children: no limits");
}

int host_init(struct host *h, struct err *err)
{
	memset(h, 0, sizeof(*h));
	probe_namespaces(h);
	probe_ids(h);
	h->landlock_abi = landlock_abi();
	h->layers |= LAYER_BIT(LAYER_ROOT) | LAYER_BIT(LAYER_CAPS) | LAYER_BIT(LAYER_NO_NEW_PRIVS) |
		     LAYER_BIT(LAYER_RLIMITS) | LAYER_BIT(LAYER_LANDLOCK) |
		     LAYER_BIT(LAYER_SECCOMP) | LAYER_BIT(LAYER_PROC);
	if (~h->layers & (LAYER_BIT(LAYER_MOUNT_NS) | LAYER_BIT(LAYER_PID_NS))) {
		give_up(h);
		return 0; /* no box can be made here; the caller's level check says so */
	}
	if (probe_steps_in_child(h, err) < 0)
		return -1;
	h->layers |= cg_host_init(&h->cgroups, h->why);
	refuse_unwatched(h);
	return 0;
}

void host_release(struct host *h)
{
	cg_host_release(&h->cgroups);
	pressure_release(&h->pressure);
	for (int i = 0; i < h->n_filters; i++)
		filter_release(&h->filters[i].program);
	h->n_filters = 0;
}

const struct filter_program *host_filter(struct host *h, const struct box_limits *l,
					 struct err *err)
{
	struct filter_params params = { .has_net_ns = host_has(h, LAYER_NET_NS),
					.has_memory_cgroup = host_has(h, LAYER_CGROUP_MEMORY),
					.file_bytes = l->file_bytes };
	struct filter_program program;

	for (int i = 0; i < h->n_filters; i++) {
		const struct filter_params *p = &h->filters[i].params;

		if (p->has_net_ns == params.has_net_ns && p->file_bytes == params.file_bytes &&
		    p->has_memory_cgroup == params.has_memory_cgroup)
			return &h->filters[i].program;
	}
	if (filter_compile(&params, &program, err) < 0)
		return NULL;
	if (h->n_filters == HOST_FILTERS)
		filter_release(&h->filters[--h->n_filters].program);
	h->filters[h->n_filters] = (struct host_filter){ .params = params, .program = program };
	return &h->filters[h->n_filters++].program;
}
