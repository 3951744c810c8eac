/* SPDX-License-Identifier: Apache-2.0 */
/* See temp_store.h. */
#include "temp_store.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

char temp_dir[64];
char temp_path[256];

static int remove_one(const char *name, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(name);
}

int temp_store_make(void **state)
{
	(void)state;
	(void)snprintf(temp_dir, sizeof(temp_dir), "/tmp/assay-test-store.XXXXXX");
	if (!mkdtemp(temp_dir))
		return -1;
	(void)snprintf(temp_path, sizeof(temp_path), "%s/sub/dir/assay.db", temp_dir);
	return 0;
}

int temp_store_remove(void **state)
{
	(void)state;
	return nftw(temp_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

struct store *temp_store_open(void)
{
	struct store *s = NULL;
	struct err err = { 0 };

	if (store_open(temp_path, &s, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

void must(int rc, const struct err *err)
{
	if (rc < 0)
		fail_msg("%s", err->msg);
}

void refused(int rc, const struct err *err, enum err_kind kind, const char *part)
{
	assert_int_equal(rc, -1);
	assert_int_equal(err->kind, kind);
	if (!strstr(err->msg, part))
		fail_msg("'%s' is not in: %s", part, err->msg);
}

void temp_run_describe(struct run_record *r, const char *name, const char *key, int64_t n)
{
	*r = (struct run_record){
		.name = name ? xstrdup(name) : NULL,
		.suite_name = xstrdup("Suite"),
		.suite_source = xstrdup("suite.jsonl"),
		.suite_hash = xstrdup("aa"),
		.model = xstrdup("model"),
		.samples_source = xstrdup("samples.jsonl"),
		.samples_hash = xstrdup("bb"),
		.config_json = xstrdup("{\"isolation\":\"standard\"}"),
		.n_samples = n,
	};
	(void)snprintf(r->key, sizeof(r->key), "%s", key);
}

void temp_run_make(struct store *s, const char *name, const char *key, int64_t n, char id[17])
{
	struct run_record r;
	struct err err = { 0 };

	temp_run_describe(&r, name, key, n);
	must(store_run_create(s, &r, &err), &err);
	memcpy(id, r.id, 17);
	run_record_release(&r);
}

int temp_sample_add(struct store *s, const char *run, const char *task, int64_t index,
		    int64_t ordinal, const char *answer, struct err *err)
{
	struct sample_record r = {
		.task_id = task,
		.index = index,
		.ordinal = ordinal,
		.answer = answer,
		.answer_len = strlen(answer),
		.status = "passed",
		.outcome = "passed",
		.protection = "wire",
		.reading = "whole",
		.detail = "it's; DROP TABLE samples; --",
		.wall_ns = 1000 + ordinal,
		.cpu_ns = 7,
		.peak_bytes = -1,
		.calls = 3,
		.layers = 0xffffffff,
	};

	hash_of(answer, strlen(answer), r.answer_hash);
	return store_sample_add(s, run, &r, err);
}

struct seen {
	int64_t n;
	int64_t last_ordinal;
};

static int see(const struct sample_record *r, void *data, struct err *err)
{
	struct seen *seen = data;

	(void)err;
	assert_true(r->ordinal > seen->last_ordinal);
	seen->last_ordinal = r->ordinal;
	seen->n++;
	return 0;
}

int64_t temp_samples_count(struct store *s, const char *run)
{
	struct seen seen = { .last_ordinal = -1 };
	struct err err = { 0 };

	must(store_samples_each(s, run, see, &seen, &err), &err);
	return seen.n;
}
