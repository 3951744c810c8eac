/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of the cache: one digest over all that goes into a box. Every text and every list has its
 * length before it, so that nothing can pass for the end of one and the start of the next.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "sandbox/cache.h"

#define FORMAT 1 /* a new one for whatever changes what a box is, or what an entry means */

#define BOX_PATH       "/usr/local/bin:/usr/bin:/bin" /* of every box */
#define BIND_FILES_MAX 10000
#define BIND_DEPTH_MAX 64

static_assert(sizeof(struct box_limits) == 15 * sizeof(int64_t), "all limits are in the key");

/* ---- what is refused ---- */

static bool is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & F_SEAL_WRITE);
}

static int check(const struct box_spec *spec, struct err *err)
{
	if (spec->argv.n == 0)
		return err_set(err, ERR_USAGE, "no program to look for in the cache");
	if (spec->stdin_fd >= 0 || spec->n_fds)
		return err_set(err, ERR_USAGE,
			       "what comes in through a descriptor is in no key of the cache");
	if (spec->template_id && spec->template_id != BOX_AFRESH)
		return err_set(err, ERR_USAGE, "what a template holds is in no key of the cache");
	for (int i = 0; i < spec->n_files; i++) {
		if (!is_sealed(spec->files[i].fd))
			return err_set(err, ERR_USAGE,
				       "a file for a cached box can still be changed: %.200s",
				       spec->files[i].path);
	}
	return 0;
}

/* ---- texts and files of the spec ---- */

static void add_vec(struct hash *h, const struct strvec *v)
{
	hash_u64(h, v->n);
	for (size_t i = 0; i < v->n; i++)
		hash_str(h, v->v[i]);
}

static void add_limits(struct hash *h, const struct box_limits *given)
{
	struct box_limits l = *given;
	int64_t values[sizeof(l) / sizeof(int64_t)];

	/* All of them: a program can ask for its limits, and some decide what is brought back. */
	box_limits_fill(&l);
	memcpy(values, &l, sizeof(l));
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		hash_u64(h, (uint64_t)values[i]);
}

/* pread(): the descriptor is read again, from where it stands, by who lays the file in. */
static int add_file(struct hash *h, const struct box_file *file, struct err *err)
{
	char buf[16384];
	struct stat st;
	off_t at = 0;
	ssize_t n;

	if (fstat(file->fd, &st) < 0)
		return err_sys(err, "look at %.200s", file->path);
	hash_str(h, file->path);
	hash_u64(h, file->is_executable);
	hash_u64(h, (uint64_t)st.st_size);
	while ((n = pread(file->fd, buf, sizeof(buf), at)) > 0) {
		hash_bytes(h, buf, (size_t)n);
		at += n;
	}
	return n < 0 || at != st.st_size ? err_sys(err, "read %.200s", file->path) : 0;
}

/* ---- what is there already ---- */

static void add_stat(struct hash *h, const struct stat *st)
{
	const uint64_t values[] = {
		st->st_mode,
		st->st_uid,
		st->st_gid,
		st->st_dev,
		st->st_ino,
		(uint64_t)st->st_size,
		(uint64_t)st->st_mtim.tv_sec,
		(uint64_t)st->st_mtim.tv_nsec,
		(uint64_t)st->st_ctim.tv_sec,
		(uint64_t)st->st_ctim.tv_nsec,
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		hash_u64(h, values[i]);
}

/*
 * Links are followed inside of the root. Where openat2() is refused, as by a container's filter,
 * they are followed as ours are, which can miss a change in a root other than the host's.
 */
static int look_at(int root, const char *path, struct stat *ret)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	auto_close int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	if (fd >= 0)
		return fstat(fd, ret);
	if (errno != ENOSYS && errno != EPERM)
		return -1;
	return fstatat(root, path + strspn(path, "/"), ret, 0);
}

/* A path as a box with this root sees it. */
static void add_path(struct hash *h, int root, const char *path)
{
	struct stat st;

	hash_str(h, path);
	if (look_at(root, path, &st) == 0)
		add_stat(h, &st);
	else
		hash_str(h, NULL);
}

/* What changes when software is installed or removed, and when nothing else does. */
static const char *const marks[] = {
	"/usr/bin",
	"/usr/lib",
	"/usr/include",
	"/usr/local/bin",
	"/usr/local/include",
	"/usr/local/lib",
	"/etc/alternatives",
	"/etc/ld.so.cache",
	"/var/lib/dpkg/status",
	"/var/lib/rpm/rpmdb.sqlite",
	"/var/lib/pacman/local",
	"/lib/apk/db/installed",
};

static int add_root(struct hash *h, int root, const char *path, struct err *err)
{
	struct stat st;

	if (root < 0 || fstat(root, &st) < 0)
		return err_sys(err, "look at the root file system %.200s", path);
	/* Not its times: on a host, folders without a meaning come and go there. */
	hash_str(h, path);
	hash_u64(h, st.st_dev);
	hash_u64(h, st.st_ino);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		add_path(h, root, marks[i]);
	return 0;
}

/* Wherever execvp() might find it. What the box has in its own folders is hashed as files. */
static void add_candidates(struct hash *h, int root, const char *path, const char *name)
{
	while (*path) {
		size_t len = strcspn(path, ":");
		auto_free char *candidate = xstrfmt("%.*s/%s", (int)len, path, name);

		add_path(h, root, candidate);
		path += len + (path[len] == ':');
	}
}

static void add_program(struct hash *h, int root, const struct box_spec *spec)
{
	const char *name = spec->argv.v[0];

	if (strchr(name, '/')) {
		add_path(h, root, name);
		return;
	}
	add_candidates(h, root, BOX_PATH, name);
	for (size_t i = 0; i < spec->env.n; i++) {
		if (!strncmp(spec->env.v[i], "PATH=", 5))
			add_candidates(h, root, spec->env.v[i] + 5, name);
	}
}

/* ---- folders that are shown ---- */

struct walk {
	struct hash *h;
	int n_files, depth;
};

static int add_folder(struct walk *w, int fd, struct err *err);

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_names(int fd, struct strvec *names, struct err *err)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = own < 0 ? NULL : fdopendir(own);
	const struct dirent *e;

	if (!dir) {
		close_fd(&own);
		return err_sys(err, "read a folder that is shown to a cached box");
	}
	while ((e = readdir(dir)) != NULL && names->n <= BIND_FILES_MAX) {
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			strvec_push(names, e->d_name);
	}
	(void)closedir(dir);
	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), by_name);
	return 0;
}

static int add_name(struct walk *w, int dir, const char *name, struct err *err)
{
	struct stat st;

	if (++w->n_files > BIND_FILES_MAX)
		return err_set(err, ERR_USAGE,
			       "more than %d files below what is shown to a "
			       "cached box",
			       BIND_FILES_MAX);
	hash_str(w->h, name);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		hash_str(w->h, NULL); /* gone by now */
		return 0;
	}
	add_stat(w->h, &st);
	if (!S_ISDIR(st.st_mode))
		return 0;
	auto_close int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? err_sys(err, "open %.200s below what is shown to a cached box", name)
		      : add_folder(w, fd, err);
}

static int add_folder(struct walk *w, int fd, struct err *err)
{
	auto_strvec names = { 0 };
	int r = list_names(fd, &names, err);

	if (r == 0 && ++w->depth > BIND_DEPTH_MAX)
		r = err_set(err, ERR_USAGE, "folders shown to a cached box are too deep");
	if (r == 0)
		hash_u64(w->h, names.n);
	for (size_t i = 0; i < names.n && r == 0; i++)
		r = add_name(w, fd, names.v[i], err);
	w->depth--;
	return r;
}

static int add_binds(struct hash *h, const struct box_spec *spec, struct err *err)
{
	struct walk w = { .h = h };

	hash_u64(h, spec->binds.n);
	for (size_t i = 0; i < spec->binds.n; i++) {
		auto_close int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		const char *path = spec->binds.v[i];
		auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		struct stat st;

		add_path(h, top, path);
		if (fd < 0 || fstat(fd, &st) < 0)
			return err_input(err, path, 0, "cannot be shown: %s", strerror(errno));
		if (S_ISDIR(st.st_mode) && add_folder(&w, fd, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- all of it ---- */

/*
 * Not in it: what check() refuses; the slot, which decides a CPU; stdout_fd and stderr_fd, which
 * get a copy; is_rootfs_trusted, which is about templates.
 */
static int add_spec(struct hash *h, const struct box_spec *spec, struct err *err)
{
	add_vec(h, &spec->argv);
	add_vec(h, &spec->env);
	add_vec(h, &spec->outs);
	add_limits(h, &spec->limits);
	hash_u64(h, spec->level);
	hash_u64(h, (uint64_t)spec->n_files);
	for (int i = 0; i < spec->n_files; i++) {
		if (add_file(h, &spec->files[i], err) < 0)
			return -1;
	}
	return add_binds(h, spec, err);
}

int box_cache_key(const struct box_spec *spec, const struct box_cache_use *use,
		  struct box_cache_key *ret, struct err *err)
{
	const char *root_path = spec->rootfs ? spec->rootfs : "/";
	auto_close int root = open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct hash h;

	if (check(spec, err) < 0)
		return -1;
	hash_init(&h);
	hash_u64(&h, FORMAT);
	hash_str(&h, use->toolchain);
	hash_u64(&h, use->keeps_failures);
	hash_u64(&h, use->needs_all_output);
	if (add_root(&h, root, root_path, err) < 0 || add_spec(&h, spec, err) < 0) {
		hash_release(&h);
		return -1;
	}
	add_program(&h, root, spec);
	hash_final(&h, ret->digest);
	return 0;
}
