/* SPDX-License-Identifier: Apache-2.0 */
/* The files under tasks/starter/ as parts of the program. */
#include "tasks/starter.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/embed.h"

EMBED(asset_starter_suite, "tasks/starter/suite.jsonl");
EMBED(asset_starter_strong, "tasks/starter/answers-strong.jsonl");
EMBED(asset_starter_middle, "tasks/starter/answers-middle.jsonl");
EMBED(asset_starter_weak, "tasks/starter/answers-weak.jsonl");

#define SUITE_NAME     "starter"
#define ANSWERS_PREFIX "starter:"

static const struct {
	const char *name;
	const char *text;
	const unsigned long *size;
} answers[] = {
	{ "strong", asset_starter_strong, &asset_starter_strong_size },
	{ "middle", asset_starter_middle, &asset_starter_middle_size },
	{ "weak", asset_starter_weak, &asset_starter_weak_size },
};

const char *const starter_answer_names[] = { "strong", "middle", "weak", NULL };
static_assert(ARRAY_SIZE(starter_answer_names) == ARRAY_SIZE(answers) + 1, "a name for each");

const char *starter_answers(const char *name, size_t *len)
{
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		if (strcmp(answers[i].name, name) != 0)
			continue;
		*len = *answers[i].size;
		return answers[i].text;
	}
	return NULL;
}

static bool is_answers_name(const char *source)
{
	return !strncmp(source, ANSWERS_PREFIX, strlen(ANSWERS_PREFIX));
}

bool starter_is_name(const char *source)
{
	return !strcmp(source, SUITE_NAME) || is_answers_name(source);
}

const char *starter_find(const char *source, size_t *len)
{
	if (is_answers_name(source))
		return starter_answers(source + strlen(ANSWERS_PREFIX), len);
	if (strcmp(source, SUITE_NAME) != 0)
		return NULL;
	*len = asset_starter_suite_size;
	return asset_starter_suite;
}
