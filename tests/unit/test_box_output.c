/* SPDX-License-Identifier: Apache-2.0 */
/* What comes out of boxes of the real server: output in any amount, and files. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/loop.h"
#include "sandbox/box.h"

struct bench {
	struct loop *loop;
	struct box_client *client;
	struct box_result r; /* of the last box; its buffers are ours */
	int n_outs;
	struct {
		enum box_out_state state;
		char bytes[64];
	} outs[BOX_MAX_OUTS];
};

static void copy_bytes(struct strbuf *to, const struct strbuf *from)
{
	*to = (struct strbuf){ 0 };
	strbuf_add(to, strbuf_str(from), from->len);
}

static void take(const struct box_result *r, void *data)
{
	struct bench *b = data;

	b->r = *r;
	copy_bytes(&b->r.out, &r->out);
	copy_bytes(&b->r.err, &r->err);
	b->r.outs = NULL;
	b->r.n_outs = 0;
	b->n_outs = r->n_outs;
	memset(b->outs, 0, sizeof(b->outs));
	for (int i = 0; i < r->n_outs; i++) {
		b->outs[i].state = r->outs[i].state;
		if (r->outs[i].fd >= 0)
			assert_int_equal(pread(r->outs[i].fd, b->outs[i].bytes, 63, 0),
					 r->outs[i].size < 63 ? r->outs[i].size : 63);
	}
	if (r->message[0])
		print_message("%s: %s\n", box_end_name(r->end), r->message);
	loop_stop(b->loop);
}

static int set_up(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	struct err err = { 0 };

	*state = b;
	if (loop_new(&b->loop, &err) < 0)
		return -1;
	if (box_client_new(b->loop, BOX_LEVEL_STANDARD, &b->client, &err) < 0) {
		print_message("SKIP: no box can be made here: %s\n", err.msg);
		b->client = NULL;
	}
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	box_result_release(&b->r);
	box_client_free(b->client);
	loop_free(b->loop);
	free(b);
	return 0;
}

static struct bench *need_boxes(void **state)
{
	struct bench *b = *state;

	if (!b->client)
		skip();
	return b;
}

static void run_spec(struct bench *b, struct box_spec *spec)
{
	struct box_handle *h;
	struct err err = { 0 };

	box_result_release(&b->r);
	assert_int_equal(box_start(b->client, spec, take, b, &h, &err), 0);
	assert_int_equal(loop_run(b->loop, &err), 0);
	box_spec_release(spec);
}

static void init_python(struct box_spec *spec, const char *program)
{
	box_spec_init(spec);
	strvec_push(&spec->argv, "/usr/bin/python3");
	strvec_push(&spec->argv, "-ISc");
	strvec_push(&spec->argv, program);
	spec->limits.wall_ms = 10000;
	spec->limits.cpu_ms = 10000;
}

static void run_python(struct bench *b, const char *program)
{
	struct box_spec spec;

	init_python(&spec, program);
	run_spec(b, &spec);
}

#define LINE 100

/* Is this piece what a stream of numbered lines has from byte `at` on? */
static void expect_lines(const char *piece, size_t n, int64_t at)
{
	for (size_t i = 0; i < n; i++) {
		char line[LINE + 1];
		int64_t here = at + (int64_t)i;

		(void)snprintf(line, sizeof(line), "%099lld\n", (long long)(here / LINE));
		if (piece[i] != line[here % LINE])
			fail_msg("byte %lld is not what was written", (long long)here);
	}
}

static void expect_head_and_tail(const struct strbuf *kept, int64_t head, int64_t total)
{
	assert_int_equal(kept->len, 65536);
	assert_int_equal(head, 32768);
	expect_lines(kept->buf, 32768, 0);
	expect_lines(kept->buf + 32768, 32768, total - 32768);
}

/* 100 MB on each stream, in lines that tell where they stand. */
static const char flood[] = "import os\n"
			    "for i in range(0, 1000000, 1000):\n"
			    "    text = b''.join(b'%099d\\n' % n for n in range(i, i + 1000))\n"
			    "    os.write(1, text)\n"
			    "    os.write(2, text)\n";

static void a_flood_on_both_streams_is_told_by_head_and_tail(void **state)
{
	struct bench *b = need_boxes(state);

	run_python(b, flood);
	assert_int_equal(b->r.end, BOX_OUTPUT_LIMIT);
	assert_int_equal(b->r.exit_code, 0); /* it ended by itself */
	assert_int_equal(b->r.stdout_bytes, 100000000);
	assert_int_equal(b->r.stderr_bytes, 100000000);
	expect_head_and_tail(&b->r.out, b->r.stdout_head, b->r.stdout_bytes);
	expect_head_and_tail(&b->r.err, b->r.stderr_head, b->r.stderr_bytes);
	assert_null(box_result_stdout(&b->r));
}

static const struct {
	const char *program;
	int64_t limit;
	enum box_end end;
	int64_t total;
} limits[] = {
	{ "import os\nos.write(1, b'x' * 5000)\nos.write(2, b'y' * 5000)", 10000, BOX_EXITED,
	  10000 },
	{ "import os\nos.write(1, b'x' * 5000)\nos.write(2, b'y' * 5001)", 10000, BOX_OUTPUT_LIMIT,
	  10001 },
	{ "import os\nfor _ in range(256): os.write(1, b'x' * 65536)", 16 << 20, BOX_EXITED,
	  16 << 20 },
	{ "import os\nfor _ in range(256): os.write(1, b'x' * 65536)\nos.write(2, b'y')", 16 << 20,
	  BOX_OUTPUT_LIMIT, (16 << 20) + 1 },
	/* one stream closed, all on the other */
	{ "import os\nos.close(1)\nfor _ in range(20): os.write(2, b'y' * 65536)", 1 << 20,
	  BOX_OUTPUT_LIMIT, 20 * 65536L },
	/* a limit that was passed stays passed, whatever ends the program */
	{ "import os\nos.write(1, b'x' * 10001)\nos.kill(os.getpid(), 9)", 10000, BOX_OUTPUT_LIMIT,
	  10001 },
	{ "import os\nos.write(1, b'x' * 10000)\nos._exit(3)", 10000, BOX_EXITED, 10000 },
	/* in packets, of which a short read would lose the rest */
	{ "import os, fcntl\nfcntl.fcntl(1, fcntl.F_SETFL, os.O_DIRECT)\n"
	  "for _ in range(1000): os.write(1, b'x' * 4000)",
	  4000000, BOX_EXITED, 4000000 },
};

static void the_limit_is_exact(void **state)
{
	struct bench *b = need_boxes(state);

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		struct box_spec spec;

		init_python(&spec, limits[i].program);
		spec.limits.output_bytes = limits[i].limit;
		spec.limits.keep_bytes = 10; /* next to nothing, so that all else is thrown away */
		run_spec(b, &spec);
		assert_int_equal(b->r.end, limits[i].end);
		assert_int_equal(b->r.stdout_bytes + b->r.stderr_bytes, limits[i].total);
	}
}

static void a_flood_without_end_is_ended_before_its_time(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_spec spec;

	init_python(&spec, "import os\nwhile True: os.write(1, b'x' * 65536)");
	spec.limits.output_bytes = 1 << 20;
	spec.limits.wall_ms = spec.limits.cpu_ms = 60000;
	run_spec(b, &spec);
	assert_int_equal(b->r.end, BOX_OUTPUT_LIMIT);
	assert_true(b->r.wall_ns < 30 * NS_PER_SEC);
	assert_true(b->r.stdout_bytes > BOX_OUTPUT_DRAINED);
	assert_true(b->r.stdout_bytes < BOX_OUTPUT_DRAINED + (8 << 20));
}

static void a_slow_flood_is_no_time_limit(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_spec spec;

	init_python(&spec, "import os\nos.write(1, b'x' * 3000)\nwhile True: pass");
	spec.limits.output_bytes = 1000;
	spec.limits.cpu_ms = 200;
	run_spec(b, &spec);
	assert_int_equal(b->r.end, BOX_OUTPUT_LIMIT);
	assert_int_equal(b->r.stdout_bytes, 3000);
}

static void every_byte_comes_as_it_was(void **state)
{
	struct bench *b = need_boxes(state);

	run_python(b,
		   "import os\nos.write(1, bytes(range(256)) * 10)\nos.write(2, b'\\xff\\0\\xc3')");
	assert_int_equal(b->r.out.len, 2560);
	for (size_t i = 0; i < 2560; i++)
		assert_int_equal((unsigned char)b->r.out.buf[i], i % 256);
	assert_ptr_equal(box_result_stdout(&b->r), &b->r.out);
	assert_int_equal(b->r.err.len, 3);
	assert_memory_equal(b->r.err.buf, "\xff\0\xc3", 3);
}

static void what_orphans_print_after_the_end_does_not_count_on(void **state)
{
	struct bench *b = need_boxes(state);

	run_python(b, "import os\nos.write(1, b'first')\nif os.fork() == 0:\n"
		      "    while True: os.write(1, b'x' * 65536)\nos._exit(0)");
	assert_int_equal(b->r.exit_code, 0);
	assert_true(b->r.end == BOX_EXITED || b->r.end == BOX_OUTPUT_LIMIT);
	assert_memory_equal(b->r.out.buf, "first", 5);
	assert_true(b->r.wall_ns < 5 * NS_PER_SEC);
}

static void a_reader_that_waits_keeps_neither_box_nor_limits_waiting(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_spec spec;
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	init_python(&spec, "import os\nfor _ in range(100): os.write(1, b'x' * 65536)");
	spec.stdout_fd = p[1]; /* nobody reads it */
	run_spec(b, &spec);
	assert_int_equal(b->r.end, BOX_EXITED);
	assert_int_equal(b->r.stdout_bytes, 6553600);
	(void)close(p[1]);
	for (int64_t left = 6553600; left > 0;) { /* and all of it is there, after the box */
		char buf[65536];
		ssize_t n = read(p[0], buf, sizeof(buf));

		assert_true(n > 0);
		left -= n;
	}
	(void)close(p[0]);
}

#define AT_ONCE 24L

struct crowd {
	struct loop *loop;
	int left, wrong;
};

static void count(const struct box_result *r, void *data)
{
	struct crowd *c = data;

	c->wrong += r->end != BOX_OUTPUT_LIMIT || r->stdout_bytes != 20 << 20 ||
		    r->stderr_bytes != 20 << 20;
	if (--c->left == 0)
		loop_stop(c->loop);
}

/* Of the server: the most memory that it ever had, in KiB. */
static long high_water(const struct bench *b)
{
	auto_free char *path = xstrfmt("/proc/%d/status", box_client_pid(b->client));
	auto_strbuf text = { 0 };

	assert_int_equal(fs_read_file(path, 65536, &text, NULL), 0);
	const char *line = strstr(strbuf_str(&text), "\nVmHWM:");

	assert_non_null(line);
	return strtol(line + 7, NULL, 10);
}

static void floods_of_many_boxes_take_no_memory_of_the_server(void **state)
{
	struct bench *b = need_boxes(state);
	struct crowd c = { .loop = b->loop, .left = (int)AT_ONCE };
	long before = high_water(b);
	struct err err = { 0 };
	struct box_spec spec;

	init_python(&spec, "import os\nfor _ in range(320):\n"
			   "    os.write(1, b'x' * 65536); os.write(2, b'y' * 65536)");
	spec.limits.output_bytes = 1 << 20;
	spec.limits.wall_ms = 60000;
	for (int i = 0; i < AT_ONCE; i++) {
		struct box_handle *h;

		assert_int_equal(box_start(b->client, &spec, count, &c, &h, &err), 0);
	}
	assert_int_equal(loop_run(b->loop, &err), 0);
	box_spec_release(&spec);
	assert_int_equal(c.wrong, 0);
	/* what is kept of both streams, and as much again for all else that a box has */
	assert_true(high_water(b) - before < AT_ONCE * 2 * 128);
}

/* ---- files ---- */

static void declared_files_come_back(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_spec spec;

	init_python(&spec, "import os\n"
			   "open('/work/a', 'w').write('in work')\n"
			   "os.mkdir('/tmp/sub'); open('/tmp/sub/b', 'w').write('in tmp')\n"
			   "open('/dev/shm/c', 'w').write('in shm')\n"
			   "os.symlink('/etc/passwd', '/work/link')\n"
			   "open('/work/large', 'w').truncate(5000)\n"
			   "os._exit(7)");
	static const struct {
		const char *path;
		enum box_out_state state;
		const char *bytes;
	} files[] = {
		{ "/work/a", BOX_OUT_KEPT, "in work" },   { "/tmp/sub/b", BOX_OUT_KEPT, "in tmp" },
		{ "/dev/shm/c", BOX_OUT_KEPT, "in shm" }, { "/work/link", BOX_OUT_LINK, "" },
		{ "/work/large", BOX_OUT_TOO_LARGE, "" }, { "/work/none", BOX_OUT_ABSENT, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		strvec_push(&spec.outs, files[i].path);
	spec.limits.out_file_bytes = 4999;
	run_spec(b, &spec);
	assert_int_equal(b->r.end, BOX_EXITED);
	assert_int_equal(b->r.exit_code, 7);
	assert_int_equal(b->n_outs, ARRAY_SIZE(files));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		assert_int_equal(b->outs[i].state, files[i].state);
		assert_string_equal(b->outs[i].bytes, files[i].bytes);
	}
	run_python(b, "pass"); /* that asks for none */
	assert_int_equal(b->n_outs, 0);
}

static void a_file_of_a_box_that_was_killed_comes_back_too(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_spec spec;

	init_python(&spec, "open('/work/a', 'w').write('so far')\nwhile True: pass");
	spec.limits.cpu_ms = 300;
	strvec_push(&spec.outs, "/work/a");
	run_spec(b, &spec);
	assert_int_equal(b->r.end, BOX_CPU_LIMIT);
	assert_string_equal(b->outs[0].bytes, "so far");
}

static void a_file_that_is_replaced_until_the_end_is_never_a_link(void **state)
{
	struct bench *b = need_boxes(state);

	for (int i = 0; i < 20; i++) {
		struct box_spec spec;

		init_python(&spec,
			    "import os\nif os.fork(): os._exit(0)\n"
			    "while True:\n"
			    "    open('/work/n', 'w').write('x'); os.rename('/work/n', '/work/a')\n"
			    "    os.symlink('/etc/hosts', '/work/n'); os.rename('/work/n', "
			    "'/work/a')\n");
		strvec_push(&spec.outs, "/work/a");
		run_spec(b, &spec);
		assert_int_equal(b->r.end, BOX_EXITED);
		assert_true(b->outs[0].state == BOX_OUT_ABSENT ||
			    b->outs[0].state == BOX_OUT_LINK || b->outs[0].state == BOX_OUT_KEPT);
		assert_true(strlen(b->outs[0].bytes) <= 1);
	}
}

static void a_path_outside_is_refused(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_spec spec;

	init_python(&spec, "pass");
	strvec_push(&spec.outs, "/etc/passwd");
	run_spec(b, &spec);
	assert_int_equal(b->r.end, BOX_SETUP_FAILED);
	assert_non_null(strstr(b->r.message, "/etc/passwd"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flood_on_both_streams_is_told_by_head_and_tail),
		cmocka_unit_test(the_limit_is_exact),
		cmocka_unit_test(a_flood_without_end_is_ended_before_its_time),
		cmocka_unit_test(a_slow_flood_is_no_time_limit),
		cmocka_unit_test(every_byte_comes_as_it_was),
		cmocka_unit_test(what_orphans_print_after_the_end_does_not_count_on),
		cmocka_unit_test(a_reader_that_waits_keeps_neither_box_nor_limits_waiting),
		cmocka_unit_test(floods_of_many_boxes_take_no_memory_of_the_server),
		cmocka_unit_test(declared_files_come_back),
		cmocka_unit_test(a_file_of_a_box_that_was_killed_comes_back_too),
		cmocka_unit_test(a_file_that_is_replaced_until_the_end_is_never_a_link),
		cmocka_unit_test(a_path_outside_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
