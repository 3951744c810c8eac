/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assay-attacks: small attacks on the box that this program runs in, one an argument. It needs
 * nothing of the machine, being linked statically, so that `assay doctor` can run it anywhere;
 * sandbox/selftest/attacks.table says how each must end.
 *
 * An attack that succeeds prints "REACHED"; one that cannot be tried here prints "SKIP" and why.
 * What it tries to reach is told by the environment: LISTEN_* listeners, HOST_* facts of whoever
 * started the box.
 */
#include "sandbox/selftest/attacks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int attack_reached(const char *fmt, ...)
{
	va_list ap;

	(void)fputs("REACHED ", stdout);
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	(void)putchar('\n');
	return 0;
}

int attack_skip(const char *why)
{
	(void)printf("SKIP %s\n", why);
	return 0;
}

static const struct attack *find(const struct attack *a, const char *name)
{
	while (a->name && strcmp(a->name, name) != 0)
		a++;
	return a->name ? a : NULL;
}

int main(int argc, char **argv)
{
	const struct attack *a = NULL;

	if (argc == 2)
		a = find(sharing_attacks, argv[1]);
	if (argc == 2 && !a)
		a = find(rights_attacks, argv[1]);
	if (!a) {
		(void)fputs("usage: assay-attacks ATTACK\n"
			    "Runs one attack on the box that it is in.\n",
			    stderr);
		return 2;
	}
	int status = a->run(a->arg);

	(void)fflush(stdout);
	return status;
}
