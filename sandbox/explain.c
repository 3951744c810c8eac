/* SPDX-License-Identifier: Apache-2.0 */
/* `assay-box explain`: the layers in order, the root, the filter, and what this machine gives. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "base/opt.h"
#include "sandbox/child.h"
#include "sandbox/commands.h"
#include "sandbox/engine.h"
#include "sandbox/root.h"

static void print_layers(const struct host *host)
{
	size_t n;
	const enum box_layer *order = child_step_order(&n);

	(void)puts("Layers, in the order in which they are put up:\n");
	for (size_t i = 0; i < n; i++) {
		const struct layer_info *info = &layer_infos[order[i]];
		bool have = host_has(host, order[i]);

		(void)printf("  %-14s %-8s %s\n", info->name, have ? "have" : "MISSING",
			     info->what);
		if (!have && host->why[order[i]][0])
			(void)printf("  %-14s %-8s (%s)\n", "", "", host->why[order[i]]);
		if (!have)
			(void)printf("  %-14s %-8s remedy: %s\n", "", "", info->remedy);
	}
}

static void print_limits(void)
{
	struct box_limits l = { 0 };

	box_limits_fill(&l);
	(void)printf("\nLimits (defaults):\n\n"
		     "  wall %lld ms   cpu %lld ms   memory %lld MiB   processes %lld\n"
		     "  disk %lld MiB, %lld inodes   file %lld MiB   output %lld MiB\n"
		     "  open files %lld   stack %lld MiB\n",
		     (long long)l.wall_ms, (long long)l.cpu_ms, (long long)l.mem_bytes >> 20,
		     (long long)l.processes, (long long)l.disk_bytes >> 20,
		     (long long)l.disk_inodes, (long long)l.file_bytes >> 20,
		     (long long)l.output_bytes >> 20, (long long)l.open_files,
		     (long long)l.stack_bytes >> 20);
}

int cmd_explain(int argc, char **argv, struct err *err)
{
	static const struct opt opts[] = { { .type = OPT_END } };
	const struct opt_command cmd = {
		.program = "assay-box explain",
		.synopsis = "",
		.about = "Prints the layers of a box with what this machine gives, its root, its "
			 "limits and the\n"
			 "system call policy.",
		.opts = opts,
	};
	auto_strvec args = { 0 };
	int r = opt_parse(&cmd, argc, argv, false, &args, err);
	struct host *host = xcalloc(1, sizeof(*host));

	if (r != 0) {
		free(host);
		return r < 0 ? -1 : 0;
	}
	r = host_init(host, err);
	if (r == 0) {
		print_layers(host);
		(void)puts("\nThe root:\n");
		root_print(stdout);
		print_limits();
		(void)puts("\nSystem calls:\n");
		filter_print(stdout);
	}
	host_release(host);
	free(host);
	return r;
}
