/* SPDX-License-Identifier: Apache-2.0 */
/* Archives and OCI layouts into a folder that holds nothing yet. */
#ifndef HARNESS_IMAGE_UNPACK_H
#define HARNESS_IMAGE_UNPACK_H

#include <stdbool.h>

#include "base/err.h"
#include "base/hash.h"
#include "harness/image/tree.h"

#define IMAGE_DIGEST 72 /* "sha256:", 64 digits and NUL */

/* SHA-256 of a file from its start; the offset is at its start again afterwards. */
int unpack_hash(int fd, char ret[IMAGE_DIGEST], struct err *err);
/*
 * A tar archive, plain or compressed by gzip, zstd, xz or bzip2 (which the program of that name
 * reads), from its start into the tree. As a layer, which its digest has shown to be whole, it may
 * lack its end mark, and its whiteouts first take away what the layers below hold.
 */
int unpack_archive(int fd, struct tree *tree, bool is_layer, struct err *err);
/*
 * The image of an OCI layout folder for this machine: `ref` is a name in its index, or NULL where
 * there is one image only. Every blob is checked against its digest before it is read. The digest
 * is the manifest's. With tree NULL nothing is unpacked.
 */
int unpack_oci(const char *layout, const char *ref, struct tree *tree, char ret[IMAGE_DIGEST],
	       struct err *err);

#endif
