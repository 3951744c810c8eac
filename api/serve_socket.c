/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON server's socket: ours alone (mode 0600, and the peer's user is asked for), never taken
 * from a server that lives, never made in the place of anything else.
 *
 * It is bound and listened to under another name and then renamed, which fails where something is:
 * at no time is there a socket at the path that nobody answers. What a killed server left is moved
 * aside and looked at again before it is removed, so that of two servers that start at the same
 * moment one is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/serve.h"
#include "base/alloc.h"
#include "base/cleanup.h"

#define BACKLOG 64

static int fill_address(struct sockaddr_un *a, const char *path, struct err *err)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(a->sun_path))
		return err_set(err, ERR_USAGE, "%s: too long for a socket", path);
	(void)snprintf(a->sun_path, sizeof(a->sun_path), "%s", path);
	return 0;
}

/* A listening socket under this name, which nobody but us may connect to. */
static int listen_at(const char *path, struct err *err)
{
	struct sockaddr_un a;
	auto_close int fd = -1;

	if (fill_address(&a, path, err) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_sys(err, "make a socket");
	mode_t mask = umask(0177);
	int r = bind(fd, (const struct sockaddr *)&a, sizeof(a));

	(void)umask(mask);
	if (r < 0)
		return err_input(err, path, 0, "no socket can be made: %s", strerror(errno));
	if (listen(fd, BACKLOG) < 0) {
		(void)err_sys(err, "listen at %s", path);
		(void)unlink(path);
		return -1;
	}
	return take_fd(&fd);
}

static bool is_answered(const char *path)
{
	struct sockaddr_un a;
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	/* EAGAIN: its backlog is full, so somebody is there. What we cannot tell, we leave. */
	return fd < 0 || fill_address(&a, path, NULL) < 0 ||
	       connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0 || errno != ECONNREFUSED;
}

/* Removes what a killed server of ours left at the path. */
static int remove_stale(const char *path, const char *aside, struct err *err)
{
	struct stat st, moved;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : err_input(err, path, 0, "%s", strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return err_input(err, path, 0, "is there already, and is no socket");
	if (st.st_uid != geteuid())
		return err_input(err, path, 0, "is there already, and is somebody else's");
	if (is_answered(path))
		return err_input(err, path, 0, "another server is there");
	if (rename(path, aside) < 0)
		return errno == ENOENT ? 0 : err_input(err, path, 0, "%s", strerror(errno));
	if (lstat(aside, &moved) == 0 && (moved.st_ino != st.st_ino || moved.st_dev != st.st_dev)) {
		(void)renameat2(AT_FDCWD, aside, AT_FDCWD, path, RENAME_NOREPLACE);
		return err_input(err, path, 0, "another server is there");
	}
	(void)unlink(aside);
	return 0;
}

static int place(const char *made, const char *path, const char *aside, struct err *err)
{
	for (int tries = 0; tries < 3; tries++) {
		if (renameat2(AT_FDCWD, made, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			break;
		if (remove_stale(path, aside, err) < 0)
			return -1;
	}
	return err_input(err, path, 0, "no socket can be made: %s", strerror(errno));
}

/* ---- connections ---- */

static bool is_allowed(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

static void pause_listening(struct server *s)
{
	s->is_listening = false;
	(void)loop_watch_change(s->listen_watch, 0, NULL);
}

void socket_resume(struct server *s)
{
	if (s->listen_watch && !s->is_listening) {
		s->is_listening = true;
		(void)loop_watch_change(s->listen_watch, EPOLLIN, NULL);
	}
}

static void on_connection(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct server *s = data;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)loop;
	(void)events;
	if (peer < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			pause_listening(s); /* until one of ours ends */
		return;
	}
	if (is_allowed(peer))
		(void)conn_add(s, peer, peer, NULL);
	else
		(void)close(peer);
	if (s->n_conns >= MAX_CONNS)
		pause_listening(s);
}

int socket_listen(struct server *s, const char *path, struct err *err)
{
	auto_free char *made = xstrfmt("%s.%d", path, (int)getpid());
	auto_free char *aside = xstrfmt("%s.%d-old", path, (int)getpid());
	struct sockaddr_un a;
	int fd = fill_address(&a, path, err) < 0 ? -1 : listen_at(made, err);

	if (fd < 0)
		return -1;
	s->listener = fd;
	if (lstat(made, &s->made) < 0 || place(made, path, aside, err) < 0) {
		(void)unlink(made);
		return -1;
	}
	s->path = xstrdup(path);
	s->is_listening = true;
	return loop_watch_fd(s->loop, fd, EPOLLIN, on_connection, s, &s->listen_watch, err);
}

void socket_close(struct server *s)
{
	struct stat st;

	loop_unwatch(s->listen_watch);
	s->listen_watch = NULL;
	close_fd(&s->listener);
	if (s->path && lstat(s->path, &st) == 0 && st.st_ino == s->made.st_ino &&
	    st.st_dev == s->made.st_dev)
		(void)unlink(s->path);
	free(s->path);
	s->path = NULL;
}
