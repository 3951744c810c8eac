/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines from tables: values and parsing. Help is in base/opt_help.c. */
#include "base/opt.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/suggest.h"

/* ---- values ---- */

struct unit {
	const char *suffix;
	int64_t factor;
};

static const struct unit size_units[] = {
	{ "", 1 },          { "K", 1LL << 10 }, { "M", 1LL << 20 }, { "G", 1LL << 30 },
	{ "k", 1LL << 10 }, { "m", 1LL << 20 }, { "g", 1LL << 30 }, { NULL, 0 },
};

static const struct unit time_units[] = {
	{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { NULL, 0 },
};

static const struct unit plain_units[] = { { "", 1 }, { NULL, 0 } };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads digits at *at; false where the number overflows. */
static bool read_digits(const char **at, int64_t *n)
{
	for (*n = 0; is_digit(**at); (*at)++) {
		if (__builtin_mul_overflow(*n, 10, n) || __builtin_add_overflow(*n, **at - '0', n))
			return false;
	}
	return true;
}

static const struct unit *find_unit(const struct unit *units, const char *suffix)
{
	for (const struct unit *u = units; u->suffix; u++) {
		if (strcmp(u->suffix, suffix) == 0)
			return u;
	}
	return NULL;
}

/*
 * The n digits after the point, in units of 1/factor; -1 where that is not a whole number. Nine
 * digits times the largest factor stay below 2^63.
 */
static int64_t read_fraction(const char *digits, size_t n, int64_t factor)
{
	int64_t value = 0;
	int64_t scale = 1;

	while (n && digits[n - 1] == '0')
		n--;
	if (n > 9)
		return -1;
	for (size_t i = 0; i < n; i++) {
		value = 10 * value + (digits[i] - '0');
		scale *= 10;
	}
	return value * factor % scale ? -1 : value * factor / scale;
}

enum number { NUMBER_OK, NUMBER_BAD, NUMBER_HUGE, NUMBER_FINE };

/* "12", "1.5G", "250ms": digits, a fraction, and a suffix out of units. */
static enum number read_number(const char *text, const struct unit *units, int64_t *ret)
{
	const char *at = text;
	const char *fraction = "";
	const struct unit *unit;
	size_t n_fraction = 0;
	int64_t whole, part;

	if (!is_digit(*at))
		return NUMBER_BAD;
	if (!read_digits(&at, &whole))
		return NUMBER_HUGE;
	if (*at == '.' && units != plain_units) {
		fraction = at + 1;
		n_fraction = strspn(fraction, "0123456789");
		if (!n_fraction)
			return NUMBER_BAD;
		at = fraction + n_fraction;
	}
	unit = find_unit(units, at);
	if (!unit)
		return NUMBER_BAD;
	part = read_fraction(fraction, n_fraction, unit->factor);
	if (part < 0)
		return NUMBER_FINE;
	if (__builtin_mul_overflow(whole, unit->factor, &whole) ||
	    __builtin_add_overflow(whole, part, ret))
		return NUMBER_HUGE;
	return NUMBER_OK;
}

/* What a kind of number is called, and what it looks like, in errors. */
struct number_kind {
	const struct unit *units;
	const char *shape;
	const char *unit_name; /* after a bound of the range */
	const char *finest;
};

static const struct number_kind int_kind = { plain_units, "a whole number", "", "one" };
static const struct number_kind size_kind = { size_units, "a size such as 65536, 64K, 1.5M or 2G",
					      " bytes", "a byte" };
static const struct number_kind time_kind = { time_units,
					      "a time such as 2.5 (seconds), 250ms, 3s or 1m",
					      " ms", "a millisecond" };

static int parse_number(const char *text, const struct number_kind *kind, int64_t *ret,
			struct err *err)
{
	bool is_negative = kind == &int_kind && *text == '-';
	int64_t value = 0;

	if (!*text)
		return err_set(err, ERR_USAGE, "the value is empty; it must be %s", kind->shape);
	switch (read_number(text + is_negative, kind->units, &value)) {
	case NUMBER_OK:
		*ret = is_negative ? -value : value;
		return 0;
	case NUMBER_BAD:
		return err_set(err, ERR_USAGE, "'%s' is not %s", text, kind->shape);
	case NUMBER_HUGE:
		return err_set(err, ERR_USAGE, "'%s' is out of range", text);
	case NUMBER_FINE:
		return err_set(err, ERR_USAGE, "'%s' is finer than %s", text, kind->finest);
	}
	return -1;
}

int opt_parse_size(const char *text, int64_t *ret_bytes, struct err *err)
{
	return parse_number(text, &size_kind, ret_bytes, err);
}

int opt_parse_time(const char *text, int64_t *ret_ms, struct err *err)
{
	return parse_number(text, &time_kind, ret_ms, err);
}

static int check_range(const struct opt *o, const char *text, int64_t value, const char *unit,
		       struct err *err)
{
	if (o->min >= o->max || (value >= o->min && value <= o->max))
		return 0;
	if (o->max == INT64_MAX)
		return err_set(err, ERR_USAGE, "'%s' is too small; the least is %" PRId64 "%s",
			       text, o->min, unit);
	return err_set(err, ERR_USAGE, "'%s' is out of range (%" PRId64 " to %" PRId64 "%s)", text,
		       o->min, o->max, unit);
}

static int set_number(const struct opt *o, const char *text, const struct number_kind *kind,
		      struct err *err)
{
	int64_t value = 0;

	if (parse_number(text, kind, &value, err) < 0 ||
	    check_range(o, text, value, kind->unit_name, err) < 0)
		return err_wrap(err, "option '--%s'", o->name);
	*(int64_t *)o->value = value;
	return 0;
}

static int set_value(const struct opt *o, const char *text, struct err *err)
{
	switch (o->type) {
	case OPT_FLAG:
		*(bool *)o->value = true;
		return 0;
	case OPT_STR:
		*(const char **)o->value = text;
		return 0;
	case OPT_INT:
		return set_number(o, text, &int_kind, err);
	case OPT_SIZE:
		return set_number(o, text, &size_kind, err);
	case OPT_TIME:
		return set_number(o, text, &time_kind, err);
	case OPT_LIST:
		strvec_push(o->value, text);
		return 0;
	case OPT_END:
	case OPT_GROUP:
		break;
	}
	return 0;
}

/* ---- parsing ---- */

const struct opt opt_help = {
	.type = OPT_FLAG, .name = "help", .letter = 'h', .help = "show this help"
};

const struct opt *opt_find(const struct opt *opts, const char *name, size_t n)
{
	for (const struct opt *o = opts; o->type != OPT_END; o++) {
		if (o->type != OPT_GROUP && strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	}
	return n == 4 && memcmp(name, "help", 4) == 0 ? &opt_help : NULL;
}

static const struct opt *find_letter(const struct opt *opts, char letter)
{
	for (const struct opt *o = opts; o->type != OPT_END; o++) {
		if (o->type != OPT_GROUP && o->letter == letter)
			return o;
	}
	return letter == 'h' ? &opt_help : NULL;
}

/* The option that was most likely meant, or NULL. */
static const struct opt *closest(const struct opt *opts, const char *name, size_t n)
{
	struct suggest s = { .word = name, .n = n };
	const struct opt *best = suggest_nearer(&s, opt_help.name) ? &opt_help : NULL;

	for (const struct opt *o = opts; o->type != OPT_END; o++) {
		if (o->type != OPT_GROUP && suggest_nearer(&s, o->name))
			best = o;
	}
	return best;
}

/* Where parsing stands. */
struct parse {
	const struct opt_command *cmd;
	char **argv;
	int argc;
	int at;
};

static int unknown_option(const struct parse *p, const char *arg, struct err *err)
{
	const struct opt *opts = p->cmd->opts;
	const char *name = arg + strspn(arg, "-");
	size_t n = strcspn(name, "=");
	const struct opt *letter = arg[1] == '-' ? NULL : find_letter(opts, arg[1]);
	const struct opt *o = opt_find(opts, name, n);

	if (!o && letter && letter->type != OPT_FLAG)
		return err_set(err, ERR_USAGE, "unknown option '%s' (write '-%c %s')", arg,
			       letter->letter, arg + 2 + (arg[2] == '='));
	if (!o && n > 1)
		o = closest(opts, name, n);
	if (o)
		return err_set(err, ERR_USAGE, "unknown option '%.*s' (did you mean '--%s'?)",
			       (int)(name + n - arg), arg, o->name);
	return err_set(err, ERR_USAGE, "unknown option '%s' (see '%s --help')", arg,
		       p->cmd->program);
}

/* A word that is an option of this command is not taken for a value that was forgotten. */
static bool is_option(const struct parse *p, const char *arg)
{
	if (arg[0] != '-' || arg[1] != '-')
		return false;
	return !arg[2] || opt_find(p->cmd->opts, arg + 2, strcspn(arg + 2, "="));
}

/* The value after "=", or the next argument, which is taken. */
static int take_value(struct parse *p, const struct opt *o, const char **value, struct err *err)
{
	if (o->type == OPT_FLAG) {
		if (*value)
			return err_set(err, ERR_USAGE, "option '--%s' takes no value", o->name);
		return 0;
	}
	if (*value)
		return 0;
	if (p->at >= p->argc || is_option(p, p->argv[p->at]))
		return err_set(err, ERR_USAGE, "option '--%s' needs a value (%s)", o->name,
			       o->arg ? o->arg : "VALUE");
	*value = p->argv[p->at++];
	return 0;
}

/* One option and its value; 1 where it is --help. */
static int parse_option(struct parse *p, struct err *err)
{
	const char *arg = p->argv[p->at++];
	const char *value = NULL;
	const struct opt *o = NULL;

	if (arg[1] == '-') {
		size_t n = strcspn(arg + 2, "=");

		o = opt_find(p->cmd->opts, arg + 2, n);
		value = arg[2 + n] ? arg + 2 + n + 1 : NULL;
	} else if (!arg[2]) {
		o = find_letter(p->cmd->opts, arg[1]);
	}
	if (!o)
		return unknown_option(p, arg, err);
	if (take_value(p, o, &value, err) < 0)
		return -1;
	return o == &opt_help ? 1 : set_value(o, value ? value : "", err);
}

int opt_parse(const struct opt_command *cmd, int argc, char **argv, bool stop_at_operand,
	      struct strvec *args, struct err *err)
{
	struct parse p = { .cmd = cmd, .argv = argv, .argc = argc, .at = 1 };

	while (p.at < argc) {
		const char *arg = argv[p.at];
		int r = 0;

		if (strcmp(arg, "--") == 0) {
			p.at++;
			break;
		}
		if (arg[0] == '-' && arg[1])
			r = parse_option(&p, err);
		else if (stop_at_operand)
			break;
		else
			strvec_push(args, argv[p.at++]);
		if (r > 0)
			opt_print_help(cmd, stdout);
		if (r)
			return r;
	}
	while (p.at < argc)
		strvec_push(args, argv[p.at++]);
	return 0;
}
