/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of arbitrary files, plain and gzip. What is inflated is bounded to keep a run short. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/lines.h"

#define TOTAL_MAX (8u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = fs_memfd("fuzz", data, size, NULL);
	struct err err = { 0 };
	struct lines l;
	char path[64];
	char *text;
	size_t len;
	size_t total = 0;
	int rc;

	assert(fd >= 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = lines_open(&l, path, &err);
	while (rc >= 0 && total < TOTAL_MAX) {
		rc = lines_next(&l, &text, &len, &err);
		if (rc <= 0)
			break;
		assert(text[len] == '\0' && !memchr(text, '\n', len));
		total += len + 1;
	}
	assert(rc >= 0 || err.kind == ERR_INPUT);
	lines_close(&l);
	(void)close(fd);
	return 0;
}
