/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over the processes of a box, read from its /proc or from ours. */
#include "sandbox/watch.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/strbuf.h"
#include "sandbox/cgroup_file.h"

static int read_file(int dir, const char *pid, const char *name, char *buf, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%.20s/%.20s", pid, name);
	auto_close int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (n <= 0)
		return -1;
	buf[n] = 0;
	return 0;
}

/* Fields of /proc/PID/stat behind the name, which is the program's own and may hold anything. */
static void add_stat(const char *text, struct watch_sample *s)
{
	const char *p = strrchr(text, ')');
	unsigned long long ticks = 0;

	if (!p)
		return;
	p += 2;
	for (int field = 3; *p && field <= 20; field++) {
		unsigned long long v = strtoull(p, NULL, 10);

		if (field >= 14 && field <= 17) /* utime stime cutime cstime */
			ticks += v;
		if (field == 20)
			s->processes += (int64_t)v;
		p += strcspn(p, " ");
		p += *p == ' ';
	}
	s->cpu_ns += (int64_t)ticks * (NS_PER_SEC / sysconf(_SC_CLK_TCK));
}

/*
 * Memory of its own and memory shared with others: what several processes share is counted for
 * each, which errs on the safe side.
 */
static void add_status(const char *text, struct watch_sample *s)
{
	static const char *const keys[] = { "\nRssAnon:", "\nRssShmem:" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *p = strstr(text, keys[i]);

		if (p)
			s->mem_bytes += strtoll(p + strlen(keys[i]), NULL, 10) * 1024;
	}
}

static DIR *open_folder(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		close_fd(&fd);
	return d;
}

int watch_look(int proc_dir, struct watch_sample *ret)
{
	struct watch_sample s = { 0 };
	char buf[4096];
	DIR *d = open_folder(proc_dir, ".");

	if (!d)
		return -1;
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		if (read_file(proc_dir, e->d_name, "stat", buf, sizeof(buf)) == 0)
			add_stat(buf, &s);
		if (read_file(proc_dir, e->d_name, "status", buf, sizeof(buf)) == 0)
			add_status(buf, &s);
	}
	(void)closedir(d);
	if (s.processes > 0)
		s.processes--;
	*ret = s;
	return 0;
}

/* ---- from the first process down ---- */

struct pids {
	pid_t *v;
	size_t n, room;
};

static void add_pid(struct pids *p, pid_t pid)
{
	if (p->n == p->room) {
		p->room = p->room ? 2 * p->room : 64;
		p->v = xreallocarray(p->v, p->room, sizeof(*p->v));
	}
	p->v[p->n++] = pid;
}

static int add_children_of_thread(int tasks, const char *tid, struct pids *p)
{
	char path[64];
	auto_strbuf text = { 0 };

	(void)snprintf(path, sizeof(path), "%.20s/children", tid);
	auto_close int fd = openat(tasks, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fs_read_fd(fd, 1 << 20, &text, NULL) < 0)
		return -1;
	const char *at = strbuf_str(&text);
	char *end;

	for (long pid = strtol(at, &end, 10); end != at; pid = strtol(at, &end, 10)) {
		add_pid(p, (pid_t)pid);
		at = end;
	}
	return 0;
}

/* Each thread has a list of the children that it made. */
static int add_children(pid_t pid, struct pids *p)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *d = opendir(path);
	int found = 0;

	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		if (isdigit((unsigned char)e->d_name[0]))
			found += add_children_of_thread(dirfd(d), e->d_name, p) == 0;
	}
	if (d)
		(void)closedir(d);
	return found ? 0 : -1;
}

int watch_look_below(pid_t init, struct watch_sample *ret)
{
	struct watch_sample s = { 0 };
	struct pids p = { 0 };
	char name[16], buf[4096];
	auto_close int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = proc < 0 ? -1 : add_children(init, &p);

	for (size_t i = 0; r == 0 && i < p.n; i++) {
		(void)add_children(p.v[i], &p);
		(void)snprintf(name, sizeof(name), "%d", p.v[i]);
		if (read_file(proc, name, "stat", buf, sizeof(buf)) == 0)
			add_stat(buf, &s);
		if (read_file(proc, name, "status", buf, sizeof(buf)) == 0)
			add_status(buf, &s);
	}
	free(p.v);
	if (r == 0)
		*ret = s;
	return r;
}

/* ---- delays ---- */

#define MAX_THREADS 512 /* looked at: a look must not take long when there are many */

static int64_t number_after(const char *text, const char *key)
{
	const char *p = strstr(text, key);

	return p ? strtoll(p + strlen(key), NULL, 10) : 0;
}

/* One thread: "RUN_NS WAIT_NS TIMES" in schedstat, zeroes where the kernel keeps none. */
static void add_thread(int tasks, const char *tid, struct watch_delays *d)
{
	char buf[4096];
	char *rest;

	if (read_file(tasks, tid, "schedstat", buf, sizeof(buf)) == 0) {
		int64_t run_ns = strtoll(buf, &rest, 10);
		int64_t wait_ns = strtoll(rest, NULL, 10);

		if (run_ns > 0 && wait_ns > d->wait_ns)
			d->wait_ns = wait_ns;
		if (run_ns + wait_ns > d->ready_ns)
			d->ready_ns = run_ns + wait_ns;
	}
	if (read_file(tasks, tid, "status", buf, sizeof(buf)) < 0)
		return;
	d->switches_voluntary += number_after(buf, "\nvoluntary_ctxt_switches:");
	d->switches_forced += number_after(buf, "\nnonvoluntary_ctxt_switches:");
}

static int add_process(int proc_dir, const char *pid, struct watch_delays *delays)
{
	char path[64];
	int n = 0;

	(void)snprintf(path, sizeof(path), "%.20s/task", pid);
	DIR *d = open_folder(proc_dir, path);

	if (!d)
		return 0;
	for (struct dirent *e = readdir(d); e && n < MAX_THREADS; e = readdir(d)) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		add_thread(dirfd(d), e->d_name, delays);
		n++;
	}
	(void)closedir(d);
	return n;
}

int watch_delays(int proc_dir, struct watch_delays *ret)
{
	struct watch_delays delays = { .wait_ns = -1 };
	DIR *d = open_folder(proc_dir, ".");
	int n = 0;

	if (!d)
		return -1;
	for (struct dirent *e = readdir(d); e && n < MAX_THREADS; e = readdir(d)) {
		if (isdigit((unsigned char)e->d_name[0]) && strcmp(e->d_name, "1") != 0)
			n += add_process(proc_dir, e->d_name, &delays);
	}
	(void)closedir(d);
	*ret = delays;
	return 0;
}

int watch_group_delays(int group, struct watch_delays *ret)
{
	auto_close int proc_dir = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct watch_delays delays = { .wait_ns = -1 };
	char pids[8192];
	int n = 0;

	if (proc_dir < 0 || cg_read_at(group, "cgroup.procs", pids, sizeof(pids)) < 0)
		return -1;
	for (char *p = pids; *p && n < MAX_THREADS;) {
		char *end = p + strcspn(p, "\n");

		if (!*end) /* cut off */
			break;
		*end = 0;
		n += add_process(proc_dir, p, &delays);
		p = end + 1;
	}
	*ret = delays;
	return 0;
}
