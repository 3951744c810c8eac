/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy of the filter as data. Calls whose arguments matter are in sandbox/seccomp.c (socket,
 * clone, fcntl, ioctl, prctl, prlimit64, truncation). Names that this machine's kernel or
 * architecture does not have are passed over.
 */
#ifndef SANDBOX_POLICIES_DEFAULT_H
#define SANDBOX_POLICIES_DEFAULT_H

#include <errno.h>
#include <stddef.h>

struct call_group {
	const char *name;
	const char *why;
	const char *const *calls; /* NULL-terminated */
};

#define CALLS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct call_group allowed_groups[] = {
	{ "files", "what descriptors are for; paths are bounded by the private root",
	  CALLS("read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev",
		"preadv2", "pwritev2", "open", "openat", "openat2", "creat", "close", "close_range",
		"stat", "fstat", "lstat", "newfstatat", "statx", "statfs", "fstatfs", "lseek",
		"getdents", "getdents64", "access", "faccessat", "faccessat2", "readlink",
		"readlinkat", "getcwd", "chdir", "fchdir", "dup", "dup2", "dup3", "pipe", "pipe2",
		"sendfile", "splice", "tee", "copy_file_range", "fadvise64", "readahead", "fsync",
		"fdatasync", "sync_file_range", "umask") },
	{ "scratch", "making and changing files, which only the scratch disk takes",
	  CALLS("mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat",
		"renameat2", "symlink", "symlinkat", "link", "linkat", "chmod", "fchmod",
		"fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "utime", "utimes",
		"futimesat", "utimensat") },
	{ "waiting", "polling and timers",
	  CALLS("poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl",
		"epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2",
		"timerfd_create", "timerfd_settime", "timerfd_gettime", "signalfd", "signalfd4",
		"pause", "alarm", "setitimer", "getitimer", "timer_create", "timer_settime",
		"timer_gettime", "timer_getoverrun", "timer_delete", "nanosleep", "clock_nanosleep",
		"restart_syscall") },
	{ "memory", "the process's own address space",
	  CALLS("mmap", "munmap", "mprotect", "mremap", "madvise", "mincore", "msync", "brk",
		"membarrier", "rseq") },
	{ "threads", "processes and threads inside the box; their number is limited elsewhere",
	  CALLS("futex", "futex_waitv", "futex_wake", "futex_wait", "futex_requeue",
		"set_robust_list", "get_robust_list", "set_tid_address", "fork", "vfork", "execve",
		"execveat", "exit", "exit_group", "wait4", "waitid", "gettid", "getpid", "getppid",
		"getpgid", "getpgrp", "setpgid", "getsid", "setsid", "kill", "tkill", "tgkill",
		"pidfd_open", "pidfd_send_signal", "arch_prctl", "sched_yield", "sched_getaffinity",
		"sched_getparam", "sched_getscheduler", "sched_get_priority_max",
		"sched_get_priority_min", "getcpu") },
	{ "signals", "the process's own signals",
	  CALLS("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending",
		"rt_sigtimedwait", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "rt_sigsuspend",
		"sigaltstack") },
	{ "identity", "asking who one is; nothing here changes it",
	  CALLS("getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups",
		"capget", "uname", "sysinfo", "times", "getrusage", "getrlimit", "getpriority",
		"clock_gettime", "clock_getres", "gettimeofday", "time", "getrandom") },
	{ "sockets", "between processes of the box; there is no network behind them",
	  CALLS("socketpair", "bind", "listen", "accept", "accept4", "connect", "sendto",
		"recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "shutdown", "getsockname",
		"getpeername", "setsockopt", "getsockopt") },
};

/* Answered EPERM and kept as evidence: an honest solution has no use for these. */
static const char *const forbidden_calls[] = {
	"unshare",
	"setns",
	"mount",
	"umount2",
	"pivot_root",
	"chroot",
	"fsopen",
	"fsconfig",
	"fsmount",
	"fspick",
	"move_mount",
	"open_tree",
	"mount_setattr",
	"statmount",
	"listmount",
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"process_madvise",
	"pidfd_getfd",
	"kcmp",
	"bpf",
	"perf_event_open",
	"userfaultfd",
	"keyctl",
	"add_key",
	"request_key",
	"open_by_handle_at",
	"name_to_handle_at",
	"fanotify_init",
	"fanotify_mark",
	"init_module",
	"finit_module",
	"delete_module",
	"kexec_load",
	"kexec_file_load",
	"reboot",
	"swapon",
	"swapoff",
	"acct",
	"quotactl",
	"quotactl_fd",
	"syslog",
	"iopl",
	"ioperm",
	"modify_ldt",
	"settimeofday",
	"clock_settime",
	"clock_adjtime",
	"adjtimex",
	"sethostname",
	"setdomainname",
	"vhangup",
	"memfd_secret",
	"lookup_dcookie",
	"uselib",
	"capset",
	"setuid",
	"setgid",
	"setreuid",
	"setregid",
	"setresuid",
	"setresgid",
	"setgroups",
	"setfsuid",
	"setfsgid",
};

/* Answered with an errno that callers expect, without a word: honest runtimes try them. */
static const struct refused_group {
	int error;
	const char *name;
	const char *const *calls;
} refused_groups[] = {
	{ EPERM, "refused with EPERM",
	  CALLS("mknod", "mknodat", "personality", "setpriority", "sched_setaffinity",
		"sched_setscheduler", "sched_setparam", "sched_setattr", "setrlimit", "mlock",
		"mlock2", "mlockall") },
	/* locks on a toolchain file would reach other boxes: it is one file for all of them */
	{ ENOLCK, "refused with ENOLCK", CALLS("flock") },
	{ EOPNOTSUPP, "refused with EOPNOTSUPP",
	  CALLS("getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr",
		"setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr",
		"fremovexattr") },
};

#endif
