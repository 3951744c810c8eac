/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening and closing the store, and where it lies. Four files stand side by side: PATH, SQLite's
 * own PATH-wal and PATH-shm, and PATH-lock for what SQLite does not lock: set-up and runs.
 */
#include "harness/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "harness/store/db.h"

#define BUSY_TIMEOUT_MS   30000
#define SETUP_BYTE        0
#define SMALLEST_DATABASE 512

/* A store may come from somebody else: nothing in its schema gets to act on its own. */
static const struct {
	int op, value;
} db_config[] = {
	{ SQLITE_DBCONFIG_DEFENSIVE, 1 },      { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
	{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 }, { SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
	{ SQLITE_DBCONFIG_DQS_DML, 0 },        { SQLITE_DBCONFIG_DQS_DDL, 0 },
};

static const char session_pragmas[] = "PRAGMA synchronous = NORMAL;"
				      "PRAGMA foreign_keys = ON;"
				      "PRAGMA temp_store = MEMORY;"
				      "PRAGMA cell_size_check = ON;"
				      "PRAGMA journal_size_limit = 16777216;";

static int make_parent(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *dir = NULL;

	if (!slash || slash == path)
		return 0;
	dir = xstrndup(path, (size_t)(slash - path));
	return fs_mkdir_p(dir, err);
}

/* Only the owner may read a store: it holds answers and, in them, whatever prompts led to. */
static int make_file(const char *path, struct err *err)
{
	struct stat st;
	auto_close int fd = -1;

	if (make_parent(path, err) < 0)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		return 0;
	if (errno != EEXIST || stat(path, &st) < 0)
		return err_sys(err, "store %s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "store %s: not a regular file", path);
	/* SQLite would take a file of one byte for an empty one. */
	if (st.st_size > 0 && st.st_size < SMALLEST_DATABASE)
		return err_set(err, ERR_INPUT, "store %s: not an assay store", path);
	return 0;
}

static int open_lock_file(struct store *s, struct err *err)
{
	auto_free char *path = xstrfmt("%s-lock", s->path);

	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return s->lock_fd < 0 ? err_sys(err, "%s", path) : 0;
}

static int open_database(struct store *s, struct err *err)
{
	/* The prefix keeps SQLite from reading a meaning into "file:..." and ":memory:". */
	auto_free char *path = xstrfmt("%s%s", *s->path == '/' ? "" : "./", s->path);

	if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
		return db_err(s, err);
	(void)sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
	(void)sqlite3_extended_result_codes(s->db, 1);
	for (size_t i = 0; i < ARRAY_SIZE(db_config); i++) {
		if (sqlite3_db_config(s->db, db_config[i].op, db_config[i].value, NULL))
			return db_err(s, err);
	}
	return 0;
}

/*
 * One process at a time: switching to WAL does not wait for locks. A file system without shared
 * memory keeps the rollback journal, which is as safe and slower.
 */
static int set_up(struct store *s, struct err *err)
{
	int rc = 0;

	if (db_lock(s, SETUP_BYTE, true, err) < 0)
		return -1;
	if (db_exec(s, "PRAGMA journal_mode = WAL", err) < 0 ||
	    db_exec(s, session_pragmas, err) < 0 || schema_migrate(s, err) < 0)
		rc = -1;
	db_unlock(s, SETUP_BYTE);
	return rc;
}

int store_open(const char *path, struct store **ret, struct err *err)
{
	struct store *s;
	int version;

	if (!*path)
		return err_set(err, ERR_USAGE, "the store's name is empty");
	s = xcalloc(1, sizeof(*s));
	s->path = xstrdup(path);
	s->lock_fd = -1;
	if (make_file(s->path, err) < 0 || open_database(s, err) < 0 ||
	    schema_identify(s, &version, err) < 0 || open_lock_file(s, err) < 0 ||
	    set_up(s, err) < 0) {
		store_close(s);
		return -1;
	}
	*ret = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	(void)store_commit(s, NULL);
	for (int i = 0; i < s->n_statements; i++)
		(void)sqlite3_finalize(s->statements[i].stmt);
	(void)sqlite3_close_v2(s->db);
	close_fd(&s->lock_fd);
	free(s->path);
	free(s);
}

int store_default_path(const char *option, struct strbuf *ret, struct err *err)
{
	const char *env = getenv("ASSAY_STORE");
	const char *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");

	if (option || (env && *env)) {
		strbuf_addstr(ret, option ? option : env);
		return 0;
	}
	/* The XDG rules: a relative path is to be ignored. */
	if (data && *data == '/') {
		fs_join(ret, data, "assay/assay.db");
		return 0;
	}
	if (!home || *home != '/')
		return err_set(err, ERR_USAGE,
			       "no place for the store: HOME is not set; give --store FILE");
	fs_join(ret, home, ".local/share/assay/assay.db");
	return 0;
}
