/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what a script reported: bounded, strict, never blocking. */
#include "graders/report.h"

#include "base/cleanup.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define REPORT_MAX 65536 /* what a pipe holds */

int report_pipe(int *ret_read_fd, int *ret_write_fd, struct err *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(err, "cannot make a pipe");
	if (fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0) {
		(void)err_sys(err, "cannot make a pipe non-blocking");
		(void)close(fds[0]);
		(void)close(fds[1]);
		return -1;
	}
	*ret_read_fd = fds[0];
	*ret_write_fd = fds[1];
	return 0;
}

static void read_all(int fd, struct strbuf *sb)
{
	char chunk[4096];

	while (sb->len <= REPORT_MAX) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		strbuf_add(sb, chunk, (size_t)n);
	}
}

struct json *report_read(int fd, bool *ret_is_empty)
{
	auto_strbuf text = { 0 };
	struct json *report;

	read_all(fd, &text);
	*ret_is_empty = text.len == 0;
	if (text.len == 0 || text.len > REPORT_MAX)
		return NULL;
	if (memchr(text.buf, '\n', text.len) != text.buf + text.len - 1)
		return NULL;
	report = json_parse(text.buf, text.len, NULL);
	if (report && json_type(report) == JSON_OBJECT)
		return report;
	json_free(report);
	return NULL;
}
