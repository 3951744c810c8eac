/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read before every file that clang-tidy looks at (but base/err.c): tells its analyzer that the
 * err_* functions return -1. It sees one file at a time, and would else follow paths on which a
 * call failed and yet said that it did not.
 */
#include "base/err.h"

static inline int tidy_failed(int r)
{
	(void)r;
	return -1;
}

#define err_set(...)   tidy_failed(err_set(__VA_ARGS__))
#define err_vset(...)  tidy_failed(err_vset(__VA_ARGS__))
#define err_sys(...)   tidy_failed(err_sys(__VA_ARGS__))
#define err_input(...) tidy_failed(err_input(__VA_ARGS__))
#define err_wrap(...)  tidy_failed(err_wrap(__VA_ARGS__))
