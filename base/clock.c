/* SPDX-License-Identifier: Apache-2.0 */
/* Time. clock_gettime() with these clocks cannot fail on Linux. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t clock_mono_ns(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

int64_t clock_unix_ms(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / NS_PER_MS;
}

const char *clock_format_utc(int64_t unix_ms, char buf[CLOCK_STAMP])
{
	int64_t ms = unix_ms % 1000;
	time_t sec = unix_ms / 1000 - (ms < 0);
	struct tm tm;
	size_t n;

	if (ms < 0)
		ms += 1000;
	if (!gmtime_r(&sec, &tm) || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900) {
		(void)snprintf(buf, CLOCK_STAMP, "invalid");
		return buf;
	}
	n = strftime(buf, CLOCK_STAMP, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(buf + n, CLOCK_STAMP - n, ".%03dZ", (int)ms);
	return buf;
}
