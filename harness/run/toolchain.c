/* SPDX-License-Identifier: Apache-2.0 */
/* The identity of the toolchain, part of every key. */
#include "harness/run/toolchain.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"

void toolchain_identity(struct strbuf *sb)
{
	auto_free char *real = realpath(TOOLCHAIN_PYTHON, NULL);
	struct stat st;

	if (!real || stat(real, &st) < 0) {
		strbuf_addstr(sb, "absent");
		return;
	}
	strbuf_addf(sb, "%s %lld %lld", real, (long long)st.st_size,
		    st.st_mtim.tv_sec * NS_PER_SEC + st.st_mtim.tv_nsec);
}
