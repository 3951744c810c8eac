/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 as RFC 4648 section 4 has it: padded, without line ends, and nothing else is taken. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"

/* Appends the bytes. ERR_INPUT, with sb as before, where text is not base64. */
int base64_decode(struct strbuf *sb, const char *text, size_t n, struct err *err);

#endif
