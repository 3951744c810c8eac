/* SPDX-License-Identifier: Apache-2.0 */
/* Images being made: beside the others under another name, until they are whole. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "harness/image/cache.h"

/* Removes a folder that nobody holds the lock of: who made it is gone. */
static void clear_one(int cache, const char *name)
{
	auto_close int fd = openat(cache, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		(void)tree_remove(cache, name, NULL);
}

static void clear_left(int cache)
{
	int fd = openat(cache, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		if (!strncmp(e->d_name, "making-", strlen("making-")))
			clear_one(cache, e->d_name);
	}
	if (d)
		(void)closedir(d);
	else
		close_fd(&fd);
}

static int make_rootfs(struct making *m, struct err *err)
{
	if (mkdirat(m->folder, "rootfs", 0755) < 0 || fchmodat(m->folder, "rootfs", 0755, 0) < 0)
		return err_sys(err, "make a folder for an image");
	m->rootfs = openat(m->folder, "rootfs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return m->rootfs < 0 ? err_sys(err, "open a folder for an image") : 0;
}

int making_begin(struct making *m, struct err *err)
{
	memset(m, 0, sizeof(*m));
	m->folder = m->rootfs = -1;
	m->cache = cache_open(true, &m->path, err);
	if (m->cache < 0)
		return -1;
	clear_left(m->cache);
	strbuf_addstr(&m->path, "/making-XXXXXX");
	char *made = mkdtemp(m->path.buf);

	if (!made)
		return err_sys(err, "make a folder for an image");
	(void)snprintf(m->name, sizeof(m->name), "%s", strrchr(made, '/') + 1);
	m->folder = open(made, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->folder < 0 || flock(m->folder, LOCK_EX) < 0)
		return err_sys(err, "lock a folder for an image");
	return make_rootfs(m, err);
}

static int write_description(const struct making *m, struct err *err)
{
	const struct image *image = &m->image;
	auto_strbuf text = { 0 };
	auto_strbuf path = { 0 };
	char stamp[CLOCK_STAMP];
	struct fs_out out = { .fd = -1 };
	struct json_writer w;

	jw_init(&w, &text, 2);
	jw_begin_object(&w);
	jw_kstr(&w, "digest", image->digest);
	jw_kstr(&w, "source", image->source);
	jw_kstr(&w, "created", clock_format_utc(clock_unix_ms(), stamp));
	jw_kint(&w, "bytes", image->bytes);
	jw_kint(&w, "files", image->files);
	jw_kint(&w, "skipped", image->skipped);
	jw_kbool(&w, "built", image->is_built);
	jw_end_object(&w);
	strbuf_addch(&text, '\n');
	fs_join(&path, strbuf_str(&m->path), "image.json");
	int r = fs_out_open(&out, strbuf_str(&path), err);

	if (r == 0)
		r = fs_out_write(&out, text.buf, text.len, err);
	if (r == 0)
		r = fs_out_commit(&out, err);
	fs_out_release(&out);
	return r;
}

int making_commit(struct making *m, struct err *err)
{
	char folder[IMAGE_DIGEST];

	if (write_description(m, err) < 0)
		return -1;
	cache_folder(m->image.digest, folder);
	if (syncfs(m->folder) < 0)
		return err_sys(err, "write an image");
	if (fchmod(m->folder, 0755) < 0)
		return err_sys(err, "open an image to boxes");
	if (renameat2(m->cache, m->name, m->cache, folder, RENAME_NOREPLACE) == 0)
		m->name[0] = 0; /* nothing to remove any more */
	else if (errno != EEXIST)
		return err_sys(err, "put an image in its place");
	return 0;
}

void making_release(struct making *m)
{
	if (m->name[0])
		(void)tree_remove(m->cache, m->name, NULL);
	close_fd(&m->rootfs);
	close_fd(&m->folder);
	close_fd(&m->cache);
	strbuf_release(&m->path);
	image_release(&m->image);
}
