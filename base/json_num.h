/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text, always as the C locale has them, whatever locale is set. */
#ifndef BASE_JSON_NUM_H
#define BASE_JSON_NUM_H

#define JSON_NUM_SIZE 32

/* The number that s begins with; infinite where it is out of range. */
double json_num_read(const char *s);
/* The shortest of %.15g, %.16g and %.17g that reads back as v, which must be finite. */
void json_num_write(double v, char out[JSON_NUM_SIZE]);

#endif
