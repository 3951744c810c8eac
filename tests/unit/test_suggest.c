/* SPDX-License-Identifier: Apache-2.0 */
/* Which name is suggested for a word, and for which words none is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/suggest.h"

static const char *nearest(const char *word, size_t n, const char *const *names)
{
	struct suggest s = { .word = word, .n = n };
	const char *best = NULL;

	for (; *names; names++) {
		if (suggest_nearer(&s, *names))
			best = *names;
	}
	return best;
}

static void the_nearest_name_is_suggested_if_any_is_near(void **state)
{
	static const struct {
		const char *word, *names[4], *nearest;
	} cases[] = {
		{ "jobs", { "jobs" }, "jobs" },
		{ "jbos", { "out", "jobs" }, "jobs" },
		{ "job", { "jobs", "jab" }, "jobs" }, /* the first of two as near */
		{ "kitten", { "sitting", "mitten" }, "mitten" },
		{ "kitten", { "mitten", "sitting" }, "mitten" },
		{ "kitten", { "sitting" }, "sitting" }, /* three changes of six bytes */
		{ "kitten", { "sittings" }, NULL },     /* four */
		{ "timeout", { "wall-time" }, NULL },
		{ "task-id", { "task_id" }, "task_id" },
		{ "x", { "y", "z" }, NULL }, /* nothing in common */
		{ "ab", { "b" }, "b" },
		{ "", { "a", "" }, NULL },
		{ "a", { "" }, NULL },
		{ "a", { NULL }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *got = nearest(cases[i].word, strlen(cases[i].word), cases[i].names);

		if (!cases[i].nearest)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].nearest);
	}
}

static void a_word_may_end_before_its_text_does(void **state)
{
	(void)state;
	assert_string_equal(nearest("jbos=3", 4, (const char *const[]){ "jobs", NULL }), "jobs");
}

static void long_words_are_near_to_nothing(void **state)
{
	char word[SUGGEST_MAX + 2];
	const char *const names[] = { word, NULL };

	(void)state;
	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_null(nearest(word, SUGGEST_MAX + 1, names));
	assert_ptr_equal(nearest(word, SUGGEST_MAX, names), word);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_name_is_suggested_if_any_is_near),
		cmocka_unit_test(a_word_may_end_before_its_text_does),
		cmocka_unit_test(long_words_are_near_to_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
