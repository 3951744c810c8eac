/* SPDX-License-Identifier: Apache-2.0 */
/* The shaped filter decides as the one that libseccomp makes, on every call there is. */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "sandbox/filter_shape.h"
#include "sandbox/seccomp.h"

#define FILE_BYTES (64LL << 20)

static const struct filter_params variants[] = {
	{ .has_net_ns = true, .has_memory_cgroup = true, .file_bytes = FILE_BYTES },
	{ .has_net_ns = false, .has_memory_cgroup = true, .file_bytes = FILE_BYTES },
	{ .has_net_ns = true, .has_memory_cgroup = false, .file_bytes = 5LL << 32 },
	{ .has_net_ns = false, .has_memory_cgroup = false, .file_bytes = 1 },
};

static const uint64_t values[] = {
	0,
	1,
	2,
	3,
	4,
	10,
	16,
	17,
	CLONE_NEWUSER,
	CLONE_NEWPID | CLONE_VM,
	CLONE_NEWNS,
	CLONE_NEWNET,
	CLONE_NEWCGROUP,
	CLONE_VM | CLONE_VFORK | 17,
	TIOCSTI,
	TIOCGWINSZ,
	FIONREAD,
	TIOCLINUX,
	1024,
	1030,
	1031,
	1033,
	FILE_BYTES - 1,
	FILE_BYTES,
	FILE_BYTES + 1,
	5ULL << 32,
	(5ULL << 32) + 1,
	(1ULL << 32) | AF_INET,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	0xffffffff00000000,
	UINT64_MAX,
};

static void compare(const struct filter_program *a, const struct filter_program *b, uint32_t arch,
		    uint32_t nr)
{
	struct seccomp_data data = { .nr = (int)nr, .arch = arch };

	for (int arg = 0; arg < 6; arg++) {
		for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
			data.args[arg] = values[v];
			if (filter_run(a, &data) != filter_run(b, &data))
				fail_msg("call %u of %#x, argument %d = %#llx", nr, arch, arg,
					 (unsigned long long)values[v]);
		}
		data.args[arg] = 0;
	}
}

static void decides_alike_on_every_call(void **state)
{
	static const uint32_t odd[] = { 0x3fffffff, 0x40000000, 0x40000001, 0x400000aa,
					0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++) {
		struct filter_program plain = { 0 };
		struct filter_program shaped = { 0 };

		assert_int_equal(filter_compile_plain(&variants[i], &plain, NULL), 0);
		assert_int_equal(filter_compile(&variants[i], &shaped, NULL), 0);
		uint32_t native = plain.filter[1].k;

		for (uint32_t nr = 0; nr < FILTER_CALLS + 100; nr++)
			compare(&plain, &shaped, native, nr);
		for (size_t o = 0; o < ARRAY_SIZE(odd); o++)
			compare(&plain, &shaped, native, odd[o]);
		compare(&plain, &shaped, AUDIT_ARCH_I386, 1);
		compare(&plain, &shaped, 0, 0);
		compare(&plain, &shaped, native ^ 1, 59);
		filter_release(&plain);
		filter_release(&shaped);
	}
}

static void is_much_shorter(void **state)
{
	struct filter_program plain = { 0 };
	struct filter_program shaped = { 0 };

	(void)state;
	assert_int_equal(filter_compile_plain(&variants[0], &plain, NULL), 0);
	assert_int_equal(filter_compile(&variants[0], &shaped, NULL), 0);
	assert_true(shaped.len < plain.len * 2 / 3);
	filter_release(&plain);
	filter_release(&shaped);
}

static void leaves_foreign_programs_as_they_are(void **state)
{
	struct sock_filter allow = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	struct filter_program p = { .filter = xmemdup(&allow, sizeof(allow)), .len = 1 };

	(void)state;
	assert_int_equal(filter_shape(&p), 0);
	assert_int_equal(p.len, 1);
	filter_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_alike_on_every_call),
		cmocka_unit_test(is_much_shorter),
		cmocka_unit_test(leaves_foreign_programs_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
