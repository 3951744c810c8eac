/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: one SQLite file (WAL) that holds runs, their samples' verdicts, and proofs of tasks.
 * All access goes through prepared statements; untrusted text is bound, never spliced. A run
 * survives kill -9 at any instant: each verdict is part of a committed batch or was never there,
 * and (run, task, index) is unique. Commits are not flushed to the disk one by one: after a loss of
 * power the file is whole, but the last commits may be missing (their samples are scored again).
 *
 * Several processes may use one store: write locks are held for moments only. Errors are ERR_INPUT
 * for a file that is not ours or newer than this program, ERR_HARNESS for full disks, missing
 * permissions, damage and locks.
 */
#ifndef HARNESS_STORE_STORE_H
#define HARNESS_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/strbuf.h"

struct store;

/*
 * Makes the file (mode 0600) and its folders (0700) where absent, migrates an older schema, refuses
 * a newer one. Beside PATH stand PATH-wal, PATH-shm and PATH-lock.
 */
int store_open(const char *path, struct store **ret, struct err *err);
/* Tries to commit what waits; call store_commit() before to learn of errors. NULL is allowed. */
void store_close(struct store *s);
/* --store FILE, else ASSAY_STORE, else $XDG_DATA_HOME/assay/assay.db, else
 * ~/.local/share/assay/assay.db. */
int store_default_path(const char *option, struct strbuf *ret, struct err *err);

enum run_state { RUN_OPEN, RUN_DONE };

struct run_record {
	char id[17]; /* 16 hexadecimal digits */
	char *name;  /* --name, or NULL */
	enum run_state state;
	char key[HASH_HEX]; /* what makes a run the same run: suite, samples, limits, grader version
			     */
	char *suite_name, *suite_source, *suite_hash;
	char *model; /* label of who answered; the samples file's name by default */
	char *samples_source, *samples_hash;
	char *noise_json;  /* an array: what else the host did while each session of it lasted, or
			      ""; see store_run_note_noise() */
	char *config_json; /* limits, level, layers, versions, host, everything needed to derive it
			      again */
	int64_t n_samples;
	int64_t created_ms, finished_ms;
};
void run_record_release(struct run_record *r);

/* Fills r->id and created_ms, stores the run as open and holds it (see store_run_lock). Only `name`
 * may be NULL. */
int store_run_create(struct store *s, struct run_record *r, struct err *err);
/* The newest open run with this key: 1 and *ret filled, 0 none. */
int store_run_find_open(struct store *s, const char *key, struct run_record *ret, struct err *err);
/* By id prefix (4 digits or more), name, or "@1" for the newest, "@2" for the one before. ERR_INPUT
 * where none or several fit. */
int store_run_find(struct store *s, const char *which, struct run_record *ret, struct err *err);
/*
 * Holds an open run for this store until it is finished or the store is closed (also by kill -9):
 * two processes never score one run. ERR_HARNESS where another holds it or has just finished it.
 */
int store_run_lock(struct store *s, const char *run_id, struct err *err);
/* Replaces what is noted about the host's other work; `noise_json` is copied. */
int store_run_note_noise(struct store *s, const char *run_id, const char *noise_json,
			 struct err *err);
/* Commits and marks the run done. ERR_HARNESS unless all of its n_samples have a verdict. */
int store_run_finish(struct store *s, const char *run_id, struct err *err);

/* Results near a limit are run again alone, as far as a run's bound on that goes. */
enum sample_rerun { RERUN_NONE, RERUN_DONE, RERUN_BEYOND_BOUND };

/* One verdict. Text members are borrowed. */
struct sample_record {
	const char *task_id;
	int64_t index;
	int64_t ordinal;    /* line order of the samples file */
	const char *answer; /* raw text, always kept (by content: the same text is stored once);
			       NULL when read back: see store_answer_get() */
	size_t answer_len;
	uint8_t answer_hash[HASH_SIZE];
	const char *status, *outcome, *protection, *reading, *detail; /* detail may be NULL */
	int64_t wall_ns, cpu_ns, peak_bytes, calls;
	uint32_t layers;
	enum sample_rerun rerun;
	const char *evidence; /* a JSON object, or "" or NULL: what proved the verdict */
};
/* INSERT OR IGNORE would hide a fault: a second verdict for the same sample is an error. */
int store_sample_add(struct store *s, const char *run_id, const struct sample_record *r,
		     struct err *err);
/* Verdicts gather in memory; this stores them in one transaction. Called at least once a second. */
int store_commit(struct store *s, struct err *err);
/* 1 when the run already has a verdict for this sample. */
int store_sample_exists(struct store *s, const char *run_id, const char *task_id, int64_t index,
			struct err *err);
/* Calls fn for each verdict in ordinal order, after a commit; fn returns 0 to go on, else -1 with
 * err. */
typedef int store_sample_fn(const struct sample_record *r, void *data, struct err *err);
int store_samples_each(struct store *s, const char *run_id, store_sample_fn *fn, void *data,
		       struct err *err);
/* Appends the text of an answer. */
int store_answer_get(struct store *s, const uint8_t hash[HASH_SIZE], struct strbuf *ret,
		     struct err *err);

/* Proofs of tasks, by a key of task hash, grader version, limits and toolchain. */
int store_proof_get(struct store *s, const char *key, struct strbuf *ret_protection,
		    struct strbuf *ret_detail, struct strbuf *ret_code,
		    struct err *err); /* 1 found, 0 not */
struct proof_record {
	const char *protection, *detail; /* detail may be NULL */
	const void *code;                /* of the tests (graders/grader.h), or NULL */
	size_t code_len;
};
int store_proof_put(struct store *s, const char *key, const struct proof_record *r,
		    struct err *err);

#endif
