/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/rootfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "harness/image/image.h"
#include "harness/run/toolchain.h"
#include "sandbox/rootfs.h"

#define HOST "host"

static bool is_folder(const char *option)
{
	return strchr(option, '/') || !strcmp(option, ".") || !strcmp(option, "..");
}

static int choose_folder(const char *dir, struct rootfs_choice *c, struct err *err)
{
	return rootfs_resolve(dir, &c->path, err) < 0 || tree_listing(c->path, c->id, err) < 0 ? -1
											       : 0;
}

static int choose_image(const char *ref, struct rootfs_choice *c, struct err *err)
{
	auto_image image = { 0 };

	if (image_find(ref, &image, err) < 0)
		return -1;
	c->is_trusted = image.is_built;
	c->hold = image_hold(&image, err);
	if (c->hold < 0 || rootfs_resolve(image.rootfs, &c->path, err) < 0)
		return -1;
	(void)snprintf(c->id, sizeof(c->id), "%s", image.digest);
	return 0;
}

/* All tasks are in Python as yet. */
static int check_interpreter(const struct rootfs_choice *c, const char *name, struct err *err)
{
	if (rootfs_has_program(c->path, TOOLCHAIN_PYTHON))
		return 0;
	return err_set(err, ERR_INPUT, "the root file system %s has no %s, which the tasks need",
		       name, TOOLCHAIN_PYTHON);
}

static int choose(const char *option, const struct suite *suite, struct rootfs_choice *c,
		  struct err *err)
{
	if (option && is_folder(option))
		return choose_folder(option, c, err);
	if (option)
		return choose_image(option, c, err);
	if (choose_image(suite->rootfs, c, err) < 0)
		return err_wrap(err, "the suite's root file system (or choose one: --rootfs)");
	return 0;
}

int rootfs_choose(const char *option, const struct suite *suite, struct rootfs_choice *ret,
		  struct err *err)
{
	struct rootfs_choice c = { .hold = -1 };
	const char *name = option ? option : suite->rootfs;

	if (name && strcmp(name, HOST) != 0 &&
	    (choose(option, suite, &c, err) < 0 || check_interpreter(&c, name, err) < 0)) {
		rootfs_choice_release(&c);
		return -1;
	}
	*ret = c;
	return 0;
}

void rootfs_choice_release(struct rootfs_choice *choice)
{
	free(choice->path);
	choice->path = NULL;
	close_fd(&choice->hold);
}
