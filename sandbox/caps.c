/* SPDX-License-Identifier: Apache-2.0 */
/* Giving up every capability. */
#include "sandbox/caps.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "sandbox/mutant.h"

int caps_drop_bounding(void)
{
	for (int cap = 0; mutant_number("caps", cap) || prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0;
	     cap++)
		;
	return errno == EINVAL ? 0 : -1; /* past the last of them */
}

int caps_clear(void)
{
	cap_user_header_t head = &(struct __user_cap_header_struct){
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	return capset(head, none);
}

int caps_drop_all(void)
{
	if (caps_drop_bounding() < 0)
		return -1;
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return caps_clear();
}

static const int kept[] = { CAP_SYS_ADMIN, CAP_SETPCAP, CAP_SETGID };

static bool is_kept(int cap)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		if (kept[i] == cap)
			return true;
	}
	return false;
}

int caps_keep_for_program(void)
{
	cap_user_header_t head = &(struct __user_cap_header_struct){
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		uint32_t bit = CAP_TO_MASK(kept[i]);
		struct __user_cap_data_struct *d = &data[CAP_TO_INDEX(kept[i])];

		d->permitted |= bit;
		d->effective |= bit;
		d->inheritable |= bit;
	}
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
		if (!is_kept(cap) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EPERM)
			return -1;
	}
	if (capset(head, data) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, kept[i], 0, 0) < 0)
			return -1;
	}
	return 0;
}
