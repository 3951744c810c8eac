/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What boxes produced, kept by what went into them: whoever compiles the same source again with
 * the same compiler under the same limits gets the same program, and no compiler runs.
 *
 * Story: box_cache_open() once; box_cached() in the place of box_start(). It makes a key of all
 * that goes in, and either answers from the cache, through the loop as a box would, or starts the
 * box and keeps what came of it. The result's is_cached tells which; its figures are then those
 * of the run that was kept, the layers that held included: nobody asks whether the machine still
 * gives the level. box_cache_key(), box_cache_get() and box_cache_put() are the parts.
 *
 * What is kept: results that ended by themselves with status 0, or on demand any status, with
 * output, files brought back, and figures. Never a limit, a signal, a failure of ours, or a run
 * that was only just right: one in which memory or processes were refused, a process was left
 * over, or a file could not be copied.
 *
 * What a key holds: the version of the format, argv, the environment, each file laid in (path,
 * mode, bytes), limits, level, files to bring back; of the root file system its place, the
 * databases of its package managers and some folders that change when software is installed; of
 * the program and of all below the folders shown by `binds`, names, sizes, times and inodes; and
 * whatever the caller says beside. Who edits an installed file in place, without its package
 * manager, names a new `toolchain`.
 *
 * Where: $ASSAY_CACHE, else $XDG_CACHE_HOME/assay, else ~/.cache/assay; in it a folder `boxes` of
 * mode 0700, which must be the caller's own, and in that a file an entry (docs/formats.md), written
 * under another name and renamed. Entries that are links, others' or in any way not as they were
 * written are not used, and removed. Many processes may use one folder at once.
 */
#ifndef SANDBOX_CACHE_H
#define SANDBOX_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/strbuf.h"
#include "sandbox/box.h"

struct box_cache;

#define BOX_CACHE_BYTES (1LL << 30) /* all entries together, unless the caller says otherwise */
#define BOX_CACHE_ENTRY (256LL << 20)

/* What goes into a key beside the spec, and what is kept. Zeroes are a good choice. */
struct box_cache_use {
	const char *toolchain; /* what the caller knows about it: `gcc --version` */
	bool keeps_failures;   /* results with another exit status than 0, too */
	bool needs_all_output; /* only results of whose output nothing was left out */
};

struct box_cache_key {
	uint8_t digest[HASH_SIZE];
};

/* Appends the folder that is used where none is named. ERR_USAGE where there is none. */
int box_cache_folder(struct strbuf *ret, struct err *err);
/*
 * `folder` NULL: box_cache_folder(). It is made where it is missing. ERR_INPUT where it is not the
 * caller's alone. `max_bytes` 0: BOX_CACHE_BYTES. Where more is kept, the entries that were not
 * used for longest go; other processes may add a sixteenth each before they look.
 */
int box_cache_open(const char *folder, int64_t max_bytes, struct box_cache **ret, struct err *err);
/* Answers what box_cached() has still to answer from the cache. Free clients before it. */
void box_cache_free(struct box_cache *c);

/*
 * ERR_USAGE for what can have no key: something comes in through a descriptor or a template, a file
 * laid in is not sealed (fs_memfd()), a bind has too many files below it.
 */
int box_cache_key(const struct box_spec *spec, const struct box_cache_use *use,
		  struct box_cache_key *ret, struct err *err);
/* Is there an entry? `spec` is that of the key. *ret is the caller's to release. */
bool box_cache_get(struct box_cache *c, const struct box_cache_key *key,
		   const struct box_spec *spec, struct box_result *ret);
/* 1: kept; 0: not a result to be kept; -1: it could not be written (a full disk). */
int box_cache_put(struct box_cache *c, const struct box_cache_key *key,
		  const struct box_cache_use *use, const struct box_result *r, struct err *err);

/* ---- with a client ---- */

struct box_cached; /* one answer under way */

struct box_cached_job {
	const struct box_spec *spec; /* stdout_fd and stderr_fd -1: output is kept only */
	const struct box_cache_use *use;
	box_done_fn *done;
	void *data;
};

/*
 * box_start(), or an answer from the cache; `done` comes once and from the loop either way. Results
 * that cannot be written to the cache are not kept, and nobody is told. `c` NULL: no cache.
 */
int box_cached(struct box_cache *c, struct box_client *client, const struct box_cached_job *job,
	       struct box_cached **ret, struct err *err);
/* box_kill(), until `done`. An answer from the cache has ended already. */
void box_cached_kill(struct box_cached *h);

#endif
