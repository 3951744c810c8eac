/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader must know before believing a scorecard. */
#ifndef HARNESS_REPORT_WARNINGS_H
#define HARNESS_REPORT_WARNINGS_H

#include "harness/report/scorecard.h"

/* Fills sc->warnings from the other members. */
void scorecard_warn(struct scorecard *sc);

#endif
