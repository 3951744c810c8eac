/* SPDX-License-Identifier: Apache-2.0 */
/* Printing, and what the terminal can show. */
#include "harness/cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fs.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MIN     40
#define WIDTH_MAX     1000

static int clamp_width(long width)
{
	if (width < WIDTH_MIN)
		return WIDTH_MIN;
	return width > WIDTH_MAX ? WIDTH_MAX : (int)width;
}

int output_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws;

	if (ioctl(fd, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return clamp_width(ws.ws_col);
	if (columns && strtol(columns, NULL, 10) > 0)
		return clamp_width(strtol(columns, NULL, 10));
	return WIDTH_DEFAULT;
}

bool output_is_terminal(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

struct scorecard_style output_style(void)
{
	const char *no_color = getenv("NO_COLOR");

	return (struct scorecard_style){
		.color = output_is_terminal(STDOUT_FILENO) && !(no_color && *no_color),
		.width = output_width(STDOUT_FILENO),
	};
}

bool output_is_stdout(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

int output_result(const char *path, int r, const struct err *why, struct err *err)
{
	if (r >= 0)
		return r;
	if (output_is_stdout(path) && why->sys_errno == EPIPE)
		return 0;
	*err = *why;
	return -1;
}

static int write_file(const char *path, const struct strbuf *text, struct err *err)
{
	struct fs_out out;
	int r;

	if (fs_out_open(&out, path, err) < 0)
		return -1;
	r = fs_out_write(&out, strbuf_str(text), text->len, err);
	if (r == 0)
		r = fs_out_commit(&out, err);
	fs_out_release(&out);
	return r;
}

int output_file(const char *path, const struct strbuf *text, struct err *err)
{
	struct err why = { 0 };
	int r = write_file(path, text, &why);

	return output_result(path, r, &why, err);
}

int output_stdout(const struct strbuf *text, struct err *err)
{
	return output_file("-", text, err);
}

int output_flush(struct err *err)
{
	struct err why = { 0 };

	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return output_result("-", err_sys(&why, "cannot write standard output"), &why, err);
}
