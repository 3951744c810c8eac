/* SPDX-License-Identifier: Apache-2.0 */
/* Printing, and what the terminal can show. */
#include "harness/cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
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

int output_file(const char *path, const struct strbuf *text, struct err *err)
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

int output_stdout(const struct strbuf *text, struct err *err)
{
	return output_file("-", text, err);
}

int output_check(const char *path, struct err *err)
{
	struct fs_out out;

	if (!path)
		return 0;
	if (fs_out_open(&out, path, err) < 0)
		return -1;
	fs_out_release(&out);
	return 0;
}

bool output_same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	if (!a || !b)
		return false;
	if (strcmp(a, b) == 0)
		return true;
	return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino && S_ISREG(sa.st_mode);
}

int output_flush(struct err *err)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return err_sys(err, "cannot write standard output");
}

bool output_is_broken_pipe(const struct err *err)
{
	return err->sys_errno == EPIPE;
}
