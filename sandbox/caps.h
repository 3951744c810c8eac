/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities: none, in no set. */
#ifndef SANDBOX_CAPS_H
#define SANDBOX_CAPS_H

/*
 * In the child: empties the bounding, ambient, inheritable, permitted and effective sets.
 * 0, or -1 with errno.
 */
int caps_drop_all(void);

#endif
