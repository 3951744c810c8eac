/* SPDX-License-Identifier: Apache-2.0 */
/* Limits that follow from others, so that CPU time decides and the clock is a backstop. */
#include "harness/run/run.h"

#include "graders/evidence.h"

#define WALL_PER_CPU  3
#define WALL_EXTRA_MS 1000
#define WALL_PATIENCE 8
#define LONGEST_MS    (1000LL * 24 * 3600 * 1000) /* keeps products in range */

void run_derive_limits(struct box_limits *limits)
{
	if (limits->cpu_ms > LONGEST_MS)
		limits->cpu_ms = LONGEST_MS;
	if (limits->wall_ms == 0)
		limits->wall_ms = WALL_PER_CPU * limits->cpu_ms + WALL_EXTRA_MS;
	if (limits->wall_ms > LONGEST_MS)
		limits->wall_ms = LONGEST_MS;
	limits->wall_max_ms = WALL_PATIENCE * limits->wall_ms;
	limits->cpu_slack_ms = NEAR_CPU_SLACK(limits->cpu_ms);
	box_limits_fill(limits);
}

void run_default_limits(struct box_limits *limits)
{
	*limits = (struct box_limits){
		.cpu_ms = 3000,
		.mem_bytes = 1LL << 30,
		.processes = 64,
	};
	run_derive_limits(limits);
}
