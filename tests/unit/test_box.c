/* SPDX-License-Identifier: Apache-2.0 */
/* The client of the box server and the real server: programs, limits, descriptors, its death. */
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
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/loop.h"
#include "sandbox/box.h"
#include "sandbox/layers.h"

struct bench {
	struct loop *loop;
	struct box_client *client;
};

/* One answer, copied out of the callback. */
struct answer {
	bool is_there;
	struct box_result r;
	char out[256];
	struct loop *loop;
};

static void take(const struct box_result *r, void *data)
{
	struct answer *a = data;

	assert_false(a->is_there);
	a->is_there = true;
	a->r = *r;
	if (r->message[0])
		print_message("%s: %s\n", box_end_name(r->end), r->message);
	(void)snprintf(a->out, sizeof(a->out), "%s", strbuf_str(&r->out));
	loop_stop(a->loop);
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

static void run_spec(struct bench *b, const struct box_spec *spec, struct answer *a)
{
	struct box_handle *h;
	struct err err = { 0 };

	memset(a, 0, sizeof(*a));
	a->loop = b->loop;
	assert_int_equal(box_start(b->client, spec, take, a, &h, &err), 0);
	assert_int_equal(loop_run(b->loop, &err), 0);
	assert_true(a->is_there);
}

static void run_shell(struct bench *b, const char *script, struct answer *a)
{
	struct box_spec spec;

	box_spec_init(&spec);
	strvec_push(&spec.argv, "/bin/sh");
	strvec_push(&spec.argv, "-c");
	strvec_push(&spec.argv, script);
	spec.limits.wall_ms = 5000;
	run_spec(b, &spec, a);
	box_spec_release(&spec);
}

static const struct {
	const char *script;
	enum box_end end;
	int exit_code, signal;
	const char *out;
} scripts[] = {
	{ "echo hello", BOX_EXITED, 0, 0, "hello\n" },
	{ "exit 7", BOX_EXITED, 7, 0, "" },
	{ "kill -SEGV $$", BOX_SIGNALED, -1, SIGSEGV, "" },
	{ "pwd; id -u; hostname", BOX_EXITED, 0, 0, "/work\n1000\nbox\n" },
	{ "cat", BOX_EXITED, 0, 0, "" }, /* standard input is at its end */
	{ "echo $HOME $TMPDIR; echo x > /tmp/f && echo y > /work/g && echo written", BOX_EXITED, 0,
	  0, "/work /tmp\nwritten\n" },
	{ "ls /tmp /work", BOX_EXITED, 0, 0, "/tmp:\n\n/work:\n" }, /* nothing of the run before */
};

static void ends_are_told_as_they_were(void **state)
{
	struct bench *b = need_boxes(state);

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct answer a;

		run_shell(b, scripts[i].script, &a);
		assert_int_equal(a.r.end, scripts[i].end);
		assert_int_equal(a.r.exit_code, scripts[i].exit_code);
		assert_int_equal(a.r.signal, scripts[i].signal);
		assert_string_equal(a.out, scripts[i].out);
		assert_int_equal(a.r.layers & LAYER_BIT(LAYER_SECCOMP), LAYER_BIT(LAYER_SECCOMP));
	}
}

static void a_missing_program_is_no_set_up_failure(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_spec spec;
	struct answer a;

	box_spec_init(&spec);
	strvec_push(&spec.argv, "/no/such/program");
	run_spec(b, &spec, &a);
	assert_int_equal(a.r.end, BOX_EXEC_FAILED);
	assert_int_equal(a.r.exec_errno, ENOENT);
	box_spec_release(&spec);
}

static void files_and_descriptors_arrive_where_they_are_wanted(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_spec spec;
	struct answer a;
	int p[2];

	box_spec_init(&spec);
	strvec_push(&spec.argv, "/bin/sh");
	strvec_push(&spec.argv, "-c");
	strvec_push(&spec.argv, "cat /box/in /work/sub/in; cat <&7; ls -l /proc/self/fd | wc -l");
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	assert_int_equal(write(p[1], "pipe ", 5), 5);
	(void)close(p[1]);
	int fd = fs_memfd("in", "file ", 5, NULL);

	spec.files[0] = (struct box_file){ .path = "/box/in", .fd = fd };
	spec.files[1] = (struct box_file){ .path = "/work/sub/in", .fd = fd };
	spec.n_files = 2;
	spec.fds[0] = (struct box_fd){ .fd = p[0], .target = 7 };
	spec.n_fds = 1;
	run_spec(b, &spec, &a);
	assert_int_equal(a.r.end, BOX_EXITED);
	assert_string_equal(a.out,
			    "file file pipe 6\n"); /* total, 0 1 2 7, and the listing's own */
	(void)close(fd);
	(void)close(p[0]);
	box_spec_release(&spec);
}

static void files_outside_the_scratch_folders_are_refused(void **state)
{
	struct bench *b = need_boxes(state);
	static const char *const paths[] = { "/usr/bin/x", "/etc/passwd", "/work/../etc/x",
					     "work/x" };
	int fd = fs_memfd("in", "x", 1, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct box_spec spec;
		struct answer a;

		box_spec_init(&spec);
		strvec_push(&spec.argv, "/bin/true");
		spec.files[0] = (struct box_file){ .path = paths[i], .fd = fd };
		spec.n_files = 1;
		run_spec(b, &spec, &a);
		assert_int_equal(a.r.end, BOX_SETUP_FAILED);
		box_spec_release(&spec);
	}
	(void)close(fd);
}

static void a_killed_box_says_so(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_spec spec;
	struct box_handle *h;
	struct answer a = { .loop = b->loop };
	struct err err = { 0 };

	box_spec_init(&spec);
	strvec_push(&spec.argv, "/bin/sleep");
	strvec_push(&spec.argv, "1000");
	assert_int_equal(box_start(b->client, &spec, take, &a, &h, &err), 0);
	box_kill(h);
	assert_int_equal(loop_run(b->loop, &err), 0);
	assert_int_equal(a.r.end, BOX_CANCELLED);
	box_spec_release(&spec);
}

static void many_boxes_run_at_one_time(void **state)
{
	struct bench *b = need_boxes(state);
	struct answer a[8];
	struct box_spec spec;
	struct err err = { 0 };

	box_spec_init(&spec);
	strvec_push(&spec.argv, "/bin/sh");
	strvec_push(&spec.argv, "-c");
	strvec_push(&spec.argv, "sleep 0.2; echo done");
	for (size_t i = 0; i < ARRAY_SIZE(a); i++) {
		struct box_handle *h;

		a[i] = (struct answer){ .loop = b->loop };
		assert_int_equal(box_start(b->client, &spec, take, &a[i], &h, &err), 0);
	}
	for (size_t left = ARRAY_SIZE(a); left > 0;) {
		assert_int_equal(loop_run(b->loop, &err), 0);
		left = 0;
		for (size_t i = 0; i < ARRAY_SIZE(a); i++)
			left += !a[i].is_there;
	}
	for (size_t i = 0; i < ARRAY_SIZE(a); i++)
		assert_string_equal(a[i].out, "done\n");
	box_spec_release(&spec);
}

static void kept_output_is_bounded_and_all_of_it_counted(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_spec spec;
	struct answer a;

	box_spec_init(&spec);
	strvec_push(&spec.argv, "/bin/sh");
	strvec_push(&spec.argv, "-c");
	strvec_push(&spec.argv, "head -c 300000 /dev/zero | tr '\\0' x");
	spec.limits.keep_bytes = 100;
	run_spec(b, &spec, &a);
	assert_int_equal(a.r.end, BOX_EXITED);
	assert_int_equal(a.r.stdout_bytes, 300000);
	assert_int_equal(strlen(a.out), 100);
	box_spec_release(&spec);
}

static void the_death_of_the_server_is_nobody_elses_fault(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_client *client;
	struct box_spec spec;
	struct box_handle *h;
	struct answer a = { .loop = b->loop };
	struct err err = { 0 };

	assert_int_equal(box_client_new(b->loop, BOX_LEVEL_STANDARD, &client, &err), 0);
	box_spec_init(&spec);
	strvec_push(&spec.argv, "/bin/sleep");
	strvec_push(&spec.argv, "1000");
	assert_int_equal(box_start(client, &spec, take, &a, &h, &err), 0);
	assert_int_equal(kill(box_client_pid(client), SIGKILL), 0);
	assert_int_equal(loop_run(b->loop, &err), 0);
	assert_int_equal(a.r.end, BOX_SETUP_FAILED);
	assert_string_equal(a.r.message, "the box server died");
	assert_int_equal(box_start(client, &spec, take, &a, &h, &err), -1);
	assert_int_equal(err.kind, ERR_HARNESS);
	box_spec_release(&spec);
	box_client_free(client);
}

static void levels_demand_what_they_say(void **state)
{
	uint32_t all = LAYER_BIT(LAYER_COUNT) - 1;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(box_level_check(BOX_LEVEL_STRICT, all, NULL, &err), 0);
	assert_int_equal(
		box_level_check(BOX_LEVEL_STRICT, all & ~LAYER_BIT(LAYER_CGROUP_CPU), NULL, &err),
		-1);
	assert_int_equal(
		box_level_check(BOX_LEVEL_STANDARD, all & ~LAYER_BIT(LAYER_CGROUP_CPU), NULL, &err),
		0);
	assert_int_equal(
		box_level_check(BOX_LEVEL_STANDARD, all & ~LAYER_BIT(LAYER_USER_NS), NULL, &err),
		-1);
	assert_non_null(strstr(err.msg, "user-ns"));
	assert_int_equal(
		box_level_check(BOX_LEVEL_REDUCED, all & ~LAYER_BIT(LAYER_USER_NS), NULL, &err), 0);
	assert_int_equal(
		box_level_check(BOX_LEVEL_REDUCED, all & ~LAYER_BIT(LAYER_SECCOMP), NULL, &err),
		-1);
}

static void every_end_has_a_name_and_a_text(void **state)
{
	struct box_limits l = { 0 };

	(void)state;
	box_limits_fill(&l);
	for (int end = 0; end < BOX_END_COUNT; end++) {
		struct box_result r = { .end = (enum box_end)end,
					.n_denied = 1,
					.denied = { "mount" },
					.message = "why" };
		auto_strbuf text = { 0 };

		assert_non_null(box_end_name(r.end));
		box_result_describe(&r, &l, &text);
		assert_true(text.len > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_are_told_as_they_were),
		cmocka_unit_test(a_missing_program_is_no_set_up_failure),
		cmocka_unit_test(files_and_descriptors_arrive_where_they_are_wanted),
		cmocka_unit_test(files_outside_the_scratch_folders_are_refused),
		cmocka_unit_test(a_killed_box_says_so),
		cmocka_unit_test(many_boxes_run_at_one_time),
		cmocka_unit_test(kept_output_is_bounded_and_all_of_it_counted),
		cmocka_unit_test(the_death_of_the_server_is_nobody_elses_fault),
		cmocka_unit_test(levels_demand_what_they_say),
		cmocka_unit_test(every_end_has_a_name_and_a_text),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
