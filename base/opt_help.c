/* SPDX-License-Identifier: Apache-2.0 */
/* The help of a command, from the same table that its command line is parsed by. */
#include "base/opt.h"

#include <string.h>

#include "base/strbuf.h"

#define HELP_WIDTH  80
#define HELP_COLUMN 28 /* the texts of options begin here at most */

/* How many columns n bytes of UTF-8 take, where every character takes one. */
static size_t columns(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

/* Prints one line's words from column `at`, going on at column `indent` of further lines. */
static void print_wrapped(FILE *out, const char *s, size_t n, size_t at, size_t indent)
{
	const char *end = s + n;
	bool is_first = true;

	while (s < end) {
		const char *space = memchr(s, ' ', (size_t)(end - s));
		size_t len = (size_t)((space ? space : end) - s);
		size_t width = columns(s, len);

		if (len && !is_first && at + 1 + width > HELP_WIDTH) {
			(void)fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
			is_first = true;
		}
		if (len) {
			(void)fprintf(out, "%s%.*s", is_first ? "" : " ", (int)len, s);
			at += width + !is_first;
			is_first = false;
		}
		s += len + (space ? 1 : 0);
	}
	(void)fputc('\n', out);
}

/* Line by line; lines that begin with a space are examples and stay as they are. */
static void print_text(FILE *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (*text == ' ')
			(void)fprintf(out, "%.*s\n", (int)n, text);
		else
			print_wrapped(out, text, n, 0, 0);
		text += n + (text[n] ? 1 : 0);
	}
}

/* "  -j, --jobs N" */
static void left_side(const struct opt *o, struct strbuf *sb)
{
	strbuf_clear(sb);
	if (o->letter)
		strbuf_addf(sb, "  -%c, --%s", o->letter, o->name);
	else
		strbuf_addf(sb, "      --%s", o->name);
	if (o->type != OPT_FLAG)
		strbuf_addf(sb, " %s", o->arg ? o->arg : "VALUE");
}

static size_t left_columns(const struct opt *o, struct strbuf *sb)
{
	left_side(o, sb);
	return columns(sb->buf, sb->len);
}

/* The column of the texts: two after the longest left side that leaves enough room. */
static size_t help_column(const struct opt *opts, struct strbuf *sb)
{
	size_t column = left_columns(&opt_help, sb) + 2;

	for (const struct opt *o = opts; o->type != OPT_END; o++) {
		size_t n = o->type == OPT_GROUP || !o->help ? 0 : left_columns(o, sb) + 2;

		if (n > column && n <= HELP_COLUMN)
			column = n;
	}
	return column;
}

static void print_option(FILE *out, const struct opt *o, size_t column, struct strbuf *sb)
{
	size_t n = left_columns(o, sb);

	(void)fputs(sb->buf, out);
	if (n + 2 > column) {
		(void)fputc('\n', out);
		n = 0;
	}
	(void)fprintf(out, "%*s", (int)(column - n), "");
	print_wrapped(out, o->help, strlen(o->help), column, column);
}

void opt_print_help(const struct opt_command *cmd, FILE *out)
{
	auto_strbuf sb = { 0 };
	size_t column = help_column(cmd->opts, &sb);
	size_t indent = strlen("usage: ") + strlen(cmd->program) + 1;

	(void)fprintf(out, "usage: %s ", cmd->program);
	print_wrapped(out, cmd->synopsis, strlen(cmd->synopsis), indent, indent);
	if (cmd->about) {
		(void)fputc('\n', out);
		print_text(out, cmd->about);
	}
	if (cmd->opts[0].type != OPT_GROUP)
		(void)fputs("\nOptions:\n", out);
	for (const struct opt *o = cmd->opts; o->type != OPT_END; o++) {
		if (o->type == OPT_GROUP)
			(void)fprintf(out, "\n%s:\n", o->help ? o->help : o->name);
		else if (o->help)
			print_option(out, o, column, &sb);
	}
	if (opt_find(cmd->opts, "help", 4) == &opt_help)
		print_option(out, &opt_help, column, &sb);
}
