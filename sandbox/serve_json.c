/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `assay-box serve --json`: becomes assay-box-json, a client of a box server of its own. Nothing
 * that parses JSON is in this program.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "sandbox/commands.h"

int cmd_serve_json(int argc, char **argv, struct err *err)
{
	/* Beside assay-box, as it is built, or where it is installed. */
	static const char *const places[] = { "/assay-box-json", "/../lib/assay/assay-box-json" };
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)argc;
	if (n < 0)
		return err_sys(err, "find the running program");
	self[n] = 0;
	if (setenv("ASSAY_BOX", self, 1) < 0)
		return err_sys(err, "name the box server");
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		(void)snprintf(path, sizeof(path), "%.*s%s", (int)(strrchr(self, '/') - self), self,
			       places[i]);
		(void)execv(path, argv);
		if (errno != ENOENT)
			break;
	}
	return err_sys(err, "serve: execute %s", path);
}
