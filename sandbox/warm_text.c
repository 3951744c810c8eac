/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The code of a warm interpreter on huge pages.
 *
 * A fork does not inherit the page tables of files: it takes a fault for each stretch of the
 * interpreter's code that it comes to, and gives back all of these pages at its end. Anonymous
 * memory is inherited, and where it lies in huge pages, by copying one entry for each two
 * megabytes. So a template copies its interpreter's code and constants there once, before its first
 * fork. They stay where they were, and unwritable; what is not a whole huge page stays a file's.
 */
#include "sandbox/warm.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((uintptr_t)2 << 20)

struct range {
	uintptr_t from, to;
};

/* A line of /proc/self/maps. */
struct mapping {
	struct range at;
	bool is_constant; /* readable, and nobody writes to it */
	unsigned long inode;
};

/* FROM-TO RIGHTS OFFSET DEVICE INODE PATH, the first two in hexadecimal. */
static bool read_mapping(FILE *maps, struct mapping *m)
{
	char line[8192];
	char *at = line;

	*m = (struct mapping){ 0 };
	if (!fgets(line, sizeof(line), maps))
		return false;
	m->at.from = strtoul(at, &at, 16);
	if (*at == '-')
		m->at.to = strtoul(at + 1, &at, 16);
	m->is_constant = strncmp(at, " r-", 3) == 0;
	for (int i = 0; i < 3; i++)
		at += strcspn(at + 1, " ") + (*at != '\0');
	m->inode = strtoul(at, NULL, 10);
	return true;
}

/* The unwritable mappings of one file, side by side, around an address. */
static struct range find_text(FILE *maps, uintptr_t code)
{
	struct range r = { 0 };
	struct mapping m;
	unsigned long inode = 0;

	while (read_mapping(maps, &m)) {
		bool is_part = m.inode && m.is_constant;

		if (is_part && m.inode == inode && m.at.from == r.to)
			r.to = m.at.to;
		else if (code >= r.from && code < r.to)
			break;
		else
			r = is_part ? m.at : (struct range){ 0 };
		inode = is_part ? m.inode : 0;
	}
	return code >= r.from && code < r.to ? r : (struct range){ 0 };
}

/* Copies to fresh memory, which then takes the place of the range. */
static int replace(struct range r)
{
	size_t size = r.to - r.from;
	char *room = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED)
		return -1;
	char *copy = room + (-(uintptr_t)room & (HUGE_PAGE - 1));
	void *place = (void *)r.from; /* NOLINT(performance-no-int-to-ptr): from a text */
	int failed = madvise(copy, size, MADV_HUGEPAGE) < 0;

	if (!failed) {
		memcpy(copy, place, size);
		failed = mprotect(copy, size, PROT_READ | PROT_EXEC) < 0 ||
			 mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, place) ==
				 MAP_FAILED;
	}
	int saved = errno;

	(void)munmap(room, size + HUGE_PAGE); /* of the copy, nothing is left there */
	errno = saved;
	return failed ? -1 : 0;
}

int warm_settle(const void *code)
{
	FILE *maps = fopen("/proc/self/maps", "re");

	if (!maps)
		return -1;
	struct range r = find_text(maps, (uintptr_t)code);

	(void)fclose(maps);
	r.from = (r.from + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	r.to &= ~(HUGE_PAGE - 1);
	return r.from < r.to ? replace(r) : 0;
}
