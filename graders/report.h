/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a script: one line of JSON on a descriptor of its own. It is read after its box has
 * ended, when all that was written lies in the pipe; a report that does not fit there is none.
 */
#ifndef GRADERS_REPORT_H
#define GRADERS_REPORT_H

#include "base/err.h"
#include "base/json.h"

/* A pipe whose reading end does not block. */
int report_pipe(int *ret_read_fd, int *ret_write_fd, struct err *err);
/*
 * The object that was reported, or NULL: nothing, or not exactly one line with one object.
 * *ret_is_empty tells the two apart. Free with json_free().
 */
struct json *report_read(int fd, bool *ret_is_empty);

#endif
