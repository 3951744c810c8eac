/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock: a second fence, by path, behind the private root. Reading and executing everywhere
 * below the box's root, writing only in the scratch folders and to the five devices; no TCP; where
 * the kernel can, no signals and no abstract sockets to processes outside.
 */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

/* ABI version of the running kernel, 0 where there is none (asked by calling). */
int landlock_abi(void);
/* In the child, inside its root, after no_new_privs. 0, or -1 with errno. */
int landlock_confine(int abi);

#endif
