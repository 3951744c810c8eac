/* SPDX-License-Identifier: Apache-2.0 */
/* What a folder that is no image of ours is known by. */
#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "harness/image/tree.h"

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void hash_link(struct hash *h, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target));

	hash_field(h, target, n < 0 ? 0 : (size_t)n);
}

static void hash_entry(struct hash *h, const FTSENT *e, size_t top)
{
	const struct stat *st = e->fts_statp;

	hash_str(h, e->fts_path + top);
	hash_u64(h, st->st_mode);
	if (S_ISLNK(st->st_mode))
		hash_link(h, e->fts_accpath);
	if (!S_ISREG(st->st_mode))
		return;
	hash_u64(h, (uint64_t)st->st_size);
	hash_u64(h, (uint64_t)st->st_mtim.tv_sec);
	hash_u64(h, (uint64_t)st->st_mtim.tv_nsec);
}

int tree_listing(const char *path, char ret[TREE_LISTING], struct err *err)
{
	auto_free char *top = xstrdup(path);
	char *const paths[] = { top, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	const FTSENT *e;
	struct hash h;
	char hex[HASH_HEX];

	if (!fts)
		return err_sys(err, "read %s", path);
	hash_init(&h);
	hash_str(&h, "listing 1");
	errno = 0;
	while ((e = fts_read(fts))) {
		if (e->fts_info == FTS_ERR || e->fts_info == FTS_NS) {
			hash_release(&h);
			(void)fts_close(fts);
			return err_input(err, path, 0, "cannot be read: %s",
					 strerror(e->fts_errno));
		}
		if (e->fts_info != FTS_DP)
			hash_entry(&h, e, strlen(path));
		errno = 0;
	}
	int code = errno;

	hash_final_hex(&h, hex);
	(void)fts_close(fts);
	if (code)
		return err_input(err, path, 0, "cannot be read: %s", strerror(code));
	(void)snprintf(ret, TREE_LISTING, "listing:%s", hex);
	return 0;
}
