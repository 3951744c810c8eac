/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of scoring: labels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "harness/run/plan.h"

static void the_model_is_named_after_the_samples_file(void **state)
{
	static const struct {
		const char *path, *label;
	} rows[] = {
		{ "gpt4o.jsonl.gz", "gpt4o" },
		{ "/a.b/gpt4o.jsonl", "gpt4o" },
		{ "dir/x.json", "x" },
		{ "x.y.jsonl", "x.y" },
		{ "x.txt", "x.txt" },
		{ ".jsonl", ".jsonl" },
		{ "starter:weak", "starter:weak" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf sb = { 0 };

		plan_model_label(rows[i].path, &sb);
		assert_string_equal(strbuf_str(&sb), rows[i].label);
		strbuf_release(&sb);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_model_is_named_after_the_samples_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
