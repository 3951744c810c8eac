/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A box that runs one of the Python scripts: its specification, with the memory files that it owns
 * until the box has started.
 */
#ifndef GRADERS_PYTHON_H
#define GRADERS_PYTHON_H

#include <stddef.h>

#include "base/err.h"
#include "graders/assets.h"
#include "sandbox/box.h"

#define PYTHON_MAX_TEXTS 4

struct python_box {
	struct box_spec spec;
	int texts[PYTHON_MAX_TEXTS];
	int n_texts;
};

/* The interpreter with the script and its entry point as first argument. */
int python_box_init(struct python_box *pb, enum script script, const char *entry_point,
		    struct err *err);
/*
 * Lets the box start as a fork of an interpreter that has read the script already (one template a
 * script and client, declared at the first call); for the driver and the interactor.
 */
int python_box_warm(struct python_box *pb, enum script script, struct box_client *client,
		    struct err *err);
void python_box_release(struct python_box *pb);
static inline void cleanup_python_box(struct python_box *pb)
{
	python_box_release(pb);
}
#define auto_python_box __attribute__((cleanup(cleanup_python_box))) struct python_box

void python_box_arg(struct python_box *pb, const char *arg);
/* A text laid into the box. */
int python_box_text(struct python_box *pb, const char *path, const char *text, size_t len,
		    struct err *err);
/* A text that the program inherits as a descriptor, in no place of the box's files. */
int python_box_text_fd(struct python_box *pb, int target, const char *text, size_t len,
		       struct err *err);
/*
 * Texts that the program inherits as one descriptor, one after the other; their lengths become its
 * next arguments. With `ret_fd`, the program may write behind them, and the caller gets a
 * descriptor of its own for the same file, to close.
 */
struct python_text {
	const char *at;
	size_t len;
};
int python_box_texts(struct python_box *pb, int target, const struct python_text *texts, int n,
		     int *ret_fd, struct err *err);
/* A descriptor of the caller. */
void python_box_fd(struct python_box *pb, int fd, int target);

#endif
