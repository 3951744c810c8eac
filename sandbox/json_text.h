/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of strangers as members of a JSON object, exactly: text where they are UTF-8 without
 * NUL (which many readers of JSON cannot hold), else base64 under another name, so that nobody
 * takes the one for the other. What is written is ASCII.
 */
#ifndef SANDBOX_JSON_TEXT_H
#define SANDBOX_JSON_TEXT_H

#include <stddef.h>

#include "base/strbuf.h"

/* "KEY":"text", or "KEY_base64":"..." */
void json_text_add(struct strbuf *sb, const char *key, const char *data, size_t n);

#endif
