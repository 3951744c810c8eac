/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the machine did so much else during a run that its reader should know. */
#ifndef HARNESS_REPORT_NOISE_H
#define HARNESS_REPORT_NOISE_H

/*
 * One sentence, or NULL where the host was quiet or nothing is known. `noise_json` is a run's
 * (harness/run/noise.h); the worst of its sessions counts. Free it.
 */
char *noise_remark(const char *noise_json);

#endif
