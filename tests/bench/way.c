/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that tell ways to launch programs. */
#include "way.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"

#define MAX_CASES 1000
#define MAX_TEXT  32768 /* of a case's input: what a pipe holds */
#define GIVEN_AT  "/work/program"

static int give_file(struct way *w, struct err *err)
{
	struct strbuf sb = { 0 };

	if (fs_read_file(w->args.v[2], 16 << 20, &sb, err) < 0)
		return -1;
	int fd = fs_memfd("program", sb.buf, sb.len, err);

	strbuf_release(&sb);
	w->spec.files[w->spec.n_files++] =
		(struct box_file){ .path = GIVEN_AT, .fd = fd, .is_executable = true };
	strvec_push(&w->spec.argv, GIVEN_AT);
	return fd < 0 ? -1 : 0;
}

/* A compiler as it would be run without a box, in /work, where the source is. */
static int give_source(struct way *w, struct err *err)
{
	static const char *const argv[] = { "/usr/bin/gcc", "-O2", "-o", "/work/program",
					    "/work/source.c" };
	struct strbuf sb = { 0 };

	if (fs_read_file(w->args.v[2], 16 << 20, &sb, err) < 0)
		return -1;
	int fd = fs_memfd("source", strbuf_str(&sb), sb.len, err);

	strbuf_release(&sb);
	w->spec.files[w->spec.n_files++] = (struct box_file){ .path = "/work/source.c", .fd = fd };
	for (size_t i = 0; i < ARRAY_SIZE(argv); i++)
		strvec_push(&w->spec.argv, argv[i]);
	strvec_push(&w->spec.outs, GIVEN_AT);
	return fd < 0 ? -1 : 0;
}

static int read_cases(struct way *w, struct err *err)
{
	const char *folder = w->args.v[3];
	char path[PATH_MAX];

	w->n_cases = (int)strtol(w->args.v[4], NULL, 10);
	if (w->n_cases < 1 || w->n_cases > MAX_CASES)
		return err_set(err, ERR_USAGE, "%s cases: 1 to %d", w->args.v[4], MAX_CASES);
	w->in = xcalloc((size_t)w->n_cases, sizeof(*w->in));
	w->want = xcalloc((size_t)w->n_cases, sizeof(*w->want));
	for (int i = 0; i < w->n_cases; i++) {
		(void)snprintf(path, sizeof(path), "%s/in.%d", folder, i);
		if (fs_read_file(path, MAX_TEXT, &w->in[i], err) < 0)
			return -1;
		(void)snprintf(path, sizeof(path), "%s/want.%d", folder, i);
		if (fs_read_file(path, MAX_TEXT, &w->want[i], err) < 0)
			return -1;
	}
	return 0;
}

static const struct kind {
	const char *name;
	size_t n_args; /* at least, kind and name included */
	bool is_box, is_given, has_cases, has_namespace, is_source, is_cached;
	enum box_level level;
} kinds[] = {
	{ "process", 3, .is_box = false },
	{ "process-in", 4, .has_namespace = true },
	{ "box", 3, .is_box = true },
	{ "given", 3, .is_box = true, .is_given = true },
	{ "cases", 5, .is_box = true, .is_given = true, .has_cases = true },
	{ "compile", 3, .is_box = true, .is_source = true },
	{ "cached-compile", 3, .is_box = true, .is_source = true, .is_cached = true },
	{ "strict-box", 3, .is_box = true, .level = BOX_LEVEL_STRICT },
	{ "strict-given", 3, .is_box = true, .is_given = true, .level = BOX_LEVEL_STRICT },
};

int way_parse(struct way *w, const char *line, struct err *err)
{
	const struct kind *kind = NULL;

	box_spec_init(&w->spec);
	w->namespace_fd = -1;
	strvec_split(&w->args, line, "\t");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (w->args.n >= kinds[i].n_args && strcmp(w->args.v[0], kinds[i].name) == 0)
			kind = &kinds[i];
	if (!kind)
		return err_set(err, ERR_USAGE, "not a way: %s", line);
	w->name = w->args.v[1];
	w->is_box = kind->is_box;
	w->is_cached = kind->is_cached;
	w->spec.level = kind->level;
	w->first = kind->has_namespace ? 3 : 2;
	if (kind->has_namespace) {
		w->namespace_fd = open(w->args.v[2], O_RDONLY | O_CLOEXEC);
		if (w->namespace_fd < 0)
			return err_sys(err, "open %s", w->args.v[2]);
	}
	way_name_launch(w);
	if (kind->is_source)
		return give_source(w, err);
	for (size_t i = 2; kind->is_box && !kind->is_given && i < w->args.n; i++)
		strvec_push(&w->spec.argv, w->args.v[i]);
	if (kind->is_given && give_file(w, err) < 0)
		return -1;
	return kind->has_cases ? read_cases(w, err) : 0;
}

void way_release(struct way *w)
{
	for (int i = 0; i < w->n_cases; i++) {
		strbuf_release(&w->in[i]);
		strbuf_release(&w->want[i]);
	}
	free(w->in);
	free(w->want);
	free(w->ns);
	if (w->namespace_fd >= 0)
		(void)close(w->namespace_fd);
	for (int i = 0; i < w->spec.n_files; i++)
		(void)close(w->spec.files[i].fd);
	strvec_release(&w->args);
	box_spec_release(&w->spec);
}

void way_name_launch(struct way *w)
{
	static const char prefix[] = "assay-bench-";

	for (size_t i = w->first; i < w->args.n; i++) {
		char *old = w->args.v[i];

		if (strcmp(old, "@") == 0 || strncmp(old, prefix, sizeof(prefix) - 1) == 0) {
			w->args.v[i] = xstrfmt("%s%d", prefix, (int)getpid());
			free(old);
		}
	}
}
