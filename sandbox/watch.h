/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching a box through its own /proc, where there are no control groups to count: memory, CPU
 * time and number of all its processes. Where it has none, through ours, from its first process
 * down: whoever is left alone in a pid namespace becomes a child of that. Sampled, so a peak
 * between two looks is missed; results say so.
 */
#ifndef SANDBOX_WATCH_H
#define SANDBOX_WATCH_H

#include <stdint.h>
#include <sys/types.h>

struct watch_sample {
	int64_t mem_bytes; /* anonymous and shared memory of all processes, without files */
	int64_t cpu_ns;    /* used by living processes and those they waited for */
	int64_t processes; /* threads included, the box's first process not */
};

/* proc_dir: a descriptor of the box's /proc. 0, or -1 when it is gone. */
int watch_look(int proc_dir, struct watch_sample *ret);
/* init: the box's first process as we see it. -1 when it is gone or has no list of children. */
int watch_look_below(pid_t init, struct watch_sample *ret);

/* How its living processes and threads got on with others for CPUs; its first process is left out.
 */
struct watch_delays {
	int64_t wait_ns;  /* ready to run but not running: the thread that waited longest; -1 where
			    the kernel does not count it */
	int64_t ready_ns; /* likewise, running or not: the thread that was ready for longest */
	int64_t switches_voluntary, switches_forced;
};
int watch_delays(int proc_dir, struct watch_delays *ret);
/* The same for the processes of a control group, whose open folder is `group`. */
int watch_group_delays(int group, struct watch_delays *ret);

#endif
