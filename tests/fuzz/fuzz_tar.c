/* SPDX-License-Identifier: Apache-2.0 */
/* An archive is read to its end or to an error; names end, and no more comes than was told. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "harness/image/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t read_content(struct tar *t, struct err *err)
{
	char buf[4096];
	int64_t sum = 0;
	int64_t n;

	while ((n = tar_read(t, buf, sizeof(buf), err)) > 0)
		sum += n;
	return n < 0 ? -1 : sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_close int fd = fs_memfd("archive", data, size, NULL);
	struct tar t = { .fd = fd, .is_sloppy = size % 2 != 0 };
	static struct tar_entry e;
	struct err err = { 0 };
	int r;

	for (int i = 0; (r = tar_next(&t, &e, &err)) > 0; i++) {
		assert(strnlen(e.name, TAR_NAME_MAX) < TAR_NAME_MAX);
		assert(strnlen(e.link, TAR_NAME_MAX) < TAR_NAME_MAX);
		assert(e.size >= 0);
		int64_t n = i % 2 == 0 && e.kind == TAR_FILE ? read_content(&t, &err) : 0;

		assert(n <= (int64_t)size);
		if (n < 0)
			break;
		assert(i % 2 || e.kind != TAR_FILE || n == e.size);
	}
	assert(r >= 0 || err.kind == ERR_INPUT);
	return 0;
}
