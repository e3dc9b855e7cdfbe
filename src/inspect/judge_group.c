/*
 * Is:        the judgement of digits with separators. Precision lives here: a
 *            grouping counts only if people write that kind so.
 * Is not:    of digits in one run (judge_number.c).
 * Called by: judge_number.c.
 * Owns:      nothing.
 * Trust:     hostile bytes through win_at.
 */
#include <string.h>

#include "base/def.h"
#include "inspect/check.h"
#include "inspect/judge.h"

enum { GROUPS_MAX = 9, DIGITS_MAX = 20, REACH_MAX = 48, SUCI_MAX = 180,
       GROUPED_MIN = 8 /* digits of the shortest foreign number; no other kind has fewer */ };

/* What stands between two groups. */
enum { GAP_NONE = 0, GAP_PAREN = 1 /* a parenthesis, with or without a separator */ };

struct group {
	uint8_t off, len; /* in d */
	uint8_t gap;      /* after it: the separator, or GAP_* */
	bool zero_in_parens; /* (0) after a country code: written, not dialled */
	size_t end;       /* index after its last digit */
};

struct groups {
	uint8_t d[DIGITS_MAX];
	struct group g[GROUPS_MAX];
	size_t n, n_d;
	bool plus;
};

/* The separator at `i` and where the next digit stands; GAP_NONE when the run ends. */
static uint8_t read_gap(const struct win *w, size_t i, size_t *next)
{
	const uint8_t a = win_at(w, i), b = win_at(w, i + 1);

	if (!is_sep(a))
		return GAP_NONE;
	*next = i + 1;
	if (is_digit(b))
		return a == '(' || a == ')' ? GAP_PAREN : a;
	*next = i + 2;
	if (is_sep(b) && is_digit(win_at(w, i + 2)) && (a == ')' || b == '('))
		return GAP_PAREN;
	return GAP_NONE;
}

static bool gap_is_known(const struct win *w, size_t i)
{
	if (!win_knows(w, i))
		return false;
	if (!is_sep(win_at(w, i)))
		return true;
	return win_knows(w, i + 1) && (!is_sep(win_at(w, i + 1)) || win_knows(w, i + 2));
}

/* Fills `gs` from the group at `i`; OPEN when the bytes do not tell where it ends. */
static enum judged read_groups(const struct win *w, size_t i, struct groups *gs)
{
	size_t k = i;

	gs->n = gs->n_d = 0;
	while (gs->n < GROUPS_MAX && k - i < REACH_MAX) {
		struct group *g = &gs->g[gs->n];
		size_t len = 0;

		while (is_digit(win_at(w, k + len)) && len <= DIGITS_MAX)
			len++;
		if (!gap_is_known(w, k + len))
			return OPEN;
		if (gs->n_d + len > DIGITS_MAX)
			return JUDGED;
		for (size_t j = 0; j < len; j++)
			gs->d[gs->n_d + j] = win_at(w, k + j) - '0';
		*g = (struct group){ .off = (uint8_t)gs->n_d, .len = (uint8_t)len, .end = k + len };
		g->zero_in_parens = len == 1 && win_at(w, k) == '0' && win_at(w, k - 1) == '(' &&
				    win_at(w, k + 1) == ')';
		gs->n_d += len;
		gs->n++;
		g->gap = read_gap(w, k + len, &k);
		if (g->gap == GAP_NONE)
			break;
	}
	return JUDGED;
}

/* The gaps inside the first k groups, from `first` on, are the same. */
static bool uniform(const struct groups *gs, size_t k, size_t first)
{
	for (size_t j = first + 1; j + 1 < k; j++)
		if (gs->g[j].gap != gs->g[first].gap)
			return false;
	return true;
}

static size_t digits_of(const struct groups *gs, size_t k)
{
	return (size_t)gs->g[k - 1].off + gs->g[k - 1].len;
}

/* A run in which `06-12345678` is followed by `-9` is something else. */
static bool goes_on(const struct win *w, const struct groups *gs, size_t k)
{
	const struct group *last = &gs->g[k - 1];
	const uint8_t c = win_at(w, last->end);

	if (is_word(c))
		return true;
	/* bytes in hexadecimal: pairs, and pairs after them */
	if (last->gap == ' ' && last->len == 2 && k < gs->n && gs->g[k].len == 2 && uniform(gs, k, 0))
		return true;
	return last->gap != GAP_NONE && last->gap != ' ' && last->gap == gs->g[k - 2].gap;
}

static bool no_short_group(const struct groups *gs, size_t from, size_t k)
{
	for (size_t j = from; j < k; j++)
		if (gs->g[j].len < 2)
			return false;
	return true;
}

/* The dialled digits of the first k groups, from digit `skip`, without a (0). */
static size_t dialled(const struct groups *gs, size_t k, size_t skip, uint8_t *out)
{
	size_t n = 0;

	for (size_t j = 0; j < k; j++)
		for (size_t x = 0; x < gs->g[j].len && !gs->g[j].zero_in_parens; x++)
			if (gs->g[j].off + x >= skip)
				out[n++] = gs->d[gs->g[j].off + x];
	return n;
}

static size_t starts_with(const struct groups *gs, const struct plan_code *c)
{
	return code_len(c, gs->d, gs->n_d);
}

struct hit {
	enum scan_kind kind;
	bool in_plan;
	uint8_t d[DIGITS_MAX];
	size_t n;
};

/* +31 6 ..., 0031 6 ...: own numbers must fit the plan; of others only the length is known. */
static bool international(const struct win *w, const struct groups *gs, size_t k, size_t skip, struct hit *h)
{
	h->n = dialled(gs, k, skip, h->d);
	h->kind = SCAN_MSISDN;
	if (!judge_e164(w, h->d, h->n, &h->in_plan))
		return false;
	return code_len(&w->codes->country, h->d, h->n) ? h->in_plan : h->n >= 9 && h->n <= 13 && k <= 6;
}

/* 31.172.202.191 is an address, whatever its digits would make. */
static bool is_quad(const struct groups *gs, size_t k)
{
	for (size_t j = 0; j < k; j++)
		if (gs->g[j].len > 3)
			return false;
	return k == 4 && gs->g[0].gap == '.';
}

static bool phone(const struct win *w, const struct groups *gs, size_t k, struct hit *h)
{
	const size_t intl = starts_with(gs, &w->codes->international);
	const size_t first = gs->g[0].len, n_cc = w->codes->country.n;

	if (gs->plus || (intl > 0 && first >= intl))
		return international(w, gs, k, gs->plus ? 0 : intl, h);
	h->kind = SCAN_MSISDN;
	h->in_plan = true;
	if (!uniform(gs, k, 1) || first < 2 || gs->g[0].gap == '/')
		return false;
	if (gs->g[0].gap == '.' && k < 3)
		return false; /* 06.12345678 is a decimal number */
	if (starts_with(gs, &w->codes->trunk)) {
		h->n = judge_national(w, gs->d, digits_of(gs, k), h->d);
		return h->n > 0 && first <= 5 && no_short_group(gs, 0, k);
	}
	if (starts_with(gs, &w->codes->country) && (first == n_cc || first == n_cc + 1)) {
		h->n = dialled(gs, k, 0, h->d);
		return !is_quad(gs, k) && judge_bare_country(w, h->d, h->n) && no_short_group(gs, 2, k) &&
		       (gs->g[1].len > 1 || first == n_cc);
	}
	return false;
}

/* How kinds other than telephone numbers are grouped. */
static const struct shape {
	enum scan_kind kind;
	uint8_t n, len[5];
} shapes[] = {
	{ SCAN_IMSI, 3, { 3, 2, 10 } },
	{ SCAN_IMSI, 3, { 3, 3, 9 } },
	{ SCAN_IMSI, 2, { 5, 10 } },
	{ SCAN_IMEI, 4, { 2, 6, 6, 1 } },
	{ SCAN_IMEI, 3, { 2, 6, 6 } },
	{ SCAN_IMEI, 4, { 2, 6, 6, 2 } },
	{ SCAN_IMEI, 3, { 8, 6, 1 } },
	{ SCAN_BSN, 3, { 4, 2, 3 } },
	{ SCAN_BSN, 3, { 3, 3, 3 } },
	{ SCAN_CARD, 4, { 4, 4, 4, 4 } },
	{ SCAN_CARD, 5, { 4, 4, 4, 4, 3 } },
	{ SCAN_CARD, 3, { 4, 6, 5 } },
	{ SCAN_CARD, 4, { 4, 4, 4, 2 } },
	{ SCAN_ICCID, 5, { 4, 4, 4, 4, 3 } },
	{ SCAN_ICCID, 5, { 4, 4, 4, 4, 4 } },
};

static bool keep(struct hit *h, const struct groups *gs, size_t n)
{
	h->n = n;
	memcpy(h->d, gs->d, sizeof(h->d)); /* both are DIGITS_MAX long */
	return true;
}

static bool of_kind(const struct win *w, const struct groups *gs, size_t k, enum scan_kind kind, struct hit *h)
{
	const uint8_t *d = gs->d;
	const size_t n = digits_of(gs, k);

	h->kind = kind;
	h->in_plan = false;
	switch ((int)kind) {
	case SCAN_IMSI:
		h->in_plan = plan_has(w->plan, PLAN_IMSI, d, n);
		return (h->in_plan || (gs->g[0].len == 3 && check_mcc(d))) && keep(h, gs, n);
	case SCAN_IMEI:
		return check_tac(d) && (n != 15 || check_luhn(d, 15)) && keep(h, gs, 14);
	case SCAN_BSN:
		return check_bsn(d) && keep(h, gs, n);
	case SCAN_CARD:
		return check_card(d, n) && keep(h, gs, n);
	case SCAN_ICCID:
		h->in_plan = plan_has(w->plan, PLAN_ICCID, d, n);
		return d[0] == 8 && d[1] == 9 && check_luhn(d, n) && keep(h, gs, n - 1);
	default:
		return false;
	}
}

static bool shaped(const struct win *w, const struct groups *gs, size_t k, struct hit *h)
{
	if (gs->plus || gs->g[0].gap == GAP_PAREN || gs->g[0].gap == '/' || !uniform(gs, k, 0))
		return false;
	for (size_t s = 0; s < ARRAY_LEN(shapes); s++) {
		bool same = shapes[s].n == k;
		for (size_t j = 0; j < k && same; j++)
			same = shapes[s].len[j] == gs->g[j].len;
		if (same && of_kind(w, gs, k, shapes[s].kind, h))
			return true;
	}
	return false;
}

static bool left_is_clean(const struct win *w, size_t i)
{
	const uint8_t c = win_at(w, i - 1), b = win_at(w, i - 2);

	if (is_word(c))
		return (c == 'n' || c == 'r' || c == 't') && b == '\\';
	if (c == '-' || c == '.' || c == '/' || c == ':')
		return !is_digit(b);
	return true;
}

/* suci-0-204-08-... : the concealed SUPI as 3GPP TS 23.003 clause 28.7.3 writes it. */
static enum judged suci(struct win *w, size_t i)
{
	uint8_t text[SUCI_MAX] = "suci-";
	size_t n = 5, dashes = 0;
	uint8_t c;

	for (; n < sizeof(text); n++) {
		c = to_lower(win_at(w, i + n - 5));
		if (c != '-' && !is_hex(c))
			break;
		dashes += c == '-';
		text[n] = c;
	}
	if (n == sizeof(text))
		return JUDGED;
	if (!win_knows(w, i + n - 5))
		return OPEN;
	if (dashes != 6 || text[n - 1] == '-')
		return JUDGED;
	*w->digits_end = w->base + i + n - 5;
	judge_report(w, i - 5, i + n - 5, SCAN_SUCI, SCAN_NAMED, false, rd_of(text, n));
	return JUDGED;
}

static bool after_suci(const struct win *w, size_t i)
{
	static const char word[] = "suci-";

	for (size_t k = 0; k < 5; k++)
		if (to_lower(win_at(w, i - 5 + k)) != (uint8_t)word[k])
			return false;
	return true;
}

enum judged judge_grouped(struct win *w, size_t i)
{
	struct groups gs JUDGE_UNINIT;
	struct hit h JUDGE_UNINIT;
	const uint8_t c = win_at(w, i - 1);

	if (c == '-' && after_suci(w, i))
		return suci(w, i);
	gs.plus = is_plus_before(w, i);
	if (!gs.plus && !left_is_clean(w, i))
		return JUDGED;
	if (read_groups(w, i, &gs) == OPEN)
		return OPEN;
	if (gs.n_d < GROUPED_MIN && gs.n_d < w->codes->least)
		return JUDGED;
	for (size_t k = gs.n; k >= 2; k--) {
		if (goes_on(w, &gs, k) || !(phone(w, &gs, k, &h) || shaped(w, &gs, k, &h)))
			continue;
		*w->digits_end = w->base + gs.g[k - 1].end;
		judge_report_digits(w, i, gs.g[k - 1].end, h.kind, SCAN_GROUPED, h.in_plan, h.d, h.n);
		break;
	}
	return JUDGED;
}
