/* SPDX-License-Identifier: Apache-2.0 */
/* The library as its users call it, with the real server. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "api/assaybox.h"
#include "base/alloc.h"
#include "base/json.h"

static int set_up(void **state)
{
	struct assaybox_error err;
	struct assaybox *boxes = NULL;

	if (assaybox_open(NULL, &boxes, &err) < 0)
		print_message("SKIP: no box can be made here: %s\n", err.message);
	*state = boxes;
	return 0;
}

static int tear_down(void **state)
{
	assaybox_close(*state);
	return 0;
}

static struct assaybox *need_boxes(void **state)
{
	if (!*state)
		skip();
	return *state;
}

static struct assaybox_spec *shell(const char *script)
{
	struct assaybox_spec *spec = assaybox_spec_new();

	assaybox_spec_arg(spec, "/bin/sh");
	assaybox_spec_arg(spec, "-c");
	assaybox_spec_arg(spec, script);
	return spec;
}

static struct assaybox_result *run(struct assaybox *boxes, struct assaybox_spec *spec)
{
	struct assaybox_result *r = NULL;
	struct assaybox_error err = { 0 };

	assert_int_equal(assaybox_run(boxes, spec, &r, &err), 0);
	assaybox_spec_free(spec);
	return r;
}

static void a_box_has_all_that_its_spec_says(void **state)
{
	struct assaybox *boxes = need_boxes(state);
	struct assaybox_spec *spec = shell("cat; /work/p; cat /box/d; echo $X >&2; ulimit -n");
	size_t n;

	assaybox_spec_env(spec, "X", "y=z");
	assaybox_spec_input(spec, "in\0put\n", 7);
	assaybox_spec_file(spec, "/work/p", "#!/bin/sh\necho ran\n", 19, ASSAYBOX_EXECUTABLE);
	assaybox_spec_file(spec, "/box/d", "data\n", 5, 0);
	assaybox_spec_limit(spec, ASSAYBOX_LIMIT_OPEN_FILES, 99);
	assaybox_spec_level(spec, ASSAYBOX_STANDARD);
	struct assaybox_result *r = run(boxes, spec);

	assert_int_equal(assaybox_result_end(r), ASSAYBOX_EXITED);
	const char *out = assaybox_result_stdout(r, &n);

	assert_int_equal(n, strlen("in.put\nran\ndata\n99\n"));
	assert_memory_equal(out, "in\0put\nran\ndata\n99\n", n + 1);
	assert_string_equal(assaybox_result_stderr(r, NULL), "y=z\n");
	assert_int_equal(assaybox_result_number(r, ASSAYBOX_EXIT_CODE), 0);
	assert_int_equal(assaybox_result_number(r, ASSAYBOX_STDOUT_BYTES), n);
	assert_true(assaybox_result_number(r, ASSAYBOX_WALL_NS) > 0);
	assert_int_equal(assaybox_result_number(r, (enum assaybox_number)1000), -1);
	assert_string_equal(assaybox_result_text(r), "exited with status 0");
	assaybox_result_free(r);
}

static void files_come_back(void **state)
{
	struct assaybox *boxes = need_boxes(state);
	struct assaybox_spec *spec = shell("echo data >/work/a; mkdir /tmp/b; seq 1000");
	const char *why;
	char text[8] = "";
	int64_t size;
	int fd;

	assaybox_spec_out(spec, "/work/a");
	assaybox_spec_out(spec, "/tmp/b");
	assaybox_spec_limit(spec, ASSAYBOX_LIMIT_KEEP_BYTES, 10);
	struct assaybox_result *r = run(boxes, spec);

	assert_int_equal(assaybox_result_file(r, 0, &why, &fd, &size), 1);
	assert_string_equal(why, "kept");
	assert_int_equal(size, 5);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 5);
	assert_string_equal(text, "data\n");
	assert_int_equal(assaybox_result_file(r, 1, &why, &fd, &size), 0);
	assert_string_equal(why, "not_regular");
	assert_int_equal(fd, -1);
	assert_int_equal(assaybox_result_file(r, 2, &why, &fd, &size), -1);
	assert_string_equal(assaybox_result_stdout(r, NULL), "1\n2\n31000\n");
	assert_int_equal(assaybox_result_number(r, ASSAYBOX_STDOUT_HEAD), 5);
	assaybox_result_free(r);
}

static void ends_are_those_of_the_header(void **state)
{
	static const struct {
		const char *script;
		enum assaybox_end end;
		const char *name;
		int64_t wall_ms;
	} rows[] = {
		{ "exit 3", ASSAYBOX_EXITED, "exited", 60000 },
		{ "kill -SEGV $$", ASSAYBOX_SIGNALED, "signaled", 60000 },
		{ "while :; do :; done", ASSAYBOX_CPU_LIMIT, "cpu_limit", 60000 },
		{ "exec sleep 1000", ASSAYBOX_WALL_LIMIT, "wall_limit", 300 },
		{ "yes", ASSAYBOX_OUTPUT_LIMIT, "output_limit", 60000 },
	};
	struct assaybox *boxes = need_boxes(state);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct assaybox_spec *spec = shell(rows[i].script);

		assaybox_spec_limit(spec, ASSAYBOX_LIMIT_CPU_MS, 300);
		assaybox_spec_limit(spec, ASSAYBOX_LIMIT_WALL_MS, rows[i].wall_ms);
		assaybox_spec_limit(spec, ASSAYBOX_LIMIT_OUTPUT_BYTES, 10000);
		struct assaybox_result *r = run(boxes, spec);

		assert_int_equal(assaybox_result_end(r), rows[i].end);
		assert_string_equal(assaybox_end_name(rows[i].end), rows[i].name);
		assaybox_result_free(r);
	}
	assert_string_equal(assaybox_end_name((enum assaybox_end)1000), "");
}

static void the_result_as_json_is_json(void **state)
{
	struct assaybox *boxes = need_boxes(state);
	struct assaybox_result *r = run(boxes, shell("exit 9"));
	const char *text = assaybox_result_json(r);
	struct json *j = json_parse(text, strlen(text), NULL);

	assert_non_null(j);
	assert_int_equal(json_num(json_get(j, "exit_code")), 9);
	assert_ptr_equal(text, assaybox_result_json(r));
	json_free(j);
	assaybox_result_free(r);
}

static void fd_flags(struct assaybox_spec *s)
{
	assaybox_spec_fd(s, 64, 0);
}

static void bad_limit(struct assaybox_spec *s)
{
	assaybox_spec_limit(s, ASSAYBOX_LIMIT_WALL_MS, 0);
	assaybox_spec_limit(s, ASSAYBOX_LIMIT_CPU_MS, -1); /* the first mistake is told */
}

static void no_limit(struct assaybox_spec *s)
{
	assaybox_spec_limit(s, (enum assaybox_limit)77, 1);
}

static void bad_env(struct assaybox_spec *s)
{
	assaybox_spec_env(s, "A=B", "c");
}

static void bad_level(struct assaybox_spec *s)
{
	assaybox_spec_level(s, (enum assaybox_level)9);
}

static void many_files(struct assaybox_spec *s)
{
	for (int i = 0; i < 65; i++)
		assaybox_spec_file(s, "/work/f", "", 0, 0);
}

static void long_argument(struct assaybox_spec *s)
{
	char *text = xcalloc(200001, 1);

	memset(text, 'x', 200000);
	assaybox_spec_arg(s, text);
	free(text);
}

static void mistakes_are_told_when_the_box_is_started(void **state)
{
	static const struct {
		void (*make)(struct assaybox_spec *);
		const char *message;
		int kind;
	} rows[] = {
		{ fd_flags, "descriptor 0 as number 64", ASSAYBOX_ERROR_USAGE },
		{ bad_limit, "wall_ms: 0 is not in 1..86400000", ASSAYBOX_ERROR_USAGE },
		{ no_limit, "77 is no limit", ASSAYBOX_ERROR_USAGE },
		{ bad_env, "no name for the environment", ASSAYBOX_ERROR_USAGE },
		{ bad_level, "9 is no level", ASSAYBOX_ERROR_USAGE },
		{ many_files, "more than 64 files", ASSAYBOX_ERROR_USAGE },
		{ long_argument, "bytes", ASSAYBOX_ERROR_INPUT },
	};
	struct assaybox *boxes = need_boxes(state);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct assaybox_spec *spec = shell("true");
		struct assaybox_error err = { 0 };
		struct assaybox_result *r = NULL;

		rows[i].make(spec);
		assert_int_equal(assaybox_run(boxes, spec, &r, &err), -1);
		assert_null(r);
		assert_int_equal(err.kind, rows[i].kind);
		assert_non_null(strstr(err.message, rows[i].message));
		assert_int_equal(assaybox_run(boxes, spec, &r, NULL), -1);
		assaybox_spec_free(spec);
	}
	struct assaybox_spec *empty = assaybox_spec_new();

	assert_int_equal(assaybox_run(boxes, empty, &(struct assaybox_result *){ 0 }, NULL), -1);
	assaybox_spec_free(empty);
}

static void options_of_another_size_are_read_as_far_as_they_are_known(void **state)
{
	struct {
		struct assaybox_options o;
		int later;
	} large = { .o = { .size = sizeof(large), .program = "/no/such/program" } };
	struct assaybox_options o = { .size = 0 };
	struct assaybox_error err;
	struct assaybox *boxes;

	(void)state;
	assert_int_equal(assaybox_open(&o, &boxes, &err), -1);
	assert_int_equal(err.kind, ASSAYBOX_ERROR_USAGE);
	assert_int_equal(assaybox_open(&large.o, &boxes, &err), -1);
	assert_int_equal(err.kind, ASSAYBOX_ERROR_HARNESS); /* as far as the program */
	assert_int_equal(err.sys_errno, ENOENT);
	assert_non_null(strstr(err.message, "/no/such/program"));
	large.later = 1;
	assert_int_equal(assaybox_open(&large.o, &boxes, &err), -1);
	assert_int_equal(err.kind, ASSAYBOX_ERROR_USAGE);
	o = (struct assaybox_options){ .size = sizeof(o), .level = 3 };
	assert_int_equal(assaybox_open(&o, &boxes, &err), -1);
	assert_int_equal(err.kind, ASSAYBOX_ERROR_USAGE);
}

struct seen {
	struct assaybox *boxes;
	int n, nested;
	enum assaybox_end ends[8];
};

static void note(const struct assaybox_result *r, void *data)
{
	struct seen *seen = data;
	struct assaybox_spec *spec = shell("true");
	struct assaybox_error err;

	seen->ends[seen->n++] = assaybox_result_end(r);
	if (assaybox_dispatch(seen->boxes, 0, &err) < 0 && err.kind == ASSAYBOX_ERROR_USAGE)
		seen->nested++;
	if (seen->n == 1) /* a callback may start the next box */
		assert_int_equal(assaybox_start(seen->boxes, spec, note, seen, NULL, NULL), 0);
	assaybox_spec_free(spec);
}

static void boxes_come_back_through_anybodys_loop(void **state)
{
	struct seen seen = { .boxes = need_boxes(state) };
	struct assaybox_spec *spec = shell("true"), *sleeper = shell("exec sleep 1000");
	struct assaybox_box *box;
	struct pollfd p = { .fd = assaybox_fd(seen.boxes), .events = POLLIN };
	int left;

	assert_int_equal(assaybox_dispatch(seen.boxes, -1, NULL), 0);
	assert_int_equal(assaybox_start(seen.boxes, sleeper, note, &seen, &box, NULL), 0);
	assert_int_equal(assaybox_start(seen.boxes, spec, note, &seen, NULL, NULL), 0);
	assaybox_spec_free(spec);
	assaybox_spec_free(sleeper);
	while ((left = assaybox_dispatch(seen.boxes, 0, NULL)) > 1)
		assert_int_equal(poll(&p, 1, 30000), 1);
	assert_int_equal(left, 1);
	assert_int_equal(seen.n, 2);
	assaybox_kill(box);
	assert_int_equal(assaybox_dispatch(seen.boxes, 30000, NULL), 0);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.ends[2], ASSAYBOX_CANCELLED);
	assert_int_equal(seen.nested, 3);
}

static void closing_answers_what_is_under_way(void **state)
{
	struct seen seen = { 0 };
	struct assaybox_spec *spec = shell("exec sleep 1000");

	(void)need_boxes(state);
	seen.n = 1; /* start nothing more */
	assert_int_equal(assaybox_open(NULL, &seen.boxes, NULL), 0);
	assert_int_equal(assaybox_start(seen.boxes, spec, note, &seen, NULL, NULL), 0);
	assaybox_spec_free(spec);
	assaybox_close(seen.boxes);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.ends[1], ASSAYBOX_CANCELLED);
}

static void layers_are_told_one_by_one(void **state)
{
	struct assaybox *boxes = need_boxes(state);
	const char *name, *why;
	int n = 0, has_filter = 0;

	for (int have; (have = assaybox_layer(boxes, n, &name, &why)) >= 0; n++) {
		assert_true(*name);
		has_filter |= have && !strcmp(name, "seccomp");
	}
	assert_true(n > 10 && has_filter);
	assert_int_equal(assaybox_layer(boxes, -1, &name, NULL), -1);
}

static void descriptors_are_passed_on(void **state)
{
	struct assaybox *boxes = need_boxes(state);
	struct assaybox_spec *spec = shell("cat; cat <&7; echo out");
	int in[2] = { -1, -1 }, seven[2] = { -1, -1 }, out[2] = { -1, -1 };
	char text[64] = "";

	assert_true(pipe2(in, O_CLOEXEC) == 0 && pipe2(seven, O_CLOEXEC) == 0 &&
		    pipe2(out, O_CLOEXEC) == 0);
	assert_int_equal(write(in[1], "zero\n", 5), 5);
	assert_int_equal(write(seven[1], "seven\n", 6), 6);
	(void)close(in[1]);
	(void)close(seven[1]);
	assaybox_spec_fd(spec, 0, in[0]);
	assaybox_spec_fd(spec, 7, seven[0]);
	assaybox_spec_fd(spec, 1, out[1]);
	struct assaybox_result *r = run(boxes, spec);

	assert_int_equal(read(out[0], text, sizeof(text) - 1), 15);
	assert_string_equal(text, "zero\nseven\nout\n");
	assert_string_equal(assaybox_result_stdout(r, NULL), text);
	assaybox_result_free(r);
	(void)close(in[0]);
	(void)close(seven[0]);
	(void)close(out[0]);
	(void)close(out[1]);
}

#define THREADS 4

static void *thread_main(void *data)
{
	struct assaybox_error err = { 0 };
	struct assaybox *boxes;
	int *ok = data;

	if (assaybox_open(NULL, &boxes, &err) < 0) {
		print_message("%s\n", err.message);
		return NULL;
	}
	for (int i = 0; i < 10; i++) {
		struct assaybox_spec *spec = shell("exit 5");
		struct assaybox_result *r;

		if (assaybox_run(boxes, spec, &r, NULL) == 0) {
			*ok += assaybox_result_number(r, ASSAYBOX_EXIT_CODE) == 5;
			if (assaybox_result_end(r) != ASSAYBOX_EXITED)
				print_message("%s\n", assaybox_result_text(r));
			assaybox_result_free(r);
		}
		assaybox_spec_free(spec);
	}
	assaybox_close(boxes);
	return NULL;
}

static void threads_have_boxes_of_their_own(void **state)
{
	pthread_t threads[THREADS];
	int ok[THREADS] = { 0 };

	(void)need_boxes(state);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, thread_main, &ok[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(ok[i], 10);
	}
}

/* In a child: a daemon's surroundings. 0: boxes work there. */
static int run_as_daemon(void)
{
	struct assaybox *boxes;
	struct assaybox_spec *spec = shell("cat; echo fine");
	struct assaybox_result *r;
	sigset_t all;

	(void)alarm(60);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)sigfillset(&all);
	(void)sigdelset(&all, SIGALRM);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)close(0);
	(void)close(1);
	(void)close(2);
	assaybox_spec_bind(spec, "/usr"); /* so that the server itself clones the box */
	if (assaybox_open(NULL, &boxes, NULL) < 0 || assaybox_run(boxes, spec, &r, NULL) < 0)
		return 1;
	if (strcmp(assaybox_result_stdout(r, NULL), "fine\n") != 0)
		return 2;
	assaybox_close(boxes);
	return 0;
}

static void a_daemon_can_use_it(void **state)
{
	int status;

	(void)need_boxes(state);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run_as_daemon());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_box_has_all_that_its_spec_says),
		cmocka_unit_test(files_come_back),
		cmocka_unit_test(ends_are_those_of_the_header),
		cmocka_unit_test(the_result_as_json_is_json),
		cmocka_unit_test(mistakes_are_told_when_the_box_is_started),
		cmocka_unit_test(options_of_another_size_are_read_as_far_as_they_are_known),
		cmocka_unit_test(boxes_come_back_through_anybodys_loop),
		cmocka_unit_test(closing_answers_what_is_under_way),
		cmocka_unit_test(layers_are_told_one_by_one),
		cmocka_unit_test(descriptors_are_passed_on),
		cmocka_unit_test(threads_have_boxes_of_their_own),
		cmocka_unit_test(a_daemon_can_use_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
