/*
 * Is:        the stretches of an answer, from what was gathered (contract in the header).
 * Is not:    the gathering: coverage.c.
 * Called by: slagboom seen.
 * Owns:      nothing.
 * Trust:     what was gathered from hostile records.
 */
#include "evidence/coverage.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int by_start(const void *a, const void *b)
{
	const struct coverage_span *const *x = a, *const *y = b;

	return (*x)->from_ns < (*y)->from_ns ? -1 : (*x)->from_ns > (*y)->from_ns;
}

static void sort_once(struct vec *v)
{
	uint64_t *n = v->items;
	size_t kept = 0;

	if (v->n)
		qsort(n, v->n, sizeof(*n), by_number);
	for (size_t i = 0; i < v->n; i++)
		if (kept == 0 || n[kept - 1] != n[i])
			n[kept++] = n[i];
	v->n = kept;
}

static bool touches(const struct coverage_span *s, uint64_t from_ns, uint64_t to_ns)
{
	return s->from_ns < to_ns && s->to_ns > from_ns;
}

/* The last beat but one, when there is one: its word about what came before is confirmed. */
static uint64_t last_known(const struct coverage *c)
{
	return c->beat.is_pending ? c->beat.before_ns : c->beat.wall_ns;
}

/* Where the answer may change. */
static void find_edges(const struct coverage *c, struct vec *edges)
{
	const struct coverage_question *q = &c->q;

	*(uint64_t *)vec_push(edges) = q->from_ns;
	*(uint64_t *)vec_push(edges) = q->to_ns;
	for (size_t i = 0; i < c->spans.n; i++) {
		const struct coverage_span *s = vec_at(&c->spans, i);
		if (!touches(s, q->from_ns, q->to_ns))
			continue;
		*(uint64_t *)vec_push(edges) = s->from_ns > q->from_ns ? s->from_ns : q->from_ns;
		*(uint64_t *)vec_push(edges) = s->to_ns < q->to_ns ? s->to_ns : q->to_ns;
	}
	const uint64_t ends[] = { c->first_ns, last_known(c) };
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (ends[i] > q->from_ns && ends[i] < q->to_ns)
			*(uint64_t *)vec_push(edges) = ends[i];
	sort_once(edges);
}

/* Nothing says anything about this time. */
static enum coverage_why why_nothing(const struct coverage *c, uint64_t at_ns)
{
	if (c->n_records == 0)
		return COVERAGE_UNKNOWN;
	if (at_ns < c->first_ns)
		return COVERAGE_BEFORE;
	return c->beat.is_there && at_ns >= last_known(c) ? COVERAGE_AFTER : COVERAGE_UNKNOWN;
}

/* The value of the moment, from the spans that hold then. A sighting is one whatever else
 * holds; one that is dark makes it dark; watched it is when that is said of every asset. */
static void judge(const struct coverage *c, const struct vec *holding, struct coverage_stretch *out)
{
	const struct coverage_span *worst = NULL;
	size_t n_watched = 0;

	out->value = COVERAGE_NOT_WATCHED;
	out->asset = "";
	for (size_t i = 0; i < holding->n; i++) {
		const struct coverage_span *s = *(const struct coverage_span *const *)vec_at(holding, i);
		n_watched += s->value == COVERAGE_NOT_SEEN;
		if (s->value == COVERAGE_SEEN) {
			out->value = COVERAGE_SEEN;
			return;
		}
		if (s->value == COVERAGE_NOT_WATCHED && (!worst || s->why > worst->why))
			worst = s;
	}
	if (worst) {
		out->why = worst->why;
		out->asset = worst->asset < 0 ? "" : ((const struct coverage_asset *)vec_at(&c->assets, (size_t)worst->asset))->name;
		out->seq = worst->seq;
		out->has_seq = true;
	} else if (c->assets.n && n_watched == c->assets.n) {
		out->value = COVERAGE_NOT_SEEN;
	} else {
		out->why = n_watched ? COVERAGE_UNDECLARED : why_nothing(c, out->from_ns);
	}
}

static bool is_same(const struct coverage_stretch *a, const struct coverage_stretch *b)
{
	if (a->value != b->value || a->to_ns != b->from_ns)
		return false;
	return a->value != COVERAGE_NOT_WATCHED || (a->why == b->why && a->asset == b->asset && a->has_seq == b->has_seq);
}

static void add(struct vec *out, const struct coverage_stretch *s)
{
	struct coverage_stretch *last = out->n ? vec_at(out, out->n - 1) : NULL;

	if (last && is_same(last, s))
		last->to_ns = s->to_ns;
	else
		*(struct coverage_stretch *)vec_push(out) = *s;
}

/* Keeps those that still hold at `at_ns`. */
static void let_end(struct vec *holding, uint64_t at_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < holding->n; i++) {
		const struct coverage_span *s = *(const struct coverage_span *const *)vec_at(holding, i);
		if (s->to_ns > at_ns)
			*(const struct coverage_span **)vec_at(holding, kept++) = s;
	}
	holding->n = kept;
}

void coverage_answer(const struct coverage *c, struct vec *out)
{
	struct vec edges, spans, holding;
	size_t next = 0;

	vec_init(&edges, sizeof(uint64_t));
	vec_init(&spans, sizeof(struct coverage_span *));
	vec_init(&holding, sizeof(struct coverage_span *));
	vec_init(out, sizeof(struct coverage_stretch));
	if (c->q.from_ns < c->q.to_ns)
		find_edges(c, &edges);
	for (size_t i = 0; i < c->spans.n; i++)
		*(struct coverage_span **)vec_push(&spans) = vec_at(&c->spans, i);
	if (spans.n)
		qsort(spans.items, spans.n, sizeof(struct coverage_span *), by_start);
	for (size_t i = 0; i + 1 < edges.n; i++) {
		struct coverage_stretch s = { .from_ns = *(uint64_t *)vec_at(&edges, i), .to_ns = *(uint64_t *)vec_at(&edges, i + 1) };
		for (; next < spans.n && (*(struct coverage_span **)vec_at(&spans, next))->from_ns <= s.from_ns; next++)
			*(struct coverage_span **)vec_push(&holding) = *(struct coverage_span **)vec_at(&spans, next);
		let_end(&holding, s.from_ns);
		judge(c, &holding, &s);
		add(out, &s);
	}
	vec_done(&edges);
	vec_done(&spans);
	vec_done(&holding);
}

void coverage_cites(const struct coverage *c, const struct coverage_stretch *stretch, struct vec *out)
{
	vec_init(out, sizeof(uint64_t));
	for (size_t i = 0; i < c->spans.n; i++) {
		const struct coverage_span *s = vec_at(&c->spans, i);
		for (size_t k = 0; s->value == COVERAGE_SEEN && touches(s, stretch->from_ns, stretch->to_ns) && k < s->n_cites; k++)
			*(uint64_t *)vec_push(out) = *(uint64_t *)vec_at(&c->cites, s->cite + k);
	}
	sort_once(out);
}

static const struct { const char *word, *text; } whys[COVERAGE_WHYS] = {
	[COVERAGE_UNKNOWN] = { "unknown", "no record says that anything watched" },
	[COVERAGE_BEFORE] = { "before", "the record begins later" },
	[COVERAGE_AFTER] = { "after", "the record says nothing of it yet" },
	[COVERAGE_UNDECLARED] = { "undeclared", "the policy of that time does not name it" },
	[COVERAGE_NO_SENSOR] = { "no-sensor", "nothing here can watch it: it has no sensor" },
	[COVERAGE_OTHER_WAYS] = { "other-ways", "nobody asserts that this gate is the only way to it" },
	[COVERAGE_GAP] = { "gap", "the gate itself says that it was not watching" },
	[COVERAGE_STOPPED] = { "stopped", "the gate, or its desk, was not running" },
	[COVERAGE_LATE] = { "late", "the beats of the gate are too far apart" },
	[COVERAGE_CLOCK] = { "clock", "the clock was changed" },
	[COVERAGE_MISSING] = { "missing", "records are missing" },
	[COVERAGE_ERASED] = { "erased", "records of that age were erased" },
	[COVERAGE_GLASS] = { "glass", "a glass was broken, and two officers have not closed it" },
	[COVERAGE_PAST_GATE] = { "past-gate", "an element was reached past the gate, with a sealed password" },
	[COVERAGE_OPAQUE] = { "opaque", "bytes were released that nobody could read" },
	[COVERAGE_UNCOUNTED] = { "uncounted", "more was shown than could be counted" },
	[COVERAGE_LOST] = { "lost", "a session was lost before it was read to its end" },
	[COVERAGE_OPEN] = { "open", "a session is still open" },
	[COVERAGE_LET_GO] = { "let-go", "an officer let go what could not be masked" },
};

const char *coverage_why_text(enum coverage_why w)
{
	return whys[w].text;
}

const char *coverage_why_word(enum coverage_why w)
{
	return whys[w].word;
}

const char *coverage_value_name(enum coverage_value v)
{
	static const char *const names[] = { "NOT WATCHED", "NOT SEEN", "SEEN" };

	return names[v];
}
