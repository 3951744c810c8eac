/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between the box server and the first process of a box. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "sandbox/child.h"

#define MAX_FDS 2

size_t control_size(const struct control_msg *msg)
{
	if (msg->kind == CONTROL_PROBED)
		return sizeof(*msg);
	if (msg->kind == CONTROL_ERROR || msg->kind == CONTROL_EXEC_FAILED)
		return offsetof(struct control_msg, why);
	return offsetof(struct control_msg, err);
}

int control_send(int sock, const struct control_msg *msg, const int *fds, int n_fds)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * MAX_FDS)];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)msg, .iov_len = control_size(msg) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n_fds > 0) {
		m.msg_control = control.buf;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)n_fds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)n_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * (size_t)n_fds);
	}
	return sendmsg(sock, &m, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int control_receive(int sock, int flags, struct control_msg *msg, int fds[2])
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * MAX_FDS)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = msg, .iov_len = sizeof(*msg) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.buf,
			    .msg_controllen = sizeof(control.buf) };
	ssize_t n;

	fds[0] = fds[1] = -1;
	do {
		n = recvmsg(sock, &m, flags | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < (ssize_t)offsetof(struct control_msg, err) || n != (ssize_t)control_size(msg))
		return -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		size_t got = c->cmsg_len - CMSG_LEN(0);

		memcpy(fds, CMSG_DATA(c),
		       got < sizeof(int) * MAX_FDS ? got : sizeof(int) * MAX_FDS);
	}
	return 1;
}
