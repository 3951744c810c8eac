/* SPDX-License-Identifier: Apache-2.0 */
/* assay image: the root file systems that boxes can have. Its verbs are rows. */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/log.h"
#include "base/opt.h"
#include "base/strbuf.h"
#include "harness/cli/commands.h"
#include "harness/cli/options.h"
#include "harness/cli/output.h"
#include "harness/image/image.h"

#define DIGEST_SHORT 19 /* "sha256:" and 12 digits */

static struct {
	const char *name, *mirror;
	bool is_json;
} args;

/* ---- what is printed ---- */

static void json_image(const struct image *image, struct json_writer *w)
{
	jw_begin_object(w);
	jw_kstr(w, "digest", image->digest);
	jw_key(w, "names");
	jw_begin_array(w);
	for (size_t i = 0; i < image->names.n; i++)
		jw_str(w, image->names.v[i]);
	jw_end_array(w);
	jw_kstr(w, "source", image->source);
	jw_kstr(w, "created", image->created);
	jw_kint(w, "bytes", image->bytes);
	jw_kint(w, "files", image->files);
	jw_kint(w, "skipped", image->skipped);
	jw_kbool(w, "built", image->is_built);
	jw_kstr(w, "rootfs", image->rootfs);
	jw_end_object(w);
}

static void print_image(const struct image *image, struct strbuf *out)
{
	char source[256];

	(void)err_escape(source, sizeof(source), image->source);
	strbuf_addf(out, "%.*s %7lld MiB  %.16s  ", DIGEST_SHORT, image->digest,
		    (long long)(image->bytes >> 20), image->created);
	for (size_t i = 0; i < image->names.n; i++)
		strbuf_addf(out, "%s%s", i ? "," : "", image->names.v[i]);
	strbuf_addf(out, "%s(%s)\n", image->names.n ? "  " : "", source);
}

/* The digest is what a script wants; the rest is for people. */
static int print_made(const struct image *image, struct err *err)
{
	auto_strbuf out = { 0 };
	struct json_writer w;

	if (image->skipped)
		log_warn("%lld devices, sockets or FIFOs of the image were left out",
			 (long long)image->skipped);
	jw_init(&w, &out, 2);
	if (args.is_json)
		json_image(image, &w);
	else
		strbuf_addstr(&out, image->digest);
	strbuf_addch(&out, '\n');
	return output_stdout(&out, err);
}

/* ---- verbs ---- */

static int do_build(const struct strvec *operands, struct err *err)
{
	auto_image image = { 0 };

	if (image_build(operands->v[0], args.name, args.mirror, &image, err) < 0)
		return -1;
	return print_made(&image, err);
}

static int do_add(const struct strvec *operands, struct err *err)
{
	auto_image image = { 0 };

	if (image_add(operands->v[0], args.name, &image, err) < 0)
		return -1;
	return print_made(&image, err);
}

static int do_list(const struct strvec *operands, struct err *err)
{
	auto_strvec digests = { 0 };
	auto_strbuf out = { 0 };
	struct json_writer w;

	(void)operands;
	if (image_list(&digests, err) < 0)
		return -1;
	jw_init(&w, &out, 2);
	if (args.is_json)
		jw_begin_array(&w);
	for (size_t i = 0; i < digests.n; i++) {
		auto_image image = { 0 };
		struct err why = { 0 };

		if (image_find(digests.v[i], &image, &why) < 0)
			log_warn("%s", why.msg);
		else if (args.is_json)
			json_image(&image, &w);
		else
			print_image(&image, &out);
	}
	if (args.is_json) {
		jw_end_array(&w);
		strbuf_addch(&out, '\n');
	}
	return output_stdout(&out, err);
}

static int do_show(const struct strvec *operands, struct err *err)
{
	auto_image image = { 0 };
	auto_strbuf out = { 0 };
	struct json_writer w;

	if (image_find(operands->v[0], &image, err) < 0)
		return -1;
	jw_init(&w, &out, 2);
	json_image(&image, &w);
	strbuf_addch(&out, '\n');
	return output_stdout(&out, err);
}

static int do_path(const struct strvec *operands, struct err *err)
{
	auto_image image = { 0 };
	auto_strbuf out = { 0 };

	if (image_find(operands->v[0], &image, err) < 0)
		return -1;
	strbuf_addf(&out, "%s\n", image.rootfs);
	return output_stdout(&out, err);
}

static int do_remove(const struct strvec *operands, struct err *err)
{
	for (size_t i = 0; i < operands->n; i++) {
		if (image_remove(operands->v[i], err) < 0)
			return -1;
	}
	return EXIT_DONE;
}

#define OPTION_NAME                                                                                \
	{                                                                                          \
		.type = OPT_STR, .name = "name", .value = &args.name, .arg = "NAME",               \
		.help = "a name for the image"                                                     \
	}
#define OPTION_END                                                                                 \
	{                                                                                          \
		.type = OPT_END                                                                    \
	}

static const struct opt build_opts[] = {
	OPTION_NAME,
	{ .type = OPT_STR,
	  .name = "mirror",
	  .value = &args.mirror,
	  .arg = "URL",
	  .help = "where packages come from [the recipe's, or mmdebstrap's own]" },
	OPTION_JSON(&args.is_json),
	OPTION_END,
};
static const struct opt add_opts[] = { OPTION_NAME, OPTION_JSON(&args.is_json), OPTION_END };
static const struct opt list_opts[] = { OPTION_JSON(&args.is_json), OPTION_END };
static const struct opt no_opts[] = { OPTION_END };

static const struct verb {
	struct opt_command command;
	size_t min, max; /* operands */
	int (*run)(const struct strvec *operands, struct err *err);
} verbs[] = {
	{ { "assay image build", "RECIPE [options]",
	    "Makes an image by a recipe (see containers/), with mmdebstrap, and prints its\n"
	    "digest. Its name is the recipe's, unless --name gives another.",
	    build_opts },
	  1,
	  1,
	  do_build },
	{ { "assay image add", "SOURCE [options]",
	    "Makes an image of what others made, and prints its digest. SOURCE is a tar\n"
	    "archive, plain or compressed; an OCI layout (its folder, or oci:DIR:NAME); or\n"
	    "what skopeo can copy (docker://NAME, oci-archive:FILE, docker-archive:FILE).",
	    add_opts },
	  1,
	  1,
	  do_add },
	{ { "assay image list", "[options]", "Lists the images that are in the cache.", list_opts },
	  0,
	  0,
	  do_list },
	{ { "assay image show", "IMAGE", "Prints what is known of an image, as JSON.", no_opts },
	  1,
	  1,
	  do_show },
	{ { "assay image path", "IMAGE",
	    "Prints the folder of an image, for assay-box run --rootfs.", no_opts },
	  1,
	  1,
	  do_path },
	{ { "assay image remove", "IMAGE ...",
	    "Removes names of images, and with its last name, or by its digest, an image.",
	    no_opts },
	  1,
	  1000,
	  do_remove },
};

static const char *verb_name(const struct verb *v)
{
	return strrchr(v->command.program, ' ') + 1;
}

static const struct opt_command command = {
	.program = "assay image",
	.synopsis = "build | add | list | show | path | remove",
	.about = "Keeps root file systems for boxes (assay score --rootfs), by digest. Each verb\n"
		 "has a --help of its own:\n"
		 "\n"
		 "  build RECIPE     by a recipe, from packages\n"
		 "  add SOURCE       of a tar archive or an OCI image\n"
		 "  list             what there is\n"
		 "  show IMAGE       what is known of one\n"
		 "  path IMAGE       its folder\n"
		 "  remove IMAGE     and it is gone\n",
	.opts = no_opts,
};

static int run_verb(const struct verb *v, int argc, char **argv, struct err *err)
{
	auto_strvec operands = { 0 };
	int r = opt_parse(&v->command, argc, argv, false, &operands, err);

	if (r != 0)
		return r < 0 ? -1 : EXIT_DONE;
	if (operands.n < v->min || operands.n > v->max)
		return err_set(err, ERR_USAGE, "usage: %s %s", v->command.program,
			       v->command.synopsis);
	return v->run(&operands, err);
}

int cmd_image(int argc, char **argv, struct err *err)
{
	auto_strvec operands = { 0 };
	int r;

	memset(&args, 0, sizeof(args));
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(argv[1], verb_name(&verbs[i])))
			return run_verb(&verbs[i], argc - 1, argv + 1, err);
	}
	r = opt_parse(&command, argc, argv, true, &operands, err);
	if (r != 0)
		return r < 0 ? -1 : EXIT_DONE;
	return err_set(err, ERR_USAGE, "%s%s (see assay image --help)",
		       operands.n ? "image has no verb " : "image needs a verb",
		       operands.n ? operands.v[0] : "");
}
