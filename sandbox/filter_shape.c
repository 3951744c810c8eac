/* SPDX-License-Identifier: Apache-2.0 */
/* Filters by ranges of system call numbers. */
#include "sandbox/filter_shape.h"

#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define X32_BIT     0x40000000u
#define NO_CALL     0xffffffffu /* -1: what a tracer leaves of a call that it skips */
#define OFFSET_NR   offsetof(struct seccomp_data, nr)
#define OFFSET_ARCH offsetof(struct seccomp_data, arch)
#define MAX_LEN     1024 /* of what we make; beyond, the program stays as it was */

/* One step of a program: the next instruction, or -1 where it returns. */
static int step(const struct sock_filter *f, int pc, uint32_t *a)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_ALU:
		if (f->code != (BPF_ALU | BPF_AND | BPF_K))
			return -2;
		*a &= f->k;
		return pc + 1;
	case BPF_JMP:
		break;
	default:
		return -2;
	}
	bool holds = false;

	switch (f->code) {
	case BPF_JMP | BPF_JA:
		return pc + 1 + (int)f->k;
	case BPF_JMP | BPF_JEQ | BPF_K:
		holds = *a == f->k;
		break;
	case BPF_JMP | BPF_JGT | BPF_K:
		holds = *a > f->k;
		break;
	case BPF_JMP | BPF_JGE | BPF_K:
		holds = *a >= f->k;
		break;
	case BPF_JMP | BPF_JSET | BPF_K:
		holds = (*a & f->k) != 0;
		break;
	default:
		return -2;
	}
	return pc + 1 + (holds ? f->jt : f->jf);
}

uint32_t filter_run(const struct filter_program *program, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (int pc = 0; pc >= 0 && pc < program->len;) {
		const struct sock_filter *f = &program->filter[pc];

		if (f->code == (BPF_RET | BPF_K))
			return f->k;
		if (f->code == (BPF_LD | BPF_W | BPF_ABS)) {
			memcpy(&a, (const char *)data + f->k, sizeof(a));
			pc++;
		} else {
			pc = step(f, pc, &a);
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}

/* What becomes of a number: an answer, or the place where its arguments are first looked at. */
struct decision {
	bool is_answer;
	uint32_t value; /* the answer, or the index of the instruction */
};

static int decide(const struct filter_program *p, uint32_t arch, uint32_t nr, struct decision *ret)
{
	uint32_t a = 0;

	for (int pc = 0; pc >= 0 && pc < p->len;) {
		const struct sock_filter *f = &p->filter[pc];

		if (f->code == (BPF_RET | BPF_K)) {
			*ret = (struct decision){ .is_answer = true, .value = f->k };
			return 0;
		}
		if (f->code != (BPF_LD | BPF_W | BPF_ABS)) {
			pc = step(f, pc, &a);
			continue;
		}
		if (f->k != OFFSET_NR && f->k != OFFSET_ARCH) {
			*ret = (struct decision){ .value = (uint32_t)pc };
			return 0;
		}
		a = f->k == OFFSET_NR ? nr : arch;
		pc++;
	}
	return -1;
}

static bool is_same(struct decision a, struct decision b)
{
	return a.is_answer == b.is_answer && a.value == b.value;
}

/* ---- making ---- */

struct range {
	uint32_t from; /* up to the next one's */
	struct decision decision;
};

struct shape {
	const struct filter_program *from;
	struct range ranges[FILTER_CALLS + 1];
	int n;
	struct decision ends[64]; /* each decision once */
	int n_ends;
	struct sock_filter code[MAX_LEN];
	int len;
	bool is_too_long;
};

static int add(struct shape *s, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	if (s->len == MAX_LEN) {
		s->is_too_long = true;
		return 0;
	}
	s->code[s->len] = (struct sock_filter){ code, jt, jf, k };
	return s->len++;
}

static int find_end(struct shape *s, struct decision d)
{
	for (int i = 0; i < s->n_ends; i++) {
		if (is_same(s->ends[i], d))
			return i;
	}
	if (s->n_ends == (int)ARRAY_SIZE(s->ends)) {
		s->is_too_long = true;
		return 0;
	}
	s->ends[s->n_ends] = d;
	return s->n_ends++;
}

static int find_ranges(struct shape *s, uint32_t arch)
{
	for (uint32_t nr = 0; nr <= FILTER_CALLS; nr++) {
		struct decision d;

		if (decide(s->from, arch, nr, &d) < 0)
			return -1;
		if (s->n == 0 || !is_same(d, s->ranges[s->n - 1].decision))
			s->ranges[s->n++] = (struct range){ .from = nr, .decision = d };
	}
	return 0;
}

/*
 * Ranges first to last by halving. Leaves are jumps of one step for now (their target is the number
 * of an end); aim() gives them their distance once the ends have places.
 */
#define UNAIMED 200 /* and up: the distance to end number n - UNAIMED is not known yet */

static uint8_t leaf_or_next(struct shape *s, int first, int last, bool *ret_is_leaf)
{
	*ret_is_leaf = first == last;
	return *ret_is_leaf ? (uint8_t)(UNAIMED + find_end(s, s->ranges[first].decision)) : 0;
}

static void add_tree(struct shape *s, int first, int last)
{
	int middle = (first + last + 1) / 2;
	bool is_leaf_high;
	bool is_leaf_low;
	uint8_t low = leaf_or_next(s, first, middle - 1, &is_leaf_low);
	uint8_t high = leaf_or_next(s, middle, last, &is_leaf_high);
	int at = add(s, BPF_JMP | BPF_JGE | BPF_K, high, low, s->ranges[middle].from);

	if (!is_leaf_low)
		add_tree(s, first, middle - 1);
	if (is_leaf_high)
		return;
	int distance = s->len - at - 1;

	if (distance >= UNAIMED)
		s->is_too_long = true;
	s->code[at].jt = (uint8_t)distance;
	add_tree(s, middle, last);
}

static void aim(struct shape *s, int from, int to, const int *places)
{
	for (int i = from; i < to; i++) {
		uint8_t *targets[] = { &s->code[i].jt, &s->code[i].jf };

		for (int t = 0; t < 2; t++) {
			if (*targets[t] < UNAIMED)
				continue;
			int distance = places[*targets[t] - UNAIMED] - i - 1;

			if (distance > UINT8_MAX)
				s->is_too_long = true;
			*targets[t] = (uint8_t)distance;
		}
	}
}

/* The part of the old program from `start` on that can be reached, in its order. */
static void add_block(struct shape *s, int start)
{
	const struct filter_program *p = s->from;
	bool *is_reached = xcalloc(p->len, sizeof(*is_reached));
	int *place = xcalloc(p->len, sizeof(*place));

	is_reached[start] = true;
	for (int pc = start; pc < p->len; pc++) {
		const struct sock_filter *f = &p->filter[pc];

		if (!is_reached[pc])
			continue;
		place[pc] = add(s, f->code, f->jt, f->jf, f->k);
		if (BPF_CLASS(f->code) == BPF_RET)
			continue;
		if (f->code == (BPF_JMP | BPF_JA)) {
			is_reached[pc + 1 + (int)f->k] = true;
		} else if (BPF_CLASS(f->code) == BPF_JMP) {
			is_reached[pc + 1 + f->jt] = is_reached[pc + 1 + f->jf] = true;
		} else {
			is_reached[pc + 1] = true;
		}
	}
	for (int pc = start; pc < p->len && !s->is_too_long; pc++) {
		const struct sock_filter *f = &p->filter[pc];
		struct sock_filter *to = &s->code[place[pc]];

		if (!is_reached[pc] || BPF_CLASS(f->code) != BPF_JMP)
			continue;
		if (f->code == (BPF_JMP | BPF_JA)) {
			to->k = (uint32_t)(place[pc + 1 + (int)f->k] - place[pc] - 1);
			continue;
		}
		int jt = place[pc + 1 + f->jt] - place[pc] - 1;
		int jf = place[pc + 1 + f->jf] - place[pc] - 1;

		to->jt = (uint8_t)jt;
		to->jf = (uint8_t)jf;
		if (jt > UINT8_MAX || jf > UINT8_MAX)
			s->is_too_long = true;
	}
	free(is_reached);
	free(place);
}

/* The answers, then a jump to each block, then the blocks. */
static void add_ends(struct shape *s, int *places)
{
	for (int i = 0; i < s->n_ends; i++) {
		const struct decision *d = &s->ends[i];

		places[i] = d->is_answer ? add(s, BPF_RET | BPF_K, 0, 0, d->value)
					 : add(s, BPF_JMP | BPF_JA, 0, 0, 0);
	}
	for (int i = 0; i < s->n_ends && !s->is_too_long; i++) {
		if (s->ends[i].is_answer)
			continue;
		s->code[places[i]].k = (uint32_t)(s->len - places[i] - 1);
		add_block(s, (int)s->ends[i].value);
	}
}

/* libseccomp begins with the architecture, and answers all others alike. */
static bool begins_with_arch(const struct filter_program *p)
{
	return p->len > 3 && p->filter[0].code == (BPF_LD | BPF_W | BPF_ABS) &&
	       p->filter[0].k == OFFSET_ARCH && p->filter[1].code == (BPF_JMP | BPF_JEQ | BPF_K);
}

static int make(struct shape *s)
{
	int places[ARRAY_SIZE(s->ends)];
	uint32_t arch = s->from->filter[1].k;
	struct decision foreign, x32, none;

	if (decide(s->from, ~arch, 0, &foreign) < 0 || decide(s->from, arch, X32_BIT, &x32) < 0 ||
	    decide(s->from, arch, NO_CALL, &none) < 0 || find_ranges(s, arch) < 0 || s->n < 2)
		return -1;
	(void)add(s, BPF_LD | BPF_W | BPF_ABS, 0, 0, OFFSET_ARCH);
	(void)add(s, BPF_JMP | BPF_JEQ | BPF_K, 0, (uint8_t)(UNAIMED + find_end(s, foreign)), arch);
	(void)add(s, BPF_LD | BPF_W | BPF_ABS, 0, 0, OFFSET_NR);
	(void)add(s, BPF_JMP | BPF_JEQ | BPF_K, (uint8_t)(UNAIMED + find_end(s, none)), 0, NO_CALL);
	(void)add(s, BPF_JMP | BPF_JGE | BPF_K, (uint8_t)(UNAIMED + find_end(s, x32)), 0, X32_BIT);
	add_tree(s, 0, s->n - 1);
	int tree = s->len;

	add_ends(s, places);
	aim(s, 0, tree, places);
	return s->is_too_long ? -1 : 0;
}

int filter_shape(struct filter_program *program)
{
	struct shape *s = xcalloc(1, sizeof(*s));
	int r = 0;

	s->from = program;
	if (begins_with_arch(program) && make(s) == 0 && s->len < program->len) {
		struct filter_program shaped = {
			.filter = xmemdup(s->code, (size_t)s->len * sizeof(*s->code)),
			.len = (unsigned short)s->len,
		};

		filter_release(program);
		*program = shaped;
		r = 1;
	}
	free(s);
	return r;
}
