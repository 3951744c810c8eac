/* SPDX-License-Identifier: Apache-2.0 */
/* Archives, through the program that knows their compression. */
#include "harness/image/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "harness/image/command.h"

static const struct compression {
	const char *magic;
	size_t n;
	const char *argv[3];
} compressions[] = {
	{ "\x1f\x8b", 2, { "gzip", "-dc", NULL } },
	{ "\x28\xb5\x2f\xfd", 4, { "zstd", "-dcq", NULL } },
	{ "\xfd"
	  "7zXZ",
	  5,
	  { "xz", "-dc", NULL } },
	{ "BZh", 3, { "bzip2", "-dc", NULL } },
};

static const struct compression *find_compression(int fd)
{
	char head[8] = "";

	if (pread(fd, head, sizeof(head), 0) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(compressions); i++) {
		if (!memcmp(head, compressions[i].magic, compressions[i].n))
			return &compressions[i];
	}
	return NULL;
}

int unpack_hash(int fd, char ret[IMAGE_DIGEST], struct err *err)
{
	auto_free char *buf = xmalloc(1 << 20);
	char hex[HASH_HEX];
	struct hash h;
	ssize_t n = lseek(fd, 0, SEEK_SET);

	hash_init(&h);
	while (n >= 0 && (n = read(fd, buf, 1 << 20)) > 0)
		hash_bytes(&h, buf, (size_t)n);
	hash_final_hex(&h, hex);
	if (n < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "read an archive");
	(void)snprintf(ret, IMAGE_DIGEST, "sha256:%s", hex);
	return 0;
}

/* ---- one pass over an archive ---- */

typedef int entry_fn(struct tree *tree, struct tar *t, const struct tar_entry *e, struct err *err);

static int take_away(struct tree *tree, struct tar *t, const struct tar_entry *e, struct err *err)
{
	(void)t;
	return tree_whiteout(tree, e, err);
}

static int add_unless_mark(struct tree *tree, struct tar *t, const struct tar_entry *e,
			   struct err *err)
{
	return tree_is_whiteout(e) ? 0 : tree_add(tree, t, e, err);
}

/* To the end of what a program writes, so that it ends by itself and not for lack of a reader. */
static int drain(int fd, struct err *err)
{
	char buf[8192];
	ssize_t n;

	do {
		n = read(fd, buf, sizeof(buf));
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? err_sys(err, "read an archive") : 0;
}

/* A pass over all entries; `is_layer` says that a digest has shown the archive to be whole. */
struct pass {
	struct tree *tree;
	entry_fn *each;
	bool is_layer;
};

static int read_entries(int fd, const struct pass *pass, struct err *err)
{
	auto_free struct tar_entry *e = xcalloc(1, sizeof(*e));
	struct tar t = { .fd = fd, .is_sloppy = pass->is_layer };
	int r;

	while ((r = tar_next(&t, e, err)) > 0) {
		if (pass->each(pass->tree, &t, e, err) < 0)
			return -1;
	}
	return r < 0 ? -1 : drain(fd, err);
}

static int read_compressed(int fd, const struct compression *c, const struct pass *pass,
			   struct err *err)
{
	struct err other = { 0 };
	pid_t pid;
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sys(err, "make a pipe");
	int r = command_start(c->argv, fd, p[1], &pid, err);

	(void)close(p[1]);
	if (r < 0) {
		(void)close(p[0]);
		return -1;
	}
	r = read_entries(p[0], pass, err);
	(void)close(p[0]);
	if (r < 0) /* it may have much to write still, and nobody reads */
		(void)kill(pid, SIGKILL);
	if (command_wait(pid, c->argv[0], &other) < 0 && r == 0)
		return err_set(err, ERR_INPUT, "%s", other.msg);
	return r;
}

static int run_pass(int fd, const struct pass *pass, struct err *err)
{
	const struct compression *c = find_compression(fd);

	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "read an archive");
	return c ? read_compressed(fd, c, pass, err) : read_entries(fd, pass, err);
}

int unpack_archive(int fd, struct tree *tree, bool is_layer, struct err *err)
{
	const struct pass first = { tree, take_away, is_layer };
	const struct pass second = { tree, is_layer ? add_unless_mark : tree_add, is_layer };

	if (is_layer && tree->files > 0 && run_pass(fd, &first, err) < 0)
		return -1;
	return run_pass(fd, &second, err);
}
