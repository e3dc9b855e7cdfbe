/*
 * Is:        the stream around the judgements: windows, what is carried over, and
 *            which places are judged when.
 * Is not:    a judgement.
 * Called by: the inspector's layers.
 * Owns:      the carry of each scanner.
 * Trust:     hostile bytes.
 *
 * A place is judged once all bytes that its being a place depends on are there
 * (`frontier`) and its judgement is not OPEN. `next` is the first place not judged;
 * SCAN_LEFT_MAX bytes before it stay in the carry for judgements to look back.
 */
#include "inspect/scan.h"

#include "base/assert.h"
#include "inspect/anchor.h"
#include "inspect/judge.h"
#include "inspect/run.h"

enum {
	/* Of a feed that follows a carry, so much is joined to it; the rest is read in place. */
	JOIN_MAX = 2 * SCAN_CARRY_MAX,
	NUMBER_MIN = 7, NUMBER_MAX = 24,
	FEW_BYTES = 64,
	GROUPED_LEAST = 10, /* digits that anchor_algebra.h asks for in the country's own groupings */
};

/* Most places are no MRZ, and one byte shows it: the state's code follows the number
 * and its check digit, or the two letters that begin a TD1 card. */
static bool may_be_mrz(const struct win *w, size_t i)
{
	return is_upper(win_at(w, i + 10)) || is_upper(win_at(w, i + 2)) || !win_knows(w, i + 10);
}

/* The judgements that a place may need, by its byte, in order: what an IBAN or an MRZ
 * takes is not judged as a number again. `*done` of them are over already. */
static enum judged judge_place(struct win *w, size_t i, unsigned *done)
{
	const uint8_t c = win_at(w, i);

	if (is_digit(c)) {
		if (*done == 0 && may_be_mrz(w, i) && judge_mrz(w, i) == OPEN)
			return OPEN;
		return judge_digits(w, i, done);
	}
	if (c == '@')
		return judge_email(w, i);
	if (c == '.')
		return judge_ipv4(w, i);
	if (c == ':')
		return judge_ipv6(w, i);
	if (*done == 0 && is_alpha(c) && judge_iban(w, i) == OPEN)
		return OPEN;
	if (may_be_mrz(w, i) && judge_mrz(w, i) == OPEN) {
		*done = 1;
		return OPEN;
	}
	return JUDGED;
}

/* Families of bytes: a place and what it depends on are a run of one family. */
enum family {
	IN_WORD = 1,     /* the first characters of an IBAN */
	IN_NUMBER = 2,   /* digits and separators, IPv4 */
	IN_HEX = 4,      /* TBCD, IPv6 */
	IN_MRZ = 8,
	IN_MRZ_LINES = 16,
	IN_IBAN = 32,    /* all of an IBAN */
};

enum {
	OF_DIGITS = IN_WORD | IN_NUMBER | IN_HEX | IN_MRZ | IN_MRZ_LINES | IN_IBAN,
	OF_LOWER = IN_WORD | IN_IBAN,
	OF_UPPER = OF_LOWER | IN_MRZ | IN_MRZ_LINES,
};

static const uint8_t families[UINT8_MAX + 1] = {
	['0' ... '9'] = OF_DIGITS,
	['a' ... 'f'] = OF_LOWER | IN_HEX, ['g' ... 'z'] = OF_LOWER,
	['A' ... 'F'] = OF_UPPER | IN_HEX, ['G' ... 'Z'] = OF_UPPER,
	[' '] = IN_NUMBER | IN_HEX | IN_IBAN, ['-'] = IN_NUMBER | IN_IBAN, ['.'] = IN_NUMBER | IN_IBAN,
	['/'] = IN_NUMBER, ['+'] = IN_NUMBER, ['('] = IN_NUMBER, [')'] = IN_NUMBER,
	[':'] = IN_HEX, ['<'] = IN_MRZ | IN_MRZ_LINES, ['\r'] = IN_MRZ_LINES, ['\n'] = IN_MRZ_LINES,
};

/* How many bytes of a family settle whether there is a place. */
static unsigned still_open(size_t len)
{
	return (len < 4 ? IN_WORD : 0u) | (len < 24 ? IN_NUMBER : 0u) | (len < 28 ? IN_HEX : 0u) |
	       (len < 30 ? IN_MRZ : 0u) | (len < 64 ? IN_MRZ_LINES : 0u) | (len < 44 ? IN_IBAN : 0u);
}

static bool starts_iban(const uint8_t *p, size_t n, size_t k)
{
	return n - k >= 4 && is_alpha(p[k]) && is_alpha(p[k + 1]) && is_digit(p[k + 2]) && is_digit(p[k + 3]);
}

/* Index of the first byte that more bytes could still turn into a place. */
static size_t frontier(const uint8_t *p, size_t n, size_t from)
{
	unsigned live = ~0u;
	size_t first = n;
	bool lt = false;

	for (size_t k = n; k > from; k--) {
		const uint8_t c = p[k - 1];
		live &= families[c] & still_open(n - k + 1);
		if (!live)
			break;
		lt = lt || c == '<';
		/* none of the separators is a place itself */
		if ((live & (IN_WORD | IN_NUMBER | IN_HEX | IN_MRZ)) ? is_word(c) || c == '.' || c == ':' || c == '<' :
		    ((live & IN_MRZ_LINES) && lt) || ((live & IN_IBAN) && starts_iban(p, n, k - 1)))
			first = k - 1;
	}
	return first;
}

/* Very long runs of digits that go on before `until`. Returns the index of one left open, or SIZE_MAX. */
static size_t go_on(const struct scan *s, struct win *w, size_t until)
{
	while (s->cont < w->base + until) {
		const size_t i = (size_t)(s->cont - w->base);

		if (judge_more_digits(w, i) == OPEN)
			return i;
	}
	return SIZE_MAX;
}

/* Judges the places in [from, to); returns the index of the first one left open, or SIZE_MAX. */
static size_t judge_places(struct scan *s, struct win *w, const struct places *at, size_t from, size_t to)
{
	size_t open = SIZE_MAX;

	for (size_t k = 0; k < at->n; k++) {
		const size_t i = from + at->at[k];

		if (i >= to)
			break;
		if (w->base + i >= s->cont && (open = go_on(s, w, i + 1)) != SIZE_MAX)
			return open;
		if (w->base + i < s->next)
			continue;
		/* a place that was open need not be one when blocks lie otherwise */
		if (w->base + i > s->next)
			s->done = 0;
		if (judge_place(w, i, &s->done) == OPEN)
			return i;
		s->done = 0;
	}
	return go_on(s, w, to);
}

static struct win window(struct scan *s, const uint8_t *p, size_t n, uint64_t base, bool end)
{
	return (struct win){
		.p = p, .n = n, .base = base, .end = end, .opts = s->opts, .plan = s->plan,
		.codes = plan_codes(s->plan),
		.fn = s->fn, .ctx = s->ctx,
		.digits_end = &s->digits_end, .ip6_end = &s->ip6_end, .hex_end = &s->hex_end, .cont = &s->cont,
	};
}

/* A few bytes, as are typed, in which nothing can be: what begins there has a digit, and an address
 * that began before has its @ or colon there. */
static bool holds_no_place(const uint8_t *p, size_t n, size_t from)
{
	const struct rd all = { p, n };
	struct rd rest;

	return n - from <= FEW_BYTES && rd_slice(&all, from, n - from, &rest) && run_is_wordy(&rest);
}

/* Judges what can be judged of p[0 .. n - 1], which starts at offset `base`. */
static void run(struct scan *s, const uint8_t *p, size_t n, uint64_t base, bool end)
{
	struct win w = window(s, p, n, base, end);
	size_t at = (size_t)(s->next - base);
	const size_t to = end ? n : frontier(p, n, at);
	struct places places JUDGE_UNINIT;

	if (holds_no_place(p, n, at))
		at = to;
	/* One block earlier, for the bits that look back over a block's edge. */
	at = at >= to ? to : at > ANCHOR_BLOCK ? at - 8 : 0;
	for (; at < to; at += places.len) {
		s->anchors(p, n, at, &s->want, &places);
		const size_t open = judge_places(s, &w, &places, at, to - at < places.len ? to : at + places.len);
		if (open != SIZE_MAX) {
			s->next = base + open;
			return;
		}
	}
	if (base + to > s->next) {
		s->next = base + to;
		s->done = 0;
	}
}

/* Keeps what judgements may still look at of `all`, which ends at the stream's end so far. */
static void keep(struct scan *s, struct rd all, uint64_t base)
{
	const size_t next = (size_t)(s->next - base);
	const size_t from = next > SCAN_LEFT_MAX ? next - SCAN_LEFT_MAX : 0;

	ASSERT(rd_skip(&all, from) && all.len <= SCAN_CARRY_MAX);
	s->n_carry = (uint32_t)all.len;
	s->base = base + from;
	ASSERT(rd_copy(&all, s->carry, all.len));
}

/* Numbers of most plans need no place for hexadecimal: anchor_algebra.h marks each of them that has
 * separators, but for a long group after 00. */
static bool is_usual(const struct plan_codes *c)
{
	const struct plan_code *abroad = &c->international;

	return c->country.n == 2 && c->trunk.d[0] == 0 && abroad->n != 1 && abroad->d[0] == 0 && abroad->d[1] == 0 &&
	       c->least >= GROUPED_LEAST;
}

static struct anchor_want wanted(const struct plan *plan, unsigned opts)
{
	const struct plan_codes *c = plan_codes(plan);
	const bool weak = opts & SCAN_OPT_WEAK;

	return (struct anchor_want){
		.lead = c->country.d[0] + '0', .weak = weak, .hex = weak || !is_usual(c),
	};
}

/* All but the carry, which is empty. */
static void init(struct scan *s, const struct plan *plan, unsigned opts, scan_fn *fn, void *ctx)
{
	s->plan = plan;
	s->fn = fn;
	s->ctx = ctx;
	s->opts = opts;
	s->anchors = anchor_best();
	s->want = wanted(plan, opts);
	s->cont = UINT64_MAX;
	s->n_carry = 0;
	s->base = s->next = s->digits_end = s->ip6_end = s->hex_end = 0;
	s->done = 0;
}

void scan_init(struct scan *s, const struct plan *plan, unsigned opts, scan_fn *fn, void *ctx)
{
	*s = (struct scan){ 0 };
	init(s, plan, opts, fn, ctx);
}

void scan_feed(struct scan *s, struct rd data)
{
	uint8_t joined[SCAN_CARRY_MAX + JOIN_MAX] JUDGE_UNINIT;
	const size_t k = data.len < JOIN_MAX ? data.len : JOIN_MAX;
	const uint64_t base = s->base;
	const size_t n_carry = s->n_carry;
	struct rd carry = rd_of(s->carry, n_carry), head = data;

	if (data.len == 0)
		return;
	ASSERT(rd_copy(&carry, joined, n_carry) && rd_copy(&head, joined + n_carry, k));
	run(s, joined, n_carry + k, base, false);
	if (k == data.len) {
		keep(s, rd_of(joined, n_carry + k), base);
		return;
	}
	/* Nothing stays open for more than SCAN_RIGHT_MAX bytes, so `next` lies far
	 * enough inside the data for its left side to be there. */
	run(s, data.p, data.len, base + n_carry, false);
	keep(s, data, base + n_carry);
}

void scan_end(struct scan *s)
{
	run(s, s->carry, s->n_carry, s->base, true);
}

/* A text of one number, as most decoded ones are: whose first byte is a place with as many
 * digits, and the only one while no document has so few characters. */
static bool is_one_number(const struct rd *text)
{
	return text->len >= NUMBER_MIN && text->len <= NUMBER_MAX && run_digits(text) == text->len;
}

void scan_all(const struct plan *plan, unsigned opts, struct rd text, scan_fn *fn, void *ctx)
{
	struct scan s UNCLEARED;

	init(&s, plan, opts, fn, ctx);
	if (is_one_number(&text)) {
		struct win w = window(&s, text.p, text.len, 0, true);

		(void)judge_place(&w, 0, &s.done);
		return;
	}
	run(&s, text.p, text.len, 0, true);
}

void scan_peek(const struct scan *s, scan_fn *fn, void *ctx)
{
	struct scan copy = *s;

	copy.fn = fn;
	copy.ctx = ctx;
	scan_end(&copy);
}

/* How far beyond `next`: what lies before it says nothing more. */
static uint64_t beyond(const struct scan *s, uint64_t offset)
{
	return offset > s->next ? offset - s->next : 0;
}

bool scan_is_level(const struct scan *a, const struct scan *b)
{
	const struct rd x = rd_of(a->carry, a->n_carry), y = rd_of(b->carry, b->n_carry);

	if (a->next - a->base != b->next - b->base || a->done != b->done || a->cont != UINT64_MAX || b->cont != UINT64_MAX)
		return false;
	return beyond(a, a->digits_end) == beyond(b, b->digits_end) && beyond(a, a->ip6_end) == beyond(b, b->ip6_end) &&
	    beyond(a, a->hex_end) == beyond(b, b->hex_end) && rd_equal(&x, &y);
}

void scan_move(struct scan *s, uint64_t ahead)
{
	/* Those that lie before `next` may stand for nothing, and must not wrap. */
	s->digits_end = beyond(s, s->digits_end) + s->next + ahead;
	s->ip6_end = beyond(s, s->ip6_end) + s->next + ahead;
	s->hex_end = beyond(s, s->hex_end) + s->next + ahead;
	s->cont = s->cont == UINT64_MAX ? s->cont : s->cont + ahead;
	s->base += ahead;
	s->next += ahead;
}

struct rd scan_unjudged(const struct scan *s)
{
	const size_t from = s->cont == UINT64_MAX ? (size_t)(s->next - s->base) : 0;
	const struct rd all = rd_of(s->carry, s->n_carry);
	struct rd rest;

	return rd_slice(&all, from, all.len - from, &rest) ? rest : all;
}

/* Addresses are judged at their @, dot or colon, with what stands before. */
static bool is_before_place(uint8_t c)
{
	return is_word(c) || c == '.' || c == '-' || c == '+' || c == '%' || c == ':';
}

uint64_t scan_settled(const struct scan *s)
{
	size_t k = (size_t)(s->next - s->base);
	const size_t from = k > 64 ? k - 64 : 0;

	while (k > from && is_before_place(s->carry[k - 1]))
		k--;
	return s->base + k;
}

const char *scan_kind_name(enum scan_kind k)
{
	static const char *const names[SCAN_KINDS] = {
		"msisdn", "imsi", "imei", "iccid", "suci", "nai", "bsn", "iban", "card", "mrz", "email",
		"ipv4", "ipv6", "number",
	};

	return (unsigned)k < SCAN_KINDS ? names[k] : "none";
}

const char *scan_form_name(enum scan_form f)
{
	static const char *const names[SCAN_FORMS] = {
		"plain", "grouped", "named", "tbcd", "glued", "bare", "reversed", "window",
	};

	return (unsigned)f < SCAN_FORMS ? names[f] : "none";
}

bool scan_form_is_weak(enum scan_form f)
{
	return f >= SCAN_TBCD;
}
