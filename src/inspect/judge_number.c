/*
 * Is:        the judgement of digits in one run: 0612345678, 204080123456789.
 * Is not:    of digits with separators (judge_group.c) or of weak forms (judge_weak.c).
 * Called by: scan.c.
 * Owns:      nothing.
 * Trust:     hostile bytes through win.h.
 */
#include <string.h>

#include "base/def.h"
#include "inspect/check.h"
#include "inspect/judge.h"

/* What stands before the digits. */
enum left { LEFT_CLEAN, LEFT_PLUS, LEFT_GLUED, LEFT_IMSI, LEFT_MSISDN, LEFT_IMEI };

/* Its value is n of the run's digits, but for the first `skip`, or, when n is 0, what was built. */
struct found {
	enum scan_kind kind;
	bool in_plan;
	size_t skip, n;
	struct built built;
};

/* True when the bytes before `i` are `word`, in any case, and a word begins there. */
static bool named(const struct win *w, size_t i, const char *word)
{
	const size_t n = strlen(word);

	for (size_t k = 0; k < n; k++)
		if (to_lower(win_at(w, i - n + k)) != (uint8_t)word[k])
			return false;
	return !is_word(win_at(w, i - n - 1));
}

static bool four_hex(const struct win *w, size_t i)
{
	return is_hex(win_at(w, i)) && is_hex(win_at(w, i + 1)) && is_hex(win_at(w, i + 2)) &&
	       is_hex(win_at(w, i + 3));
}

static enum left after_dash(const struct win *w, size_t i, size_t n)
{
	const uint8_t c = win_at(w, i - 2);

	if (!is_alpha(c) && !is_digit(c))
		return c == '_' ? LEFT_GLUED : LEFT_CLEAN;
	if (named(w, i, "imsi-"))
		return LEFT_IMSI;
	if (named(w, i, "msisdn-"))
		return LEFT_MSISDN;
	if (named(w, i, "imei-") || named(w, i, "imeisv-"))
		return LEFT_IMEI;
	/* the last field of a UUID */
	if (n == 12 && four_hex(w, i - 5) && win_at(w, i - 6) == '-')
		return LEFT_GLUED;
	return LEFT_CLEAN;
}

static enum left left_of(const struct win *w, size_t i, size_t n)
{
	const uint8_t c = win_at(w, i - 1), b = win_at(w, i - 2);

	switch (c) {
	case '+': case '(':
		return is_plus_before(w, i) ? LEFT_PLUS : LEFT_CLEAN;
	case '-':
		return after_dash(w, i, n);
	case '.':
		return is_digit(b) ? LEFT_GLUED : LEFT_CLEAN;
	case 'n': case 'r': case 't':
		return b == '\\' ? LEFT_CLEAN : LEFT_GLUED; /* an escape in JSON */
	case 'B': case 'b':
		return b == '2' && win_at(w, i - 3) == '%' ? LEFT_PLUS : LEFT_GLUED; /* %2B */
	default:
		return is_word(c) ? LEFT_GLUED : LEFT_CLEAN;
	}
}

static bool glued_right(const struct win *w, size_t i, size_t n)
{
	const uint8_t c = win_at(w, i + n);

	if (c == '.')
		return is_digit(win_at(w, i + n + 1));
	if (c == '-' && n == 8) /* the first field of a UUID */
		return four_hex(w, i + 9) && win_at(w, i + 13) == '-';
	if ((c | 0x20) == 'f' && (n == 19 || n == 18))
		return is_word(win_at(w, i + n + 1)); /* an ICCID's filler */
	return is_word(c);
}

/* How far glued_right looks. */
static size_t right_edge(const struct win *w, size_t i, size_t n)
{
	const uint8_t c = win_at(w, i + n);

	if (c == '-' && n == 8)
		return i + 13;
	return c == '.' || (c | 0x20) == 'f' ? i + n + 1 : i + n;
}

bool judge_e164(const struct win *w, const uint8_t *d, size_t n, bool *in_plan)
{
	if (n < 8 || n > 15 || d[0] == 0)
		return false;
	*in_plan = plan_has(w->plan, PLAN_MSISDN, d, n);
	return true;
}

bool judge_national(const struct win *w, const uint8_t *d, size_t n, struct built *out)
{
	const struct plan_codes *c = w->codes;
	size_t trunk;

	if (!(row_of(c, d, n)->national >> n & 1))
		return false;
	trunk = code_len(&c->trunk, d, n);
	out->n = n - trunk + c->country.n;
	if (trunk == 0 || out->n > 15)
		return false;
	memcpy(out->d, c->country.d, sizeof(c->country.d));
	for (size_t k = trunk; k < n; k++) /* at most 15, checked above */
		out->d[c->country.n + k - trunk] = d[k];
	return plan_has(w->plan, PLAN_MSISDN, out->d, out->n);
}

bool judge_bare_country(const struct win *w, const uint8_t *d, size_t n)
{
	if (!(row_of(w->codes, d, n)->country >> n & 1))
		return false;
	return code_len(&w->codes->country, d, n) > 0 && plan_has(w->plan, PLAN_MSISDN, d, n);
}

static bool take(struct found *f, enum scan_kind kind, bool in_plan, size_t skip, size_t n)
{
	f->kind = kind;
	f->in_plan = in_plan;
	f->skip = skip;
	f->n = n;
	return true;
}

/* Dialled as it is after the first `skip` digits. */
static bool is_e164(const struct win *w, const uint8_t *d, size_t n, size_t skip, struct found *f)
{
	struct rd dialled = { d, n };
	bool in_plan = false;

	return rd_skip(&dialled, skip) && judge_e164(w, dialled.p, dialled.len, &in_plan) &&
	       take(f, SCAN_MSISDN, in_plan, skip, dialled.len);
}

static inline bool is_phone(const struct win *w, const uint8_t *d, size_t n, struct found *f)
{
	const struct plan_row *row = row_of(w->codes, d, n);

	if (row->international >> n & 1) {
		const size_t k = code_len(&w->codes->international, d, n);

		if (k > 0)
			return is_e164(w, d, n, k, f);
	}
	if (row->national >> n & 1 && judge_national(w, d, n, &f->built))
		return take(f, SCAN_MSISDN, true, 0, 0);
	return row->country >> n & 1 && judge_bare_country(w, d, n) && take(f, SCAN_MSISDN, true, 0, n);
}

static inline void report(struct win *w, size_t i, size_t n, const struct look *l, enum scan_form form, const struct found *f)
{
	struct rd value = { l->text.p, f->n };

	if (f->n == 0) {
		judge_report_built(w, i, i + n, f->kind, form, f->in_plan, &f->built);
		return;
	}
	if (f->skip > 0)
		(void)!rd_slice(&l->text, f->skip, f->n, &value);
	judge_report(w, i, i + n, f->kind, form, f->in_plan, value);
}

/* Fifteen digits can be three things; the plan decides first, then Luhn. */
static bool is_fifteen(const struct win *w, const uint8_t *d, struct found *f)
{
	if (row_of(w->codes, d, 15)->imsi >> 15 & 1 && plan_has(w->plan, PLAN_IMSI, d, 15))
		return take(f, SCAN_IMSI, true, 0, 15);
	if (check_card(d, 15))
		return take(f, SCAN_CARD, false, 0, 15);
	if (check_tac(d) && check_luhn(d, 15))
		return take(f, SCAN_IMEI, false, 0, 14);
	return check_mcc(d) && take(f, SCAN_IMSI, false, 0, 15);
}

static bool by_length(const struct win *w, const uint8_t *d, size_t n, struct found *f)
{
	switch (n) {
	case 9:
		return check_bsn(d) && take(f, SCAN_BSN, false, 0, 9);
	case 14:
		if (check_card(d, n))
			return take(f, SCAN_CARD, false, 0, n);
		return d[0] == 3 && d[1] == 5 && take(f, SCAN_IMEI, false, 0, 14);
	case 15:
		return is_fifteen(w, d, f);
	case 16:
		if (check_card(d, n))
			return take(f, SCAN_CARD, false, 0, n);
		return d[0] == 3 && d[1] == 5 && take(f, SCAN_IMEI, false, 0, 14);
	case 19: case 20:
		if (d[0] == 8 && d[1] == 9 && check_luhn(d, n))
			return take(f, SCAN_ICCID, plan_has(w->plan, PLAN_ICCID, d, n), 0, n - 1);
		return check_card(d, n) && take(f, SCAN_CARD, false, 0, n);
	case 12: case 13:
		return check_card(d, n) && take(f, SCAN_CARD, false, 0, n);
	default:
		return false;
	}
}

static bool classify(const struct win *w, const uint8_t *d, size_t n, enum left left, struct found *f)
{
	switch (left) {
	case LEFT_IMSI:
		return n >= 14 && n <= 15 &&
		       take(f, SCAN_IMSI, plan_has(w->plan, PLAN_IMSI, d, n), 0, n);
	case LEFT_MSISDN:
		return is_e164(w, d, n, 0, f);
	case LEFT_IMEI:
		return n >= 14 && n <= 16 && take(f, SCAN_IMEI, false, 0, 14);
	case LEFT_PLUS:
		return is_e164(w, d, n, 0, f);
	case LEFT_CLEAN: case LEFT_GLUED:
		break;
	}
	if (n > PLAN_DIGITS_MAX) /* as nothing is */
		return false;
	return is_phone(w, d, n, f) || by_length(w, d, n, f);
}

/* Days, seconds and milliseconds since 1970: numbers, but not new ones. */
static bool is_time(const uint8_t *d, size_t n)
{
	const unsigned y = d[0] * 10u + d[1];

	if (n == 8 || n == 14)
		return y == 19 || y == 20;
	return (n == 10 || n == 13) && y >= 10 && y <= 19;
}

static void report_rest(struct win *w, size_t i, const struct look *l, size_t n, enum left left)
{
	const uint8_t *d = l->d;
	struct found f JUDGE_UNINIT;

	if (w->opts & SCAN_OPT_WEAK) {
		if (left == LEFT_GLUED && classify(w, d, n, left, &f) && f.in_plan)
			report(w, i, n, l, SCAN_GLUED, &f);
		/* Without a check digit, or with a version in its place, it is one only when it is a member's. */
		if (left != LEFT_GLUED && (n == 14 || n == 16) && check_tac(d))
			judge_report(w, i, i + n, SCAN_IMEI, SCAN_BARE, false, (struct rd){ l->text.p, 14 });
		judge_weak_run(w, i, d, n, true);
	}
	if ((w->opts & SCAN_OPT_NUMBERS) && left != LEFT_GLUED && !is_time(d, n))
		judge_report(w, i, i + n, SCAN_NUMBER, SCAN_PLAIN, false, (struct rd){ l->text.p, n });
}

enum { NUMBER_MIN = 7 };
_Static_assert((int)LOOK_LEN == JUDGE_RUN_MAX, "a look takes up all that is judged together");

/* How many digits are on end, from the first on. */
static inline size_t on_end(const struct look *l)
{
	return ~l->digits ? (size_t)__builtin_ctzll(~l->digits) : LOOK_LEN;
}

/* Bytes that say something of the digits beside them; beside others a number stands clean. */
static const bool tells[UINT8_MAX + 1] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['_'] = true,
	['+'] = true, ['('] = true, ['-'] = true, ['.'] = true,
};

/* A run longer than is judged together: weak forms in it, and a place further on. */
static enum judged long_run(struct win *w, size_t i, const uint8_t *d)
{
	if (w->opts & SCAN_OPT_WEAK)
		judge_weak_run(w, i, d, JUDGE_RUN_MAX, false);
	*w->cont = w->base + i + JUDGE_RUN_STEP;
	*w->digits_end = w->base + i + JUDGE_RUN_MAX;
	return JUDGED;
}

/* Most places in logs are these: decimals, and digits inside a word. */
static bool surely_glued(const struct win *w, size_t i)
{
	const uint8_t c = win_at(w, i - 1), b = win_at(w, i - 2);

	if (c == '.')
		return is_digit(b);
	return is_word(c) && b != '\\' && b != '2';
}

/* One digit begins a grouping only after + or as the type of a SUCI. */
static bool may_begin_alone(const struct win *w, size_t i)
{
	const uint8_t c = win_at(w, i - 1);

	return c == '+' || c == '(' || c == '-';
}

/* So few digits on end are a number only with others. */
static enum judged judge_few(struct win *w, size_t i, size_t n, const struct look *l)
{
	return is_sep(win_at(w, i + n)) && (n > 1 || may_begin_alone(w, i)) ? judge_grouped(w, i, l) : JUDGED;
}

static enum judged judge_number(struct win *w, size_t i, const struct look *l)
{
	struct found f JUDGE_UNINIT;
	enum left left = LEFT_CLEAN;
	const size_t n = on_end(l);

	if (n == JUDGE_RUN_MAX)
		return long_run(w, i, l->d);
	if (!win_knows(w, i + n))
		return OPEN;
	if (n < NUMBER_MIN)
		return judge_few(w, i, n, l);
	if (tells[win_at(w, i - 1)] || tells[win_at(w, i + n)]) {
		if (!win_knows(w, right_edge(w, i, n)))
			return OPEN;
		left = glued_right(w, i, n) ? LEFT_GLUED : left_of(w, i, n);
	}
	if (left != LEFT_GLUED) {
		if (classify(w, l->d, n, left, &f)) {
			*w->digits_end = w->base + i + n;
			report(w, i, n, l, left > LEFT_GLUED ? SCAN_NAMED : SCAN_PLAIN, &f);
			return JUDGED;
		}
		if (is_sep(win_at(w, i + n)) && judge_grouped(w, i, l) == OPEN)
			return OPEN;
	}
	if (w->opts && *w->digits_end <= w->base + i)
		report_rest(w, i, l, n, left);
	return JUDGED;
}

enum judged judge_digits(struct win *w, size_t i, unsigned *done)
{
	const bool weak = w->opts & SCAN_OPT_WEAK;
	struct look l JUDGE_UNINIT;

	if (w->base + i < *w->digits_end || (!weak && surely_glued(w, i)))
		return JUDGED;
	win_look(w, i, &l);
	if (*done <= 1 && judge_number(w, i, &l) == OPEN) {
		*done = 1;
		return OPEN;
	}
	if (weak && judge_hex(w, i, &l) == OPEN) {
		*done = 2;
		return OPEN;
	}
	return JUDGED;
}

/* Inside a run that judge_number or this one cut: the windows that begin before
 * `i` were reported. */
enum judged judge_more_digits(struct win *w, size_t i)
{
	struct look l JUDGE_UNINIT;
	size_t n;

	win_look(w, i, &l);
	n = on_end(&l);
	if (n == JUDGE_RUN_MAX)
		return long_run(w, i, l.d);
	if (!win_knows(w, i + n))
		return OPEN;
	if (w->opts & SCAN_OPT_WEAK)
		judge_weak_run(w, i, l.d, n, false);
	*w->cont = UINT64_MAX;
	return JUDGED;
}
