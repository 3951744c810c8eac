/* SPDX-License-Identifier: Apache-2.0 */
/* Making images out of what others made. */
#include "harness/image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "harness/image/cache.h"
#include "harness/image/command.h"
#include "harness/image/recipe.h"

/* An image of this digest that is there already, with its name. 1 there, 0 not. */
static int find_made(const char *digest, const char *name, struct image *ret, struct err *err)
{
	auto_image image = { 0 };
	auto_strbuf path = { 0 };

	if (image_find(digest, &image, NULL) < 0)
		return 0;
	auto_close int cache = cache_open(true, &path, err);

	if (cache < 0 || (name && cache_name(cache, name, digest, err) < 0))
		return -1;
	return image_find(digest, ret, err) < 0 ? -1 : 1;
}

/* What the tree has become, into the cache. */
static int commit(struct making *m, const struct tree *tree, const char *source, const char *name,
		  struct image *ret, struct err *err)
{
	m->image.source = xstrdup(source);
	m->image.bytes = tree->bytes - tree->files * TAR_BLOCK;
	m->image.files = tree->files;
	m->image.skipped = tree->skipped;
	if (making_commit(m, err) < 0)
		return -1;
	if (find_made(m->image.digest, name, ret, err) == 1)
		return 0;
	return err_set(err, ERR_HARNESS, "the image %.19s vanished", m->image.digest);
}

/* ---- archives ---- */

static int unpack_file(int fd, struct making *m, struct tree *tree, struct err *err)
{
	tree->root = m->rootfs;
	return unpack_archive(fd, tree, false, err);
}

static int add_fd(int fd, const char *source, const char *name, bool is_built, struct image *ret,
		  struct err *err)
{
	struct tree tree = { .max_bytes = TREE_MAX_BYTES };
	char digest[IMAGE_DIGEST];
	struct making m;

	if (unpack_hash(fd, digest, err) < 0)
		return -1;
	int found = find_made(digest, name, ret, err);

	if (found != 0)
		return found < 0 ? -1 : 0;
	int r = making_begin(&m, err);

	memcpy(m.image.digest, digest, sizeof(digest));
	m.image.is_built = is_built;
	if (r == 0)
		r = unpack_file(fd, &m, &tree, err);
	if (r == 0)
		r = commit(&m, &tree, source, name, ret, err);
	making_release(&m);
	return r;
}

static int add_file(const char *path, const char *name, struct image *ret, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_input(err, path, 0, "cannot be read: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_input(err, path, 0,
				 "an image is made of a regular file or an OCI layout");
	return add_fd(fd, path, name, false, ret, err) < 0 ? err_wrap(err, "%s", path) : 0;
}

/* ---- OCI ---- */

static int add_layout(const char *layout, const char *ref, const char *source, const char *name,
		      struct image *ret, struct err *err)
{
	struct tree tree = { .max_bytes = TREE_MAX_BYTES };
	char digest[IMAGE_DIGEST];
	struct making m;

	if (unpack_oci(layout, ref, NULL, digest, err) < 0)
		return -1;
	int found = find_made(digest, name, ret, err);

	if (found != 0)
		return found < 0 ? -1 : 0;
	int r = making_begin(&m, err);

	tree.root = m.rootfs;
	if (r == 0)
		r = unpack_oci(layout, ref, &tree, m.image.digest, err);
	if (r == 0)
		r = commit(&m, &tree, source, name, ret, err);
	making_release(&m);
	return r;
}

/* "DIR" or "DIR:NAME", as other tools write it. */
static int add_oci(const char *spec, const char *name, struct image *ret, struct err *err)
{
	const char *colon = strrchr(spec, ':');
	auto_free char *layout = colon ? xstrndup(spec, (size_t)(colon - spec)) : xstrdup(spec);
	auto_free char *source = xstrfmt("oci:%s", spec);

	return add_layout(layout, colon ? colon + 1 : NULL, source, name, ret, err);
}

static bool is_layout(const char *path)
{
	auto_free char *marker = xstrfmt("%s/oci-layout", path);

	return access(marker, F_OK) == 0;
}

/* skopeo copies what it knows (registries, archives, engines' stores) into a layout of ours. */
static int add_by_skopeo(const char *source, const char *name, struct image *ret, struct err *err)
{
	struct making m;
	int r = making_begin(&m, err);
	auto_free char *layout = xstrfmt("%s/layout", strbuf_str(&m.path));
	auto_free char *target = xstrfmt("oci:%s:image", layout);
	const char *const argv[] = { "skopeo", "copy", "--quiet", source, target, NULL };

	if (r == 0)
		r = command_run(argv, err);
	if (r == 0)
		r = add_layout(layout, NULL, source, name, ret, err);
	making_release(&m);
	return r;
}

static bool has_transport(const char *source)
{
	static const char *const transports[] = { "docker://",           "docker-archive:",
						  "oci-archive:",        "docker-daemon:",
						  "containers-storage:", "dir:" };

	for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
		if (!strncmp(source, transports[i], strlen(transports[i])))
			return true;
	}
	return false;
}

int image_add(const char *source, const char *name, struct image *ret, struct err *err)
{
	struct stat st;

	if (name && image_check_name(name, err) < 0)
		return -1;
	if (!strncmp(source, "oci:", 4))
		return add_oci(source + 4, name, ret, err);
	if (has_transport(source))
		return add_by_skopeo(source, name, ret, err);
	if (stat(source, &st) == 0 && S_ISDIR(st.st_mode)) {
		if (is_layout(source))
			return add_layout(source, NULL, source, name, ret, err);
		return err_input(err, source, 0,
				 "a folder that is no OCI layout: use it as it is (--rootfs %s)",
				 source);
	}
	return add_file(source, name, ret, err);
}

/* ---- recipes ---- */

/* So that the same packages give the same archive: times of what is made now. */
#define RECIPE_EPOCH "1735689600"

static char *list_of(const struct strvec *words)
{
	struct strbuf sb = { 0 };

	strbuf_addstr(&sb, "--include=");
	for (size_t i = 0; i < words->n; i++)
		strbuf_addf(&sb, "%s%s", i ? "," : "", words->v[i]);
	return strbuf_detach(&sb);
}

static int run_recipe(const struct recipe *recipe, const char *mirror, const char *tar,
		      struct err *err)
{
	auto_free char *include = list_of(&recipe->packages);
	auto_free char *variant =
		xstrfmt("--variant=%s", recipe->variant ? recipe->variant : "essential");
	const char *const argv[] = {
		"mmdebstrap",
		"--quiet",
		"--format=tar",
		variant,
		include,
		"--dpkgopt=path-exclude=/usr/share/man/*",
		"--dpkgopt=path-exclude=/usr/share/doc/*",
		"--",
		recipe->release,
		tar,
		mirror ? mirror : recipe->mirror,
		NULL,
	};

	if (setenv("SOURCE_DATE_EPOCH", RECIPE_EPOCH, 1) < 0)
		return err_sys(err, "set an environment variable");
	return command_run(argv, err);
}

/* "containers/python.yaml" is "python". */
static char *recipe_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	return xstrndup(base, strcspn(base, "."));
}

int image_build(const char *path, const char *name, const char *mirror, struct image *ret,
		struct err *err)
{
	auto_free char *own_name = name ? xstrdup(name) : recipe_name(path);
	struct recipe recipe = { 0 };
	struct making m;

	if (image_check_name(own_name, err) < 0 || recipe_load(path, &recipe, err) < 0)
		return -1;
	int r = making_begin(&m, err); /* a place for the archive */
	auto_free char *tar = xstrfmt("%s/image.tar", strbuf_str(&m.path));
	auto_close int fd = -1;

	if (r == 0)
		r = run_recipe(&recipe, mirror, tar, err);
	if (r == 0 && (fd = open(tar, O_RDONLY | O_CLOEXEC)) < 0)
		r = err_sys(err, "open what mmdebstrap made");
	if (r == 0)
		r = add_fd(fd, path, own_name, true, ret, err);
	making_release(&m);
	recipe_release(&recipe);
	return r;
}
