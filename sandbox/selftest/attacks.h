/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks of the self-test as rows (sandbox/selftest/attacks.c). The function's result is the exit
 * status of the program.
 */
#ifndef SANDBOX_SELFTEST_ATTACKS_H
#define SANDBOX_SELFTEST_ATTACKS_H

struct attack {
	const char *name;
	int (*run)(const char *arg);
	const char *arg;
};
/* Both end with a row without a name. */
extern const struct attack sharing_attacks[], rights_attacks[];

/* The attack has succeeded: says so and by what. 0. */
__attribute__((format(printf, 1, 2))) int attack_reached(const char *fmt, ...);
/* The attack cannot be tried here. 0. */
int attack_skip(const char *why);

#endif
