/*
 * Is:        the weak forms: numbers of the plan at any offset of a run of digits,
 *            without their trunk 0, reversed, or nibble-swapped in hexadecimal.
 * Is not:    evidence by itself: verdict.h says what makes it one.
 * Called by: judge_number.c, scan.c.
 * Owns:      nothing.
 * Trust:     hostile bytes through win.h.
 */
#include <string.h>

#include "base/assert.h"
#include "base/def.h"
#include "inspect/judge.h"

enum {
	HEX_MAX = 80, /* nibbles judged together; with separators at most 160 bytes */
	HEX_MIN = 12,
	WHOLE_MIN = 10, /* decimal digits on end in the shortest number without a filler */
	HEX_TAIL = 20, /* more than the longest number */
	NO_NIBBLE = 16,
	IMSI_LEN = 15,
	MSISDN_MIN = 9,
	MSISDN_MAX = 13,
};
_Static_assert(MSISDN_MIN + 1 == WHOLE_MIN && IMSI_LEN > MSISDN_MIN, "octets of the shortest number");

/* Of these lengths those that the numbers in a window have, when n digits are there. */
static uint32_t msisdn_lens(uint32_t lens, size_t n)
{
	const uint32_t up_to = n < MSISDN_MAX ? (2u << n) - 1 : (2u << MSISDN_MAX) - 1;

	return lens & up_to & ~((1u << MSISDN_MIN) - 1);
}

/* Reports MSISDNs and IMSIs of the plan that begin with the n digits at d, which stand at
 * index `at`. */
static void window_at(struct win *w, size_t at, const uint8_t *d, size_t n)
{
	const struct plan_codes *codes = w->codes;
	const struct plan_row *row = &codes->row[plan_three(d)];
	struct built built JUDGE_UNINIT;

	if (n >= IMSI_LEN && row->imsi >> IMSI_LEN & 1 && plan_has(w->plan, PLAN_IMSI, d, IMSI_LEN))
		judge_report_there(w, at, at + IMSI_LEN, SCAN_IMSI, SCAN_WINDOW, true, at, IMSI_LEN);
	for (uint32_t lens = msisdn_lens(row->country, n); lens; lens &= lens - 1) {
		const size_t k = (size_t)__builtin_ctz(lens);

		if (judge_bare_country(w, d, k))
			judge_report_there(w, at, at + k, SCAN_MSISDN, SCAN_WINDOW, true, at, k);
	}
	for (uint32_t lens = msisdn_lens(row->national, n); lens; lens &= lens - 1) {
		const size_t k = (size_t)__builtin_ctz(lens);

		if (judge_national(w, d, k, &built))
			judge_report_built(w, at, at + k, SCAN_MSISDN, SCAN_WINDOW, true, &built);
	}
}

static void reversed(struct win *w, size_t at, const uint8_t *d, size_t n)
{
	struct built r JUDGE_UNINIT, national JUDGE_UNINIT;
	const uint8_t first[] = { d[n - 1], d[n - 2], d[n - 3] };
	const struct plan_row *row = row_of(w->codes, first, sizeof(first));

	if (!((row->country | row->national | row->imsi) >> n & 1))
		return;
	for (size_t k = 0; k < n; k++)
		r.d[k] = d[n - 1 - k];
	r.n = n;
	if (n == IMSI_LEN && plan_has(w->plan, PLAN_IMSI, r.d, n))
		judge_report_built(w, at, at + n, SCAN_IMSI, SCAN_REVERSED, true, &r);
	else if (judge_bare_country(w, r.d, n))
		judge_report_built(w, at, at + n, SCAN_MSISDN, SCAN_REVERSED, true, &r);
	else if (judge_national(w, r.d, n, &national))
		judge_report_built(w, at, at + n, SCAN_MSISDN, SCAN_REVERSED, true, &national);
}

static void bare(struct win *w, size_t at, const uint8_t *d, size_t n)
{
	const size_t n_cc = w->codes->country.n;
	struct built built JUDGE_UNINIT;

	if (n_cc + n > 15 || !(row_of(w->codes, d, n)->bare >> n & 1))
		return;
	memcpy(built.d, w->codes->country.d, sizeof(w->codes->country.d));
	for (size_t k = 0; k < n; k++) /* at most 15, checked above */
		built.d[n_cc + k] = d[k];
	built.n = n_cc + n;
	if (plan_has(w->plan, PLAN_MSISDN, built.d, built.n))
		judge_report_built(w, at, at + n, SCAN_MSISDN, SCAN_BARE, true, &built);
}

void judge_weak_run(struct win *w, size_t at, const uint8_t *d, size_t n, bool whole)
{
	if (whole && n <= PLAN_DIGITS_MAX) {
		bare(w, at, d, n);
		reversed(w, at, d, n);
	}
	struct rd rest = rd_of(d, n), from;

	for (size_t o = 0; o + MSISDN_MIN <= n && (n < JUDGE_RUN_MAX || o < JUDGE_RUN_STEP); o++) {
		if (w->codes->begins[d[o] * 100 + d[o + 1] * 10 + d[o + 2]] && rd_slice(&rest, o, n - o, &from))
			window_at(w, at + o, from.p, from.len);
	}
}

/* Hexadecimal as it stands: raw[k] is the value of the digit at index pos[k]. */
struct nibbles {
	uint8_t raw[HEX_MAX];
	size_t pos[HEX_MAX];
	size_t n;
};

static uint8_t hex_value(uint8_t c)
{
	return is_digit(c) ? c - '0' : (uint8_t)((c | 0x20) - 'a' + 10);
}

/* Reads hexadecimal from i, over single spaces and colons. */
static void read_hex(const struct win *w, size_t i, struct nibbles *b)
{
	size_t k = i;

	for (b->n = 0; b->n < HEX_MAX; k++) {
		const uint8_t c = win_at(w, k);
		if (is_hex(c)) {
			b->raw[b->n] = hex_value(c);
			b->pos[b->n++] = k;
		} else if ((c != ' ' && c != ':') || !is_hex(win_at(w, k + 1)) || !is_hex(win_at(w, k - 1))) {
			break;
		}
	}
}

/* The nibbles as they follow in a number, when octets begin at raw[first]. An octet
 * never has a separator inside. */
static void swap(const struct nibbles *b, size_t first, uint8_t *q)
{
	for (size_t k = first; k + 1 < b->n; k += 2) {
		const bool whole = b->pos[k + 1] == b->pos[k] + 1;
		q[k - first] = whole ? b->raw[k + 1] : NO_NIBBLE;
		q[k - first + 1] = whole ? b->raw[k] : NO_NIBBLE;
	}
}

/* A number in TBCD ends with an octet or at the filler F (3GPP TS 29.002 17.7.8). */
static bool ends_well(const uint8_t *q, size_t n, size_t e)
{
	return e % 2 == 0 || (e < n && q[e] == 15);
}

/* The digits stand at nibble `o` of those that begin at raw[first]. */
static void report_tbcd(struct win *w, const struct nibbles *b, size_t first, size_t o, const struct built *v, enum scan_kind kind)
{
	const size_t from = b->pos[first + (o & ~(size_t)1)];
	const size_t to = b->pos[first + ((o + v->n - 1) & ~(size_t)1)] + 2;

	judge_report_built(w, from, to, kind, SCAN_TBCD, true, v);
}

/* Numbers that begin in an octet before raw[limit], with octets from raw[first]. */
static void swapped(struct win *w, const struct nibbles *b, size_t first, size_t limit)
{
	uint8_t q[HEX_MAX];
	const size_t n = (b->n - first) & ~(size_t)1;
	struct built v JUDGE_UNINIT;
	struct rd all, from;

	swap(b, first, q);
	all = rd_of(q, n);
	for (size_t o = 0, run = 0; o < n && first + o < limit; o++) {
		for (run = run > 0 ? run - 1 : 0; o + run < n && q[o + run] < 10; run++)
			;
		if (run < MSISDN_MIN || !w->codes->abroad[q[o] * 100 + q[o + 1] * 10 + q[o + 2]] || !rd_slice(&all, o, n - o, &from))
			continue;
		(void)!rd_copy(&from, v.d, from.len < IMSI_LEN ? from.len : IMSI_LEN);
		v.n = IMSI_LEN;
		if (run >= IMSI_LEN && ends_well(q, n, o + IMSI_LEN) && plan_has(w->plan, PLAN_IMSI, v.d, v.n))
			report_tbcd(w, b, first, o, &v, SCAN_IMSI);
		for (v.n = MSISDN_MIN; o % 2 == 0 && v.n <= MSISDN_MAX && v.n <= run; v.n++)
			if (ends_well(q, n, o + v.n) && judge_bare_country(w, v.d, v.n))
				report_tbcd(w, b, first, o, &v, SCAN_MSISDN);
	}
}

/* Hexadecimal before its octets are looked at one by one. */
struct hex_run {
	size_t n, end;
	bool may_hold; /* octets of two decimal digits on end, as many as a number needs */
};

/* Whether a number of ours may begin in the decimal digits d[0 .. n - 1], in octets that begin
 * with any of them: at an octet's first nibble, which is written second, or at its second one. */
static bool may_begin(const struct win *w, const uint8_t *d, size_t n)
{
	const bool *abroad = w->codes->abroad;

	/* Its first digit may stand before the stretch, in an octet with a letter. */
	if (w->codes->abroad_after[d[1] * 10 + d[0]])
		return true;
	for (size_t k = 0; k + 3 < n; k++)
		if (abroad[d[k + 1] * 100 + d[k] * 10 + d[k + 3]] || abroad[d[k] * 100 + d[k + 3] * 10 + d[k + 2]])
			return true;
	return false;
}

/* The digits of a number fill five octets, or four before one with the filler F. */
static bool may_hold(const struct win *w, const uint8_t *d, size_t n, uint8_t next)
{
	return (n >= WHOLE_MIN || (n + 2 >= WHOLE_MIN && (next | 0x20) == 'f')) && may_begin(w, d, n);
}

static struct hex_run measure_hex(const struct win *w, size_t i)
{
	struct hex_run r = { .end = i };
	uint8_t d[HEX_MAX] JUDGE_UNINIT;
	size_t n = 0;

	for (; r.n < HEX_MAX; r.end++) {
		const uint8_t c = win_at(w, r.end);

		if (is_digit(c)) {
			r.n++;
			d[n++] = c - '0';
		} else if (is_hex(c)) {
			r.n++;
			r.may_hold = r.may_hold || may_hold(w, d, n, c);
			n = 0;
		} else if ((c != ' ' && c != ':') || !is_hex(win_at(w, r.end + 1)) || !is_hex(win_at(w, r.end - 1))) {
			break;
		}
	}
	r.may_hold = r.may_hold || may_hold(w, d, n, 0);
	return r;
}

/* Where a stretch that was cut ends: before a group of digits, so that all numbers which
 * begin in one group are found from one place. */
static size_t cut_at(const struct nibbles *b)
{
	size_t k = HEX_MAX - HEX_TAIL;

	while (k > 0 && b->raw[k] < 10 && b->raw[k - 1] < 10 && b->pos[k] == b->pos[k - 1] + 1)
		k--;
	return k > 0 ? k : HEX_MAX - HEX_TAIL;
}

/* What most hexadecimal in logs is, seen by one look: its end is there, and it is too short or has
 * nowhere as many decimal digits on end as a number. `*len` bytes long. */
static bool surely_holds_none(const struct look *l, size_t *len)
{
	uint64_t letters, gaps, hex, run, decimal;

	run_hex(l, &letters, &gaps);
	hex = l->digits | letters;
	run = hex | (gaps & hex << 1 & hex >> 1);
	*len = ~run ? (size_t)__builtin_ctzll(~run) : LOOK_LEN;
	if (*len > LOOK_LEN - 2) /* whether a gap goes on is not seen */
		return false;
	decimal = run & ~letters & ((1ull << *len) - 1);
	decimal &= decimal >> 1;
	decimal &= decimal >> 2;
	decimal &= decimal >> 4; /* eight on end: with a filler, no number has fewer */
	return !decimal || __builtin_popcountll(hex & ((1ull << *len) - 1)) < HEX_MIN;
}
_Static_assert(WHOLE_MIN - 2 == 8, "digits before a filler");

/* The place is the first digit of a group; octets may begin there or one later. In a
 * stretch that was cut, what begins near its end is left to the next place. */
enum judged judge_hex(struct win *w, size_t i, const struct look *l)
{
	struct nibbles b JUDGE_UNINIT; /* n says how much was written */
	struct hex_run r;
	size_t limit, len;

	if (w->base + i < *w->hex_end || w->base + i < *w->digits_end)
		return JUDGED;
	if (surely_holds_none(l, &len) && win_knows(w, i + len + 1)) {
		*w->hex_end = w->base + i + len;
		return JUDGED;
	}
	r = measure_hex(w, i);
	if (r.n < HEX_MAX && !win_knows(w, r.end + 1))
		return OPEN;
	if (r.n < HEX_MIN || (r.n < HEX_MAX && !r.may_hold)) {
		*w->hex_end = w->base + r.end;
		return JUDGED;
	}
	read_hex(w, i, &b);
	ASSERT(b.n == r.n);
	limit = b.n < HEX_MAX ? b.n : cut_at(&b);
	*w->hex_end = w->base + (b.n < HEX_MAX ? r.end : b.pos[limit]);
	swapped(w, &b, 0, limit);
	swapped(w, &b, 1, limit);
	return JUDGED;
}
