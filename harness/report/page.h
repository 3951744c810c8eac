/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text for a terminal of a given width: paragraphs that wrap between words, and figures as people
 * read them. Text from outside goes through page_escape() first, after which it cannot hold the
 * marks below.
 */
#ifndef HARNESS_REPORT_PAGE_H
#define HARNESS_REPORT_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

/* Marks inside a paragraph's text; none takes a column but the hard space. */
#define PAGE_JOIN   "\x01" /* a space where no line ends */
#define PAGE_BOLD   "\x02"
#define PAGE_GREEN  "\x03"
#define PAGE_RED    "\x04"
#define PAGE_YELLOW "\x05"
#define PAGE_PLAIN  "\x06" /* ends any of the four */

struct page {
	struct strbuf *out;
	int width; /* columns */
	bool color;
};

/* Words of text from column `indent` on; further lines begin at column `hang`. */
void page_para(const struct page *p, int indent, int hang, const char *text);
void page_heading(const struct page *p, const char *text);

/* Columns that the text takes: one a character. */
int page_columns(const char *text);
/* Appends untrusted text, safe for terminals and cut after some 60 bytes. NULL: nothing. */
void page_escape(struct strbuf *sb, const char *text);

/* Figures. An estimate of 1 or 0 is shown as such only where it is exactly that; NaN: n/a. */
void page_rate(struct strbuf *sb, double v);                /* 0.812 */
void page_share(struct strbuf *sb, int64_t n, int64_t all); /* 81.3 % */
void page_time(struct strbuf *sb, int64_t ns);              /* 250 ms, 9.8 s, 3 min 20 s */
void page_bytes(struct strbuf *sb, int64_t bytes);          /* 123.4 MiB */

#endif
