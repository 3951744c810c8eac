/* SPDX-License-Identifier: Apache-2.0 */
/* The C locale is lent to the thread for the time of one conversion; glibc keeps it ready. */
#include "base/json_num.h"

#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double json_num_read(const char *s)
{
	locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	double v;

	assert(c_locale != (locale_t)0);
	v = strtod_l(s, NULL, c_locale);
	freelocale(c_locale);
	return v;
}

void json_num_write(double v, char out[JSON_NUM_SIZE])
{
	locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale_t before;

	assert(isfinite(v) && c_locale != (locale_t)0);
	before = uselocale(c_locale);
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(out, JSON_NUM_SIZE, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			break;
	}
	(void)uselocale(before);
	freelocale(c_locale);
}
