/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a verdict: one table for each enum, and the detail line that people read. */
#include "graders/verdict.h"

#include "base/alloc.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	enum outcome outcome;
} statuses[] = {
	[STATUS_PASSED] = { "passed", OUTCOME_PASSED },
	[STATUS_WRONG_ANSWER] = { "wrong_answer", OUTCOME_FAILED },
	[STATUS_RUNTIME_ERROR] = { "runtime_error", OUTCOME_FAILED },
	[STATUS_COMPILE_ERROR] = { "compile_error", OUTCOME_FAILED },
	[STATUS_TIME_LIMIT] = { "time_limit", OUTCOME_FAILED },
	[STATUS_MEMORY_LIMIT] = { "memory_limit", OUTCOME_FAILED },
	[STATUS_OUTPUT_LIMIT] = { "output_limit", OUTCOME_FAILED },
	[STATUS_PROCESS_LIMIT] = { "process_limit", OUTCOME_FAILED },
	[STATUS_DISK_LIMIT] = { "disk_limit", OUTCOME_FAILED },
	[STATUS_FILE_LIMIT] = { "file_limit", OUTCOME_FAILED },
	[STATUS_FORBIDDEN_CALL] = { "forbidden_call", OUTCOME_FAILED },
	[STATUS_NO_CODE] = { "no_code", OUTCOME_UNSCORED },
	[STATUS_EARLY_EXIT] = { "early_exit", OUTCOME_FAILED },
	[STATUS_TAMPERED] = { "tampered", OUTCOME_FAILED },
	[STATUS_TASK_ERROR] = { "task_error", OUTCOME_INVALID },
	[STATUS_HARNESS_ERROR] = { "harness_error", OUTCOME_INVALID },
};
static_assert(ARRAY_SIZE(statuses) == STATUS_COUNT, "a row for each status");

static const char *const outcomes[] = {
	[OUTCOME_PASSED] = "passed",
	[OUTCOME_FAILED] = "failed",
	[OUTCOME_INVALID] = "invalid",
	[OUTCOME_UNSCORED] = "unscored",
};
static_assert(ARRAY_SIZE(outcomes) == OUTCOME_COUNT, "a name for each outcome");

static const char *const protections[] = {
	[PROTECTION_NONE] = "none",
	[PROTECTION_WIRE] = "wire",
	[PROTECTION_WIRE_MUTATION] = "wire_mutation",
	[PROTECTION_CONTROL] = "control",
};
static_assert(ARRAY_SIZE(protections) == PROTECTION_COUNT, "a name for each protection");

static const char *const readings[] = {
	[READING_NONE] = "none",
	[READING_CONTINUATION] = "continuation",
	[READING_WHOLE] = "whole",
};
static_assert(ARRAY_SIZE(readings) == READING_COUNT, "a name for each reading");

/* The position of name in a list, or -1. */
static int find_name(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; name && i < n; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -1;
}

const char *status_name(enum status s)
{
	return (unsigned)s < STATUS_COUNT ? statuses[s].name : "unknown";
}

const char *outcome_name(enum outcome o)
{
	return (unsigned)o < OUTCOME_COUNT ? outcomes[o] : "unknown";
}

const char *protection_name(enum protection p)
{
	return (unsigned)p < PROTECTION_COUNT ? protections[p] : "unknown";
}

const char *reading_name(enum reading r)
{
	return (unsigned)r < READING_COUNT ? readings[r] : "unknown";
}

int status_parse(const char *name, enum status *ret)
{
	for (size_t i = 0; name && i < STATUS_COUNT; i++) {
		if (!strcmp(statuses[i].name, name)) {
			*ret = (enum status)i;
			return 0;
		}
	}
	return -1;
}

int protection_parse(const char *name, enum protection *ret)
{
	int i = find_name(protections, PROTECTION_COUNT, name);

	if (i < 0)
		return -1;
	*ret = (enum protection)i;
	return 0;
}

int reading_parse(const char *name, enum reading *ret)
{
	int i = find_name(readings, READING_COUNT, name);

	if (i < 0)
		return -1;
	*ret = (enum reading)i;
	return 0;
}

enum outcome status_outcome(enum status s)
{
	return (unsigned)s < STATUS_COUNT ? statuses[s].outcome : OUTCOME_INVALID;
}

/* ---- the detail line ---- */

/* Control characters, line separators and marks that change the direction of text. */
static bool is_unprintable(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

void detail_format(char *detail, size_t size, const char *fmt, ...)
{
	char text[2 * sizeof(((struct verdict *)0)->detail)];
	const char *s = text;
	size_t len = 0;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	while (*s) {
		uint32_t c = 0;
		size_t n = utf8_decode(s, strlen(s), &c);
		bool is_kept = n > 0 && !is_unprintable(c);

		if (len + (is_kept ? n : 1) >= size)
			break;
		if (is_kept)
			memcpy(detail + len, s, n);
		else
			detail[len] = n == 1 ? ' ' : '?';
		len += is_kept ? n : 1;
		s += n ? n : 1;
	}
	detail[len] = '\0';
}
