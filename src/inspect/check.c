/*
 * Is:        check digits and fixed prefixes of identifier kinds.
 * Is not:    a parser.
 * Called by: judge_*.c, canon.c.
 * Owns:      nothing.
 * Trust:     values computed from hostile bytes.
 */
#include "inspect/check.h"

#include "base/def.h"

bool check_luhn(const uint8_t *d, size_t n)
{
	static const uint8_t twice[10] = { 0, 2, 4, 6, 8, 1, 3, 5, 7, 9 };
	unsigned sum = 0;

	for (size_t i = n & 1; i < n; i += 2)
		sum += twice[d[i]];
	for (size_t i = (n & 1) ^ 1; i < n; i += 2)
		sum += d[i];
	return n > 1 && sum % 10 == 0;
}

uint8_t check_luhn_digit(const uint8_t *d, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned x = d[n - 1 - i];
		if (i % 2 == 0)
			x = x > 4 ? 2 * x - 9 : 2 * x;
		sum += x;
	}
	return (uint8_t)((10 - sum % 10) % 10);
}

bool check_bsn(const uint8_t *d)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < 8; i++)
		sum += (9 - i) * d[i];
	return sum % 11 == d[8] && (d[0] | d[1] | d[2]) != 0;
}

static bool within(unsigned v, unsigned lo, unsigned hi)
{
	return v >= lo && v <= hi;
}

static bool card_prefix(const uint8_t *d, size_t n)
{
	const unsigned p2 = d[0] * 10u + d[1], p4 = p2 * 100 + d[2] * 10u + d[3];

	switch (n) {
	case 12:
		return p2 == 50 || within(p2, 56, 58) || p2 == 63 || p2 == 67;
	case 13:
		return d[0] == 4;
	case 14:
		return p2 == 30 || p2 == 36 || p2 == 38 || p2 == 39;
	case 15:
		return p2 == 34 || p2 == 37 || p4 == 2131 || p4 == 1800;
	case 16:
		return d[0] == 4 || within(p2, 50, 58) || within(p4, 2221, 2720) || p4 == 6011 ||
		       within(p2, 62, 65) || p2 == 67 || within(p4, 3528, 3589);
	case 19:
		return d[0] == 4 || p2 == 62 || p2 == 63;
	default:
		return false;
	}
}

bool check_card(const uint8_t *d, size_t n)
{
	return n >= 12 && n <= 19 && card_prefix(d, n) && check_luhn(d, n);
}

bool check_tac(const uint8_t *d)
{
	switch (d[0] * 10 + d[1]) {
	case 1: case 10: case 30: case 33: case 35: case 44: case 45: case 49: case 50: case 51:
	case 52: case 53: case 54: case 86: case 91: case 98: case 99:
		return true;
	default:
		return false;
	}
}

bool check_mcc(const uint8_t *d)
{
	const unsigned mcc = d[0] * 100u + d[1] * 10u + d[2];

	return within(mcc, 202, 297) || within(mcc, 302, 376) || within(mcc, 400, 472) ||
	       within(mcc, 502, 555) || within(mcc, 602, 659) || within(mcc, 702, 750) || mcc == 901;
}

enum { LETTERS = 26 };

/* Lengths by the two letters of the country. */
static uint8_t iban_len[LETTERS * LETTERS];

static void read_iban_table(void)
{
	static const char table[] =
		"AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28"
		"EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26"
		"IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28"
		"NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25"
		"SV28TL23TN24TR26UA29VA22VG24XK20YE30";

	for (size_t i = 0; i + 4 < sizeof(table); i += 4)
		iban_len[(table[i] - 'A') * LETTERS + table[i + 1] - 'A'] = (uint8_t)((table[i + 2] - '0') * 10 + table[i + 3] - '0');
}

size_t check_iban_len(uint8_t c1, uint8_t c2)
{
	const unsigned a = (unsigned)c1 - 'A', b = (unsigned)c2 - 'A';

	if (!iban_len[0 * LETTERS + 'D' - 'A']) /* AD has one once the table is read */
		read_iban_table();
	return a < LETTERS && b < LETTERS ? iban_len[a * LETTERS + b] : 0;
}

bool check_iban(const uint8_t *s, size_t n)
{
	unsigned r = 0;

	for (size_t k = 0; k < n; k++) {
		const uint8_t c = s[(k + 4) % n];
		r = c <= '9' ? (r * 10 + (c - 48u)) % 97 : (r * 100 + (c - 55u)) % 97;
	}
	return r == 1;
}

void check_mrz_add(const uint8_t *s, size_t from, size_t n, unsigned *pos, unsigned *sum)
{
	static const uint8_t weight[3] = { 7, 3, 1 };

	for (size_t i = from; i < from + n; i++) {
		const unsigned v = s[i] == '<' ? 0u : s[i] <= '9' ? s[i] - 48u : s[i] - 55u;
		*sum += v * weight[(*pos)++ % 3];
	}
}

bool check_mrz(const uint8_t *s, size_t from, size_t n, uint8_t cd)
{
	unsigned pos = 0, sum = 0;

	check_mrz_add(s, from, n, &pos, &sum);
	return sum % 10 == (cd == '<' ? 0u : (unsigned)(cd - '0'));
}
