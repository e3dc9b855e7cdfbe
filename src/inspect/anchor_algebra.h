/*
 * Is:        the definition of a place: bit algebra over class masks, written once
 *            for one mask (V = uint64_t) or several side by side (V = a vector of
 *            them). Included by each anchor_*.c after it has defined V, V_LANES
 *            and masks_of_block().
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
	uint64_t digit, sep, zero, lead, dot, plus, upper, alpha, hex, lt, space, colon, at;
};

/* One array for each class, a word for each block: [0] is the block before the
 * first, and there is room behind for a vector's worth of empty blocks. */
enum { ROWS = ANCHOR_BLOCKS + 2 + V_LANES };
struct table {
	uint64_t digit[ROWS], sep[ROWS], zero[ROWS], lead[ROWS], dot[ROWS], plus[ROWS],
		upper[ROWS], alpha[ROWS], hex[ROWS], lt[ROWS], space[ROWS], colon[ROWS], at[ROWS];
};

static inline void masks_of_block(const uint8_t *p, uint8_t lead, struct row *r);

#define AT(x, k) ((x##_c >> (k)) | (x##_n << (64 - (k))))
#define BACK(x, k) ((x##_c << (k)) | (x##_p >> (64 - (k))))
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

/* Starts of digit groups that can begin a number: 7 digits on end, or one of the
 * groupings that judge.c knows. */
static inline V number_places(const struct table *t, size_t i)
{
	LOAD(d, digit);
	LOAD(s, sep);
	LOAD(plus, plus);
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

	V e = d2_c & AT(d3, 4);                                  /* 7 on end */
	e |= zero & run8 & AT(run, 8);                           /* 0xx ... */
	e |= (BACK(plus, 1) | (BACK(plus, 2) & BACK(s, 1))) & run8; /* +xx, +(xx) */
	e |= lead & d1_c & (AT(s, 2) | AT(s, 3)) & run8 & AT(run2, 7); /* 31 6 ... */
	e |= d2_c & AT(s, 4) & AT(d2, 5) & AT(s, 9) & AT(d2, 10); /* 4-4-4 */
	e |= d2_c & AT(s, 4) & AT(d2, 5) & AT(d1, 9) & AT(s, 11) & AT(d2, 12); /* 4-6-5 */
	e |= d1_c & AT(s, 2) & AT(d2, 3) & AT(d1, 7);            /* 2-6 */
	e |= d3_c & AT(s, 3) & AT(d1, 4) & AT(s, 6) & AT(d2, 7) & AT(d2, 11); /* 3-2-8 */
	e |= d3_c & AT(s, 3) & AT(d3, 4) & AT(s, 7) & AT(d3, 8); /* 3-3-3 */
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

/* Starts of 12 characters of hexadecimal, single spaces or colons between. */
static inline V hex_places(const struct table *t, size_t i)
{
	LOAD(d, digit);
	LOAD(hx, hex);
	LOAD(al, alpha);
	LOAD(sp, space);
	LOAD(col, colon);
	const V h_p = d_p | hx_p, h_c = d_c | hx_c, h_n = d_n | hx_n;
	const V gap_p = sp_p | col_p, gap_c = sp_c | col_c, gap_n = sp_n | col_n;
	const V x_p = h_p | (gap_p & h_p << 1 & (h_p >> 1 | h_c << 63));
	const V x_c = h_c | (gap_c & BACK(h, 1) & AT(h, 1));
	const V x_n = h_n | (gap_n & (h_n << 1 | h_c >> 63) & h_n >> 1);
	RUNS(x);
	const V x8 = x2_c & AT(x2, 4);

	return h_c & ~BACK(x, 1) & ~BACK(al, 1) & x8 & AT(x2, 8);
}

/* Colons that can stand in an IPv6 address: two on end, or the first of three
 * that are at most five apart. */
static inline uint64_t colon_places(uint64_t col_c, uint64_t col_n)
{
	const uint64_t near_c = AT(col, 2) | AT(col, 3) | AT(col, 4) | AT(col, 5);
	const uint64_t near_n = col_n >> 2 | col_n >> 3 | col_n >> 4 | col_n >> 5;
	const uint64_t r_c = col_c & near_c, r_n = col_n & near_n;

	return col_c & (AT(col, 1) | AT(r, 2) | AT(r, 3) | AT(r, 4) | AT(r, 5));
}

/* Fills the row of block b (-1 .. n_blocks); outside the input it is empty. */
static inline void fill(struct table *t, size_t row, const uint8_t *p, size_t n, size_t at, uint8_t lead)
{
	uint8_t pad[ANCHOR_BLOCK] = { 0 };
	struct row r = { 0 };

	if (at < n && n - at >= ANCHOR_BLOCK) {
		masks_of_block(p + at, lead, &r);
	} else if (at < n) {
		memcpy(pad, p + at, n - at);
		masks_of_block(pad, lead, &r);
	}
	t->digit[row] = r.digit;
	t->sep[row] = r.sep;
	t->zero[row] = r.zero;
	t->lead[row] = r.lead;
	t->dot[row] = r.dot;
	t->plus[row] = r.plus;
	t->upper[row] = r.upper;
	t->alpha[row] = r.alpha;
	t->hex[row] = r.hex;
	t->lt[row] = r.lt;
	t->space[row] = r.space;
	t->colon[row] = r.colon;
	t->at[row] = r.at;
}

static inline void empty(struct table *t, size_t row, size_t n)
{
	for (size_t i = row; i < row + n; i++)
		t->digit[i] = t->sep[i] = t->zero[i] = t->lead[i] = t->dot[i] = t->plus[i] = t->upper[i] =
			t->alpha[i] = t->hex[i] = t->lt[i] = t->space[i] = t->colon[i] = t->at[i] = 0;
}

static inline size_t anchor_run(const uint8_t *p, size_t n, size_t from, uint8_t lead, uint64_t *ev)
{
	struct table t;
	size_t nb = from >= n ? 0 : (n - from + ANCHOR_BLOCK - 1) / ANCHOR_BLOCK;

	if (nb > ANCHOR_BLOCKS)
		nb = ANCHOR_BLOCKS;
	if (from >= ANCHOR_BLOCK)
		fill(&t, 0, p, n, from - ANCHOR_BLOCK, lead);
	else
		empty(&t, 0, 1);
	for (size_t b = 0; b <= nb; b++)
		fill(&t, b + 1, p, n, from + b * ANCHOR_BLOCK, lead);
	empty(&t, nb + 2, V_LANES);
	for (size_t b = 0; b < nb; b += V_LANES) {
		const V e = number_places(&t, b + 1) | dot_places(&t, b + 1) | word_places(&t, b + 1) |
			    hex_places(&t, b + 1);
		uint64_t lane[V_LANES];

		memcpy(lane, &e, sizeof(lane));
		for (size_t k = 0; k < V_LANES && b + k < nb; k++)
			ev[b + k] = lane[k] | t.at[b + k + 1] |
				    colon_places(t.colon[b + k + 1], t.colon[b + k + 2]);
	}
	return nb;
}
