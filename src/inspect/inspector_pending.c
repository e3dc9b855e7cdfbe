/*
 * Is:        findings until it is known whether they are of ours: they are asked about
 *            together, at the end of what was put in.
 * Is not:    the counts (inspector_count.c) or who answers (inspector_options.member).
 * Called by: inspector_layer.c.
 * Owns:      struct pending.
 * Trust:     hostile values.
 *
 * What the answer cannot change is done at once: a strong form that stands in the text is
 * masked whoever it belongs to, and one that was counted before is not asked about again.
 */
#include "inspect/inspector_pending.h"

#include "base/assert.h"
#include "base/mem.h"

enum { NEIGHBOURS = 8 };

void pending_free(struct pending **p)
{
	if (!*p)
		return;
	buf_wipe(&(*p)->values);
	mem_wipe(*p, sizeof(**p));
	mem_free(p);
}

static struct pending *pending_of(struct inspector *in)
{
	if (!in->pending) {
		in->pending = mem_new(1, sizeof(*in->pending));
		buf_init(&in->pending->values, (size_t)PENDING_MAX * SCAN_VALUE_MAX);
	}
	return in->pending;
}

/* Numbers in another radix and columns of digits are numbers of the plan by chance, and
 * then members by chance: they say no more than a weak form. */
static bool is_guess(enum decode_kind kind)
{
	return kind == DECODE_NUMBER || kind == DECODE_UPRIGHT || kind == DECODE_LIKENESS;
}

static size_t read_sources(const struct scan_finding *f, const struct origin *o, uint32_t *out)
{
	const size_t n = f->len < FOUND_MAX ? f->len : FOUND_MAX;

	for (size_t i = 0; i < n; i++)
		out[i] = o->source(o->ctx, f->offset + i);
	return n;
}

/* What was typed may be echoed, whatever of it is masked. A guess holds nothing up unless it is a
 * member's or is said to be a number: the words of a banner are numbers of the plan in some radix. */
static void mask_or_hold(struct inspector *in, const struct candidate *c, const uint32_t *source, size_t n)
{
	if (is_guess(c->decoded) && c->s.membership != MEMBERSHIP_MEMBER && !c->dress_context)
		return;
	if (n && count_mark(in, c->s.kind, c->form, source, n))
		return;
	if (in->o.typed && seen_has_token(&in->o.typed->identifiers, c->token))
		return;
	in->cannot_mask = true;
}

static void note_context(void *ctx, const struct literal_hit *h)
{
	*(bool *)ctx |= h->word->names_number;
}

/* True when a word of the line names a number. */
static bool line_has_context(struct rd line)
{
	struct literals l;
	bool found = false;

	literal_init(&l, note_context, &found);
	literal_feed(&l, line);
	literal_end(&l);
	return found;
}

static bool stream_has_context(const struct inspector *in, const struct sighting *s)
{
	for (uint32_t k = 0; k < CONTEXT_MAX && k < in->n_context; k++) {
		const struct naming *word = &in->context[k];
		const uint64_t at = word->at;

		if ((at > s->offset ? at - s->offset : s->offset - at) <= CONTEXT_NEAR)
			return true;
		if (word->from <= s->offset && s->offset < word->to)
			return true;
	}
	return false;
}

/* Where a decoder read is not known to the byte: a word of the piece that was put in, or shortly
 * before it, is company enough. */
static bool dress_has_context(const struct inspector *in)
{
	const uint64_t end = in->stripped.base, piece = in->text.text.len, start = end > piece ? end - piece : 0;

	return in->n_context && in->context[(in->n_context - 1) % CONTEXT_MAX].at + DRESS_NEAR >= start;
}

static void queue(struct inspector *in, struct candidate *c, const struct scan_finding *f, const uint32_t *source, size_t n)
{
	struct pending *p = in->pending;

	if (p->n == PENDING_MAX || p->n_source + n > ARRAY_LEN(p->source))
		pending_settle(in);
	c->value_at = (uint32_t)p->values.len;
	c->n_value = (uint8_t)f->value.len;
	c->source_at = p->n_source;
	c->n_source = (uint16_t)n;
	for (size_t k = 0; k < n; k++)
		p->source[p->n_source++] = source[k];
	if (!buf_put_rd(&p->values, f->value))
		UNREACHABLE();
	p->c[p->n++] = *c;
}

/* A strong form in the text itself: true when it is on its way or was counted. */
static bool is_known(struct inspector *in, const struct candidate *c)
{
	uint64_t *queued = &in->pending->queued[c->token % PENDING_MAX];

	if (*queued == c->token || seen_has_token(c->s.kind == SCAN_NUMBER ? &in->novel : &in->identifiers, c->token))
		return true;
	*queued = c->token;
	return false;
}

static bool takes(const struct inspector *in, enum scan_kind kind)
{
	return count_is_person(kind) || (kind == SCAN_NUMBER && in->o.numbers);
}

void pending_add(struct inspector *in, const struct scan_finding *f, const struct origin *o)
{
	const bool weak = scan_form_is_weak(f->form) || is_guess(o->kind), sure = !weak && o->kind == DECODE_KINDS;
	struct candidate c = { .form = f->form, .s = { .kind = f->kind, .weak = weak, .in_plan = f->in_plan, .stream = o->stream,
		.offset = f->offset }, .decoded = o->kind,
		.also_raw = o->stream == STREAM_STRIPPED && in->same, .raw_ahead = in->raw_ahead };
	uint32_t source[FOUND_MAX] UNCLEARED;
	size_t n = 0;

	if (!takes(in, f->kind))
		return;
	c.token = seen_token(&in->identifiers, f->kind, f->value);
	if (in->o.mask && o->source && count_is_person(f->kind))
		n = read_sources(f, o, source);
	if (in->o.mask && sure && count_is_person(f->kind)) {
		mask_or_hold(in, &c, source, n);
		c.masked = true;
		n = 0;
	}
	c.context = (weak || decode_is_dress(o->kind)) && (in->names_number || (o->line.len && line_has_context(o->line)));
	c.dress_context = decode_is_dress(o->kind) && (c.context || dress_has_context(in));
	if (!in->o.member) {
		if (count_candidate(in, &c, false) && in->o.mask && !c.masked)
			mask_or_hold(in, &c, source, n);
		return;
	}
	(void)pending_of(in);
	if (sure && is_known(in, &c))
		return;
	queue(in, &c, f, source, n);
}

static void ask(struct inspector *in)
{
	struct pending *p = in->pending;
	struct rd all = buf_rd(&p->values);

	for (size_t k = 0; k < p->n; k++) {
		p->ask[k] = (struct inspect_ask){ .kind = p->c[k].s.kind };
		if (!rd_slice(&all, p->c[k].value_at, p->c[k].n_value, &p->ask[k].value))
			UNREACHABLE();
	}
	in->o.member(in->o.member_ctx, p->ask, p->n);
	for (size_t k = 0; k < p->n; k++) {
		p->c[k].s.membership = p->ask[k].membership;
		p->c[k].s.person = p->ask[k].membership == MEMBERSHIP_MEMBER ? p->ask[k].person : 0;
	}
}

/* The finding as the raw layer would have had it, where one scan did for both. */
static struct sighting in_raw(const struct candidate *c)
{
	struct sighting s = c->s;

	if (c->also_raw) {
		s.stream = STREAM_RAW;
		s.offset += c->raw_ahead;
	}
	return s;
}

static bool is_pair(const struct candidate *a, const struct candidate *b)
{
	const struct sighting x = in_raw(a), y = in_raw(b);

	return verdict_is_pair(&a->s, &b->s) || verdict_is_pair(&x, &y);
}

/* Whether something beside a weak form says that it is meant. */
static bool has_reason(const struct inspector *in, size_t at)
{
	const struct pending *p = in->pending;
	const struct candidate *c = &p->c[at];
	const size_t from = at > NEIGHBOURS ? at - NEIGHBOURS : 0;

	if (!c->s.weak || c->s.membership != MEMBERSHIP_MEMBER)
		return false;
	if (c->context || (c->s.stream == STREAM_STRIPPED && stream_has_context(in, &c->s)))
		return true;
	for (size_t k = 0; k < RECENT_MAX; k++)
		if (is_pair(c, &p->recent[k]))
			return true;
	for (size_t k = from; k < p->n && k <= at + NEIGHBOURS; k++)
		if (k != at && is_pair(c, &p->c[k]))
			return true;
	return false;
}

/* Members that had no reason to count, and have one now. They were released: for masking
 * it is too late. */
static void count_late(struct inspector *in)
{
	struct pending *p = in->pending;

	for (size_t k = 0; k < RECENT_MAX; k++) {
		const struct candidate *c = &p->recent[k];
		bool reason = c->s.stream == STREAM_STRIPPED && stream_has_context(in, &c->s);

		if (p->counted[k] || c->s.membership != MEMBERSHIP_MEMBER)
			continue;
		for (size_t j = 0; j < p->n && !reason; j++)
			reason = is_pair(c, &p->c[j]);
		if (reason)
			p->counted[k] = count_candidate(in, c, true);
	}
}

static void remember(struct pending *p, const struct candidate *c, bool counted)
{
	if (c->s.membership != MEMBERSHIP_MEMBER)
		return;
	p->recent[p->n_recent % RECENT_MAX] = *c;
	p->counted[p->n_recent++ % RECENT_MAX] = counted;
}

static void count_all(struct inspector *in)
{
	struct pending *p = in->pending;
	bool counted[PENDING_MAX] = { false };

	ask(in);
	for (size_t k = 0; k < p->n; k++) {
		const struct candidate *c = &p->c[k];
		const bool reason = has_reason(in, k);
		counted[k] = reason || !c->s.weak;
		if (count_candidate(in, c, reason) && in->o.mask && !c->masked)
			mask_or_hold(in, c, &p->source[c->source_at], c->n_source);
	}
	count_late(in);
	for (size_t k = 0; k < p->n; k++) {
		p->queued[p->c[k].token % PENDING_MAX] = 0;
		remember(p, &p->c[k], counted[k]);
	}
	p->n = p->n_source = 0;
	buf_reset(&p->values);
}

void pending_settle(struct inspector *in)
{
	if (!in->pending)
		return;
	if (in->pending->n == 0)
		count_late(in);
	else
		count_all(in);
}
