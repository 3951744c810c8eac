/* SPDX-License-Identifier: Apache-2.0 */
/* The progress line. */
#include "harness/cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "harness/cli/output.h"

#define WIPE_LINE "\r\033[K"

void progress_init(struct progress *p, bool is_quiet)
{
	*p = (struct progress){ .is_on = !is_quiet && output_is_terminal(STDERR_FILENO) };
}

static void add_duration(struct strbuf *out, int64_t sec)
{
	if (sec >= 3600)
		strbuf_addf(out, "%lld:%02lld:%02lld", (long long)sec / 3600,
			    (long long)sec / 60 % 60, (long long)sec % 60);
	else
		strbuf_addf(out, "%lld:%02lld", (long long)sec / 60, (long long)sec % 60);
}

/* Appends `part` if the line stays within the width: the least important parts come last. */
static void add_part(struct strbuf *out, int width, const struct strbuf *part)
{
	if (part->len > 0 && out->len + part->len <= (size_t)width)
		strbuf_add(out, part->buf, part->len);
}

static void format_counts(const struct run_progress *run, struct strbuf *part)
{
	if (run->done == 0)
		return;
	strbuf_addf(part, "  %lld passed", (long long)run->passed);
	if (run->invalid > 0)
		strbuf_addf(part, "  %lld invalid", (long long)run->invalid);
}

/* Rate and time left, once there is something to reckon from. */
static void format_pace(int64_t done, int64_t left, int64_t spent_ns, struct strbuf *part)
{
	double rate;

	if (done <= 0 || left <= 0 || spent_ns < NS_PER_SEC)
		return;
	rate = (double)done * NS_PER_SEC / (double)spent_ns;
	strbuf_addf(part, "  %.*f/s  ", rate < 10 ? 1 : 0, rate);
	add_duration(part, (int64_t)((double)left / rate + 0.5));
	strbuf_addstr(part, " left");
}

void progress_format(const struct run_progress *run, int64_t spent_ns, int width,
		     struct strbuf *out)
{
	auto_strbuf counts = { 0 };
	auto_strbuf pace = { 0 };
	auto_strbuf head = { 0 };
	bool is_phase = run->phase_total > 0;
	int64_t done = is_phase ? run->phase_done : run->done;
	int64_t total = is_phase ? run->phase_total : run->total;

	strbuf_addf(&head, "%s %lld/%lld", run->phase ? run->phase : "", (long long)done,
		    (long long)total);
	add_part(out, width, &head);
	format_counts(run, &counts);
	add_part(out, width, &counts);
	format_pace(is_phase ? done : done - run->resumed, total - done, spent_ns, &pace);
	add_part(out, width, &pace);
}

void progress_show(const struct run_progress *run, void *data)
{
	struct progress *p = data;
	auto_strbuf line = { 0 };
	int64_t now_ns = clock_mono_ns();

	if (!p->is_on)
		return;
	if (!p->phase || !run->phase || strcmp(p->phase, run->phase) != 0)
		p->phase_began_ns = now_ns;
	p->phase = run->phase;
	strbuf_addstr(&line, WIPE_LINE);
	/* The last column stays free: writing it would wrap on some terminals. */
	progress_format(run, now_ns - p->phase_began_ns,
			output_width(STDERR_FILENO) - 1 + (int)strlen(WIPE_LINE), &line);
	(void)fs_write_all(STDERR_FILENO, line.buf, line.len, NULL);
	p->is_shown = true;
}

void progress_end(struct progress *p)
{
	if (p->is_shown)
		(void)fs_write_all(STDERR_FILENO, WIPE_LINE, strlen(WIPE_LINE), NULL);
	p->is_shown = false;
}
