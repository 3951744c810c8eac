/* SPDX-License-Identifier: Apache-2.0 */
/* Options that several commands have: rows of their tables, so that they read alike everywhere. */
#ifndef HARNESS_CLI_OPTIONS_H
#define HARNESS_CLI_OPTIONS_H

#include "base/opt.h"

#define OPTION_ISOLATION(var)                                                                      \
	{                                                                                          \
		.type = OPT_STR, .name = "isolation", .value = (var), .arg = "LEVEL",              \
		.help = "standard, strict or reduced: what the sandbox must have [standard]"       \
	}

#define OPTION_QUIET(var)                                                                          \
	{                                                                                          \
		.type = OPT_FLAG, .name = "quiet", .letter = 'q', .value = (var),                  \
		.help = "no progress and no remarks"                                               \
	}

#define OPTION_JSON(var)                                                                           \
	{                                                                                          \
		.type = OPT_FLAG, .name = "json", .value = (var), .help = "as JSON"                \
	}

#define OPTION_STORE(var)                                                                          \
	{                                                                                          \
		.type = OPT_STR, .name = "store", .value = (var), .arg = "FILE",                   \
		.help = "the store of runs [see ASSAY_STORE]"                                      \
	}

#define OPTION_K(var)                                                                              \
	{                                                                                          \
		.type = OPT_STR, .name = "k", .letter = 'k', .value = (var), .arg = "LIST",        \
		.help = "pass@k to report [1, and 10 and 100 where every task has as many "        \
			"answers]"                                                                 \
	}

#define OPTION_SCORECARD(var)                                                                      \
	{                                                                                          \
		.type = OPT_STR, .name = "json", .value = (var), .arg = "FILE",                    \
		.help = "scorecard as JSON; - prints nothing else"                                 \
	}

#define OPTION_RESULTS(var)                                                                        \
	{                                                                                          \
		.type = OPT_STR, .name = "results", .value = (var), .arg = "FILE",                 \
		.help = "the samples with their verdicts, JSONL; - prints nothing else"            \
	}

#endif
