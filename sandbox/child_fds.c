/* SPDX-License-Identifier: Apache-2.0 */
/* What a box inherits of the server's descriptors. No malloc, no stdio streams. */
#include "sandbox/child_fds.h"

#include <fcntl.h>
#include <unistd.h>

#define FD_SAFE 64 /* descriptors are moved to here and up before they get their numbers */

/* Descriptors in order. */
struct fd_list {
	int fd[9 + CG_KIND_COUNT + BOX_MAX_FDS + BOX_MAX_FILES];
	int n;
};

static void keep(struct fd_list *l, int fd)
{
	int i = l->n;

	if (fd < 0)
		return;
	for (; i > 0 && l->fd[i - 1] > fd; i--)
		l->fd[i] = l->fd[i - 1];
	l->fd[i] = fd;
	l->n++;
}

/* Closes every descriptor that is not on the list. */
static void close_others(const struct fd_list *l)
{
	unsigned from = 0;

	if (mutant("descriptors:close"))
		return;
	for (int i = 0; i < l->n; i++) {
		if ((unsigned)l->fd[i] > from)
			(void)close_range(from, (unsigned)l->fd[i] - 1, 0);
		from = (unsigned)l->fd[i] + 1;
	}
	(void)close_range(from, ~0U, 0);
}

void child_keep_box_fds(const struct child *c)
{
	struct fd_list l = { .n = 0 };

	keep(&l, c->control);
	keep(&l, c->stdin_fd);
	keep(&l, c->stdout_fd);
	keep(&l, c->stderr_fd);
	keep(&l, c->tree);
	for (int k = 0; k < CG_KIND_COUNT; k++)
		keep(&l, c->joins[k]);
	for (int i = 0; i < c->spec->n_fds; i++)
		keep(&l, c->spec->fds[i].fd);
	for (int i = 0; i < c->spec->n_files; i++)
		keep(&l, c->spec->files[i].fd);
	close_others(&l);
}

void child_keep_fd(int fd)
{
	struct fd_list l = { .n = 0 };

	keep(&l, fd);
	close_others(&l);
}

int child_lift_fd(int fd, struct err *err)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_SAFE);

	return high < 0 ? err_sys(err, "move a descriptor") : high;
}

int child_place_fds(const struct child *c, struct err *err)
{
	int from[3 + BOX_MAX_FDS];
	int to[3 + BOX_MAX_FDS] = { 0, 1, 2 };
	int n = 3 + c->spec->n_fds;
	int standard[3] = { c->stdin_fd, c->stdout_fd, c->stderr_fd };

	if (standard[0] < 0)
		standard[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < n; i++) {
		from[i] = child_lift_fd(i < 3 ? standard[i] : c->spec->fds[i - 3].fd, err);
		if (from[i] < 0)
			return -1;
		if (i >= 3)
			to[i] = c->spec->fds[i - 3].target;
	}
	if (!mutant("descriptors:close"))
		(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	for (int i = 0; i < n; i++) {
		if (dup2(from[i], to[i]) < 0)
			return err_sys(err, "place descriptor %d", to[i]);
	}
	return 0;
}

void child_keep_program_fds(const struct child *c)
{
	struct fd_list l = { .n = 0 };

	for (int fd = 0; fd < 3; fd++)
		keep(&l, fd);
	for (int i = 0; i < c->spec->n_fds; i++)
		keep(&l, c->spec->fds[i].target);
	keep(&l, c->control);
	close_others(&l);
}
