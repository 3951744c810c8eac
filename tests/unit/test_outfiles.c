/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing files back from a scratch disk that holds whatever a program could leave, and more. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "sandbox/outfiles.h"

#define SECRET "a file of the host"

/* A folder laid out like a scratch disk, with a file of the host beside it. */
struct disk {
	char top[64];
	int fd;
	int host; /* of the folder above */
};

static void write_file(int dir, const char *path, const char *text)
{
	auto_close int fd = openat(dir, path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void make_sparse(int dir, const char *path, off_t size)
{
	write_file(dir, path, "");
	auto_close int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);

	assert_int_equal(ftruncate(fd, size), 0);
}

static void make_socket(const struct disk *d)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	auto_close int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/disk/work/socket", d->top);
	assert_int_equal(bind(s, (struct sockaddr *)&a, sizeof(a)), 0);
}

static int set_up(void **state)
{
	struct disk *d = xcalloc(1, sizeof(*d));

	*state = d;
	(void)snprintf(d->top, sizeof(d->top), "/tmp/assay-outfiles.XXXXXX");
	assert_non_null(mkdtemp(d->top));
	d->host = open(d->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	write_file(d->host, "secret", SECRET);
	static const char *const folders[] = { "disk",     "disk/work",     "disk/tmp",
					       "disk/shm", "disk/work/sub", "disk/work/closed" };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		assert_int_equal(mkdirat(d->host, folders[i], 0755), 0);
	d->fd = openat(d->host, "disk", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	write_file(d->fd, "work/a", "in work");
	write_file(d->fd, "work/sub/a", "below");
	write_file(d->fd, "work/closed/a", SECRET);
	write_file(d->fd, "work/empty", "");
	write_file(d->fd, "work/closed_file", SECRET);
	write_file(d->fd, "tmp/a", "in tmp");
	write_file(d->fd, "shm/a", "in shm");
	write_file(d->fd, "beside", SECRET);
	assert_int_equal(linkat(d->fd, "work/a", d->fd, "work/hard", 0), 0);
	assert_int_equal(symlinkat("../../secret", d->fd, "work/up"), 0);
	assert_int_equal(symlinkat("a", d->fd, "work/same"), 0);
	assert_int_equal(symlinkat("sub", d->fd, "work/folder"), 0);
	assert_int_equal(symlinkat(d->top, d->fd, "work/host"), 0);
	assert_int_equal(symlinkat("/proc/self/fd", d->fd, "work/magic"), 0);
	assert_int_equal(symlinkat("round", d->fd, "work/round"), 0);
	assert_int_equal(mkfifoat(d->fd, "work/fifo", 0644), 0);
	make_socket(d);
	make_sparse(d->fd, "work/sparse", 1LL << 40);
	make_sparse(d->fd, "work/full", 1000);
	make_sparse(d->fd, "work/over", 1001);
	assert_int_equal(fchmodat(d->fd, "work/closed_file", 0, 0), 0);
	assert_int_equal(fchmodat(d->fd, "work/closed", 0, 0), 0);
	return 0;
}

static int tear_down(void **state)
{
	struct disk *d = *state;
	auto_free char *command = NULL;

	assert_int_equal(fchmodat(d->fd, "work/closed", 0700, 0), 0);
	command = xstrfmt("rm -rf %s", d->top);
	assert_int_equal(system(command), 0); /* NOLINT: a name of our own */
	close_fd(&d->fd);
	close_fd(&d->host);
	free(d);
	return 0;
}

static void collect(int fd, const struct strvec *paths, int64_t all, struct box_result *r)
{
	struct box_limits l = { .out_file_bytes = 1000, .out_bytes = all };
	struct err err = { 0 };

	memset(r, 0, sizeof(*r));
	assert_int_equal(outfiles_check(paths, &err), 0);
	outfiles_collect(fd, paths, &l, r);
	assert_int_equal(r->n_outs, paths->n);
}

static void expect_bytes(const struct box_out *out, const char *want)
{
	auto_strbuf got = { 0 };

	assert_int_equal(fs_read_fd(out->fd, 2000, &got, NULL), 0);
	assert_int_equal(got.len, out->size);
	if (want)
		assert_string_equal(strbuf_str(&got), want);
	assert_int_equal(write(out->fd, "x", 1), -1);
}

static const struct {
	const char *path;
	enum box_out_state state;
	int64_t size;
	const char *bytes;
} rows[] = {
	{ "/work/a", BOX_OUT_KEPT, 7, "in work" },
	{ "/tmp/a", BOX_OUT_KEPT, 6, "in tmp" },
	{ "/dev/shm/a", BOX_OUT_KEPT, 6, "in shm" },
	{ "/work/sub/a", BOX_OUT_KEPT, 5, "below" },
	{ "/work/hard", BOX_OUT_KEPT, 7, "in work" },
	{ "/work/empty", BOX_OUT_KEPT, 0, "" },
	{ "/work/full", BOX_OUT_KEPT, 1000, NULL },
	{ "/work/over", BOX_OUT_TOO_LARGE, 1001, NULL },
	{ "/work/sparse", BOX_OUT_TOO_LARGE, 1LL << 40, NULL },
	{ "/work/none", BOX_OUT_ABSENT, -1, NULL },
	{ "/work/none/a", BOX_OUT_ABSENT, -1, NULL },
	{ "/work/a/a", BOX_OUT_ABSENT, -1, NULL },
	{ "/work/up", BOX_OUT_LINK, -1, NULL },
	{ "/work/same", BOX_OUT_LINK, -1, NULL },
	{ "/work/folder/a", BOX_OUT_LINK, -1, NULL },
	{ "/work/host/secret", BOX_OUT_LINK, -1, NULL },
	{ "/work/magic/0", BOX_OUT_LINK, -1, NULL },
	{ "/work/round", BOX_OUT_LINK, -1, NULL },
	{ "/work/round/a", BOX_OUT_LINK, -1, NULL },
	{ "/work/fifo", BOX_OUT_NOT_REGULAR, -1, NULL },
	{ "/work/socket", BOX_OUT_NOT_REGULAR, -1, NULL },
	{ "/work/sub", BOX_OUT_NOT_REGULAR, -1, NULL },
	{ "/work/closed_file", BOX_OUT_UNREADABLE, -1, NULL },
	{ "/work/closed/a", BOX_OUT_UNREADABLE, -1, NULL },
};

static void regular_files_of_the_disk_come_back_and_nothing_else(void **state)
{
	const struct disk *d = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_strvec paths = { 0 };
		struct box_result r;

		strvec_push(&paths, rows[i].path);
		collect(d->fd, &paths, 1000, &r);
		if (r.outs[0].state != rows[i].state)
			print_message("%s: %s\n", rows[i].path,
				      box_out_state_name(r.outs[0].state));
		assert_int_equal(r.outs[0].state, rows[i].state);
		assert_int_equal(r.outs[0].size, rows[i].size);
		assert_string_equal(r.outs[0].path, rows[i].path);
		if (rows[i].state == BOX_OUT_KEPT)
			expect_bytes(&r.outs[0], rows[i].bytes);
		else
			assert_int_equal(r.outs[0].fd, -1);
		box_result_release(&r);
	}
}

static void all_of_them_together_are_bounded_too(void **state)
{
	const struct disk *d = *state;
	auto_strvec paths = { 0 };
	struct box_result r;

	strvec_push(&paths, "/work/full");
	strvec_push(&paths, "/work/full");
	strvec_push(&paths, "/work/sparse"); /* takes nothing from the others */
	strvec_push(&paths, "/work/a");
	strvec_push(&paths, "/tmp/a");
	collect(d->fd, &paths, 1010, &r);
	assert_int_equal(r.outs[0].state, BOX_OUT_KEPT);
	assert_int_equal(r.outs[1].state, BOX_OUT_NO_ROOM);
	assert_int_equal(r.outs[2].state, BOX_OUT_TOO_LARGE);
	assert_int_equal(r.outs[3].state, BOX_OUT_KEPT);
	assert_int_equal(r.outs[4].state, BOX_OUT_NO_ROOM);
	box_result_release(&r);
}

static void without_a_disk_all_are_absent(void **state)
{
	auto_strvec paths = { 0 };
	struct box_result r;

	(void)state;
	strvec_push(&paths, "/work/a");
	collect(-1, &paths, 1000, &r);
	assert_int_equal(r.outs[0].state, BOX_OUT_ABSENT);
	box_result_release(&r);
}

/* In a process of its own: one name is a file, a link, a large file, a FIFO and nothing in turn. */
static _Noreturn void change_all_the_time(int work)
{
	int r = 0;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	while (r == 0) {
		int fd = openat(work, "next", O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

		r |= write(fd, "small", 5) != 5;
		r |= renameat(work, "next", work, "race");
		r |= symlinkat("../../secret", work, "next");
		r |= renameat(work, "next", work, "race");
		r |= symlinkat("a", work, "next");
		r |= renameat(work, "next", work, "race");
		r |= ftruncate(fd, 1 << 20);
		r |= linkat(AT_FDCWD, "/dev/null", work, "next", 0) == 0; /* another disk's */
		r |= mkfifoat(work, "next", 0644);
		r |= renameat(work, "next", work, "race");
		r |= unlinkat(work, "race", 0);
		(void)close(fd);
	}
	_exit(1);
}

static void a_file_that_changes_all_the_time_is_read_within_the_limit(void **state)
{
	const struct disk *d = *state;
	auto_close int work = openat(d->fd, "work", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_strvec paths = { 0 };
	int status = 0;
	int bad = 0;
	pid_t pid = fork();

	if (pid == 0)
		change_all_the_time(work);
	strvec_push(&paths, "/work/race");
	for (int i = 0; i < 20000; i++) {
		struct box_result r;

		collect(d->fd, &paths, 1000, &r);
		if (r.outs[0].state == BOX_OUT_KEPT)
			bad += r.outs[0].size != 5; /* neither the host's nor a larger one */
		bad += r.outs[0].state == BOX_OUT_FAILED;
		box_result_release(&r);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(bad, 0);
}

static void paths_that_are_not_plainly_on_the_disk_are_refused(void **state)
{
	static const char *const bad[] = {
		"/etc/passwd",   "/work",     "/work/",   "/work/../etc/passwd",
		"/work/..",      "/work/./a", "/work//a", "/work/a/",
		"work/a",        "",          "/",        "/workshop/a",
		"/box/a",        "/dev/null", "//work/a", "/shm/a",
		"/dev/shm/../a",
	};
	auto_free char *long_path = xcalloc(1, 2001);
	struct err err = { 0 };

	(void)state;
	memset(long_path, 'a', 2000);
	for (size_t i = 0; i < 6; i++)
		long_path[i] = "/work/"[i];
	for (size_t i = 0; i <= ARRAY_SIZE(bad); i++) {
		auto_strvec paths = { 0 };

		strvec_push(&paths, "/work/a");
		strvec_push(&paths, i < ARRAY_SIZE(bad) ? bad[i] : long_path);
		assert_int_equal(outfiles_check(&paths, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
	}
	auto_strvec many = { 0 };

	for (int i = 0; i <= BOX_MAX_OUTS; i++)
		strvec_push(&many, "/work/a");
	assert_int_equal(outfiles_check(&many, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regular_files_of_the_disk_come_back_and_nothing_else),
		cmocka_unit_test(all_of_them_together_are_bounded_too),
		cmocka_unit_test(without_a_disk_all_are_absent),
		cmocka_unit_test(a_file_that_changes_all_the_time_is_read_within_the_limit),
		cmocka_unit_test(paths_that_are_not_plainly_on_the_disk_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
