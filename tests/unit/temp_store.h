/* SPDX-License-Identifier: Apache-2.0 */
/* A place for a store that is made and removed with each test, and short ways to fill it. */
#ifndef TESTS_UNIT_TEMP_STORE_H
#define TESTS_UNIT_TEMP_STORE_H

#include "harness/store/store.h"

extern char temp_dir[64];   /* a fresh folder */
extern char temp_path[256]; /* of the store in it, two folders deeper; nothing is there yet */

/* Set-up and tear-down of a test. */
int temp_store_make(void **state);
int temp_store_remove(void **state);

/* These fail the test where something fails. */
struct store *temp_store_open(void);
void must(int rc, const struct err *err);
/* rc is -1, with this kind and with this in the message. */
void refused(int rc, const struct err *err, enum err_kind kind, const char *part);

/* A run of n samples, ready for store_run_create(). */
void temp_run_describe(struct run_record *r, const char *name, const char *key, int64_t n);
void temp_run_make(struct store *s, const char *name, const char *key, int64_t n, char id[17]);
/* A passed sample. */
int temp_sample_add(struct store *s, const char *run, const char *task, int64_t index,
		    int64_t ordinal, const char *answer, struct err *err);
/* The verdicts of a run, which must come in the order of their ordinals. */
int64_t temp_samples_count(struct store *s, const char *run);

#endif
