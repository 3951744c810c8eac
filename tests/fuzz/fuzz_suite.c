/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a suite: refused with a message, or every task is whole. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "tasks/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_suite(const struct suite *s)
{
	assert(s->n > 0);
	for (size_t i = 0; i < s->n; i++) {
		assert(suite_find(s, s->tasks[i].id) == &s->tasks[i]);
		assert(*s->tasks[i].id && strlen(s->tasks[i].id) < TASK_ID_MAX);
		assert(*s->tasks[i].entry_point && *s->tasks[i].test && s->tasks[i].prompt);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct suite s = { 0 };
	struct err err = { 0 };
	char path[64];
	int fd = fs_memfd("suite", data, size, &err);

	if (fd < 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!suite_load(path, &s, &err))
		check_suite(&s);
	else
		assert(err.kind == ERR_INPUT && *err.msg && !s.tasks);
	suite_release(&s);
	(void)close(fd);
	return 0;
}
