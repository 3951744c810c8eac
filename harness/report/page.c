/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping, colours and figures of the terminal's form. */
#include "harness/report/page.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"

#define ESCAPED_MAX 64 /* bytes of one untrusted text, with NUL */

/* What each mark becomes; the second is for pages without colour. */
static const char *const marks[][2] = {
	[1] = { " ", " " },       [2] = { "\033[1m", "" },  [3] = { "\033[32m", "" },
	[4] = { "\033[31m", "" }, [5] = { "\033[33m", "" }, [6] = { "\033[0m", "" },
};

static bool is_mark(char ch)
{
	return ch > 0 && (size_t)ch < ARRAY_SIZE(marks);
}

static int columns(const char *text, size_t n)
{
	int sum = 0;

	for (size_t i = 0; i < n; i++) {
		bool follows = ((unsigned char)text[i] & 0xc0) == 0x80; /* inside a character */

		sum += !follows && (!is_mark(text[i]) || text[i] == *PAGE_JOIN);
	}
	return sum;
}

int page_columns(const char *text)
{
	return columns(text, strlen(text));
}

static void add_spaces(struct strbuf *out, int n)
{
	strbuf_addf(out, "%*s", n, "");
}

static void add_word(const struct page *p, const char *word, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is_mark(word[i]))
			strbuf_addstr(p->out, marks[(size_t)word[i]][!p->color]);
		else
			strbuf_addch(p->out, word[i]);
	}
}

void page_para(const struct page *p, int indent, int hang, const char *text)
{
	int column = indent;
	bool is_first = true; /* of its line */

	add_spaces(p->out, indent);
	for (const char *word = text; *word;) {
		size_t n = strcspn(word, " ");
		int wide = columns(word, n);

		if (!is_first && column + 1 + wide > p->width) {
			strbuf_addch(p->out, '\n');
			add_spaces(p->out, hang);
			column = hang;
			is_first = true;
		}
		if (!is_first)
			strbuf_addch(p->out, ' ');
		add_word(p, word, n);
		column += wide + !is_first;
		is_first = false;
		word += n + (word[n] == ' ');
	}
	strbuf_addch(p->out, '\n');
}

void page_heading(const struct page *p, const char *text)
{
	strbuf_addch(p->out, '\n');
	strbuf_addf(p->out, "%s%s%s\n", p->color ? "\033[1m" : "", text, p->color ? "\033[0m" : "");
}

/* Words that CI takes for a command where a line begins with them, as any word may here. */
static bool is_command(const char *word)
{
	return !strncmp(word, "::", 2) || !strncmp(word, "##", 2);
}

static void add_escaped(struct strbuf *sb, const char *text)
{
	for (const char *p = text; *p; p++) {
		if ((p == text || p[-1] == ' ') && is_command(p))
			strbuf_addf(sb, "\\x%02x", (unsigned)*p);
		else
			strbuf_addch(sb, *p);
	}
}

void page_escape(struct strbuf *sb, const char *text)
{
	char buf[ESCAPED_MAX + 1];

	if (!text)
		return;
	if (err_escape(buf, sizeof(buf), text) < ESCAPED_MAX - 4) {
		add_escaped(sb, buf);
		return;
	}
	/* It may have been cut: make room for the sign of it. */
	(void)err_escape(buf, ESCAPED_MAX - 4, text);
	add_escaped(sb, buf);
	strbuf_addstr(sb, "...");
}

/* ---- figures ---- */

void page_rate(struct strbuf *sb, double v)
{
	if (isnan(v))
		strbuf_addstr(sb, "n/a");
	else if (v > 0 && v < 0.0005)
		strbuf_addstr(sb, "<0.001");
	else if (v < 1 && v >= 0.9995)
		strbuf_addstr(sb, ">0.999");
	else
		strbuf_addf(sb, "%.3f", v);
}

void page_share(struct strbuf *sb, int64_t n, int64_t all)
{
	double percent = all ? 100.0 * (double)n / (double)all : 0;

	if (!all)
		strbuf_addstr(sb, "n/a");
	else if (n > 0 && percent < 0.05)
		strbuf_addstr(sb, "<0.1" PAGE_JOIN "%");
	else if (n < all && percent >= 99.95)
		strbuf_addstr(sb, ">99.9" PAGE_JOIN "%");
	else
		strbuf_addf(sb, "%.1f" PAGE_JOIN "%%", percent);
}

void page_time(struct strbuf *sb, int64_t ns)
{
	int64_t s = ns / NS_PER_SEC;

	if (ns < NS_PER_SEC)
		strbuf_addf(sb, "%lld" PAGE_JOIN "ms", (long long)(ns / NS_PER_MS));
	else if (s < 60)
		strbuf_addf(sb, "%.1f" PAGE_JOIN "s", (double)ns / NS_PER_SEC);
	else if (s < 3600)
		strbuf_addf(sb, "%lld" PAGE_JOIN "min" PAGE_JOIN "%lld" PAGE_JOIN "s",
			    (long long)(s / 60), (long long)(s % 60));
	else
		strbuf_addf(sb, "%lld" PAGE_JOIN "h" PAGE_JOIN "%lld" PAGE_JOIN "min",
			    (long long)(s / 3600), (long long)(s % 3600 / 60));
}

void page_bytes(struct strbuf *sb, int64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double v = (double)bytes / 1024;
	size_t i = 0;

	for (; v >= 1024 && i + 1 < ARRAY_SIZE(units); i++)
		v /= 1024;
	strbuf_addf(sb, "%.1f" PAGE_JOIN "%s", v, units[i]);
}
