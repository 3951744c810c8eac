/* SPDX-License-Identifier: Apache-2.0 */
/* Root file systems of boxes: which one a box sees, and that no clone of another root is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/loop.h"
#include "harness/image/tree.h"
#include "sandbox/box.h"
#include "sandbox/rootfs.h"

/* Serves as a template where it is one, then tells what stands at the top. */
#define SCRIPT                                                                                     \
	"import ctypes, os\n"                                                                      \
	"try:\n"                                                                                   \
	"    ctypes.CDLL('/box/assay-warm.so').warm_serve(None, None, None)\n"                     \
	"except OSError:\n"                                                                        \
	"    pass\n"                                                                               \
	"print(*sorted(os.listdir('/')))\n"

struct bench {
	struct loop *loop;
	struct box_client *client;
	char *top; /* of the root file systems */
	char *a, *b;
};

/* A root with nothing but links into the host's /usr, which is bound, and a file to tell it by. */
static char *make_root(const struct bench *t, const char *name, const char *mark)
{
	static const char *const folders[] = { "bin", "lib", "lib64" };
	char *path = xstrfmt("%s/%s", t->top, name);
	auto_free char *file = xstrfmt("%s/%s", path, mark);

	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(chmod(path, 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		auto_free char *link = xstrfmt("%s/%s", path, folders[i]);
		auto_free char *target = xstrfmt("usr/%s", folders[i]);

		assert_int_equal(symlink(target, link), 0);
	}
	auto_close int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	return path;
}

static int set_up(void **state)
{
	struct bench *t = xcalloc(1, sizeof(*t));
	const char *base = getenv("TMPDIR");
	struct err err = { 0 };

	*state = t;
	t->top = xstrfmt("%s/assay-rootfs-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(t->top) || loop_new(&t->loop, &err) < 0)
		return -1;
	t->a = make_root(t, "a", "mark-a");
	t->b = make_root(t, "b", "mark-b");
	if (box_client_new(t->loop, BOX_LEVEL_STANDARD, &t->client, &err) < 0) {
		print_message("SKIP: no box can be made here: %s\n", err.msg);
		t->client = NULL;
	}
	return 0;
}

static int tear_down(void **state)
{
	struct bench *t = *state;
	struct err err = { 0 };
	int r;

	box_client_free(t->client);
	loop_free(t->loop);
	r = tree_remove(AT_FDCWD, t->top, &err);
	free(t->top);
	free(t->a);
	free(t->b);
	free(t);
	return r;
}

static struct bench *need_boxes(void **state)
{
	struct bench *t = *state;

	if (!t->client)
		skip();
	return t;
}

struct answer {
	struct loop *loop;
	enum box_end end;
	bool is_warm;
	char out[512];
};

static void take(const struct box_result *r, void *data)
{
	struct answer *a = data;

	a->end = r->end;
	a->is_warm = r->is_warm;
	(void)snprintf(a->out, sizeof(a->out), " %s %s", strbuf_str(&r->out), r->message);
	for (char *p = a->out; *p; p++)
		*p = *p == '\n' ? ' ' : *p;
	loop_stop(a->loop);
}

static void fill(struct box_spec *spec, const char *rootfs)
{
	static const char *const argv[] = { "/usr/bin/python3", "-I", "-S", "-c", SCRIPT };

	box_spec_init(spec);
	for (size_t i = 0; i < ARRAY_SIZE(argv); i++)
		strvec_push(&spec->argv, argv[i]);
	spec->rootfs = rootfs;
	if (rootfs)
		strvec_push(&spec->binds, "/usr");
}

static struct answer run(struct bench *t, const char *rootfs, uint64_t template_id)
{
	struct answer a = { .loop = t->loop };
	struct box_handle *h;
	struct box_spec spec;
	struct err err = { 0 };

	fill(&spec, rootfs);
	if (!rootfs) /* it may be the client's */
		strvec_push(&spec.binds, "/usr");
	spec.template_id = template_id;
	assert_int_equal(box_start(t->client, &spec, take, &a, &h, &err), 0);
	box_spec_release(&spec);
	assert_int_equal(loop_run(t->loop, &err), 0);
	if (a.end != BOX_EXITED)
		print_message("%s:%s\n", box_end_name(a.end), a.out);
	return a;
}

static bool shows(const struct answer *a, const char *name)
{
	auto_free char *word = xstrfmt(" %s ", name);

	return a->end == BOX_EXITED && strstr(a->out, word);
}

static uint64_t declare_as(struct bench *t, const char *rootfs, bool is_trusted)
{
	struct box_spec spec;
	struct err err = { 0 };

	fill(&spec, rootfs);
	spec.is_rootfs_trusted = is_trusted;
	assert_int_equal(box_template(t->client, "t", &spec, &err), 0);
	box_spec_release(&spec);
	return box_template_id(t->client, "t", rootfs);
}

static uint64_t declare(struct bench *t, const char *rootfs)
{
	return declare_as(t, rootfs, true);
}

static bool can_be_warm(const struct bench *t)
{
	uint32_t needed = LAYER_BIT(LAYER_USER_NS) | LAYER_BIT(LAYER_CGROUP_NS);

	return (box_client_layers(t->client) & needed) == needed;
}

static void a_box_sees_its_root(void **state)
{
	struct bench *t = need_boxes(state);
	struct answer a = run(t, t->a, 0);
	struct answer b = run(t, t->b, 0);

	assert_true(shows(&a, "mark-a") && !shows(&a, "mark-b"));
	assert_true(shows(&b, "mark-b") && !shows(&b, "mark-a"));
	assert_true(shows(&a, "etc") && shows(&a, "proc") && shows(&a, "work"));
}

static void a_client_has_a_root_for_all_its_boxes(void **state)
{
	struct bench *t = need_boxes(state);

	box_client_use_rootfs(t->client, t->a, true);
	struct answer own = run(t, NULL, 0);
	struct answer other = run(t, t->b, 0);

	box_client_use_rootfs(t->client, NULL, false);
	struct answer host = run(t, NULL, 0);

	assert_true(shows(&own, "mark-a"));
	assert_true(shows(&other, "mark-b"));
	assert_true(!shows(&host, "mark-a") && shows(&host, "usr"));
}

static void a_template_is_found_by_its_root(void **state)
{
	struct bench *t = need_boxes(state);
	uint64_t id = declare(t, t->a);

	assert_int_not_equal(id, 0);
	assert_int_equal(box_template_id(t->client, "t", t->b), 0);
	assert_int_equal(box_template_id(t->client, "t", NULL), 0);
	box_client_use_rootfs(t->client, t->a, true);
	assert_int_equal(box_template_id(t->client, "t", NULL), id);
	uint64_t other = declare(t, t->b);

	assert_true(other != 0 && other != id);
	assert_int_equal(box_template_id(t->client, "t", t->a), id);
}

/* Even where a client would name the wrong one. */
static void no_box_is_a_fork_of_another_root(void **state)
{
	struct bench *t = need_boxes(state);
	uint64_t id = declare(t, t->a);
	struct answer own = run(t, t->a, id);
	struct answer other = run(t, t->b, id);
	struct answer host = run(t, NULL, id);

	assert_int_equal(own.is_warm, can_be_warm(t));
	assert_true(shows(&own, "mark-a"));
	assert_true(!other.is_warm && shows(&other, "mark-b") && !shows(&other, "mark-a"));
	assert_true(!host.is_warm && !shows(&host, "mark-a") && shows(&host, "usr"));
}

/* A template keeps capabilities, which an interpreter of anybody's shall not have. */
static void no_interpreter_of_an_untrusted_root_is_kept_warm(void **state)
{
	struct bench *t = need_boxes(state);
	uint64_t id = declare_as(t, t->a, false);
	struct answer a = run(t, t->a, id);

	assert_true(id != 0 && !a.is_warm && shows(&a, "mark-a"));
}

static void a_folder_under_the_same_name_is_another_root(void **state)
{
	struct bench *t = need_boxes(state);
	uint64_t id = declare(t, t->a);
	struct answer before = run(t, t->a, id);
	auto_free char *away = xstrfmt("%s-away", t->a);

	assert_int_equal(rename(t->a, away), 0);
	free(t->a);
	t->a = make_root(t, "a", "mark-new");
	struct answer after = run(t, t->a, id);

	assert_true(shows(&before, "mark-a"));
	assert_true(!after.is_warm && shows(&after, "mark-new") && !shows(&after, "mark-a"));
}

static void a_root_that_is_gone_is_a_set_up_failure(void **state)
{
	struct bench *t = need_boxes(state);
	struct answer a = run(t, "/nonexistent/root", 0);

	assert_int_equal(a.end, BOX_SETUP_FAILED);
	assert_non_null(strstr(a.out, "root file system"));
}

static void paths_are_resolved_and_refused(void **state)
{
	const struct bench *t = *state;
	auto_free char *link = xstrfmt("%s/link", t->top);
	auto_free char *file = xstrfmt("%s/a/mark-a", t->top);
	auto_free char *path = NULL;
	const struct {
		const char *path, *why;
	} rows[] = {
		{ "/", "the host's own root" },
		{ "/../", "the host's own root" },
		{ "/proc/self/root", "the host's own root" },
		{ t->top, "neither bin nor usr/bin" },
		{ file, "Not a directory" },
		{ "/nonexistent", "No such file" },
	};

	assert_int_equal(symlink(t->a, link), 0);
	assert_int_equal(rootfs_resolve(link, &path, NULL), 0);
	assert_string_equal(path, t->a);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *none = NULL;
		struct err err = { 0 };

		assert_int_equal(rootfs_resolve(rows[i].path, &none, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_non_null(strstr(err.msg, rows[i].why));
	}
}

static void a_program_is_looked_for_inside(void **state)
{
	const struct bench *t = *state;
	auto_free char *usr = xstrfmt("%s/usr", t->a);
	auto_free char *bin = xstrfmt("%s/usr/bin", t->a);
	auto_free char *out = xstrfmt("%s/usr/bin/out", t->a);
	auto_free char *program = xstrfmt("%s/usr/bin/program", t->a);

	assert_int_equal(mkdir(usr, 0755), 0);
	assert_int_equal(mkdir(bin, 0755), 0);
	assert_int_equal(symlink("/usr/bin/env", out), 0); /* which the host has */
	assert_false(rootfs_has_program(t->a, "/usr/bin/out"));
	auto_close int fd = open(program, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	assert_false(rootfs_has_program(t->a, "/usr/bin/program"));
	assert_int_equal(fchmod(fd, 0755), 0);
	assert_true(rootfs_has_program(t->a, "/usr/bin/program"));
	assert_true(rootfs_has_program(t->a, "/bin/program")); /* by the link */
	assert_false(rootfs_has_program(t->a, "/bin"));
}

#define WITH_ROOTS(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ROOTS(a_box_sees_its_root),
		WITH_ROOTS(a_client_has_a_root_for_all_its_boxes),
		WITH_ROOTS(a_template_is_found_by_its_root),
		WITH_ROOTS(no_box_is_a_fork_of_another_root),
		WITH_ROOTS(no_interpreter_of_an_untrusted_root_is_kept_warm),
		WITH_ROOTS(a_folder_under_the_same_name_is_another_root),
		WITH_ROOTS(a_root_that_is_gone_is_a_set_up_failure),
		WITH_ROOTS(paths_are_resolved_and_refused),
		WITH_ROOTS(a_program_is_looked_for_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
