/* SPDX-License-Identifier: Apache-2.0 */
/* The client of the box server: starts it once, sends requests, hands out results. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/loop.h"
#include "sandbox/box.h"
#include "sandbox/layers.h"
#include "sandbox/wire.h"

struct box_handle {
	struct box_handle *next;
	struct box_client *client;
	uint64_t id;
	box_done_fn *done;
	void *data;
};

#define MAX_TEMPLATES 8

struct named_template {
	const char *name; /* the caller's, for good */
	char *rootfs;     /* of its interpreter; owned, NULL: the host's toolchains */
	uint64_t id;
};

struct box_client {
	struct loop *loop;
	char *program; /* of the server */
	pid_t pid;
	int sock;
	struct loop_watch *watch;
	uint32_t layers;
	char why[LAYER_COUNT][LAYER_WHY];
	uint64_t next_id;
	char *rootfs; /* of specs that name none */
	bool is_rootfs_trusted;
	struct box_handle *open;
	struct named_template templates[MAX_TEMPLATES];
	int n_templates;
	int64_t boxes_cpu_ns; /* of those that have ended */
	bool is_cold;
	bool is_dead;
	bool is_freeing;
};

/* ---- the server's process ---- */

/* Where the server is, unless the caller knows; NULL with err. */
static char *server_path(struct err *err)
{
	const char *named = secure_getenv("ASSAY_BOX");
	char path[PATH_MAX];
	ssize_t n;

	if (named && *named)
		return xstrdup(named);
	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n < 0) {
		(void)err_sys(err, "find the running program");
		return NULL;
	}
	path[n] = 0;
	return xstrfmt("%.*s/assay-box", (int)(strrchr(path, '/') - path), path);
}

/* The server inherits nothing of our environment: keys of model providers live in it. */
static char *const server_env[] = { (char[]){ "PATH=/usr/local/bin:/usr/bin:/bin" },
				    (char[]){ "LANG=C.UTF-8" }, NULL };

static int spawn(const char *path, const char *command, int sock, pid_t *ret_pid, struct err *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	char *argv[] = { (char[]){ "assay-box" }, xstrdup(command), NULL };

	(void)sigemptyset(&none);
	(void)sigfillset(&all); /* a caller may ignore SIGCHLD, which the server lives on */
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawnattr_setsigmask(&attr, &none);
	(void)posix_spawnattr_setsigdefault(&attr, &all);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	/* A daemon has closed them; the server must not open others under these numbers. */
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			(void)posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR,
							       0);
	}
	if (sock >= 0)
		(void)posix_spawn_file_actions_adddup2(&actions, sock, WIRE_SERVER_FD);
	int r = posix_spawn(ret_pid, path, &actions, &attr, argv, server_env);

	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);
	free(argv[1]);
	if (r == 0)
		return 0;
	errno = r;
	return err_sys(err, "start the box server %s", path);
}

/* Both ends above the number that the server's end gets, so that dup2() always makes a new one. */
static int make_sockets(int sock[2], struct err *err)
{
	int low[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, low) < 0)
		return err_sys(err, "make a socket for the box server");
	for (int i = 0; i < 2; i++) {
		sock[i] = fcntl(low[i], F_DUPFD_CLOEXEC, WIRE_SERVER_FD + 1);
		(void)close(low[i]);
	}
	return sock[0] < 0 || sock[1] < 0 ? err_sys(err, "make a socket for the box server") : 0;
}

static int take_hello(struct box_client *c, struct err *err)
{
	struct packet p = { 0 };
	struct wire_hello hello = { 0 };
	int r = packet_receive(c->sock, true, &p, err);

	if (r > 0 && p.data.len == sizeof(hello))
		memcpy(&hello, p.data.buf, sizeof(hello));
	packet_release(&p);
	if (r < 0)
		return err_set(err, ERR_HARNESS, "the box server ended before it was ready");
	if (hello.head.type != WIRE_HELLO || hello.version != WIRE_VERSION ||
	    hello.result_size != sizeof(struct box_result))
		return err_set(
			err, ERR_HARNESS,
			"assay and assay-box are of different builds: install both together");
	c->layers = hello.layers;
	memcpy(c->why, hello.why, sizeof(c->why));
	return 0;
}

/* ---- results ---- */

#define KEPT_MAX (1ULL << 30)

static void read_kept(struct packet *p, int *at, uint32_t has, int64_t *head, struct strbuf *sb)
{
	if (has && *at < p->n_fds) {
		(void)lseek(p->fds[*at], 0, SEEK_SET);
		(void)fs_read_fd(p->fds[*at], KEPT_MAX, sb, NULL);
		(*at)++;
	}
	if (*head < 0 || (size_t)*head > sb->len) /* it did not get here */
		*head = (int64_t)sb->len;
}

static struct box_handle *take_handle(struct box_client *c, uint64_t id)
{
	for (struct box_handle **p = &c->open; *p; p = &(*p)->next) {
		struct box_handle *h = *p;

		if (h->id == id) {
			*p = h->next;
			return h;
		}
	}
	return NULL;
}

static void handle_result(struct box_client *c, struct packet *p)
{
	struct wire_result w;
	int at = 0;

	if (p->data.len < sizeof(w))
		return;
	memcpy(&w, p->data.buf, sizeof(w));
	struct box_handle *h = w.head.type == WIRE_RESULT ? take_handle(c, w.head.id) : NULL;

	if (!h)
		return;
	c->boxes_cpu_ns += w.result.cpu_ns;
	read_kept(p, &at, w.has_out, &w.result.stdout_head, &w.result.out);
	read_kept(p, &at, w.has_err, &w.result.stderr_head, &w.result.err);
	(void)wire_unpack_outs(p, sizeof(w), at, (int)w.n_outs, &w.result);
	h->done(&w.result, h->data);
	box_result_release(&w.result);
	free(h);
}

/* Every open box is answered; each caller sees a failure that is nobody's program's fault. */
static void answer_open(struct box_client *c, enum box_end end, const char *why)
{
	c->is_dead = true;
	loop_unwatch(c->watch);
	c->watch = NULL;
	while (c->open) {
		struct box_handle *h = c->open;
		struct box_result r;

		box_result_init(&r);
		r.end = end;
		c->open = h->next;
		(void)snprintf(r.message, sizeof(r.message), "%s", why);
		h->done(&r, h->data);
		free(h);
	}
}

static void on_socket(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct box_client *c = data;
	struct packet p = { 0 };
	int r;

	(void)loop;
	(void)events;
	while (!c->is_freeing && (r = packet_receive(fd, false, &p, NULL)) != 0) {
		if (r < 0) {
			answer_open(c, BOX_SETUP_FAILED, "the box server died");
			break;
		}
		handle_result(c, &p);
		packet_close_fds(&p);
	}
	packet_release(&p);
}

/* ---- the client ---- */

static int start_server(struct box_client *c, struct err *err)
{
	int sock[2] = { -1, -1 };
	int r = c->program ? make_sockets(sock, err) : -1;

	if (r == 0)
		r = spawn(c->program, "serve", sock[1], &c->pid, err);
	close_fd(&sock[1]);
	c->sock = sock[0];
	return r;
}

int box_client_new(struct loop *loop, enum box_level level, struct box_client **ret,
		   struct err *err)
{
	return box_client_new_from(loop, NULL, level, ret, err);
}

int box_client_new_from(struct loop *loop, const char *program, enum box_level level,
			struct box_client **ret, struct err *err)
{
	struct box_client *c = xcalloc(1, sizeof(*c));

	c->loop = loop;
	c->program = program ? xstrdup(program) : server_path(err);
	c->sock = -1;
	c->pid = -1;
	if (start_server(c, err) < 0 || take_hello(c, err) < 0 ||
	    box_level_check(level, c->layers, c->why, err) < 0 ||
	    loop_watch_fd(loop, c->sock, EPOLLIN, on_socket, c, &c->watch, err) < 0) {
		box_client_free(c);
		return -1;
	}
	*ret = c;
	return 0;
}

/* A server that was killed could not clean up: a second one does it in its place. */
static void sweep(const struct box_client *c)
{
	pid_t pid;

	if (spawn(c->program, "sweep", -1, &pid, NULL) == 0)
		(void)waitpid(pid, NULL, 0);
}

void box_client_free(struct box_client *c)
{
	int status = 0;

	if (!c)
		return;
	c->is_freeing = true;
	loop_unwatch(c->watch);
	c->watch = NULL;
	close_fd(&c->sock);
	if (c->pid > 0 && waitpid(c->pid, &status, 0) == c->pid && WIFSIGNALED(status))
		sweep(c);
	answer_open(c, BOX_CANCELLED, "");
	for (int i = 0; i < c->n_templates; i++)
		free(c->templates[i].rootfs);
	free(c->rootfs);
	free(c->program);
	free(c);
}

int box_layers_here(uint32_t *ret_layers, struct strvec *ret_why, struct err *err)
{
	struct box_client *c = xcalloc(1, sizeof(*c));
	int r = -1;

	c->program = server_path(err);
	c->sock = -1;
	c->pid = -1;
	if (start_server(c, err) == 0 && take_hello(c, err) == 0) {
		*ret_layers = c->layers;
		for (int i = 0; i < LAYER_COUNT; i++)
			strvec_push(ret_why, c->why[i]);
		r = 0;
	}
	box_client_free(c);
	return r;
}

void box_client_use_cold(struct box_client *c)
{
	c->is_cold = true;
}

uint32_t box_client_layers(const struct box_client *c)
{
	return c->layers;
}

const char *box_client_why(const struct box_client *c, enum box_layer layer)
{
	return c->why[layer];
}

int64_t box_client_cpu_ns(const struct box_client *c)
{
	struct timespec ts;
	clockid_t clock;

	if (c->pid <= 0 || clock_getcpuclockid(c->pid, &clock) != 0 ||
	    clock_gettime(clock, &ts) < 0)
		return c->boxes_cpu_ns;
	return c->boxes_cpu_ns + ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

int box_client_pid(const struct box_client *c)
{
	return c->pid;
}

bool box_client_is_dead(const struct box_client *c)
{
	return c->is_dead;
}

struct loop *box_client_loop(struct box_client *c)
{
	return c->loop;
}

void box_client_use_rootfs(struct box_client *c, const char *rootfs, bool is_trusted)
{
	c->is_rootfs_trusted = is_trusted;
	free(c->rootfs);
	c->rootfs = rootfs ? xstrdup(rootfs) : NULL;
}

const char *box_client_rootfs(const struct box_client *c)
{
	return c->rootfs;
}

static const char *rootfs_of(const struct box_client *c, const struct box_spec *spec)
{
	return spec->rootfs ? spec->rootfs : c->rootfs;
}

/* Sends a spec under a new id; START and TEMPLATE differ in the type alone. */
static int send_spec(struct box_client *c, const struct box_spec *spec, enum wire_type type,
		     uint64_t *ret_id, struct err *err)
{
	struct packet p = { 0 };

	if (c->is_dead)
		return err_set(err, ERR_HARNESS, "the box server died");
	*ret_id = ++c->next_id;
	struct box_spec own = *spec; /* shallow: all it points to stays the caller's */

	if (c->is_cold)
		own.template_id = BOX_AFRESH;
	own.rootfs = rootfs_of(c, spec);
	if (!spec->rootfs)
		own.is_rootfs_trusted = c->is_rootfs_trusted;
	int r = wire_pack_start(&own, *ret_id, &p, err);

	if (r == 0) {
		((struct wire_head *)(void *)p.data.buf)->type = type;
		r = packet_send(c->sock, &p, true, err) < 0 ? -1 : 0;
	}
	packet_release(&p);
	return r;
}

int box_template(struct box_client *c, const char *name, const struct box_spec *spec,
		 struct err *err)
{
	uint64_t id;

	if (c->n_templates == MAX_TEMPLATES)
		return err_set(err, ERR_HARNESS, "more than %d templates", MAX_TEMPLATES);
	if (send_spec(c, spec, WIRE_TEMPLATE, &id, err) < 0)
		return -1;
	const char *rootfs = rootfs_of(c, spec);

	c->templates[c->n_templates++] = (struct named_template){
		.name = name, .rootfs = rootfs ? xstrdup(rootfs) : NULL, .id = id
	};
	return 0;
}

static bool is_same_root(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

uint64_t box_template_id(const struct box_client *c, const char *name, const char *rootfs)
{
	for (int i = 0; i < c->n_templates; i++) {
		if (!strcmp(c->templates[i].name, name) &&
		    is_same_root(c->templates[i].rootfs, rootfs ? rootfs : c->rootfs))
			return c->templates[i].id;
	}
	return 0;
}

int box_start(struct box_client *c, const struct box_spec *spec, box_done_fn *done, void *data,
	      struct box_handle **ret, struct err *err)
{
	uint64_t id;

	if (send_spec(c, spec, WIRE_START, &id, err) < 0)
		return -1;
	struct box_handle *h = xcalloc(1, sizeof(*h));

	*h = (struct box_handle){
		.next = c->open, .client = c, .id = id, .done = done, .data = data
	};
	c->open = h;
	*ret = h;
	return 0;
}

void box_kill(struct box_handle *h)
{
	struct wire_head head = { .type = WIRE_KILL, .size = sizeof(head), .id = h->id };
	struct packet p = { 0 };

	strbuf_add(&p.data, &head, sizeof(head));
	(void)packet_send(h->client->sock, &p, true, NULL);
	packet_release(&p);
}
