/* SPDX-License-Identifier: Apache-2.0 */
/* What came of a box, as callers of the library see it. */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "api/internal.h"
#include "base/alloc.h"

static const enum assaybox_end ends[] = {
	[BOX_EXITED] = ASSAYBOX_EXITED,
	[BOX_SIGNALED] = ASSAYBOX_SIGNALED,
	[BOX_WALL_LIMIT] = ASSAYBOX_WALL_LIMIT,
	[BOX_CPU_LIMIT] = ASSAYBOX_CPU_LIMIT,
	[BOX_MEMORY_LIMIT] = ASSAYBOX_MEMORY_LIMIT,
	[BOX_PROCESS_LIMIT] = ASSAYBOX_PROCESS_LIMIT,
	[BOX_OUTPUT_LIMIT] = ASSAYBOX_OUTPUT_LIMIT,
	[BOX_DISK_LIMIT] = ASSAYBOX_DISK_LIMIT,
	[BOX_FILE_LIMIT] = ASSAYBOX_FILE_LIMIT,
	[BOX_FORBIDDEN] = ASSAYBOX_FORBIDDEN,
	[BOX_EXEC_FAILED] = ASSAYBOX_EXEC_FAILED,
	[BOX_CANCELLED] = ASSAYBOX_CANCELLED,
	[BOX_SETUP_FAILED] = ASSAYBOX_SETUP_FAILED,
};
static_assert(ARRAY_SIZE(ends) == BOX_END_COUNT, "every end is known to callers");

const char *assaybox_end_name(enum assaybox_end end)
{
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (ends[i] == end)
			return box_end_name((enum box_end)i);
	}
	return "";
}

enum assaybox_end assaybox_result_end(const struct assaybox_result *result)
{
	return ends[result->r->end];
}

#define NUMBER(m)                                                                                  \
	{                                                                                          \
		offsetof(struct box_result, m), sizeof(((struct box_result *)NULL)->m)             \
	}

static const struct number {
	size_t offset, size;
} numbers[] = {
	[ASSAYBOX_EXIT_CODE] = NUMBER(exit_code),
	[ASSAYBOX_SIGNAL] = NUMBER(signal),
	[ASSAYBOX_EXEC_ERRNO] = NUMBER(exec_errno),
	[ASSAYBOX_WALL_NS] = NUMBER(wall_ns),
	[ASSAYBOX_CPU_NS] = NUMBER(cpu_ns),
	[ASSAYBOX_SETUP_NS] = NUMBER(setup_ns),
	[ASSAYBOX_PEAK_BYTES] = NUMBER(peak_bytes),
	[ASSAYBOX_STDOUT_BYTES] = NUMBER(stdout_bytes),
	[ASSAYBOX_STDERR_BYTES] = NUMBER(stderr_bytes),
	[ASSAYBOX_OOM_KILLS] = NUMBER(oom_kills),
	[ASSAYBOX_FORK_REFUSALS] = NUMBER(fork_refusals),
	[ASSAYBOX_LEFTOVERS] = NUMBER(leftovers),
	[ASSAYBOX_STDOUT_HEAD] = NUMBER(stdout_head),
	[ASSAYBOX_STDERR_HEAD] = NUMBER(stderr_head),
};

int64_t assaybox_result_number(const struct assaybox_result *result, enum assaybox_number number)
{
	if ((unsigned)number >= ARRAY_SIZE(numbers))
		return -1;
	const struct number *n = &numbers[number];
	const char *at = (const char *)result->r + n->offset;
	int64_t wide;
	int narrow;

	assert(n->size == sizeof(wide) || n->size == sizeof(narrow));
	if (n->size == sizeof(wide)) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, at, sizeof(narrow));
	return narrow;
}

static const char *kept(const struct strbuf *sb, size_t *ret_size)
{
	if (ret_size)
		*ret_size = sb->len;
	return strbuf_str(sb);
}

const char *assaybox_result_stdout(const struct assaybox_result *result, size_t *ret_size)
{
	return kept(&result->r->out, ret_size);
}

const char *assaybox_result_stderr(const struct assaybox_result *result, size_t *ret_size)
{
	return kept(&result->r->err, ret_size);
}

int assaybox_result_file(const struct assaybox_result *result, int index, const char **ret_state,
			 int *ret_fd, int64_t *ret_size)
{
	if (index < 0 || index >= result->r->n_outs)
		return -1;
	const struct box_out *out = &result->r->outs[index];

	*ret_state = box_out_state_name(out->state);
	*ret_fd = out->fd;
	*ret_size = out->size;
	return out->state == BOX_OUT_KEPT;
}

const char *assaybox_result_text(const struct assaybox_result *result)
{
	struct strbuf *sb = &result->made->text;

	if (!sb->len)
		box_result_describe(result->r, &result->limits, sb);
	return strbuf_str(sb);
}

const char *assaybox_result_json(const struct assaybox_result *result)
{
	struct strbuf *sb = &result->made->json;

	if (!sb->len)
		box_result_json(result->r, &result->limits, sb);
	return strbuf_str(sb);
}

void result_text_release(struct result_text *t)
{
	strbuf_release(&t->text);
	strbuf_release(&t->json);
}

void assaybox_result_free(struct assaybox_result *result)
{
	if (!result)
		return;
	result_text_release(result->made);
	free(result->made);
	box_result_release(&result->own);
	free(result);
}
