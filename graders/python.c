/* SPDX-License-Identifier: Apache-2.0 */
/* Specifications of boxes that run the Python scripts. */
#include "graders/python.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <assert.h>

/*
 * -I: no environment variables, no user site, no current directory in the path; -S: the site module
 * takes as long as the rest of the start, and the scripts do what honest code needs of it; -B: no
 * byte code is written.
 */
static const char *const interpreter[] = { "/usr/bin/python3", "-I", "-S", "-B" };

static int own_text(struct python_box *pb, int fd)
{
	assert(pb->n_texts < PYTHON_MAX_TEXTS);
	if (fd >= 0)
		pb->texts[pb->n_texts++] = fd;
	return fd;
}

static void lay_file(struct python_box *pb, const char *path, int fd)
{
	assert(pb->spec.n_files < BOX_MAX_FILES);
	pb->spec.files[pb->spec.n_files++] = (struct box_file){ .path = path, .fd = fd };
}

int python_box_init(struct python_box *pb, enum script script, const char *entry_point,
		    struct err *err)
{
	int fd;

	pb->n_texts = 0;
	box_spec_init(&pb->spec);
	fd = own_text(pb, script_open(script, err));
	if (fd < 0)
		return -1;
	lay_file(pb, script_path(script), fd);
	for (size_t i = 0; i < sizeof(interpreter) / sizeof(*interpreter); i++)
		strvec_push(&pb->spec.argv, interpreter[i]);
	strvec_push(&pb->spec.argv, script_path(script));
	strvec_push(&pb->spec.argv, entry_point);
	return 0;
}

void python_box_release(struct python_box *pb)
{
	while (pb->n_texts > 0)
		close_fd(&pb->texts[--pb->n_texts]);
	box_spec_release(&pb->spec);
}

void python_box_arg(struct python_box *pb, const char *arg)
{
	strvec_push(&pb->spec.argv, arg);
}

int python_box_text(struct python_box *pb, const char *path, const char *text, size_t len,
		    struct err *err)
{
	int fd = own_text(pb, fs_memfd("text", text, len, err));

	if (fd < 0)
		return -1;
	lay_file(pb, path, fd);
	return 0;
}

int python_box_text_fd(struct python_box *pb, int target, const char *text, size_t len,
		       struct err *err)
{
	int fd = own_text(pb, fs_memfd("text", text, len, err));

	if (fd < 0)
		return -1;
	python_box_fd(pb, fd, target);
	return 0;
}

void python_box_fd(struct python_box *pb, int fd, int target)
{
	assert(pb->spec.n_fds < BOX_MAX_FDS);
	pb->spec.fds[pb->spec.n_fds++] = (struct box_fd){ .fd = fd, .target = target };
}
