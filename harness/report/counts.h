/* SPDX-License-Identifier: Apache-2.0 */
/* The counting part of a scorecard. */
#ifndef HARNESS_REPORT_COUNTS_H
#define HARNESS_REPORT_COUNTS_H

#include "harness/report/scorecard.h"

/*
 * Fills all of *sc that is counted, not estimated, from the verdicts of sc->run. On error *sc is
 * half-filled; release it.
 */
int scorecard_count(struct store *store, struct scorecard *sc, struct err *err);

#endif
