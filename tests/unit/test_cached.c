/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes by way of the cache, with the real server: the first makes a box, the second does not. */
#include "temp_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/loop.h"

struct bench {
	struct loop *loop;
	struct box_client *client;
	struct box_cache *cache;
	struct box_result r;
	int n_answers;
};

static int set_up(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	struct err err = { 0 };

	*state = b;
	if (cache_set_up(state) < 0 || loop_new(&b->loop, &err) < 0)
		return -1;
	if (box_client_new(b->loop, BOX_LEVEL_STANDARD, &b->client, &err) < 0)
		print_message("SKIP: no box can be made here: %s\n", err.msg);
	b->cache = cache_open(0);
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	box_client_free(b->client);
	box_cache_free(b->cache);
	box_result_release(&b->r);
	loop_free(b->loop);
	free(b);
	return cache_tear_down(state);
}

static void take(const struct box_result *r, void *data)
{
	struct bench *b = data;

	b->n_answers++;
	box_result_release(&b->r);
	box_result_move(&b->r, r);
}

/* Runs a script that may make /work/prog; its clock tells each run from all others. */
static void start(struct bench *b, struct box_cache *c, const char *script, bool keeps_failures)
{
	const struct box_cache_use use = { .keeps_failures = keeps_failures };
	struct box_cached *h = NULL;
	struct box_spec spec;
	struct err err = { 0 };

	box_spec_init(&spec);
	strvec_push(&spec.argv, "/bin/sh");
	strvec_push(&spec.argv, "-c");
	strvec_push(&spec.argv, script);
	strvec_push(&spec.outs, "/work/prog");
	spec.limits.cpu_ms = 200;
	const struct box_cached_job job = { .spec = &spec, .use = &use, .done = take, .data = b };
	int before = b->n_answers;

	if (box_cached(c, b->client, &job, &h, &err) < 0)
		fail_msg("%s", err.msg);
	assert_non_null(h);
	assert_int_equal(b->n_answers, before); /* from the loop, never from here */
	box_spec_release(&spec);
}

static void run(struct bench *b, struct box_cache *c, const char *script, bool keeps_failures)
{
	struct err err = { 0 };
	int before = b->n_answers;

	start(b, c, script, keeps_failures);
	while (b->n_answers == before)
		assert_true(loop_step(b->loop, -1, &err) >= 0);
	assert_int_equal(b->n_answers, before + 1);
}

static struct bench *need_boxes(void **state)
{
	struct bench *b = *state;

	if (!b->client)
		skip();
	return b;
}

#define UNIQUE "head -c 16 /dev/urandom | od -An -tx1"

static void the_second_time_no_box_is_made(void **state)
{
	static const char script[] = UNIQUE " | tee prog; echo said >&2; chmod +x prog";
	struct bench *b = need_boxes(state);
	auto_strbuf out = { 0 };
	auto_strbuf file = { 0 };

	run(b, b->cache, script, false);
	assert_int_equal(b->r.end, BOX_EXITED);
	assert_false(b->r.is_cached);
	strbuf_add(&out, b->r.out.buf, b->r.out.len);
	run(b, b->cache, script, false);
	assert_true(b->r.is_cached);
	assert_string_equal(strbuf_str(&b->r.out), strbuf_str(&out));
	assert_string_equal(strbuf_str(&b->r.err), "said\n");
	assert_true(b->r.outs[0].is_executable);
	assert_int_equal(fs_read_fd(b->r.outs[0].fd, 1000, &file, NULL), 0);
	assert_string_equal(strbuf_str(&file), strbuf_str(&out));
	run(b, b->cache, UNIQUE " | tee prog", false); /* another script */
	assert_false(b->r.is_cached);
}

static void without_a_cache_every_time_is_the_first(void **state)
{
	struct bench *b = need_boxes(state);

	for (int i = 0; i < 2; i++) {
		run(b, NULL, "exit 0", false);
		assert_int_equal(b->r.end, BOX_EXITED);
		assert_false(b->r.is_cached);
	}
}

static void failures_are_kept_on_demand_and_limits_never(void **state)
{
	static const struct {
		const char *script;
		bool keeps_failures, is_kept;
	} cases[] = {
		{ "exit 1", false, false },
		{ "exit 1", true, true },
		{ "kill -9 $$", true, false },
		{ "while :; do echo; done", true, false },
		{ "sleep 100 & exit 0", true, false }, /* somebody was left over */
	};
	struct bench *b = need_boxes(state);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (int again = 0; again < 2; again++) {
			run(b, b->cache, cases[i].script, cases[i].keeps_failures);
			if (b->r.is_cached != (again && cases[i].is_kept))
				fail_msg("%s: run %d: %s", cases[i].script, again,
					 box_end_name(b->r.end));
		}
	}
}

static void every_answer_comes_even_without_the_loop(void **state)
{
	struct bench *b = need_boxes(state);

	run(b, b->cache, "exit 0", false);
	for (int i = 0; i < 3; i++)
		start(b, b->cache, "exit 0", false);
	box_cache_free(take_ptr(b->cache));
	assert_int_equal(b->n_answers, 4);
	assert_true(b->r.is_cached);
}

static void output_that_is_passed_on_is_refused(void **state)
{
	struct bench *b = need_boxes(state);
	struct box_cached *h = NULL;
	struct box_spec spec;
	struct err err = { 0 };
	const struct box_cached_job job = {
		.spec = &spec, .use = &cache_plain_use, .done = take, .data = b
	};

	box_spec_init(&spec);
	strvec_push(&spec.argv, "/bin/true");
	spec.stdout_fd = 1;
	assert_int_equal(box_cached(b->cache, b->client, &job, &h, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	box_spec_release(&spec);
}

int main(void)
{
#define WITH_BOXES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_BOXES(the_second_time_no_box_is_made),
		WITH_BOXES(without_a_cache_every_time_is_the_first),
		WITH_BOXES(failures_are_kept_on_demand_and_limits_never),
		WITH_BOXES(every_answer_comes_even_without_the_loop),
		WITH_BOXES(output_that_is_passed_on_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
