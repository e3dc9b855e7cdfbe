/*
 * Is:        the parser of plan files and the digit tree that answers plan_has.
 * Is not:    the built-in text (plan_nl.c).
 * Called by: scan, canon, verdict.
 * Owns:      the tree.
 * Trust:     an administrator's text: every length and count has a limit.
 */
#include "inspect/plan.h"

#include <errno.h>
#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "base/text.h"

/* A node stands for the digits that lead to it. Bit n of `lens`: a number of n
 * digits that begins so is in the table. Child 0 means none: the roots come first
 * and are nobody's child. */
struct node {
	uint16_t child[10];
	uint32_t lens;
};

enum { PREFIX_MAX = 15, CODE_MAX = 4 };

/* Where the first three digits of a number lead at once, and the two after them: a node, or 0,
 * and the lengths that were there on the way. */
enum { JUMP_DIGITS = 3, JUMPS = 1000, HOP_DIGITS = 2, HOPS = 100 };
struct jump {
	uint32_t lens;
	uint16_t node;
	uint16_t hops; /* of a jump: which row of hops goes on from there; row 0 leads nowhere */
};

struct plan {
	struct node *node;
	size_t n_nodes, cap;
	char country[CODE_MAX + 1], trunk[CODE_MAX + 1], international[CODE_MAX + 1];
	struct plan_codes codes;
	struct jump jump[PLAN_TABLES][JUMPS];
	struct jump (*hop)[HOPS];
	size_t n_hops;
};

/* A parsed prefix: bit d of set[i] is a digit that may stand at i. */
struct prefix {
	uint16_t set[PREFIX_MAX];
	size_t n;
};

/* The inside of [...]: digits and ranges of digits. */
static bool read_set(struct rd *r, uint16_t *out)
{
	uint16_t set = 0;
	uint8_t c, last = 0;

	while (rd_u8(r, &c)) {
		if (c == ']') {
			*out = set;
			return set != 0;
		}
		if (c == '-') {
			if (!last || !rd_u8(r, &c) || !is_digit(c) || c < last)
				return false;
			for (uint8_t d = last; d <= c; d++)
				set |= (uint16_t)(1u << (d - '0'));
			last = 0;
			continue;
		}
		if (!is_digit(c))
			return false;
		set |= (uint16_t)(1u << (c - '0'));
		last = c;
	}
	return false;
}

static bool read_prefix(struct rd r, struct prefix *p)
{
	uint8_t c;

	p->n = 0;
	while (rd_u8(&r, &c)) {
		if (p->n == PREFIX_MAX)
			return false;
		if (is_digit(c))
			p->set[p->n] = (uint16_t)(1u << (c - '0'));
		else if (c != '[' || !read_set(&r, &p->set[p->n]))
			return false;
		p->n++;
	}
	return p->n > 0;
}

/* "11" or "9-12" to a mask of lengths. */
static bool read_lens(struct rd r, size_t n_prefix, uint32_t *out)
{
	struct rd first;
	uint64_t lo, hi;

	if (rd_until(&r, '-', &first)) {
		if (!text_u64(first, &lo) || !text_u64(r, &hi))
			return false;
	} else {
		if (!text_u64(r, &lo))
			return false;
		hi = lo;
	}
	if (lo < n_prefix || lo == 0 || hi < lo || hi > PLAN_DIGITS_MAX)
		return false;
	*out = 0;
	for (uint64_t n = lo; n <= hi; n++)
		*out |= 1u << n;
	return true;
}

static bool child_of(struct plan *p, uint16_t parent, unsigned digit, uint16_t *out)
{
	if (p->node[parent].child[digit] == 0) {
		if (p->n_nodes == PLAN_NODES_MAX)
			return false;
		if (p->n_nodes == p->cap) {
			p->cap *= 2;
			p->node = mem_resize(p->node, p->cap, sizeof(*p->node));
		}
		p->node[p->n_nodes] = (struct node){ 0 };
		p->node[parent].child[digit] = (uint16_t)p->n_nodes++;
	}
	*out = p->node[parent].child[digit];
	return true;
}

/* Adds every prefix that the sets spell, depth first. */
static bool add(struct plan *p, uint16_t at, const struct prefix *pre, size_t i, uint32_t lens)
{
	uint16_t next;

	if (i == pre->n) {
		p->node[at].lens |= lens;
		return true;
	}
	for (unsigned d = 0; d < 10; d++) {
		if (!(pre->set[i] >> d & 1))
			continue;
		if (!child_of(p, at, d, &next) || !add(p, next, pre, i + 1, lens))
			return false;
	}
	return true;
}

static const char *read_range(struct plan *p, enum plan_table t, struct rd *r)
{
	struct rd word;
	struct prefix pre;
	uint32_t lens;

	if (!rd_token(r, &word) || !read_prefix(word, &pre))
		return "not a prefix: 1 to 15 digits or sets of digits such as [0-46]";
	if (!rd_token(r, &word) || !read_lens(word, pre.n, &lens))
		return "not a length: digits in all, such as 11 or 9-12, at most 20";
	if (!add(p, (uint16_t)t, &pre, 0, lens))
		return "too many ranges";
	return NULL;
}

static bool read_code(struct rd *r, char *out)
{
	struct rd word;
	uint8_t c;

	if (!rd_token(r, &word) || word.len < 1 || word.len > CODE_MAX)
		return false;
	for (size_t i = 0; rd_at(&word, i, &c); i++) {
		if (!is_digit(c))
			return false;
		out[i] = (char)c;
	}
	out[word.len] = 0;
	return true;
}

static const char *read_country(struct plan *p, struct rd *r)
{
	struct rd word;

	if (p->country[0])
		return "a second country";
	if (!read_code(r, p->country))
		return "not a country code: 1 to 4 digits";
	while (rd_token(r, &word)) {
		char *to = rd_is(&word, "trunk") ? p->trunk :
			   rd_is(&word, "international") ? p->international : NULL;
		if (!to || !read_code(r, to))
			return "after the country code only `trunk DIGITS` and `international DIGITS`";
	}
	return NULL;
}

static const char *read_line(struct plan *p, struct rd line)
{
	struct rd r = line, word, before;
	const char *why;

	if (line.len > PLAN_LINE_MAX)
		return "line too long";
	if (rd_until(&line, '#', &before))
		r = before;
	if (!rd_token(&r, &word))
		return NULL;
	if (rd_is(&word, "country"))
		why = read_country(p, &r);
	else if (rd_is(&word, "msisdn"))
		why = read_range(p, PLAN_MSISDN, &r);
	else if (rd_is(&word, "imsi"))
		why = read_range(p, PLAN_IMSI, &r);
	else if (rd_is(&word, "iccid"))
		why = read_range(p, PLAN_ICCID, &r);
	else
		why = "not one of country, msisdn, imsi, iccid";
	if (!why && rd_token(&r, &word))
		why = "words after the declaration";
	return why;
}

/* Cuts the next line off, without its line end. */
static struct rd next_line(struct rd *text)
{
	struct rd line;

	if (!rd_until(text, '\n', &line)) {
		line = *text;
		*text = rd_of(NULL, 0);
	}
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

static struct plan_code code_of(const char *text)
{
	struct plan_code c = { .n = 0 };

	while (text[c.n]) {
		c.d[c.n] = (uint8_t)(text[c.n] - '0');
		c.n++;
	}
	return c;
}

/* One digit further. */
static void step(const struct plan *p, struct jump *j, unsigned digit)
{
	j->node = p->node[j->node].child[digit];
	j->lens |= j->node ? p->node[j->node].lens : 0;
}

/* The row of hops from a node. */
static uint16_t add_hops(struct plan *p, uint16_t node)
{
	struct jump *row;

	p->hop = mem_resize(p->hop, p->n_hops + 1, sizeof(*p->hop));
	row = p->hop[p->n_hops];
	for (unsigned k = 0; k < HOPS; k++) {
		row[k] = (struct jump){ .node = node };
		if (node)
			step(p, &row[k], k / 10);
		if (row[k].node)
			step(p, &row[k], k % 10);
	}
	return (uint16_t)p->n_hops++;
}

static void make_jumps(struct plan *p)
{
	(void)add_hops(p, 0);
	for (unsigned t = 0; t < PLAN_TABLES; t++) {
		for (unsigned k = 0; k < JUMPS; k++) {
			const unsigned digit[JUMP_DIGITS] = { k / 100, k / 10 % 10, k % 10 };
			struct jump j = { .node = (uint16_t)t };

			for (unsigned i = 0; i < JUMP_DIGITS && (i == 0 || j.node); i++)
				step(p, &j, digit[i]);
			j.hops = j.node ? add_hops(p, j.node) : 0;
			p->jump[t][k] = j;
		}
	}
}

/* The shortest number below a node. */
static unsigned shortest(const struct plan *p, size_t at)
{
	unsigned n = p->node[at].lens ? (unsigned)__builtin_ctz(p->node[at].lens) : PLAN_DIGITS_MAX;

	for (size_t d = 0; d < 10; d++) {
		const unsigned below = p->node[at].child[d] ? shortest(p, p->node[at].child[d]) : PLAN_DIGITS_MAX;
		n = below < n ? below : n;
	}
	return n;
}

static uint8_t least_dialled(const struct plan *p)
{
	const unsigned n = shortest(p, PLAN_MSISDN), national = n + p->codes.trunk.n, cc = p->codes.country.n;

	return (uint8_t)(national < cc ? 0 : national - cc < n ? national - cc : n);
}

/* The lengths of the numbers below a node. */
static uint32_t lens_below(const struct plan *p, size_t at)
{
	uint32_t lens = p->node[at].lens;

	for (size_t d = 0; d < 10; d++)
		lens |= p->node[at].child[d] ? lens_below(p, p->node[at].child[d]) : 0;
	return lens;
}

/* The lengths of the numbers of a table that begin with these digits. */
static uint32_t lens_of(const struct plan *p, enum plan_table t, const uint8_t *d, size_t n)
{
	size_t at = (size_t)t;
	uint32_t lens = 0;

	for (size_t i = 0; i < n; i++) {
		at = p->node[at].child[d[i]];
		if (at == 0)
			return lens;
		lens |= p->node[at].lens;
	}
	return lens | lens_below(p, at);
}

/* What begins with these digits may begin with the code. */
static bool may_begin(const uint8_t d[JUMP_DIGITS], const struct plan_code *c)
{
	for (size_t i = 0; i < c->n && i < JUMP_DIGITS; i++)
		if (d[i] != c->d[i])
			return false;
	return c->n > 0;
}

/* The same as lens_of, of numbers that have `trunk` digits in place of the country code. */
static uint32_t lens_within(const struct plan *p, const uint8_t d[JUMP_DIGITS], size_t trunk)
{
	const struct plan_code *country = &p->codes.country;
	uint8_t built[CODE_MAX + JUMP_DIGITS];
	size_t n = 0;

	for (size_t i = 0; i < country->n; i++)
		built[n++] = country->d[i];
	for (size_t i = trunk; i < JUMP_DIGITS; i++)
		built[n++] = d[i];
	return lens_of(p, PLAN_MSISDN, built, n) >> country->n << trunk;
}

static void make_rows(struct plan *p)
{
	struct plan_codes *c = &p->codes;

	for (unsigned k = 0; k < JUMPS; k++) {
		const uint8_t d[JUMP_DIGITS] = { (uint8_t)(k / 100), (uint8_t)(k / 10 % 10), (uint8_t)(k % 10) };
		const struct plan_row r = {
			.country = lens_of(p, PLAN_MSISDN, d, JUMP_DIGITS),
			.national = may_begin(d, &c->trunk) ? lens_within(p, d, c->trunk.n) : 0,
			.bare = lens_within(p, d, 0),
			.imsi = lens_of(p, PLAN_IMSI, d, JUMP_DIGITS),
			.international = may_begin(d, &c->international) ?
				(2u << PLAN_DIGITS_MAX) - (1u << PLAN_DIALLED_MIN) : 0,
		};

		c->row[k] = r;
		c->abroad[k] = (r.country | r.imsi) != 0;
		c->abroad_after[k % 100] |= c->abroad[k];
		c->begins[k] = c->abroad[k] || r.national;
	}
}

int plan_parse(struct rd text, struct plan **out, struct plan_error *err)
{
	AUTO(plan_free) struct plan *p = mem_new(1, sizeof(*p));
	unsigned n = 0;

	p->cap = 64;
	p->node = mem_new(p->cap, sizeof(*p->node));
	p->n_nodes = PLAN_TABLES;
	*err = (struct plan_error){ 0, NULL };
	if (text.len > PLAN_TEXT_MAX)
		err->why = "file too large";
	while (text.len > 0 && !err->why) {
		err->line = ++n;
		err->why = read_line(p, next_line(&text));
	}
	if (!err->why && !p->country[0])
		err->why = "no country";
	if (err->why)
		return -EINVAL;
	make_jumps(p);
	p->codes.country = code_of(p->country);
	p->codes.trunk = code_of(p->trunk);
	p->codes.international = code_of(p->international);
	p->codes.least = least_dialled(p);
	make_rows(p);
	*out = p;
	p = NULL;
	return 0;
}

void plan_free(struct plan **p)
{
	if (!*p)
		return;
	mem_free(&(*p)->node);
	mem_free(&(*p)->hop);
	mem_free(p);
}

bool plan_has(const struct plan *p, enum plan_table t, const uint8_t *d, size_t n)
{
	size_t at = (size_t)t, i = 0;

	if (n == 0 || n > PLAN_DIGITS_MAX)
		return false;
	if (n >= JUMP_DIGITS) {
		const struct jump *j = &p->jump[t][plan_three(d)];
		if (j->lens >> n & 1)
			return true;
		at = j->node;
		i = JUMP_DIGITS;
		if (n >= JUMP_DIGITS + HOP_DIGITS) {
			j = &p->hop[j->hops][d[3] * 10 + d[4]];
			if (j->lens >> n & 1)
				return true;
			at = j->node;
			i = JUMP_DIGITS + HOP_DIGITS;
		}
		if (at == 0)
			return false;
	}
	for (; i < n; i++) {
		at = p->node[at].child[d[i]];
		if (at == 0)
			return false;
		if (p->node[at].lens >> n & 1)
			return true;
	}
	return false;
}

static double space_below(const struct plan *p, size_t at, size_t depth, size_t n)
{
	double sum = 0;

	if (p->node[at].lens >> n & 1) {
		sum = 1;
		for (size_t i = depth; i < n; i++)
			sum *= 10;
		return sum;
	}
	for (size_t d = 0; d < 10; d++)
		if (p->node[at].child[d] != 0)
			sum += space_below(p, p->node[at].child[d], depth + 1, n);
	return sum;
}

double plan_space(const struct plan *p, enum plan_table t, size_t n)
{
	return n > 0 && n <= PLAN_DIGITS_MAX ? space_below(p, (size_t)t, 0, n) : 0;
}

const struct plan_codes *plan_codes(const struct plan *p)
{
	return &p->codes;
}

const char *plan_country(const struct plan *p)
{
	return p->country;
}

const char *plan_trunk(const struct plan *p)
{
	return p->trunk;
}

const char *plan_international(const struct plan *p)
{
	return p->international;
}
