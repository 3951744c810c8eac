/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One box as the server holds it, shared by the files that together are the engine: engine.c
 * (start and end), box_limits.c (what is watched), box_streams.c (output), box_events.c (messages
 * of init, the filter's questions), box_result.c (what it all comes to).
 */
#ifndef SANDBOX_BOX_STATE_H
#define SANDBOX_BOX_STATE_H

#include <stdbool.h>
#include <sys/types.h>

#include "sandbox/child.h"
#include "sandbox/engine.h"
#include "sandbox/output.h"
#include "sandbox/relay.h"
#include "sandbox/watch.h"

#define SETUP_LIMIT_NS (20 * NS_PER_SEC)

struct stream {
	struct box *box;
	int fd;              /* of the pipe's reading end; -1 at its end */
	int sink;            /* /dev/null, once there is much; else -1 */
	struct relay *relay; /* passed on to, or NULL */
	struct loop_watch *watch;
	int64_t *total; /* in the result, too */
	struct output output;
	bool is_heavy, is_large; /* much has come; its pipe is a large one */
};

struct box {
	struct engine *engine;
	struct box *next;
	int number;
	enum child_role role;
	struct zygote *zygote; /* CHILD_WARM: whose fork this is */
	uint64_t warm_id;      /* of the request to it */
	struct box_limits limits;
	pid_t pid;
	int pidfd, control, listener, scratch, proc;
	struct stream out, err;
	struct loop_watch *pid_watch, *control_watch, *listener_watch;
	struct loop_timer *tick;
	struct cg_group *group;
	int64_t requested_ns, started_ns, ended_ns, killed_ns;
	bool has_started, has_exit, has_growth, is_killed;
	enum box_end reason;      /* why we killed it; BOX_EXITED: we did not */
	struct watch_sample seen; /* largest values, where there are no control groups */
	int64_t max_rss;
	int64_t wall_due_ns;                  /* when the wall limit ends it; 0: not started */
	int64_t pressure_at_ns, pressure0_ns; /* the machine's, at its start or a moment before */
	int64_t disk_free_bytes, disk_free_inodes; /* as a clone's init has counted */
	struct strvec outs;                        /* files to bring back */
	struct box_result result;
	engine_done_fn *done;
	void *done_data;
};

static inline int64_t max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static inline int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* What the child needs and we do not, once it is cloned. */
struct box_launch {
	struct child child;
	struct box_spec spec; /* a shallow copy with defaults filled in */
	struct strvec env;
	int control, out, err;
};

/* engine.c */
/* As engine_start(), for a role of its own. */
int box_start_as(struct engine *e, enum child_role role, const struct box_spec *spec,
		 engine_done_fn *done, void *data, struct box **ret, struct err *err);
/* Every process of the box is dead: its result goes out, and it is forgotten. */
void box_finish(struct box *b, int init_status);
/* Ended by a failure of ours. */
void box_lose(struct box *b, const char *why);

/* box_limits.c: kills the box for a reason (the first counts); sets the next look at its limits. */
void box_kill_for(struct box *b, enum box_end reason);
void box_set_tick(struct box *b, int64_t now);
void box_on_tick(struct loop *loop, void *data);
/* The machine's pressure since the start of the box, as box_set_tick() found it. */
void box_count_pressure(struct box *b);

/* box_streams.c */
/* A pipe whose reading end is watched; the writing end is the child's. */
int box_open_stream(struct box *b, struct stream *s, int relay, int *ret_write_end,
		    struct err *err);
void box_close_stream(struct stream *s);
bool box_is_over_output(const struct box *b);
/* After every process is dead: reads what is left, and puts what is kept into the result. */
void box_drain_streams(struct box *b);

/* box_events.c */
int box_watch_control(struct box *b, struct err *err);
/* A word of init, or of the program before it is one; takes the descriptors that it uses. */
void box_take_message(struct box *b, const struct control_msg *msg, int fds[2]);
/* Reads whatever init and the program have left behind. */
void box_drain(struct box *b);

/* box_result.c: counts and decides, once every process of the box is dead. */
void box_conclude(struct box *b, int init_status);

#endif
