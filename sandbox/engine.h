/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boxes from request to result: the part of assay-box that `serve` and `run` share.
 *
 *   starting --ready, started--> running --limit or exit--> ending --pidfd--> done(result)
 *
 * Limits are watched from outside on the event loop; the result is put together from facts that the
 * program cannot write to.
 */
#ifndef SANDBOX_ENGINE_H
#define SANDBOX_ENGINE_H

#include <sched.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/loop.h"
#include "sandbox/box.h"
#include "sandbox/host.h"

struct box;
struct relay;
struct template;

struct engine {
	struct loop *loop;
	struct host host;
	struct box *boxes; /* under way */
	int n_boxes;
	struct template *templates;
	struct template *stem; /* among them: where boxes without a template are cloned from */
	uint64_t next_warm_id;
	struct relay *relays; /* output that still has to be passed on, of boxes that ended, too */
	int n_large_pipes;
	bool is_releasing;
	uint64_t numbers[16]; /* bitmap of box numbers in use */
	cpu_set_t cpus;       /* that slots are laid on in turn */
	unsigned next_slot;
};
#define ENGINE_MAX_BOXES (16 * 64)

/* The result may be changed (its buffers taken) by the callee; it is released afterwards. */
typedef void engine_done_fn(struct box *box, struct box_result *result, void *data);

int engine_init(struct engine *e, struct loop *loop, struct err *err);
/* The slot among those that differ, one a CPU; -1 where it makes no difference. */
int engine_slot(const struct engine *e, int slot);
/* One for something that names none and stays on a CPU all the same. */
int engine_any_slot(struct engine *e);
/* Kills what is under way and waits for it (done is not called), then removes all traces. */
void engine_release(struct engine *e);

/*
 * Starts a box. Takes nothing: the spec and its descriptors may be released on return. done is
 * always called from the loop, also when set-up fails. Errors here mean a bad spec or exhausted
 * resources.
 */
int engine_start(struct engine *e, const struct box_spec *spec, engine_done_fn *done, void *data,
		 struct box **ret, struct err *err);
/* BOX_CANCELLED, unless the box has ended already. */
void engine_kill(struct box *box);

#endif
