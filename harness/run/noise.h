/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host noise: what else the machine did while a run lasted. Verdicts rest on CPU time, which load
 * changes little; whoever compares measured times needs to know. Kept with the run as a JSON array
 * with an object for each process that scored at it ("session"):
 *
 *   started (ms since 1970), slots, cpus, load_before
 *   before {cpu_ns, wall_ns}: of a fixed piece of arithmetic; wall above CPU time is time that
 *     others took, CPU time itself the speed of the processor
 *   and, unless the session was killed: after {cpu_ns, wall_ns}, wall_s, load_after,
 *     steal_share: of all CPU time, what the hypervisor gave to others
 *     busy_share: of all CPU time, what anybody used, we included
 *     others_share: of all CPU time, what was used by none of ours, as far as ours is known
 *     pressure_some, pressure_full: share of the time in which some task waited for a CPU, or all
 *     did; absent where the kernel does not count it
 *     switches_forced: of the answers' boxes, as far as known
 */
#ifndef HARNESS_RUN_NOISE_H
#define HARNESS_RUN_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "sandbox/box.h"

struct noise_calibration {
	int64_t cpu_ns, wall_ns;
};

/* Counters at one moment; -1: not there. */
struct noise_counters {
	int64_t at_ns;
	int64_t ticks_all, ticks_busy, ticks_steal;
	int64_t some_ns, full_ns;
	int64_t own_ns; /* CPU time of ours, the server's and the boxes that have ended */
	double load;    /* of the last minute */
};

struct noise {
	int slots, cpus;
	int64_t started_ms;
	struct noise_calibration before, after;
	struct noise_counters begin, end;
	int64_t switches_forced;
	bool has_ended;
};

void noise_begin(struct noise *n, int slots, const struct box_client *client);
void noise_end(struct noise *n, const struct box_client *client);
/* The array with this session at its end; `earlier` is what the store had, "" or NULL: nothing. */
void noise_write(const struct noise *n, const char *earlier, struct strbuf *out);

/* The pure part: the first line of /proc/stat. -1 where it is not one. */
int noise_parse_stat(const char *text, struct noise_counters *ret);

#endif
