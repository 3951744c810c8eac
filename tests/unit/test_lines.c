/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of plain and gzip files. Files are memory files, opened by their /proc path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/lines.h"

/* ---- making files ---- */

static uint32_t crc_of(const char *s, size_t n)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)s[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return ~crc;
}

static void add_le(struct strbuf *sb, uint32_t v, int bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		strbuf_addch(sb, (char)(v & 0xff));
}

/* A gzip member (RFC 1952) of stored blocks. */
static void add_member(struct strbuf *sb, const char *s, size_t n)
{
	size_t done = 0;

	strbuf_add(sb, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
	do {
		size_t part = n - done < 0xffff ? n - done : 0xffff;

		strbuf_addch(sb, done + part == n);
		add_le(sb, (uint32_t)part, 2);
		add_le(sb, ~(uint32_t)part, 2);
		strbuf_add(sb, s + done, part);
		done += part;
	} while (done < n);
	add_le(sb, crc_of(s, n), 4);
	add_le(sb, (uint32_t)n, 4);
}

struct file {
	int fd;
	char path[64];
};

static struct file file_of(const void *data, size_t n)
{
	struct file f = { .fd = fs_memfd("test", data, n, NULL) };

	assert_true(f.fd >= 0);
	(void)snprintf(f.path, sizeof(f.path), "/proc/self/fd/%d", f.fd);
	return f;
}

/* All lines as "[line]" one after the other, then the error without its path, if there is one. */
static char *read_all(const char *path)
{
	struct strbuf out = { 0 };
	struct err err = { 0 };
	struct lines l;
	char *text;
	size_t len;
	int rc = lines_open(&l, path, &err);

	while (rc >= 0 && (rc = lines_next(&l, &text, &len, &err)) > 0) {
		assert_int_equal(text[len], 0);
		strbuf_addch(&out, '[');
		strbuf_add(&out, text, len);
		strbuf_addch(&out, ']');
	}
	if (rc < 0) {
		assert_int_equal(err.kind, ERR_INPUT);
		assert_memory_equal(err.msg, path, strlen(path));
		strbuf_addstr(&out, err.msg + strlen(path));
	}
	lines_close(&l);
	lines_close(&l);
	return strbuf_detach(&out);
}

static void expect(const void *data, size_t n, const char *expected)
{
	struct file f = file_of(data, n);
	char *out = read_all(f.path);

	assert_string_equal(out, expected);
	free(out);
	(void)close(f.fd);
}

/* ---- plain files ---- */

static const struct {
	const char *in, *out;
} texts[] = {
	{ "", "" },
	{ "\n", "[]" },
	{ "a", "[a]" },
	{ "a\n", "[a]" },
	{ "a\nb", "[a][b]" },
	{ "a\r\nb\r\n", "[a][b]" },
	{ "a\rb\n", "[a\rb]" },
	{ "\r\n\n", "[][]" },
	{ "a\n\n\nb\n", "[a][][][b]" },
	{ "\xef\xbb\xbf"
	  "a\n\xef\xbb\xbf"
	  "b\n",
	  "[a][\xef\xbb\xbf"
	  "b]" },
	{ "\xef\xbb\xbf\n", "[]" },
	{ "\xef\xbb", "[\xef\xbb]" },
	{ "\x1f\n", "[\x1f]" },
	{ "\x1f", "[\x1f]" },
};

static void text_is_split_at_newlines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		expect(texts[i].in, strlen(texts[i].in), texts[i].out);
}

static void gzip_gives_the_same_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct strbuf sb = { 0 };

		add_member(&sb, texts[i].in, strlen(texts[i].in));
		expect(sb.buf, sb.len, texts[i].out);
		strbuf_release(&sb);
	}
}

static void nul_bytes_are_part_of_a_line(void **state)
{
	struct file f = file_of("a\0b\nc", 5);
	struct lines l;
	char *text;
	size_t len;

	(void)state;
	assert_int_equal(lines_open(&l, f.path, NULL), 0);
	assert_int_equal(lines_next(&l, &text, &len, NULL), 1);
	assert_int_equal(len, 3);
	assert_memory_equal(text, "a\0b", 4);
	assert_int_equal(l.line, 1);
	assert_int_equal(lines_next(&l, &text, &len, NULL), 1);
	assert_int_equal(l.line, 2);
	assert_int_equal(lines_next(&l, &text, &len, NULL), 0);
	assert_int_equal(lines_next(&l, &text, &len, NULL), 0);
	lines_close(&l);
	(void)close(f.fd);
}

static void lines_may_be_longer_than_a_chunk(void **state)
{
	struct strbuf sb = { 0 };
	struct strbuf gz = { 0 };
	struct strbuf expected = { 0 };

	(void)state;
	for (int line = 0; line < 3; line++) {
		strbuf_addch(&expected, '[');
		for (int i = 0; i < 40000; i++) {
			strbuf_addstr(&sb, "abcdefg");
			strbuf_addstr(&expected, "abcdefg");
		}
		strbuf_addch(&sb, '\n');
		strbuf_addch(&expected, ']');
	}
	add_member(&gz, sb.buf, sb.len);
	expect(sb.buf, sb.len, expected.buf);
	expect(gz.buf, gz.len, expected.buf);
	strbuf_release(&sb);
	strbuf_release(&gz);
	strbuf_release(&expected);
}

static void a_line_over_the_bound_is_an_error(void **state)
{
	struct strbuf sb = { 0 };

	(void)state;
	strbuf_addstr(&sb, "a\n");
	memset(strbuf_grow(&sb, LINES_MAX_BYTES + 1), 'x', LINES_MAX_BYTES + 1);
	sb.len += LINES_MAX_BYTES + 1;
	expect(sb.buf, sb.len, "[a]:2: the line is longer than 64 MiB");
	strbuf_release(&sb);
}

/* ---- damaged gzip ---- */

static void members_may_follow_each_other(void **state)
{
	struct strbuf sb = { 0 };

	(void)state;
	add_member(&sb, "a\nb", 3);
	add_member(&sb, "", 0);
	add_member(&sb, "c\nd", 3);
	expect(sb.buf, sb.len, "[a][bc][d]");
	strbuf_release(&sb);
}

static void gzip_cut_anywhere_is_never_a_short_file(void **state)
{
	struct strbuf sb = { 0 };

	(void)state;
	add_member(&sb, "a\nb\n", 4);
	for (size_t n = 2; n < sb.len; n++) {
		struct file f = file_of(sb.buf, n);
		char *out = read_all(f.path);

		assert_non_null(strstr(out, ": gzip data is truncated"));
		free(out);
		(void)close(f.fd);
	}
	expect(sb.buf, sb.len - 1, "[a][b]:3: gzip data is truncated");
	expect(sb.buf, 2, ":1: gzip data is truncated");
	strbuf_release(&sb);
}

static void damaged_gzip_is_an_error(void **state)
{
	struct strbuf sb = { 0 };

	(void)state;
	add_member(&sb, "a\nb\n", 4);
	sb.buf[sb.len - 8] ^= 1;
	expect(sb.buf, sb.len, "[a][b]:3: gzip data is damaged");
	sb.buf[sb.len - 8] ^= 1;
	sb.buf[sb.len - 1] ^= 1;
	expect(sb.buf, sb.len, "[a][b]:3: gzip data is damaged");
	sb.buf[sb.len - 1] ^= 1;
	sb.buf[10] = 7;
	expect(sb.buf, sb.len, ":1: gzip data is damaged");
	strbuf_release(&sb);
}

static void bytes_after_gzip_are_an_error(void **state)
{
	static const struct {
		const char *s;
		size_t n;
	} tails[] = {
		{ "x", 1 }, { "\0", 1 }, { "\0\0\0\0", 4 }, { "\x1f", 1 }, { "\x1f\x8c", 2 }
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tails); i++) {
		struct strbuf sb = { 0 };

		add_member(&sb, "a\n", 2);
		strbuf_add(&sb, tails[i].s, tails[i].n);
		expect(sb.buf, sb.len, "[a]:2: gzip data is damaged (other bytes follow it)");
		strbuf_release(&sb);
	}
}

/* ---- what is opened ---- */

static void pipes_are_read_to_their_end(void **state)
{
	struct strbuf gz = { 0 };
	char path[64];
	int fds[2];
	char *out;

	(void)state;
	add_member(&gz, "a\nb\n", 4);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], gz.buf, gz.len), (ssize_t)gz.len);
	(void)close(fds[1]);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	out = read_all(path);
	assert_string_equal(out, "[a][b]");
	free(out);
	(void)close(fds[0]);
	strbuf_release(&gz);
}

static void only_files_and_pipes_are_opened(void **state)
{
	static const struct {
		const char *path, *message;
	} cases[] = {
		{ "/", ": is a directory" },
		{ "/dev/null", ": is neither a file nor a pipe" },
		{ "/dev/zero", ": is neither a file nor a pipe" },
		{ "/no/such/file", ": No such file or directory" },
		{ "", ": No such file or directory" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *out = read_all(cases[i].path);

		assert_string_equal(out, cases[i].message);
		free(out);
	}
}

static void sockets_are_refused(void **state)
{
	char path[64];
	int fds[2];
	char *out;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	out = read_all(path);
	assert_string_equal(out, ": is neither a file nor a pipe");
	free(out);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += lseek(fd, 0, SEEK_CUR) >= 0 || isatty(fd);
	return n;
}

static void no_descriptor_is_left_behind(void **state)
{
	struct file f = file_of("\x1f\x8b", 2);
	int before = open_descriptors();

	(void)state;
	for (int i = 0; i < 10; i++)
		free(read_all(f.path));
	free(read_all("/"));
	assert_int_equal(open_descriptors(), before);
	(void)close(f.fd);
}

static void a_real_data_set_is_read_whole(void **state)
{
	const char *shared = getenv("ASSAY_SHARED");
	auto_free char *path = xstrfmt("%s/data/HumanEval.jsonl.gz", shared ? shared : "../shared");
	struct lines l;
	char *text;
	size_t len;
	int rc;

	(void)state;
	if (access(path, R_OK)) {
		print_message("SKIP: %s is not here (set ASSAY_SHARED)\n", path);
		free(take_ptr(path)); /* skip() jumps past its release */
		skip();
	}
	assert_int_equal(lines_open(&l, path, NULL), 0);
	while ((rc = lines_next(&l, &text, &len, NULL)) > 0)
		assert_true(len > 2 && text[0] == '{' && text[len - 1] == '}');
	assert_int_equal(rc, 0);
	assert_int_equal(l.line, 164);
	lines_close(&l);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_split_at_newlines),
		cmocka_unit_test(gzip_gives_the_same_lines),
		cmocka_unit_test(nul_bytes_are_part_of_a_line),
		cmocka_unit_test(lines_may_be_longer_than_a_chunk),
		cmocka_unit_test(a_line_over_the_bound_is_an_error),
		cmocka_unit_test(members_may_follow_each_other),
		cmocka_unit_test(gzip_cut_anywhere_is_never_a_short_file),
		cmocka_unit_test(damaged_gzip_is_an_error),
		cmocka_unit_test(bytes_after_gzip_are_an_error),
		cmocka_unit_test(pipes_are_read_to_their_end),
		cmocka_unit_test(only_files_and_pipes_are_opened),
		cmocka_unit_test(sockets_are_refused),
		cmocka_unit_test(no_descriptor_is_left_behind),
		cmocka_unit_test(a_real_data_set_is_read_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
