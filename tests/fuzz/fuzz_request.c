/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a line of the JSON server: refused with a message, or within all bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/limits.h"
#include "api/serve_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool fact)
{
	if (!fact)
		__builtin_trap();
}

static void check_limits(const struct box_limits *l)
{
	for (const struct field *f = limit_fields; f->key; f++) {
		int64_t v;

		memcpy(&v, (const char *)l + f->offset, sizeof(v));
		must(v == 0 || ((double)v >= f->min && (double)v <= f->max));
	}
	must(l->keep_bytes <= REQUEST_MAX_KEEP && l->out_bytes <= REQUEST_MAX_KEEP);
}

/* Reads all that is promised, so that a sanitizer sees what is not there. */
static void check_run(const struct request *r)
{
	volatile char sum = 0;

	must(r->argv.n > 0 && r->n_files >= 0 && r->n_files <= BOX_MAX_FILES);
	for (size_t i = 0; i < r->env.n; i++)
		must(strchr(r->env.v[i], '=') > r->env.v[i]);
	for (int i = 0; i < r->n_files; i++) {
		must(r->files[i].path[0] != 0);
		for (size_t k = 0; k < r->files[i].size; k++)
			sum ^= r->files[i].data[k];
	}
	for (size_t k = 0; k < r->input_size; k++)
		sum ^= r->input[k];
	(void)sum;
	check_limits(&r->limits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request r;
	struct err err = { 0 };

	if (memchr(data, '\n', size))
		return 0; /* a line has none */
	if (request_parse((const char *)data, size, 1, &r, &err) == 0) {
		must(r.id && *r.id);
		if (r.op == REQUEST_RUN)
			check_run(&r);
	} else {
		must(err.kind == ERR_INPUT && !strncmp(err.msg, "request:1: ", 11));
	}
	must(!r.id || !strpbrk(r.id, "\n\r"));
	request_release(&r);
	return 0;
}
