/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners, a file and a segment for attacks to reach. */
#include "harness/run/selftest_targets.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"

enum { TARGET_TCP, TARGET_ABSTRACT, TARGET_PATH };

#define SECRET           "a secret of the host\n"
#define LANDLOCK_VERSION 1 /* LANDLOCK_CREATE_RULESET_VERSION */

static int listen_at(int family, const void *address, socklen_t len, struct err *err)
{
	auto_close int s = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (s < 0 || bind(s, address, len) < 0 || listen(s, 4) < 0)
		return err_sys(err, "make a listener for the self-test");
	return take_fd(&s);
}

static int listen_tcp(struct targets *t, struct err *err)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int s = listen_at(AF_INET, &a, len, err);

	t->sockets[TARGET_TCP] = s;
	if (s < 0)
		return -1;
	if (getsockname(s, (struct sockaddr *)&a, &len) < 0)
		return err_sys(err, "make a listener for the self-test");
	strvec_pushf(&t->env, "LISTEN_PORT=%d", ntohs(a.sin_port));
	return 0;
}

static int listen_local(struct targets *t, struct err *err)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int len = snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "assay-doctor-%d", getpid());

	t->sockets[TARGET_ABSTRACT] = listen_at(
		AF_UNIX, &a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len),
		err);
	strvec_pushf(&t->env, "LISTEN_ABSTRACT=%s", a.sun_path + 1);
	memset(a.sun_path, 0, sizeof(a.sun_path));
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%.80s/socket", t->folder);
	t->sockets[TARGET_PATH] = listen_at(AF_UNIX, &a, sizeof(a), err);
	strvec_pushf(&t->env, "LISTEN_PATH=%s", a.sun_path);
	if (t->sockets[TARGET_ABSTRACT] < 0 || t->sockets[TARGET_PATH] < 0)
		return -1;
	return chmod(a.sun_path, 0777) < 0 ? err_sys(err, "open %s to all", a.sun_path) : 0;
}

/* For all to read: what keeps a box from it must not be the mode. */
static int make_folder(struct targets *t, struct err *err)
{
	char path[300];
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(t->folder, sizeof(t->folder), "%.60s/assay-doctor-XXXXXX",
		       tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(t->folder)) {
		(void)err_sys(err, "cannot make a folder '%s'", t->folder);
		t->folder[0] = 0;
		return -1;
	}
	(void)snprintf(path, sizeof(path), "%s/secret.txt", t->folder);
	auto_close int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0 || fs_write_all(fd, SECRET, strlen(SECRET), err) < 0 || fchmod(fd, 0666) < 0 ||
	    chmod(t->folder, 0777) < 0)
		return err_sys(err, "make %s", path);
	strvec_pushf(&t->env, "HOST_FOLDER=%s", t->folder);
	return 0;
}

/* Facts of this machine that no box should come upon. */
static void describe_host(struct targets *t)
{
	static const char *const names[] = { "user", "pid", "mnt", "net", "ipc", "uts", "cgroup" };
	struct utsname u;
	char path[64], link[64];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		ssize_t n = readlink(path, link, sizeof(link) - 1);

		strvec_pushf(&t->env, "HOST_NS_%s=%.*s", names[i], n < 0 ? 0 : (int)n, link);
	}
	if (uname(&u) == 0)
		strvec_pushf(&t->env, "HOST_NAME=%s", u.nodename);
	strvec_pushf(&t->env, "HOST_PID=%d", getpid());
	t->segment = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	strvec_pushf(&t->env, "HOST_SEGMENT=%d", t->segment);
	strvec_pushf(&t->env, "HOST_LANDLOCK=%ld",
		     syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION));
}

int targets_init(struct targets *t, struct err *err)
{
	memset(t, 0, sizeof(*t));
	t->segment = -1;
	for (int i = 0; i < TARGET_SOCKETS; i++)
		t->sockets[i] = -1;
	(void)snprintf(t->marker, sizeof(t->marker), "ATTACK_MARK=doctor-%d-%lld", getpid(),
		       (long long)clock_mono_ns());
	strvec_push(&t->env, t->marker);
	if (make_folder(t, err) < 0 || listen_tcp(t, err) < 0 || listen_local(t, err) < 0)
		return -1;
	describe_host(t);
	return 0;
}

void targets_release(struct targets *t)
{
	static const char *const names[] = { "secret.txt", "socket" };
	char path[300];

	for (int i = 0; i < TARGET_SOCKETS; i++)
		close_fd(&t->sockets[i]);
	for (size_t i = 0; t->folder[0] && i < ARRAY_SIZE(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", t->folder, names[i]);
		(void)unlink(path);
	}
	if (t->folder[0])
		(void)rmdir(t->folder);
	t->folder[0] = 0;
	if (t->segment >= 0)
		(void)shmctl(t->segment, IPC_RMID, NULL);
	t->segment = -1;
	strvec_release(&t->env);
}

bool targets_touched(struct targets *t)
{
	bool is_touched = false;

	for (int i = 0; i < TARGET_SOCKETS; i++) {
		auto_close int s = accept4(t->sockets[i], NULL, NULL, SOCK_CLOEXEC);

		is_touched |= s >= 0;
	}
	return is_touched;
}

int targets_processes(const struct targets *t)
{
	DIR *d = opendir("/proc");
	int found = 0;

	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		auto_strbuf text = { 0 };
		char path[64];

		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%.20s/environ", e->d_name);
		if (fs_read_file(path, 1 << 20, &text, NULL) == 0 &&
		    memmem(text.buf, text.len, t->marker, strlen(t->marker)))
			found++;
	}
	if (d)
		(void)closedir(d);
	return found;
}
