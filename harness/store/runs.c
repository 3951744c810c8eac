/* SPDX-License-Identifier: Apache-2.0 */
/* Runs: made, found again, held by one process at a time, finished. */
#include "harness/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "harness/store/db.h"

#define MIN_PREFIX 4 /* digits of an id */
#define MAX_NAMED  4 /* runs that an ambiguity message names */

#define SELECT_RUN                                                                                 \
	"SELECT id, name, state, key, suite_name, suite_source, suite_hash, model, "               \
	"samples_source, samples_hash, config, n_samples, created_ms, finished_ms, "               \
	"noise FROM runs "

static const char *const state_names[] = { [RUN_OPEN] = "open", [RUN_DONE] = "done" };

void run_record_release(struct run_record *r)
{
	free(r->name);
	free(r->suite_name);
	free(r->suite_source);
	free(r->suite_hash);
	free(r->model);
	free(r->samples_source);
	free(r->samples_hash);
	free(r->config_json);
	free(r->noise_json);
	*r = (struct run_record){ 0 };
}

/* Copies at most size - 1 bytes: a foreign store may hold anything. */
static void get_fixed(const struct query *q, int column, char *ret, size_t size)
{
	size_t n = strnlen(query_get_text(q, column), size - 1);

	memcpy(ret, query_get_text(q, column), n);
	ret[n] = '\0';
}

static void read_run(const struct query *q, struct run_record *r)
{
	*r = (struct run_record){ 0 };
	get_fixed(q, 0, r->id, sizeof(r->id));
	r->name = query_get_copy(q, 1);
	r->state = strcmp(query_get_text(q, 2), state_names[RUN_DONE]) ? RUN_OPEN : RUN_DONE;
	get_fixed(q, 3, r->key, sizeof(r->key));
	r->suite_name = xstrdup(query_get_text(q, 4));
	r->suite_source = xstrdup(query_get_text(q, 5));
	r->suite_hash = xstrdup(query_get_text(q, 6));
	r->model = xstrdup(query_get_text(q, 7));
	r->samples_source = xstrdup(query_get_text(q, 8));
	r->samples_hash = xstrdup(query_get_text(q, 9));
	r->config_json = xstrdup(query_get_text(q, 10));
	r->n_samples = query_get_int(q, 11);
	r->created_ms = query_get_int(q, 12);
	r->finished_ms = query_get_int(q, 13);
	r->noise_json = xstrdup(query_get_text(q, 14));
}

int run_row(struct store *s, const char *run_id, int64_t *ret, struct err *err)
{
	auto_query q = { 0 };
	int got;

	if (!strcmp(s->run_id, run_id)) {
		*ret = s->run_row;
		return 0;
	}
	if (query_begin(&q, s, "SELECT row, id FROM runs WHERE id = ?", err) < 0)
		return -1;
	query_text(&q, run_id);
	got = query_step(&q, err);
	if (got < 0)
		return -1;
	if (!got)
		return err_set(err, ERR_INPUT, "store %s: no run %s", s->path, run_id);
	s->run_row = query_get_int(&q, 0);
	get_fixed(&q, 1, s->run_id, sizeof(s->run_id));
	*ret = s->run_row;
	return 0;
}

/* ---- holding ---- */

static int hold(struct store *s, int64_t row, const char *run_id, struct err *err)
{
	int held = db_lock(s, row + 1, false, err);

	if (held <= 0)
		return held;
	return err_set(err, ERR_HARNESS,
		       "run %s is being scored by another process: wait for it or stop it", run_id);
}

static int is_open(struct store *s, int64_t row, const char *run_id, struct err *err)
{
	auto_query q = { 0 };

	if (query_begin(&q, s, "SELECT 1 FROM runs WHERE row = ? AND state = 'open'", err) < 0)
		return -1;
	query_int(&q, row);
	switch (query_step(&q, err)) {
	case 1:
		return 0;
	case 0:
		return err_set(err, ERR_HARNESS, "run %s has been finished by another process",
			       run_id);
	}
	return -1;
}

int store_run_lock(struct store *s, const char *run_id, struct err *err)
{
	int64_t row = 0;

	if (run_row(s, run_id, &row, err) < 0 || hold(s, row, run_id, err) < 0)
		return -1;
	if (is_open(s, row, run_id, err) < 0) {
		db_unlock(s, row + 1);
		return -1;
	}
	return 0;
}

/* ---- making and finishing ---- */

static int make_id(char id[17], struct err *err)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[8];

	if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
		return err_sys(err, "cannot make a run id");
	for (size_t i = 0; i < sizeof(raw); i++) {
		id[2 * i] = digits[raw[i] >> 4];
		id[2 * i + 1] = digits[raw[i] & 15];
	}
	id[16] = '\0';
	return 0;
}

static int insert_run(struct store *s, const struct run_record *r, struct err *err)
{
	auto_query q = { 0 };

	if (query_begin(&q, s,
			"INSERT INTO runs(state, id, name, key, suite_name, suite_source, "
			"suite_hash, model, samples_source, samples_hash, config, n_samples, "
			"created_ms) VALUES('open', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			err) < 0)
		return -1;
	query_text(&q, r->id);
	query_text(&q, r->name);
	query_text(&q, r->key);
	query_text(&q, r->suite_name);
	query_text(&q, r->suite_source);
	query_text(&q, r->suite_hash);
	query_text(&q, r->model);
	query_text(&q, r->samples_source);
	query_text(&q, r->samples_hash);
	query_text(&q, r->config_json);
	query_int(&q, r->n_samples);
	query_int(&q, r->created_ms);
	return query_run(&q, err);
}

/* The lock is taken before anybody can see the run. */
static int insert_and_hold(struct store *s, const struct run_record *r, struct err *err)
{
	if (insert_run(s, r, err) < 0)
		return -1;
	return hold(s, sqlite3_last_insert_rowid(s->db), r->id, err);
}

int store_run_create(struct store *s, struct run_record *r, struct err *err)
{
	struct run_record made = *r;

	if (r->name && (!*r->name || *r->name == '@'))
		return err_set(err, ERR_USAGE,
			       "a run's name is not empty and does not begin with @");
	if (make_id(made.id, err) < 0)
		return -1;
	made.created_ms = clock_unix_ms();
	if (db_begin(s, err) < 0 || db_end(s, insert_and_hold(s, &made, err), err) < 0)
		return -1;
	memcpy(r->id, made.id, sizeof(r->id));
	r->created_ms = made.created_ms;
	r->state = RUN_OPEN;
	r->finished_ms = 0;
	return 0;
}

int store_run_note_noise(struct store *s, const char *run_id, const char *noise_json,
			 struct err *err)
{
	auto_query q = { 0 };
	int64_t row = 0;

	if (run_row(s, run_id, &row, err) < 0 ||
	    query_begin(&q, s, "UPDATE runs SET noise = ? WHERE row = ?", err) < 0)
		return -1;
	query_text(&q, noise_json);
	query_int(&q, row);
	return query_run(&q, err);
}

static int check_complete(struct store *s, int64_t row, const char *run_id, struct err *err)
{
	auto_query q = { 0 };

	if (query_begin(&q, s,
			"SELECT n_samples, (SELECT count(*) FROM samples WHERE run = row) "
			"FROM runs WHERE row = ?",
			err) < 0)
		return -1;
	query_int(&q, row);
	if (query_step(&q, err) < 0)
		return -1;
	if (query_get_int(&q, 0) == query_get_int(&q, 1))
		return 0;
	return err_set(err, ERR_HARNESS, "run %s has %lld verdicts for %lld samples", run_id,
		       (long long)query_get_int(&q, 1), (long long)query_get_int(&q, 0));
}

int store_run_finish(struct store *s, const char *run_id, struct err *err)
{
	auto_query q = { 0 };
	int64_t row = 0;

	if (store_commit(s, err) < 0 || run_row(s, run_id, &row, err) < 0 ||
	    check_complete(s, row, run_id, err) < 0 ||
	    query_begin(&q, s,
			"UPDATE runs SET state = 'done', finished_ms = ? "
			"WHERE row = ? AND state = 'open'",
			err) < 0)
		return -1;
	query_int(&q, clock_unix_ms());
	query_int(&q, row);
	if (query_run(&q, err) < 0)
		return -1;
	db_unlock(s, row + 1);
	return 0;
}

/* ---- finding ---- */

int store_run_find_open(struct store *s, const char *key, struct run_record *ret, struct err *err)
{
	auto_query q = { 0 };
	int got;

	if (query_begin(&q, s,
			SELECT_RUN "WHERE key = ? AND state = 'open' ORDER BY row DESC LIMIT 1",
			err) < 0)
		return -1;
	query_text(&q, key);
	got = query_step(&q, err);
	if (got > 0)
		read_run(&q, ret);
	return got;
}

/* Takes the only row of the query; several are an error that names some. 0: none. */
static int only_run(struct query *q, const char *which, struct run_record *ret, struct err *err)
{
	auto_strbuf ids = { 0 };
	struct run_record first = { 0 };
	int got, n = 0;

	while ((got = query_step(q, err)) > 0 && n < MAX_NAMED) {
		if (!n++)
			read_run(q, &first);
		strbuf_addf(&ids, "%s%s", ids.len ? ", " : "", query_get_text(q, 0));
	}
	if (got >= 0 && n == 1) {
		*ret = first;
		return 1;
	}
	run_record_release(&first);
	if (got >= 0 && n > 1)
		return err_set(err, ERR_INPUT, "several runs fit '%s': %s%s", which,
			       strbuf_str(&ids), got ? ", ..." : "");
	return got;
}

static int find_by_text(struct store *s, const char *sql, const char *which, struct run_record *ret,
			struct err *err)
{
	auto_query q = { 0 };

	if (query_begin(&q, s, sql, err) < 0)
		return -1;
	query_text(&q, which);
	return only_run(&q, which, ret, err);
}

static int find_by_age(struct store *s, const char *which, struct run_record *ret, struct err *err)
{
	auto_query q = { 0 };
	char *end;
	long nth;

	errno = 0;
	nth = strtol(which + 1, &end, 10);
	if (errno || *end || end == which + 1 || nth < 1)
		return err_set(err, ERR_INPUT, "no run '%s': write @1 for the newest", which);
	if (query_begin(&q, s, SELECT_RUN "ORDER BY row DESC LIMIT 1 OFFSET ?", err) < 0)
		return -1;
	query_int(&q, nth - 1);
	return only_run(&q, which, ret, err);
}

static int find_any(struct store *s, const char *which, struct run_record *ret, struct err *err)
{
	int got;

	if (*which == '@')
		return find_by_age(s, which, ret, err);
	got = find_by_text(s, SELECT_RUN "WHERE id = ?", which, ret, err);
	if (!got)
		got = find_by_text(s, SELECT_RUN "WHERE name = ? ORDER BY row DESC", which, ret,
				   err);
	if (!got && strlen(which) >= MIN_PREFIX)
		got = find_by_text(s,
				   SELECT_RUN "WHERE substr(id, 1, length(?1)) = ?1 "
					      "ORDER BY row DESC",
				   which, ret, err);
	return got;
}

int store_run_find(struct store *s, const char *which, struct run_record *ret, struct err *err)
{
	int got = find_any(s, which, ret, err);

	if (got)
		return got < 0 ? -1 : 0;
	return err_set(
		err, ERR_INPUT,
		"no run '%s' in %s: give the first %d digits of an id or more, a name, or @1 "
		"for the newest",
		which, s->path, MIN_PREFIX);
}
