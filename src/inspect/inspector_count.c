/*
 * Is:        findings to counts, each person once, and to the bytes that must be masked.
 * Is not:    the finding.
 * Called by: inspector_layer.c, inspector.c.
 * Owns:      nothing.
 * Trust:     hostile values.
 */
#include "inspect/inspector_priv.h"
#include "inspect/unicode.h"

enum { MASK_DIGITS = 1, MASK_ALNUM = 2 };
enum { MASKED_LEAST = 6, WEAK_LEAST = 3 };

static const double chance_at_most = 1e-6, usual_share = 0.072;

static bool is_person(enum scan_kind k)
{
	return k != SCAN_IPV4 && k != SCAN_IPV6 && k != SCAN_NUMBER;
}

/* Numbers in another radix and columns are numbers by chance; they need proof. */
static bool believable(enum decode_kind kind, enum exposure_verdict v, bool known)
{
	if (kind < DECODE_LETTERS || kind == DECODE_KINDS)
		return true;
	if (kind == DECODE_NUMBER || kind == DECODE_UPRIGHT || kind == DECODE_LIKENESS)
		return v >= (known ? VERDICT_MEMBER : VERDICT_PLAN);
	return v >= VERDICT_PLAN;
}

/* Weak forms hit members by chance, at the share of numbers that are members; when
 * there are more than chance explains, they are meant. */
static void weigh_weak(struct inspector *in)
{
	double share = in->o.member_share > 0 ? in->o.member_share : usual_share;

	in->weak_sure = in->weak.n >= WEAK_LEAST &&
	    verdict_binomial_tail(in->weak_tried.n, in->weak.n, share) < chance_at_most;
}

static bool is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(uint32_t c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c >= 0xc0;
}

/* Of a number only the digits are its own; a name before it (imsi-...) is not. */
static bool is_number(const struct scan_finding *f)
{
	switch (f->kind) {
	case SCAN_MSISDN:
	case SCAN_IMSI:
	case SCAN_IMEI:
	case SCAN_ICCID:
	case SCAN_BSN:
	case SCAN_CARD:
		return f->form != SCAN_TBCD;
	case SCAN_SUCI:
	case SCAN_NAI:
	case SCAN_IBAN:
	case SCAN_MRZ:
	case SCAN_EMAIL:
	case SCAN_IPV4:
	case SCAN_IPV6:
	case SCAN_NUMBER:
	case SCAN_KINDS:
		return false;
	}
	return false;
}

/* Marks the bytes that carried the finding. False when too much of it went out before. */
static bool mark(struct inspector *in, const struct scan_finding *f, source_fn *source, const void *ctx)
{
	const uint8_t how = is_number(f) ? MASK_DIGITS : MASK_ALNUM;
	uint32_t hidden = 0, all = 0, least;

	for (uint32_t i = 0; i < f->len; i++) {
		uint32_t src = source(ctx, f->offset + i);

		all++;
		if (src == TRACED_OLD)
			continue;
		hidden++;
		if (src != TRACED_MASKED && src - 1 < CHUNK_MAX) {
			in->any_mask = true;
			in->mask[src - 1] = in->mask[src - 1] > how ? in->mask[src - 1] : how;
		}
	}
	least = all / 2 < MASKED_LEAST ? all / 2 : MASKED_LEAST;
	return hidden >= least;
}

static void count_person(struct inspector *in, const struct scan_finding *f, enum exposure_verdict v, enum decode_kind kind)
{
	if (!seen_add(&in->persons, f->kind, f->value))
		return;
	in->weak_twice += seen_has(&in->weak, f->kind, f->value);
	in->now.persons++;
	in->now.kind[f->kind]++;
	in->now.verdict[v]++;
	in->now.decoded += kind != DECODE_KINDS;
}

static enum membership ask(struct inspector *in, const struct scan_finding *f)
{
	struct inspect_ask a = { .kind = f->kind, .value = f->value };

	if (in->o.member)
		in->o.member(in->o.member_ctx, &a, 1);
	return a.membership;
}

/* A weak form counts when it is a member's and more than chance, or when nobody can say
 * whose it is and it is a number of the plan. */
static bool weak_counts(struct inspector *in, const struct scan_finding *f, enum exposure_verdict v, enum membership m, enum decode_kind kind)
{
	if (!in->o.member)
		return false;
	if (m == MEMBERSHIP_UNKNOWN && v == VERDICT_PLAN) {
		count_person(in, f, v, kind);
		return true;
	}
	(void)seen_add(&in->weak_tried, f->kind, f->value);
	if (m != MEMBERSHIP_MEMBER)
		return false;
	if (seen_add(&in->weak, f->kind, f->value)) {
		in->weak_twice += seen_has(&in->persons, f->kind, f->value);
		weigh_weak(in);
	}
	return in->weak_sure;
}

void count_finding(struct inspector *in, const struct scan_finding *f, source_fn *source, const void *ctx, enum decode_kind kind)
{
	enum membership m = ask(in, f);
	bool member = m == MEMBERSHIP_MEMBER, unknown = in->o.member && m == MEMBERSHIP_UNKNOWN;
	enum exposure_verdict v = member ? VERDICT_MEMBER : f->in_plan ? VERDICT_PLAN : VERDICT_SHAPE;

	if (f->kind == SCAN_NUMBER && in->o.numbers && !member)
		in->now.novel += seen_add(&in->novel, f->kind, f->value);
	if (!is_person(f->kind) || !believable(kind, v, in->o.member && !unknown))
		return;
	in->now.unknown += unknown;
	if (scan_form_is_weak(f->form)) {
		if (!weak_counts(in, f, v, m, kind))
			return;
	} else {
		count_person(in, f, v, kind);
	}
	if (!in->o.mask)
		return;
	if (source && mark(in, f, source, ctx))
		return;
	if (in->o.typed && seen_has(&in->o.typed->persons, f->kind, f->value))
		return;
	in->cannot_mask = true;
}

/* A stand-in of as many bytes and columns as the character. */
static bool stand_in(uint32_t cp, size_t n, struct buf *out)
{
	if (n == 1)
		return buf_put_str(out, "*");
	if (n == 2)
		return buf_put_str(out, "\xc3\x97");
	if (n == 3)
		return buf_put_str(out, unicode_width(cp) == 2 ? "\xef\xbc\x8a" : "\xe2\x80\xa2");
	return buf_put_str(out, "\xf0\x9d\x99\xb0");
}

/* The character at the front and its length; a broken one is one byte. */
static uint32_t take_char(struct rd *from, size_t *n)
{
	struct utf8 u = { 0 };
	struct rd whole = *from;
	int32_t cp = UTF8_MORE;
	bool again;
	uint8_t c;

	while (cp == UTF8_MORE && rd_u8(from, &c))
		cp = utf8_step(&u, c, &again);
	*n = cp < 0 ? 1 : whole.len - from->len;
	*from = whole;
	if (!rd_skip(from, *n))
		*n = 0;
	return cp < 0 ? 0 : (uint32_t)cp;
}

void mask_chunk(struct inspector *in, struct rd chunk, struct buf *out)
{
	struct rd all = chunk, same;
	size_t n, at = 0;
	bool ok = true;

	if (!in->any_mask) {
		(void)!buf_put_rd(out, chunk);	/* there is room: advance_by saw to it */
		return;
	}
	for (; chunk.len && ok; at += n) {
		uint32_t cp = take_char(&chunk, &n), shown = unicode_fold(cp);
		bool hide = in->mask[at] == MASK_ALNUM ? is_alnum(shown) : in->mask[at] == MASK_DIGITS && is_digit(shown);

		if (hide) {
			ok = stand_in(cp, n, out);
			in->now.masked += n;
		} else {
			ok = rd_slice(&all, at, n, &same) && buf_put_rd(out, same);
		}
	}
}
