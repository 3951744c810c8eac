/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `assay-box run [limits] -- PROGRAM`: one box for people and tests. Standard input is passed
 * through, output comes out as it is made, and the exit status tells the program's end as a shell
 * would: its own, 128 + N for signal N, 124 for a time limit, 125 for any other limit, 126 and 127
 * for what could not be executed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/opt.h"
#include "sandbox/commands.h"
#include "sandbox/engine.h"
#include "sandbox/json_text.h"
#include "sandbox/mutant.h"
#include "sandbox/outfiles.h"
#include "sandbox/rootfs.h"
#include "sandbox/run_cache.h"
#include "sandbox/template.h"

#define STATUS_TIME  124
#define STATUS_LIMIT 125

struct run_options {
	struct box_limits limits;
	const char *level, *json, *rootfs, *toolchain;
	struct strvec env, files, binds, outs;
	bool is_quiet, has_stem, is_cached, keeps_failures;
};

struct run {
	struct run_options o;
	struct loop *loop;
	struct box *box;
	struct engine engine;
	struct run_cache cache;
	char *rootfs; /* o.rootfs resolved */
	int status;
	struct strbuf last_words;
	pid_t pump; /* hands standard input on, where it is a file */
	bool is_done, is_interrupted;
};

static int exit_status(const struct box_result *r)
{
	switch (r->end) {
	case BOX_EXITED:
		return r->exit_code;
	case BOX_SIGNALED:
		return 128 + r->signal;
	case BOX_WALL_LIMIT:
	case BOX_CPU_LIMIT:
		return STATUS_TIME;
	case BOX_EXEC_FAILED:
		return r->exec_errno == ENOENT ? 127 : 126;
	case BOX_SETUP_FAILED:
		return ERR_HARNESS;
	case BOX_CANCELLED:
		return 130;
	case BOX_MEMORY_LIMIT:
	case BOX_PROCESS_LIMIT:
	case BOX_OUTPUT_LIMIT:
	case BOX_DISK_LIMIT:
	case BOX_FILE_LIMIT:
	case BOX_FORBIDDEN:
	case BOX_END_COUNT:
		break;
	}
	return STATUS_LIMIT;
}

/* One more member of an object that has some. */
static void add_rootfs(struct strbuf *sb, const char *rootfs)
{
	strbuf_setlen(sb, sb->len - 1);
	strbuf_addch(sb, ',');
	if (rootfs)
		json_text_add(sb, "rootfs", rootfs, strlen(rootfs));
	else
		strbuf_addstr(sb, "\"rootfs\":null");
	strbuf_addch(sb, '}');
}

static int write_json(const struct run *run, const struct box_result *r, struct err *err)
{
	struct fs_out out = { .fd = -1 };
	auto_strbuf sb = { 0 };
	struct box_limits l = run->o.limits;

	box_limits_fill(&l);
	box_result_json(r, &l, &sb);
	add_rootfs(&sb, run->rootfs);
	strbuf_addch(&sb, '\n');
	int rc = fs_out_open(&out, run->o.json, err);

	if (rc == 0)
		rc = fs_out_write(&out, sb.buf, sb.len, err);
	if (rc == 0)
		rc = fs_out_commit(&out, err);
	fs_out_release(&out);
	return rc;
}

/* Said when the last of the program's own output has been passed on. */
static void note_end(struct run *run, const struct box_result *r)
{
	struct box_limits l = run->o.limits;

	if (run->o.is_quiet || r->end == BOX_EXITED)
		return;
	box_limits_fill(&l);
	strbuf_addf(&run->last_words, "%s: ", box_end_name(r->end));
	box_result_describe(r, &l, &run->last_words);
}

/* ---- files that come back ---- */

/* "--out PATH:FILE": the path in the box, up to the first colon. */
static int add_outs(struct box_spec *spec, const struct strvec *outs, struct err *err)
{
	for (size_t i = 0; i < outs->n; i++) {
		const char *colon = strchr(outs->v[i], ':');

		if (!colon || !colon[1])
			return err_set(err, ERR_USAGE, "--out takes PATH:FILE");
		strvec_pushn(&spec->outs, outs->v[i], (size_t)(colon - outs->v[i]));
	}
	return outfiles_check(&spec->outs, err);
}

/* Whoever may read it may execute it, too. */
static int make_executable(const struct fs_out *file, struct err *err)
{
	struct stat st;

	if (!file->tmp) /* a device or a pipe */
		return 0;
	if (fstat(file->fd, &st) < 0 ||
	    fchmod(file->fd, (st.st_mode & 0777) | (st.st_mode & 0444) >> 2) < 0)
		return err_sys(err, "make '%s' executable", file->path);
	return 0;
}

static int copy_out(const struct box_out *out, const char *target, struct err *err)
{
	struct fs_out file = { .fd = -1 };
	auto_strbuf bytes = { 0 };
	int r = fs_read_fd(out->fd, (size_t)out->size, &bytes, err);

	if (r == 0)
		r = fs_out_open(&file, target, err);
	if (r == 0 && out->is_executable)
		r = make_executable(&file, err);
	if (r == 0)
		r = fs_out_write(&file, bytes.buf, bytes.len, err);
	if (r == 0)
		r = fs_out_commit(&file, err);
	fs_out_release(&file);
	return r;
}

static int write_outs(const struct run *run, const struct box_result *r, struct err *err)
{
	for (int i = 0; i < r->n_outs; i++) {
		const struct box_out *out = &r->outs[i];
		const char *target = strchr(run->o.outs.v[i], ':') + 1;

		if (out->state != BOX_OUT_KEPT && !run->o.is_quiet)
			log_error("%s was not brought back: %s", out->path,
				  box_out_state_name(out->state));
		if (out->state == BOX_OUT_KEPT && copy_out(out, target, err) < 0)
			return -1;
	}
	return 0;
}

static void finish(struct run *run, const struct box_result *result)
{
	struct err err = { 0 };

	run->is_done = true;
	run->status = exit_status(result);
	note_end(run, result);
	if (write_outs(run, result, &err) < 0 ||
	    (run->o.json && write_json(run, result, &err) < 0)) {
		log_error("%s", err.msg);
		run->status = (int)err.kind;
	}
}

static void on_done(struct box *box, struct box_result *result, void *data)
{
	struct run *run = data;
	struct err err = { 0 };

	(void)box;
	if (run_cache_put(&run->cache, result, &err) < 0 && !run->o.is_quiet)
		log_error("the result is not cached: %s", err.msg);
	finish(run, result);
}

static void on_signal(struct loop *loop, int signo, void *data)
{
	struct run *run = data;

	(void)loop;
	(void)signo;
	if (run->is_done)
		run->is_interrupted = true;
	else if (run->box)
		engine_kill(run->box);
}

static int watch_signals(struct run *run, struct err *err)
{
	sigset_t set;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	return loop_signals(run->loop, &set, on_signal, run, err);
}

/* "--file SRC:DEST" and the like; files are opened here, as the caller. */
static int add_files(struct box_spec *spec, const struct strvec *files, struct err *err)
{
	for (size_t i = 0; i < files->n; i++) {
		char *colon = strrchr(files->v[i], ':');
		struct stat st;

		if (!colon || spec->n_files == BOX_MAX_FILES)
			return err_set(err, ERR_USAGE, "--file takes SOURCE:PATH, %d at most",
				       BOX_MAX_FILES);
		*colon = 0;
		int fd = open(files->v[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0 || fstat(fd, &st) < 0) {
			close_fd(&fd);
			return err_input(err, files->v[i], 0, "cannot be read: %s",
					 strerror(errno));
		}
		spec->files[spec->n_files++] = (struct box_file){
			.path = colon + 1, .fd = fd, .is_executable = (st.st_mode & 0100) != 0
		};
	}
	return 0;
}

/* In a child: hands a file on through a pipe until either ends. */
static _Noreturn void pump(int to)
{
	char buf[65536];
	ssize_t n;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)signal(SIGPIPE, SIG_DFL);
	while ((n = read(0, buf, sizeof(buf))) > 0 && fs_write_all(to, buf, (size_t)n, NULL) == 0)
		;
	_exit(0);
}

/*
 * A file of the caller's is not given itself: whoever owns it may change its mode and times
 * through a descriptor that is for reading only, and an ordinary user's box runs as that user.
 */
static int open_file_input(struct run *run, struct err *err)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sys(err, "make a pipe for standard input");
	run->pump = fork();
	if (run->pump == 0)
		pump(p[1]);
	(void)close(p[1]);
	if (run->pump < 0)
		return err_sys(err, "fork for standard input");
	return p[0];
}

/* A terminal is given for reading only: by the same descriptor a program could write to it. */
static int open_input(struct run *run, struct err *err)
{
	struct stat st;

	if (fstat(0, &st) == 0 && S_ISREG(st.st_mode))
		return open_file_input(run, err);
	if (!isatty(0) || mutant("descriptors:terminal"))
		return 0;
	int fd = open("/proc/self/fd/0", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? err_sys(err, "open the terminal for reading") : fd;
}

static void end_pump(struct run *run)
{
	if (run->pump <= 0)
		return;
	(void)kill(run->pump, SIGKILL);
	(void)waitpid(run->pump, NULL, 0);
}

static int build_spec(struct run *run, const struct strvec *args, struct box_spec *spec,
		      struct err *err)
{
	spec->limits = run->o.limits;
	if (run->o.level && box_level_parse(run->o.level, &spec->level, err) < 0)
		return -1;
	for (size_t i = 0; i < args->n; i++)
		strvec_push(&spec->argv, args->v[i]);
	for (size_t i = 0; i < run->o.env.n; i++)
		strvec_push(&spec->env, run->o.env.v[i]);
	for (size_t i = 0; i < run->o.binds.n; i++)
		strvec_push(&spec->binds, run->o.binds.v[i]);
	if (run->o.rootfs && rootfs_resolve(run->o.rootfs, &run->rootfs, err) < 0)
		return -1;
	spec->rootfs = run->rootfs;
	if (!run->o.is_cached && (spec->stdin_fd = open_input(run, err)) < 0)
		return -1;
	spec->stdout_fd = 1;
	spec->stderr_fd = 2;
	if (add_outs(spec, &run->o.outs, err) < 0)
		return -1;
	return add_files(spec, &run->o.files, err);
}

static int run_box(struct run *run, const struct box_spec *spec, struct err *err)
{
	if (loop_new(&run->loop, err) < 0 || watch_signals(run, err) < 0 ||
	    engine_init(&run->engine, run->loop, err) < 0)
		return -1;
	const struct host *h = &run->engine.host;

	if (run->o.has_stem)
		template_declare_stem(&run->engine);
	if (box_level_check(spec->level, h->layers, h->why, err) < 0 ||
	    engine_start(&run->engine, spec, on_done, run, &run->box, err) < 0)
		return -1;
	while (!run->is_done || (run->engine.relays && !run->is_interrupted)) {
		if (loop_step(run->loop, -1, err) < 0)
			return -1;
	}
	if (run->last_words.len)
		log_error("%s", strbuf_str(&run->last_words));
	return run->status;
}

/* From the cache, if it is to be used and has an answer; else from a box. */
static int answer(struct run *run, struct box_spec *spec, struct err *err)
{
	const struct box_cache_use use = {
		.toolchain = run->o.toolchain,
		.keeps_failures = run->o.keeps_failures,
		.needs_all_output = true, /* as it is to be passed on again */
	};
	struct box_result hit = { 0 };

	if (!run->o.is_cached)
		return run_box(run, spec, err);
	int r = run_cache_get(&run->cache, spec, &use, &hit, err);

	if (r == 0)
		return run_box(run, spec, err);
	if (r > 0)
		finish(run, &hit);
	box_result_release(&hit);
	return r < 0 ? -1 : run->status;
}

static int parse(struct run_options *o, int argc, char **argv, struct strvec *args, struct err *err)
{
	struct box_limits *l = &o->limits;
	const struct opt opts[] = {
		{ OPT_GROUP, .help = "limits" },
		{ OPT_TIME, "wall", 0, &l->wall_ms, "TIME", "wall-clock time (10s)", 1, 86400000 },
		{ OPT_TIME, "wall-max", 0, &l->wall_max_ms, "TIME",
		  "as far as wall moves while others keep the box from a CPU (as wall)", 1,
		  86400000 },
		{ OPT_TIME, "cpu", 0, &l->cpu_ms, "TIME", "CPU time of all processes (as wall)", 1,
		  86400000 },
		{ OPT_SIZE, "mem", 0, &l->mem_bytes, "SIZE", "memory (512M)", 1 << 20, 1LL << 46 },
		{ OPT_INT, "processes", 0, &l->processes, "N", "processes and threads (64)", 1,
		  4000000 },
		{ OPT_SIZE, "disk", 0, &l->disk_bytes, "SIZE", "scratch disk (64M)", 4096,
		  1LL << 46 },
		{ OPT_INT, "inodes", 0, &l->disk_inodes, "N", "files on it (8192)", 1, 1LL << 31 },
		{ OPT_SIZE, "file-size", 0, &l->file_bytes, "SIZE", "one file (as disk)", 1,
		  1LL << 46 },
		{ OPT_SIZE, "output", 0, &l->output_bytes, "SIZE",
		  "stdout and stderr together (16M)", 1, 1LL << 46 },
		{ OPT_SIZE, "out-file-size", 0, &l->out_file_bytes, "SIZE",
		  "one file that is brought back (4M)", 1, 1LL << 40 },
		{ OPT_SIZE, "out-size", 0, &l->out_bytes, "SIZE", "all of them (16M)", 1,
		  1LL << 40 },
		{ OPT_INT, "open-files", 0, &l->open_files, "N", "descriptors (256)", 8, 1048576 },
		{ OPT_SIZE, "stack", 0, &l->stack_bytes, "SIZE", "stack (64M)", 65536, 1LL << 40 },
		{ OPT_GROUP, .help = "the box" },
		{ OPT_LIST, "env", 0, &o->env, "NAME=VALUE", "environment of the program" },
		{ OPT_LIST, "file", 0, &o->files, "SOURCE:PATH",
		  "lay a file in, below /work, /tmp or /box" },
		{ OPT_LIST, "bind", 0, &o->binds, "DIR", "show a host folder read-only" },
		{ OPT_STR, "rootfs", 0, &o->rootfs, "DIR",
		  "a root file system, read-only, instead of the host's toolchains" },
		{ OPT_STR, "isolation", 0, &o->level, "LEVEL", "standard, strict or reduced" },
		{ OPT_FLAG, "stem", 0, &o->has_stem, NULL,
		  "clone the box from a stem, as the server does" },
		{ OPT_GROUP, .help = "cache" },
		{ OPT_FLAG, "cache", 0, &o->is_cached, NULL,
		  "the result of an earlier run where all that goes in is the same; no input" },
		{ OPT_FLAG, "cache-failures", 0, &o->keeps_failures, NULL,
		  "keep runs that end with another status than 0, too" },
		{ OPT_STR, "toolchain", 0, &o->toolchain, "TEXT",
		  "what else a run depends on: \"$(gcc --version)\"" },
		{ OPT_GROUP, .help = "result" },
		{ OPT_LIST, "out", 0, &o->outs, "PATH:FILE",
		  "bring a file back, from below /work, /tmp or /dev/shm" },
		{ OPT_STR, "json", 0, &o->json, "FILE", "write the whole result" },
		{ OPT_FLAG, "quiet", 'q', &o->is_quiet, NULL, "no line about a limit on stderr" },
		{ .type = OPT_END },
	};
	const struct opt_command cmd = {
		.program = "assay-box run",
		.synopsis = "[options] -- PROGRAM [ARG ...]",
		.about = "Runs PROGRAM in a box: fresh namespaces, private read-only root, limits, "
			 "system call\n"
			 "filter, no network. Exit status: the program's own; 128+N for signal N; "
			 "124 for a\n"
			 "time limit; 125 for another limit; 126, 127 when it could not be "
			 "executed; 4 when no\n"
			 "box could be made.",
		.opts = opts,
	};
	int r = opt_parse(&cmd, argc, argv, true, args, err);

	if (r == 0 && args->n == 0)
		return err_set(err, ERR_USAGE,
			       "run: which program? assay-box run [options] -- PROGRAM");
	return r;
}

/* What the caller left closed, so that no descriptor of ours is taken for a standard one. */
static void open_missing_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= 2);
	close_fd(&fd);
}

int cmd_run(int argc, char **argv, struct err *err)
{
	struct run *run = xcalloc(1, sizeof(*run));
	auto_strvec args = { 0 };
	struct box_spec spec;

	open_missing_standard_fds();
	int r = parse(&run->o, argc, argv, &args, err);

	box_spec_init(&spec);
	if (r == 0) {
		r = build_spec(run, &args, &spec, err);
		if (r == 0)
			r = answer(run, &spec, err);
		engine_release(&run->engine);
		end_pump(run);
	} else if (r > 0) {
		r = 0; /* help */
	}
	for (int i = 0; i < spec.n_files; i++)
		close_fd(&spec.files[i].fd);
	box_spec_release(&spec);
	run_cache_release(&run->cache);
	strbuf_release(&run->last_words);
	strvec_release(&run->o.env);
	strvec_release(&run->o.files);
	strvec_release(&run->o.binds);
	free(run->rootfs);
	strvec_release(&run->o.outs);
	loop_free(run->loop);
	free(run);
	return r;
}
