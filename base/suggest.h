/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean": which of some names was probably meant by a word that is none of them. The caller
 * walks its own table:
 *
 *   struct suggest s = { .word = word, .n = strlen(word) };
 *
 *   for (row = rows; row->name; row++) {
 *           if (suggest_nearer(&s, row->name))
 *                   best = row;
 *   }
 */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

#define SUGGEST_MAX 256 /* bytes; longer words are near to nothing */

struct suggest {
	const char *word;
	size_t n;    /* bytes of it */
	size_t near; /* distance of the nearest name so far and one more; 0 at first */
};

/*
 * Is this name near the word, and nearer than all names before it? Near are names for which at most
 * a third of the word's bytes and one more are to be changed, added or left out (the Levenshtein
 * distance), and which share anything with it.
 */
bool suggest_nearer(struct suggest *s, const char *name);

#endif
