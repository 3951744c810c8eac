/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library: its objects over the client of the box server (sandbox/box.h), whose structures may
 * change with every build, while these may not.
 */
#include "api/assaybox.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/internal.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/loop.h"
#include "sandbox/layers.h"

struct assaybox {
	struct loop *loop;
	struct box_client *client;
	enum box_level level;
	int n_open;
	bool is_calling; /* a callback is under way */
};

struct assaybox_box {
	struct assaybox *owner;
	struct box_handle *handle;
	struct box_limits limits;
	assaybox_done_fn *done;
	void *data;
};

const char *assaybox_version(void)
{
	return ASSAYBOX_VERSION;
}

/* ---- errors ---- */

static_assert(sizeof(struct assaybox_error) == 1024, "callers have this size compiled in");
static_assert(ERR_MSG_SIZE <= sizeof(((struct assaybox_error *)NULL)->message), "no text is cut");
static_assert((int)ERR_USAGE == ASSAYBOX_ERROR_USAGE && (int)ERR_INPUT == ASSAYBOX_ERROR_INPUT &&
		      (int)ERR_HARNESS == ASSAYBOX_ERROR_HARNESS,
	      "kinds are those of ours");

/* -1, so that it reads well after `return`. */
static int tell(const struct err *err, struct assaybox_error *out)
{
	if (!out)
		return -1;
	out->kind = (int)err->kind;
	out->sys_errno = err->sys_errno;
	(void)snprintf(out->message, sizeof(out->message), "%s", err->msg);
	return -1;
}

/* ---- the connection ---- */

/* Members that a later header has beyond ours must be zero: we would not heed them. */
static int read_options(const struct assaybox_options *given, struct assaybox_options *o,
			struct err *err)
{
	memset(o, 0, sizeof(*o));
	if (!given)
		return 0;
	if (given->size < sizeof(given->size))
		return err_set(err, ERR_USAGE, "the options do not say their size");
	for (size_t i = sizeof(*o); i < given->size; i++) {
		if (((const char *)given)[i])
			return err_set(err, ERR_USAGE,
				       "an option that libassaybox " ASSAYBOX_VERSION
				       " does not know");
	}
	memcpy(o, given, given->size < sizeof(*o) ? given->size : sizeof(*o));
	return 0;
}

static int open_client(struct assaybox *a, const struct assaybox_options *given, struct err *err)
{
	struct assaybox_options o;

	if (read_options(given, &o, err) < 0 || level_of(o.level, &a->level, err) < 0 ||
	    loop_new(&a->loop, err) < 0)
		return -1;
	return box_client_new_from(a->loop, o.program ? o.program : program_default(), a->level,
				   &a->client, err);
}

int assaybox_open(const struct assaybox_options *options, struct assaybox **ret,
		  struct assaybox_error *error)
{
	struct assaybox *a = xcalloc(1, sizeof(*a));
	struct err err = { 0 };

	if (open_client(a, options, &err) < 0) {
		assaybox_close(a);
		return tell(&err, error);
	}
	*ret = a;
	return 0;
}

void assaybox_close(struct assaybox *a)
{
	if (!a)
		return;
	assert(!a->is_calling);
	box_client_free(a->client);
	loop_free(a->loop);
	free(a);
}

int assaybox_layer(const struct assaybox *a, int index, const char **ret_name, const char **ret_why)
{
	if (index < 0 || index >= LAYER_COUNT)
		return -1;
	*ret_name = layer_infos[index].name;
	if (ret_why)
		*ret_why = box_client_why(a->client, (enum box_layer)index);
	return (box_client_layers(a->client) & LAYER_BIT(index)) != 0;
}

int assaybox_fd(const struct assaybox *a)
{
	return loop_fd(a->loop);
}

/* ---- boxes ---- */

static void on_done(const struct box_result *r, void *data)
{
	struct assaybox_box *box = data;
	struct assaybox *a = box->owner;
	struct result_text made = { 0 };
	struct assaybox_result result = { .r = r, .limits = box->limits, .made = &made };
	bool was_calling = a->is_calling;

	a->n_open--;
	a->is_calling = true;
	box->done(&result, box->data);
	a->is_calling = was_calling;
	result_text_release(&made);
	free(box);
}

/* The level that has both what the connection and what the spec wants. */
static enum box_level stronger(enum box_level a, enum box_level b)
{
	return box_level_demands(a) & ~box_level_demands(b) ? a : b;
}

/* A box has an input of its own: whoever holds a memory file may change its mode and place. */
static int start(struct assaybox *a, const struct assaybox_spec *s, struct assaybox_box *box,
		 struct err *err)
{
	auto_free struct box_spec *spec = xmemdup(&s->box, sizeof(s->box)); /* strings are s's */
	auto_close int input = -1;

	if (s->fault.kind)
		return err_set(err, s->fault.kind, "%s", s->fault.msg);
	if (s->has_input) {
		input = fs_memfd("input", s->input.buf, s->input.len, err);
		if (input < 0)
			return -1;
		spec->stdin_fd = input;
	}
	spec->level = s->has_level ? stronger(a->level, s->box.level) : a->level;
	if (box_level_check(spec->level, box_client_layers(a->client), NULL, err) < 0)
		return -1;
	return box_start(a->client, spec, on_done, box, &box->handle, err);
}

int assaybox_start(struct assaybox *a, const struct assaybox_spec *spec, assaybox_done_fn *done,
		   void *data, struct assaybox_box **ret, struct assaybox_error *error)
{
	struct assaybox_box *box = xcalloc(1, sizeof(*box));
	struct err err = { 0 };

	*box = (struct assaybox_box){
		.owner = a, .limits = spec->box.limits, .done = done, .data = data
	};
	box_limits_fill(&box->limits);
	if (start(a, spec, box, &err) < 0) {
		free(box);
		return tell(&err, error);
	}
	a->n_open++;
	if (ret)
		*ret = box;
	return 0;
}

void assaybox_kill(struct assaybox_box *box)
{
	box_kill(box->handle);
}

/* Callbacks that wait for others would be called in the middle of each other. */
static int refuse_nesting(const struct assaybox *a, struct assaybox_error *error)
{
	struct err err = { 0 };

	if (!a->is_calling)
		return 0;
	(void)err_set(&err, ERR_USAGE, "a callback may start boxes, but not wait for them");
	return tell(&err, error);
}

int assaybox_dispatch(struct assaybox *a, int timeout_ms, struct assaybox_error *error)
{
	struct err err = { 0 };

	if (refuse_nesting(a, error) < 0)
		return -1;
	if (a->n_open > 0 && loop_step(a->loop, timeout_ms, &err) < 0)
		return tell(&err, error);
	return a->n_open;
}

/* ---- one box, waited for ---- */

/* On the heap: a wait that fails leaves it to the box. */
struct waiting {
	struct assaybox_result *result;
	bool is_given_up;
};

static void keep(const struct assaybox_result *shown, void *data)
{
	struct waiting *w = data;

	if (w->is_given_up) {
		free(w);
		return;
	}
	w->result = xcalloc(1, sizeof(*w->result));
	box_result_move(&w->result->own, shown->r);
	w->result->r = &w->result->own;
	w->result->limits = shown->limits;
	w->result->made = xcalloc(1, sizeof(*w->result->made));
}

int assaybox_run(struct assaybox *a, const struct assaybox_spec *spec, struct assaybox_result **ret,
		 struct assaybox_error *error)
{
	struct waiting *w = xcalloc(1, sizeof(*w));
	struct assaybox_box *box;
	struct err err = { 0 };

	if (refuse_nesting(a, error) < 0 || assaybox_start(a, spec, keep, w, &box, error) < 0) {
		free(w);
		return -1;
	}
	while (!w->result) {
		if (loop_step(a->loop, -1, &err) < 0) {
			w->is_given_up = true;
			assaybox_kill(box);
			return tell(&err, error);
		}
	}
	*ret = w->result;
	free(w);
	return 0;
}
