/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what holds tasks or samples, and reading its lines as JSON objects. */
#include "tasks/source.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "tasks/starter.h"

#define INT_IN_NUM 9007199254740992.0 /* 2^53: integers to here are exact in a double */

static int open_embedded(struct lines *l, const char *name, struct err *err)
{
	size_t len;
	const char *text = starter_find(name, &len);
	int fd;

	if (!text)
		return err_set(err, ERR_INPUT,
			       "%s: no such recorded answers; there are starter:strong, "
			       "starter:middle and starter:weak",
			       name);
	fd = fs_memfd(name, text, len, err);
	return fd < 0 ? -1 : lines_open_fd(l, fd, name, err);
}

static bool is_pipe_like(const char *path)
{
	struct stat st;

	return !strcmp(path, "-") ||
	       (!stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

int source_open(struct lines *l, const char *source, const char *what, struct err *err)
{
	if (starter_is_name(source))
		return open_embedded(l, source, err);
	if (is_pipe_like(source))
		return err_set(err, ERR_INPUT,
			       "%s: not a regular file: %s are read twice, so save them in a file",
			       source, what);
	return lines_open(l, source, err);
}

static bool is_blank(const char *text, size_t len)
{
	return strspn(text, " \t\r\f\v") == len;
}

int source_next(struct lines *l, const char **ret_text, size_t *ret_len, struct err *err)
{
	char *text;
	size_t len;
	int r;

	while ((r = lines_next(l, &text, &len, err)) == 1) {
		if (is_blank(text, len))
			continue;
		*ret_text = text;
		*ret_len = len;
		return 1;
	}
	return r;
}

struct json *source_object(const struct lines *l, const char *text, size_t len, struct err *err)
{
	struct json *node = json_parse(text, len, err);

	if (!node) {
		(void)err_wrap(err, "%s:%ld", l->path, l->line);
		return NULL;
	}
	if (json_type(node) != JSON_OBJECT) {
		(void)err_input(err, l->path, l->line, "expected an object, found %s",
				json_type_name(json_type(node)));
		json_free(node);
		return NULL;
	}
	return node;
}

static bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

static int copy_id(const struct lines *l, const char *id, char *ret_id, size_t size,
		   struct err *err)
{
	size_t len = strlen(id);

	if (!len)
		return err_input(err, l->path, l->line, "\"task_id\": empty");
	if (len >= size)
		return err_input(err, l->path, l->line, "\"task_id\": %zu bytes, more than %zu",
				 len, size - 1);
	if (has_control(id))
		return err_input(err, l->path, l->line, "\"task_id\": holds a control character");
	memcpy(ret_id, id, len + 1);
	return 0;
}

int source_task_id(const struct lines *l, const struct json *object, char *ret_id, size_t size,
		   struct err *err)
{
	const struct json *node = json_get(object, "task_id");
	double num = json_num(node);

	if (!node)
		return err_input(err, l->path, l->line, "\"task_id\": missing");
	if (json_type(node) == JSON_STRING)
		return copy_id(l, json_str(node), ret_id, size, err);
	if (json_type(node) != JSON_NUMBER)
		return err_input(err, l->path, l->line,
				 "\"task_id\": expected a string or an integer, found %s",
				 json_type_name(json_type(node)));
	if (num != floor(num) || fabs(num) > INT_IN_NUM)
		return err_input(err, l->path, l->line,
				 "\"task_id\": expected a string or an integer, found %g", num);
	(void)snprintf(ret_id, size, "%.0f", num);
	return 0;
}
