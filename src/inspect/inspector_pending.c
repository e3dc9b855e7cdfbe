/*
 * Is:        findings until it is known whether they are of ours: they are asked about
 *            together, at the end of what was put in.
 * Is not:    the counts (inspector_count.c) or who answers (inspector_options.member).
 * Called by: inspector_layer.c.
 * Owns:      struct pending.
 * Trust:     hostile values.
 *
 * What the answer cannot change is done at once: a strong form that stands in the text is
 * masked whoever it belongs to, and one that was answered before is not asked about again.
 *
 * Whether a weak form of a member's has a reason (verdict.h) is a matter of places in its stream
 * alone: everything that may be near it is remembered until nothing more can come near.
 */
#include "inspect/inspector_pending.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

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

/* They are in order; what ended further before than a line reaches has no say. */
static bool stream_has_context(const struct inspector *in, const struct sighting *s)
{
	const uint32_t n = in->n_context < CONTEXT_MAX ? in->n_context : CONTEXT_MAX;
	const uint64_t far = CONTEXT_NEAR + (in->grid ? in->reach : 0);

	for (uint32_t k = 1; k <= n; k++) {
		const struct naming *word = &in->context[(in->n_context - k) % CONTEXT_MAX];

		if (word->first <= s->offset + CONTEXT_NEAR && s->offset <= word->at + CONTEXT_NEAR)
			return true;
		if (word->from <= s->offset && s->offset < word->to)
			return true;
		if (word->at + far < s->offset)
			break;
	}
	return false;
}

/* A word of the lines that a decoder read, or shortly before them. Words near one another are as one:
 * nearer than what is looked at is long. */
static bool dress_has_context(const struct inspector *in, const struct derived *v)
{
	const uint32_t n = in->n_context < CONTEXT_MAX ? in->n_context : CONTEXT_MAX;

	if (!v)
		return false;
	if (v->line.len && line_has_context(v->line))
		return true;
	for (uint32_t k = 1; v->placed && k <= n; k++) {
		const struct naming *word = &in->context[(in->n_context - k) % CONTEXT_MAX];

		if (word->first <= v->to && v->from <= word->at + DRESS_NEAR)
			return true;
	}
	return false;
}
_Static_assert((int)DRESS_NEAR > 2 * (int)CONTEXT_NEAR, "a gap between words that are as one");

static void queue(struct inspector *in, struct candidate *c, const struct scan_finding *f, const uint32_t *source, size_t n)
{
	struct pending *p = in->pending;

	c->value_at = (uint32_t)p->values.len;
	c->n_value = (uint8_t)f->value.len;
	c->source_at = p->n_source;
	c->n_source = (uint16_t)n;
	for (size_t k = 0; k < n; k++)
		p->source[p->n_source++] = source[k];
	if (!buf_put_rd(&p->values, f->value))
		UNREACHABLE();
	if (!c->s.weak && !c->is_again && c->decoded == DECODE_KINDS) {
		p->queued[c->token % PENDING_MAX] = c->token;
		p->queued_at[c->token % PENDING_MAX] = (uint16_t)p->n;
	}
	p->c[p->n++] = *c;
	seen_expect(&in->identifiers, c->token);
}

/* A strong form in the text itself: true when it is on its way or was counted. It is not asked about
 * again, but a member's stands beside what is near it. */
static bool is_known(struct inspector *in, struct candidate *c)
{
	struct pending *p = in->pending;
	const size_t slot = c->token % PENDING_MAX, kept = c->token % KNOWN_MAX;

	c->is_again = true;
	c->like = NOT_WAITING;
	if (p->queued[slot] == c->token) {
		c->like = p->queued_at[slot];
		return true;
	}
	if (p->known[kept].token == c->token) {
		c->s.person = p->known[kept].person;
		c->s.membership = c->s.person ? MEMBERSHIP_MEMBER : MEMBERSHIP_NONE;
		return true;
	}
	c->is_again = false;
	return seen_has_token(&in->novel, c->token) && c->s.kind == SCAN_NUMBER;
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
	struct pending *p;
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
	c.dress_context = decode_is_dress(o->kind) && (c.context || dress_has_context(in, o->derived));
	if (!in->o.member) {
		if (count_candidate(in, &c, false) && in->o.mask && !c.masked)
			mask_or_hold(in, &c, source, n);
		return;
	}
	p = pending_of(in);
	if (p->n == PENDING_MAX || p->n_source + n > ARRAY_LEN(p->source))
		pending_settle(in);
	if (sure && is_known(in, &c) && (!c.is_again || (c.like == NOT_WAITING && !c.s.person)))
		return;
	queue(in, &c, f, source, n);
}

static void ask(struct inspector *in)
{
	struct pending *p = in->pending;
	struct rd all = buf_rd(&p->values);
	size_t n = 0;

	for (size_t k = 0; k < p->n; k++) {
		if (p->c[k].is_again)
			continue;
		p->asked[n] = k;
		p->ask[n] = (struct inspect_ask){ .kind = p->c[k].s.kind };
		if (!rd_slice(&all, p->c[k].value_at, p->c[k].n_value, &p->ask[n++].value))
			UNREACHABLE();
	}
	if (n)
		in->o.member(in->o.member_ctx, p->ask, n);
	for (size_t i = 0; i < n; i++) {
		struct candidate *c = &p->c[p->asked[i]];
		c->s.membership = p->ask[i].membership;
		c->s.person = p->ask[i].membership == MEMBERSHIP_MEMBER ? p->ask[i].person : 0;
		if (!c->s.weak && c->decoded == DECODE_KINDS) {
			p->known[c->token % KNOWN_MAX].token = c->token;
			p->known[c->token % KNOWN_MAX].person = c->s.person;
		}
	}
	for (size_t k = 0; k < p->n; k++)
		if (p->c[k].is_again && p->c[k].like != NOT_WAITING) {
			p->c[k].s.membership = p->c[p->c[k].like].s.membership;
			p->c[k].s.person = p->c[p->c[k].like].s.person;
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

static const struct candidate *member_at(const struct pending *p, size_t i)
{
	return i <= p->n_recent ? &p->recent[i - 1] : &p->c[i - 1 - p->n_recent];
}

/* Lists of the members of each person, those that came last first. */
static void list_people(struct pending *p)
{
	memset(p->person, 0, sizeof(p->person));
	for (size_t i = 1; i <= p->n_recent + p->n; i++) {
		const uint32_t who = member_at(p, i)->s.person;

		if (!who)
			continue;
		p->next[i] = p->person[who % PEOPLE];
		p->person[who % PEOPLE] = (uint16_t)i;
	}
}

/* Whether something beside a weak form of a member's says that it is meant. */
static bool has_reason(const struct inspector *in, const struct candidate *c)
{
	const struct pending *p = in->pending;

	if (!c->s.weak || c->s.membership != MEMBERSHIP_MEMBER)
		return false;
	if (!verdict_may_be_chance(c->s.kind) || c->context || (c->s.stream == STREAM_STRIPPED && stream_has_context(in, &c->s)))
		return true;
	for (size_t i = c->s.person ? p->person[c->s.person % PEOPLE] : 0; i; i = p->next[i])
		if (is_pair(c, member_at(p, i)))
			return true;
	return false;
}

/* Members that had no reason to count, and have one now. They were released: for masking
 * it is too late. */
static void count_late(struct inspector *in)
{
	struct pending *p = in->pending;

	for (size_t k = 0; k < p->n_recent; k++)
		if (!p->counted[k] && has_reason(in, &p->recent[k]))
			p->counted[k] = count_candidate(in, &p->recent[k], true);
}

/* Whether something that comes may be near it. A row or a line that was decoded is scanned whole; a
 * stream that is decoded goes on. */
static bool may_be_near(const struct inspector *in, const struct sighting *s)
{
	const uint64_t till = s->offset + VERDICT_NEAR + LATE_MAX;

	switch (s->stream) {
	case STREAM_RAW:
		return till >= (in->same ? in->stripped.base + in->raw_ahead : in->raw.base);
	case STREAM_STRIPPED:
		return till + in->reach >= in->stripped.base;
	case STREAM_ASIDE:
		return till >= in->aside.base;
	case STREAM_VALUES:
		return till >= in->value_at;
	default:
		break;
	}
	for (unsigned i = 0; in->n_derived && i < DECODE_STREAMS_MAX; i++)
		if (in->derived[i] && in->derived[i]->stream == s->stream)
			return till >= in->derived[i]->scan.base;
	return s->stream + 1 >= in->next_stream;
}

static void forget_far(struct inspector *in)
{
	struct pending *p = in->pending;
	size_t n = 0;

	for (size_t k = 0; k < p->n_recent; k++) {
		if (!may_be_near(in, &p->recent[k].s))
			continue;
		if (n != k)
			p->recent[n] = p->recent[k];
		p->counted[n++] = p->counted[k];
	}
	p->n_recent = n;
}

/* So many cannot be near one another; were they, the oldest go. */
static void remember(struct pending *p, const struct candidate *c, bool counted)
{
	if (c->s.membership != MEMBERSHIP_MEMBER)
		return;
	if (p->n_recent == RECENT_MAX)
		for (p->n_recent = 0; p->n_recent < RECENT_MAX / 2; p->n_recent++) {
			p->recent[p->n_recent] = p->recent[RECENT_MAX / 2 + p->n_recent];
			p->counted[p->n_recent] = p->counted[RECENT_MAX / 2 + p->n_recent];
		}
	p->recent[p->n_recent] = *c;
	p->counted[p->n_recent++] = counted;
}

static void count_all(struct inspector *in)
{
	struct pending *p = in->pending;
	bool counted[PENDING_MAX] = { false };

	ask(in);
	list_people(p);
	for (size_t k = 0; k < p->n; k++) {
		const struct candidate *c = &p->c[k];
		const bool reason = has_reason(in, c);
		counted[k] = reason || !c->s.weak;
		if (!c->is_again && count_candidate(in, c, reason) && in->o.mask && !c->masked)
			mask_or_hold(in, c, &p->source[c->source_at], c->n_source);
	}
	count_late(in);
	for (size_t k = 0; k < p->n; k++)
		p->queued[p->c[k].token % PENDING_MAX] = 0;
	forget_far(in);
	for (size_t k = 0; k < p->n; k++)
		remember(p, &p->c[k], counted[k]);
	p->n = p->n_source = 0;
	buf_reset(&p->values);
}

void pending_settle(struct inspector *in)
{
	struct pending *p = in->pending;
	const uint32_t words = in->n_context + in->n_merged;

	if (!p)
		return;
	if (p->n) {
		count_all(in);
	} else if (p->n_recent && (words != p->n_words || in->line_named)) {
		list_people(p);
		count_late(in);
	}
	p->n_words = words;
}
