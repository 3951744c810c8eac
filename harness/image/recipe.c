/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/image/recipe.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fields.h"
#include "base/fs.h"
#include "base/yaml.h"

#define RECIPE_MAX (1 << 20)

static const struct field recipe_fields[] = {
	FIELD_STR(struct recipe, release, "release", FIELD_REQUIRED | FIELD_NONEMPTY),
	FIELD_STRS(struct recipe, packages, "packages", FIELD_REQUIRED | FIELD_NONEMPTY),
	FIELD_STR(struct recipe, variant, "variant", FIELD_NONEMPTY),
	FIELD_STR(struct recipe, mirror, "mirror", FIELD_NONEMPTY),
	FIELD_STR(struct recipe, about, "about", 0),
	FIELD_END,
};

static const char *const variants[] = {
	"extract", "custom", "essential", "apt", "minbase", "buildd", "important", "standard",
};

/* What may stand in an argument of mmdebstrap: it must not look like an option or a list. */
static bool is_word(const char *s, const char *others)
{
	if (!isalnum((unsigned char)*s))
		return false;
	for (; *s; s++) {
		if (!isascii((unsigned char)*s) ||
		    (!isalnum((unsigned char)*s) && !strchr(others, *s)))
			return false;
	}
	return true;
}

static bool is_variant(const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++) {
		if (!strcmp(s, variants[i]))
			return true;
	}
	return false;
}

static int check(const char *path, const struct recipe *r, struct err *err)
{
	if (!is_word(r->release, ".-"))
		return err_input(err, path, 0, "release: '%.60s' is no name of one", r->release);
	if (r->variant && !is_variant(r->variant))
		return err_input(err, path, 0, "variant: mmdebstrap has no '%.60s'", r->variant);
	if (r->mirror && !is_word(r->mirror, ":/.-_~%+@"))
		return err_input(err, path, 0, "mirror: '%.100s' is no address", r->mirror);
	for (size_t i = 0; i < r->packages.n; i++) {
		if (!is_word(r->packages.v[i], "+.-=:~"))
			return err_input(err, path, 0, "packages: '%.60s' is no package",
					 r->packages.v[i]);
	}
	return 0;
}

int recipe_load(const char *path, struct recipe *ret, struct err *err)
{
	auto_strbuf text = { 0 };
	struct recipe r = { 0 };
	struct fields_source source = { path, 0, FIELDS_REFUSE_UNKNOWN, &r.arena };

	if (fs_read_file(path, RECIPE_MAX, &text, err) < 0)
		return -1;
	auto_json struct json *j = yaml_parse(path, strbuf_str(&text), text.len, err);

	if (!j)
		return -1;
	if (fields_decode(j, recipe_fields, &source, &r, err) < 0 || check(path, &r, err) < 0) {
		recipe_release(&r);
		return -1;
	}
	*ret = r;
	return 0;
}

void recipe_release(struct recipe *recipe)
{
	strvec_release(&recipe->packages);
	arena_release(&recipe->arena);
	memset(recipe, 0, sizeof(*recipe));
}
