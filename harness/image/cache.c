/* SPDX-License-Identifier: Apache-2.0 */
/* Where images are kept, found, held and removed. */
#include "harness/image/cache.h"

#include <ctype.h>
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
#include "base/fs.h"
#include "base/json.h"

#define DESCRIPTION_MAX (64 << 10)
#define PREFIX_MIN      6

/* ---- folders ---- */

static int cache_path(struct strbuf *ret, struct err *err)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	/* The XDG rules: a relative path is to be ignored. */
	if (cache && cache[0] == '/')
		strbuf_addf(ret, "%s/assay/images", cache);
	else if (home && home[0] == '/')
		strbuf_addf(ret, "%s/.cache/assay/images", home);
	else
		return err_set(err, ERR_HARNESS,
			       "where are images kept? set XDG_CACHE_HOME or HOME");
	return 0;
}

int cache_open(bool make, struct strbuf *ret_path, struct err *err)
{
	struct strbuf *path = ret_path;

	if (cache_path(path, err) < 0 || (make && fs_mkdir_p(strbuf_str(path), err) < 0))
		return -1;
	int fd = open(strbuf_str(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(err, "open %s", strbuf_str(path)) : fd;
}

void cache_folder(const char *digest, char ret[IMAGE_DIGEST])
{
	(void)snprintf(ret, IMAGE_DIGEST, "sha256-%.64s", digest + strlen("sha256:"));
}

static bool is_hex(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)s[i]) && (s[i] < 'a' || s[i] > 'f'))
			return false;
	}
	return true;
}

/* A folder's name as a digest; false for what is no image's folder. */
static bool folder_digest(const char *folder, char ret[IMAGE_DIGEST])
{
	if (strlen(folder) != IMAGE_DIGEST - 1 || strncmp(folder, "sha256-", 7) != 0 ||
	    !is_hex(folder + 7, 64))
		return false;
	(void)snprintf(ret, IMAGE_DIGEST, "sha256:%s", folder + 7);
	return true;
}

/* ---- names ---- */

int image_check_name(const char *name, struct err *err)
{
	size_t n = strlen(name);
	bool ok = n > 0 && n <= 64 && isalnum((unsigned char)name[0]) &&
		  strncmp(name, "sha256:", 7) != 0;

	for (size_t i = 0; ok && i < n; i++)
		ok = isascii((unsigned char)name[i]) &&
		     (isalnum((unsigned char)name[i]) || strchr("._:-", name[i]));
	return ok ? 0
		  : err_set(err, ERR_USAGE,
			    "'%.80s' is no name for an image: letters, digits and ._:- , 64 at "
			    "most",
			    name);
}

/* The digest that a name leads to; false where there is no such name. */
static bool read_name(int cache, const char *name, char ret[IMAGE_DIGEST])
{
	char path[80];
	char target[IMAGE_DIGEST + 8];

	(void)snprintf(path, sizeof(path), "names/%.64s", name);
	ssize_t n = readlinkat(cache, path, target, sizeof(target) - 1);

	if (n < 0)
		return false;
	target[n] = 0;
	return !strncmp(target, "../", 3) && folder_digest(target + 3, ret);
}

int cache_name(int cache, const char *name, const char *digest, struct err *err)
{
	char folder[IMAGE_DIGEST];
	char target[IMAGE_DIGEST + 4];
	char path[80];
	char temp[96];

	cache_folder(digest, folder);
	(void)snprintf(target, sizeof(target), "../%s", folder);
	(void)snprintf(path, sizeof(path), "names/%.64s", name);
	(void)snprintf(temp, sizeof(temp), "names/.%.64s.%d", name, (int)getpid());
	if (mkdirat(cache, "names", 0700) < 0 && errno != EEXIST)
		return err_sys(err, "make a folder for names of images");
	(void)unlinkat(cache, temp, 0);
	if (symlinkat(target, cache, temp) < 0 || renameat(cache, temp, cache, path) < 0)
		return err_sys(err, "name an image %s", name);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

typedef void each_fn(int cache, const char *name, void *data);

static void for_each(int cache, const char *folder, each_fn *each, void *data)
{
	int fd = openat(cache, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!d) {
		close_fd(&fd);
		return;
	}
	while ((e = readdir(d))) {
		if (e->d_name[0] != '.')
			each(cache, e->d_name, data);
	}
	(void)closedir(d);
}

static void add_own_name(int cache, const char *name, void *data)
{
	struct image *image = data;
	char digest[IMAGE_DIGEST];

	if (read_name(cache, name, digest) && !strcmp(digest, image->digest))
		strvec_push(&image->names, name);
}

static void add_digest(int cache, const char *name, void *data)
{
	char digest[IMAGE_DIGEST];

	(void)cache;
	if (folder_digest(name, digest))
		strvec_push(data, digest);
}

static void sort(struct strvec *v)
{
	if (v->n > 1)
		qsort(v->v, v->n, sizeof(*v->v), compare);
}

int image_list(struct strvec *ret, struct err *err)
{
	auto_strbuf path = { 0 };
	struct err why = { 0 };
	auto_close int cache = cache_open(false, &path, &why);

	if (cache < 0)
		return why.sys_errno == ENOENT ? 0 : err_set(err, why.kind, "%s", why.msg);
	for_each(cache, ".", add_digest, ret);
	sort(ret);
	return 0;
}

/* ---- finding ---- */

void image_release(struct image *image)
{
	free(image->rootfs);
	free(image->source);
	free(image->created);
	strvec_release(&image->names);
	memset(image, 0, sizeof(*image));
}

static int64_t whole(const struct json *j, const char *key)
{
	return (int64_t)json_num(json_get(j, key));
}

static int read_description(const char *folder, struct image *image, struct err *err)
{
	auto_strbuf path = { 0 };
	auto_strbuf text = { 0 };

	fs_join(&path, folder, "image.json");
	if (fs_read_file(strbuf_str(&path), DESCRIPTION_MAX, &text, err) < 0)
		return -1;
	auto_json struct json *j = json_parse(strbuf_str(&text), text.len, err);
	const char *source = json_str(json_get(j, "source"));
	const char *created = json_str(json_get(j, "created"));

	if (!j)
		return err_wrap(err, "%s", strbuf_str(&path));
	image->source = xstrdup(source ? source : "");
	image->created = xstrdup(created ? created : "");
	image->bytes = whole(j, "bytes");
	image->files = whole(j, "files");
	image->skipped = whole(j, "skipped");
	image->is_built = json_bool(json_get(j, "built"));
	return 0;
}

struct prefix {
	const char *text;
	size_t n;
	int found;
	char digest[IMAGE_DIGEST];
};

static void match_prefix(int cache, const char *name, void *data)
{
	struct prefix *p = data;
	char digest[IMAGE_DIGEST];

	(void)cache;
	if (folder_digest(name, digest) && !strncmp(digest + 7, p->text, p->n)) {
		p->found++;
		memcpy(p->digest, digest, sizeof(p->digest));
	}
}

static int find_digest(int cache, const char *ref, char ret[IMAGE_DIGEST], struct err *err)
{
	struct prefix p = { .text = strncmp(ref, "sha256:", 7) ? ref : ref + 7 };

	if (image_check_name(ref, NULL) == 0 && read_name(cache, ref, ret))
		return 0;
	p.n = strlen(p.text);
	if (p.n >= PREFIX_MIN && p.n <= 64 && is_hex(p.text, p.n))
		for_each(cache, ".", match_prefix, &p);
	if (p.found == 1) {
		memcpy(ret, p.digest, IMAGE_DIGEST);
		return 0;
	}
	return err_set(err, ERR_INPUT,
		       p.found ? "'%.100s' is the beginning of several images' digests"
			       : "no image '%.100s' here (see assay image list)",
		       ref);
}

int image_find(const char *ref, struct image *ret, struct err *err)
{
	struct image image = { 0 };
	auto_strbuf path = { 0 };
	char folder[IMAGE_DIGEST];
	struct err why = { 0 };
	auto_close int cache = cache_open(false, &path, &why);

	if (cache < 0 && why.sys_errno != ENOENT)
		return err_set(err, why.kind, "%s", why.msg);
	if (cache < 0)
		return err_set(err, ERR_INPUT, "no image '%.100s' here (see assay image list)",
			       ref);
	if (find_digest(cache, ref, image.digest, err) < 0)
		return -1;
	cache_folder(image.digest, folder);
	strbuf_addf(&path, "/%s", folder);
	if (read_description(strbuf_str(&path), &image, err) < 0) {
		image_release(&image);
		return err_wrap(err, "the image '%.100s' is damaged", ref);
	}
	image.rootfs = xstrfmt("%s/rootfs", strbuf_str(&path));
	for_each(cache, "names", add_own_name, &image);
	sort(&image.names);
	*ret = image;
	return 0;
}

int image_hold(const struct image *image, struct err *err)
{
	int fd = open(image->rootfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0 || access(image->rootfs, F_OK) < 0) {
		close_fd(&fd);
		return err_set(err, ERR_INPUT, "the image %.19s is being removed", image->digest);
	}
	return fd;
}

/* ---- removing ---- */

/* Out of sight first, so that nobody finds half of it. */
static int remove_folder(int cache, const struct image *image, struct err *err)
{
	char folder[IMAGE_DIGEST];
	char temp[32];
	auto_close int fd = open(image->rootfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, ERR_INPUT, "the image %.19s is in use", image->digest);
	cache_folder(image->digest, folder);
	(void)snprintf(temp, sizeof(temp), "making-gone.%d", (int)getpid());
	if (renameat(cache, folder, cache, temp) < 0)
		return err_sys(err, "remove the image %.19s", image->digest);
	return tree_remove(cache, temp, err);
}

static int remove_name(int cache, const char *name, struct err *err)
{
	char path[80];

	(void)snprintf(path, sizeof(path), "names/%.64s", name);
	return unlinkat(cache, path, 0) < 0 ? err_sys(err, "remove the name %s", name) : 0;
}

int image_remove(const char *ref, struct err *err)
{
	auto_image image = { 0 };
	auto_strbuf path = { 0 };
	bool is_name = false;

	if (image_find(ref, &image, err) < 0)
		return -1;
	auto_close int cache = cache_open(false, &path, err);

	if (cache < 0)
		return -1;
	for (size_t i = 0; i < image.names.n; i++)
		is_name = is_name || !strcmp(image.names.v[i], ref);
	if (is_name && image.names.n > 1)
		return remove_name(cache, ref, err);
	if (remove_folder(cache, &image, err) < 0)
		return -1;
	for (size_t i = 0; i < image.names.n; i++) {
		if (remove_name(cache, image.names.v[i], err) < 0)
			return -1;
	}
	return 0;
}
