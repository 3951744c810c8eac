/* SPDX-License-Identifier: Apache-2.0 */
/* Queries, transactions and locks of an open store. */
#include "harness/store/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/alloc.h"

/* What a person can do about it says more than the library's words. */
static const struct {
	int code;
	enum err_kind kind;
	const char *text;
} causes[] = {
	{ SQLITE_BUSY, ERR_HARNESS, "another process has kept it locked for too long" },
	{ SQLITE_FULL, ERR_HARNESS, "the disk is full" },
	{ SQLITE_READONLY, ERR_HARNESS, "no permission to write" },
	{ SQLITE_PERM, ERR_HARNESS, "no permission" },
	{ SQLITE_NOTADB, ERR_INPUT, "not an assay store" },
	{ SQLITE_CORRUPT, ERR_HARNESS, "the file is damaged" },
};

int db_err(struct store *s, struct err *err)
{
	int code = sqlite3_errcode(s->db) & 0xff;
	int sys = sqlite3_system_errno(s->db);
	const char *text = sqlite3_errmsg(s->db);

	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		if (causes[i].code == code)
			return err_set(err, causes[i].kind, "store %s: %s", s->path,
				       causes[i].text);
	}
	if ((code == SQLITE_CANTOPEN || code == SQLITE_IOERR) && sys)
		return err_set(err, ERR_HARNESS, "store %s: %s: %s", s->path, text, strerror(sys));
	return err_set(err, ERR_HARNESS, "store %s: %s", s->path, text);
}

static sqlite3_stmt *statement(struct store *s, const char *sql, struct err *err)
{
	struct db_statement *st = s->statements;

	for (; st < s->statements + s->n_statements; st++) {
		if (st->sql == sql)
			return st->stmt;
	}
	assert(s->n_statements < DB_MAX_STATEMENTS);
	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st->stmt, NULL)) {
		(void)db_err(s, err);
		return NULL;
	}
	st->sql = sql;
	s->n_statements++;
	return st->stmt;
}

int query_begin(struct query *q, struct store *s, const char *sql, struct err *err)
{
	sqlite3_stmt *stmt = statement(s, sql, err);

	if (!stmt)
		return -1;
	assert(!sqlite3_stmt_busy(stmt));
	*q = (struct query){ .store = s, .stmt = stmt };
	return 0;
}

static void bound(struct query *q, int rc)
{
	if (rc && !q->bind_rc)
		q->bind_rc = rc;
}

void query_text(struct query *q, const char *v)
{
	bound(q, sqlite3_bind_text(q->stmt, ++q->n_bound, v, -1, SQLITE_STATIC));
}

void query_int(struct query *q, int64_t v)
{
	bound(q, sqlite3_bind_int64(q->stmt, ++q->n_bound, v));
}

void query_blob(struct query *q, const void *data, size_t n)
{
	/* A null pointer would bind NULL, and an empty answer is not a missing one. */
	bound(q, sqlite3_bind_blob64(q->stmt, ++q->n_bound, n ? data : "", n, SQLITE_STATIC));
}

int query_step(struct query *q, struct err *err)
{
	if (q->bind_rc)
		return err_set(err, ERR_HARNESS, "store %s: %s", q->store->path,
			       sqlite3_errstr(q->bind_rc));
	switch (sqlite3_step(q->stmt)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	}
	return db_err(q->store, err);
}

int query_run(struct query *q, struct err *err)
{
	return query_step(q, err) < 0 ? -1 : 0;
}

const char *query_get_text(const struct query *q, int column)
{
	const void *text = sqlite3_column_text(q->stmt, column);

	return text ? text : "";
}

char *query_get_copy(const struct query *q, int column)
{
	const void *text = sqlite3_column_text(q->stmt, column);

	return text ? xstrdup(text) : NULL;
}

int64_t query_get_int(const struct query *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

void query_get_blob(const struct query *q, int column, struct strbuf *sb)
{
	const void *data = sqlite3_column_blob(q->stmt, column);

	if (data)
		strbuf_add(sb, data, (size_t)sqlite3_column_bytes(q->stmt, column));
}

void query_end(struct query *q)
{
	if (!q->stmt)
		return;
	(void)sqlite3_reset(q->stmt);
	(void)sqlite3_clear_bindings(q->stmt);
	q->stmt = NULL;
}

int db_exec(struct store *s, const char *sql, struct err *err)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) ? db_err(s, err) : 0;
}

int db_begin(struct store *s, struct err *err)
{
	return db_exec(s, "BEGIN IMMEDIATE", err);
}

int db_end(struct store *s, int rc, struct err *err)
{
	if (!rc && !db_exec(s, "COMMIT", err))
		return 0;
	/* A full disk may have rolled back already. */
	if (!sqlite3_get_autocommit(s->db))
		(void)db_exec(s, "ROLLBACK", NULL);
	return -1;
}

/*
 * Locks of the open file description: the kernel drops them when the process ends, however it
 * ends, and two stores open in one process exclude each other like two processes do. The lock file
 * is a file of its own because closing a descriptor of the database would drop SQLite's locks.
 */
int db_lock(struct store *s, int64_t byte, bool wait, struct err *err)
{
	struct flock fl = { .l_type = F_WRLCK, .l_start = byte, .l_len = 1 };

	while (fcntl(s->lock_fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &fl) < 0) {
		if (errno == EAGAIN || errno == EACCES)
			return 1;
		if (errno != EINTR)
			return err_sys(err, "store %s: cannot lock %s-lock", s->path, s->path);
	}
	return 0;
}

void db_unlock(struct store *s, int64_t byte)
{
	struct flock fl = { .l_type = F_UNLCK, .l_start = byte, .l_len = 1 };

	(void)fcntl(s->lock_fd, F_OFD_SETLK, &fl);
}
