/* SPDX-License-Identifier: Apache-2.0 */
/* A way to launch a program, read from a line (see launch_bench.c for the form). */
#ifndef TESTS_BENCH_WAY_H
#define TESTS_BENCH_WAY_H

#include "base/err.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "sandbox/box.h"

struct way {
	const char *kind, *name;
	struct strvec args; /* kind and name first */
	size_t first;       /* that of the program, among them */
	int namespace_fd;   /* or -1 */
	struct box_spec spec;
	bool is_box, is_cached;
	bool is_missing;
	int64_t *ns;
	long n;
	int n_cases;
	struct strbuf *in, *want;
};

/* An error is the line's fault, or that of a file that it names. Released in either case. */
int way_parse(struct way *w, const char *line, struct err *err);
void way_release(struct way *w);
/* Puts a name of this process in the place of "@", or of the name that was put there before. */
void way_name_launch(struct way *w);

#endif
