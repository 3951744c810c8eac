/* SPDX-License-Identifier: Apache-2.0 */
/* One run's loop, box server, signals and beat. */
#include "harness/run/session.h"

#include <signal.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "harness/run/toolchain.h"
#include "sandbox/cpus.h"

#define STEP_MS     200
#define PROGRESS_NS (NS_PER_SEC / 5)
/* Verdicts are lost by kill -9 for at most this long; the header promises a second. */
#define COMMIT_NS (NS_PER_SEC / 2)

#define HEALTH_PROGRAM "/bin/true"

/* A root file system may have no such program, but it has the interpreter. */
static const char *const rooted_health[] = { TOOLCHAIN_PYTHON, "-I", "-S", "-c", "pass" };

static void tell_progress(struct session *s)
{
	if (s->options->progress)
		s->options->progress(&s->progress, s->options->progress_data);
	s->progress_at_ns = clock_mono_ns() + PROGRESS_NS;
}

static void on_signal(struct loop *loop, int signo, void *data)
{
	struct session *s = data;

	(void)loop;
	(void)signo;
	s->n_signals++;
	s->progress.phase = "stopping";
	tell_progress(s);
}

static int watch_signals(struct session *s, struct err *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	return loop_signals(s->loop, &set, on_signal, s, err);
}

/* Never more than there are CPUs: boxes that share one would share its time. */
static int count_slots(int wanted)
{
	struct cpus cpus;

	cpus_count("", &cpus);
	return wanted > 0 && wanted < cpus.available ? wanted : cpus.available;
}

int session_open(struct session *s, struct store *store, const struct suite *suite,
		 const struct run_options *options, struct err *err)
{
	s->store = store;
	s->suite = suite;
	s->options = options;
	s->limits = options->limits;
	box_limits_fill(&s->limits);
	s->slots = count_slots(options->slots);
	s->commit_at_ns = clock_mono_ns() + COMMIT_NS;
	if (loop_new(&s->loop, err) < 0 ||
	    box_client_new(s->loop, options->level, &s->client, err) < 0 ||
	    watch_signals(s, err) < 0)
		return -1;
	if (options->rootfs)
		box_client_use_rootfs(s->client, options->rootfs, options->is_rootfs_trusted);
	if (options->is_cold)
		box_client_use_cold(s->client);
	return session_check_health(s, err);
}

void session_release(struct session *s)
{
	if (s->client)
		box_client_free(s->client);
	s->client = NULL;
	if (s->loop)
		loop_free(s->loop);
	s->loop = NULL;
	if (s->store)
		(void)store_commit(s->store, NULL);
	s->store = NULL;
}

static int keep_beat(struct session *s, struct err *err)
{
	int64_t now_ns = clock_mono_ns();

	if (now_ns >= s->progress_at_ns)
		tell_progress(s);
	if (now_ns < s->commit_at_ns)
		return 0;
	s->commit_at_ns = now_ns + COMMIT_NS;
	return store_commit(s->store, err);
}

int session_step(struct session *s, bool may_wait, struct err *err)
{
	if (loop_step(s->loop, may_wait ? STEP_MS : 0, err) < 0)
		return -1;
	if (s->failure.kind != ERR_NONE)
		return err_set(err, s->failure.kind, "%s", s->failure.msg);
	return keep_beat(s, err);
}

void session_fail(struct session *s, const struct err *failure)
{
	if (s->failure.kind == ERR_NONE)
		s->failure = *failure;
}

bool session_may_start(const struct session *s)
{
	return s->n_signals == 0 && s->failure.kind == ERR_NONE;
}

bool session_must_stop(const struct session *s)
{
	return s->n_signals > 1 || s->failure.kind != ERR_NONE;
}

void session_phase(struct session *s, const char *phase, int64_t total)
{
	s->progress.phase = phase;
	s->progress.phase_done = 0;
	s->progress.phase_total = total;
	tell_progress(s);
}

/* ---- health ---- */

struct health {
	bool is_done;
	bool is_good;
	struct strbuf why;
};

/* The last line that a program of ours has said; err_set() escapes what is no text. */
static void add_last_line(struct strbuf *sb, const struct strbuf *text)
{
	const char *end = strbuf_str(text) + text->len;

	while (end > text->buf && end[-1] == '\n')
		end--;
	const char *at = end;

	while (at > text->buf && at[-1] != '\n')
		at--;
	strbuf_addf(sb, ": %.*s", (int)(end - at), at);
}

static void on_health(const struct box_result *result, void *data)
{
	struct health *h = data;

	h->is_done = true;
	h->is_good = result->end == BOX_EXITED && result->exit_code == 0;
	if (!h->is_good)
		strbuf_addf(&h->why, "%s%s%s", box_end_name(result->end),
			    result->message[0] ? ": " : "", result->message);
	if (!h->is_good && result->err.len)
		add_last_line(&h->why, &result->err);
}

/* Steps the loop alone: no progress and no stop at signals, since a dead server is told too. */
static int wait_for_health(struct session *s, struct health *h, struct err *err)
{
	while (!h->is_done)
		if (loop_step(s->loop, STEP_MS, err) < 0)
			return -1;
	if (!h->is_good)
		return err_set(err, ERR_HARNESS,
			       "the sandbox cannot run %s: %s (see \"assay doctor\")",
			       s->options->rootfs ? TOOLCHAIN_PYTHON : HEALTH_PROGRAM,
			       strbuf_str(&h->why));
	return 0;
}

int session_check_health(struct session *s, struct err *err)
{
	struct box_handle *handle = NULL;
	struct health health = { 0 };
	struct box_spec spec;
	int r;

	box_spec_init(&spec);
	if (!s->options->rootfs)
		strvec_push(&spec.argv, HEALTH_PROGRAM);
	for (size_t i = 0; s->options->rootfs && i < ARRAY_SIZE(rooted_health); i++)
		strvec_push(&spec.argv, rooted_health[i]);
	spec.level = s->options->level;
	r = box_start(s->client, &spec, on_health, &health, &handle, err);
	box_spec_release(&spec);
	if (r == 0)
		r = wait_for_health(s, &health, err);
	strbuf_release(&health.why);
	return r;
}
