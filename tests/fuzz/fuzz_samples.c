/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a samples file: refused with a message, or both readings agree. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "tasks/samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char suite_text[] =
	"{\"task_id\": \"S/0\", \"prompt\": \"\", \"entry_point\": \"f\", \"test\": \"T\"}\n"
	"{\"task_id\": 1, \"prompt\": \"\", \"entry_point\": \"g\", \"test\": \"T\"}\n";

static int open_text(const void *data, size_t size, char *path, size_t path_size)
{
	struct err err = { 0 };
	int fd = fs_memfd("fuzz", data, size, &err);

	assert(fd >= 0);
	(void)snprintf(path, path_size, "/proc/self/fd/%d", fd);
	return fd;
}

static const struct suite *the_suite(void)
{
	static struct suite suite;
	struct err err = { 0 };
	char path[64];
	int fd;

	if (suite.n)
		return &suite;
	fd = open_text(suite_text, strlen(suite_text), path, sizeof(path));
	if (suite_load(path, &suite, &err) < 0)
		__builtin_trap();
	(void)close(fd);
	return &suite;
}

static int64_t count(const char *path, const struct suite *suite)
{
	struct samples s = { 0 };
	struct err err = { 0 };
	const struct sample *it = NULL;
	int64_t n = 0;
	int r = samples_open(&s, path, suite, &err);

	if (r < 0)
		return -1;
	while ((r = samples_next(&s, &it, &err)) == 1) {
		assert(it->ordinal == n);
		n++;
		assert(it->task && it->index >= 0 && strlen(it->answer) == it->answer_len);
	}
	samples_close(&s);
	return r < 0 ? -1 : n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct samples_summary sum = { 0 };
	struct err err = { 0 };
	char path[64];
	const struct suite *suite = the_suite();
	int fd = open_text(data, size, path, sizeof(path));

	if (!samples_scan(path, suite, &sum, &err)) {
		int64_t n = count(path, suite);

		if (n != sum.n || sum.per_task[0] + sum.per_task[1] != n)
			__builtin_trap();
	} else if (err.kind != ERR_INPUT || !*err.msg) {
		__builtin_trap();
	}
	samples_summary_release(&sum);
	(void)close(fd);
	return 0;
}
