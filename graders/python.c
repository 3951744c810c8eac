/* SPDX-License-Identifier: Apache-2.0 */
/* Specifications of boxes that run the Python scripts. */
#include "graders/python.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <assert.h>
#include <fcntl.h>

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

static int lay_script(struct python_box *pb, enum script script, struct err *err)
{
	int fd = script_fd(script, err);

	if (fd < 0)
		return -1;
	lay_file(pb, script_path(script), fd);
	return 0;
}

static void call_script(struct python_box *pb, enum script script)
{
	for (size_t i = 0; i < sizeof(interpreter) / sizeof(*interpreter); i++)
		strvec_push(&pb->spec.argv, interpreter[i]);
	strvec_push(&pb->spec.argv, script_path(script));
}

int python_box_init(struct python_box *pb, enum script script, const char *entry_point,
		    struct err *err)
{
	pb->n_texts = 0;
	box_spec_init(&pb->spec);
	call_script(pb, script);
	strvec_push(&pb->spec.argv, entry_point);
	return lay_script(pb, script, err);
}

#define TEMPLATE_MEM_BYTES (512LL << 20)

static int declare_template(enum script script, struct box_client *client, struct err *err)
{
	auto_python_box pb = { 0 };

	box_spec_init(&pb.spec);
	call_script(&pb, SCRIPT_ZYGOTE);
	strvec_push(&pb.spec.argv, script_path(script));
	pb.spec.limits.mem_bytes = TEMPLATE_MEM_BYTES;
	if (lay_script(&pb, SCRIPT_ZYGOTE, err) < 0 || lay_script(&pb, script, err) < 0)
		return -1;
	return box_template(client, script_path(script), &pb.spec, err);
}

int python_box_warm(struct python_box *pb, enum script script, struct box_client *client,
		    struct err *err)
{
	const char *name = script_path(script);

	if (!box_template_id(client, name, NULL) && declare_template(script, client, err) < 0)
		return -1;
	pb->spec.template_id = box_template_id(client, name, NULL);
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

int python_box_texts(struct python_box *pb, int target, const struct python_text *texts, int n,
		     int *ret_fd, struct err *err)
{
	auto_strbuf all = { 0 };

	for (int i = 0; i < n; i++) {
		strbuf_add(&all, texts[i].at, texts[i].len);
		strvec_pushf(&pb->spec.argv, "%zu", texts[i].len);
	}
	int fd = own_text(pb, ret_fd ? fs_memfd_open("texts", all.buf, all.len, err)
				     : fs_memfd("texts", all.buf, all.len, err));

	if (fd < 0)
		return -1;
	python_box_fd(pb, fd, target);
	if (!ret_fd)
		return 0;
	*ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return *ret_fd < 0 ? err_sys(err, "cannot duplicate a descriptor") : 0;
}

void python_box_fd(struct python_box *pb, int fd, int target)
{
	assert(pb->spec.n_fds < BOX_MAX_FDS);
	pb->spec.fds[pb->spec.n_fds++] = (struct box_fd){ .fd = fd, .target = target };
}
