/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the store: the open database and queries upon it. Only harness/store/ includes this.
 *
 *   auto_query q = { 0 };
 *
 *   if (query_begin(&q, s, "SELECT row FROM runs WHERE id = ?", err) < 0)
 *           return -1;
 *   query_text(&q, id);
 *   got = query_step(&q, err);        1 a row, 0 no more, -1 error
 *
 * Values are bound in the order of the calls. Statements are prepared once for each SQL text (told
 * by its address: pass string constants) and stay open; leaving the scope only resets them.
 */
#ifndef HARNESS_STORE_DB_H
#define HARNESS_STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "harness/store/store.h"

#define DB_MAX_STATEMENTS 32

struct db_statement {
	const char *sql;
	sqlite3_stmt *stmt;
};

struct store {
	sqlite3 *db;
	char *path;
	int lock_fd; /* PATH-lock; byte 0: set-up, byte ROW + 1: the run in that row */
	struct db_statement statements[DB_MAX_STATEMENTS];
	int n_statements;
	char run_id[17]; /* the run that was asked for last, and its row */
	int64_t run_row;
	int64_t n_pending, pending_bytes; /* verdicts not yet committed */
};

struct query {
	struct store *store;
	sqlite3_stmt *stmt;
	int n_bound;
	int bind_rc; /* first failure to bind */
};

int query_begin(struct query *q, struct store *s, const char *sql, struct err *err);
void query_text(struct query *q, const char *v); /* NULL: SQL NULL; borrowed until the end */
void query_int(struct query *q, int64_t v);
void query_blob(struct query *q, const void *data, size_t n);
int query_step(struct query *q, struct err *err);
/* Steps a query without rows to its end. */
int query_run(struct query *q, struct err *err);
const char *query_get_text(const struct query *q, int column); /* "" for SQL NULL */
char *query_get_copy(const struct query *q, int column);       /* NULL for SQL NULL */
int64_t query_get_int(const struct query *q, int column);
void query_get_blob(const struct query *q, int column, struct strbuf *sb); /* appends */
void query_end(struct query *q);
#define auto_query __attribute__((cleanup(query_end))) struct query

/* Statements without values and rows, any number of them. */
int db_exec(struct store *s, const char *sql, struct err *err);
/* A transaction that takes the write lock at once, so that it cannot fail half-way for a lock. */
int db_begin(struct store *s, struct err *err);
int db_end(struct store *s, int rc, struct err *err); /* commits where rc is 0, else rolls back */
/* Fills err from the last failure of the database; returns -1. */
int db_err(struct store *s, struct err *err);

/* Locks one byte of the lock file; wait or be refused (0 locked, 1 held by another, -1). */
int db_lock(struct store *s, int64_t byte, bool wait, struct err *err);
void db_unlock(struct store *s, int64_t byte);

/* Row of a run. ERR_INPUT where there is none. */
int run_row(struct store *s, const char *run_id, int64_t *ret, struct err *err);

/* Refuses what is not ours or newer; *ret_version is 0 for an empty file. */
int schema_identify(struct store *s, int *ret_version, struct err *err);
int schema_migrate(struct store *s, struct err *err);

#endif
