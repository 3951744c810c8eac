/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder of the cache. An entry's name is its key, so no name comes from anything that was
 * cached; each step is relative to the folder's descriptor and follows no link. An entry is
 * written under a name of its own and renamed: readers see all of it or none. What was used last is
 * told by its time of modification.
 */
#include "sandbox/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "sandbox/cache_entry.h"
#include "sandbox/cache_state.h"

#define NEW_PREFIX  "new-"
#define NEW_STALE_S 600 /* whoever wrote it was killed */
#define NAME_SIZE   (HASH_HEX + 8)

/* ---- opening ---- */

int box_cache_folder(struct strbuf *ret, struct err *err)
{
	const char *named = secure_getenv("ASSAY_CACHE");
	const char *xdg = secure_getenv("XDG_CACHE_HOME");
	const char *home = secure_getenv("HOME");

	if (named && *named)
		strbuf_addstr(ret, named);
	else if (xdg && *xdg == '/') /* the XDG rules: a relative path is to be ignored */
		fs_join(ret, xdg, "assay");
	else if (home && *home == '/')
		fs_join(ret, home, ".cache/assay");
	else
		return err_set(err, ERR_USAGE,
			       "no place for the cache: HOME is not set; set ASSAY_CACHE");
	return 0;
}

/* Nobody else may own it, read it or write to it. */
static bool is_private(const struct stat *st)
{
	return st->st_uid == geteuid() && !(st->st_mode & 077);
}

static int open_folder(const char *path, struct err *err)
{
	if (fs_mkdir_p(path, err) < 0)
		return -1;
	auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_input(err, path, 0, "no folder for a cache: %s", strerror(errno));
	if (!is_private(&st))
		return err_input(err, path, 0,
				 "no folder for a cache: it must be your own, with mode 0700");
	return take_fd(&fd);
}

int box_cache_open(const char *folder, int64_t max_bytes, struct box_cache **ret, struct err *err)
{
	auto_strbuf base = { 0 };
	auto_strbuf path = { 0 };

	if (folder)
		strbuf_addstr(&base, folder);
	else if (box_cache_folder(&base, err) < 0)
		return -1;
	fs_join(&path, strbuf_str(&base), "boxes");
	int fd = open_folder(strbuf_str(&path), err);

	if (fd < 0)
		return -1;
	struct box_cache *c = xcalloc(1, sizeof(*c));

	c->dir = fd;
	c->max_bytes = max_bytes > 0 ? max_bytes : BOX_CACHE_BYTES;
	c->added_bytes = c->max_bytes; /* the first entry looks at what there is */
	*ret = c;
	return 0;
}

void box_cache_free(struct box_cache *c)
{
	if (!c)
		return;
	while (c->hits)
		c->answer(c->hits);
	close_fd(&c->dir);
	free(c);
}

/* ---- reading ---- */

static void name_of(const struct box_cache_key *key, char name[HASH_HEX])
{
	hash_to_hex(key->digest, name);
}

/* Only what we could have written; -1 where there is nothing, or nothing of ours. */
static int open_entry(const struct box_cache *c, const char *name, struct stat *ret)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	errno = 0;
	auto_close int fd = openat(c->dir, name, flags);

	if (fd < 0 || fstat(fd, ret) < 0 || !S_ISREG(ret->st_mode) || !is_private(ret) ||
	    ret->st_nlink != 1 || ret->st_size > BOX_CACHE_ENTRY)
		return -1;
	return take_fd(&fd);
}

bool box_cache_get(struct box_cache *c, const struct box_cache_key *key,
		   const struct box_spec *spec, struct box_result *ret)
{
	auto_strbuf bytes = { 0 };
	char name[HASH_HEX];
	struct stat st;

	name_of(key, name);
	auto_close int fd = open_entry(c, name, &st);

	if (fd < 0 && errno == ENOENT)
		return false;
	if (fd < 0 || fs_read_fd(fd, (size_t)st.st_size, &bytes, NULL) < 0 ||
	    !cache_entry_read(key, strbuf_str(&bytes), bytes.len, &spec->outs, ret)) {
		if (unlinkat(c->dir, name, 0) < 0)
			(void)unlinkat(c->dir, name, AT_REMOVEDIR);
		return false;
	}
	(void)futimens(fd, NULL); /* used just now */
	return true;
}

/* ---- making room ---- */

struct item {
	char name[NAME_SIZE];
	struct timespec used;
	int64_t bytes;
};

struct items {
	struct item *v;
	size_t n, cap;
	int64_t bytes;
};

static bool is_entry_name(const char *name)
{
	return strlen(name) == HASH_HEX - 1 && strspn(name, "0123456789abcdef") == HASH_HEX - 1;
}

static bool is_new_name(const char *name)
{
	return !strncmp(name, NEW_PREFIX, strlen(NEW_PREFIX)) && strlen(name) < NAME_SIZE;
}

/* Entries and what will be one; what neither is nor will be is removed, if we made it. */
static void list_one(const struct box_cache *c, const char *name, struct items *items)
{
	bool is_new = is_new_name(name);
	struct stat st;

	if ((!is_new && !is_entry_name(name)) ||
	    fstatat(c->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (is_new && st.st_mtim.tv_sec + NEW_STALE_S < clock_unix_ms() / 1000) {
		(void)unlinkat(c->dir, name, 0);
		return;
	}
	items->bytes += (int64_t)st.st_blocks * 512;
	if (is_new)
		return;
	GROW(items->v, items->n + 1, items->cap);
	struct item *item = &items->v[items->n++];

	*item = (struct item){ .used = st.st_mtim, .bytes = (int64_t)st.st_blocks * 512 };
	memcpy(item->name, name, HASH_HEX);
}

static void list_items(const struct box_cache *c, struct items *items)
{
	int fd = openat(c->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!dir) {
		close_fd(&fd);
		return;
	}
	while ((e = readdir(dir)) != NULL)
		list_one(c, e->d_name, items);
	(void)closedir(dir);
}

static int by_use(const void *a, const void *b)
{
	const struct timespec *x = &((const struct item *)a)->used;
	const struct timespec *y = &((const struct item *)b)->used;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? -1 : 1;
	return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

/*
 * Looks only when this process alone may have added a sixteenth of the bound: a look costs a call
 * for each entry. Leaves an eighth free, so that not every entry costs a look when all is full.
 */
static void make_room(struct box_cache *c, int64_t more)
{
	struct items items = { 0 };

	c->added_bytes += more;
	if (c->added_bytes < c->max_bytes / 16)
		return;
	list_items(c, &items);
	c->added_bytes = more;
	if (items.n && items.bytes + more > c->max_bytes) {
		int64_t goal = c->max_bytes - c->max_bytes / 8 - more;

		qsort(items.v, items.n, sizeof(*items.v), by_use);
		for (size_t i = 0; i < items.n && items.bytes > goal; i++) {
			if (unlinkat(c->dir, items.v[i].name, 0) == 0 || errno == ENOENT)
				items.bytes -= items.v[i].bytes;
		}
	}
	free(items.v);
}

/* ---- writing ---- */

static bool is_to_be_kept(const struct box_cache_use *use, const struct box_result *r)
{
	if (r->is_cached || r->end != BOX_EXITED || (r->exit_code != 0 && !use->keeps_failures))
		return false;
	if (r->oom_kills || r->fork_refusals || r->leftovers)
		return false;
	if (use->needs_all_output &&
	    ((int64_t)r->out.len != r->stdout_bytes || (int64_t)r->err.len != r->stderr_bytes))
		return false;
	for (int i = 0; i < r->n_outs; i++) {
		if (r->outs[i].state == BOX_OUT_FAILED)
			return false;
	}
	return true;
}

static int open_new(const struct box_cache *c, char name[NAME_SIZE], struct err *err)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != (ssize_t)sizeof(number))
		number = (uint64_t)clock_mono_ns() ^ (uint64_t)getpid() << 48;
	(void)snprintf(name, NAME_SIZE, NEW_PREFIX "%d-%016llx", (int)getpid(),
		       (unsigned long long)number);
	int fd = openat(c->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? err_sys(err, "write to the cache") : fd;
}

static int write_entry(const struct box_cache *c, const struct box_cache_key *key,
		       const struct strbuf *bytes, struct err *err)
{
	char name[HASH_HEX], name_new[NAME_SIZE];
	int fd = open_new(c, name_new, err);

	if (fd < 0)
		return -1;
	name_of(key, name);
	int r = fs_write_all(fd, bytes->buf, bytes->len, err);

	if (close(fd) < 0 && r == 0)
		r = err_sys(err, "write to the cache");
	if (r == 0 && renameat(c->dir, name_new, c->dir, name) < 0)
		r = err_sys(err, "write to the cache");
	if (r < 0)
		(void)unlinkat(c->dir, name_new, 0);
	return r;
}

int box_cache_put(struct box_cache *c, const struct box_cache_key *key,
		  const struct box_cache_use *use, const struct box_result *r, struct err *err)
{
	auto_strbuf bytes = { 0 };

	if (!is_to_be_kept(use, r))
		return 0;
	if (cache_entry_write(key, r, &bytes, err) < 0)
		return -1;
	if (bytes.len > BOX_CACHE_ENTRY || (int64_t)bytes.len > c->max_bytes / 2)
		return 0;
	make_room(c, (int64_t)bytes.len);
	return write_entry(c, key, &bytes, err) < 0 ? -1 : 1;
}
