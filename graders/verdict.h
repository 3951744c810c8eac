/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sample comes to: status (why), outcome (what counts), protection (what kept it honest).
 */
#ifndef GRADERS_VERDICT_H
#define GRADERS_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "graders/evidence.h"

enum status {
	STATUS_PASSED,
	STATUS_WRONG_ANSWER,
	STATUS_RUNTIME_ERROR,
	STATUS_COMPILE_ERROR,
	STATUS_TIME_LIMIT,
	STATUS_MEMORY_LIMIT,
	STATUS_OUTPUT_LIMIT,
	STATUS_PROCESS_LIMIT,
	STATUS_DISK_LIMIT,
	STATUS_FILE_LIMIT,
	STATUS_FORBIDDEN_CALL,
	STATUS_NO_CODE,       /* the answer holds nothing to run */
	STATUS_EARLY_EXIT,    /* the program ended before its tests did */
	STATUS_TAMPERED,      /* the answer attacked the measurement; caught */
	STATUS_TASK_ERROR,    /* the task's own tests or reference do not work here */
	STATUS_HARNESS_ERROR, /* ours or the machine's fault */
	STATUS_COUNT,
};

enum outcome {
	OUTCOME_PASSED,
	OUTCOME_FAILED,
	OUTCOME_INVALID,  /* our fault or the task's: in no rate */
	OUTCOME_UNSCORED, /* nothing to judge: counts as not passed in every rate, and is shown
			     apart */
	OUTCOME_COUNT,
};

/* What stood between the answer and its verdict. */
enum protection {
	PROTECTION_NONE,          /* no verdict was reached by running anything */
	PROTECTION_WIRE,          /* tests in a box of their own; arguments as copies */
	PROTECTION_WIRE_MUTATION, /* likewise, mutations of arguments carried back */
	PROTECTION_CONTROL, /* tests share the answer's process; believed because the control failed
			     */
	PROTECTION_COUNT,
};

/* How the answer was made into a program. */
enum reading {
	READING_NONE,
	READING_CONTINUATION, /* prompt + answer */
	READING_WHOLE,        /* the answer alone is the program */
	READING_COUNT,
};

const char *status_name(enum status s);
const char *outcome_name(enum outcome o);
const char *protection_name(enum protection p);
const char *reading_name(enum reading r);
int status_parse(const char *name, enum status *ret); /* -1: no such name */
int protection_parse(const char *name, enum protection *ret);
int reading_parse(const char *name, enum reading *ret);
enum outcome status_outcome(enum status s);

struct verdict {
	enum status status;
	enum protection protection;
	enum reading reading;
	char detail[300]; /* one printable line: the exception, the limit with its evidence */
	int64_t wall_ns;  /* of the answer's box */
	int64_t cpu_ns;
	int64_t peak_bytes;       /* -1 unknown */
	int64_t calls;            /* of the function under test that were answered */
	uint32_t layers;          /* sandbox layers that held (sandbox/box.h) */
	struct evidence evidence; /* of the box that decided */
};

/*
 * printf for a detail: what the answer wrote may stand in it, so control characters, broken UTF-8
 * and marks that reorder text are replaced, and the end is cut between characters.
 */
void detail_format(char *detail, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
