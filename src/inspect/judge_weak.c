/*
 * Is:        the weak forms: numbers of the plan at any offset of a run of digits,
 *            without their trunk 0, reversed, or nibble-swapped in hexadecimal.
 * Is not:    evidence by itself: verdict.h says what makes it one.
 * Called by: judge_number.c, scan.c.
 * Owns:      nothing.
 * Trust:     hostile bytes through win_at.
 */
#include <string.h>

#include "base/def.h"
#include "inspect/judge.h"

enum { HEX_MAX = 96, HEX_MIN = 12, IMSI_LEN = 15, MSISDN_MIN = 9, MSISDN_MAX = 13 };

/* Reports MSISDNs and IMSIs of the plan that begin at d[o] and end before n. */
static void window_at(struct win *w, size_t at, const uint8_t *d, size_t n, size_t o)
{
	const char *cc = plan_country(w->plan), *trunk = plan_trunk(w->plan);
	uint8_t built[PLAN_DIGITS_MAX];

	if (n - o >= IMSI_LEN && plan_has(w->plan, PLAN_IMSI, d + o, IMSI_LEN))
		judge_report_digits(w, at + o, at + o + IMSI_LEN, SCAN_IMSI, SCAN_WINDOW, true, d + o, IMSI_LEN);
	if (d[o] == (uint8_t)(cc[0] - '0')) {
		for (size_t k = MSISDN_MIN; k <= MSISDN_MAX && k <= n - o; k++)
			if (judge_bare_country(w, d + o, k))
				judge_report_digits(w, at + o, at + o + k, SCAN_MSISDN, SCAN_WINDOW, true,
						    d + o, k);
	}
	if (trunk[0] && d[o] == (uint8_t)(trunk[0] - '0')) {
		for (size_t k = MSISDN_MIN; k <= MSISDN_MAX && k <= n - o; k++) {
			const size_t m = judge_national(w, d + o, k, built);
			if (m > 0)
				judge_report_digits(w, at + o, at + o + k, SCAN_MSISDN, SCAN_WINDOW, true,
						    built, m);
		}
	}
}

static void reversed(struct win *w, size_t at, const uint8_t *d, size_t n)
{
	uint8_t r[PLAN_DIGITS_MAX], built[PLAN_DIGITS_MAX];
	size_t m;

	for (size_t k = 0; k < n; k++)
		r[k] = d[n - 1 - k];
	if (n == IMSI_LEN && plan_has(w->plan, PLAN_IMSI, r, n))
		judge_report_digits(w, at, at + n, SCAN_IMSI, SCAN_REVERSED, true, r, n);
	else if (judge_bare_country(w, r, n))
		judge_report_digits(w, at, at + n, SCAN_MSISDN, SCAN_REVERSED, true, r, n);
	else if ((m = judge_national(w, r, n, built)) > 0)
		judge_report_digits(w, at, at + n, SCAN_MSISDN, SCAN_REVERSED, true, built, m);
}

static void bare(struct win *w, size_t at, const uint8_t *d, size_t n)
{
	const char *cc = plan_country(w->plan);
	const size_t n_cc = strlen(cc);
	uint8_t built[PLAN_DIGITS_MAX];

	if (n_cc + n > 15)
		return;
	for (size_t k = 0; k < n_cc; k++)
		built[k] = (uint8_t)(cc[k] - '0');
	memcpy(built + n_cc, d, n); /* at most 15, checked above */
	if (plan_has(w->plan, PLAN_MSISDN, built, n_cc + n))
		judge_report_digits(w, at, at + n, SCAN_MSISDN, SCAN_BARE, true, built, n_cc + n);
}

/* Nibble-swapped: q are the nibbles as they follow in the number, pos[k] the index
 * of nibble k's byte in the stream. A number ends at the filler F or at a whole byte. */
struct nibbles {
	uint8_t q[HEX_MAX];
	size_t pos[HEX_MAX];
	size_t n;
};

static size_t decimals_at(const struct nibbles *b, size_t o)
{
	size_t n = 0;

	while (o + n < b->n && b->q[o + n] < 10)
		n++;
	return n;
}

static bool ends_well(const struct nibbles *b, size_t e)
{
	return e % 2 == 0 || (e < b->n && b->q[e] == 15);
}

/* The byte that holds nibble k stands as two characters from pos. */
static void swapped(struct win *w, const struct nibbles *b)
{
	for (size_t o = 0; o < b->n; o++) {
		const size_t run = decimals_at(b, o);
		const size_t from = b->pos[o & ~(size_t)1];

		if (run >= IMSI_LEN && ends_well(b, o + IMSI_LEN) &&
		    plan_has(w->plan, PLAN_IMSI, b->q + o, IMSI_LEN))
			judge_report_digits(w, from, b->pos[(o + IMSI_LEN - 1) & ~(size_t)1] + 2, SCAN_IMSI,
					    SCAN_TBCD, true, b->q + o, IMSI_LEN);
		for (size_t k = MSISDN_MIN; k <= MSISDN_MAX && k <= run; k++)
			if (o % 2 == 0 && ends_well(b, o + k) && judge_bare_country(w, b->q + o, k))
				judge_report_digits(w, from, b->pos[(o + k - 1) & ~(size_t)1] + 2, SCAN_MSISDN,
						    SCAN_TBCD, true, b->q + o, k);
	}
}

void judge_weak_run(struct win *w, size_t at, const uint8_t *d, size_t n, bool whole)
{
	if (whole && n <= PLAN_DIGITS_MAX) {
		bare(w, at, d, n);
		reversed(w, at, d, n);
		if (n >= HEX_MIN && n % 2 == 0) {
			struct nibbles b = { .n = n };
			for (size_t k = 0; k < n; k++) {
				b.q[k] = d[k ^ 1];
				b.pos[k] = at + k;
			}
			swapped(w, &b);
		}
	}
	for (size_t o = 0; o + MSISDN_MIN <= n && (n < JUDGE_RUN_MAX || o < JUDGE_RUN_STEP); o++)
		window_at(w, at, d, n, o);
}

static uint8_t hex_value(uint8_t c)
{
	return is_digit(c) ? c - '0' : (uint8_t)((c | 0x20) - 'a' + 10);
}

/* Reads hexadecimal from i, over single spaces and colons; returns where it ends. */
static size_t read_hex(const struct win *w, size_t i, struct nibbles *b, bool *plain_digits)
{
	size_t k = i, n = 0;

	*plain_digits = true;
	while (n < HEX_MAX) {
		const uint8_t c = win_at(w, k);
		if (!is_hex(c)) {
			const bool gap = (c == ' ' || c == ':') && n > 0 && n % 2 == 0 &&
					 is_hex(win_at(w, k + 1)) && is_hex(win_at(w, k - 1));
			if (!gap)
				break;
			*plain_digits = false;
			k++;
			continue;
		}
		if (!is_digit(c))
			*plain_digits = false;
		b->q[n ^ 1] = hex_value(c);
		b->pos[n++] = k++;
	}
	b->n = n & ~(size_t)1;
	return k;
}

enum judged judge_hex(struct win *w, size_t i)
{
	struct nibbles b = { .n = 0 };
	bool plain_digits;
	size_t e;

	if (!(w->opts & SCAN_OPT_WEAK))
		return JUDGED;
	e = read_hex(w, i, &b, &plain_digits);
	if (b.n < HEX_MAX && !win_knows(w, e + 1))
		return OPEN;
	if (b.n >= HEX_MIN && !plain_digits)
		swapped(w, &b);
	return JUDGED;
}
