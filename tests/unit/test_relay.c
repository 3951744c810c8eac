/* SPDX-License-Identifier: Apache-2.0 */
/* Output passed on: to readers that are slow, gone, or files. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "sandbox/relay.h"

#define MUCH (1 << 20)

struct bench {
	struct loop *loop;
	struct relay *list;
	char *data;
};

static int set_up(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	struct err err = { 0 };

	(void)signal(SIGPIPE, SIG_IGN);
	*state = b;
	b->data = xmalloc(MUCH);
	for (size_t i = 0; i < MUCH; i++)
		b->data[i] = (char)(i * 31 >> 8);
	return loop_new(&b->loop, &err);
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	assert_null(b->list);
	loop_free(b->loop);
	free(b->data);
	free(b);
	return 0;
}

static struct relay *relay_to(struct bench *b, int fd)
{
	struct relay *r = NULL;
	struct err err = { 0 };

	assert_int_equal(relay_new(b->loop, fd, &b->list, &r, &err), 0);
	return r;
}

static void a_reader_that_waits_gets_all_of_it_and_keeps_nobody_waiting(void **state)
{
	struct bench *b = *state;
	auto_strbuf got = { 0 };
	struct err err = { 0 };
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	struct relay *r = relay_to(b, p[1]);

	(void)close(p[1]);
	relay_add(r, b->data, MUCH / 2); /* a pipe that nobody reads: this must come back */
	relay_add(r, b->data + MUCH / 2, MUCH / 2);
	relay_end(r);
	assert_non_null(b->list);
	while (b->list) {
		char buf[30000];
		ssize_t n = read(p[0], buf, sizeof(buf));

		assert_true(n > 0);
		strbuf_add(&got, buf, (size_t)n);
		assert_true(loop_step(b->loop, 0, &err) >= 0);
	}
	for (;;) {
		char buf[30000];
		ssize_t n = read(p[0], buf, sizeof(buf));

		assert_true(n >= 0);
		if (n == 0)
			break;
		strbuf_add(&got, buf, (size_t)n);
	}
	assert_int_equal(got.len, MUCH);
	assert_memory_equal(got.buf, b->data, MUCH);
	(void)close(p[0]);
}

static void a_reader_that_is_gone_ends_it(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	struct relay *r = relay_to(b, p[1]);

	(void)close(p[1]);
	relay_add(r, b->data, MUCH);
	(void)close(p[0]);
	relay_end(r);
	for (int i = 0; b->list && i < 10; i++)
		assert_true(loop_step(b->loop, 1000, &err) >= 0);
	assert_null(b->list);

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	r = relay_to(b, p[1]);
	(void)close(p[1]);
	(void)close(p[0]);
	relay_add(r, b->data, MUCH);
	relay_add(r, b->data, MUCH);
	relay_end(r);
	assert_null(b->list);
}

static void a_file_gets_it_at_once(void **state)
{
	struct bench *b = *state;
	FILE *f = tmpfile();
	char buf[16];

	assert_non_null(f);
	struct relay *r = relay_to(b, fileno(f));

	relay_add(r, "one ", 4);
	relay_add(r, "two", 3);
	relay_end(r);
	assert_null(b->list);
	assert_int_equal(pread(fileno(f), buf, sizeof(buf), 0), 7);
	assert_memory_equal(buf, "one two", 7);
	(void)fclose(f);
}

static void what_is_left_can_be_given_up(void **state)
{
	struct bench *b = *state;
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	relay_add(relay_to(b, p[1]), b->data, MUCH);
	relay_end(relay_to(b, p[1]));
	relay_add(relay_to(b, p[1]), b->data, 1);
	relays_release(&b->list);
	assert_null(b->list);
	(void)close(p[0]);
	(void)close(p[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_that_waits_gets_all_of_it_and_keeps_nobody_waiting),
		cmocka_unit_test(a_reader_that_is_gone_ends_it),
		cmocka_unit_test(a_file_gets_it_at_once),
		cmocka_unit_test(what_is_left_can_be_given_up),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
