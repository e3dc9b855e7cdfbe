/*
 * Is:        the definition of a place: bit algebra over class masks, written once
 *            for one mask (V = uint64_t) or several side by side (V = a vector of
 *            them). Included by each anchor_*.c after V, V_LANES and JOINED(low,
 *            high, k), the 64 bits from bit k of two masks; it defines light_masks(),
 *            full_masks() and list() afterwards.
 * Is not:    includable elsewhere.
 * Called by: anchor_scalar.c, anchor_avx2.c, anchor_avx512.c.
 * Owns:      nothing.
 * Trust:     masks of hostile bytes. Rule Zero: see anchor.h.
 *
 * Bit k of a mask is byte k of a block. AT(x, k) is mask x as seen k bytes later,
 * BACK(x, k) k bytes earlier, with the neighbouring blocks shifted in.
 */
#include <string.h>

#include "inspect/anchor.h"

/* The classes of a byte. */
struct row {
	uint64_t digit, sep, zero, lead, dot, plus, upper, alpha, under, hex, lt, space, colon, at;
};

/* One array for each class, a word for each block: [0] is the block before the
 * first, and there is room behind for a vector's worth of empty blocks. */
enum { ROWS = ANCHOR_BLOCKS + 2 + V_LANES };
struct table {
	uint8_t n_digits[ROWS];
	uint64_t digit[ROWS], sep[ROWS], zero[ROWS], lead[ROWS], dot[ROWS], plus[ROWS],
		upper[ROWS], alpha[ROWS], under[ROWS], hex[ROWS], lt[ROWS], space[ROWS], colon[ROWS], at[ROWS];
};

/* digit, dot, colon, at; and the others. */
static inline void light_masks(const uint8_t *p, struct row *r);
static inline void full_masks(const uint8_t *p, uint8_t lead, struct row *r);

/* Appends the bits of a block that is `at` bytes after the begin of the stretch. */
static inline void list(uint64_t e, size_t at, struct places *out);

/* Large arrays on a path that runs for each 4 KiB are written before they are read;
 * clearing them first would cost as much as the scan. */
#define UNINITIALIZED __attribute__((uninitialized))

#define AT(x, k) JOINED(x##_c, x##_n, k)
#define BACK(x, k) JOINED(x##_p, x##_c, 64 - (k))
#define LOAD(name, field)                                                      \
	const V name##_p = load(&t->field[i - 1]);                             \
	const V name##_c = load(&t->field[i]);                                 \
	const V name##_n = load(&t->field[i + 1]);                             \
	(void)name##_p;                                                        \
	(void)name##_n

static inline V load(const uint64_t *p)
{
	V v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Runs: x1 has 2 in a row from here, x2 4, x3 3. */
#define RUNS(x)                                                                \
	const V x##1_c = x##_c & AT(x, 1), x##1_n = x##_n & (x##_n >> 1);      \
	const V x##2_c = x##1_c & AT(x##1, 2), x##2_n = x##1_n & (x##1_n >> 2)

/* Seven digits on end, or more, and no others before. */
static inline V run_places(const struct table *t, size_t i)
{
	LOAD(d, digit);
	RUNS(d);

	return d_c & ~BACK(d, 1) & d2_c & AT(d2, 3);
}

/* Starts of digit groups that can begin a number in one of the groupings that judge_group.c
 * knows. */
static inline V group_places(const struct table *t, size_t i)
{
	LOAD(d, digit);
	LOAD(s, sep);
	LOAD(plus, plus);
	LOAD(dot, dot);
	const V zero = load(&t->zero[i]), lead = load(&t->lead[i]);
	/* run: digits and the single or double separators between them */
	const V run_c = d_c | (s_c & (BACK(d, 1) | (BACK(s, 1) & BACK(d, 2))) &
			       (AT(d, 1) | (AT(s, 1) & AT(d, 2))));
	const V run_n = d_n | (s_n & ((d_n << 1 | d_c >> 63) |
				      ((s_n << 1 | s_c >> 63) & (d_n << 2 | d_c >> 62))) &
			       (d_n >> 1 | (s_n >> 1 & d_n >> 2)));
	RUNS(run);
	RUNS(d);
	const V d3_c = d1_c & AT(d, 2), d3_n = d1_n & (d_n >> 2);
	const V run8 = run2_c & AT(run2, 4);
	const V d8_at6 = AT(d2, 6) & AT(d2, 10);

	/* the trunk prefix and a first group of two to five digits; 0-204-08-... of a SUCI */
	V e = zero & run8 & AT(run, 8) & (AT(s, 1) | AT(s, 2) | AT(s, 3) | AT(s, 4) | AT(s, 5)); /* 0xx ... */
	e |= (BACK(plus, 1) | (BACK(plus, 2) & BACK(s, 1))) & run8; /* +xx, +(xx) */
	e |= lead & d1_c & (AT(s, 2) | AT(s, 3)) & run8 & AT(run2, 7); /* 31 6 ... */
	e |= d2_c & AT(s, 4) & AT(d2, 5) & AT(s, 9) & AT(d2, 10); /* 4-4-4 */
	e |= d2_c & AT(s, 4) & AT(d2, 5) & AT(d1, 9) & AT(s, 11) & AT(d2, 12); /* 4-6-5 */
	e |= d1_c & AT(s, 2) & AT(d2, 3) & AT(d1, 7);            /* 2-6 */
	e |= d3_c & AT(s, 3) & AT(d1, 4) & AT(s, 6) & AT(d2, 7) & AT(d2, 11); /* 3-2-8 */
	/* 3-3-3, but not the first three parts of an IP address */
	e |= d3_c & AT(s, 3) & AT(d3, 4) & AT(s, 7) & AT(d3, 8) & ~(AT(dot, 11) & AT(d, 12));
	e |= d2_c & AT(d, 4) & AT(s, 5) & d8_at6;                /* 5-8 */
	e |= d2_c & AT(s, 4) & AT(d1, 5) & AT(s, 7) & AT(d3, 8); /* 4-2-3 */
	return e & d_c & ~BACK(d, 1);
}

/* The first of three dots that stand between digits, at most three apart. */
static inline V dot_places(const struct table *t, size_t i)
{
	LOAD(d, digit);
	LOAD(dot, dot);
	const V q_c = dot_c & BACK(d, 1) & AT(d, 1);
	const V q_n = dot_n & (d_n << 1 | d_c >> 63) & (d_n >> 1);
	const V r_c = q_c & (AT(q, 2) | AT(q, 3) | AT(q, 4));
	const V r_n = q_n & (q_n >> 2 | q_n >> 3 | q_n >> 4);

	return q_c & (AT(r, 2) | AT(r, 3) | AT(r, 4));
}

/* Two letters and two digits at the start of a word (IBAN); 30 of A-Z 0-9 < (MRZ). */
static inline V word_places(const struct table *t, size_t i)
{
	LOAD(d, digit);
	LOAD(al, alpha);
	LOAD(up, upper);
	LOAD(lt, lt);
	const V word_p = al_p | d_p, word_c = al_c | d_c;
	const V m_p = up_p | d_p | lt_p, m_c = up_c | d_c | lt_c, m_n = up_n | d_n | lt_n;
	RUNS(m);
	const V m4_c = m2_c & AT(m2, 4), m4_n = m2_n & (m2_n >> 4);
	const V m8_c = m4_c & AT(m4, 8), m8_n = m4_n & (m4_n >> 8);
	const V iban = ~BACK(word, 1) & al_c & AT(al, 1) & AT(d, 2) & AT(d, 3);

	return iban | (m8_c & AT(m8, 14) & ~BACK(m, 1));
}

/* Digit groups from which 12 characters of hexadecimal follow, single spaces or
 * colons between. */
static inline V hex_places(const struct table *t, size_t i)
{
	LOAD(d, digit);
	LOAD(hx, hex);
	LOAD(sp, space);
	LOAD(col, colon);
	const V h_p = d_p | hx_p, h_c = d_c | hx_c, h_n = d_n | hx_n;
	const V gap_c = sp_c | col_c, gap_n = sp_n | col_n;
	const V x_c = h_c | (gap_c & BACK(h, 1) & AT(h, 1));
	const V x_n = h_n | (gap_n & (h_n << 1 | h_c >> 63) & h_n >> 1);
	RUNS(x);

	return d_c & ~BACK(d, 1) & x2_c & AT(x2, 4) & AT(x2, 8);
}

/* Colons that can stand in an IPv6 address: two on end, or the first of three
 * that are at most five apart. */
static inline V colon_places(const struct table *t, size_t i)
{
	LOAD(col, colon);
	const V near_c = AT(col, 2) | AT(col, 3) | AT(col, 4) | AT(col, 5);
	const V near_n = col_n >> 2 | col_n >> 3 | col_n >> 4 | col_n >> 5;
	const V r_c = col_c & near_c, r_n = col_n & near_n;

	return col_c & (AT(col, 1) | AT(r, 2) | AT(r, 3) | AT(r, 4) | AT(r, 5));
}

/* What a light look at a block gives: enough to see that nothing but an address
 * can stand there. */
static inline void light(struct table *t, size_t row, const uint8_t *p)
{
	struct row r;

	light_masks(p, &r);
	t->digit[row] = r.digit;
	t->dot[row] = r.dot;
	t->colon[row] = r.colon;
	t->at[row] = r.at;
	t->n_digits[row] = (uint8_t)__builtin_popcountll(r.digit);
}

/* Blocks outside of the window: nothing is in any class. Most of the blocks of a short
 * text are such. */
static inline void light_none(struct table *t, size_t row)
{
	t->digit[row] = t->dot[row] = t->colon[row] = t->at[row] = 0;
	t->n_digits[row] = 0;
}

static inline void full_none(struct table *t, size_t row)
{
	t->sep[row] = t->zero[row] = t->lead[row] = t->plus[row] = t->upper[row] = 0;
	t->alpha[row] = t->under[row] = t->hex[row] = t->lt[row] = t->space[row] = 0;
}

static inline void full(struct table *t, size_t row, const uint8_t *p, uint8_t lead)
{
	struct row r;

	full_masks(p, lead, &r);
	t->sep[row] = r.sep;
	t->zero[row] = r.zero;
	t->lead[row] = r.lead;
	t->plus[row] = r.plus;
	t->upper[row] = r.upper;
	t->alpha[row] = r.alpha;
	t->under[row] = r.under;
	t->hex[row] = r.hex;
	t->lt[row] = r.lt;
	t->space[row] = r.space;
}

/* The block of `row` (0 is the one before `from`), in `pad` when it is not whole. */
static inline const uint8_t *block(const uint8_t *p, size_t n, size_t from, size_t row, uint8_t *pad)
{
	const size_t at = from + row * ANCHOR_BLOCK - ANCHOR_BLOCK;

	if (at < n && n - at >= ANCHOR_BLOCK)
		return p + at;
	memset(pad, 0, ANCHOR_BLOCK);
	if (at < n)
		memcpy(pad, p + at, n - at);
	return pad;
}

static inline bool is_outside(size_t n, size_t from, size_t row)
{
	return from + row * ANCHOR_BLOCK - ANCHOR_BLOCK >= n;
}

/* True when a number, a hexadecimal number or a document can start in the block: each
 * has seven digits in it and the next one (judge_*.c insist, so that this cannot make
 * a finding depend on where the blocks lie). */
static inline bool is_heavy(const struct table *t, size_t row)
{
	return t->n_digits[row] + t->n_digits[row + 1] >= 7;
}

static inline bool may_hold_address(const struct table *t, size_t row)
{
	return t->at[row] || t->colon[row] || (t->dot[row] && t->n_digits[row] + t->n_digits[row + 1] >= 3);
}

static inline V address_places(const struct table *t, size_t i)
{
	return dot_places(t, i) | colon_places(t, i) | load(&t->at[i]);
}

/* In one run with a word or with decimals: digits on end are then weak, if anything (judge_number.c:
 * surely_glued), and no group begins. */
static inline V glued(const struct table *t, size_t i)
{
	LOAD(d, digit);
	LOAD(dot, dot);
	LOAD(al, alpha);
	LOAD(un, under);
	const V in_p = al_p | un_p, in_c = al_c | un_c;

	return (BACK(in, 1) & BACK(in, 2)) | (BACK(dot, 1) & BACK(d, 2));
}

/* No group begins after the colon of a time of day, nor is it one digit, but after + or a separator
 * that is no space (judge_number.c: may_begin_alone; judge_group.c: left_is_clean). */
static inline V no_group(const struct table *t, size_t i)
{
	LOAD(d, digit);
	LOAD(s, sep);
	LOAD(sp, space);
	LOAD(plus, plus);
	LOAD(col, colon);

	return (BACK(col, 1) & BACK(d, 2)) | (AT(s, 1) & ~BACK(plus, 1) & (BACK(sp, 1) | ~BACK(s, 1)));
}

/* Letters where a document has some (scan.c: may_be_mrz): what is judged there stays open for as
 * long as one may come. */
static inline V document(const struct table *t, size_t i)
{
	LOAD(up, upper);

	return AT(up, 2) | AT(up, 10);
}

/* Two zeros, which may be the prefix of an international number. */
static inline V prefixed(const struct table *t, size_t i)
{
	LOAD(z, zero);

	return z_c & AT(z, 1);
}

/* Rows before `*full_to` have all masks: afterwards those around V_LANES blocks from row i have. */
static inline void full_rows(struct table *t, size_t i, const uint8_t *p, size_t n, size_t from, uint8_t lead, size_t *full_to)
{
	uint8_t pad[ANCHOR_BLOCK] UNINITIALIZED;

	for (size_t k = *full_to > i ? *full_to : i - 1; k <= i + V_LANES; k++) {
		if (is_outside(n, from, k))
			full_none(t, k);
		else
			full(t, k, block(p, n, from, k, pad), lead);
	}
	*full_to = i + V_LANES + 1;
}

/* Numbers and hexadecimal. Where weak forms count each is judged: even what turns out to be none stays
 * open a byte or two longer. */
static inline V digit_places(const struct table *t, size_t i, const struct anchor_want *want, V hex)
{
	const V open = document(t, i);
	V run = run_places(t, i), group = group_places(t, i);

	if (!want->weak) {
		const V beside = glued(t, i);
		run &= ~beside | open;
		group &= ~(beside | no_group(t, i));
	}
	return run | group | (want->hex ? hex : hex & (prefixed(t, i) | open));
}

/* The places of V_LANES blocks from row i, one of them heavy. From row `near` on the end is near, and
 * bytes to come may make a number of what began as hexadecimal: that stays open, too. */
static inline void heavy_rows(const struct table *t, size_t i, size_t n_rows, size_t near, const struct anchor_want *want,
			      uint64_t *ev)
{
	uint64_t lane[V_LANES] UNINITIALIZED, last[V_LANES] UNINITIALIZED, any[V_LANES] UNINITIALIZED;
	const V hex = hex_places(t, i), e = digit_places(t, i, want, hex) | word_places(t, i);
	const V a = address_places(t, i);
	memcpy(lane, &e, sizeof(lane));
	memcpy(last, &hex, sizeof(last));
	memcpy(any, &a, sizeof(any));
	for (size_t k = 0; k < n_rows; k++)
		ev[k] = any[k] | (is_heavy(t, i + k) ? lane[k] | (i + k < near ? 0 : last[k]) : 0);
}

/* The bits of a block that is `at` bytes after the begin, one after the other. */
static inline void list_each(uint64_t e, size_t at, struct places *out)
{
	for (; e; e &= e - 1)
		out->at[out->n++] = (uint16_t)(at + (size_t)__builtin_ctzll(e));
}

static inline void light_rows(struct table *t, size_t nb, const uint8_t *p, size_t n, size_t from)
{
	uint8_t pad[ANCHOR_BLOCK] UNINITIALIZED;

	/* before the window there is nothing: index underflow is outside as well */
	if (from < ANCHOR_BLOCK)
		light_none(t, 0);
	else
		light(t, 0, p + from - ANCHOR_BLOCK);
	for (size_t row = 1; row < nb + 2; row++) {
		if (is_outside(n, from, row))
			light_none(t, row);
		else
			light(t, row, block(p, n, from, row, pad));
	}
	for (size_t row = nb + 2; row < nb + 2 + V_LANES; row++)
		light_none(t, row);
}

static inline void anchor_run(const uint8_t *p, size_t n, size_t from, const struct anchor_want *want, struct places *out)
{
	struct table t UNINITIALIZED;
	uint64_t ev[V_LANES] UNINITIALIZED;
	const size_t left = from >= n ? 0 : (n - from + ANCHOR_BLOCK - 1) / ANCHOR_BLOCK;
	const size_t near = left > 0 ? left - 1 : 0; /* the last 64 bytes are in this row and the next one */
	const size_t nb = left < ANCHOR_BLOCKS ? left : ANCHOR_BLOCKS;
	size_t full_to = 0;

	light_rows(&t, nb, p, n, from);
	out->len = nb * ANCHOR_BLOCK;
	out->n = 0;
	for (size_t i = 1; i <= nb; i += V_LANES) {
		const size_t n_rows = nb - i + 1 < V_LANES ? nb - i + 1 : V_LANES;
		bool heavy = false, addresses = false;
		for (size_t k = 0; k < n_rows; k++) {
			heavy |= is_heavy(&t, i + k);
			addresses |= may_hold_address(&t, i + k);
		}
		if (heavy) {
			full_rows(&t, i, p, n, from, want->lead, &full_to);
			heavy_rows(&t, i, n_rows, near, want, ev);
		} else if (addresses) {
			const V a = address_places(&t, i);
			memcpy(ev, &a, sizeof(ev));
		} else {
			continue;
		}
		for (size_t k = 0; k < n_rows; k++)
			list(ev[k], (i - 1 + k) * ANCHOR_BLOCK, out);
	}
}
