/*
 * Is:        findings to counts, each person once, and to the bytes that must be masked.
 * Is not:    the finding.
 * Called by: inspector_layer.c, inspector.c.
 * Owns:      nothing.
 * Trust:     hostile values.
 */
#include <string.h>

#include "base/ascii.h"
#include "inspect/inspector_pending.h"
#include "inspect/unicode.h"

enum { MASK_DIGITS = 1, MASK_ALNUM = 2 };
enum { MASKED_LEAST = 6 };

static const double usual_share = 0.072;

bool count_is_person(enum scan_kind k)
{
	return k != SCAN_IPV4 && k != SCAN_IPV6 && k != SCAN_NUMBER;
}

/* What lines come to in another dress is a number of the plan by chance ("2016, 2017 ... version 3"
 * in a banner): it must be a member, or stand where a word says that a number is meant. */
static bool believable(const struct candidate *c, enum exposure_verdict v, bool unknown)
{
	if (!decode_is_dress(c->decoded) || v == VERDICT_MEMBER)
		return true;
	/* Another radix is written with its prefix, not by chance: while nobody knows, it counts. */
	if (c->decoded == DECODE_NUMBER && unknown)
		return v >= VERDICT_PLAN;
	return v >= VERDICT_PLAN && c->dress_context;
}

/* Weak forms hit members by chance, at the share of numbers that are members; when
 * there are more than chance explains, they are meant. */
void count_weigh(struct inspector *in)
{
	double share = in->o.member_share > 0 ? in->o.member_share : usual_share;

	if (!in->weak_changed)
		return;
	in->weak_changed = false;
	in->weak_sure = verdict_is_beyond_chance(in->weak_tried.n, in->weak.n, share);
}

static bool is_of_a_name(uint32_t c)
{
	return is_alnum(c) || c >= 0xc0;
}

/* Of a number only the digits are its own; a name before it (imsi-...) is not. */
static bool is_number(enum scan_kind kind, enum scan_form form)
{
	switch (kind) {
	case SCAN_MSISDN:
	case SCAN_IMSI:
	case SCAN_IMEI:
	case SCAN_ICCID:
	case SCAN_BSN:
	case SCAN_CARD:
		return form != SCAN_TBCD;
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

bool count_mark(struct inspector *in, enum scan_kind kind, enum scan_form form, const uint32_t *source, size_t n)
{
	const uint8_t how = is_number(kind, form) ? MASK_DIGITS : MASK_ALNUM;
	size_t hidden = 0, least;

	for (size_t i = 0; i < n; i++) {
		const uint32_t src = source[i];

		if (src == TRACED_OLD)
			continue;
		hidden++;
		if (src != TRACED_MASKED && src - 1 < CHUNK_MAX) {
			in->any_mask = true;
			in->mask[src - 1] = in->mask[src - 1] > how ? in->mask[src - 1] : how;
		}
	}
	least = n / 2 < MASKED_LEAST ? n / 2 : MASKED_LEAST;
	return hidden >= least;
}

/* A member's number, his SIM's and his phone's are one person; what is nobody's that we know
 * is a person of its own. */
static uint64_t whose(const struct inspector *in, const struct candidate *c)
{
	const uint32_t person = c->s.person;

	return person ? seen_token(&in->persons, SCAN_KINDS, rd_of((const uint8_t *)&person, sizeof(person))) : c->token;
}

/* Whether the person counts already; one whom we do not know goes by the identifier. */
static bool is_counted(const struct inspector *in, uint64_t who)
{
	return seen_has_token(&in->persons, who) || seen_has_token(&in->identifiers, who);
}

/* One that was not seen before. */
static void count_identifier(struct inspector *in, const struct candidate *c, enum exposure_verdict v)
{
	const uint64_t who = whose(in, c);
	const struct inspector *before = in->o.before;

	in->now.kind[c->s.kind]++;
	in->now.verdict[v]++;
	if (c->decoded != DECODE_KINDS)
		(void)seen_add_token(&in->decoded, c->token);
	if (c->s.person && ((before && seen_has_token(&before->persons, who)) || !seen_add_token(&in->persons, who)))
		return;
	in->weak_twice += seen_has_token(&in->weak_persons, who);
	in->now.persons++;
}

static void count_person(struct inspector *in, const struct candidate *c, enum exposure_verdict v)
{
	if (in->o.before && seen_has_token(&in->o.before->identifiers, c->token))
		return;
	/* Which layer is first may be a matter of how the stream came: what stood in the clear as well was not decoded. */
	if (c->decoded == DECODE_KINDS && in->now.decoded && seen_has_token(&in->decoded, c->token))
		(void)seen_add_token(&in->in_clear, c->token);
	if (seen_add_token(&in->identifiers, c->token))
		count_identifier(in, c, v);
	in->now.decoded = in->decoded.n - in->in_clear.n;
}

void count_value(struct inspector *in, enum data_class data, unsigned among, struct rd value)
{
	in->now.data[data] += seen_add(&in->values, among, value);
	in->counted = true;
}

void count_add(struct inspector *in, const struct inspector *other)
{
	for (size_t i = 0; i < SCAN_KINDS; i++)
		in->now.kind[i] += other->now.kind[i];
	for (size_t i = 0; i < VERDICTS; i++)
		in->now.verdict[i] += other->now.verdict[i];
	for (size_t i = 0; i < DATA_CLASSES; i++)
		in->now.data[i] += other->now.data[i];
	in->now.persons += other->now.persons;
	in->now.novel += other->now.novel;
	in->now.masked += other->now.masked;
	in->now.unknown += other->now.unknown;
	seen_add_all(&in->identifiers, &other->identifiers);
	seen_add_all(&in->persons, &other->persons);
	seen_add_all(&in->weak_tried, &other->weak_tried);
	seen_add_all(&in->weak, &other->weak);
	seen_add_all(&in->weak_persons, &other->weak_persons);
	seen_add_all(&in->decoded, &other->decoded);
	seen_add_all(&in->in_clear, &other->in_clear);
	in->now.decoded = in->decoded.n - in->in_clear.n;
	seen_add_all(&in->novel, &other->novel);
	seen_add_all(&in->values, &other->values);
	in->weak_twice = 0;
	for (uint32_t i = 0; i < in->weak_persons.n_slots; i++)
		in->weak_twice += in->weak_persons.slot[i] && is_counted(in, in->weak_persons.slot[i]);
	in->weak_changed = in->counted = true;
}

/* The different weak findings and the members among them: too many for chance, or not. */
static void tally_weak(struct inspector *in, const struct candidate *c)
{
	const uint64_t who = whose(in, c);

	if (c->s.membership == MEMBERSHIP_UNKNOWN || !verdict_may_be_chance(c->s.kind))
		return;
	in->weak_changed |= seen_add_token(&in->weak_tried, c->token);
	if (c->s.membership != MEMBERSHIP_MEMBER || !seen_add_token(&in->weak, c->token))
		return;
	if (seen_add_token(&in->weak_persons, who))
		in->weak_twice += is_counted(in, who);
}

bool count_candidate(struct inspector *in, const struct candidate *c, bool reason)
{
	const bool member = c->s.membership == MEMBERSHIP_MEMBER, asked = in->o.member != NULL;
	const bool unknown = asked && c->s.membership == MEMBERSHIP_UNKNOWN, weak = c->s.weak;
	const enum exposure_verdict v = verdict_of(&c->s, reason);

	in->counted = true;
	if (c->s.kind == SCAN_NUMBER && in->o.numbers && !member)
		in->now.novel += seen_add_token(&in->novel, c->token);
	if (!count_is_person(c->s.kind) || (v != VERDICT_NONE && !believable(c, v, unknown)))
		return false;
	in->now.unknown += unknown && (weak || !seen_has_token(&in->identifiers, c->token));
	if (weak && asked)
		tally_weak(in, c);
	if (v != VERDICT_NONE)
		count_person(in, c, v);
	return v != VERDICT_NONE || (member && in->weak_sure);
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

/* How many bytes from `at` on, at most `n`, are not to be masked. */
static size_t unmasked(const struct inspector *in, size_t at, size_t n)
{
	uint64_t eight;
	size_t k = 0;

	for (; k + sizeof(eight) <= n; k += sizeof(eight)) {
		memcpy(&eight, &in->mask[at + k], sizeof(eight));
		if (eight)
			break;
	}
	while (k < n && !in->mask[at + k])
		k++;
	return k;
}

/* ASCII to be masked at the front of what is left, which stands at `at`: how many were put. */
static size_t put_masked(struct inspector *in, const struct rd *chunk, size_t at, struct buf *out)
{
	uint8_t *to;
	size_t k = 0;

	if (!buf_space(out, chunk->len, &to))
		return 0;
	for (; k < chunk->len && in->mask[at + k] && chunk->p[k] < 0x80; k++) {
		const uint8_t c = chunk->p[k];
		const bool hide = in->mask[at + k] == MASK_ALNUM ? is_of_a_name(c) : is_digit(c);

		to[k] = hide ? '*' : c;
		in->now.masked += hide;
	}
	buf_grew(out, k);
	return k;
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
	in->counted = true;
	for (; chunk.len && ok; at += n) {
		n = unmasked(in, at, chunk.len);
		if (n) {
			ok = rd_take(&chunk, n, &same) && buf_put_rd(out, same);
			continue;
		}
		n = put_masked(in, &chunk, at, out);
		if (n) {
			ok = rd_skip(&chunk, n);
			continue;
		}
		uint32_t cp = take_char(&chunk, &n), shown = unicode_fold(cp);
		bool hide = in->mask[at] == MASK_ALNUM ? is_of_a_name(shown) : in->mask[at] == MASK_DIGITS && is_digit(shown);

		if (hide) {
			ok = stand_in(cp, n, out);
			in->now.masked += n;
		} else {
			ok = rd_slice(&all, at, n, &same) && buf_put_rd(out, same);
		}
	}
}
