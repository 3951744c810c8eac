/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libassaybox: run programs that nobody trusts, each in a sandbox of its own (a "box").
 *
 *   #include <assaybox.h>                  cc prog.c $(pkg-config --cflags --libs assaybox)
 *
 *   struct assaybox_error err;
 *   struct assaybox *boxes;
 *   struct assaybox_result *result;
 *   struct assaybox_spec *spec = assaybox_spec_new();
 *
 *   assaybox_spec_arg(spec, "python3");
 *   assaybox_spec_arg(spec, "/tmp/a.py");
 *   assaybox_spec_file(spec, "/tmp/a.py", text, strlen(text), 0);
 *   assaybox_spec_limit(spec, ASSAYBOX_LIMIT_WALL_MS, 3000);
 *   if (assaybox_open(NULL, &boxes, &err) < 0 || assaybox_run(boxes, spec, &result, &err) < 0)
 *           fprintf(stderr, "%s\n", err.message);
 *
 * DESCRIPTION
 *   assaybox_open() starts a box server, the program `assay-box`, as a child process. Every box
 *   gets fresh namespaces, a private root of read-only toolchain folders with scratch space in
 *   /work, /tmp and /dev/shm, limits, no capability, a system call filter and no network. When its
 *   program ends or breaks a limit, all that is left in the box is killed and removed.
 *
 * ERRORS
 *   What happens inside a box is never an error: it is a result, with an `enum assaybox_end`. A
 *   function that returns -1 has filled *err (which may be NULL), and its outputs are as before.
 *   Memory that runs out ends the process by abort().
 *
 * THREADS
 *   There is no global state. An object (a struct assaybox, a spec, a result) is used by one thread
 *   at a time; different objects by different threads at the same time. A thread that wants boxes
 *   beside those of another opens a struct assaybox of its own; a spec that is not changed any more
 *   may be read by several. Callbacks come from the thread that is in assaybox_dispatch() or
 *   assaybox_run(), and from nowhere else. No signal handler is put up, and none runs in the
 *   server; SIGCHLD may be handled or ignored as the program likes, as long as nobody waits for
 *   the server's process id in the library's place.
 *
 * PROCESSES
 *   The server ends with the struct assaybox, and with the death of the process, however it comes,
 *   and every box with it. All descriptors of the library are closed on exec. After a fork() the
 *   child leaves the parent's objects alone; as long as it neither executes a program nor ends,
 *   it keeps the server alive after its parent.
 *
 * STABILITY
 *   Structures are opaque, or begin with their size, or are fixed for ever. Enumerators and
 *   functions are only added, at the end of their enumeration. What is gone or means something else
 *   gets a new soname.
 *
 * ENVIRONMENT
 *   ASSAY_BOX is the path of the server, where assaybox_options.program is not given and the
 *   process has not more rights than who started it (secure_getenv(3)).
 */
#ifndef ASSAYBOX_H
#define ASSAYBOX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ASSAYBOX_API __attribute__((visibility("default")))

/* Of this header, and of the library that is there when the program runs: "0.1.0". */
#define ASSAYBOX_VERSION "0.1.0"
ASSAYBOX_API const char *assaybox_version(void);

/* ---- errors ---- */

enum assaybox_error_kind {
	ASSAYBOX_ERROR_USAGE = 2,   /* the call or the spec is wrong */
	ASSAYBOX_ERROR_INPUT = 3,   /* what it names cannot be used */
	ASSAYBOX_ERROR_HARNESS = 4, /* the machine, or the server, cannot */
};

struct assaybox_error {
	int kind;           /* enum assaybox_error_kind */
	int sys_errno;      /* where a system call failed, else 0 */
	char message[1016]; /* one line of UTF-8, without control characters */
};

/* ---- the connection to a server ---- */

struct assaybox;

/*
 * What must hold before a box is made. A layer of protection that the kernel or a container does
 * not give is told by every result where the level does without it, and refused where it does not.
 */
enum assaybox_level {
	ASSAYBOX_STANDARD = 0, /* all but control groups; where those are missing, limits are
				  watched from outside */
	ASSAYBOX_STRICT = 1,   /* every layer */
	ASSAYBOX_REDUCED = 2,  /* what the machine gives; filter and no_new_privs at least */
};

struct assaybox_options {
	size_t size;         /* sizeof(struct assaybox_options) */
	const char *program; /* path of assay-box; NULL: ASSAY_BOX, else where it was installed */
	int level;           /* enum assaybox_level that this machine must give */
};

/*
 * Starts a server and waits until it has found out what the machine gives, some milliseconds.
 * `options` may be NULL: all zero. ASSAYBOX_ERROR_HARNESS with the missing layer and its remedy
 * where the level is not met, and where library and server are not of one build.
 */
ASSAYBOX_API int assaybox_open(const struct assaybox_options *options, struct assaybox **ret,
			       struct assaybox_error *err);
/*
 * Kills every box, ends the server and waits for it. Boxes under way are answered
 * ASSAYBOX_CANCELLED from here. Not from a callback. NULL is allowed.
 */
ASSAYBOX_API void assaybox_close(struct assaybox *boxes);

/*
 * The layers of protection, one after the other from index 0 on: 1 and every box has it, 0 and this
 * machine does not give it, -1: there is no layer with this index. Names ("seccomp") and reasons
 * live as long as `boxes`; ret_why (may be NULL) is "" where there is nothing to say.
 */
ASSAYBOX_API int assaybox_layer(const struct assaybox *boxes, int index, const char **ret_name,
				const char **ret_why);

/* ---- what to run ---- */

struct assaybox_spec;

/*
 * Functions that describe never fail: the first mistake (too many files, a number out of range) is
 * kept, and refused when the box is started. Strings and contents are copied.
 */
ASSAYBOX_API struct assaybox_spec *assaybox_spec_new(void);
ASSAYBOX_API void assaybox_spec_free(struct assaybox_spec *spec); /* NULL is allowed */

/*
 * The next argument; the first is the program, a path or a name that is looked up in the box's
 * PATH. Arguments, environment and paths take 128 KiB together.
 */
ASSAYBOX_API void assaybox_spec_arg(struct assaybox_spec *spec, const char *arg);
/* Beyond PATH, LANG, HOME=/work and TMPDIR=/tmp; nothing of the caller's environment is there. */
ASSAYBOX_API void assaybox_spec_env(struct assaybox_spec *spec, const char *name,
				    const char *value);
/* What the box of this spec needs, where that is more than the connection does. */
ASSAYBOX_API void assaybox_spec_level(struct assaybox_spec *spec, enum assaybox_level level);

/* Each has its own enum assaybox_end; what is not set has the default in brackets. */
enum assaybox_limit {
	ASSAYBOX_LIMIT_WALL_MS = 0,         /* [10000] 1 to 86400000, from the program's start */
	ASSAYBOX_LIMIT_CPU_MS = 1,          /* [wall] CPU time of all processes together */
	ASSAYBOX_LIMIT_MEM_BYTES = 2,       /* [512 MiB] 1 MiB to 64 TiB, processes and files */
	ASSAYBOX_LIMIT_PROCESSES = 3,       /* [64] 1 to 4000000 processes and threads at a time */
	ASSAYBOX_LIMIT_FILE_BYTES = 4,      /* [disk] 1 to 64 TiB, size of one file */
	ASSAYBOX_LIMIT_DISK_BYTES = 5,      /* [64 MiB] 4096 to 64 TiB, all scratch space */
	ASSAYBOX_LIMIT_DISK_INODES = 6,     /* [8192] 1 to 2^31 files on it */
	ASSAYBOX_LIMIT_OUTPUT_BYTES = 7,    /* [16 MiB] 1 to 64 TiB, stdout and stderr together */
	ASSAYBOX_LIMIT_OPEN_FILES = 8,      /* [256] 8 to 1048576 descriptors of a process */
	ASSAYBOX_LIMIT_STACK_BYTES = 9,     /* [64 MiB] 64 KiB to 1 TiB */
	ASSAYBOX_LIMIT_KEEP_BYTES = 10,     /* [64 KiB] 1 to 1 GiB, of stdout and of stderr in the
					    result, half from the start, half from the end */
	ASSAYBOX_LIMIT_OUT_FILE_BYTES = 11, /* [4 MiB] 1 to 1 TiB, of one file brought back */
	ASSAYBOX_LIMIT_OUT_BYTES = 12,      /* [16 MiB] 1 to 1 TiB, of all of them */
};
ASSAYBOX_API void assaybox_spec_limit(struct assaybox_spec *spec, enum assaybox_limit limit,
				      int64_t value);

/*
 * Lays a file into the box before the program starts: at most 64 of them, at absolute paths below
 * /work or /tmp, or below /box, which is read-only.
 */
#define ASSAYBOX_EXECUTABLE 1u
ASSAYBOX_API void assaybox_spec_file(struct assaybox_spec *spec, const char *path, const void *data,
				     size_t size, unsigned flags);
/* Shows a folder of the machine, read-only and at the same path: at most 16 of them. */
ASSAYBOX_API void assaybox_spec_bind(struct assaybox_spec *spec, const char *folder);

/* A file below /work, /tmp or /dev/shm to bring back: assaybox_result_file(); at most 16. */
ASSAYBOX_API void assaybox_spec_out(struct assaybox_spec *spec, const char *path);

/* Standard input from memory; without it, or a descriptor, it is at its end. */
ASSAYBOX_API void assaybox_spec_input(struct assaybox_spec *spec, const void *data, size_t size);
/*
 * Descriptors of the caller's, which stay the caller's and are open when the box starts.
 * Number 0 is given to the program; never a file or a terminal that matters, since a program may
 * change the mode of what it holds: a pipe is safe. To 1 and 2 output is passed on as it comes,
 * beside being kept. 3 to 63 are given to the program under these numbers, at most 16 of them.
 */
ASSAYBOX_API void assaybox_spec_fd(struct assaybox_spec *spec, int number, int fd);

/* ---- running ---- */

struct assaybox_box;    /* one box under way */
struct assaybox_result; /* what came of it */

/* The result is the callee's to read during the call only. Not from here: run, dispatch, close. */
typedef void assaybox_done_fn(const struct assaybox_result *result, void *data);

/*
 * Starts a box, and returns at once; the spec is the caller's again, to change, to use once more or
 * to free. `done` is called exactly once, from assaybox_dispatch(), assaybox_run() or
 * assaybox_close(). ret (may be NULL) is valid until then. As many boxes run at a time as are
 * started: a caller that wants times to mean something starts no more than it has CPUs.
 */
ASSAYBOX_API int assaybox_start(struct assaybox *boxes, const struct assaybox_spec *spec,
				assaybox_done_fn *done, void *data, struct assaybox_box **ret,
				struct assaybox_error *err);
/* Its `done` still comes, with ASSAYBOX_CANCELLED unless it had ended before. */
ASSAYBOX_API void assaybox_kill(struct assaybox_box *box);

/* Readable (poll, epoll) when assaybox_dispatch() has something to do. The library's own. */
ASSAYBOX_API int assaybox_fd(const struct assaybox *boxes);
/*
 * Calls `done` for boxes that have ended, waiting at most timeout_ms for the first (-1: no end).
 * Returns how many are still under way, at once where there are none.
 */
ASSAYBOX_API int assaybox_dispatch(struct assaybox *boxes, int timeout_ms,
				   struct assaybox_error *err);
/*
 * Runs one box to its end and gives its result to the caller, who frees it. `done` of others that
 * end meanwhile is called.
 */
ASSAYBOX_API int assaybox_run(struct assaybox *boxes, const struct assaybox_spec *spec,
			      struct assaybox_result **ret, struct assaybox_error *err);

/* ---- results ---- */

/* Which rule ended the program, or that none did. */
enum assaybox_end {
	ASSAYBOX_EXITED = 0,   /* by itself: see ASSAYBOX_EXIT_CODE */
	ASSAYBOX_SIGNALED = 1, /* by a signal that no limit explains: see ASSAYBOX_SIGNAL */
	ASSAYBOX_WALL_LIMIT = 2,
	ASSAYBOX_CPU_LIMIT = 3,
	ASSAYBOX_MEMORY_LIMIT = 4,
	ASSAYBOX_PROCESS_LIMIT = 5, /* ended badly after a process or thread was refused */
	ASSAYBOX_OUTPUT_LIMIT = 6,
	ASSAYBOX_DISK_LIMIT = 7,    /* ended badly with no space left */
	ASSAYBOX_FILE_LIMIT = 8,    /* ended badly after a file was refused to grow */
	ASSAYBOX_FORBIDDEN = 9,     /* ended badly after a forbidden system call */
	ASSAYBOX_EXEC_FAILED = 10,  /* the program could not be executed: see ASSAYBOX_EXEC_ERRNO */
	ASSAYBOX_CANCELLED = 11,    /* assaybox_kill(), assaybox_close() */
	ASSAYBOX_SETUP_FAILED = 12, /* no box could be made; never the program's fault */
};
/* "exited", "wall_limit", ...; "" for a number that is none. Static. */
ASSAYBOX_API const char *assaybox_end_name(enum assaybox_end end);

ASSAYBOX_API enum assaybox_end assaybox_result_end(const struct assaybox_result *result);

/* Facts, counted outside the box. -1: unknown, or there is none. */
enum assaybox_number {
	ASSAYBOX_EXIT_CODE = 0,    /* 0 to 255; -1 where the program did not exit */
	ASSAYBOX_SIGNAL = 1,       /* that ended the program, else 0 */
	ASSAYBOX_EXEC_ERRNO = 2,   /* 0, or why it could not be executed */
	ASSAYBOX_WALL_NS = 3,      /* from the program's start to its end */
	ASSAYBOX_CPU_NS = 4,       /* of all processes */
	ASSAYBOX_SETUP_NS = 5,     /* from the request to the program's start */
	ASSAYBOX_PEAK_BYTES = 6,   /* largest memory use */
	ASSAYBOX_STDOUT_BYTES = 7, /* written, kept or not */
	ASSAYBOX_STDERR_BYTES = 8,
	ASSAYBOX_OOM_KILLS = 9,
	ASSAYBOX_FORK_REFUSALS = 10,
	ASSAYBOX_LEFTOVERS = 11,   /* processes that were alive when the program ended */
	ASSAYBOX_STDOUT_HEAD = 12, /* kept bytes that are the start: see below */
	ASSAYBOX_STDERR_HEAD = 13,
};
/* -1 for an enumerator that this library does not know. */
ASSAYBOX_API int64_t assaybox_result_number(const struct assaybox_result *result,
					    enum assaybox_number number);

/*
 * Kept bytes of the output, exactly as written, and how many (ret_size may be NULL). A NUL that is
 * not counted follows. Where fewer are kept than were written (ASSAYBOX_STDOUT_BYTES), the middle
 * is missing, after the first ASSAYBOX_STDOUT_HEAD of them. They live as long as the result, as do
 * the strings below.
 */
ASSAYBOX_API const char *assaybox_result_stdout(const struct assaybox_result *result,
						size_t *ret_size);
ASSAYBOX_API const char *assaybox_result_stderr(const struct assaybox_result *result,
						size_t *ret_size);
/*
 * The files that were asked for, in that order, from index 0 on: 1 and it was kept, 0 and it was
 * not, -1: there is no file with this index. ret_state is "kept", or the reason: "absent", "link",
 * "not_regular", "too_large", "no_room", "unreadable", "failed". ret_fd is a memory file with all
 * of it that nobody can change, the result's, else -1; ret_size its size, else what is known of it,
 * else -1. What comes back was written by the program: bytes of a stranger.
 */
ASSAYBOX_API int assaybox_result_file(const struct assaybox_result *result, int index,
				      const char **ret_state, int *ret_fd, int64_t *ret_size);
/* For people: "3.0 s of CPU time (limit 3.0 s)". */
ASSAYBOX_API const char *assaybox_result_text(const struct assaybox_result *result);
/* All evidence and the kept output, one JSON object as `assay-box run --json` writes it. */
ASSAYBOX_API const char *assaybox_result_json(const struct assaybox_result *result);
/* Only of what assaybox_run() gave. NULL is allowed. */
ASSAYBOX_API void assaybox_result_free(struct assaybox_result *result);

#ifdef __cplusplus
}
#endif

#endif
