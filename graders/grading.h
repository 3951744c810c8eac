/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One grading under way, as the oracles see it. Internal to graders/.
 *
 * An oracle starts boxes with grading_box(); when one has ended, its `step` is called with the
 * party whose box it was. It starts further boxes, or fills g->verdict and calls grading_finish().
 */
#ifndef GRADERS_GRADING_H
#define GRADERS_GRADING_H

#include <stdbool.h>

#include "base/json.h"
#include "graders/grader.h"
#include "graders/python.h"

enum party_role {
	PARTY_ANSWER, /* the box in which the answer runs */
	PARTY_TESTS,  /* the interactor's box */
	PARTY_COUNT,
};

/* A box and what came of it. */
struct party {
	struct grading *grading;
	struct box_handle *box; /* NULL before it starts and after it ended */
	bool is_done;
	struct box_limits limits;
	struct box_result result; /* its strbufs are left empty */
	char last_words[200];     /* the end of its stderr */
};

struct oracle {
	enum task_oracle oracle;
	const char *language;
	enum protection protection;
	int (*start)(struct grading *g, struct err *err);
	void (*step)(struct grading *g, struct party *party);
};

struct grading {
	struct box_client *client;
	const struct oracle *oracle;
	const struct task *task;
	char *answer;
	size_t answer_len;
	struct box_limits limits;
	enum box_level level;
	int slot;
	struct proof proof;
	struct proof *keeps; /* NULL, or who gets the code of the tests */
	int kept_fd;         /* their texts, with the code behind; -1 */
	grade_done_fn *done;
	void *data;

	struct loop_timer *timer; /* for verdicts that need no box */
	struct party parties[PARTY_COUNT];
	bool is_cancelled;
	int report_fd;
	struct json *report;
	bool is_report_empty;
	struct verdict verdict;

	/* of the control oracle */
	bool is_control;
	char nonce[33];
	int64_t executed; /* assertions in the real run */
};

/* Starts a box for a party. The limits of the party must have been filled. */
int grading_box(struct grading *g, enum party_role role, struct python_box *pb, struct err *err);
/* Kills a party's box if it runs. */
void grading_kill(struct grading *g, enum party_role role);
/* Reads the report once and closes its descriptor. */
void grading_read_report(struct grading *g);
/* Sets the verdict's status and detail. */
void grading_say(struct grading *g, enum status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * Says what the end of a party's box means, where that alone decides: a limit, a forbidden call,
 * or a box that could not be made. False where the program just ended.
 */
bool grading_say_end(struct grading *g, enum party_role role);
/* Hands the verdict out and frees g. */
void grading_finish(struct grading *g);

/* The rows of graders[] that function.c and control.c define. */
extern const struct oracle oracle_function_wire;
extern const struct oracle oracle_function_wire_mutation;
extern const struct oracle oracle_function_control;

#endif
