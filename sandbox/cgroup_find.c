/* SPDX-License-Identifier: Apache-2.0 */
/* The texts that the kernel writes about control groups. Nothing here touches the system. */
#include "sandbox/cgroup_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strvec.h"

int64_t cg_parse_counter(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, len) && line[len] == ' ')
			return strtoll(line + len + 1, NULL, 10);
	}
	return -1;
}

bool cg_has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = strstr(list, word); p; p = strstr(p + 1, word)) {
		bool starts = p == list || p[-1] == ',' || p[-1] == ' ';

		if (starts && (!p[len] || strchr(", \n", p[len])))
			return true;
	}
	return false;
}

/* "4:memory:/a/b": the path of the hierarchy with this controller, or of version 2 for "". */
static int own_path(const char *cgroups, const char *controller, char *ret, size_t size)
{
	auto_strvec lines = { 0 };

	strvec_split(&lines, cgroups, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		char *names = strchr(lines.v[i], ':');
		char *path = names ? strchr(names + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = 0;
		names++;
		if (*controller ? !cg_has_word(names, controller) : *names != 0)
			continue;
		(void)snprintf(ret, size, "%s", path);
		return 0;
	}
	return -1;
}

/* Does this line of mountinfo mount this controller's hierarchy? Gives its root and mount point. */
static bool mounts_controller(char *line, const char *controller, char **ret_root, char **ret_point)
{
	auto_strvec words = { 0 };
	char *dash = strstr(line, " - ");

	if (!dash)
		return false;
	bool fits = *controller ? !strncmp(dash + 3, "cgroup ", 7) &&
					  cg_has_word(strrchr(dash + 3, ' ') + 1, controller)
				: !strncmp(dash + 3, "cgroup2 ", 8);

	*dash = 0;
	strvec_split(&words, line, " ");
	if (!fits || words.n < 5)
		return false;
	*ret_root = xstrdup(words.v[3]);
	*ret_point = xstrdup(words.v[4]);
	return true;
}

/*
 * What of a group's path lies below the group that a mount shows as its root: "" for that group
 * itself, and where the mount shows another part of the hierarchy.
 */
static const char *path_below(const char *path, const char *root)
{
	size_t skip = strcmp(root, "/") ? strlen(root) : 0;
	const char *below = path + skip;

	if (strncmp(path, root, skip) != 0 || *below != '/' || !below[1])
		return "";
	return below;
}

int cg_find_folder(const char *mountinfo, const char *cgroups, const char *controller, char *ret,
		   size_t size)
{
	auto_strvec lines = { 0 };
	char path[512];

	if (own_path(cgroups, controller, path, sizeof(path)) < 0)
		return -1;
	strvec_split(&lines, mountinfo, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		auto_free char *root = NULL;
		auto_free char *point = NULL;

		if (!mounts_controller(lines.v[i], controller, &root, &point))
			continue;
		(void)snprintf(ret, size, "%s%s", point, path_below(path, root));
		return 0;
	}
	return -1;
}
