/* SPDX-License-Identifier: Apache-2.0 */
/* What is read as JSON must survive writing and reading: the second text is like the first. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/strbuf.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_node(struct strbuf *out, const struct json *j, int indent)
{
	struct json_writer w;

	jw_init(&w, out, indent);
	jw_node(&w, j);
}

static void check_error(const struct err *err)
{
	assert(err->kind == ERR_INPUT);
	assert(!strncmp(err->msg, "bad JSON at byte ", 17));
	/* At the end, as no foreign key can be: then the check and the library disagree. */
	assert(strcmp(err->msg + strlen(err->msg) - 10, "understood") != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_strbuf first = { 0 };
	auto_strbuf second = { 0 };
	struct err err = { 0 };
	struct json *j = json_parse((const char *)data, size, &err);

	if (!j) {
		check_error(&err);
		return 0;
	}
	write_node(&first, j, 0);
	json_free(j);
	assert(utf8_valid_prefix(first.buf, first.len) == first.len);
	j = json_parse(first.buf, first.len, &err);
	assert(j);
	write_node(&second, j, 0);
	assert(!strcmp(first.buf, second.buf));
	strbuf_clear(&second);
	write_node(&second, j, 2);
	json_free(j);
	j = json_parse(second.buf, second.len, &err);
	assert(j);
	json_free(j);
	return 0;
}
