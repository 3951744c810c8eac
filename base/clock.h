/* SPDX-License-Identifier: Apache-2.0 */
/* Time. Durations are int64_t with the unit in the name; wall-clock stamps are UTC text. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_MS  1000000LL
#define NS_PER_SEC 1000000000LL

/* CLOCK_MONOTONIC in ns. */
int64_t clock_mono_ns(void);
/* Now, in ms since 1970-01-01 UTC. */
int64_t clock_unix_ms(void);
/* "2026-01-31T09:05:07.123Z" for a stamp in ms; buf holds at least CLOCK_STAMP bytes. */
#define CLOCK_STAMP 32
const char *clock_format_utc(int64_t unix_ms, char buf[CLOCK_STAMP]);

#endif
