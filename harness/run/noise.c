/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at the machine before and after a session. */
#include "harness/run/noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "sandbox/cpus.h"
#include "sandbox/pressure.h"

#define TEXT_MAX (1 << 20)

static const char *read_text(const char *path, struct strbuf *sb)
{
	strbuf_clear(sb);
	if (fs_read_file(path, TEXT_MAX, sb, NULL) < 0)
		strbuf_clear(sb);
	return strbuf_str(sb);
}

/* ---- counters ---- */

/* Columns of the line "cpu": user nice system idle iowait irq softirq steal (and guests, which are
 * part of user). */
enum { COLUMN_IDLE = 3, COLUMN_IOWAIT = 4, COLUMN_STEAL = 7, COLUMNS = 8 };

int noise_parse_stat(const char *text, struct noise_counters *ret)
{
	int64_t v[COLUMNS] = { 0 };
	int64_t all = 0;
	int n = 0;

	if (strncmp(text, "cpu ", 4) != 0)
		return -1;
	for (const char *p = text + 4; n < COLUMNS; n++) {
		char *end;

		v[n] = strtoll(p, &end, 10);
		if (end == p)
			break;
		all += v[n];
		p = end;
	}
	if (n <= COLUMN_IDLE)
		return -1;
	ret->ticks_all = all;
	ret->ticks_busy = all - v[COLUMN_IDLE] - v[COLUMN_IOWAIT] - v[COLUMN_STEAL];
	ret->ticks_steal = n > COLUMN_STEAL ? v[COLUMN_STEAL] : -1;
	return 0;
}

static int64_t own_cpu_ns(const struct box_client *client)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts) < 0)
		return 0;
	return ts.tv_sec * NS_PER_SEC + ts.tv_nsec + box_client_cpu_ns(client);
}

static void look(struct noise_counters *c, const struct box_client *client)
{
	auto_strbuf text = { 0 };

	*c = (struct noise_counters){ .ticks_all = -1, .ticks_busy = -1, .ticks_steal = -1 };
	c->at_ns = clock_mono_ns();
	(void)noise_parse_stat(read_text("/proc/stat", &text), c);
	(void)read_text("/proc/pressure/cpu", &text);
	c->some_ns = pressure_parse(strbuf_str(&text), "some");
	c->full_ns = pressure_parse(strbuf_str(&text), "full");
	c->own_ns = own_cpu_ns(client);
	c->load = strtod(read_text("/proc/loadavg", &text), NULL);
}

/* ---- calibration ---- */

#define CALIBRATION_STEPS 3000000

static int64_t thread_cpu_ns(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts) < 0)
		return 0;
	return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

/* The same arithmetic each time; each step needs the one before. */
static void calibrate(struct noise_calibration *c)
{
	int64_t wall_ns = clock_mono_ns();
	int64_t cpu_ns = thread_cpu_ns();
	volatile uint64_t sink;
	uint64_t x = 88172645463325252u;

	for (int i = 0; i < CALIBRATION_STEPS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	sink = x;
	(void)sink;
	c->cpu_ns = thread_cpu_ns() - cpu_ns;
	c->wall_ns = clock_mono_ns() - wall_ns;
}

void noise_begin(struct noise *n, int slots, const struct box_client *client)
{
	struct cpus cpus;

	*n = (struct noise){ .slots = slots, .started_ms = clock_unix_ms() };
	cpus_count("", &cpus);
	n->cpus = cpus.available;
	calibrate(&n->before);
	look(&n->begin, client);
}

void noise_end(struct noise *n, const struct box_client *client)
{
	look(&n->end, client);
	calibrate(&n->after);
	n->has_ended = true;
}

/* ---- writing ---- */

/* A share with four places, where both counters were there. */
static void write_share(struct json_writer *w, const char *key, const int64_t part[2], int64_t all)
{
	if (part[0] < 0 || part[1] < 0 || all <= 0)
		return;
	jw_knum(w, key, round((double)(part[1] - part[0]) / (double)all * 1e4) / 1e4);
}

static void write_calibration(struct json_writer *w, const char *key,
			      const struct noise_calibration *c)
{
	jw_key(w, key);
	jw_begin_object(w);
	jw_kint(w, "cpu_ns", c->cpu_ns);
	jw_kint(w, "wall_ns", c->wall_ns);
	jw_end_object(w);
}

static void write_others(struct json_writer *w, const struct noise_counters *a,
			 const struct noise_counters *b)
{
	int64_t tick_ns = NS_PER_SEC / sysconf(_SC_CLK_TCK);
	int64_t all_ns = (b->ticks_all - a->ticks_all) * tick_ns;
	int64_t used_ns = (b->ticks_busy - a->ticks_busy) * tick_ns;
	int64_t others_ns = used_ns - (b->own_ns - a->own_ns);

	if (a->ticks_all >= 0)
		write_share(w, "others_share", (int64_t[]){ 0, others_ns > 0 ? others_ns : 0 },
			    all_ns);
}

static void write_shares(struct json_writer *w, const struct noise_counters *a,
			 const struct noise_counters *b)
{
	int64_t ticks = b->ticks_all - a->ticks_all;
	int64_t wall_ns = b->at_ns - a->at_ns;

	jw_knum(w, "wall_s", (double)wall_ns / NS_PER_SEC);
	jw_knum(w, "load_after", b->load);
	write_share(w, "steal_share", (int64_t[]){ a->ticks_steal, b->ticks_steal }, ticks);
	write_share(w, "busy_share", (int64_t[]){ a->ticks_busy, b->ticks_busy }, ticks);
	write_others(w, a, b);
	write_share(w, "pressure_some", (int64_t[]){ a->some_ns, b->some_ns }, wall_ns);
	write_share(w, "pressure_full", (int64_t[]){ a->full_ns, b->full_ns }, wall_ns);
}

static void write_session(const struct noise *n, struct json_writer *w)
{
	jw_begin_object(w);
	jw_kint(w, "started", n->started_ms);
	jw_kint(w, "slots", n->slots);
	jw_kint(w, "cpus", n->cpus);
	jw_knum(w, "load_before", n->begin.load);
	write_calibration(w, "before", &n->before);
	if (n->has_ended) {
		write_calibration(w, "after", &n->after);
		write_shares(w, &n->begin, &n->end);
		jw_kint(w, "switches_forced", n->switches_forced);
	}
	jw_end_object(w);
}

void noise_write(const struct noise *n, const char *earlier, struct strbuf *out)
{
	auto_json struct json *old =
		earlier && *earlier ? json_parse(earlier, strlen(earlier), NULL) : NULL;
	struct json_writer w;

	jw_init(&w, out, 0);
	jw_begin_array(&w);
	if (old && json_type(old) == JSON_ARRAY) {
		for (const struct json *s = json_first(old); s; s = json_next(s))
			jw_node(&w, s);
	}
	write_session(n, &w);
	jw_end_array(&w);
}
