/*
 * Is:        patterns to programs (grammar in match.h).
 * Is not:    the automaton.
 * Called by: match.c.
 * Owns:      nothing.
 * Trust:     the operator's patterns; depth and size are bounded.
 *
 * Emitting goes straight along the pattern. A repeat parses its atom again for every
 * copy, which keeps this file free of trees; the bounds keep it finite.
 */
#include <string.h>

#include "base/ascii.h"
#include "policy/match_int.h"

enum { DEPTH_MAX = 24, REPEAT_MAX = 64 };

struct reader {
	struct match_program *m;
	struct rd all;
	size_t at;
	int depth;
};

static bool fail(struct reader *r, const char *why)
{
	if (!r->m->why) {
		r->m->why = why;
		r->m->at = r->at;
	}
	return false;
}

static bool peek(const struct reader *r, uint8_t *c)
{
	return rd_at(&r->all, r->at, c);
}

static bool is_next(const struct reader *r, char want)
{
	uint8_t c;

	return peek(r, &c) && c == (uint8_t)want;
}

static uint16_t emit(struct reader *r, enum match_op_kind kind)
{
	struct match_program *m = r->m;

	if (m->n == MATCH_OPS_MAX) {
		(void)fail(r, "the pattern is too large");
		return 0;
	}
	m->op[m->n] = (struct match_op){ .kind = kind };
	return m->n++;
}

static void add(struct match_op *op, uint8_t c)
{
	op->set[c / 8] = (uint8_t)(op->set[c / 8] | 1u << (c % 8));
}

static void add_both_cases(struct match_op *op, uint8_t c)
{
	add(op, c);
	if (is_lower(c))
		add(op, (uint8_t)(c - 'a' + 'A'));
	if (is_upper(c))
		add(op, (uint8_t)(c - 'A' + 'a'));
}

/* The byte after a backslash that means itself. */
static bool take_escaped(struct reader *r, uint8_t *out)
{
	uint8_t c;

	if (!peek(r, &c))
		return fail(r, "a backslash at the end");
	if (is_alnum(c) || c >= 0x80)
		return fail(r, "a backslash before a letter or digit (only \\b is known)");
	r->at++;
	*out = c;
	return true;
}

static bool take_class_char(struct reader *r, uint8_t *out)
{
	if (!peek(r, out))
		return fail(r, "a [ without its ]");
	r->at++;
	return *out != '\\' || take_escaped(r, out);
}

static bool take_class(struct reader *r)
{
	struct match_op *op = &r->m->op[emit(r, OP_SET)];
	bool negated = is_next(r, '^');
	uint8_t a, b;

	r->at += negated;
	if (is_next(r, ']'))
		return fail(r, "an empty [ ]");
	do {
		if (!take_class_char(r, &a))
			return false;
		b = a;
		if (is_next(r, '-')) {
			r->at++;
			if (is_next(r, ']'))
				add_both_cases(op, '-');
			else if (!take_class_char(r, &b))
				return false;
		}
		if (b < a)
			return fail(r, "a range that runs backwards");
		for (unsigned c = a; c <= b; c++)
			add_both_cases(op, (uint8_t)c);
	} while (!is_next(r, ']'));
	r->at++;
	for (size_t i = 0; negated && i < sizeof(op->set); i++)
		op->set[i] = (uint8_t)~op->set[i];
	return true;
}

static bool take_pattern(struct reader *r);

static bool take_group(struct reader *r)
{
	uint16_t begin = r->m->n;

	if (is_next(r, '?'))
		return fail(r, "look-around and other (? groups are not known");
	if (++r->depth > DEPTH_MAX)
		return fail(r, "brackets nested too deeply");
	if (!take_pattern(r))
		return false;
	/* Nothing repeated many times is nothing, but costs time. */
	if (r->m->n == begin)
		return fail(r, "an empty group");
	r->depth--;
	if (!is_next(r, ')'))
		return fail(r, "a ( without its )");
	r->at++;
	return true;
}

static bool take_literal(struct reader *r, uint8_t c)
{
	struct match_op *op = &r->m->op[emit(r, OP_SET)];

	if (c == '.') {
		memset(op->set, 0xff, sizeof(op->set));
		op->set['\n' / 8] = (uint8_t)(op->set['\n' / 8] & ~(1u << ('\n' % 8)));
	} else {
		add_both_cases(op, c);
	}
	return true;
}

static bool take_atom(struct reader *r)
{
	uint8_t c;

	if (!peek(r, &c))
		return fail(r, "something is missing at the end");
	r->at++;
	switch (c) {
	case '(': return take_group(r);
	case '[': return take_class(r);
	case '^': (void)emit(r, OP_BEGIN); return true;
	case '$': (void)emit(r, OP_END); return true;
	case '*': case '+': case '?': case '{':
		return fail(r, "nothing to repeat");
	case '\\':
		if (is_next(r, 'b')) {
			r->at++;
			(void)emit(r, OP_WORD);
			return true;
		}
		if (!take_escaped(r, &c))
			return false;
		struct match_op *op = &r->m->op[emit(r, OP_SET)];
		add_both_cases(op, c);
		return true;
	default:
		return take_literal(r, c);
	}
}

static bool take_count(struct reader *r, unsigned *out)
{
	unsigned v = 0;
	size_t from = r->at;
	uint8_t c;

	while (peek(r, &c) && is_digit(c) && v <= REPEAT_MAX) {
		v = v * 10 + (unsigned)(c - '0');
		r->at++;
	}
	if (r->at == from || v > REPEAT_MAX)
		return fail(r, "a repeat is a number up to 64");
	*out = v;
	return true;
}

/* Least and most; most 0 = without end. */
static bool take_repeat(struct reader *r, unsigned *least, unsigned *most)
{
	*least = *most = 1;
	if (is_next(r, '*'))
		*least = *most = 0;
	else if (is_next(r, '+'))
		*most = 0;
	else if (is_next(r, '?'))
		*least = 0;
	else if (!is_next(r, '{'))
		return true;
	if (!is_next(r, '{')) {
		r->at++;
	} else {
		r->at++;
		if (!take_count(r, least))
			return false;
		*most = *least;
		if (is_next(r, ',')) {
			r->at++;
			if (!take_count(r, most))
				return false;
		}
		if (!is_next(r, '}') || *most < *least || *most == 0)
			return fail(r, "a repeat is {m} or {m,n}");
		r->at++;
	}
	if (is_next(r, '*') || is_next(r, '+') || is_next(r, '?') || is_next(r, '{'))
		return fail(r, "a repeat of a repeat");
	return true;
}

/* Past the atom without emitting. Whether it is well formed is for take_atom to say. */
static void skip_atom(struct reader *r)
{
	int depth = 0;
	bool in_class = false;
	uint8_t c;

	do {
		if (!peek(r, &c))
			return;
		r->at++;
		if (c == '\\')
			r->at++;
		else if (in_class)
			in_class = c != ']';
		else if (c == '[')
			in_class = true;
		else if (c == '(')
			depth++;
		else if (c == ')')
			depth--;
	} while (depth > 0 || in_class);
}

/* Emits the atom at `from` and leaves the reader where it was. */
static bool emit_atom(struct reader *r, size_t from)
{
	size_t after = r->at;
	bool ok;

	r->at = from;
	ok = take_atom(r);
	r->at = after;
	return ok && !r->m->why;
}

static bool take_piece(struct reader *r)
{
	size_t from = r->at;
	unsigned least, most;
	uint16_t split;

	skip_atom(r);
	if (!take_repeat(r, &least, &most))
		return false;
	for (unsigned i = 0; i < least; i++)
		if (!emit_atom(r, from))
			return false;
	for (unsigned i = least; i < most; i++) {
		split = emit(r, OP_SPLIT);
		if (!emit_atom(r, from))
			return false;
		r->m->op[split].x = (uint16_t)(split + 1);
		r->m->op[split].y = r->m->n;
	}
	if (most != 0)
		return true;
	split = emit(r, OP_SPLIT);
	if (!emit_atom(r, from))
		return false;
	r->m->op[emit(r, OP_JUMP)].x = split;
	r->m->op[split].x = (uint16_t)(split + 1);
	r->m->op[split].y = r->m->n;
	return true;
}

/* Branches are emitted one after the other, each behind a split that the branch
 * before it could not know of: a pass over the text finds the bars first. */
static bool has_bar(struct reader *r)
{
	int depth = 0;
	bool in_class = false;
	uint8_t c;

	for (size_t i = r->at; rd_at(&r->all, i, &c); i++) {
		if (c == '\\')
			i++;
		else if (in_class)
			in_class = c != ']';
		else if (c == '[')
			in_class = true;
		else if (c == '(')
			depth++;
		else if (c == ')' && --depth < 0)
			return false;
		else if (c == '|' && depth == 0)
			return true;
	}
	return false;
}

static bool take_branch(struct reader *r)
{
	uint8_t c;

	while (peek(r, &c) && c != '|' && c != ')')
		if (!take_piece(r) || r->m->why)
			return false;
	return true;
}

static bool take_pattern(struct reader *r)
{
	uint16_t jumps[256], n_jumps = 0;

	while (has_bar(r)) {
		uint16_t split = emit(r, OP_SPLIT);
		if (!take_branch(r) || !is_next(r, '|'))
			return fail(r, "a branch that cannot be read");
		r->at++;
		if (n_jumps == ARRAY_LEN(jumps))
			return fail(r, "too many branches");
		jumps[n_jumps++] = emit(r, OP_JUMP);
		r->m->op[split].x = (uint16_t)(split + 1);
		r->m->op[split].y = r->m->n;
	}
	if (!take_branch(r))
		return false;
	for (uint16_t i = 0; i < n_jumps; i++)
		r->m->op[jumps[i]].x = r->m->n;
	return !r->m->why;
}

void match_parse(struct rd pattern, struct match_program *out)
{
	struct reader r = { .m = out, .all = pattern };
	uint16_t split, any;

	out->n = 0;
	out->why = NULL;
	out->at = 0;
	/* Any bytes may stand in front: split to the pattern, or over one byte and back. */
	split = emit(&r, OP_SPLIT);
	any = emit(&r, OP_SET);
	memset(out->op[any].set, 0xff, sizeof(out->op[any].set));
	out->op[emit(&r, OP_JUMP)].x = split;
	out->op[split].x = out->n;
	out->op[split].y = any;
	if (take_pattern(&r) && r.at != pattern.len)
		(void)fail(&r, "a ) without its (");
	(void)emit(&r, OP_FOUND);
}
