/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling, loading and answering for the system call filter. */
#include "sandbox/seccomp.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/fs.h"
#include "sandbox/mutant.h"
#include "sandbox/filter_shape.h"
#include "sandbox/policies/default.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#define PR_SET_VMA_ 0x53564d41

#define LOW32 0xffffffffULL

/* One argument compared on its low 32 bits: the kernel ignores the rest of an int. */
struct arg_rule {
	const char *call;
	unsigned arg;
	uint64_t mask, value;
	uint32_t action;
};

#define ALLOW_VALUE(c, a, v)                                                                       \
	{                                                                                          \
		(c), (a), LOW32, (uint64_t)(v)&LOW32, SCMP_ACT_ALLOW                               \
	}
#define FORBID_VALUE(c, a, v)                                                                      \
	{                                                                                          \
		(c), (a), LOW32, (uint64_t)(v)&LOW32, SCMP_ACT_NOTIFY                              \
	}
#define FORBID_BIT(c, a, v)                                                                        \
	{                                                                                          \
		(c), (a), (v), (v), SCMP_ACT_NOTIFY                                                \
	}

#define NEW_NAMESPACES                                                                             \
	((uint64_t)CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC |      \
	 CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWTIME)

static const struct arg_rule arg_rules[] = {
	/* clone: threads and processes, no new namespace. CLONE_NEWTIME shares its bit with the
	 * exit signal and means nothing in clone(), so it is neither allowed for nor told. */
	{ "clone", 0, NEW_NAMESPACES & ~(uint64_t)CLONE_NEWTIME, 0, SCMP_ACT_ALLOW },
	FORBID_BIT("clone", 0, CLONE_NEWUSER),
	FORBID_BIT("clone", 0, CLONE_NEWPID),
	FORBID_BIT("clone", 0, CLONE_NEWNS),
	FORBID_BIT("clone", 0, CLONE_NEWNET),
	FORBID_BIT("clone", 0, CLONE_NEWIPC),
	FORBID_BIT("clone", 0, CLONE_NEWUTS),
	FORBID_BIT("clone", 0, CLONE_NEWCGROUP),
	/* limits: read any of one's own, set none beyond the hard ones; never another process's */
	{ "prlimit64", 0, LOW32, 0, SCMP_ACT_ALLOW },
	/* descriptors: no leases, no directory notices */
	ALLOW_VALUE("fcntl", 1, F_DUPFD),
	ALLOW_VALUE("fcntl", 1, F_DUPFD_CLOEXEC),
	ALLOW_VALUE("fcntl", 1, F_GETFD),
	ALLOW_VALUE("fcntl", 1, F_SETFD),
	ALLOW_VALUE("fcntl", 1, F_GETFL),
	ALLOW_VALUE("fcntl", 1, F_SETFL),
	ALLOW_VALUE("fcntl", 1, F_GETLK),
	ALLOW_VALUE("fcntl", 1, F_SETLK),
	ALLOW_VALUE("fcntl", 1, F_SETLKW),
	ALLOW_VALUE("fcntl", 1, F_OFD_GETLK),
	ALLOW_VALUE("fcntl", 1, F_OFD_SETLK),
	ALLOW_VALUE("fcntl", 1, F_OFD_SETLKW),
	ALLOW_VALUE("fcntl", 1, F_GETPIPE_SZ),
	ALLOW_VALUE("fcntl", 1, F_SETPIPE_SZ),
	ALLOW_VALUE("fcntl", 1, F_ADD_SEALS),
	ALLOW_VALUE("fcntl", 1, F_GET_SEALS),
	FORBID_VALUE("fcntl", 1, F_SETLEASE),
	FORBID_VALUE("fcntl", 1, F_NOTIFY),
	/* terminals: asked whether one is there */
	ALLOW_VALUE("ioctl", 1, TCGETS),
	ALLOW_VALUE("ioctl", 1, FIONREAD),
	ALLOW_VALUE("ioctl", 1, FIONBIO),
	ALLOW_VALUE("ioctl", 1, FIOCLEX),
	ALLOW_VALUE("ioctl", 1, FIONCLEX),
	ALLOW_VALUE("ioctl", 1, TIOCGWINSZ),
	FORBID_VALUE("ioctl", 1, TIOCSTI),
	FORBID_VALUE("ioctl", 1, TIOCLINUX),
	FORBID_VALUE("ioctl", 1, TIOCSCTTY),
	FORBID_VALUE("ioctl", 1, TIOCSETD),
	/* a process's own settings */
	ALLOW_VALUE("prctl", 0, PR_SET_NAME),
	ALLOW_VALUE("prctl", 0, PR_GET_NAME),
	ALLOW_VALUE("prctl", 0, PR_GET_DUMPABLE),
	ALLOW_VALUE("prctl", 0, PR_SET_DUMPABLE),
	ALLOW_VALUE("prctl", 0, PR_SET_PDEATHSIG),
	ALLOW_VALUE("prctl", 0, PR_GET_PDEATHSIG),
	ALLOW_VALUE("prctl", 0, PR_CAPBSET_READ),
	ALLOW_VALUE("prctl", 0, PR_GET_NO_NEW_PRIVS),
	ALLOW_VALUE("prctl", 0, PR_SET_NO_NEW_PRIVS),
	ALLOW_VALUE("prctl", 0, PR_SET_TIMERSLACK),
	ALLOW_VALUE("prctl", 0, PR_GET_TIMERSLACK),
	ALLOW_VALUE("prctl", 0, PR_SET_VMA_),
	ALLOW_VALUE("prctl", 0, PR_SET_THP_DISABLE),
	/* sockets: local ones; the internet families only in an empty network namespace (below) */
	ALLOW_VALUE("socket", 0, AF_UNIX),
	FORBID_VALUE("socket", 0, AF_PACKET),
	FORBID_VALUE("socket", 0, AF_ALG),
	FORBID_VALUE("socket", 0, AF_VSOCK),
	FORBID_VALUE("socket", 0, AF_KEY),
	FORBID_VALUE("socket", 0, AF_BLUETOOTH),
	FORBID_VALUE("socket", 0, AF_XDP),
};

static const struct arg_rule net_rules[] = {
	ALLOW_VALUE("socket", 0, AF_INET),
	ALLOW_VALUE("socket", 0, AF_INET6),
};

static int add_rule(scmp_filter_ctx ctx, uint32_t action, const char *call,
		    const struct scmp_arg_cmp *cmp)
{
	int nr = seccomp_syscall_resolve_name(call);

	if (nr == __NR_SCMP_ERROR || nr < 0)
		return 0; /* not on this machine */
	if (mutant("seccomp:default") && action == SCMP_ACT_ALLOW)
		return 0;
	return seccomp_rule_add_array(ctx, action, nr, cmp ? 1 : 0, cmp);
}

static int add_arg_rules(scmp_filter_ctx ctx, const struct arg_rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct scmp_arg_cmp cmp = { .arg = rules[i].arg,
					    .op = SCMP_CMP_MASKED_EQ,
					    .datum_a = rules[i].mask,
					    .datum_b = rules[i].value };

		bool is_open = mutant("seccomp:arguments");

		if (is_open && rules[i].action != SCMP_ACT_ALLOW)
			continue;
		if (add_rule(ctx, rules[i].action, rules[i].call, is_open ? NULL : &cmp) < 0)
			return -1;
	}
	return 0;
}

/* Sizes within the limit pass; larger ones are told and then refused by the kernel itself. */
static int add_growth_rules(scmp_filter_ctx ctx, int64_t file_bytes)
{
	static const struct {
		const char *call;
		unsigned arg;
	} calls[] = { { "truncate", 1 }, { "ftruncate", 1 }, { "fallocate", 3 } };

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		struct scmp_arg_cmp within = { .arg = calls[i].arg,
					       .op = SCMP_CMP_LE,
					       .datum_a = (uint64_t)file_bytes };
		struct scmp_arg_cmp beyond = within;

		beyond.op = SCMP_CMP_GT;
		if (add_rule(ctx, SCMP_ACT_ALLOW, calls[i].call, &within) < 0 ||
		    add_rule(ctx, mutant("seccomp:growth") ? SCMP_ACT_ALLOW : SCMP_ACT_NOTIFY,
			     calls[i].call, &beyond) < 0)
			return -1;
	}
	return 0;
}

static int add_lists(scmp_filter_ctx ctx)
{
	for (size_t g = 0; g < ARRAY_SIZE(allowed_groups); g++) {
		for (const char *const *c = allowed_groups[g].calls; *c; c++) {
			if (add_rule(ctx, SCMP_ACT_ALLOW, *c, NULL) < 0)
				return -1;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(forbidden_calls); i++) {
		if (add_rule(ctx, mutant("seccomp:forbidden") ? SCMP_ACT_ALLOW : SCMP_ACT_NOTIFY,
			     forbidden_calls[i], NULL) < 0)
			return -1;
	}
	for (size_t g = 0; g < ARRAY_SIZE(refused_groups); g++) {
		uint32_t action = mutant("seccomp:refused")
					  ? SCMP_ACT_ALLOW
					  : SCMP_ACT_ERRNO((uint32_t)refused_groups[g].error);

		for (const char *const *c = refused_groups[g].calls; *c; c++) {
			if (add_rule(ctx, action, *c, NULL) < 0)
				return -1;
		}
	}
	return 0;
}

static int build(scmp_filter_ctx ctx, const struct filter_params *params)
{
	if (seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
			     mutant("seccomp:foreign") ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS) <
	    0)
		return -1;
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree; older ones: a list */
	if (add_lists(ctx) < 0 || add_arg_rules(ctx, arg_rules, ARRAY_SIZE(arg_rules)) < 0 ||
	    add_growth_rules(ctx, params->file_bytes) < 0)
		return -1;
	if (params->has_memory_cgroup && add_rule(ctx, SCMP_ACT_ALLOW, "memfd_create", NULL) < 0)
		return -1;
	return params->has_net_ns ? add_arg_rules(ctx, net_rules, ARRAY_SIZE(net_rules)) : 0;
}

static int export_program(scmp_filter_ctx ctx, struct filter_program *ret, struct err *err)
{
	auto_strbuf code = { 0 };
	auto_close int fd = memfd_create("filter", MFD_CLOEXEC);

	if (fd < 0 || seccomp_export_bpf(ctx, fd) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "export the system call filter");
	if (fs_read_fd(fd, 1 << 20, &code, err) < 0)
		return -1;
	ret->len = (unsigned short)(code.len / sizeof(struct sock_filter));
	ret->filter = (struct sock_filter *)(void *)strbuf_detach(&code);
	return 0;
}

int filter_compile_plain(const struct filter_params *params, struct filter_program *ret,
			 struct err *err)
{
	scmp_filter_ctx ctx =
		seccomp_init(mutant("seccomp:default") ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(ENOSYS));
	int r;

	if (!ctx)
		return err_set(err, ERR_HARNESS, "cannot start building the system call filter");
	if (build(ctx, params) < 0)
		r = err_set(err, ERR_HARNESS, "cannot build the system call filter");
	else
		r = export_program(ctx, ret, err);
	seccomp_release(ctx);
	return r;
}

int filter_compile(const struct filter_params *params, struct filter_program *ret, struct err *err)
{
	if (filter_compile_plain(params, ret, err) < 0)
		return -1;
	(void)filter_shape(ret);
	return 0;
}

static bool is_growth(int nr)
{
	return nr == SYS_truncate || nr == SYS_ftruncate || nr == SYS_fallocate;
}

int filter_answer(int listener, char *name, size_t size, int *ret_nr, bool *ret_is_growth)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };
	struct seccomp_notif req = { 0 };
	struct seccomp_notif_resp resp = { 0 };

	if (poll(&p, 1, 0) <= 0)
		return 0;
	if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
		return -1;
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &req) < 0)
		return errno == ENOENT || errno == EINTR ? 1 : -1;
	resp.id = req.id;
	*ret_nr = req.data.nr;
	*ret_is_growth = is_growth(req.data.nr);
	if (*ret_is_growth) /* the arguments are plain numbers: nothing can change behind our back
			     */
		resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else
		resp.error = -EPERM;
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);

	char *call = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, req.data.nr);

	(void)snprintf(name, size, "%s", call ? call : "unknown");
	free(call);
	return 1;
}

static void print_calls(FILE *out, const char *title, const char *why, const char *const *calls,
			size_t n)
{
	int column = 4;

	(void)fprintf(out, "  %s: %s\n   ", title, why);
	for (size_t i = 0; i < n; i++) {
		int len = (int)strlen(calls[i]) + 1;

		if (column + len > 78) {
			(void)fputs("\n   ", out);
			column = 4;
		}
		(void)fprintf(out, " %s", calls[i]);
		column += len;
	}
	(void)fputc('\n', out);
}

static size_t count_calls(const char *const *calls)
{
	size_t n = 0;

	while (calls[n])
		n++;
	return n;
}

void filter_print(FILE *out)
{
	for (size_t g = 0; g < ARRAY_SIZE(allowed_groups); g++)
		print_calls(out, allowed_groups[g].name, allowed_groups[g].why,
			    allowed_groups[g].calls, count_calls(allowed_groups[g].calls));
	(void)fputs("  by argument: clone prlimit64 fcntl ioctl prctl socket truncate ftruncate "
		    "fallocate;\n  memfd_create where memory is counted by a control group\n",
		    out);
	print_calls(out, "forbidden", "EPERM, and kept as evidence", forbidden_calls,
		    ARRAY_SIZE(forbidden_calls));
	for (size_t g = 0; g < ARRAY_SIZE(refused_groups); g++)
		print_calls(out, refused_groups[g].name, "honest runtimes try them",
			    refused_groups[g].calls, count_calls(refused_groups[g].calls));
	(void)fputs("  all others: ENOSYS; foreign architectures: the process is killed\n", out);
}
