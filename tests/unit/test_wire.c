/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the box server: packed, unpacked, and refused when they are not whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "sandbox/wire.h"

static void fill_spec(struct box_spec *spec)
{
	box_spec_init(spec);
	strvec_push(&spec->argv, "/bin/echo");
	strvec_push(&spec->argv, "");
	strvec_push(&spec->env, "A=b c");
	strvec_push(&spec->binds, "/opt/tool");
	strvec_push(&spec->outs, "/work/result");
	spec->limits.wall_ms = 1234;
	spec->level = BOX_LEVEL_STRICT;
	spec->stdout_fd = 11;
	spec->fds[0] = (struct box_fd){ .fd = 12, .target = 5 };
	spec->n_fds = 1;
	spec->files[0] = (struct box_file){ .path = "/work/a", .fd = 13, .is_executable = true };
	spec->n_files = 1;
}

static void a_request_comes_out_as_it_went_in(void **state)
{
	struct box_spec in;
	struct box_spec out;
	struct packet p = { 0 };
	struct err err = { 0 };

	(void)state;
	fill_spec(&in);
	assert_int_equal(wire_pack_start(&in, 7, &p, &err), 0);
	assert_int_equal(p.n_fds, 3);
	assert_int_equal(wire_unpack_start(&p, &out, &err), 0);
	assert_int_equal(out.argv.n, 2);
	assert_string_equal(out.argv.v[0], "/bin/echo");
	assert_string_equal(out.argv.v[1], "");
	assert_string_equal(out.env.v[0], "A=b c");
	assert_string_equal(out.binds.v[0], "/opt/tool");
	assert_int_equal(out.outs.n, 1);
	assert_string_equal(out.outs.v[0], "/work/result");
	assert_int_equal(out.limits.wall_ms, 1234);
	assert_int_equal(out.level, BOX_LEVEL_STRICT);
	assert_int_equal(out.stdin_fd, -1);
	assert_int_equal(out.stdout_fd, 11);
	assert_int_equal(out.stderr_fd, -1);
	assert_int_equal(out.fds[0].fd, 12);
	assert_int_equal(out.fds[0].target, 5);
	assert_int_equal(out.files[0].fd, 13);
	assert_string_equal(out.files[0].path, "/work/a");
	assert_true(out.files[0].is_executable);
	box_spec_release(&in);
	box_spec_release(&out);
	packet_release(&p);
}

static void every_cut_of_a_request_is_refused(void **state)
{
	struct box_spec in;
	struct packet p = { 0 };
	struct err err = { 0 };

	(void)state;
	fill_spec(&in);
	assert_int_equal(wire_pack_start(&in, 7, &p, &err), 0);
	for (size_t len = p.data.len; len-- > 0;) {
		struct box_spec out;
		struct packet cut = { .n_fds = p.n_fds };

		strbuf_add(&cut.data, p.data.buf, len);
		assert_int_equal(wire_unpack_start(&cut, &out, &err), -1);
		box_spec_release(&out);
		packet_release(&cut);
	}
	box_spec_release(&in);
	packet_release(&p);
}

static void a_request_without_its_descriptors_is_refused(void **state)
{
	struct box_spec in;
	struct box_spec out;
	struct packet p = { 0 };
	struct err err = { 0 };

	(void)state;
	fill_spec(&in);
	assert_int_equal(wire_pack_start(&in, 7, &p, &err), 0);
	p.n_fds--;
	assert_int_equal(wire_unpack_start(&p, &out, &err), -1);
	box_spec_release(&out);
	box_spec_release(&in);
	packet_release(&p);
}

static void bad_specs_are_refused_before_they_travel(void **state)
{
	struct box_spec spec;
	struct packet p = { 0 };
	struct err err = { 0 };

	(void)state;
	box_spec_init(&spec);
	assert_int_equal(wire_pack_start(&spec, 1, &p, &err), -1); /* no program */
	strvec_push(&spec.argv, "/bin/true");
	spec.n_fds = 1;
	spec.fds[0].target = 2;
	assert_int_equal(wire_pack_start(&spec, 1, &p, &err), -1); /* a standard descriptor */
	spec.n_fds = BOX_MAX_FDS + 1;
	assert_int_equal(wire_pack_start(&spec, 1, &p, &err), -1);
	spec.n_fds = 0;
	for (int i = 0; i <= BOX_MAX_OUTS; i++)
		strvec_push(&spec.outs, "/work/a");
	assert_int_equal(wire_pack_start(&spec, 1, &p, &err), -1);
	strvec_release(&spec.outs);
	for (int i = 0; i < 200; i++)
		strvec_pushf(&spec.argv, "%01000d", 0);
	assert_int_equal(wire_pack_start(&spec, 1, &p, &err), -1); /* too long for a packet */
	box_spec_release(&spec);
	packet_release(&p);
}

/* ---- files that come back ---- */

static void fill_outs(struct box_result *r)
{
	memset(r, 0, sizeof(*r));
	r->n_outs = 3;
	r->outs = xcalloc(3, sizeof(*r->outs));
	r->outs[0] = (struct box_out){ .path = xstrdup("/work/a"), .size = 3 };
	r->outs[0].fd = fs_memfd("a", "abc", 3, NULL);
	r->outs[1] = (struct box_out){ .path = xstrdup("/tmp/b c"), .size = -1, .fd = -1 };
	r->outs[1].state = BOX_OUT_LINK;
	r->outs[2] = (struct box_out){ .path = xstrdup(""), .size = 0, .fd = -1 };
	r->outs[2].fd = fs_memfd("c", "", 0, NULL);
}

static void files_come_out_as_they_went_in(void **state)
{
	struct box_result in;
	struct box_result out = { 0 };
	struct packet p = { 0 };

	(void)state;
	fill_outs(&in);
	strbuf_add(&p.data, "head", 4);
	p.fds[p.n_fds++] = -1; /* what else the packet carries */
	wire_pack_outs(&in, &p);
	assert_int_equal(p.n_fds, 3);
	assert_int_equal(wire_unpack_outs(&p, 4, 1, 3, &out), 0);
	assert_int_equal(out.n_outs, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(out.outs[i].state, in.outs[i].state);
		assert_int_equal(out.outs[i].size, in.outs[i].size);
		assert_string_equal(out.outs[i].path, in.outs[i].path);
		assert_int_equal(out.outs[i].fd >= 0, in.outs[i].fd >= 0);
	}
	assert_int_equal(p.fds[1], -1); /* taken */
	box_result_release(&in);
	box_result_release(&out);
	packet_close_fds(&p);
	packet_release(&p);
}

static void cut_or_false_files_are_refused(void **state)
{
	struct box_result in;
	struct box_result out = { 0 };
	struct packet p = { 0 };

	(void)state;
	fill_outs(&in);
	wire_pack_outs(&in, &p);
	for (size_t len = p.data.len; len-- > 0;) {
		struct packet cut = { 0 };

		strbuf_add(&cut.data, p.data.buf, len);
		cut.n_fds = 2;
		cut.fds[0] = cut.fds[1] = -1;
		assert_int_equal(wire_unpack_outs(&cut, 0, 0, 3, &out), -1);
		box_result_release(&out);
		packet_release(&cut);
	}
	static const int counts[] = { -1, 2, 4, BOX_MAX_OUTS + 1 };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		assert_int_equal(wire_unpack_outs(&p, 0, p.n_fds, counts[i], &out), -1);
		box_result_release(&out);
	}
	box_result_release(&in);
	packet_close_fds(&p);
	packet_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_out_as_it_went_in),
		cmocka_unit_test(every_cut_of_a_request_is_refused),
		cmocka_unit_test(a_request_without_its_descriptors_is_refused),
		cmocka_unit_test(bad_specs_are_refused_before_they_travel),
		cmocka_unit_test(files_come_out_as_they_went_in),
		cmocka_unit_test(cut_or_false_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
