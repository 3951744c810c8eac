/* SPDX-License-Identifier: Apache-2.0 */
/* Files that cannot change between the key and the box, and output told again. */
#include "sandbox/run_cache.h"

#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"

static int seal(struct box_file *file, struct err *err)
{
	auto_strbuf bytes = { 0 };

	if (fs_read_fd(file->fd, BOX_CACHE_ENTRY, &bytes, err) < 0)
		return err_wrap(err, "%s", file->path);
	int fd = fs_memfd("file", strbuf_str(&bytes), bytes.len, err);

	if (fd < 0)
		return -1;
	close_fd(&file->fd);
	file->fd = fd;
	return 0;
}

static int tell_again(const struct box_spec *spec, const struct box_result *r, struct err *err)
{
	if (fs_write_all(spec->stdout_fd, strbuf_str(&r->out), r->out.len, err) < 0)
		return -1;
	return fs_write_all(spec->stderr_fd, strbuf_str(&r->err), r->err.len, err);
}

int run_cache_get(struct run_cache *rc, struct box_spec *spec, const struct box_cache_use *use,
		  struct box_result *ret, struct err *err)
{
	rc->use = *use;
	for (int i = 0; i < spec->n_files; i++) {
		if (seal(&spec->files[i], err) < 0)
			return -1;
	}
	if (box_cache_key(spec, use, &rc->key, err) < 0 ||
	    box_cache_open(NULL, 0, &rc->cache, err) < 0)
		return -1;
	if (!box_cache_get(rc->cache, &rc->key, spec, ret))
		return 0;
	return tell_again(spec, ret, err) < 0 ? -1 : 1;
}

int run_cache_put(struct run_cache *rc, const struct box_result *r, struct err *err)
{
	return rc->cache ? box_cache_put(rc->cache, &rc->key, &rc->use, r, err) : 0;
}

void run_cache_release(struct run_cache *rc)
{
	box_cache_free(rc->cache);
	rc->cache = NULL;
}
