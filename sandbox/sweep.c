/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `assay-box sweep`: a server that was killed with SIGKILL leaves its control groups behind (its
 * boxes die with it, mounts and files go with them). Starting and stopping the counting removes
 * them.
 */
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "sandbox/cgroup.h"
#include "sandbox/commands.h"

#define TRIES 50

int cmd_sweep(int argc, char **argv, struct err *err)
{
	struct cg_host *host = xcalloc(1, sizeof(*host));
	char(*why)[LAYER_WHY] = xcalloc(LAYER_COUNT, sizeof(*why));

	(void)argc;
	(void)argv;
	(void)err;
	(void)cg_host_init(host, why);
	/* processes of its boxes may take a moment to die */
	for (int i = 0; i < TRIES && cg_host_sweep(host) > 0; i++)
		(void)nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	cg_host_release(host);
	free(why);
	free(host);
	return 0;
}
