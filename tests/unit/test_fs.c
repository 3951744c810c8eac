/* SPDX-License-Identifier: Apache-2.0 */
/* Files: bounded reads, whole writes, replacement that leaves no halves, sealed memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"

/* Each test runs in a fresh folder of its own, which is the current one. */
static int enter_folder(void **state)
{
	const char *base = getenv("TMPDIR");
	char *dir = xstrfmt("%s/assay-fs-XXXXXX", base ? base : "/tmp");

	*state = mkdtemp(dir);
	return *state && chdir(dir) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)execlp("rm", "rm", "-rf", (char *)*state, (char *)NULL);
		_exit(127);
	}
	if (chdir("/") < 0 || pid < 0 || waitpid(pid, NULL, 0) != pid)
		return -1;
	free(*state);
	return 0;
}

static void put(const char *path, const char *text)
{
	auto_fclose FILE *f = fopen(path, "we");

	assert_non_null(f);
	(void)fputs(text, f);
}

static void assert_holds(const char *path, const char *text)
{
	auto_strbuf sb = { 0 };
	struct err err = { 0 };

	assert_int_equal(fs_read_file(path, 1 << 20, &sb, &err), 0);
	assert_string_equal(strbuf_str(&sb), text);
}

/* How many names the current folder holds. */
static int count_names(void)
{
	DIR *d = opendir(".");
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	(void)closedir(d);
	return n - 2;
}

static void a_file_is_read_whole_up_to_its_bound(void **state)
{
	auto_strbuf sb = { 0 };
	struct err err = { 0 };

	(void)state;
	put("f", "0123456789");
	strbuf_addstr(&sb, "head:");
	assert_int_equal(fs_read_file("f", 10, &sb, &err), 0);
	assert_string_equal(sb.buf, "head:0123456789");
	assert_int_equal(fs_read_file("f", 9, &sb, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_string_equal(err.msg, "'f' is larger than 9 bytes");
	assert_string_equal(sb.buf, "head:0123456789");
	assert_int_equal(fs_read_file("/dev/null", 0, &sb, &err), 0);
	assert_int_equal(fs_read_file("/dev/zero", 300000, &sb, &err), -1);
	assert_int_equal(sb.len, 15);
	assert_int_equal(fs_read_file("f", SIZE_MAX, &sb, &err), 0);
	assert_int_equal(sb.len, 25);
}

static void what_cannot_be_read_is_named(void **state)
{
	static const struct {
		const char *path, *msg;
	} cases[] = {
		{ "none", "cannot open 'none': No such file or directory" },
		{ ".", "cannot read '.': Is a directory" },
		{ "f/x", "cannot open 'f/x': Not a directory" },
		{ "", "cannot open '': No such file or directory" },
	};

	(void)state;
	put("f", "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_strbuf sb = { 0 };
		struct err err = { 0 };

		assert_int_equal(fs_read_file(cases[i].path, 10, &sb, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_string_equal(err.msg, cases[i].msg);
	}
}

static void a_descriptor_is_read_to_its_end(void **state)
{
	auto_strbuf sb = { 0 };
	struct err err = { 0 };
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fs_write_all(fds[1], "abc", 3, &err), 0);
	close_fd(&fds[1]);
	assert_int_equal(fs_read_fd(fds[0], 3, &sb, &err), 0);
	assert_string_equal(sb.buf, "abc");
	close_fd(&fds[0]);
	assert_int_equal(fs_read_fd(-1, 3, &sb, &err), -1);
	assert_int_equal(err.kind, ERR_HARNESS);
	assert_int_equal(err.sys_errno, EBADF);
	assert_int_equal(fs_write_all(-1, "x", 1, &err), -1);
	assert_int_equal(fs_write_all(-1, NULL, 0, &err), 0);
}

static void a_full_pipe_that_does_not_block_still_takes_all(void **state)
{
	const size_t n = 1000000;
	auto_free char *data = xcalloc(1, n);
	struct err err = { 0 };
	int status = 0;
	int fds[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		auto_strbuf sb = { 0 };

		close_fd(&fds[1]);
		if (fs_read_fd(fds[0], n, &sb, NULL) < 0)
			_exit(1);
		_exit(sb.len == n ? 0 : 2);
	}
	assert_int_equal(fs_write_all(fds[1], data, n, &err), 0);
	close_fd(&fds[1]);
	close_fd(&fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void folders_are_made_with_their_parents(void **state)
{
	static const char *const good[] = { "a", "a/b/c", "a//b///d/", "./e", "link/f", "/", "." };
	static const char *const bad[] = { "file", "file/x", "", "/proc/none/x" };
	struct err err = { 0 };
	struct stat st;

	(void)state;
	put("file", "");
	assert_int_equal(mkdir("real", 0755), 0);
	assert_int_equal(symlink("real", "link"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(fs_mkdir_p(good[i], &err), 0);
		assert_int_equal(stat(good[i], &st), 0);
		assert_true(S_ISDIR(st.st_mode));
	}
	assert_int_equal(stat("a/b/c", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat("real/f", &st), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(fs_mkdir_p(bad[i], &err), -1);
	assert_int_equal(fs_mkdir_p("file", &err), -1);
	assert_string_equal(err.msg, "cannot make folder 'file': Not a directory");
}

static void names_are_joined_with_one_slash(void **state)
{
	static const struct {
		const char *dir, *name, *want;
	} cases[] = {
		{ "a", "b", "a/b" },     { "a/", "b", "a/b" },
		{ "a//", "/b", "a/b" },  { "/", "b", "/b" },
		{ "", "b", "b" },        { "", "/b", "/b" },
		{ "a", "", "a" },        { "a/b/../c", "d", "a/b/../c/d" },
		{ ".", "./x", "././x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_strbuf sb = { 0 };

		fs_join(&sb, cases[i].dir, cases[i].name);
		assert_string_equal(strbuf_str(&sb), cases[i].want);
	}
}

static void a_memory_file_can_be_read_and_never_changed(void **state)
{
	struct err err = { 0 };
	auto_close int fd = fs_memfd("input", "hello", 5, &err);
	auto_close int again = -1;
	auto_strbuf sb = { 0 };
	char path[64];

	(void)state;
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fs_read_fd(fd, 100, &sb, &err), 0);
	assert_string_equal(sb.buf, "hello");
	assert_int_equal(pwrite(fd, "J", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 10), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	assert_ptr_equal(mmap(NULL, 5, PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(again < 0 ? -1 : (int)write(again, "J", 1), -1);
	assert_holds(path, "hello");
}

static void output_appears_whole_at_commit(void **state)
{
	struct fs_out out = { 0 };
	struct err err = { 0 };
	auto_free char *big = xcalloc(1, 200001);
	struct stat st;
	mode_t old = umask(027);

	(void)state;
	memset(big, 'b', 200000);
	assert_int_equal(fs_out_open(&out, "f", &err), 0);
	assert_true(fcntl(out.fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fs_out_write(&out, "a", 1, &err), 0);
	assert_int_equal(fs_out_write(&out, big, 200000, &err), 0);
	assert_int_equal(fs_out_write(&out, "c", 1, &err), 0);
	assert_int_equal(access("f", F_OK), -1);
	assert_int_equal(fs_out_commit(&out, &err), 0);
	fs_out_release(&out);
	fs_out_release(&out);
	(void)umask(old);
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_size, 200002);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(count_names(), 1);
}

static void output_without_commit_leaves_all_as_it_was(void **state)
{
	struct fs_out out = { 0 };
	struct fs_out never = { 0 };
	struct err err = { 0 };

	(void)state;
	put("old", "old");
	assert_int_equal(fs_out_open(&out, "old", &err), 0);
	assert_int_equal(fs_out_write(&out, "new", 3, &err), 0);
	fs_out_release(&out);
	assert_int_equal(fs_out_open(&out, "fresh", &err), 0);
	fs_out_release(&out);
	assert_holds("old", "old");
	assert_int_equal(count_names(), 1);
	/* Descriptor 0 of an object that was never opened is not its own. */
	fs_out_release(&never);
	assert_true(fcntl(0, F_GETFD) >= 0 || errno != EBADF);
}

static void replacing_follows_links_and_keeps_the_mode(void **state)
{
	struct fs_out out = { 0 };
	struct err err = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(mkdir("d", 0700), 0);
	put("d/real", "old");
	assert_int_equal(chmod("d/real", 0600), 0);
	assert_int_equal(symlink("d/real", "link"), 0);
	assert_int_equal(fs_out_open(&out, "link", &err), 0);
	assert_int_equal(fs_out_write(&out, "new", 3, &err), 0);
	assert_int_equal(fs_out_commit(&out, &err), 0);
	fs_out_release(&out);
	assert_holds("d/real", "new");
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat("d/real", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_target_that_cannot_be_written_shows_at_open(void **state)
{
	static const struct {
		const char *path, *msg;
	} cases[] = {
		{ "d", "cannot write 'd': Is a directory" },
		{ "none/x", "cannot write 'none/x': No such file or directory" },
		{ "new/", "cannot write 'new/': Is a directory" },
		{ "f/x", "cannot write 'f/x': Not a directory" },
		{ "", "cannot write '': No such file or directory" },
	};

	(void)state;
	put("f", "");
	assert_int_equal(mkdir("d", 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fs_out out = { 0 };
		struct err err = { 0 };

		assert_int_equal(fs_out_open(&out, cases[i].path, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_string_equal(err.msg, cases[i].msg);
		fs_out_release(&out);
	}
	assert_int_equal(count_names(), 2);
}

static void a_file_without_write_permission_shows_at_open(void **state)
{
	const bool is_root = geteuid() == 0;
	struct fs_out out = { 0 };
	struct err err = { 0 };
	int r;

	(void)state;
	put("f", "old");
	assert_int_equal(chmod("f", 0444), 0);
	assert_int_equal(chmod(".", 0777), 0);
	/* Permissions do not bind root, who becomes somebody else for this. */
	assert_int_equal(is_root ? seteuid(65534) : 0, 0);
	r = fs_out_open(&out, "f", &err);
	assert_int_equal(is_root ? seteuid(0) : 0, 0);
	assert_int_equal(r, -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_string_equal(err.msg, "cannot write 'f': Permission denied");
}

static void what_is_no_regular_file_is_written_straight(void **state)
{
	struct fs_out out = { 0 };
	struct err err = { 0 };
	auto_close int fifo = -1;
	struct stat st;
	char buf[8];

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	fifo = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fifo >= 0);
	assert_int_equal(fs_out_open(&out, "fifo", &err), 0);
	assert_int_equal(fs_out_write(&out, "abc", 3, &err), 0);
	assert_int_equal(fs_out_commit(&out, &err), 0);
	fs_out_release(&out);
	assert_int_equal(read(fifo, buf, sizeof(buf)), 3);
	assert_int_equal(stat("fifo", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(count_names(), 1);
}

static void a_full_disk_shows_at_the_latest_at_commit(void **state)
{
	struct fs_out out = { 0 };
	struct err err = { 0 };

	(void)state;
	if (access("/dev/full", W_OK) < 0) {
		print_message("SKIP: no /dev/full here\n");
		skip();
	}
	assert_int_equal(fs_out_open(&out, "/dev/full", &err), 0);
	assert_int_equal(fs_out_write(&out, "abc", 3, &err), 0);
	assert_int_equal(fs_out_commit(&out, &err), -1);
	assert_int_equal(err.kind, ERR_HARNESS);
	assert_string_equal(err.msg, "cannot write '/dev/full': No space left on device");
	fs_out_release(&out);
}

/* The parent's standard output is not touched: a child writes to a file in its place. */
static void standard_output_comes_after_what_was_printed(void **state)
{
	static const char *const names[] = { "-", "/dev/stdout" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int status = 0;
		pid_t pid;

		(void)fflush(NULL);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			struct fs_out out = { 0 };
			int bad = !freopen("stdout", "we", stdout);

			bad |= dup2(fileno(stdout), STDOUT_FILENO) < 0;
			bad |= printf("first ") < 0;
			bad |= fs_out_open(&out, names[i], NULL) < 0;
			bad |= fs_out_write(&out, "second", 6, NULL) < 0;
			bad |= fs_out_commit(&out, NULL) < 0;
			fs_out_release(&out);
			bad |= fcntl(STDOUT_FILENO, F_GETFD) < 0;
			_exit(bad);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		assert_holds("stdout", "first second");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_folder, leave_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_read_whole_up_to_its_bound),
		TEST(what_cannot_be_read_is_named),
		TEST(a_descriptor_is_read_to_its_end),
		TEST(a_full_pipe_that_does_not_block_still_takes_all),
		TEST(folders_are_made_with_their_parents),
		TEST(names_are_joined_with_one_slash),
		TEST(a_memory_file_can_be_read_and_never_changed),
		TEST(output_appears_whole_at_commit),
		TEST(output_without_commit_leaves_all_as_it_was),
		TEST(replacing_follows_links_and_keeps_the_mode),
		TEST(a_target_that_cannot_be_written_shows_at_open),
		TEST(a_file_without_write_permission_shows_at_open),
		TEST(what_is_no_regular_file_is_written_straight),
		TEST(a_full_disk_shows_at_the_latest_at_commit),
		TEST(standard_output_comes_after_what_was_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
