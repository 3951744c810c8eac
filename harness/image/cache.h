/* SPDX-License-Identifier: Apache-2.0 */
/* The folders of the cache, for those who make images (harness/image/). */
#ifndef HARNESS_IMAGE_CACHE_H
#define HARNESS_IMAGE_CACHE_H

#include "base/err.h"
#include "base/strbuf.h"
#include "harness/image/image.h"

/* Opens the cache's folder, made where `make` says so. -1 with sys_errno ENOENT: there is none. */
int cache_open(bool make, struct strbuf *ret_path, struct err *err);

/* An image being made: a folder of its own, locked. */
struct making {
	int cache;          /* the cache's folder */
	int folder;         /* its own */
	int rootfs;         /* the tree's */
	char name[32];      /* of the folder */
	struct strbuf path; /* of the folder */
	struct image image; /* its description so far */
};
int making_begin(struct making *m, struct err *err);
/* Writes the description and gives the folder its place; an image of that digest may be there. */
int making_commit(struct making *m, struct err *err);
/* Removes what was not committed. */
void making_release(struct making *m);

/* Lets `name` lead to the image. */
int cache_name(int cache, const char *name, const char *digest, struct err *err);
/* The folder's name of a digest: "sha256-" and 64 digits. */
void cache_folder(const char *digest, char ret[IMAGE_DIGEST]);

#endif
