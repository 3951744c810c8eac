/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCI image layouts (image-spec, image-layout.md): index.json names a manifest, perhaps through
 * another index with one for each platform; the manifest names layers, from the lowest up.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/json.h"
#include "harness/image/unpack.h"

#define DOCUMENT_MAX (4 << 20)
#define LAYERS_MAX   512

#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"
#define REF_NAME   "org.opencontainers.image.ref.name"

/* What the kernel calls a machine, and what the format does. */
static const struct {
	const char *machine, *architecture;
} architectures[] = {
	{ "x86_64", "amd64" },    { "aarch64", "arm64" },   { "armv7l", "arm" },
	{ "riscv64", "riscv64" }, { "ppc64le", "ppc64le" }, { "s390x", "s390x" },
};

static const char *own_architecture(void)
{
	struct utsname u;

	if (uname(&u) < 0)
		return "";
	for (size_t i = 0; i < ARRAY_SIZE(architectures); i++) {
		if (!strcmp(architectures[i].machine, u.machine))
			return architectures[i].architecture;
	}
	return u.machine[0] ? "unknown" : "";
}

/* ---- blobs ---- */

static bool is_digest(const char *digest)
{
	if (!digest || strncmp(digest, "sha256:", 7) != 0 || strlen(digest) != IMAGE_DIGEST - 1)
		return false;
	for (const char *p = digest + 7; *p; p++) {
		if (!isdigit((unsigned char)*p) && (*p < 'a' || *p > 'f'))
			return false;
	}
	return true;
}

/* Opens the blob that a descriptor names, and makes sure that it is that one. */
static int open_blob(int layout, const struct json *descriptor, struct err *err)
{
	const char *digest = json_str(json_get(descriptor, "digest"));
	char path[128];
	char found[IMAGE_DIGEST];
	struct stat st;

	if (!is_digest(digest))
		return err_set(err, ERR_INPUT, "bad OCI layout: a digest that is no sha256");
	(void)snprintf(path, sizeof(path), "blobs/sha256/%s", digest + 7);
	auto_close int fd = openat(layout, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "bad OCI layout: %s cannot be read: %s", path,
			       fd < 0 ? strerror(errno) : "no regular file");
	if (unpack_hash(fd, found, err) < 0)
		return -1;
	if (strcmp(found, digest) != 0)
		return err_set(err, ERR_INPUT, "bad OCI layout: %s is another blob (%s)", path,
			       found);
	return take_fd(&fd);
}

static struct json *parse_fd(int fd, const char *what, struct err *err)
{
	auto_strbuf text = { 0 };

	if (fs_read_fd(fd, DOCUMENT_MAX, &text, err) < 0)
		return NULL;
	struct json *j = json_parse(strbuf_str(&text), text.len, err);

	if (!j)
		(void)err_wrap(err, "bad OCI layout: %s", what);
	return j;
}

static struct json *read_blob(int layout, const struct json *descriptor, const char *what,
			      struct err *err)
{
	auto_close int fd = open_blob(layout, descriptor, err);

	return fd < 0 ? NULL : parse_fd(fd, what, err);
}

/* ---- from the index to a manifest ---- */

static bool fits_machine(const struct json *descriptor)
{
	const struct json *platform = json_get(descriptor, "platform");
	const char *os = json_str(json_get(platform, "os"));
	const char *architecture = json_str(json_get(platform, "architecture"));

	return !platform || (os && !strcmp(os, "linux") && architecture &&
			     !strcmp(architecture, own_architecture()));
}

static bool has_name(const struct json *descriptor, const char *ref)
{
	const char *name = json_str(json_get(json_get(descriptor, "annotations"), REF_NAME));

	return !ref || (name && !strcmp(name, ref));
}

/* The only entry that has the name and runs on this machine. */
static const struct json *choose(const struct json *index, const char *ref, struct err *err)
{
	const struct json *list = json_get(index, "manifests");
	const struct json *found = NULL;

	for (const struct json *d = json_first(list); d; d = json_next(d)) {
		if (!has_name(d, ref) || !fits_machine(d))
			continue;
		if (found) {
			(void)err_set(err, ERR_INPUT,
				      "the OCI layout has several images: name one (oci:DIR:NAME)");
			return NULL;
		}
		found = d;
	}
	if (!found)
		(void)err_set(err, ERR_INPUT, "the OCI layout has no image%s%.200s for %s",
			      ref ? " " : "", ref ? ref : "", own_architecture());
	return found;
}

static bool is_index(const struct json *descriptor)
{
	const char *type = json_str(json_get(descriptor, "mediaType"));

	return type && (!strcmp(type, INDEX_TYPE) || strstr(type, "manifest.list"));
}

/* Reads the manifest and gives its digest. An index may stand in an index once. */
static struct json *find_manifest(int layout, const char *ref, char ret[IMAGE_DIGEST],
				  struct err *err)
{
	auto_close int fd = openat(layout, "index.json", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		(void)err_set(err, ERR_INPUT, "no OCI layout: index.json: %s", strerror(errno));
		return NULL;
	}
	auto_json struct json *index = parse_fd(fd, "index.json", err);
	const struct json *d = index ? choose(index, ref, err) : NULL;
	auto_json struct json *inner =
		d && is_index(d) ? read_blob(layout, d, "an index", err) : NULL;

	if (d && is_index(d))
		d = inner ? choose(inner, NULL, err) : NULL;
	if (!d)
		return NULL;
	struct json *manifest = read_blob(layout, d, "a manifest", err);

	if (manifest)
		(void)snprintf(ret, IMAGE_DIGEST, "%s", json_str(json_get(d, "digest")));
	return manifest;
}

/* ---- layers ---- */

static int unpack_layers(int layout, const struct json *layers, struct tree *tree, struct err *err)
{
	if (json_size(layers) == 0 || json_size(layers) > LAYERS_MAX)
		return err_set(err, ERR_INPUT, "bad OCI layout: the image has %zu layers",
			       json_size(layers));
	for (const struct json *d = json_first(layers); d; d = json_next(d)) {
		auto_close int fd = open_blob(layout, d, err);

		if (fd < 0 || unpack_archive(fd, tree, true, err) < 0)
			return -1;
	}
	return 0;
}

int unpack_oci(const char *layout, const char *ref, struct tree *tree, char ret[IMAGE_DIGEST],
	       struct err *err)
{
	auto_close int dir = open(layout, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char digest[IMAGE_DIGEST];

	if (dir < 0)
		return err_input(err, layout, 0, "no OCI layout: %s", strerror(errno));
	auto_json struct json *manifest = find_manifest(dir, ref, digest, err);

	if (!manifest)
		return err_wrap(err, "%s", layout);
	if (tree && unpack_layers(dir, json_get(manifest, "layers"), tree, err) < 0)
		return err_wrap(err, "%s", layout);
	memcpy(ret, digest, IMAGE_DIGEST);
	return 0;
}
