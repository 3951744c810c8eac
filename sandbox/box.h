/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox as its users see it: what to run (struct box_spec), what came of it (struct
 * box_result), and a client that talks to the box server `assay-box`.
 *
 * Story: box_client_new() starts the server once; box_start() sends a spec with the descriptors and
 * files it needs; the server makes a box (fresh namespaces, private root, limits, filter), runs one
 * program in it, kills and removes everything, and answers with a result, which reaches the
 * callback from the event loop. Nothing that happens inside a box is an error: it is an `enum
 * box_end` with its evidence. Errors mean that no box could be made; they come as BOX_SETUP_FAILED
 * with a message and are told from facts outside the box only.
 */
#ifndef SANDBOX_BOX_H
#define SANDBOX_BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "base/strvec.h"

struct loop;

/* Which rule ended the program, or that none did. One value; the raw facts stand beside it. */
enum box_end {
	BOX_EXITED,   /* by itself: see exit_code */
	BOX_SIGNALED, /* by a signal that no limit explains: see signal */
	BOX_WALL_LIMIT,
	BOX_CPU_LIMIT,
	BOX_MEMORY_LIMIT,
	BOX_PROCESS_LIMIT, /* ended badly after fork or thread creation was refused */
	BOX_OUTPUT_LIMIT,
	BOX_DISK_LIMIT,   /* ended badly with no space or no inode left on the scratch disk */
	BOX_FILE_LIMIT,   /* ended badly after a file was refused to grow past file_bytes */
	BOX_FORBIDDEN,    /* ended badly after a forbidden system call */
	BOX_EXEC_FAILED,  /* the program could not be executed: see exec_errno */
	BOX_CANCELLED,    /* box_kill() */
	BOX_SETUP_FAILED, /* no box could be made, or it was destroyed from outside: see message;
			     never the program's fault */
	BOX_END_COUNT,
};
const char *box_end_name(enum box_end end); /* "exited", "wall_limit", ... */

/* Protections; each is a row of the table that `assay-box explain` prints (sandbox/layers.h). */
enum box_layer {
	LAYER_USER_NS,
	LAYER_PID_NS,
	LAYER_MOUNT_NS,
	LAYER_NET_NS,
	LAYER_IPC_NS,
	LAYER_UTS_NS,
	LAYER_CGROUP_NS,
	LAYER_ROOT, /* private root of read-only binds, sized tmpfs, private /proc, minimal /dev */
	LAYER_CGROUP_MEMORY,
	LAYER_CGROUP_PIDS,
	LAYER_CGROUP_CPU, /* CPU time counted by a cgroup */
	LAYER_RLIMITS,
	LAYER_CAPS,
	LAYER_NO_NEW_PRIVS,
	LAYER_LANDLOCK,
	LAYER_SECCOMP,
	LAYER_PROC, /* a /proc of its own; without it /proc is empty */
	LAYER_COUNT,
};
#define LAYER_BIT(l) (1u << (l))

/*
 * What must hold before a box is made (--isolation LEVEL). A missing layer below the level is
 * recorded in every result; one that the level demands is refused.
 */
enum box_level {
	BOX_LEVEL_STANDARD, /* all but cgroups must hold; where they are missing, limits are watched
			       from outside (/proc) and by rlimits, and results say so */
	BOX_LEVEL_STRICT,   /* every layer */
	BOX_LEVEL_REDUCED,  /* whatever the machine gives, seccomp and no_new_privs at least */
};
int box_level_parse(const char *name, enum box_level *ret, struct err *err);
const char *box_level_name(enum box_level level);

/* Limits; 0 means the default in brackets. Each has its own enum box_end. */
struct box_limits {
	int64_t wall_ms;      /* [10000] from the program's start, by CLOCK_MONOTONIC outside */
	int64_t wall_max_ms;  /* [wall] the wall limit moves up to here by the time for which others
				 kept the box from a CPU */
	int64_t cpu_ms;       /* [wall] CPU time of all processes together */
	int64_t cpu_slack_ms; /* [0] kills only this much later, so that it shows by how much a
				 program is beyond the limit; what exceeds cpu_ms is BOX_CPU_LIMIT
				 all the same */
	int64_t mem_bytes;    /* [512 MiB] memory of all processes and files together, no swap */
	int64_t processes;    /* [64] processes and threads at one time */
	int64_t file_bytes;   /* [disk] size of one file */
	int64_t disk_bytes;   /* [64 MiB] /work, /tmp and /dev/shm together */
	int64_t disk_inodes;  /* [8192] likewise */
	int64_t output_bytes; /* [16 MiB] stdout and stderr together; past it, BOX_OUTPUT_DRAINED */
	int64_t open_files;   /* [256] RLIMIT_NOFILE */
	int64_t stack_bytes;  /* [64 MiB] RLIMIT_STACK */
	int64_t keep_bytes;   /* [64 KiB] of each of them in the result, half start, half end */
	int64_t out_file_bytes; /* [4 MiB] of one file that is brought back (box_spec.outs) */
	int64_t out_bytes;      /* [16 MiB] of all of them */
};
/*
 * A program that has passed its output limit is BOX_OUTPUT_LIMIT however it ends, but it goes on,
 * so that the end of its output can be told. It is killed after this much more.
 */
#define BOX_OUTPUT_DRAINED (256LL << 20)
void box_limits_fill(struct box_limits *l); /* replaces zeroes by the defaults */

/* A file laid into the box before the program starts. */
struct box_file {
	const char *path; /* absolute, below /work or /tmp, or "/box/..." for read-only parts */
	int fd;           /* a memory file (fs_memfd); read from its start; stays the caller's */
	bool is_executable;
};

/* A descriptor of the caller that the program inherits under the number `target` (3 and up). */
struct box_fd {
	int fd; /* stays the caller's */
	int target;
};

#define BOX_AFRESH UINT64_MAX

#define BOX_MAX_FILES 64
#define BOX_MAX_FDS   16
#define BOX_MAX_BINDS 16
#define BOX_MAX_OUTS  16

struct box_spec {
	struct strvec argv; /* argv[0] is a path, or a name looked up in the box's PATH */
	struct strvec env;  /* "NAME=value" beyond PATH, LANG, HOME=/work, TMPDIR=/tmp */
	struct box_limits limits;
	enum box_level level;
	struct box_file files[BOX_MAX_FILES];
	int n_files;
	struct box_fd fds[BOX_MAX_FDS];
	int n_fds;
	/*
	 * Of a template declared before (box_template()), or 0. Where the machine's layers allow
	 * it, the box starts as a fork of the template, with the arguments from the template's
	 * last one on; where not, argv is executed. The result's is_warm tells which.
	 * BOX_AFRESH: nothing that was prepared is used.
	 */
	uint64_t template_id;
	/*
	 * Boxes of one slot share one of the CPUs that the server may use, and nothing else: who
	 * runs as many slots as there are CPUs measures on quiet ones, and two boxes of a slot
	 * that talk to each other need no other CPU to wake up. -1: any CPU.
	 */
	int slot;
	struct strvec binds; /* further host directories, read-only at the same place */
	/*
	 * A folder that is the box's root, read-only, in the place of the host's toolchains; NULL:
	 * those. As rootfs_resolve() gives it (sandbox/rootfs.h); stays the caller's.
	 */
	const char *rootfs;
	/*
	 * Of a template: its interpreter may run where templates do, with the capabilities of a
	 * user namespace and without the filter. Where the root file system is not trusted so far,
	 * boxes of the template start afresh.
	 */
	bool is_rootfs_trusted;
	struct strvec outs; /* files below /work, /tmp or /dev/shm to bring back: result.outs */
	int stdin_fd;       /* -1: at end of file */
	int stdout_fd;      /* -1: kept in the result; else also passed on up to the limit */
	int stderr_fd;
};
void box_spec_init(struct box_spec *spec); /* zeroes, descriptors -1 */
void box_spec_release(struct box_spec *spec);

/* What became of a file that was to be brought back. Never decides how the box ended. */
enum box_out_state {
	BOX_OUT_KEPT, /* its bytes are in fd */
	BOX_OUT_ABSENT,
	BOX_OUT_LINK,        /* it, or a folder on its way, is a symbolic link: not followed */
	BOX_OUT_NOT_REGULAR, /* a folder, FIFO, socket or device */
	BOX_OUT_TOO_LARGE,   /* for limits.out_file_bytes: see size */
	BOX_OUT_NO_ROOM,     /* left of limits.out_bytes after the files before it */
	BOX_OUT_UNREADABLE,  /* its mode, or that of a folder on its way, forbids */
	BOX_OUT_FAILED,      /* it could not be copied, which is no fault of the program's */
	BOX_OUT_STATE_COUNT,
};
const char *box_out_state_name(enum box_out_state state); /* "kept", "too_large", ... */

struct box_out {
	char *path; /* as it was declared */
	enum box_out_state state;
	int64_t size;       /* -1: unknown */
	bool is_executable; /* by its owner */
	int fd;             /* BOX_OUT_KEPT: a sealed memory file with all its bytes, else -1 */
};

#define BOX_MAX_DENIED 8

struct box_result {
	enum box_end end;
	int exit_code; /* BOX_EXITED and whenever the program itself exited, else -1 */
	int signal;    /* that ended the program, else 0 */
	int exec_errno;
	int64_t wall_ns;         /* from the program's start to its end, counted outside */
	int64_t cpu_ns;          /* all processes; user and system */
	int64_t user_ns, sys_ns; /* of the waited-for processes (rusage), for the split only */
	int64_t peak_bytes;      /* largest memory use counted (by `peak_source`), -1 unknown */
	char peak_source[16];    /* "cgroup", "watched" or "rusage" */
	int64_t oom_kills;       /* cgroup counter */
	int64_t fork_refusals;   /* cgroup pids counter */
	int64_t stdout_bytes, stderr_bytes; /* all bytes written, kept or not */
	/*
	 * How many of the kept bytes are the start. Where fewer are kept than were written, the
	 * others were left out after these.
	 */
	int64_t stdout_head, stderr_head;
	int64_t disk_free_bytes, disk_free_inodes; /* at the end; -1 unknown */
	int n_denied; /* forbidden system calls seen (first BOX_MAX_DENIED kept) */
	char denied[BOX_MAX_DENIED][24]; /* their names */
	int leftovers;     /* processes still alive when the program ended; all were killed */
	bool is_warm;      /* started as a fork of a template */
	bool is_cached;    /* no box was made: of an earlier one (sandbox/cache.h) */
	uint32_t layers;   /* LAYER_BITs that held */
	int64_t setup_ns;  /* from request to the program's start */
	char message[200]; /* BOX_SETUP_FAILED, BOX_EXEC_FAILED: why */
	/*
	 * Further evidence; -1: not known. A baseline is what was charged to the box before its
	 * program was there: in a control group used again, what the kernel still holds for boxes
	 * before it. Where memory is watched, what a warm box shares with its template at its
	 * start. Control groups charge shared pages to the template: only what a warm box changes
	 * or allocates is in its peak.
	 */
	int64_t base_bytes;
	int64_t switches_voluntary, switches_forced; /* of processes that were waited for; where a
							limit ended the box, of those living then */
	int64_t wait_ns; /* ready to run, but kept from a CPU: the thread that waited longest, seen
			    when a limit ended the box */
	int64_t pressure_ns; /* that some task waited for a CPU, of pressure_window_ns */
	int64_t pressure_window_ns;
	char pressure_source[16]; /* "cgroup", "machine", "absent"; "" where the program ended
					    well */
	int32_t denied_nr[BOX_MAX_DENIED]; /* numbers of `denied` */
	struct strbuf out, err;            /* kept bytes of stdout and stderr, exactly as written */
	struct box_out *outs; /* one for each of box_spec.outs, in their order; owned */
	int n_outs;
};
void box_result_init(struct box_result *r); /* zeroes, and what means "not known" */
void box_result_release(struct box_result *r);
/* For a box_done_fn that keeps its result: what `from` owned is the caller's, `from` is empty. */
void box_result_move(struct box_result *to, const struct box_result *from);
/*
 * All of stdout, for whoever compares it; NULL where a byte of it is missing, or the output limit
 * was passed: what is left is never to be judged as if it were whole.
 */
const struct strbuf *box_result_stdout(const struct box_result *r);
/* One line for people: "killed after 3.0 s of CPU time (limit 3.0 s)". */
void box_result_describe(const struct box_result *r, const struct box_limits *l, struct strbuf *sb);
/* All of it as one JSON object on one line (docs/formats.md). */
void box_result_json(const struct box_result *r, const struct box_limits *l, struct strbuf *sb);

/* ---- client ---- */

struct box_client;
struct box_handle; /* one box under way */

/* The result is the callee's to read during the call only. */
typedef void box_done_fn(const struct box_result *result, void *data);

/*
 * Starts the server program (beside the running program, or ASSAY_BOX names it, which programs
 * with more rights than their caller do not heed) and checks its version and layers against
 * `level`. ERR_HARNESS with the missing layer and its remedy where the level is not met.
 */
int box_client_new(struct loop *loop, enum box_level level, struct box_client **ret,
		   struct err *err);
/* The same with the server program at this path. */
int box_client_new_from(struct loop *loop, const char *program, enum box_level level,
			struct box_client **ret, struct err *err);
/*
 * What boxes would have here, asked of a server that is started for this alone: LAYER_BITs, and a
 * string for each layer, why it is missing, "" where it is there.
 */
int box_layers_here(uint32_t *ret_layers, struct strvec *ret_why, struct err *err);
/*
 * Kills every box of this client, ends the server and waits for it. Boxes that were under way are
 * answered BOX_CANCELLED from here.
 */
void box_client_free(struct box_client *c);
/* Process id of its server. */
int box_client_pid(const struct box_client *c);
/* Has the server died, and every box with it? Then box_start() fails for good. */
bool box_client_is_dead(const struct box_client *c);
/* The loop that its callbacks come from. */
struct loop *box_client_loop(struct box_client *c);
/* CPU time of the server itself and of all boxes of this client that have ended. */
int64_t box_client_cpu_ns(const struct box_client *c);
/* From here on each box is made afresh and its program executed, whatever template it names. */
void box_client_use_cold(struct box_client *c);
/* Layers that every box of this client will have. */
uint32_t box_client_layers(const struct box_client *c);
/* Why a layer is missing, "" where it is there. */
const char *box_client_why(const struct box_client *c, enum box_layer layer);
/* Boxes and templates whose spec names no root file system get this one from here on; copied. */
void box_client_use_rootfs(struct box_client *c, const char *rootfs, bool is_trusted);
const char *box_client_rootfs(const struct box_client *c); /* NULL: none */
/*
 * Declares a template for warm starts (sandbox/warm.h): a trusted program that calls
 * warm_serve(). The spec tells its argv and files; /box/assay-warm.so is laid in beside them. It
 * starts with the first box that names it and is replaced now and then, so that hash seeds change.
 */
int box_template(struct box_client *c, const char *name, const struct box_spec *spec,
		 struct err *err);
/*
 * Id of a template declared under this name with this root file system (NULL: the client's), for
 * box_spec.template_id; 0: there is none. The server, too, forks a box only from a template whose
 * root is the box's.
 */
uint64_t box_template_id(const struct box_client *c, const char *name, const char *rootfs);
/*
 * Starts a box. The spec and its descriptors may be released when this returns. `done` is called
 * once, from the loop, and always. When the server dies, every open box is answered
 * BOX_SETUP_FAILED.
 */
int box_start(struct box_client *c, const struct box_spec *spec, box_done_fn *done, void *data,
	      struct box_handle **ret, struct err *err);
/* Kills the box; its `done` still comes, with BOX_CANCELLED unless it had ended before. */
void box_kill(struct box_handle *h);

#endif
