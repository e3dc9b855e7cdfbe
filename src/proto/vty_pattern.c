/*
 * Is:        compiles one published command pattern to states.
 * Is not:    matching.
 * Called by: vty_xml.c, vty_list.c.
 * Owns:      nothing; adds to the grammar.
 * Trust:     hostile patterns: depth, states and numbers are bounded.
 *
 *     Osmocom    show (a|b) <0-7> IMSI [opt] .REST
 *     FRR        show [<a|b>] (0-7) WORD {a X|b} REST...
 */
#include "proto/vty_grammar.h"

#include "base/ascii.h"
#include "base/text.h"

/* A part of the automaton: from `in` one gets to the fork `out`, not yet linked on. */
struct part {
	uint32_t in, out;
};

struct compiler {
	struct vty *g;
	struct rd in;
	unsigned depth;
	int rc;
};

static struct part alternatives(struct compiler *c, uint8_t end);

static uint32_t add(struct compiler *c, enum vty_state_kind kind)
{
	struct vty_state *s;

	if (c->g->states.n >= VTY_STATES_MAX) {
		c->rc = VTY_TOO_BIG;
		return 0;
	}
	s = vec_push(&c->g->states);
	s->kind = kind;
	return (uint32_t)c->g->states.n - 1;
}

static void link(struct compiler *c, uint32_t from, uint32_t to)
{
	struct vty_state *s = vty_state(c->g, from);

	if (from == 0 || to == 0)
		return; /* rc says why */
	if (s->next == 0)
		s->next = to;
	else
		s->alt = to;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r'; /* osmo-bsc publishes a newline */
}

static void skip_space(struct compiler *c)
{
	uint8_t b;

	while (rd_at(&c->in, 0, &b) && is_space(b))
		(void)!rd_skip(&c->in, 1);
}

/* A number with an optional sign; moves past it. */
static bool number(struct rd *r, int64_t *out)
{
	bool minus = rd_word(r, "-");
	struct rd digits;
	uint64_t v;
	size_t n = 0;
	uint8_t c;

	while (rd_at(r, n, &c) && is_digit(c))
		n++;
	if (!rd_slice(r, 0, n, &digits) || !text_u64(digits, &v) || v > INT64_MAX || !rd_skip(r, n))
		return false;
	*out = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

/* `0-7` up to `end`: a range. Leaves the input alone otherwise. */
static bool range(struct compiler *c, uint8_t end, int64_t *lo, int64_t *hi)
{
	struct rd r = c->in;
	uint8_t b;

	if (!number(&r, lo) || !rd_word(&r, "-") || !number(&r, hi) || !rd_u8(&r, &b) || b != end ||
	    *lo > *hi)
		return false;
	c->in = r;
	return true;
}

static enum vty_kind kind_of(const struct vty *g, struct rd text)
{
	static const struct {
		const char *text;
		enum vty_kind kind;
	} known[] = {
		{ "A.B.C.D", VTY_IPV4 }, { "A.B.C.D/M", VTY_IPV4_PREFIX }, { "X:X::X:X", VTY_IPV6 },
		{ "X:X::X:X/M", VTY_IPV6_PREFIX }, { "X:X:X:X:X:X", VTY_MAC },
	};
	uint8_t first = 0;

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (rd_is(&text, known[i].text))
			return known[i].kind;
	(void)!rd_at(&text, 0, &first);
	if (g->family == VTY_OSMO && first == '.')
		return VTY_REST;
	return is_upper(first) ? VTY_WORD : VTY_KEYWORD;
}

/* A keyword must be something that can be typed. */
static bool typeable(struct rd text)
{
	uint8_t b;

	while (rd_u8(&text, &b))
		if (b <= ' ' || b > '~' || b == '?')
			return false;
	return true;
}

static struct part token(struct compiler *c, struct rd text, enum vty_kind kind)
{
	struct part p = { add(c, VTY_TOKEN), add(c, VTY_FORK) };
	struct vty_state *s;

	if (!typeable(text))
		c->rc = VTY_BAD_FILE;
	if (c->rc)
		return p;
	s = vty_state(c->g, p.in);
	s->token = kind;
	if (!vty_keep(c->g, text, &s->text))
		c->rc = VTY_TOO_BIG;
	link(c, p.in, p.out);
	return p;
}

static struct part range_token(struct compiler *c, struct rd text, int64_t lo, int64_t hi)
{
	struct part p = token(c, text, VTY_RANGE);

	if (!c->rc) {
		vty_state(c->g, p.in)->lo = lo;
		vty_state(c->g, p.in)->hi = hi;
	}
	return p;
}

/* FRR: `...` behind a place lets it take one word or more. */
static void repeat(struct compiler *c, struct part p)
{
	if (c->g->family != VTY_FRR || !rd_word(&c->in, "...") || c->rc)
		return;
	vty_state(c->g, p.in)->repeats = true;
	link(c, p.out, p.in);
}

/* After a loop a fork may have both ways taken: a part always ends in a fresh fork. */
static struct part fresh_end(struct compiler *c, struct part p)
{
	struct part q = { p.in, add(c, VTY_FORK) };

	link(c, p.out, q.out);
	return q;
}

static bool ends_word(const struct compiler *c, struct rd rest)
{
	uint8_t b;

	if (!rd_at(&rest, 0, &b) || is_space(b))
		return true;
	if (b == '.' && c->g->family == VTY_FRR)
		return rd_word(&rest, "...");
	return b == '|' || b == '(' || b == ')' || b == '[' || b == ']' || b == '{' || b == '}' ||
	    b == '<' || b == '>';
}

static struct part word(struct compiler *c)
{
	struct part p = { 0, 0 };
	struct rd rest = c->in, text;
	size_t n = 0;

	while (!ends_word(c, rest)) {
		(void)!rd_skip(&rest, 1);
		n++;
	}
	if (n == 0 || !rd_take(&c->in, n, &text)) {
		c->rc = c->rc ? c->rc : VTY_BAD_FILE;
		return p;
	}
	p = token(c, text, kind_of(c->g, text));
	repeat(c, p);
	return fresh_end(c, p);
}

/* [x]: may be left out. */
static struct part optional(struct compiler *c)
{
	struct part p = alternatives(c, ']');
	struct part q = { add(c, VTY_FORK), add(c, VTY_FORK) };

	link(c, q.in, p.in);
	link(c, q.in, q.out);
	link(c, p.out, q.out);
	return q;
}

/* {a|b}: any of them in any order; that none comes twice is the matcher's rule. */
static struct part loop(struct compiler *c)
{
	struct part p = alternatives(c, '}');
	struct part q = { p.in, add(c, VTY_FORK) };

	link(c, p.out, q.out);
	link(c, p.out, p.in);
	return q;
}

static struct part bracket(struct compiler *c, uint8_t open)
{
	uint8_t choice_open = c->g->family == VTY_OSMO ? '(' : '<';
	uint8_t choice_close = c->g->family == VTY_OSMO ? ')' : '>';
	uint8_t range_close = c->g->family == VTY_OSMO ? '>' : ')';
	struct rd text = c->in;
	struct part p = { 0, 0 };
	int64_t lo, hi;

	if (open == '[')
		return optional(c);
	if (open == '{' && c->g->family == VTY_FRR)
		return loop(c);
	if (open == choice_open)
		return alternatives(c, choice_close);
	if (range(c, range_close, &lo, &hi)) {
		if (!rd_slice(&text, 0, text.len - c->in.len - 1, &text))
			c->rc = VTY_BAD_FILE;
		p = range_token(c, text, lo, hi);
		repeat(c, p);
		return fresh_end(c, p);
	}
	c->rc = c->rc ? c->rc : VTY_BAD_FILE;
	return p;
}

static struct part term(struct compiler *c)
{
	uint8_t b;

	if (rd_word(&c->in, "!["))
		return bracket(c, '[');
	if (rd_at(&c->in, 0, &b) && (b == '(' || b == '[' || b == '{' || b == '<') &&
	    rd_skip(&c->in, 1))
		return bracket(c, b);
	return word(c);
}

/* Terms up to `|`, `end` or the end of the pattern (end = 0). May be empty. */
static struct part sequence(struct compiler *c, uint8_t end)
{
	struct part all = { add(c, VTY_FORK), 0 };
	uint8_t b;

	all.out = all.in;
	for (;;) {
		skip_space(c);
		if (c->rc || !rd_at(&c->in, 0, &b) || b == '|' || (end && b == end))
			return all;
		struct part p = term(c);
		link(c, all.out, p.in);
		all.out = p.out;
	}
}

static struct part alternatives(struct compiler *c, uint8_t end)
{
	struct part all = { add(c, VTY_FORK), add(c, VTY_FORK) };
	uint32_t fork = all.in;
	uint8_t b = '|';

	if (++c->depth > VTY_DEPTH_MAX)
		c->rc = VTY_BAD_FILE;
	while (!c->rc && b == '|') {
		struct part p = sequence(c, end);
		uint32_t next = add(c, VTY_FORK);
		/* `(8|)` names an empty alternative that the element never matches. */
		if (p.in != p.out) {
			link(c, fork, p.in);
			link(c, p.out, all.out);
			link(c, fork, next);
			fork = next;
		}
		if (!rd_u8(&c->in, &b) || (b != '|' && b != end))
			c->rc = c->rc ? c->rc : VTY_BAD_FILE;
	}
	c->depth--;
	return all;
}

int vty_compile(struct vty *g, struct rd pattern, uint32_t *out_start)
{
	struct compiler c = { .g = g, .in = pattern };
	struct part p = sequence(&c, 0);
	uint32_t end = add(&c, VTY_FINAL);

	if (c.rc)
		return c.rc;
	if (p.in == p.out || c.in.len != 0)
		return VTY_BAD_FILE;
	link(&c, p.out, end);
	if (++g->n_commands > VTY_COMMANDS_MAX)
		return VTY_TOO_BIG;
	*out_start = p.in;
	return 0;
}
