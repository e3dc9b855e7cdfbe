/*
 * Is:        findings to counts, each person once, and to the bytes that must be masked.
 * Is not:    the finding.
 * Called by: inspector_layer.c, inspector.c.
 * Owns:      nothing.
 * Trust:     hostile values.
 */
#include "inspect/inspector_priv.h"
#include "inspect/unicode.h"

enum { MASKED_LEAST = 6, WEAK_LEAST = 3, WEAK_SHARE = 30 };

static bool is_person(enum scan_kind k)
{
	return k != SCAN_IPV4 && k != SCAN_IPV6 && k != SCAN_NUMBER;
}

/* Numbers in another radix and columns are numbers by chance; they need proof. */
static bool believable(const struct inspector *in, enum decode_kind kind, enum inspect_verdict v)
{
	if (kind < DECODE_LETTERS || kind == DECODE_KINDS)
		return true;
	if (kind == DECODE_NUMBER || kind == DECODE_UPRIGHT || kind == DECODE_LIKENESS)
		return v >= (in->o.member ? VERDICT_MEMBER : VERDICT_PLAN);
	return v >= VERDICT_PLAN;
}

/* Weak forms hit members by chance, at the share of numbers that are members; well
 * above that, and more than a few, they are meant. */
bool weak_is_sure(const struct inspector *in)
{
	return in->weak.n >= WEAK_LEAST && (uint64_t)in->weak.n * 100 >= (uint64_t)in->weak_tried.n * WEAK_SHARE;
}

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c >= 0x80;
}

/* Marks the bytes that carried the finding. False when too much of it went out before. */
static bool mark(struct inspector *in, const struct scan_finding *f, source_fn *source, const void *ctx)
{
	uint32_t hidden = 0, all = 0, least;

	for (uint32_t i = 0; i < f->len; i++) {
		uint32_t src = source(ctx, f->offset + i);

		all++;
		if (src == TRACED_OLD)
			continue;
		hidden++;
		if (src != TRACED_MASKED && src - 1 < CHUNK_MAX)
			in->mask[src - 1] = 1;
	}
	least = all / 2 < MASKED_LEAST ? all / 2 : MASKED_LEAST;
	return hidden >= least;
}

static void count_person(struct inspector *in, const struct scan_finding *f, enum inspect_verdict v, enum decode_kind kind)
{
	if (!seen_add(&in->persons, f->kind, f->value))
		return;
	in->now.persons++;
	in->now.kind[f->kind]++;
	in->now.verdict[v]++;
	in->now.decoded += kind != DECODE_KINDS;
}

void count_finding(struct inspector *in, const struct scan_finding *f, source_fn *source, const void *ctx, enum decode_kind kind)
{
	bool member = in->o.member && in->o.member(in->o.member_ctx, f->kind, f->value);
	enum inspect_verdict v = member ? VERDICT_MEMBER : f->in_plan ? VERDICT_PLAN : VERDICT_SHAPE;

	if (f->kind == SCAN_NUMBER && in->o.numbers && !member)
		in->now.novel += seen_add(&in->novel, f->kind, f->value);
	if (!is_person(f->kind) || !believable(in, kind, v))
		return;
	if (scan_form_is_weak(f->form)) {
		if (in->o.member)
			(void)seen_add(&in->weak_tried, f->kind, f->value);
		if (!member)
			return;
		(void)seen_add(&in->weak, f->kind, f->value);
		if (!weak_is_sure(in))
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

/* A stand-in of as many bytes and columns as the character that begins here. */
static size_t stand_in(struct rd from, struct buf *out)
{
	struct utf8 u = { 0 };
	int32_t cp = UTF8_MORE;
	bool again, ok;
	uint8_t c;
	size_t n = 0;

	while (cp == UTF8_MORE && rd_u8(&from, &c)) {
		cp = utf8_step(&u, c, &again);
		n++;
	}
	if (cp < 0)
		n = 1;
	if (n == 1)
		ok = buf_put_str(out, "*");
	else if (n == 2)
		ok = buf_put_str(out, "\xc3\x97");
	else if (n == 3)
		ok = buf_put_str(out, unicode_width((uint32_t)cp) == 2 ? "\xef\xbc\x8a" : "\xe2\x80\xa2");
	else
		ok = buf_put_str(out, "\xf0\x9d\x99\xb0");
	return ok ? n : 1;	/* there is room: advance() saw to it */
}

void mask_chunk(struct inspector *in, struct rd chunk, struct buf *out)
{
	for (size_t i = 0; i < chunk.len;) {
		struct rd from;
		size_t n = 1;

		if (in->mask[i] && is_alnum(chunk.p[i]) && rd_slice(&chunk, i, chunk.len - i, &from)) {
			n = stand_in(from, out);
			in->now.masked += n;
		} else if (!buf_put_u8(out, chunk.p[i])) {
			return;
		}
		i += n;
	}
}
