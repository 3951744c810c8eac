/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pressure stall information: for how long some task was kept waiting for a CPU. A control group of
 * version 2 counts it for itself; elsewhere there is the whole machine's, in /proc/pressure/cpu.
 */
#ifndef SANDBOX_PRESSURE_H
#define SANDBOX_PRESSURE_H

#include <stdbool.h>
#include <stdint.h>

/* The machine's; zeroes are ready. The file is opened once. */
struct pressure {
	bool is_open; /* has been tried, at least */
	int fd;
	int64_t at_ns, some_ns; /* the last look: clock_mono_ns(), and what it gave */
};

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=MICROSECONDS": the total of that line, -1: none. */
int64_t pressure_parse(const char *text, const char *line);
/* Looks, unless the last look is at most max_age_ns old; `some_ns` is -1 where there is none. */
void pressure_look(struct pressure *p, int64_t now_ns, int64_t max_age_ns);
void pressure_release(struct pressure *p);

#endif
