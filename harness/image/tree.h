/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder tree made out of what others say it should hold. Every name is resolved inside the tree
 * by the kernel (openat2, RESOLVE_IN_ROOT): links in it, absolute ones too, lead nowhere else, and
 * names with ".." are refused. Folders are 0755, files 0755 or 0644, all are ours: set-user-id bits
 * and owners are not taken over, devices, sockets and FIFOs are left out and counted.
 */
#ifndef HARNESS_IMAGE_TREE_H
#define HARNESS_IMAGE_TREE_H

#include <stdint.h>

#include "base/err.h"
#include "harness/image/tar.h"

struct tree {
	int root;                      /* of the tree; the caller's */
	int64_t max_bytes;             /* of content, and of entries times 512 */
	int64_t bytes, files, skipped; /* so far */
};

#define TREE_MAX_BYTES (32LL << 30)

/* Adds an entry, whose content is read from t; takes the place of what is there. */
int tree_add(struct tree *tree, struct tar *t, const struct tar_entry *entry, struct err *err);
/*
 * The other half of layers: ".wh.NAME" takes NAME away, ".wh..wh..opq" all that its folder holds. 1
 * where the entry is such a mark, else 0.
 */
int tree_whiteout(struct tree *tree, const struct tar_entry *entry, struct err *err);
/* Is it a mark? */
int tree_is_whiteout(const struct tar_entry *entry);

/*
 * Removes `name` below dir with all that it holds, however deep. What is not there is no error.
 */
int tree_remove(int dir, const char *name, struct err *err);

/*
 * A hash over the names, kinds, modes, sizes, times and links of a tree, in order: it changes with
 * every ordinary change, and reads no content. Written as "listing:" and 64 digits.
 */
#define TREE_LISTING 80
int tree_listing(const char *path, char ret[TREE_LISTING], struct err *err);

#endif
