/* SPDX-License-Identifier: Apache-2.0 */
/* Remarks: the level, the prefix, and one safe line for each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"

static char text[16384];

/* What f writes on standard error, from a packet pipe: every read() is one write(). */
static const char *capture(void (*f)(void), int *ret_writes)
{
	int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	size_t len = 0;
	int fds[2];
	ssize_t n;

	assert_int_equal(pipe2(fds, O_CLOEXEC | O_DIRECT | O_NONBLOCK), 0);
	assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
	f();
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close_fd(&saved);
	close_fd(&fds[1]);
	*ret_writes = 0;
	while ((n = read(fds[0], text + len, sizeof(text) - 1 - len)) > 0) {
		len += (size_t)n;
		++*ret_writes;
	}
	close_fd(&fds[0]);
	text[len] = '\0';
	return text;
}

static void say_all(void)
{
	log_error("e %d", 1);
	log_warn("w %s", "two");
	log_info("i");
	log_debug("d");
}

static void the_level_decides_what_is_written(void **state)
{
	static const char *const want[] = {
		[LOG_LEVEL_ERROR] = "assay: e 1\n",
		[LOG_LEVEL_WARN] = "assay: e 1\nassay: warning: w two\n",
		[LOG_LEVEL_INFO] = "assay: e 1\nassay: warning: w two\nassay: i\n",
		[LOG_LEVEL_DEBUG] =
			"assay: e 1\nassay: warning: w two\nassay: i\nassay: debug: d\n",
	};

	(void)state;
	for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
		int writes = 0;

		log_set_level((enum log_level)level);
		assert_string_equal(capture(say_all, &writes), want[level]);
		assert_int_equal(writes, level + 1);
	}
	log_set_level(LOG_LEVEL_INFO);
}

static void say_controls(void)
{
	log_error("%s", "a\nassay: forged\x1b[2J\xff\r");
}

static void foreign_text_stays_on_its_line(void **state)
{
	int writes = 0;

	(void)state;
	assert_string_equal(capture(say_controls, &writes),
			    "assay: a\\nassay: forged\\x1b[2J\\xff\\r\n");
	assert_int_equal(writes, 1);
}

static void say_much(void)
{
	static char much[10000];

	memset(much, 'x', sizeof(much) - 1);
	log_error("%s", much);
	memset(much, '\x01', sizeof(much) - 1);
	log_error("%s", much);
}

static void long_lines_are_cut_and_end(void **state)
{
	const char *newline;
	int writes = 0;

	(void)state;
	(void)capture(say_much, &writes);
	assert_int_equal(writes, 2);
	newline = strchr(text, '\n');
	assert_non_null(newline);
	assert_true(newline - text < 4096 && newline - text > 3000);
	assert_ptr_equal(strchr(newline + 1, '\n'), text + strlen(text) - 1);
}

static void say_errno(void)
{
	errno = ENOENT;
	log_set_program("assay-box");
	log_error("%s", "x");
	log_set_program("assay");
}

static void the_prefix_is_the_program_and_errno_is_kept(void **state)
{
	int writes = 0;

	(void)state;
	assert_string_equal(capture(say_errno, &writes), "assay-box: x\n");
	errno = ENOENT;
	log_debug("silent");
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_level_decides_what_is_written),
		cmocka_unit_test(foreign_text_stays_on_its_line),
		cmocka_unit_test(long_lines_are_cut_and_end),
		cmocka_unit_test(the_prefix_is_the_program_and_errno_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
