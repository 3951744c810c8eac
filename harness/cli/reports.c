/* SPDX-License-Identifier: Apache-2.0 */
/* Where a run's numbers go. */
#include "harness/cli/reports.h"

#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/strbuf.h"
#include "harness/cli/output.h"

/* The same path, or two names of one file. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	if (!a || !b)
		return false;
	if (strcmp(a, b) == 0)
		return true;
	return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino && S_ISREG(sa.st_mode);
}

/* Opening and releasing leaves nothing behind. */
static int check_writable(const char *path, struct err *err)
{
	struct fs_out out;

	if (!path)
		return 0;
	if (fs_out_open(&out, path, err) < 0)
		return -1;
	fs_out_release(&out);
	return 0;
}

int reports_check(const struct reports *r, struct err *err)
{
	const char *const paths[] = { r->json, r->results };

	if (is_same_file(r->json, r->results))
		return err_set(err, ERR_USAGE, "--json and --results both write to '%s'", r->json);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (is_same_file(paths[i], r->samples))
			return err_set(err, ERR_USAGE,
				       "'%s' is the samples file: write results elsewhere",
				       paths[i]);
		if (check_writable(paths[i], err) < 0)
			return -1;
	}
	return 0;
}

static int write_results(const struct reports *r, struct store *store, const struct run_record *run,
			 struct err *err)
{
	struct err why = { 0 };
	int written;

	if (!r->results)
		return 0;
	written = results_write(store, run, r->samples, r->results, &why);
	return output_result(r->results, written, &why, err);
}

static int write_json(const char *path, const struct scorecard *card, struct err *err)
{
	auto_strbuf json = { 0 };

	if (!path)
		return 0;
	scorecard_json(card, &json);
	return output_file(path, &json, err);
}

int reports_print(const struct scorecard *card, struct err *err)
{
	struct scorecard_style style = output_style();
	auto_strbuf text = { 0 };

	scorecard_print(card, &style, &text);
	return output_stdout(&text, err);
}

int reports_write(const struct reports *r, struct store *store, const struct scorecard *card,
		  struct err *err)
{
	if (write_results(r, store, &card->run, err) < 0 || write_json(r->json, card, err) < 0)
		return -1;
	if (output_is_stdout(r->json) || output_is_stdout(r->results))
		return 0;
	return reports_print(card, err);
}
