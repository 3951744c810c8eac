/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities: none, in no set; but for templates (sandbox/warm.h). */
#ifndef SANDBOX_CAPS_H
#define SANDBOX_CAPS_H

/*
 * In the child: empties the bounding, ambient, inheritable, permitted and effective sets.
 * 0, or -1 with errno.
 */
int caps_drop_all(void);
/* The bounding set alone; needs CAP_SETPCAP, which a change of ids takes away. As above. */
int caps_drop_bounding(void);
/* The same without the bounding and ambient sets. 0, or -1 with errno. */
int caps_clear(void);
/*
 * In the child that becomes a template: what making namespaces and dropping capabilities takes is
 * kept across the execution of its (trusted) program, all else is dropped. 0, or -1 with errno.
 */
int caps_keep_for_program(void);

#endif
