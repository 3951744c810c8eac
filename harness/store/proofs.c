/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs of tasks: how each can be judged here, found out once for each key. */
#include "harness/store/store.h"

#include "base/clock.h"
#include "harness/store/db.h"

int store_proof_get(struct store *s, const char *key, struct strbuf *ret_protection,
		    struct strbuf *ret_detail, struct strbuf *ret_code, struct err *err)
{
	auto_query q = { 0 };
	int got;

	if (query_begin(&q, s, "SELECT protection, detail, code FROM proofs WHERE key = ?", err) <
	    0)
		return -1;
	query_text(&q, key);
	got = query_step(&q, err);
	if (got > 0) {
		strbuf_addstr(ret_protection, query_get_text(&q, 0));
		strbuf_addstr(ret_detail, query_get_text(&q, 1));
		query_get_blob(&q, 2, ret_code);
	}
	return got;
}

int store_proof_put(struct store *s, const char *key, const struct proof_record *r, struct err *err)
{
	auto_query q = { 0 };

	if (query_begin(&q, s,
			"INSERT INTO proofs(key, protection, detail, made_ms, code) "
			"VALUES(?, ?, ?, ?, ?) "
			"ON CONFLICT(key) DO UPDATE SET protection = excluded.protection, "
			"detail = excluded.detail, made_ms = excluded.made_ms, "
			"code = excluded.code",
			err) < 0)
		return -1;
	query_text(&q, key);
	query_text(&q, r->protection);
	query_text(&q, r->detail ? r->detail : "");
	query_int(&q, clock_unix_ms());
	query_blob(&q, r->code, r->code_len);
	return query_run(&q, err);
}
