/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables and how they came to be. PRAGMA user_version counts the migrations that a file has
 * seen, PRAGMA application_id tells our files from other people's.
 */
#include "harness/store/db.h"

#include <stdio.h>

#include "base/alloc.h"

#define APPLICATION_ID 0x41535359 /* "ASSY" */

/* Row N takes a file from version N to N + 1. Rows that were released never change. */
static const char *const migrations[] = {
	/* 0 -> 1 */
	"CREATE TABLE runs("
	"  row INTEGER PRIMARY KEY,"
	"  id TEXT NOT NULL UNIQUE CHECK(length(id) = 16),"
	"  name TEXT,"
	"  state TEXT NOT NULL CHECK(state IN ('open', 'done')),"
	"  key TEXT NOT NULL,"
	"  suite_name TEXT NOT NULL,"
	"  suite_source TEXT NOT NULL,"
	"  suite_hash TEXT NOT NULL,"
	"  model TEXT NOT NULL,"
	"  samples_source TEXT NOT NULL,"
	"  samples_hash TEXT NOT NULL,"
	"  config TEXT NOT NULL,"
	"  n_samples INTEGER NOT NULL CHECK(n_samples >= 0),"
	"  created_ms INTEGER NOT NULL,"
	"  finished_ms INTEGER NOT NULL DEFAULT 0"
	") STRICT;"
	"CREATE INDEX runs_by_key ON runs(key, state);"
	"CREATE INDEX runs_by_name ON runs(name);"
	"CREATE TABLE answers("
	"  hash BLOB PRIMARY KEY CHECK(length(hash) = 32),"
	"  text BLOB NOT NULL"
	") STRICT;"
	"CREATE TABLE samples("
	"  run INTEGER NOT NULL REFERENCES runs(row) ON DELETE CASCADE,"
	"  ordinal INTEGER NOT NULL CHECK(ordinal >= 0),"
	"  task TEXT NOT NULL,"
	"  sample_index INTEGER NOT NULL CHECK(sample_index >= 0),"
	"  answer BLOB NOT NULL REFERENCES answers(hash),"
	"  answer_len INTEGER NOT NULL CHECK(answer_len >= 0),"
	"  status TEXT NOT NULL,"
	"  outcome TEXT NOT NULL CHECK(outcome IN ('passed', 'failed', 'invalid', 'unscored')),"
	"  protection TEXT NOT NULL,"
	"  reading TEXT NOT NULL,"
	"  detail TEXT NOT NULL,"
	"  wall_ns INTEGER NOT NULL,"
	"  cpu_ns INTEGER NOT NULL,"
	"  peak_bytes INTEGER NOT NULL,"
	"  calls INTEGER NOT NULL,"
	"  layers INTEGER NOT NULL,"
	"  PRIMARY KEY(run, ordinal),"
	"  UNIQUE(run, task, sample_index)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE proofs("
	"  key TEXT PRIMARY KEY,"
	"  protection TEXT NOT NULL,"
	"  detail TEXT NOT NULL,"
	"  made_ms INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;",
	/* 1 -> 2: the compiled tests of a proved task */
	"ALTER TABLE proofs ADD COLUMN code BLOB;",
	/* 2 -> 3: what a verdict rests on */
	"ALTER TABLE samples ADD COLUMN rerun INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE samples ADD COLUMN evidence TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE runs ADD COLUMN noise TEXT NOT NULL DEFAULT '';",
};
#define LATEST_VERSION ((int)ARRAY_SIZE(migrations))

/*
 * Verdicts wait here, in memory, for their transaction: other processes are kept out of the store
 * for the moment of the commit and not from one commit to the next.
 */
static const char pending_table[] = "CREATE TEMP TABLE pending("
				    "  run INTEGER NOT NULL, ordinal INTEGER NOT NULL,"
				    "  task TEXT NOT NULL, sample_index INTEGER NOT NULL,"
				    "  hash BLOB NOT NULL, text BLOB NOT NULL,"
				    "  status TEXT NOT NULL, outcome TEXT NOT NULL,"
				    "  protection TEXT NOT NULL, reading TEXT NOT NULL,"
				    "  detail TEXT NOT NULL, wall_ns INTEGER NOT NULL,"
				    "  cpu_ns INTEGER NOT NULL, peak_bytes INTEGER NOT NULL,"
				    "  calls INTEGER NOT NULL, layers INTEGER NOT NULL,"
				    "  rerun INTEGER NOT NULL, evidence TEXT NOT NULL,"
				    "  UNIQUE(run, ordinal), UNIQUE(run, task, sample_index)"
				    ") STRICT";

static int ask_int(struct store *s, const char *sql, int64_t *ret, struct err *err)
{
	auto_query q = { 0 };

	if (query_begin(&q, s, sql, err) < 0 || query_step(&q, err) < 0)
		return -1;
	*ret = query_get_int(&q, 0);
	return 0;
}

struct identity {
	int64_t application, version, objects;
};

static int read_identity(struct store *s, struct identity *ret, struct err *err)
{
	if (ask_int(s, "PRAGMA application_id", &ret->application, err) < 0 ||
	    ask_int(s, "PRAGMA user_version", &ret->version, err) < 0 ||
	    ask_int(s, "SELECT count(*) FROM main.sqlite_schema", &ret->objects, err) < 0)
		return -1;
	return 0;
}

int schema_identify(struct store *s, int *ret_version, struct err *err)
{
	struct identity id = { 0 };

	/* One snapshot: another process may be making the tables just now. */
	if (db_exec(s, "BEGIN", err) < 0 || db_end(s, read_identity(s, &id, err), err) < 0)
		return -1;
	if (!id.application && !id.version && !id.objects) {
		*ret_version = 0;
		return 0;
	}
	if (id.application != APPLICATION_ID || id.version < 1)
		return err_set(err, ERR_INPUT, "store %s: not an assay store", s->path);
	if (id.version > LATEST_VERSION)
		return err_set(err, ERR_INPUT,
			       "store %s: written by a newer assay (schema %lld, this program "
			       "knows %d): update assay, or name another file with --store",
			       s->path, (long long)id.version, LATEST_VERSION);
	*ret_version = (int)id.version;
	return 0;
}

static int migrate_from(struct store *s, int version, struct err *err)
{
	char stamp[80];

	for (; version < LATEST_VERSION; version++) {
		if (db_exec(s, migrations[version], err) < 0)
			return -1;
	}
	(void)snprintf(stamp, sizeof(stamp), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		       APPLICATION_ID, LATEST_VERSION);
	return db_exec(s, stamp, err);
}

int schema_migrate(struct store *s, struct err *err)
{
	int version = 0;

	if (schema_identify(s, &version, err) < 0)
		return -1;
	if (version < LATEST_VERSION) {
		if (db_begin(s, err) < 0 || db_end(s, migrate_from(s, version, err), err) < 0)
			return -1;
	}
	return db_exec(s, pending_table, err);
}
