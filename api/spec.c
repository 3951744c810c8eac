/* SPDX-License-Identifier: Apache-2.0 */
/* What a box is to run, as callers of the library describe it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/internal.h"
#include "api/limits.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"

struct assaybox_spec *assaybox_spec_new(void)
{
	struct assaybox_spec *s = xcalloc(1, sizeof(*s));

	box_spec_init(&s->box);
	return s;
}

void assaybox_spec_free(struct assaybox_spec *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->box.n_files; i++) {
		close_fd(&s->box.files[i].fd);
		free((char *)(uintptr_t)s->box.files[i].path);
	}
	box_spec_release(&s->box);
	strbuf_release(&s->input);
	free(s);
}

/* Where a mistake of the caller goes: kept if it is the first. */
static struct err *fault(struct assaybox_spec *s)
{
	return s->fault.kind ? NULL : &s->fault;
}

void assaybox_spec_arg(struct assaybox_spec *s, const char *arg)
{
	strvec_push(&s->box.argv, arg);
}

void assaybox_spec_env(struct assaybox_spec *s, const char *name, const char *value)
{
	if (!*name || strchr(name, '='))
		(void)err_set(fault(s), ERR_USAGE, "\"%s\" is no name for the environment", name);
	else
		strvec_pushf(&s->box.env, "%s=%s", name, value);
}

int level_of(int given, enum box_level *ret, struct err *err)
{
	static const enum box_level levels[] = {
		[ASSAYBOX_STANDARD] = BOX_LEVEL_STANDARD,
		[ASSAYBOX_STRICT] = BOX_LEVEL_STRICT,
		[ASSAYBOX_REDUCED] = BOX_LEVEL_REDUCED,
	};

	if (given < 0 || (size_t)given >= ARRAY_SIZE(levels))
		return err_set(err, ERR_USAGE, "%d is no level of isolation", given);
	*ret = levels[given];
	return 0;
}

void assaybox_spec_level(struct assaybox_spec *s, enum assaybox_level level)
{
	if (level_of((int)level, &s->box.level, fault(s)) == 0)
		s->has_level = true;
}

void assaybox_spec_limit(struct assaybox_spec *s, enum assaybox_limit limit, int64_t value)
{
	if ((unsigned)limit >= LIMIT_FIELDS) {
		(void)err_set(fault(s), ERR_USAGE, "%d is no limit", (int)limit);
		return;
	}
	const struct field *f = &limit_fields[limit];

	if ((double)value < f->min || (double)value > f->max)
		(void)err_set(fault(s), ERR_USAGE, "%s: %lld is not in %.0f..%.0f", f->key,
			      (long long)value, f->min, f->max);
	else
		memcpy((char *)&s->box.limits + f->offset, &value, sizeof(value));
}

void assaybox_spec_file(struct assaybox_spec *s, const char *path, const void *data, size_t size,
			unsigned flags)
{
	if (flags & ~ASSAYBOX_EXECUTABLE) {
		(void)err_set(fault(s), ERR_USAGE, "%s: unknown flags", path);
		return;
	}
	if (s->box.n_files == BOX_MAX_FILES) {
		(void)err_set(fault(s), ERR_USAGE, "%s: more than %d files", path, BOX_MAX_FILES);
		return;
	}
	int fd = fs_memfd("file", data, size, fault(s));

	if (fd >= 0)
		s->box.files[s->box.n_files++] = (struct box_file){
			.path = xstrdup(path),
			.fd = fd,
			.is_executable = (flags & ASSAYBOX_EXECUTABLE) != 0,
		};
}

void assaybox_spec_bind(struct assaybox_spec *s, const char *folder)
{
	if (s->box.binds.n == BOX_MAX_BINDS)
		(void)err_set(fault(s), ERR_USAGE, "%s: more than %d folders", folder,
			      BOX_MAX_BINDS);
	else
		strvec_push(&s->box.binds, folder);
}

void assaybox_spec_out(struct assaybox_spec *s, const char *path)
{
	if (s->box.outs.n == BOX_MAX_OUTS)
		(void)err_set(fault(s), ERR_USAGE, "%s: more than %d files to bring back", path,
			      BOX_MAX_OUTS);
	else
		strvec_push(&s->box.outs, path);
}

void assaybox_spec_input(struct assaybox_spec *s, const void *data, size_t size)
{
	strbuf_clear(&s->input);
	strbuf_add(&s->input, data, size);
	s->has_input = true;
	s->box.stdin_fd = -1;
}

/* Replaces what was given under this number before. */
static void set_fd(struct assaybox_spec *s, int number, int fd)
{
	struct box_spec *box = &s->box;

	for (int i = 0; i < box->n_fds; i++) {
		if (box->fds[i].target == number) {
			box->fds[i].fd = fd;
			return;
		}
	}
	if (box->n_fds == BOX_MAX_FDS)
		(void)err_set(fault(s), ERR_USAGE, "more than %d descriptors", BOX_MAX_FDS);
	else
		box->fds[box->n_fds++] = (struct box_fd){ .fd = fd, .target = number };
}

void assaybox_spec_fd(struct assaybox_spec *s, int number, int fd)
{
	if (fd < 0 || number < 0 || number > 63) {
		(void)err_set(fault(s), ERR_USAGE, "descriptor %d as number %d: not possible", fd,
			      number);
	} else if (number == 0) {
		s->has_input = false;
		s->box.stdin_fd = fd;
	} else if (number == 1) {
		s->box.stdout_fd = fd;
	} else if (number == 2) {
		s->box.stderr_fd = fd;
	} else {
		set_fd(s, number, fd);
	}
}
