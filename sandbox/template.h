/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's side of warm starts (sandbox/warm.h): templates that clients have declared, and the
 * zygotes, running boxes made of them, that are asked for forks.
 */
#ifndef SANDBOX_TEMPLATE_H
#define SANDBOX_TEMPLATE_H

#include <stdint.h>

#include "base/err.h"
#include "sandbox/box_state.h"
#include "sandbox/engine.h"
#include "sandbox/wire.h"

struct zygote;

/* Keeps the packet's contents (its descriptors are taken from it) under an id. */
void template_declare(struct engine *e, uint64_t id, struct packet *p);
/* From here on, boxes that name no template are cloned from a stem, where the layers allow it. */
void template_declare_stem(struct engine *e);
/*
 * An idle zygote of the spec's template, or of the stem, started where there is none; NULL where
 * there is no such template or the machine's layers do not carry it: then a box is made afresh.
 */
struct zygote *template_zygote(struct engine *e, const struct box_spec *spec);
enum child_role zygote_clone_role(const struct zygote *z);
/* Forgets all templates, after every box is gone. */
void templates_release(struct engine *e);

/* A box counts on its zygote from here until it leaves. */
void zygote_join(struct zygote *z, struct box *b);
void zygote_leave(struct zygote *z);
/* A clone was lost or could not be made: this zygote, which may be dying, gets no more of them. */
void zygote_retire(struct zygote *z);
/* Sends the request; what comes of it comes from the loop (box_take_message(), box_finish()). */
int zygote_ask(struct zygote *z, struct box *b, const struct box_launch *launch, struct err *err);
/* Asks the zygote to kill its clone; the end comes from the loop. */
void zygote_kill(struct zygote *z, const struct box *b);
/* The zygote itself, with its clone, where it does not listen any more. */
void zygote_kill_all(struct zygote *z);

#endif
