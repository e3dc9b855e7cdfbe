/*
 * Is:        the judgement of digits with separators. Precision lives here: a
 *            grouping counts only if people write that kind so.
 * Is not:    of digits in one run (judge_number.c).
 * Called by: judge_number.c.
 * Owns:      nothing.
 * Trust:     hostile bytes through win.h.
 */
#include <string.h>

#include "base/def.h"
#include "inspect/check.h"
#include "inspect/judge.h"

enum { GROUPS_MAX = 9, DIGITS_MAX = 20, SUCI_MAX = 180, SHAPE_MAX = 5,
       GROUPED_MIN = 8 /* digits of the shortest foreign number; no other kind has fewer */ };

/* What stands between two groups. */
enum { GAP_NONE = 0, GAP_PAREN = 1 /* a parenthesis, with or without a separator */ };

struct group {
	unsigned off, len; /* in d */
	unsigned gap;      /* after it: the separator, or GAP_* */
	bool zero_in_parens; /* (0) after a country code: written, not dialled */
	size_t end;       /* index after its last digit */
};

struct groups {
	uint8_t d[DIGITS_MAX + BUILT_ROOM]; /* room to copy without counting */
	uint64_t shape; /* lengths of the groups, as SHAPE has them */
	struct group g[GROUPS_MAX];
	size_t n, n_d;
	bool plus;
	bool any_zero; /* in parentheses */
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

/* How many digits are on end from byte k of a look, which does not end with one. */
static size_t digits_at(const struct look *l, size_t k)
{
	return (size_t)__builtin_ctzll(~(l->digits >> k));
}

enum { GROUPS_REACH = DIGITS_MAX + 2 * (GROUPS_MAX - 1) }; /* the last group begins before */
_Static_assert(GROUPS_REACH + DIGITS_MAX < LOOK_LEN, "a look takes up all groups");

/* Fills `gs` from the groups at `i`; OPEN when the bytes do not tell where they end. */
static enum judged read_groups(const struct win *w, size_t i, const struct look *l, struct groups *gs)
{
	size_t at = i;

	gs->n = gs->n_d = 0;
	gs->shape = 0;
	gs->any_zero = false;
	while (gs->n < GROUPS_MAX) {
		struct group *g = &gs->g[gs->n];
		const size_t k = at - i, len = digits_at(l, k);

		if (gs->n_d + len > DIGITS_MAX)
			return JUDGED;
		if (!gap_is_known(w, at + len))
			return OPEN;
		memcpy(&gs->d[gs->n_d], &l->d[k], DIGITS_MAX);
		*g = (struct group){ .off = (unsigned)gs->n_d, .len = (unsigned)len, .end = at + len };
		g->zero_in_parens = len == 1 && win_at(w, at) == '0' && win_at(w, at - 1) == '(' && win_at(w, at + 1) == ')';
		gs->any_zero |= g->zero_in_parens;
		gs->shape |= (uint64_t)(len < 15 ? len : 15) << 4 * gs->n;
		gs->n_d += len;
		gs->n++;
		g->gap = read_gap(w, at + len, &at);
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
static void dialled(const struct groups *gs, size_t k, size_t skip, struct built *out)
{
	out->n = 0;
	if (!gs->any_zero) {
		memcpy(out->d, &gs->d[skip], sizeof(out->d));
		out->n = digits_of(gs, k) - skip;
		return;
	}
	for (size_t j = 0; j < k; j++)
		for (size_t x = 0; x < gs->g[j].len && !gs->g[j].zero_in_parens; x++)
			if (gs->g[j].off + x >= skip)
				out->d[out->n++] = gs->d[gs->g[j].off + x];
}

static size_t starts_with(const struct groups *gs, const struct plan_code *c)
{
	return code_len(c, gs->d, gs->n_d);
}

struct hit {
	enum scan_kind kind;
	bool in_plan;
	struct built v;
};

/* +31 6 ..., 0031 6 ...: own numbers must fit the plan; of others only the length is known. */
static bool international(const struct win *w, const struct groups *gs, size_t k, size_t skip, struct hit *h)
{
	dialled(gs, k, skip, &h->v);
	h->kind = SCAN_MSISDN;
	if (!judge_e164(w, h->v.d, h->v.n, &h->in_plan))
		return false;
	return code_len(&w->codes->country, h->v.d, h->v.n) ? h->in_plan : h->v.n >= 9 && h->v.n <= 13 && k <= 6;
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
	if (starts_with(gs, &w->codes->trunk))
		return first <= 5 && no_short_group(gs, 0, k) && judge_national(w, gs->d, digits_of(gs, k), &h->v);
	if (starts_with(gs, &w->codes->country) && (first == n_cc || first == n_cc + 1)) {
		dialled(gs, k, 0, &h->v);
		return !is_quad(gs, k) && judge_bare_country(w, h->v.d, h->v.n) && no_short_group(gs, 2, k) &&
		       (gs->g[1].len > 1 || first == n_cc);
	}
	return false;
}

/* How kinds other than telephone numbers are grouped: four bits for each group, the first one lowest. */
#define SHAPE(a, b, c, d, e) ((a) | (b) << 4 | (c) << 8 | (d) << 12 | (e) << 16)

static bool keep(struct hit *h, enum scan_kind kind, bool in_plan, const struct groups *gs, size_t n)
{
	h->kind = kind;
	h->in_plan = in_plan;
	h->v.n = n;
	memcpy(h->v.d, gs->d, sizeof(h->v.d)); /* of which gs->d has more */
	return true;
}

static bool imsi(const struct win *w, const struct groups *gs, struct hit *h)
{
	const bool in_plan = plan_has(w->plan, PLAN_IMSI, gs->d, 15);

	return (in_plan || (gs->g[0].len == 3 && check_mcc(gs->d))) && keep(h, SCAN_IMSI, in_plan, gs, 15);
}

static bool imei(const struct groups *gs, size_t n, struct hit *h)
{
	return check_tac(gs->d) && (n != 15 || check_luhn(gs->d, 15)) && keep(h, SCAN_IMEI, false, gs, 14);
}

static bool card(const struct groups *gs, size_t n, struct hit *h)
{
	return check_card(gs->d, n) && keep(h, SCAN_CARD, false, gs, n);
}

static bool iccid(const struct win *w, const struct groups *gs, size_t n, struct hit *h)
{
	return gs->d[0] == 8 && gs->d[1] == 9 && check_luhn(gs->d, n) &&
	       keep(h, SCAN_ICCID, plan_has(w->plan, PLAN_ICCID, gs->d, n), gs, n - 1);
}

static bool shaped(const struct win *w, const struct groups *gs, size_t k, struct hit *h)
{
	const size_t n = digits_of(gs, k);

	if (k > SHAPE_MAX || gs->plus || gs->g[0].gap == GAP_PAREN || gs->g[0].gap == '/' || !uniform(gs, k, 0))
		return false;
	switch (gs->shape & ((1u << 4 * k) - 1)) {
	case SHAPE(3, 2, 10, 0, 0): case SHAPE(3, 3, 9, 0, 0): case SHAPE(5, 10, 0, 0, 0):
		return imsi(w, gs, h);
	case SHAPE(2, 6, 6, 0, 0): case SHAPE(2, 6, 6, 1, 0): case SHAPE(2, 6, 6, 2, 0): case SHAPE(8, 6, 1, 0, 0):
		return imei(gs, n, h);
	case SHAPE(4, 2, 3, 0, 0): case SHAPE(3, 3, 3, 0, 0):
		return check_bsn(gs->d) && keep(h, SCAN_BSN, false, gs, n);
	case SHAPE(4, 4, 4, 4, 0): case SHAPE(4, 6, 5, 0, 0): case SHAPE(4, 4, 4, 2, 0):
		return card(gs, n, h);
	case SHAPE(4, 4, 4, 4, 3):
		return card(gs, n, h) || iccid(w, gs, n, h);
	case SHAPE(4, 4, 4, 4, 4):
		return iccid(w, gs, n, h);
	default:
		return false;
	}
}

/* Whether the second group may follow one of `first` digits in any of the shapes. */
static bool begins_shape(const struct look *l, size_t first)
{
	/* By `first`: bit n, and the second has n digits. */
	static const uint16_t seconds[] = { [2] = 1 << 6, [3] = 1 << 2 | 1 << 3, [4] = 1 << 2 | 1 << 4 | 1 << 6,
					    [5] = 1 << 10, [8] = 1 << 6 };

	return first < ARRAY_LEN(seconds) && seconds[first] >> (digits_at(l, first + 1) & 15) & 1;
}

/* What most groups in logs are not, seen by the length and the digits of the first one. */
static bool may_be_grouped(const struct win *w, const struct look *l)
{
	const struct plan_codes *c = w->codes;
	const size_t n = digits_at(l, 0);
	const uint8_t *d = l->d;

	if (code_len(&c->international, d, n))
		return true;
	if (n >= 2 && n <= 5 && (n < c->trunk.n || code_len(&c->trunk, d, n)))
		return true;
	if (n - c->country.n <= 1 && code_len(&c->country, d, n))
		return true;
	/* what comes may make the second one longer, when all of the text was taken up */
	return begins_shape(l, n) || l->text.len < LOOK_LEN;
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

enum judged judge_grouped(struct win *w, size_t i, const struct look *l)
{
	struct groups gs JUDGE_UNINIT;
	struct hit h JUDGE_UNINIT;
	const uint8_t c = win_at(w, i - 1);

	if (c == '-' && after_suci(w, i))
		return suci(w, i);
	gs.plus = is_plus_before(w, i);
	if (!gs.plus && (!may_be_grouped(w, l) || !left_is_clean(w, i)))
		return JUDGED;
	if (read_groups(w, i, l, &gs) == OPEN)
		return OPEN;
	if (gs.n_d < GROUPED_MIN && gs.n_d < w->codes->least)
		return JUDGED;
	for (size_t k = gs.n; k >= 2; k--) {
		if (goes_on(w, &gs, k) || !(phone(w, &gs, k, &h) || shaped(w, &gs, k, &h)))
			continue;
		*w->digits_end = w->base + gs.g[k - 1].end;
		judge_report_built(w, i, gs.g[k - 1].end, h.kind, SCAN_GROUPED, h.in_plan, &h.v);
		break;
	}
	return JUDGED;
}
