/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's pressure stall information. */
#include "sandbox/pressure.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

int64_t pressure_parse(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *p = text; p && *p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, line, len) != 0 || p[len] != ' ')
			continue;
		const char *total = strstr(p, " total=");
		const char *end = strchr(p, '\n');

		if (!total || (end && total > end))
			return -1;
		return strtoll(total + 7, NULL, 10) * 1000;
	}
	return -1;
}

static int64_t read_some(int fd)
{
	char text[512];
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return -1;
	text[n] = 0;
	return pressure_parse(text, "some");
}

void pressure_look(struct pressure *p, int64_t now_ns, int64_t max_age_ns)
{
	if (!p->is_open) {
		p->is_open = true;
		p->fd = open("/proc/pressure/cpu", O_RDONLY | O_CLOEXEC);
	} else if (now_ns - p->at_ns <= max_age_ns) {
		return;
	}
	p->at_ns = now_ns;
	p->some_ns = read_some(p->fd);
}

void pressure_release(struct pressure *p)
{
	if (p->is_open)
		close_fd(&p->fd);
	p->is_open = false;
}
