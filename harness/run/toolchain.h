/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which interpreter judges: a proof or an open run made with another one is another one.
 */
#ifndef HARNESS_RUN_TOOLCHAIN_H
#define HARNESS_RUN_TOOLCHAIN_H

#include "base/strbuf.h"

#define TOOLCHAIN_PYTHON "/usr/bin/python3"

/*
 * Appends "REALPATH SIZE MTIME_NS" of the Python that the boxes run, or "absent". An interpreter is
 * not hashed: package managers change size or time, and this is asked before every run.
 */
void toolchain_identity(struct strbuf *sb);

#endif
