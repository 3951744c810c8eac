/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded scripts. A box gets one file: parts that two scripts share are put before them, so
 * that nothing of ours lies in a place that Python imports from.
 */
#include "graders/assets.h"

#include "base/alloc.h"
#include "base/embed.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/strbuf.h"

#include <assert.h>

EMBED(asset_wire_py, "graders/python/wire.py");
EMBED(asset_answer_py, "graders/python/answer.py");
EMBED(asset_driver_py, "graders/python/driver.py");
EMBED(asset_interactor_py, "graders/python/interactor.py");
EMBED(asset_control_py, "graders/python/control.py");
EMBED(asset_zygote_py, "graders/python/zygote.py");

#define MAX_PARTS 3

static const struct {
	const char *path;
	const char *parts[MAX_PARTS + 1];
} scripts[] = {
	[SCRIPT_DRIVER] = { "/box/driver.py", { asset_wire_py, asset_answer_py, asset_driver_py } },
	[SCRIPT_INTERACTOR] = { "/box/interactor.py", { asset_wire_py, asset_interactor_py } },
	[SCRIPT_CONTROL] = { "/box/control.py", { asset_answer_py, asset_control_py } },
	[SCRIPT_ZYGOTE] = { "/box/zygote.py", { asset_zygote_py } },
};
static_assert(ARRAY_SIZE(scripts) == SCRIPT_COUNT, "a row for each script");

const char *script_path(enum script s)
{
	return scripts[s].path;
}

static int open_script(enum script s, struct err *err)
{
	auto_strbuf text = { 0 };

	for (const char *const *part = scripts[s].parts; *part; part++)
		strbuf_addstr(&text, *part);
	return fs_memfd("script", text.buf, text.len, err);
}

int script_fd(enum script s, struct err *err)
{
	/* The same for the life of the program; each box is handed one. */
	static int fds[SCRIPT_COUNT];

	if (!fds[s]) {
		int fd = open_script(s, err);

		if (fd < 0)
			return -1;
		fds[s] = fd;
	}
	return fds[s];
}

const char *scripts_hash(void)
{
	/* The same for the life of the program; made once, since it is part of every key. */
	static char hex[HASH_HEX];
	struct hash h;

	if (hex[0])
		return hex;
	hash_init(&h);
	for (int s = 0; s < SCRIPT_COUNT; s++)
		for (const char *const *part = scripts[s].parts; *part; part++)
			hash_str(&h, *part);
	hash_final_hex(&h, hex);
	return hex;
}
