/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images: root file systems for boxes, kept by digest in the user's cache.
 *
 *   $XDG_CACHE_HOME/assay/images/
 *     sha256-DIGEST/rootfs/      the tree, never changed once it has this name
 *     sha256-DIGEST/image.json   where it came from
 *     names/NAME                 a link to ../sha256-DIGEST
 *     making-XXXXXX/             one being made, locked by who makes it
 *
 * An image appears whole or not at all. Who uses one holds it (image_hold()), and it is not removed
 * meanwhile. What was left half made is cleared away by the next who makes one.
 */
#ifndef HARNESS_IMAGE_IMAGE_H
#define HARNESS_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strvec.h"
#include "harness/image/unpack.h"

struct image {
	char digest[IMAGE_DIGEST];
	char *rootfs;        /* path of the tree */
	char *source;        /* what it was made of */
	char *created;       /* UTC */
	int64_t bytes;       /* of content */
	int64_t files;       /* entries of the archive */
	int64_t skipped;     /* devices, sockets, FIFOs that were left out */
	bool is_built;       /* here, by a recipe, of signed packages */
	struct strvec names; /* sorted */
};
void image_release(struct image *image);
static inline void cleanup_image(struct image *image)
{
	image_release(image);
}
#define auto_image __attribute__((cleanup(cleanup_image))) struct image

/* "name", or six digits or more of its digest, with "sha256:" before them or not. ERR_INPUT. */
int image_find(const char *ref, struct image *ret, struct err *err);
/* Is this how a name may look: a letter or digit, then those and "._:-", 64 at most. */
int image_check_name(const char *name, struct err *err);
/* A descriptor that keeps the image from being removed until it is closed. */
int image_hold(const struct image *image, struct err *err);
/* Digests of all images, sorted. No cache has none. */
int image_list(struct strvec *ret, struct err *err);

/*
 * Makes an image of a tar archive (FILE), an OCI layout (oci:DIR[:NAME], or DIR), or of what skopeo
 * can copy (docker://..., oci-archive:FILE, ...), or finds that it is there already; gives it a
 * name where that is not NULL, which another image then loses.
 */
int image_add(const char *source, const char *name, struct image *ret, struct err *err);
/* By a recipe for mmdebstrap (harness/image/recipe.h), a file; name NULL: that of the file. */
int image_build(const char *path, const char *name, const char *mirror, struct image *ret,
		struct err *err);
/* Removes a name; with its last name, or by digest, the image. ERR_INPUT where it is in use. */
int image_remove(const char *ref, struct err *err);

#endif
