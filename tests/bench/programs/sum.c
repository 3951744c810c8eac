/* SPDX-License-Identifier: Apache-2.0 */
/* An answer as contests have them: reads numbers, prints their sum. */
#include <stdio.h>

int main(void)
{
	long number, sum = 0;

	while (scanf("%ld", &number) == 1) /* NOLINT(cert-err34-c): the input is our own */
		sum += number;
	printf("%ld\n", sum);
	return 0;
}
