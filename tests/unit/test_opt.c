/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: values, errors that help, and the shape of the help text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/opt.h"

#define MAX_WORDS 8

struct values {
	bool is_forced;
	const char *out;
	int64_t jobs, any, mem, wall;
	struct strvec tags;
};

static struct values got;

static const struct opt options[] = {
	{ OPT_GROUP, "Main options", 0, NULL, NULL, NULL, 0, 0 },
	{ OPT_FLAG, "force", 'f', &got.is_forced, NULL, "overwrite what is there", 0, 0 },
	{ OPT_STR, "out", 'o', &got.out, "FILE",
	  "write the report to FILE, which appears whole or not at all, and is never left half "
	  "written by a full disk",
	  0, 0 },
	{ OPT_INT, "jobs", 'j', &got.jobs, "N", "samples at once", 1, 64 },
	{ OPT_INT, "any", 0, &got.any, "N", NULL, 0, 0 },
	{ OPT_GROUP, NULL, 0, NULL, NULL, "Limits", 0, 0 },
	{ OPT_SIZE, "memory", 'm', &got.mem, "BYTES", "memory of one program", 4096, INT64_MAX },
	{ OPT_TIME, "wall-time", 't', &got.wall, "TIME", "wall time of one program", 1, 3600000 },
	{ OPT_LIST, "tag-with-a-very-long-name", 0, &got.tags, "TAG", "keep tasks with TAG", 0, 0 },
	{ OPT_END, NULL, 0, NULL, NULL, NULL, 0, 0 },
};

static const struct opt_command command = {
	.program = "assay try",
	.synopsis = "SUITE [options]",
	.about = "Tries things. This paragraph is long enough that it has to be broken into more "
		 "than "
		 "one line of the terminal.\n\n  assay try  --out=x   stays",
	.opts = options,
};

/* Options of the table point into these words, which are constant for as long as the test runs. */
static int parse(const char *const *words, bool stop, struct strvec *args, struct err *err)
{
	char *argv[MAX_WORDS + 2] = { NULL };
	int argc = 0;

	strvec_release(&got.tags);
	got = (struct values){ 0 };
	argv[argc++] = (char *)(uintptr_t) "assay";
	while (*words)
		argv[argc++] = (char *)(uintptr_t)*words++;
	return opt_parse(&command, argc, argv, stop, args, err);
}

static void every_type_of_option_takes_its_value(void **state)
{
	static const char *const words[] = { "--force", "-o",          "x.json", "--jobs=3", "-m",
					     "64K",     "--wall-time", "0.5",    NULL };
	auto_strvec args = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(parse(words, false, &args, &err), 0);
	assert_true(got.is_forced);
	assert_string_equal(got.out, "x.json");
	assert_int_equal(got.jobs, 3);
	assert_int_equal(got.mem, 65536);
	assert_int_equal(got.wall, 500);
	assert_int_equal(args.n, 0);
}

static void operands_and_lists_keep_their_order(void **state)
{
	static const char *const words[] = { "one", "--tag-with-a-very-long-name=a",
					     "-",   "--tag-with-a-very-long-name",
					     "b",   "--",
					     "-f",  NULL };
	auto_strvec args = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(parse(words, false, &args, &err), 0);
	assert_int_equal(args.n, 3);
	assert_string_equal(args.v[0], "one");
	assert_string_equal(args.v[1], "-");
	assert_string_equal(args.v[2], "-f");
	assert_int_equal(got.tags.n, 2);
	assert_string_equal(got.tags.v[0], "a");
	assert_string_equal(got.tags.v[1], "b");
	assert_false(got.is_forced);
	strvec_release(&got.tags);
}

static void parsing_can_stop_at_the_first_operand(void **state)
{
	static const char *const plain[] = { "-f", "cmd", "--force", "--nothing", NULL };
	static const char *const dashes[] = { "-f", "--", "--cmd", "--", "x", NULL };
	struct err err = { 0 };

	(void)state;
	{
		auto_strvec args = { 0 };

		assert_int_equal(parse(plain, true, &args, &err), 0);
		assert_int_equal(args.n, 3);
		assert_string_equal(args.v[2], "--nothing");
	}
	{
		auto_strvec args = { 0 };

		assert_int_equal(parse(dashes, true, &args, &err), 0);
		assert_int_equal(args.n, 3);
		assert_string_equal(args.v[0], "--cmd");
		assert_string_equal(args.v[1], "--");
	}
}

static void the_last_of_two_values_counts_and_dashes_may_begin_one(void **state)
{
	static const char *const words[] = {
		"--any", "-5", "--any=-7", "-o", "-x", "--out=", NULL
	};
	auto_strvec args = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(parse(words, false, &args, &err), 0);
	assert_int_equal(got.any, -7);
	assert_string_equal(got.out, "");
}

static void mistakes_get_one_clear_line(void **state)
{
	static const struct {
		const char *words[3];
		const char *msg;
	} cases[] = {
		{ { "--jbos", "3" }, "unknown option '--jbos' (did you mean '--jobs'?)" },
		{ { "--wall_time=3" },
		  "unknown option '--wall_time' (did you mean '--wall-time'?)" },
		{ { "--hlep" }, "unknown option '--hlep' (did you mean '--help'?)" },
		{ { "-force" }, "unknown option '-force' (did you mean '--force'?)" },
		{ { "-j4" }, "unknown option '-j4' (write '-j 4')" },
		{ { "-j=4" }, "unknown option '-j=4' (write '-j 4')" },
		{ { "--zzzzzzzz" }, "unknown option '--zzzzzzzz' (see 'assay try --help')" },
		{ { "-z" }, "unknown option '-z' (see 'assay try --help')" },
		{ { "--job", "3" }, "unknown option '--job' (did you mean '--jobs'?)" },
		{ { "--Main options" },
		  "unknown option '--Main options' (see 'assay try --help')" },
		{ { "--out" }, "option '--out' needs a value (FILE)" },
		{ { "-o" }, "option '--out' needs a value (FILE)" },
		{ { "--out", "--force" }, "option '--out' needs a value (FILE)" },
		{ { "--out", "--" }, "option '--out' needs a value (FILE)" },
		{ { "--force=yes" }, "option '--force' takes no value" },
		{ { "--jobs=" }, "option '--jobs': the value is empty; it must be a whole number" },
		{ { "--jobs", "" },
		  "option '--jobs': the value is empty; it must be a whole number" },
		{ { "--jobs", "3x" }, "option '--jobs': '3x' is not a whole number" },
		{ { "--jobs", " 3" }, "option '--jobs': ' 3' is not a whole number" },
		{ { "--jobs", "+3" }, "option '--jobs': '+3' is not a whole number" },
		{ { "--jobs", "-" }, "option '--jobs': '-' is not a whole number" },
		{ { "--jobs", "1.0" }, "option '--jobs': '1.0' is not a whole number" },
		{ { "--jobs", "0x10" }, "option '--jobs': '0x10' is not a whole number" },
		{ { "--jobs", "0" }, "option '--jobs': '0' is out of range (1 to 64)" },
		{ { "--jobs", "65" }, "option '--jobs': '65' is out of range (1 to 64)" },
		{ { "--any", "9223372036854775808" },
		  "option '--any': '9223372036854775808' is out of range" },
		{ { "--memory", "1K" },
		  "option '--memory': '1K' is too small; the least is 4096 bytes" },
		{ { "-t", "2h" }, "option '--wall-time': '2h' is out of range (1 to 3600000 ms)" },
		{ { "-t", "\n" },
		  "option '--wall-time': '\\n' is not a time such as 2.5 (seconds), "
		  "250ms, 3s or 1m" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_strvec args = { 0 };
		struct err err = { 0 };

		assert_int_equal(parse(cases[i].words, false, &args, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_string_equal(err.msg, cases[i].msg);
	}
}

static void foreign_words_of_any_length_are_safe(void **state)
{
	auto_free char *word = xcalloc(1, 100001);
	const char *const words[] = { word, NULL };
	auto_strvec args = { 0 };
	struct err err = { 0 };

	(void)state;
	memset(word, '-', 100000);
	assert_int_equal(parse(words, false, &args, &err), -1);
	memset(word + 2, 'j', 99998);
	assert_int_equal(parse(words, false, &args, &err), -1);
	word[1] = '\x80';
	assert_int_equal(parse(words, false, &args, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
}

struct number_case {
	const char *text;
	int64_t want; /* -1: refused */
};

static void sizes_are_bytes_or_binary_units(void **state)
{
	static const struct number_case cases[] = {
		{ "0", 0 },
		{ "65536", 65536 },
		{ "64K", 65536 },
		{ "64k", 65536 },
		{ "1.5M", 1572864 },
		{ "2G", 2147483648 },
		{ "0.5K", 512 },
		{ "1.50000000000000G", 1610612736 },
		{ "8589934591G", 9223372035781033984 },
		{ "", -1 },
		{ "8589934592G", -1 },
		{ "1.5", -1 },
		{ "0.0001K", -1 },
		{ "-1", -1 },
		{ "1KB", -1 },
		{ "1 K", -1 },
		{ "1.K", -1 },
		{ ".5K", -1 },
		{ "K", -1 },
		{ "99999999999999999999", -1 },
		{ "0.99999999999999999999G", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = { 0 };
		int64_t bytes = -1;
		int r = opt_parse_size(cases[i].text, &bytes, &err);

		assert_int_equal(r, cases[i].want < 0 ? -1 : 0);
		assert_int_equal(bytes, cases[i].want);
		assert_int_equal(err.kind, r ? ERR_USAGE : ERR_NONE);
	}
}

static void times_are_seconds_unless_they_say_otherwise(void **state)
{
	static const struct number_case cases[] = {
		{ "0", 0 },        { "2", 2000 },
		{ "2.5", 2500 },   { "0.5", 500 },
		{ "0.001", 1 },    { "250ms", 250 },
		{ "3s", 3000 },    { "1m", 60000 },
		{ "1.5m", 90000 }, { "0.3333m", 19998 },
		{ "2h", 7200000 }, { "1.0ms", 1 },
		{ "0.0005", -1 },  { "1.5ms", -1 },
		{ "", -1 },        { "3 s", -1 },
		{ "1d", -1 },      { "-1", -1 },
		{ "1e3", -1 },     { "inf", -1 },
		{ "1s2", -1 },     { "9223372036854775807", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = { 0 };
		int64_t ms = -1;

		assert_int_equal(opt_parse_time(cases[i].text, &ms, &err),
				 cases[i].want < 0 ? -1 : 0);
		assert_int_equal(ms, cases[i].want);
	}
}

static void help_is_aligned_and_fits_eighty_columns(void **state)
{
	static const char want[] =
		"usage: assay try SUITE [options]\n"
		"\n"
		"Tries things. This paragraph is long enough that it has to be broken into more\n"
		"than one line of the terminal.\n"
		"\n"
		"  assay try  --out=x   stays\n"
		"\n"
		"Main options:\n"
		"  -f, --force           overwrite what is there\n"
		"  -o, --out FILE        write the report to FILE, which appears whole or not at\n"
		"                        all, and is never left half written by a full disk\n"
		"  -j, --jobs N          samples at once\n"
		"\n"
		"Limits:\n"
		"  -m, --memory BYTES    memory of one program\n"
		"  -t, --wall-time TIME  wall time of one program\n"
		"      --tag-with-a-very-long-name TAG\n"
		"                        keep tasks with TAG\n"
		"  -h, --help            show this help\n";
	auto_free char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	opt_print_help(&command, f);
	(void)fclose(f);
	assert_string_equal(text, want);
}

static void help_is_told_from_success(void **state)
{
	static const char *const words[] = { "--help", "--nothing", NULL };
	static const char *const letter[] = { "x", "-h", NULL };
	auto_strvec args = { 0 };
	struct err err = { 0 };
	auto_close int saved = dup(STDOUT_FILENO);
	auto_close int file = memfd_create("help", MFD_CLOEXEC);
	int r, r_letter;

	(void)state;
	(void)fflush(stdout);
	assert_true(dup2(file, STDOUT_FILENO) >= 0);
	r = parse(words, false, &args, &err);
	r_letter = parse(letter, false, &args, &err);
	(void)fflush(stdout);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	assert_int_equal(r, 1);
	assert_int_equal(r_letter, 1);
	assert_int_equal(err.kind, ERR_NONE);
	assert_true(lseek(file, 0, SEEK_END) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_of_option_takes_its_value),
		cmocka_unit_test(operands_and_lists_keep_their_order),
		cmocka_unit_test(parsing_can_stop_at_the_first_operand),
		cmocka_unit_test(the_last_of_two_values_counts_and_dashes_may_begin_one),
		cmocka_unit_test(mistakes_get_one_clear_line),
		cmocka_unit_test(foreign_words_of_any_length_are_safe),
		cmocka_unit_test(sizes_are_bytes_or_binary_units),
		cmocka_unit_test(times_are_seconds_unless_they_say_otherwise),
		cmocka_unit_test(help_is_aligned_and_fits_eighty_columns),
		cmocka_unit_test(help_is_told_from_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
