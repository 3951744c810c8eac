/* SPDX-License-Identifier: Apache-2.0 */
#include "api/limits.h"

#include <assert.h>

#include "api/assaybox.h"
#include "base/alloc.h"

#define DAY_MS 86400000.0
#define KIB    1024.0
#define MIB    (KIB * KIB)
#define TIB    (MIB * MIB)

#define LIMIT(member, lo, hi) FIELD_INT(struct box_limits, member, #member, 0, (lo), (hi))

const struct field limit_fields[] = {
	[ASSAYBOX_LIMIT_WALL_MS] = LIMIT(wall_ms, 1, DAY_MS),
	[ASSAYBOX_LIMIT_CPU_MS] = LIMIT(cpu_ms, 1, DAY_MS),
	[ASSAYBOX_LIMIT_MEM_BYTES] = LIMIT(mem_bytes, MIB, 64 * TIB),
	[ASSAYBOX_LIMIT_PROCESSES] = LIMIT(processes, 1, 4000000),
	[ASSAYBOX_LIMIT_FILE_BYTES] = LIMIT(file_bytes, 1, 64 * TIB),
	[ASSAYBOX_LIMIT_DISK_BYTES] = LIMIT(disk_bytes, 4096, 64 * TIB),
	[ASSAYBOX_LIMIT_DISK_INODES] = LIMIT(disk_inodes, 1, 2048 * MIB),
	[ASSAYBOX_LIMIT_OUTPUT_BYTES] = LIMIT(output_bytes, 1, 64 * TIB),
	[ASSAYBOX_LIMIT_OPEN_FILES] = LIMIT(open_files, 8, 1048576),
	[ASSAYBOX_LIMIT_STACK_BYTES] = LIMIT(stack_bytes, 64 * KIB, TIB),
	[ASSAYBOX_LIMIT_KEEP_BYTES] = LIMIT(keep_bytes, 1, 1024 * MIB),
	[ASSAYBOX_LIMIT_OUT_FILE_BYTES] = LIMIT(out_file_bytes, 1, TIB),
	[ASSAYBOX_LIMIT_OUT_BYTES] = LIMIT(out_bytes, 1, TIB),
	[LIMIT_FIELDS] = FIELD_END,
};
static_assert(ARRAY_SIZE(limit_fields) == LIMIT_FIELDS + 1, "every limit has its bounds");
