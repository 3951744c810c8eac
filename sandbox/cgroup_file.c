/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing the small files of control groups. */
#include "sandbox/cgroup_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sandbox/cgroup_find.h"

int cg_read_at(int dir, const char *name, char *buf, size_t size)
{
	auto_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (n < 0)
		return -1;
	buf[n] = 0;
	return 0;
}

int cg_write_at(int dir, const char *name, const char *text)
{
	auto_close int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -1;
	return 0;
}

int cg_write_number(int dir, const char *name, int64_t v)
{
	char buf[32];

	(void)snprintf(buf, sizeof(buf), "%" PRId64, v);
	return cg_write_at(dir, name, buf);
}

int64_t cg_read_fd(int fd, const char *key)
{
	char buf[1024];
	ssize_t n = fd < 0 ? -1 : pread(fd, buf, sizeof(buf) - 1, 0);

	if (n <= 0)
		return -1;
	buf[n] = 0;
	return key ? cg_parse_counter(buf, key) : strtoll(buf, NULL, 10);
}

int cg_write_fd(int fd, int64_t v)
{
	char buf[32];
	int n = snprintf(buf, sizeof(buf), "%" PRId64, v);

	return pwrite(fd, buf, (size_t)n, 0) == n ? 0 : -1;
}
