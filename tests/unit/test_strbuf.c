/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that grows: byte strings, lists of strings, arenas, and the allocators under them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/strvec.h"

static void a_zeroed_string_is_ready_and_empty(void **state)
{
	auto_strbuf sb = { 0 };

	(void)state;
	assert_string_equal(strbuf_str(&sb), "");
	strbuf_clear(&sb);
	strbuf_setlen(&sb, 0);
	strbuf_add(&sb, NULL, 0);
	assert_int_equal(sb.len, 0);
	strbuf_release(&sb);
	strbuf_release(&sb);
}

static void strings_grow_and_stay_terminated(void **state)
{
	auto_strbuf sb = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		strbuf_addch(&sb, (char)('a' + i % 26));
		assert_int_equal(sb.buf[sb.len], '\0');
	}
	assert_int_equal(sb.len, 1000);
	strbuf_setlen(&sb, 3);
	strbuf_addstr(&sb, "-x");
	strbuf_add(&sb, "\0y", 2);
	assert_int_equal(sb.len, 7);
	assert_memory_equal(sb.buf, "abc-x\0y", 8);
	strbuf_clear(&sb);
	assert_string_equal(strbuf_str(&sb), "");
}

static void formatted_text_of_any_length_fits(void **state)
{
	auto_strbuf sb = { 0 };
	size_t want = 0;

	(void)state;
	for (int i = 0; i < 300; i++) {
		strbuf_addf(&sb, "%*d|", i, 7);
		want += (size_t)(i ? i : 1) + 1;
		assert_int_equal(sb.len, want);
		assert_int_equal(strlen(sb.buf), want);
	}
	strbuf_addf(&sb, "%s", "");
	assert_int_equal(sb.len, want);
}

static void detaching_gives_the_memory_away(void **state)
{
	auto_strbuf sb = { 0 };
	auto_free char *empty = strbuf_detach(&sb);
	auto_free char *full = NULL;

	(void)state;
	assert_string_equal(empty, "");
	strbuf_addstr(&sb, "full");
	full = strbuf_detach(&sb);
	assert_string_equal(full, "full");
	assert_null(sb.buf);
	assert_int_equal(sb.len, 0);
}

static void a_list_ends_in_null(void **state)
{
	auto_strvec sv = { 0 };

	(void)state;
	strvec_clear(&sv);
	assert_null(sv.v);
	for (int i = 0; i < 50; i++) {
		strvec_pushf(&sv, "item %d", i);
		assert_int_equal(sv.n, i + 1);
		assert_null(sv.v[sv.n]);
	}
	assert_string_equal(sv.v[49], "item 49");
	strvec_pushn(&sv, "abcdef", 3);
	assert_string_equal(sv.v[50], "abc");
	strvec_clear(&sv);
	assert_int_equal(sv.n, 0);
	assert_null(sv.v[0]);
	strvec_release(&sv);
	strvec_release(&sv);
}

static void splitting_leaves_out_empty_pieces(void **state)
{
	static const struct {
		const char *in, *seps;
		const char *out[4];
	} cases[] = {
		{ "", ",", { NULL } },
		{ ",,,", ",", { NULL } },
		{ "a", ",", { "a", NULL } },
		{ ",a,,bc,", ",", { "a", "bc", NULL } },
		{ "a b\tc", " \t", { "a", "b", "c", NULL } },
		{ "a,b", "", { "a,b", NULL } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_strvec sv = { 0 };
		size_t n = 0;

		strvec_split(&sv, cases[i].in, cases[i].seps);
		for (; cases[i].out[n]; n++)
			assert_string_equal(sv.v[n], cases[i].out[n]);
		assert_int_equal(sv.n, n);
	}
}

static void arena_memory_is_zeroed_and_aligned_and_its_own(void **state)
{
	static const size_t sizes[] = { 0, 1, 3, 16, 17, 1000, 30000, 65536, 65537, 300000, 8 };
	unsigned char *got[4 * ARRAY_SIZE(sizes)];
	struct arena a = { 0 };
	size_t total = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(got); i++) {
		size_t n = sizes[i % ARRAY_SIZE(sizes)];

		got[i] = arena_alloc(&a, n);
		assert_int_equal((uintptr_t)got[i] % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(got[i][k], 0);
		memset(got[i], (int)i + 1, n);
		total += n;
	}
	assert_int_equal(a.total, total);
	for (size_t i = 0; i < ARRAY_SIZE(got); i++) {
		size_t n = sizes[i % ARRAY_SIZE(sizes)];

		assert_true(!n || (got[i][0] == i + 1 && got[i][n - 1] == i + 1));
	}
	arena_release(&a);
	arena_release(&a);
	assert_int_equal(a.total, 0);
}

static void arena_strings_are_copies(void **state)
{
	struct arena a = { 0 };
	char text[] = "hello";
	char *copy = arena_strdup(&a, text);
	char *part = arena_strndup(&a, text, 2);

	(void)state;
	text[0] = 'J';
	assert_string_equal(copy, "hello");
	assert_string_equal(part, "he");
	assert_string_equal(arena_fmt(&a, "%s-%05d", copy, 42), "hello-00042");
	assert_string_equal(arena_fmt(&a, "%s", ""), "");
	assert_int_equal(strlen(arena_fmt(&a, "%*d", 100000, 1)), 100000);
	arena_release(&a);
}

static void allocators_copy_and_zero(void **state)
{
	auto_free unsigned char *zero = xcalloc(3, 5);
	auto_free void *none = xmalloc(0);
	auto_free void *no_items = xcalloc(0, 8);
	auto_free char *dup = xstrdup("abc");
	auto_free char *part = xstrndup("abc", 2);
	auto_free char *empty = xstrndup(NULL, 0);
	auto_free char *mem = xmemdup("a\0b", 3);
	auto_free char *text = xstrfmt("%d%s", 4, "x");
	auto_free int *list = NULL;
	size_t cap = 0;

	(void)state;
	for (size_t i = 0; i < 15; i++)
		assert_int_equal(zero[i], 0);
	assert_non_null(none);
	assert_non_null(no_items);
	assert_string_equal(dup, "abc");
	assert_string_equal(part, "ab");
	assert_string_equal(empty, "");
	assert_memory_equal(mem, "a\0b", 3);
	assert_string_equal(text, "4x");
	for (int i = 0; i < 100; i++) {
		GROW(list, (size_t)i + 1, cap);
		list[i] = i;
	}
	assert_int_equal(list[99], 99);
}

/* Runs f in a child; what it wrote on standard error goes to out. */
static int wait_status(void (*f)(void), char *out, size_t size)
{
	int pipe_fd[2];
	int status = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(pipe_fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGABRT, SIG_DFL);
		(void)dup2(pipe_fd[1], STDERR_FILENO);
		f();
		_exit(0);
	}
	(void)close(pipe_fd[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	n = read(pipe_fd[0], out, size - 1);
	(void)close(pipe_fd[0]);
	out[n > 0 ? n : 0] = '\0';
	return status;
}

/* Volatile, so that the compiler does not see sizes which it would warn about. */
static volatile size_t huge = SIZE_MAX;

static void overflow_array(void)
{
	(void)xreallocarray(NULL, huge / 2, 4);
}

static void overflow_string(void)
{
	(void)xstrndup("x", huge);
}

static void overflow_strbuf(void)
{
	auto_strbuf sb = { 0 };

	strbuf_addch(&sb, 'x');
	(void)strbuf_grow(&sb, huge - 1);
}

static void overflow_arena(void)
{
	struct arena a = { 0 };

	(void)arena_alloc(&a, huge - 3);
}

static void sizes_that_wrap_end_the_program(void **state)
{
	void (*const cases[])(void) = { overflow_array, overflow_string, overflow_strbuf,
					overflow_arena };

	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	print_message("SKIP: the sanitizer reports huge allocations by itself\n");
	skip();
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
	print_message("SKIP: the sanitizer reports huge allocations by itself\n");
	skip();
#endif
#endif
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char out[100];
		int status = wait_status(cases[i], out, sizeof(out));

		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGABRT);
		assert_string_equal(out, "out of memory\n");
	}
}

static void descriptors_are_closed_once_and_given_away(void **state)
{
	int fds[2];
	int other;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	other = take_fd(&fds[0]);
	assert_int_equal(fds[0], -1);
	close_fd(&fds[0]);
	close_fd(&other);
	assert_int_equal(other, -1);
	close_fd(&fds[1]);
	close_fd(&fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zeroed_string_is_ready_and_empty),
		cmocka_unit_test(strings_grow_and_stay_terminated),
		cmocka_unit_test(formatted_text_of_any_length_fits),
		cmocka_unit_test(detaching_gives_the_memory_away),
		cmocka_unit_test(a_list_ends_in_null),
		cmocka_unit_test(splitting_leaves_out_empty_pieces),
		cmocka_unit_test(arena_memory_is_zeroed_and_aligned_and_its_own),
		cmocka_unit_test(arena_strings_are_copies),
		cmocka_unit_test(allocators_copy_and_zero),
		cmocka_unit_test(sizes_that_wrap_end_the_program),
		cmocka_unit_test(descriptors_are_closed_once_and_given_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
