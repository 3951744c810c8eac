/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes by way of the cache: an answer from the loop, or a box whose result is kept. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/loop.h"
#include "sandbox/cache.h"
#include "sandbox/cache_state.h"

struct box_cached {
	struct box_cached *next;
	struct box_cache *cache;
	struct box_handle *box;   /* a box under way */
	struct loop_timer *timer; /* or an answer that waits for the loop */
	struct box_cache_key key;
	struct box_cache_use use; /* without its texts */
	struct box_result hit;
	box_done_fn *done;
	void *data;
};

static void unlist(struct box_cached *h)
{
	for (struct box_cached **p = &h->cache->hits; *p; p = &(*p)->next) {
		if (*p == h) {
			*p = h->next;
			return;
		}
	}
}

static void answer(struct box_cached *h)
{
	unlist(h);
	loop_timer_cancel(h->timer);
	h->done(&h->hit, h->data);
	box_result_release(&h->hit);
	free(h);
}

static void on_timer(struct loop *loop, void *data)
{
	struct box_cached *h = data;

	(void)loop;
	h->timer = NULL; /* gone by having fired */
	answer(h);
}

static void on_box(const struct box_result *r, void *data)
{
	struct box_cached *h = data;

	if (h->cache)
		(void)box_cache_put(h->cache, &h->key, &h->use, r, NULL);
	h->done(r, h->data);
	free(h);
}

static void answer_later(struct box_cached *h, struct box_client *client)
{
	h->cache->answer = answer;
	h->next = h->cache->hits;
	h->cache->hits = h;
	h->timer = loop_timer_at(box_client_loop(client), clock_mono_ns(), on_timer, h);
}

int box_cached(struct box_cache *c, struct box_client *client, const struct box_cached_job *job,
	       struct box_cached **ret, struct err *err)
{
	struct box_spec spec = *job->spec; /* shallow: all it points to stays the caller's */
	struct box_cache_key key = { 0 };
	struct box_result hit = { 0 };

	if (!spec.rootfs)
		spec.rootfs = box_client_rootfs(client);
	if (c && (spec.stdout_fd >= 0 || spec.stderr_fd >= 0))
		return err_set(err, ERR_USAGE, "output of a cached box is kept, not passed on");
	if (c && box_cache_key(&spec, job->use, &key, err) < 0)
		return -1;
	bool is_hit = c && box_cache_get(c, &key, &spec, &hit);
	struct box_cached *h = xcalloc(1, sizeof(*h));

	*h = (struct box_cached){ .cache = c, .key = key, .done = job->done, .data = job->data };
	h->use.keeps_failures = job->use->keeps_failures;
	h->use.needs_all_output = job->use->needs_all_output;
	if (is_hit) {
		box_result_move(&h->hit, &hit);
		answer_later(h, client);
	} else if (box_start(client, job->spec, on_box, h, &h->box, err) < 0) {
		free(h);
		return -1;
	}
	*ret = h;
	return 0;
}

void box_cached_kill(struct box_cached *h)
{
	if (h->box)
		box_kill(h->box);
}
