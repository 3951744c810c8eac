/* SPDX-License-Identifier: Apache-2.0 */
/* Growing lists of strings, always ended by NULL once anything was pushed. */
#include "base/strvec.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"

void strvec_release(struct strvec *sv)
{
	strvec_clear(sv);
	free(sv->v);
	*sv = (struct strvec){ 0 };
}

void strvec_clear(struct strvec *sv)
{
	for (size_t i = 0; i < sv->n; i++)
		free(sv->v[i]);
	sv->n = 0;
	if (sv->v)
		sv->v[0] = NULL;
}

/* Takes over s. */
static void push_owned(struct strvec *sv, char *s)
{
	GROW(sv->v, sv->n + 2, sv->cap);
	sv->v[sv->n++] = s;
	sv->v[sv->n] = NULL;
}

void strvec_push(struct strvec *sv, const char *s)
{
	push_owned(sv, xstrdup(s));
}

void strvec_pushn(struct strvec *sv, const char *s, size_t n)
{
	push_owned(sv, xstrndup(s, n));
}

void strvec_pushf(struct strvec *sv, const char *fmt, ...)
{
	struct strbuf sb = { 0 };
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	push_owned(sv, strbuf_detach(&sb));
}

void strvec_split(struct strvec *sv, const char *s, const char *seps)
{
	for (;;) {
		size_t n;

		s += strspn(s, seps);
		if (!*s)
			return;
		n = strcspn(s, seps);
		strvec_pushn(sv, s, n);
		s += n;
	}
}
