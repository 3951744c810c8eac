/* SPDX-License-Identifier: Apache-2.0 */
/* Packing and moving of packets between client and box server. */
#include "sandbox/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "sandbox/rootfs.h"

/* What goes before the strings of a WIRE_START. */
struct wire_spec {
	struct wire_head head;
	struct box_limits limits;
	uint64_t template_id;
	int32_t slot;
	uint32_t level;
	uint32_t n_argv, n_env, n_binds, n_outs, n_files, n_fds;
	uint32_t has_rootfs, is_rootfs_trusted;
	uint32_t has_stdin, has_stdout, has_stderr;
	int32_t targets[BOX_MAX_FDS];
	uint32_t is_executable[BOX_MAX_FILES];
};

void packet_release(struct packet *p)
{
	strbuf_release(&p->data);
}

void packet_close_fds(struct packet *p)
{
	for (int i = 0; i < p->n_fds; i++)
		close_fd(&p->fds[i]);
	p->n_fds = 0;
}

static void add_string(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s) + 1);
}

static void add_vec(struct strbuf *sb, const struct strvec *v)
{
	for (size_t i = 0; i < v->n; i++)
		add_string(sb, v->v[i]);
}

static uint32_t add_optional_fd(struct packet *p, int fd)
{
	if (fd < 0)
		return 0;
	p->fds[p->n_fds++] = fd;
	return 1;
}

static int check_spec(const struct box_spec *spec, struct err *err)
{
	if (spec->argv.n == 0)
		return err_set(err, ERR_USAGE, "a box needs a program to run");
	if (spec->rootfs && (spec->rootfs[0] != '/' || strlen(spec->rootfs) >= ROOTFS_PATH_MAX))
		return err_set(err, ERR_USAGE, "'%.200s' is no absolute path", spec->rootfs);
	if (spec->n_files < 0 || spec->n_files > BOX_MAX_FILES || spec->n_fds < 0 ||
	    spec->n_fds > BOX_MAX_FDS || spec->binds.n > BOX_MAX_BINDS ||
	    spec->outs.n > BOX_MAX_OUTS)
		return err_set(err, ERR_USAGE,
			       "too many files, descriptors or folders for one box");
	for (int i = 0; i < spec->n_fds; i++) {
		if (spec->fds[i].target < 3 || spec->fds[i].target >= 64)
			return err_set(err, ERR_USAGE, "descriptor number %d is not in 3..63",
				       spec->fds[i].target);
	}
	return 0;
}

int wire_pack_start(const struct box_spec *spec, uint64_t id, struct packet *p, struct err *err)
{
	struct wire_spec w = { .head = { .type = WIRE_START, .id = id }, .limits = spec->limits };

	if (check_spec(spec, err) < 0)
		return -1;
	w.template_id = spec->template_id;
	w.slot = spec->slot;
	w.level = (uint32_t)spec->level;
	w.n_argv = (uint32_t)spec->argv.n;
	w.n_env = (uint32_t)spec->env.n;
	w.n_binds = (uint32_t)spec->binds.n;
	w.n_outs = (uint32_t)spec->outs.n;
	w.has_rootfs = spec->rootfs != NULL;
	w.is_rootfs_trusted = spec->is_rootfs_trusted;
	w.n_files = (uint32_t)spec->n_files;
	w.n_fds = (uint32_t)spec->n_fds;
	w.has_stdin = add_optional_fd(p, spec->stdin_fd);
	w.has_stdout = add_optional_fd(p, spec->stdout_fd);
	w.has_stderr = add_optional_fd(p, spec->stderr_fd);
	for (int i = 0; i < spec->n_fds; i++) {
		w.targets[i] = spec->fds[i].target;
		p->fds[p->n_fds++] = spec->fds[i].fd;
	}
	for (int i = 0; i < spec->n_files; i++) {
		w.is_executable[i] = spec->files[i].is_executable;
		p->fds[p->n_fds++] = spec->files[i].fd;
	}
	strbuf_add(&p->data, &w, sizeof(w));
	add_vec(&p->data, &spec->argv);
	add_vec(&p->data, &spec->env);
	add_vec(&p->data, &spec->binds);
	add_vec(&p->data, &spec->outs);
	if (spec->rootfs)
		add_string(&p->data, spec->rootfs);
	for (int i = 0; i < spec->n_files; i++)
		add_string(&p->data, spec->files[i].path);
	if (p->data.len > WIRE_MAX_PACKET)
		return err_set(err, ERR_INPUT,
			       "arguments and environment take %zu bytes; at most %u are possible",
			       p->data.len, WIRE_MAX_PACKET);
	((struct wire_spec *)(void *)p->data.buf)->head.size = (uint32_t)p->data.len;
	return 0;
}

/* Reads NUL-terminated strings off the tail of a packet. */
struct cursor {
	const char *p, *end;
};

static const char *next_string(struct cursor *c)
{
	const char *s = c->p;
	const char *nul = memchr(s, 0, (size_t)(c->end - s));

	if (!nul)
		return NULL;
	c->p = nul + 1;
	return s;
}

static int take_vec(struct cursor *c, uint32_t n, struct strvec *v)
{
	for (uint32_t i = 0; i < n; i++) {
		const char *s = next_string(c);

		if (!s)
			return -1;
		strvec_push(v, s);
	}
	return 0;
}

static bool counts_fit(const struct wire_spec *w, const struct packet *p)
{
	return w->n_argv > 0 && w->n_argv < WIRE_MAX_PACKET && w->n_env < WIRE_MAX_PACKET &&
	       w->n_binds <= BOX_MAX_BINDS && w->n_outs <= BOX_MAX_OUTS &&
	       w->n_files <= BOX_MAX_FILES && w->n_fds <= BOX_MAX_FDS && w->has_stdin <= 1 &&
	       w->has_stdout <= 1 && w->has_stderr <= 1 && w->level <= BOX_LEVEL_REDUCED &&
	       (uint32_t)p->n_fds ==
		       w->has_stdin + w->has_stdout + w->has_stderr + w->n_fds + w->n_files;
}

static void take_fds(const struct wire_spec *w, const struct packet *p, struct box_spec *spec)
{
	int at = 0;

	spec->stdin_fd = w->has_stdin ? p->fds[at++] : -1;
	spec->stdout_fd = w->has_stdout ? p->fds[at++] : -1;
	spec->stderr_fd = w->has_stderr ? p->fds[at++] : -1;
	spec->n_fds = (int)w->n_fds;
	for (int i = 0; i < spec->n_fds; i++)
		spec->fds[i] = (struct box_fd){ .fd = p->fds[at++], .target = w->targets[i] };
	spec->n_files = (int)w->n_files;
	for (int i = 0; i < spec->n_files; i++) {
		spec->files[i].fd = p->fds[at++];
		spec->files[i].is_executable = w->is_executable[i] != 0;
	}
}

int wire_unpack_start(const struct packet *p, struct box_spec *spec, struct err *err)
{
	struct wire_spec w;

	box_spec_init(spec);
	if (p->data.len < sizeof(w))
		return err_set(err, ERR_INPUT, "short request");
	memcpy(&w, p->data.buf, sizeof(w));
	if (!counts_fit(&w, p))
		return err_set(err, ERR_INPUT, "request whose counts do not fit");
	struct cursor c = { p->data.buf + sizeof(w), p->data.buf + p->data.len };

	spec->limits = w.limits;
	spec->level = (enum box_level)w.level;
	spec->template_id = w.template_id;
	spec->is_rootfs_trusted = w.is_rootfs_trusted != 0;
	spec->slot = w.slot;
	take_fds(&w, p, spec);
	if (take_vec(&c, w.n_argv, &spec->argv) < 0 || take_vec(&c, w.n_env, &spec->env) < 0 ||
	    take_vec(&c, w.n_binds, &spec->binds) < 0 || take_vec(&c, w.n_outs, &spec->outs) < 0)
		return err_set(err, ERR_INPUT, "request with a cut string");
	if (w.has_rootfs && !(spec->rootfs = next_string(&c))) /* points into the packet */
		return err_set(err, ERR_INPUT, "request with a cut path");
	for (int i = 0; i < spec->n_files; i++) {
		spec->files[i].path = next_string(&c); /* points into the packet */
		if (!spec->files[i].path)
			return err_set(err, ERR_INPUT, "request with a cut path");
	}
	return check_spec(spec, err);
}

/* ---- files that were brought back, behind a WIRE_RESULT ---- */

struct wire_out {
	int64_t size;
	uint32_t state, has_fd, is_executable, unused;
};

void wire_pack_outs(const struct box_result *r, struct packet *p)
{
	for (int i = 0; i < r->n_outs; i++) {
		const struct box_out *out = &r->outs[i];
		struct wire_out w = { .size = out->size, .state = (uint32_t)out->state };

		w.is_executable = out->is_executable;
		w.has_fd = out->fd < 0 ? 0 : add_optional_fd(p, fcntl(out->fd, F_DUPFD_CLOEXEC, 3));
		if (out->state == BOX_OUT_KEPT && !w.has_fd)
			w.state = BOX_OUT_FAILED;
		strbuf_add(&p->data, &w, sizeof(w));
		add_string(&p->data, out->path);
	}
}

static int unpack_out(struct packet *p, struct cursor *c, int *fd_at, struct box_out *out)
{
	struct wire_out w;

	if ((size_t)(c->end - c->p) < sizeof(w))
		return -1;
	memcpy(&w, c->p, sizeof(w));
	c->p += sizeof(w);
	const char *path = next_string(c);

	if (!path || w.state >= BOX_OUT_STATE_COUNT || (w.has_fd && *fd_at >= p->n_fds))
		return -1;
	*out = (struct box_out){ .size = w.size, .state = (enum box_out_state)w.state, .fd = -1 };
	out->path = xstrdup(path);
	out->is_executable = w.is_executable == 1;
	if (w.has_fd)
		out->fd = take_fd(&p->fds[(*fd_at)++]);
	return 0;
}

int wire_unpack_outs(struct packet *p, size_t at, int fd_at, int n, struct box_result *r)
{
	struct cursor c = { p->data.buf + at, p->data.buf + p->data.len };

	r->outs = NULL;
	r->n_outs = 0;
	if (n < 0 || n > BOX_MAX_OUTS)
		return -1;
	if (n > 0)
		r->outs = xcalloc((size_t)n, sizeof(*r->outs));
	for (; r->n_outs < n; r->n_outs++) {
		if (unpack_out(p, &c, &fd_at, &r->outs[r->n_outs]) < 0)
			return -1;
	}
	return c.p == c.end ? 0 : -1;
}

int packet_send(int sock, const struct packet *p, bool wait, struct err *err)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * WIRE_MAX_FDS)];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { .iov_base = p->data.buf, .iov_len = p->data.len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (p->n_fds > 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)p->n_fds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)p->n_fds);
		memcpy(CMSG_DATA(c), p->fds, sizeof(int) * (size_t)p->n_fds);
	}
	for (;;) {
		if (sendmsg(sock, &msg, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT)) >= 0)
			return 1;
		if (errno == EAGAIN)
			return 0;
		if (errno != EINTR)
			return err_sys(err, "send to the box server");
	}
}

static void take_rights(struct msghdr *msg, struct packet *p)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		p->n_fds = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(p->fds, CMSG_DATA(c), sizeof(int) * (size_t)p->n_fds);
	}
}

int packet_receive(int sock, bool wait, struct packet *p, struct err *err)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * WIRE_MAX_FDS)];
		struct cmsghdr align;
	} control;
	ssize_t n;

	strbuf_clear(&p->data);
	p->n_fds = 0;
	struct iovec iov = { .iov_base = strbuf_grow(&p->data, WIRE_MAX_PACKET),
			     .iov_len = WIRE_MAX_PACKET };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.buf,
			      .msg_controllen = sizeof(control.buf) };

	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		return err_sys(err, "receive from the box server's socket");
	take_rights(&msg, p);
	p->data.len = (size_t)n;
	p->data.buf[n] = 0;
	struct wire_head head;

	if (n == 0) {
		errno = EPIPE;
		return err_sys(err, "the other end of the box server's socket is gone");
	}
	if ((size_t)n < sizeof(head) || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		packet_close_fds(p);
		return err_set(err, ERR_HARNESS, "malformed packet from the box server's socket");
	}
	return 1;
}
