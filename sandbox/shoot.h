/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clones of a template: its side of making a box.
 *
 * Theory of operation. A box needs a first process (init) that lives as long as the program, and
 * copying a template's memory for it would cost more than all namespaces together. So init is
 * cloned into fresh namespaces with the template's memory shared and a stack of its own, and the
 * template waits until init has brought the program about:
 *
 *      template --clone(VM, pid mnt ipc uts user)--> init --vfork + exec, or fork--> program
 *         | maps ids, opens the gate                  | fresh mounts        joins control groups,
 *         | waits                                     | wakes the template  drops, filters
 *         v                                           v
 *      serves on                                    reaps, tells, ends
 *
 * After that init uses nothing of the shared memory but its own stack, makes raw system calls alone
 * (errno is shared, too), and holds no capability. Shared memory is never the program's: an
 * executed program has left it, a forked one has a copy. init is in none of the box's control
 * groups, so that the memory limit can choose no process that has the template's memory.
 */
#ifndef SANDBOX_SHOOT_H
#define SANDBOX_SHOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "sandbox/child.h"

/* Where the template and the server talk: control messages with the box's id, both ways. */
struct shoot_order {
	uint64_t id;
	struct child child; /* .control is the template's socket */
};

/*
 * Makes a box and waits until its program has memory of its own. 0 in the template, also when it
 * failed, which the server is told; 1 in the process of a program that is a fork (CHILD_WARM),
 * inside its box with every layer up.
 */
int shoot_start(const struct shoot_order *order);
/* Kills the box that is under way, if it is this one. */
void shoot_kill(uint64_t id);
/* Reaps inits that have ended; tells the server of one that ended without a word. */
void shoot_reap(int control);

#endif
