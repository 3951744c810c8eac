/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tar archives as a stream of entries: ustar with pax and GNU long names, as container tools and
 * Debian's write them. Every byte is somebody else's: names and links are bounded and hold no NUL,
 * sizes are checked, nothing is interpreted. Sparse files are refused.
 *
 *   struct tar t = { .fd = fd };
 *   while ((r = tar_next(&t, &entry, err)) > 0)
 *           ... tar_read(&t, buf, size, err) until 0 ...
 */
#ifndef HARNESS_IMAGE_TAR_H
#define HARNESS_IMAGE_TAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define TAR_NAME_MAX 4096 /* bytes of a name or a link, with its NUL */
#define TAR_BLOCK    512

enum tar_kind {
	TAR_FILE,
	TAR_DIR,
	TAR_SYMLINK,
	TAR_HARDLINK,
	TAR_OTHER, /* devices, FIFOs, and what no standard names */
};

struct tar_entry {
	enum tar_kind kind;
	char name[TAR_NAME_MAX]; /* as it stands in the archive */
	char link[TAR_NAME_MAX]; /* of links: where they lead */
	int64_t size;            /* of TAR_FILE; 0 for all others */
	int64_t mtime;           /* seconds */
	unsigned mode;           /* permission bits with 07000 */
};

/* Zero but for fd is ready; owns nothing. */
struct tar {
	int fd;         /* of a file or a pipe: read in order */
	bool is_sloppy; /* its end may lack the mark and the last padding: some tools do not care */
	int64_t left;   /* bytes of the entry's content that were not read */
	int64_t padding; /* after them */
	int64_t at;      /* bytes read, for messages */
};

/*
 * 1 and an entry, 0 at the end, -1: ERR_INPUT for what is no tar or breaks off. Content that
 * was not read is passed over.
 */
int tar_next(struct tar *t, struct tar_entry *ret, struct err *err);
/* Up to n bytes of the entry's content; 0 at its end. */
int64_t tar_read(struct tar *t, void *buf, int64_t n, struct err *err);

#endif
