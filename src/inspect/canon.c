/*
 * Is:        one identifier of a known kind to its canonical value.
 * Is not:    a search in text.
 * Called by: members_csv.c, look-ups, structured lanes.
 * Owns:      nothing.
 * Trust:     hostile text.
 */
#include "inspect/canon.h"

#include <string.h>

#include "base/ascii.h"
#include "inspect/check.h"

enum { DIGITS_MAX = 24 };

struct digits {
	uint8_t d[DIGITS_MAX];
	size_t n;
	bool plus; /* a + in front */
};

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct rd trim(struct rd r)
{
	uint8_t c;

	while (rd_at(&r, 0, &c) && is_blank(c) && rd_skip(&r, 1))
		;
	while (r.len > 0 && rd_at(&r, r.len - 1, &c) && is_blank(c))
		r.len--;
	return r;
}

static bool put_digit(struct digits *out, uint8_t c)
{
	if (out->n == DIGITS_MAX)
		return false;
	out->d[out->n++] = c - '0';
	return true;
}

/* Digits and the separators between them; nothing else may stand there. */
static bool read_digits(struct rd r, struct digits *out)
{
	uint8_t c;

	*out = (struct digits){ .n = 0 };
	out->plus = rd_word(&r, "+");
	for (;;) {
		if (out->plus && rd_word(&r, "(0)"))
			continue; /* +31 (0)6: the 0 is not dialled */
		if (!rd_u8(&r, &c))
			return out->n > 0;
		if (is_digit(c)) {
			if (!put_digit(out, c))
				return false;
		} else if ((c == 'F' || c == 'f') && r.len == 0) {
			return out->n > 0; /* the filler of an ICCID */
		} else if (c == 0 || !strchr(" -./()", c)) {
			return false;
		}
	}
}

static bool put_digits(struct canon *out, const uint8_t *d, size_t n)
{
	for (size_t k = 0; k < n; k++)
		out->text[k] = d[k] + '0';
	out->n = n;
	return true;
}

static size_t has_prefix(const struct digits *x, const char *prefix)
{
	const size_t n = strlen(prefix);

	for (size_t k = 0; k < n; k++)
		if (k >= x->n || x->d[k] != (uint8_t)(prefix[k] - '0'))
			return 0;
	return n;
}

/* Country code and what follows digit `skip`, when that is a number of the plan. */
static bool with_country(const struct digits *x, size_t skip, const struct plan *plan, struct canon *out)
{
	const char *cc = plan_country(plan);
	const size_t n_cc = strlen(cc), n = n_cc + x->n - skip;
	uint8_t d[15];

	if (n > sizeof(d))
		return false;
	for (size_t k = 0; k < n; k++)
		d[k] = k < n_cc ? (uint8_t)(cc[k] - '0') : x->d[k - n_cc + skip];
	return plan_has(plan, PLAN_MSISDN, d, n) && put_digits(out, d, n);
}

/* The column says that it is a telephone number, so a lost trunk 0 is forgiven. */
static bool msisdn(const struct digits *x, const struct plan *plan, struct canon *out)
{
	size_t skip = x->plus ? 0 : has_prefix(x, plan_international(plan));
	const size_t trunk = has_prefix(x, plan_trunk(plan));

	if (!x->plus && skip == 0) {
		if (trunk > 0)
			return with_country(x, trunk, plan, out);
		if (!plan_has(plan, PLAN_MSISDN, x->d, x->n) && with_country(x, 0, plan, out))
			return true;
	}
	if (x->n - skip < 8 || x->n - skip > 15 || x->d[skip] == 0)
		return false;
	return put_digits(out, x->d + skip, x->n - skip);
}

static bool iccid(const struct digits *x, struct canon *out)
{
	if (x->n < 18 || x->n > 20 || x->d[0] != 8 || x->d[1] != 9)
		return false;
	if (x->n == 18)
		return put_digits(out, x->d, 18);
	if (check_luhn(x->d, x->n))
		return put_digits(out, x->d, x->n - 1);
	return x->n == 19 && put_digits(out, x->d, 19);
}

static bool bsn(struct digits *x, struct canon *out)
{
	if (x->n == 8) { /* written without its leading 0 */
		memmove(x->d + 1, x->d, 8);
		x->d[0] = 0;
		x->n = 9;
	}
	return x->n == 9 && check_bsn(x->d) && put_digits(out, x->d, 9);
}

static bool of_digits(enum scan_kind kind, struct rd r, const struct plan *plan, struct canon *out)
{
	struct digits x;

	if ((kind == SCAN_IMSI && rd_word(&r, "imsi-")) || (kind == SCAN_IMEI && rd_word(&r, "imei-")) ||
	    (kind == SCAN_MSISDN && (rd_word(&r, "msisdn-") || rd_word(&r, "tel:"))))
		r = trim(r);
	if (!read_digits(r, &x))
		return false;
	switch ((int)kind) {
	case SCAN_MSISDN:
		return msisdn(&x, plan, out);
	case SCAN_IMSI:
		return x.n >= 14 && x.n <= 15 && put_digits(out, x.d, x.n);
	case SCAN_IMEI:
		return x.n >= 14 && x.n <= 16 && put_digits(out, x.d, 14);
	case SCAN_ICCID:
		return iccid(&x, out);
	case SCAN_BSN:
		return bsn(&x, out);
	case SCAN_CARD:
		return check_card(x.d, x.n) && put_digits(out, x.d, x.n);
	default:
		return false;
	}
}

static bool iban(struct rd r, struct canon *out)
{
	uint8_t c;

	out->n = 0;
	while (rd_u8(&r, &c)) {
		if (c == ' ' || c == '-' || c == '.')
			continue;
		if (is_lower(c))
			c &= 0xdf;
		if (!(is_digit(c) || is_upper(c)) || out->n == 34)
			return false;
		out->text[out->n++] = c;
	}
	return out->n >= 15 && check_iban_len(out->text[0], out->text[1]) == out->n && check_iban(out->text, out->n);
}

static bool email(struct rd r, struct canon *out)
{
	size_t at = 0;
	uint8_t c;

	if (r.len > sizeof(out->text))
		return false;
	for (out->n = 0; rd_u8(&r, &c); out->n++) {
		if (c <= ' ' || c >= 0x7f || (c == '@' && at > 0))
			return false;
		if (c == '@')
			at = out->n;
		out->text[out->n] = to_lower(c);
	}
	return at > 0 && at + 1 < out->n;
}

bool canon(enum scan_kind kind, struct rd text, const struct plan *plan, struct canon *out)
{
	struct canon c;

	text = trim(text);
	switch (kind) {
	case SCAN_MSISDN: case SCAN_IMSI: case SCAN_IMEI: case SCAN_ICCID: case SCAN_BSN: case SCAN_CARD:
		if (!of_digits(kind, text, plan, &c))
			return false;
		break;
	case SCAN_IBAN:
		if (!iban(text, &c))
			return false;
		break;
	case SCAN_EMAIL:
		if (!email(text, &c))
			return false;
		break;
	case SCAN_SUCI: case SCAN_NAI: case SCAN_MRZ: case SCAN_IPV4: case SCAN_IPV6: case SCAN_NUMBER: case SCAN_KINDS:
		return false;
	}
	*out = c;
	return true;
}

bool canon_kind_of(struct rd name, enum scan_kind *out)
{
	static const struct {
		const char *name;
		enum scan_kind kind;
	} names[] = {
		{ "msisdn", SCAN_MSISDN }, { "phone", SCAN_MSISDN }, { "mobile", SCAN_MSISDN },
		{ "telephone", SCAN_MSISDN }, { "telephonenumber", SCAN_MSISDN }, { "telefoon", SCAN_MSISDN },
		{ "telefoonnummer", SCAN_MSISDN }, { "gpsi", SCAN_MSISDN }, { "telefon", SCAN_MSISDN },
		{ "imsi", SCAN_IMSI }, { "supi", SCAN_IMSI }, { "imei", SCAN_IMEI }, { "imeisv", SCAN_IMEI },
		{ "iccid", SCAN_ICCID }, { "sim", SCAN_ICCID }, { "bsn", SCAN_BSN }, { "iban", SCAN_IBAN },
		{ "card", SCAN_CARD }, { "pan", SCAN_CARD }, { "email", SCAN_EMAIL }, { "mail", SCAN_EMAIL },
	};
	char low[32];
	uint8_t c;
	size_t n = 0;

	name = trim(name);
	for (size_t k = 0; rd_at(&name, k, &c); k++) {
		if (c == '_' || c == '-' || c == ' ')
			continue;
		if (n + 1 == sizeof(low))
			return false;
		low[n++] = (char)to_lower(c);
	}
	low[n] = 0;
	for (size_t k = 0; k < ARRAY_LEN(names); k++)
		if (strcmp(low, names[k].name) == 0) {
			*out = names[k].kind;
			return true;
		}
	return false;
}
