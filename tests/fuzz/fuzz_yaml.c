/* SPDX-License-Identifier: Apache-2.0 */
/* What is read as YAML must be writable as JSON, and an error must name the file. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/strbuf.h"
#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_strbuf out = { 0 };
	struct err err = { 0 };
	struct json *j = yaml_parse("f.yaml", (const char *)data, size, &err);
	struct json_writer w;

	if (!j) {
		assert(err.kind == ERR_INPUT && !strncmp(err.msg, "f.yaml:", 7));
		return 0;
	}
	jw_init(&w, &out, 0);
	jw_node(&w, j);
	json_free(j);
	j = json_parse(out.buf, out.len, &err);
	assert(j);
	json_free(j);
	return 0;
}
