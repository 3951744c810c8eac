/* SPDX-License-Identifier: Apache-2.0 */
/* Archives into trees: what is taken over, what is refused; nothing beside the tree moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strbuf.h"
#include "harness/image/tree.h"
#include "harness/image/unpack.h"

#define MAX_BYTES (1 << 20)

/* A fresh folder with "tree", which is unpacked into, beside "host" with a file, which is not. */
struct place {
	char *top;
	int dir, tree;
};

static void put(int dir, const char *name, const char *text)
{
	auto_close int fd = openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	assert_int_equal(fs_write_all(fd, text, strlen(text), NULL), 0);
}

static int make_place(void **state)
{
	const char *base = getenv("TMPDIR");
	struct place *p = xcalloc(1, sizeof(*p));

	p->top = xstrfmt("%s/assay-image-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(p->top))
		return -1;
	p->dir = open(p->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(p->dir, "tree", 0755) < 0 || mkdirat(p->dir, "host", 0777) < 0)
		return -1;
	put(p->dir, "host/file", "ours");
	p->tree = openat(p->dir, "tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = p;
	return 0;
}

static int remove_place(void **state)
{
	struct place *p = *state;
	struct err err = { 0 };
	int r = tree_remove(AT_FDCWD, p->top, &err);

	close_fd(&p->dir);
	close_fd(&p->tree);
	free(p->top);
	free(p);
	return r;
}

/* ---- archives ---- */

struct entry {
	char type;
	const char *name, *link, *content;
	unsigned mode;
};

static void seal(char *h)
{
	unsigned sum = 0;

	memset(h + 148, ' ', 8);
	for (int i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)h[i];
	(void)snprintf(h + 148, 8, "%06o", sum);
}

static void add_header(struct strbuf *sb, const struct entry *e, int64_t size)
{
	char h[TAR_BLOCK] = "";

	(void)snprintf(h, 100, "%s", e->name);
	(void)snprintf(h + 100, 8, "%07o", e->mode);
	(void)snprintf(h + 124, 12, "%011llo", (unsigned long long)size & 077777777777);
	(void)snprintf(h + 136, 12, "%011o", 1000000000);
	h[156] = e->type;
	(void)snprintf(h + 157, 100, "%s", e->link ? e->link : "");
	(void)snprintf(h + 257, 6, "ustar");
	h[263] = h[264] = '0';
	seal(h);
	strbuf_add(sb, h, sizeof(h));
}

static void add_zeros(struct strbuf *sb, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strbuf_addch(sb, 0);
}

static void add_entry(struct strbuf *sb, const struct entry *e)
{
	size_t size = e->content ? strlen(e->content) : 0;

	add_header(sb, e, (int64_t)size);
	if (size)
		strbuf_add(sb, e->content, size);
	add_zeros(sb, -size & (TAR_BLOCK - 1));
}

static void add_end(struct strbuf *sb)
{
	add_zeros(sb, (size_t)2 * TAR_BLOCK);
}

static struct tree tree_of(const struct place *p)
{
	return (struct tree){ .root = p->tree, .max_bytes = MAX_BYTES };
}

static int unpack_text(struct tree *tree, const struct strbuf *sb, bool is_layer, struct err *err)
{
	auto_close int fd = fs_memfd("archive", sb->buf, sb->len, NULL);

	return unpack_archive(fd, tree, is_layer, err);
}

/* Up to four entries, an end mark behind them. */
static int unpack(struct tree *tree, const struct entry *e, bool is_layer, struct err *err)
{
	auto_strbuf sb = { 0 };

	for (int i = 0; i < 4 && e[i].name; i++)
		add_entry(&sb, &e[i]);
	add_end(&sb);
	return unpack_text(tree, &sb, is_layer, err);
}

static void assert_text(int dir, const char *path, const char *text)
{
	auto_close int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	auto_strbuf sb = { 0 };

	assert_true(fd >= 0);
	assert_int_equal(fs_read_fd(fd, 4096, &sb, NULL), 0);
	assert_string_equal(strbuf_str(&sb), text);
}

static bool exists(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void assert_host_untouched(const struct place *p)
{
	assert_text(p->dir, "host/file", "ours");
	assert_int_equal(unlinkat(p->dir, "host/file", 0), 0);
	assert_int_equal(unlinkat(p->dir, "host", AT_REMOVEDIR), 0); /* it held nothing else */
	assert_int_equal(mkdirat(p->dir, "host", 0777), 0);
	put(p->dir, "host/file", "ours");
}

/* ---- what is refused ---- */

static void test_nothing_leaves_the_tree(void **state)
{
	static const struct {
		struct entry entries[4];
		const char *why; /* NULL: taken, but only inside */
	} rows[] = {
		{ { { '0', "../host/new", NULL, "x", 0644 } }, "leaves the tree" },
		{ { { '0', "a/../../host/new", NULL, "x", 0644 } }, "leaves the tree" },
		{ { { '5', "..", NULL, NULL, 0755 } }, "leaves the tree" },
		{ { { '0', "a/..", NULL, "x", 0644 } }, "leaves the tree" },
		{ { { '2', "up", "..", NULL, 0777 }, { '0', "up/host/new", NULL, "x", 0644 } },
		  NULL },
		{ { { '2', "h", "../host", NULL, 0777 }, { '0', "h/new", NULL, "x", 0644 } },
		  NULL },
		{ { { '2', "l", "../host/file", NULL, 0777 }, { '0', "l", NULL, "x", 0644 } },
		  NULL },
		{ { { '2', "d", "../host", NULL, 0777 }, { '5', "d", NULL, NULL, 0755 } }, NULL },
		{ { { '1', "hard", "../host/file", NULL, 0644 } }, "not in the tree" },
		{ { { '2', "s", "../host", NULL, 0777 }, { '1', "hard", "s/file", NULL, 0644 } },
		  "not in the tree" },
		{ { { '2', "s", "../host/file", NULL, 0777 },
		    { '1', "hard", "s", NULL, 0644 },
		    { '0', "hard", NULL, "x", 0644 } },
		  NULL },
		{ { { '2', "p", "/proc/self/cwd", NULL, 0777 }, { '0', "p/new", NULL, "x", 0644 } },
		  "no folder" },
		{ { { '0', "f", NULL, "x", 0644 }, { '0', "f/new", NULL, "x", 0644 } },
		  "no folder" },
		{ { { '2', "nowhere", "", NULL, 0777 } }, "leads nowhere" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tree tree = tree_of(*state);
		struct err err = { 0 };
		int r = unpack(&tree, rows[i].entries, false, &err);

		if (rows[i].why)
			assert_non_null(strstr(err.msg, rows[i].why));
		assert_int_equal(r, rows[i].why ? -1 : 0);
		assert_host_untouched(*state);
		assert_int_equal(tree_remove(tree.root, "up", NULL), 0);
	}
}

static void test_an_absolute_name_is_below_the_top(void **state)
{
	static const struct entry entries[4] = {
		{ '0', "/etc/name", NULL, "x", 0644 },
		{ '2', "abs", "/etc", NULL, 0777 },
		{ '0', "./abs//./other", NULL, "y", 0644 },
	};
	struct tree tree = tree_of(*state);

	assert_int_equal(unpack(&tree, entries, false, NULL), 0);
	assert_text(tree.root, "etc/name", "x");
	assert_text(tree.root, "etc/other", "y");
}

static void test_modes_owners_and_devices_are_not_taken_over(void **state)
{
	static const struct entry entries[4] = {
		{ '0', "su", NULL, "x", 06755 },
		{ '0', "closed", NULL, "x", 0 },
		{ '5', "folder", NULL, NULL, 01777 },
		{ '3', "disk", NULL, NULL, 0666 },
	};
	static const struct {
		const char *name;
		unsigned mode;
	} rows[] = { { "su", 0755 }, { "closed", 0644 }, { "folder", 0755 } };
	struct tree tree = tree_of(*state);
	struct stat st;

	assert_int_equal(unpack(&tree, entries, false, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(fstatat(tree.root, rows[i].name, &st, 0), 0);
		assert_int_equal(st.st_mode & 07777, rows[i].mode);
		assert_int_equal(st.st_uid, geteuid());
	}
	assert_int_equal(fstatat(tree.root, "su", &st, 0), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1000000000);
	assert_false(exists(tree.root, "disk"));
	assert_int_equal(tree.skipped, 1);
}

static void test_a_size_is_refused_before_it_is_written(void **state)
{
	static const struct entry huge = { '0', "huge", NULL, NULL, 0644 };
	struct tree tree = tree_of(*state);
	auto_strbuf sb = { 0 };
	struct err err = { 0 };

	add_header(&sb, &huge, 1LL << 32);
	add_end(&sb);
	assert_int_equal(unpack_text(&tree, &sb, false, &err), -1);
	assert_non_null(strstr(err.msg, "larger than"));
	assert_false(exists(tree.root, "huge"));
}

static void test_empty_entries_count_too(void **state)
{
	static const struct entry folder = { '5', "f", NULL, NULL, 0755 };
	struct tree tree = tree_of(*state);
	auto_strbuf sb = { 0 };
	struct err err = { 0 };

	for (int i = 0; i <= MAX_BYTES / TAR_BLOCK; i++)
		add_entry(&sb, &folder);
	add_end(&sb);
	assert_int_equal(unpack_text(&tree, &sb, false, &err), -1);
	assert_non_null(strstr(err.msg, "larger than"));
}

static void test_damaged_archives_are_refused(void **state)
{
	static const struct entry entry = { '0', "f", NULL, "content", 0644 };
	static const struct {
		size_t cut, at;
		const char *why;
	} rows[] = {
		{ 100, 0, "breaks off" },
		{ TAR_BLOCK + 3, 0, "breaks off" },
		{ (size_t)2 * TAR_BLOCK, 0, "no end mark" },
		{ (size_t)4 * TAR_BLOCK, 5, "no header" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tree tree = tree_of(*state);
		auto_strbuf sb = { 0 };
		struct err err = { 0 };

		add_entry(&sb, &entry);
		add_end(&sb);
		sb.buf[rows[i].at] ^= rows[i].at ? 1 : 0;
		sb.len = rows[i].cut;
		assert_int_equal(unpack_text(&tree, &sb, false, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_non_null(strstr(err.msg, rows[i].why));
	}
}

/* umoci writes layers so. */
static void test_a_layer_may_lack_its_end(void **state)
{
	static const struct entry entry = { '0', "f", NULL, "content", 0644 };
	static const size_t cuts[] = { (size_t)2 * TAR_BLOCK, TAR_BLOCK + 7, TAR_BLOCK + 100 };

	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
		struct tree tree = tree_of(*state);
		auto_strbuf sb = { 0 };

		add_entry(&sb, &entry);
		sb.len = cuts[i];
		assert_int_equal(unpack_text(&tree, &sb, true, NULL), 0);
		assert_text(tree.root, "f", "content");
		sb.len = TAR_BLOCK + 6; /* but not its content */
		assert_int_equal(unpack_text(&tree, &sb, true, NULL), -1);
	}
}

static void test_long_names_are_read(void **state)
{
	static const struct entry entries[4] = {
		{ 'x', "pax", NULL, "22 path=by/pax/header\n19 mtime=1234567.5\n", 0644 },
		{ '0', "short", NULL, "x", 0644 },
		{ 'L', "././@LongLink", NULL, "by/gnu/header", 0644 },
		{ '0', "short", NULL, "y", 0644 },
	};
	struct tree tree = tree_of(*state);
	struct stat st;

	assert_int_equal(unpack(&tree, entries, false, NULL), 0);
	assert_text(tree.root, "by/pax/header", "x");
	assert_text(tree.root, "by/gnu/header", "y");
	assert_int_equal(fstatat(tree.root, "by/pax/header", &st, 0), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1234567);
}

static void test_pax_records_are_checked(void **state)
{
	static const char *const rows[] = {
		"99 path=a\n", "9 path=a",      "0 path=a\n",  "x path=a\n", "7 path=\n",
		"7 path\n",    "12 size=-x1\n", "9 path=a\n3", "4 \n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct entry entries[4] = { { 'x', "pax", NULL, rows[i], 0644 },
						  { '0', "f", NULL, "x", 0644 } };
		struct tree tree = tree_of(*state);
		struct err err = { 0 };

		assert_int_equal(unpack(&tree, entries, false, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
	}
}

/* ---- layers ---- */

static void test_whiteouts_take_away_what_lower_layers_hold(void **state)
{
	static const struct entry lower[4] = {
		{ '0', "a/gone", NULL, "x", 0644 },
		{ '0', "a/kept", NULL, "x", 0644 },
		{ '0', "b/sub/gone", NULL, "x", 0644 },
		{ '2', "out", "../host", NULL, 0777 },
	};
	/* the mark stands behind what its own layer brings, and does not mean that */
	static const struct entry upper[4] = {
		{ '0', "b/new", NULL, "y", 0644 },
		{ '0', "a/.wh.gone", NULL, NULL, 0644 },
		{ '0', "b/.wh..wh..opq", NULL, NULL, 0644 },
		{ '0', "out/.wh.file", NULL, NULL, 0644 },
	};
	struct tree tree = tree_of(*state);

	assert_int_equal(unpack(&tree, lower, true, NULL), 0);
	assert_int_equal(unpack(&tree, upper, true, NULL), 0);
	assert_false(exists(tree.root, "a/gone"));
	assert_text(tree.root, "a/kept", "x");
	assert_false(exists(tree.root, "b/sub"));
	assert_text(tree.root, "b/new", "y");
	assert_false(exists(tree.root, "a/.wh.gone"));
	assert_host_untouched(*state);
}

static void test_a_whiteout_names_something(void **state)
{
	static const struct entry first[4] = { { '0', "f", NULL, "x", 0644 } };
	static const struct entry rows[][4] = {
		{ { '0', ".wh.", NULL, NULL, 0644 } },
		{ { '0', ".wh...", NULL, NULL, 0644 } },
		{ { '0', ".wh..", NULL, NULL, 0644 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tree tree = tree_of(*state);

		assert_int_equal(unpack(&tree, first, true, NULL), 0);
		assert_int_equal(unpack(&tree, rows[i], true, NULL), -1);
		assert_host_untouched(*state);
	}
}

/* ---- removing, listing ---- */

/* Deeper than paths are long and descriptors are many. */
static void test_a_deep_tree_is_removed(void **state)
{
	const struct place *p = *state;
	int at = dup(p->tree);

	put(p->tree, ".lifted-1", "a name that the removal would like to use");
	for (int i = 0; i < 5000; i++) {
		assert_int_equal(mkdirat(at, "d", 0755), 0);
		put(at, "f", "x");
		int next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		assert_true(next >= 0);
		(void)close(at);
		at = next;
	}
	(void)close(at);
	assert_int_equal(symlinkat("../host", p->tree, "out"), 0);
	assert_int_equal(tree_remove(p->dir, "tree", NULL), 0);
	assert_false(exists(p->dir, "tree"));
	assert_host_untouched(p);
}

static void test_removing_a_link_leaves_what_it_leads_to(void **state)
{
	const struct place *p = *state;

	assert_int_equal(symlinkat("host", p->dir, "link"), 0);
	assert_int_equal(tree_remove(p->dir, "link", NULL), 0);
	assert_int_equal(tree_remove(p->dir, "link", NULL), 0);
	assert_host_untouched(p);
}

static void listing(const struct place *p, char ret[TREE_LISTING])
{
	assert_int_equal(tree_listing(p->top, ret, NULL), 0);
}

static void test_a_listing_changes_with_the_tree(void **state)
{
	const struct place *p = *state;
	struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 2 } };
	char first[TREE_LISTING];
	char then[TREE_LISTING];

	listing(p, first);
	listing(p, then);
	assert_string_equal(first, then);
	assert_int_equal(utimensat(p->dir, "host/file", times, 0), 0);
	listing(p, then);
	assert_string_not_equal(first, then);
	listing(p, first);
	assert_int_equal(symlinkat("a", p->dir, "link"), 0);
	listing(p, then);
	assert_string_not_equal(first, then);
	assert_int_equal(unlinkat(p->dir, "link", 0), 0);
	assert_int_equal(symlinkat("b", p->dir, "link"), 0);
	listing(p, first);
	assert_string_not_equal(first, then);
}

#define IN_PLACE(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(test_nothing_leaves_the_tree),
		IN_PLACE(test_an_absolute_name_is_below_the_top),
		IN_PLACE(test_modes_owners_and_devices_are_not_taken_over),
		IN_PLACE(test_a_size_is_refused_before_it_is_written),
		IN_PLACE(test_empty_entries_count_too),
		IN_PLACE(test_damaged_archives_are_refused),
		IN_PLACE(test_a_layer_may_lack_its_end),
		IN_PLACE(test_long_names_are_read),
		IN_PLACE(test_pax_records_are_checked),
		IN_PLACE(test_whiteouts_take_away_what_lower_layers_hold),
		IN_PLACE(test_a_whiteout_names_something),
		IN_PLACE(test_a_deep_tree_is_removed),
		IN_PLACE(test_removing_a_link_leaves_what_it_leads_to),
		IN_PLACE(test_a_listing_changes_with_the_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
