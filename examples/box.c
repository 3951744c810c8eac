/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs three small programs that nobody trusts, all at the same time, and says what came of each.
 *
 *   cc -o box box.c $(pkg-config --cflags --libs assaybox) && ./box
 */
#include <assaybox.h>

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

static const struct sample {
	const char *name, *script, *input;
} samples[] = {
	{ "sum", "read a b; echo $((a + b))", "19 23\n" },
	{ "spin", "while :; do :; done", "" },
	{ "peek", "cat /etc/shadow", "" },
};
#define N_SAMPLES ((int)(sizeof(samples) / sizeof(samples[0])))

/* Called when a box has ended, from assaybox_dispatch(). */
static void print_result(const struct assaybox_result *r, void *data)
{
	const struct sample *sample = data;
	size_t n;
	const char *out = assaybox_result_stdout(r, &n);

	printf("%s: %s: %s; peak %" PRId64 " KiB; wrote '%.*s'\n", sample->name,
	       assaybox_end_name(assaybox_result_end(r)), assaybox_result_text(r),
	       assaybox_result_number(r, ASSAYBOX_PEAK_BYTES) / 1024, (int)strcspn(out, "\n"), out);
}

static int start(struct assaybox *boxes, const struct sample *sample, struct assaybox_error *err)
{
	struct assaybox_spec *spec = assaybox_spec_new();
	int r;

	assaybox_spec_arg(spec, "/bin/sh");
	assaybox_spec_arg(spec, "/tmp/a.sh");
	assaybox_spec_file(spec, "/tmp/a.sh", sample->script, strlen(sample->script), 0);
	assaybox_spec_input(spec, sample->input, strlen(sample->input));
	assaybox_spec_limit(spec, ASSAYBOX_LIMIT_CPU_MS, 300);
	assaybox_spec_limit(spec, ASSAYBOX_LIMIT_MEM_BYTES, 64 << 20);
	r = assaybox_start(boxes, spec, print_result, (void *)sample, NULL, err);
	assaybox_spec_free(spec);
	return r;
}

int main(void)
{
	struct assaybox_options options = { .size = sizeof(options), .level = ASSAYBOX_STANDARD };
	struct assaybox_error err;
	struct assaybox *boxes;
	int n_open = 0;

	if (assaybox_open(&options, &boxes, &err) < 0) {
		fprintf(stderr, "box: %s\n", err.message);
		return 1;
	}
	for (int i = 0; i < N_SAMPLES && n_open >= 0; i++)
		n_open = start(boxes, &samples[i], &err);
	/* A program with an event loop of its own watches this descriptor there. */
	struct pollfd ready = { .fd = assaybox_fd(boxes), .events = POLLIN };

	while (n_open >= 0 && (n_open = assaybox_dispatch(boxes, 0, &err)) > 0)
		(void)poll(&ready, 1, -1);
	if (n_open < 0)
		fprintf(stderr, "box: %s\n", err.message);
	assaybox_close(boxes);
	return n_open < 0;
}
