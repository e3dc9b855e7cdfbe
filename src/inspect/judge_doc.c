/*
 * Is:        the judgement of IBANs and of machine-readable travel documents.
 * Is not:    of cards and numbers.
 * Called by: scan.c.
 * Owns:      nothing.
 * Trust:     hostile bytes through win.h.
 */
#include "base/ascii.h"
#include "base/def.h"
#include "inspect/check.h"
#include "inspect/judge.h"

enum { IBAN_MAX = 33, TD1 = 30, TD2 = 36, TD3 = 44 };

/* Reads `len` letters and digits in one case from i, on end or in fours with one
 * kind of separator. `*stop` is the index after the last, or of what was refused. */
static bool read_iban(const struct win *w, size_t i, size_t len, uint8_t *s, size_t *stop)
{
	const bool lower = win_at(w, i) >= 'a';
	const uint8_t gap = win_at(w, i + 4);
	const bool gaps = gap == ' ' || gap == '-' || gap == '.';
	size_t k = i;

	for (size_t n = 0; n < len; n++, k++) {
		if (gaps && n > 0 && n % 4 == 0 && win_at(w, k++) != gap) {
			*stop = k - 1;
			return false;
		}
		*stop = k;
		const uint8_t c = win_at(w, k);
		if (!is_digit(c) && (!is_alpha(c) || (c >= 'a') != lower))
			return false;
		s[n] = to_upper(c);
	}
	*stop = k;
	return true;
}

/* Every account number that a bank gives out has; the places (anchor.h) rely on it. */
static bool has_seven_digits(const uint8_t *s, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += is_digit(s[i]);
	return k >= 7;
}

/* The place is the first letter of the country, at the start of a word. */
enum judged judge_iban(struct win *w, size_t i)
{
	uint8_t s[IBAN_MAX] JUDGE_UNINIT;
	const size_t len = check_iban_len(to_upper(win_at(w, i)), to_upper(win_at(w, i + 1)));
	size_t to;
	bool read;

	if (len == 0)
		return JUDGED;
	if (win_at(w, i - 1) == '_' || (win_at(w, i - 1) == '-' && is_word(win_at(w, i - 2))))
		return JUDGED;
	read = read_iban(w, i, len, s, &to);
	if (!win_knows(w, to))
		return OPEN;
	if (!read || is_word(win_at(w, to)) || !has_seven_digits(s, len) || !check_iban(s, len))
		return JUDGED;
	*w->digits_end = w->base + to;
	judge_report(w, i, to, SCAN_IBAN, to - i == len ? SCAN_PLAIN : SCAN_GROUPED, false, rd_of(s, len));
	return JUDGED;
}

static bool is_mrz(uint8_t c)
{
	return is_digit(c) || is_upper(c) || c == '<';
}

enum { STATE_LEN = 3, NUMBER_LEN = 9 };

/* The code of a state at s[from]. */
static bool is_state(const uint8_t *s, size_t from)
{
	for (size_t k = from; k < from + STATE_LEN; k++)
		if (!is_upper(s[k]) && s[k] != '<')
			return false;
	return s[from] != '<';
}

static bool is_dutch(const uint8_t *s, size_t from)
{
	return s[from] == 'N' && s[from + 1] == 'L' && s[from + 2] == 'D';
}

/* Six digits and their check digit at s[from]. */
static bool is_date(const uint8_t *s, size_t from)
{
	for (size_t k = from; k < from + 7; k++)
		if (!is_digit(s[k]))
			return false;
	return check_mrz(s, from, 6, s[from + 6]);
}

static bool is_check(uint8_t c)
{
	return is_digit(c) || c == '<';
}

/* Second line of a passport (TD3) or of a TD2 card: ICAO 9303-4 and 9303-6. */
static bool second_line(const uint8_t *s, size_t n)
{
	unsigned pos = 0, sum = 0;
	const size_t last = n - 1;

	if (!is_check(s[9]) || !is_digit(s[last]) || !check_mrz(s, 0, NUMBER_LEN, s[9]) || !is_state(s, 10))
		return false;
	if (!is_date(s, 13) || !is_date(s, 21))
		return false;
	check_mrz_add(s, 0, 10, &pos, &sum);
	check_mrz_add(s, 13, 7, &pos, &sum);
	check_mrz_add(s, 21, last - 21, &pos, &sum);
	return sum % 10 == (unsigned)(s[last] - '0');
}

/* First line of a TD1 card with the second after it (ICAO 9303-5). */
static bool first_of_three(const uint8_t *s, const uint8_t *t)
{
	if ((s[0] != 'I' && s[0] != 'A' && s[0] != 'C') || !is_state(s, 2) || !is_check(s[14]))
		return false;
	return check_mrz(s, 5, NUMBER_LEN, s[14]) && is_date(t, 0) && is_date(t, 8);
}

/* s[state] and s[number] are where they begin in the line. */
static void report_document(struct win *w, size_t i, size_t to, const uint8_t *s, size_t state, size_t number)
{
	uint8_t v[STATE_LEN + NUMBER_LEN];
	size_t n = 0;

	for (size_t k = state; k < state + STATE_LEN; k++)
		if (s[k] != '<')
			v[n++] = s[k];
	for (size_t k = number; k < number + NUMBER_LEN; k++)
		if (s[k] != '<')
			v[n++] = s[k];
	*w->digits_end = w->base + to;
	judge_report(w, i, to, SCAN_MRZ, SCAN_PLAIN, false, rd_of(v, n));
}

/* The optional data of a Dutch document used to hold the holder's BSN. */
static void report_inner_bsn(struct win *w, size_t at, const uint8_t *s, size_t from)
{
	uint8_t d[9];

	for (size_t k = 0; k < 9; k++) {
		if (!is_digit(s[from + k]))
			return;
		d[k] = s[from + k] - '0';
	}
	if (check_bsn(d))
		judge_report_there(w, at, at + 9, SCAN_BSN, SCAN_PLAIN, false, at, 9);
}

static size_t line_end_len(const struct win *w, size_t i)
{
	return win_at(w, i) == '\r' && win_at(w, i + 1) == '\n' ? 2 : win_at(w, i) == '\n' ? 1 : 0;
}

static enum judged three_lines(struct win *w, size_t i, const uint8_t *s)
{
	uint8_t t[TD1];
	const size_t from = i + TD1 + line_end_len(w, i + TD1);

	if (!win_knows(w, i + TD1 + 2 + TD1))
		return OPEN;
	for (size_t k = 0; k < TD1; k++) {
		t[k] = win_at(w, from + k);
		if (!is_mrz(t[k]))
			return JUDGED;
	}
	if (first_of_three(s, t)) {
		report_document(w, i, from + TD1, s, 2, 5);
		if (is_dutch(s, 2))
			report_inner_bsn(w, i + 15, s, 15);
	}
	return JUDGED;
}

/* The place is the first byte of the run. */
enum judged judge_mrz(struct win *w, size_t i)
{
	uint8_t s[TD3 + 1] JUDGE_UNINIT;
	size_t n = 0;

	for (uint8_t c; n < sizeof(s) && is_mrz(c = win_at(w, i + n)); n++)
		s[n] = c;
	if (n < sizeof(s) && !win_knows(w, i + n))
		return OPEN;
	if (is_alpha(win_at(w, i + n)) || is_word(win_at(w, i - 1)))
		return JUDGED;
	if (n == TD1)
		return three_lines(w, i, s);
	if ((n == TD2 || n == TD3) && second_line(s, n)) {
		report_document(w, i, i + n, s, 10, 0);
		if (n == TD3 && is_dutch(s, 10))
			report_inner_bsn(w, i + 28, s, 28);
	}
	return JUDGED;
}
