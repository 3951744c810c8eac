/* SPDX-License-Identifier: Apache-2.0 */
/* Templates and zygotes: who is forked from, when it is replaced, what it answers. */
#include "sandbox/template.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "sandbox/warm.h"

#define FORKS_MAX  4096 /* of one zygote, then a new one takes over: its hash seed is another */
#define FOREVER_MS (10LL * 365 * 24 * 3600 * 1000)

struct template
{
	struct template *next;
	struct engine *engine;
	uint64_t id;
	struct packet packet; /* owns strings and descriptors of the spec */
	struct box_spec spec;
	char *rootfs; /* owned; NULL: the host's toolchains */
	dev_t rootfs_dev;
	ino_t rootfs_ino;
	bool is_stem;
	bool is_broken;  /* could not be started, or could not make a box: not tried again */
	bool has_worked; /* has made a box */
	int library;
	struct zygote *zygotes; /* each with one box at a time */
};

struct zygote {
	struct zygote *next;
	struct template *template;
	struct box *box; /* NULL when it has ended */
	int slot;
	int sock;
	struct loop_watch *watch;
	int forks;
	int members; /* boxes that count on it */
	bool is_retired;
};

/*
 * Templates keep capabilities of a user namespace of their own; without one, of the host's. Their
 * clones get a new /proc.
 */
static bool can_be_warm(const struct host *h)
{
	return host_has(h, LAYER_USER_NS) && host_has(h, LAYER_CGROUP_NS) &&
	       host_has(h, LAYER_PROC);
}

/* Beside assay-box, as it is built, or where it is installed. */
static int open_library(void)
{
	static const char *const places[] = { "/assay-warm.so", "/../lib/assay/assay-warm.so" };
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);
	int fd = -1;

	if (n < 0)
		return -1;
	path[n] = 0;
	char *slash = strrchr(path, '/');

	for (size_t i = 0; i < ARRAY_SIZE(places) && fd < 0; i++) {
		(void)snprintf(slash, 64, "%s", places[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	return fd;
}

/*
 * Whether a clone of the template has the root that the spec wants: the same folder, not another
 * one under its name.
 */
static bool has_root(const struct template *t, const char *rootfs)
{
	struct stat st;

	if (!t->rootfs || !rootfs)
		return t->rootfs == rootfs;
	return !strcmp(t->rootfs, rootfs) && stat(rootfs, &st) == 0 && st.st_dev == t->rootfs_dev &&
	       st.st_ino == t->rootfs_ino;
}

static void set_root(struct template *t, const char *rootfs)
{
	struct stat st;

	if (!rootfs)
		return;
	t->rootfs = xstrdup(rootfs);
	t->spec.rootfs = t->rootfs;
	/* a stem runs our own code, and nothing of its root */
	if (stat(rootfs, &st) < 0 || (!t->is_stem && !t->spec.is_rootfs_trusted)) {
		t->is_broken = true;
		return;
	}
	t->rootfs_dev = st.st_dev;
	t->rootfs_ino = st.st_ino;
}

static struct template *template_new(struct engine *e, uint64_t id)
{
	struct template *t = xcalloc(1, sizeof(*t));

	t->engine = e;
	t->id = id;
	t->library = -1;
	t->is_broken = !can_be_warm(&e->host);
	t->next = e->templates;
	e->templates = t;
	return t;
}

void template_declare(struct engine *e, uint64_t id, struct packet *p)
{
	struct template *t = template_new(e, id);

	t->packet = *p;
	memset(p, 0, sizeof(*p));
	t->library = open_library();
	if (t->library < 0 || wire_unpack_start(&t->packet, &t->spec, NULL) < 0 ||
	    t->spec.n_files == BOX_MAX_FILES)
		t->is_broken = true;
	set_root(t, t->spec.rootfs);
}

#define STEM_MEM_BYTES (64LL << 20)

static struct template *declare_stem(struct engine *e, const char *rootfs)
{
	struct template *t = template_new(e, 0);

	t->is_stem = true;
	box_spec_init(&t->spec);
	strvec_push(&t->spec.argv, "stem");
	t->spec.limits.mem_bytes = STEM_MEM_BYTES;
	set_root(t, rootfs);
	return t;
}

void template_declare_stem(struct engine *e)
{
	e->stem = declare_stem(e, NULL);
}

static void zygote_free(struct zygote *z)
{
	struct zygote **p = &z->template->zygotes;

	while (*p != z)
		p = &(*p)->next;
	*p = z->next;
	loop_unwatch(z->watch);
	close_fd(&z->sock);
	free(z);
}

static void template_free(struct template *t)
{
	while (t->zygotes)
		zygote_free(t->zygotes);
	box_spec_release(&t->spec);
	free(t->rootfs);
	packet_close_fds(&t->packet);
	packet_release(&t->packet);
	close_fd(&t->library);
	free(t);
}

void templates_release(struct engine *e)
{
	while (e->templates) {
		struct template *t = e->templates;

		e->templates = t->next;
		template_free(t);
	}
}

/* ---- zygotes ---- */

static void zygote_free_if_idle(struct zygote *z)
{
	if (z->members > 0 || z->template->engine->is_releasing)
		return;
	if (z->box) {
		if (z->is_retired)
			engine_kill(z->box);
		return;
	}
	zygote_free(z);
}

void zygote_retire(struct zygote *z)
{
	z->is_retired = true;
}

void zygote_join(struct zygote *z, struct box *b)
{
	b->zygote = z;
	b->warm_id = ++b->engine->next_warm_id;
	z->members++;
	if (++z->forks >= FORKS_MAX)
		zygote_retire(z);
}

void zygote_leave(struct zygote *z)
{
	z->members--;
	zygote_free_if_idle(z);
}

/* The clones of a zygote end with it, through no fault of theirs. */
static void lose_boxes(struct zygote *z, const char *why)
{
	struct engine *e = z->template->engine;
	struct box *b = e->boxes;

	while (b) {
		if (b->zygote == z) {
			box_lose(b, why);
			b = e->boxes; /* the list has changed */
			continue;
		}
		b = b->next;
	}
}

static void on_zygote_end(struct box *box, struct box_result *r, void *data)
{
	struct zygote *z = data;
	char why[200];

	(void)box;
	z->box = NULL;
	z->members++; /* hold it while others leave */
	zygote_retire(z);
	(void)snprintf(why, sizeof(why), "the warm interpreter ended (%s): %.100s",
		       box_end_name(r->end), r->message[0] ? r->message : strbuf_str(&r->err));
	lose_boxes(z, why);
	zygote_leave(z);
}

static struct box *find_clone(const struct zygote *z, uint64_t warm_id)
{
	for (struct box *b = z->template->engine->boxes; b; b = b->next) {
		if (b->zygote == z && b->warm_id == warm_id)
			return b;
	}
	return NULL;
}

/* A machine that refuses namespaces within namespaces makes every box afresh. */
static void learn(struct template *t, enum control_kind kind)
{
	t->has_worked |= kind == CONTROL_STARTED;
	t->is_broken |= kind == CONTROL_ERROR && !t->has_worked;
}

/* 1 there was a message, 0 none, -1 the end. */
static int read_message(struct zygote *z)
{
	struct control_msg msg;
	int fds[2];
	int r = control_receive(z->sock, MSG_DONTWAIT, &msg, fds);
	struct box *b = r > 0 ? find_clone(z, msg.id) : NULL;

	if (r > 0)
		learn(z->template, msg.kind);
	if (b)
		box_take_message(b, &msg, fds);
	close_fd(&fds[0]);
	close_fd(&fds[1]);
	if (b && (msg.kind == CONTROL_EXIT || msg.kind == CONTROL_DEAD))
		box_finish(b, msg.kind == CONTROL_DEAD ? msg.wait_status : 0);
	return r;
}

static void on_message(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct zygote *z = data;
	int r;

	(void)loop;
	(void)fd;
	(void)events;
	z->members++; /* hold it while boxes leave */
	do {
		r = read_message(z);
	} while (r > 0);
	if (r < 0) { /* its box ends too and tells why */
		loop_unwatch(z->watch);
		z->watch = NULL;
	}
	zygote_leave(z);
}

static int start_zygote(struct zygote *z, struct err *err)
{
	struct template *t = z->template;
	struct box_spec spec = t->spec;
	int sock[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) < 0)
		return err_sys(err, "make a socket for a template");
	z->sock = sock[0];
	spec.slot = z->slot;
	spec.limits.wall_ms = spec.limits.cpu_ms = FOREVER_MS;
	if (!t->is_stem)
		spec.files[spec.n_files++] =
			(struct box_file){ .path = WARM_LIBRARY, .fd = t->library };
	spec.fds[0] = (struct box_fd){ .fd = sock[1], .target = WARM_SOCKET_FD };
	spec.n_fds = 1;
	enum child_role role = t->is_stem ? CHILD_STEM : CHILD_TEMPLATE;
	int r = box_start_as(t->engine, role, &spec, on_zygote_end, z, &z->box, err);

	(void)close(sock[1]);
	if (r == 0)
		r = loop_watch_fd(t->engine->loop, z->sock, EPOLLIN, on_message, z, &z->watch, err);
	return r;
}

#define ROOTED_STEMS_MAX 8

/* Each root file system has a stem of its own, made for the first box with it. */
static struct template *find_stem(struct engine *e, const char *rootfs)
{
	int n = 0;

	if (!rootfs || !e->stem)
		return e->stem;
	for (struct template *t = e->templates; t; t = t->next) {
		if (t->is_stem && has_root(t, rootfs))
			return t;
		n += t->is_stem;
	}
	return n <= ROOTED_STEMS_MAX ? declare_stem(e, rootfs) : NULL;
}

static struct template *find_template(struct engine *e, const struct box_spec *spec)
{
	if (!spec->template_id) /* a stem's root has no further binds */
		return spec->binds.n == 0 ? find_stem(e, spec->rootfs) : NULL;
	for (struct template *t = e->templates; t; t = t->next) {
		if (t->id == spec->template_id)
			return has_root(t, spec->rootfs) ? t : NULL;
	}
	return NULL;
}

struct zygote *template_zygote(struct engine *e, const struct box_spec *spec)
{
	struct template *t = find_template(e, spec);
	int slot = engine_slot(e, spec->slot);
	struct err err = { 0 };
	struct zygote *z;

	if (!t || t->is_broken)
		return NULL;
	for (z = t->zygotes; z; z = z->next) {
		if (z->members == 0 && !z->is_retired && (slot < 0 || z->slot == slot))
			return z;
	}
	z = xcalloc(1, sizeof(*z));
	z->template = t;
	z->slot = slot >= 0 ? slot : engine_any_slot(e);
	z->sock = -1;
	z->next = t->zygotes;
	t->zygotes = z;
	if (start_zygote(z, &err) < 0) {
		t->is_broken = true;
		zygote_free_if_idle(z);
		return NULL;
	}
	return z;
}

enum child_role zygote_clone_role(const struct zygote *z)
{
	return z->template->is_stem ? CHILD_SHOOT : CHILD_WARM;
}

/* ---- asking ---- */

/* Returns how many of them are control groups to join. */
static uint32_t add_fds(const struct box_launch *launch, struct packet *p,
			const struct packet *spec)
{
	uint32_t joins = 0;

	p->fds[p->n_fds++] = launch->out;
	p->fds[p->n_fds++] = launch->err;
	for (int k = 0; k < CG_KIND_COUNT; k++) {
		if (launch->child.joins[k] >= 0) {
			p->fds[p->n_fds++] = launch->child.joins[k];
			joins++;
		}
	}
	memcpy(p->fds + p->n_fds, spec->fds, sizeof(int) * (size_t)spec->n_fds);
	p->n_fds += spec->n_fds;
	return joins;
}

static bool has_file(const struct template *t, const char *path)
{
	for (int i = 0; i < t->spec.n_files; i++) {
		if (!strcmp(t->spec.files[i].path, path))
			return true;
	}
	return false;
}

/* A fork sees the files of its template, which cannot change, unless others are laid over them. */
static void leave_out_files(const struct template *t, struct box_spec *spec)
{
	for (int i = 0; i < spec->n_files; i++) {
		if (!has_file(t, spec->files[i].path))
			return;
	}
	spec->n_files = 0;
}

/* The spec as the fork needs it: its arguments alone, no descriptors that are sent beside it. */
static int pack_spec(const struct template *t, const struct box_launch *launch, struct packet *ret,
		     struct err *err)
{
	struct box_spec spec = launch->spec;
	size_t skip = t->is_stem || t->spec.argv.n == 0 ? 0 : t->spec.argv.n - 1;

	if (skip >= spec.argv.n)
		return err_set(err, ERR_USAGE,
			       "a warm box needs its template's arguments and more");
	spec.argv.v += skip;
	spec.argv.n -= skip;
	spec.env = t->is_stem ? launch->env : (struct strvec){ 0 };
	spec.binds = (struct strvec){ 0 };
	spec.rootfs = NULL; /* the template's */
	spec.stdout_fd = spec.stderr_fd = -1;
	leave_out_files(t, &spec);
	return wire_pack_start(&spec, 0, ret, err);
}

int zygote_ask(struct zygote *z, struct box *b, const struct box_launch *launch, struct err *err)
{
	const struct host *host = &b->engine->host;
	const struct filter_program *filter = launch->child.filter;
	struct packet p = { 0 };
	struct packet spec = { 0 };
	int r = pack_spec(z->template, launch, &spec, err);

	if (r == 0) {
		struct warm_request head = {
			.id = b->warm_id,
			.layers = host->layers,
			.landlock_abi = host->landlock_abi,
			.is_shoot = z->template->is_stem,
			.filter_bytes = (uint32_t)(filter->len * sizeof(struct sock_filter)),
			.spec_bytes = (uint32_t)spec.data.len,
			.n_joins = add_fds(launch, &p, &spec),
		};

		strbuf_add(&p.data, &head, sizeof(head));
		strbuf_add(&p.data, filter->filter, head.filter_bytes);
		strbuf_add(&p.data, spec.data.buf, spec.data.len);
		r = packet_send(z->sock, &p, true, err) < 0 ? -1 : 0;
	}
	packet_release(&spec);
	packet_release(&p);
	return r;
}

void zygote_kill(struct zygote *z, const struct box *b)
{
	struct control_msg msg = { .kind = CONTROL_KILL, .id = b->warm_id };

	(void)control_send(z->sock, &msg, NULL, 0);
}

void zygote_kill_all(struct zygote *z)
{
	zygote_retire(z);
	if (z->box)
		engine_kill(z->box);
}
