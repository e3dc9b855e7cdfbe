/*
 * Is:        the inspector's orders: what goes out, masked or not, what is held and
 *            why (contract in the header).
 * Is not:    the layers (inspector_layer.c) or the counts (inspector_count.c).
 * Called by: the lanes.
 * Owns:      struct inspector.
 * Trust:     hostile bytes.
 */
#include "inspect/inspector.h"

#include "base/ascii.h"
#include "base/assert.h"
#include "base/mem.h"
#include "inspect/inspector_layer.h"
#include "inspect/inspector_priv.h"
#include "inspect/run.h"

enum { FIELD_DECODE_MIN = 8 };

struct inspector *inspector_new(const struct inspector_options *o)
{
	struct inspector *in = mem_new(1, sizeof(*in));

	in->o = *o;
	seen_init(&in->identifiers, o->key);
	seen_init(&in->persons, o->key);
	seen_init(&in->weak, o->key);
	seen_init(&in->weak_persons, o->key);
	seen_init(&in->weak_tried, o->key);
	seen_init(&in->decoded, o->key);
	seen_init(&in->in_clear, o->key);
	seen_init(&in->novel, o->key);
	seen_init(&in->values, o->key);
	ceiling_init(&in->ceiling);
	buf_init(&in->held, INSPECTOR_HELD_MAX);
	layers_init(in);
	return in;
}

void inspector_free(struct inspector **inp)
{
	struct inspector *in = *inp;

	if (!in)
		return;
	layers_done(in);
	ceiling_done(&in->ceiling);
	seen_done(&in->identifiers);
	seen_done(&in->persons);
	seen_done(&in->weak);
	seen_done(&in->weak_persons);
	seen_done(&in->weak_tried);
	seen_done(&in->decoded);
	seen_done(&in->in_clear);
	seen_done(&in->novel);
	seen_done(&in->values);
	buf_wipe(&in->held);
	mem_free(inp);
}

static bool at_least(const struct inspector *in)
{
	return in->identifiers.full || in->weak.full || in->novel.full || in->values.full;
}

/* Weak members that are not among the persons. */
static uint64_t weak_only(const struct inspector *in)
{
	return in->weak_persons.n - in->weak_twice;
}

/* The counts as they stand, with what was judged but not released. */
static void tally(struct inspector *in, struct inspect_figures *f)
{
	count_weigh(in);
	*f = in->now;
	if (in->weak_sure) {
		f->persons += weak_only(in);
		f->verdict[VERDICT_MEMBER] += weak_only(in);
	} else {
		f->weak = weak_only(in);
	}
	f->opaque = layers_opaque(in);
	f->at_least = at_least(in);
}

/* Most of what is released shows nobody: the counts are made anew when there is something to count. */
static void show(struct inspector *in)
{
	if (in->counted)
		tally(in, &in->shown);
	in->counted = false;
	in->shown.opaque = layers_opaque(in);
}

static bool too_opaque(const struct inspector *in)
{
	uint64_t n;

	if (in->o.most_opaque == UINT64_MAX)
		return false;
	n = layers_opaque(in);
	/* What has not come out yet counts at the end, if it has not then. */
	if (n > in->o.most_opaque && in->o.waits && !in->ending)
		n -= decode_silent(in->decode);
	return n > in->o.most_opaque;
}

static enum inspect_why judge(struct inspector *in)
{
	uint64_t persons;

	count_weigh(in);
	persons = in->now.persons + (in->weak_sure ? weak_only(in) : 0);

	if (in->o.mask && in->cannot_mask)
		return INSPECT_WHY_CANNOT_MASK;
	if (!in->o.mask && in->o.most_persons && (persons > in->o.most_persons || at_least(in)))
		return INSPECT_WHY_PERSONS;
	if (too_opaque(in))
		return INSPECT_WHY_OPAQUE;
	return INSPECT_WHY_NONE;
}

static void emit_chunk(struct inspector *in, struct rd chunk, struct buf *out, bool masked)
{
	size_t before = out->len;
	struct rd all, gone;
	bool ok = true;

	if (masked)
		mask_chunk(in, chunk, out);
	else
		ok = buf_put_rd(out, chunk);
	ASSERT(ok && out->len == before + chunk.len);
	all = buf_rd(out);
	if (rd_slice(&all, before, chunk.len, &gone))
		ceiling_put(&in->ceiling, gone);
	layers_settle(in, chunk.len);
}

static void release(struct inspector *in, struct rd chunk, struct buf *out)
{
	emit_chunk(in, chunk, out, in->o.mask);
	show(in);
}

static enum inspect_order hold(struct inspector *in, enum inspect_why w, enum inspect_why *why)
{
	in->why = w;
	*why = w;
	return INSPECT_HOLD;
}

/* Judges bytes, and releases them. */
static enum inspect_order advance_by(struct inspector *in, struct rd chunk, bool pause, struct buf *out, enum inspect_why *why)
{
	enum inspect_why w;

	layers_put(in, chunk);
	in->judged = chunk.len;
	if (pause)
		layers_pause(in);
	w = judge(in);
	if (w != INSPECT_WHY_NONE)
		return hold(in, w, why);
	in->judged = 0;
	release(in, chunk, out);
	return INSPECT_RELEASE;
}

/* Takes from `bytes` what can be judged and released; `all`: an open number as well. */
static enum inspect_order advance(struct inspector *in, struct rd *bytes, bool all, struct buf *out, enum inspect_why *why)
{
	const bool waits = in->o.mask || in->o.most_persons;

	while (bytes->len) {
		size_t n = bytes->len < CHUNK_MAX ? bytes->len : CHUNK_MAX, open = 0;
		const bool last = n == bytes->len;
		enum inspect_order o;
		struct rd chunk;

		if (buf_room(out) < n)
			return hold(in, INSPECT_WHY_FULL, why);
		if (waits && !(all && last) && rd_slice(bytes, 0, n, &chunk))
			open = layers_open_tail(in, chunk, in->words_wait);
		if (open >= n && last)
			return INSPECT_RELEASE;
		n -= open < n ? open : 0;
		if (!rd_slice(bytes, 0, n, &chunk))
			UNREACHABLE();
		o = advance_by(in, chunk, all && last, out, why);
		if (o != INSPECT_RELEASE)
			return o;
		if (!rd_skip(bytes, n))
			UNREACHABLE();
		in->since_ns = in->last_ns;
	}
	return INSPECT_RELEASE;
}

/* The same with what is held. */
static enum inspect_order advance_held(struct inspector *in, bool all, struct buf *out, enum inspect_why *why)
{
	struct rd rest = buf_rd(&in->held);
	const enum inspect_order o = advance(in, &rest, all, out, why);

	buf_drop(&in->held, in->held.len - rest.len);
	return o;
}

/* Whoever types wants to see it at once. */
static bool may_be_echo(const struct inspector *in, size_t n, uint64_t now_ns)
{
	const struct inspector *typed = in->o.typed;

	return in->o.screen && typed && typed->last_ns && n <= INSPECTOR_ECHO_MAX && now_ns - typed->last_ns < INSPECTOR_ECHO_NS;
}

enum inspect_order inspector_put(struct inspector *in, struct rd bytes, uint64_t now_ns, struct buf *out, enum inspect_why *why)
{
	enum inspect_order o = INSPECT_HOLD;
	bool direct;

	in->names_number = false;
	*why = in->why;
	if (bytes.len > buf_room(&in->held)) {
		*why = INSPECT_WHY_FULL;
		return INSPECT_HOLD;
	}
	if (in->held.len == 0)
		in->since_ns = now_ns;
	in->words_wait = !may_be_echo(in, bytes.len, now_ns);
	in->last_ns = now_ns;
	in->dirty |= bytes.len > 0;
	/* Most of what comes is released at once, and need not be held first. */
	direct = in->held.len == 0 && in->why == INSPECT_WHY_NONE;
	if (direct)
		o = advance(in, &bytes, false, out, why);
	if (!buf_put_rd(&in->held, bytes))
		UNREACHABLE();
	if (!direct && in->why == INSPECT_WHY_NONE)
		o = advance_held(in, false, out, why);
	return o;
}

static enum inspect_order pause(struct inspector *in, struct buf *out, enum inspect_why *why)
{
	enum inspect_why w;

	*why = in->why;
	if (in->why != INSPECT_WHY_NONE)
		return INSPECT_HOLD;
	if (in->held.len)
		return advance_held(in, true, out, why);
	/* Nothing is left to hold back, but what went out may count for more now. */
	layers_pause(in);
	w = judge(in);
	show(in);
	if (w == INSPECT_WHY_PERSONS || w == INSPECT_WHY_OPAQUE)
		return hold(in, w, why);
	return INSPECT_RELEASE;
}

enum inspect_order inspector_tick(struct inspector *in, uint64_t now_ns, struct buf *out, enum inspect_why *why)
{
	*why = in->why;
	if (now_ns < inspector_due(in))
		return in->why == INSPECT_WHY_NONE ? INSPECT_RELEASE : INSPECT_HOLD;
	in->dirty = false;
	return pause(in, out, why);
}

/* What may wait for its other half. */
static bool holds_number(const struct inspector *in)
{
	struct rd r = buf_rd(&in->held);
	unsigned n = 0;
	uint8_t c;

	if (in->o.screen)
		return false;
	while (n < INSPECTOR_NUMBER_DIGITS && rd_u8(&r, &c))
		n += is_digit(c);
	return n == INSPECTOR_NUMBER_DIGITS;
}

uint64_t inspector_due(const struct inspector *in)
{
	if (in->why != INSPECT_WHY_NONE)
		return UINT64_MAX;
	if (in->held.len)
		return in->since_ns + (holds_number(in) ? (uint64_t)INSPECTOR_NUMBER_NS : (uint64_t)INSPECTOR_PAUSE_NS);
	return in->dirty ? in->last_ns + INSPECTOR_PAUSE_NS : UINT64_MAX;
}

enum inspect_order inspector_end(struct inspector *in, struct buf *out, enum inspect_why *why)
{
	enum inspect_order o;

	in->ending = true;
	o = pause(in, out, why);
	in->dirty = false;
	if (o == INSPECT_RELEASE) {
		layers_end(in);
		show(in);
	}
	return o;
}

void inspector_resume(struct inspector *in, uint64_t most_persons, uint64_t most_opaque, struct buf *out)
{
	struct rd held, judged;

	in->o.most_persons = most_persons;
	in->o.most_opaque = most_opaque;
	if (in->why == INSPECT_WHY_NONE)
		return;
	in->why = INSPECT_WHY_NONE;
	if (!in->judged || buf_room(out) < in->judged)
		return;
	held = buf_rd(&in->held);
	if (!rd_take(&held, in->judged, &judged))
		UNREACHABLE();
	release(in, judged, out);
	buf_drop(&in->held, in->judged);
	in->judged = 0;
}

enum inspect_order inspector_field(struct inspector *in, struct rd name, struct rd value, struct buf *out, enum inspect_why *why)
{
	enum data_class data = literal_field(name, &in->names_number);
	struct rd chunk;
	bool plain;

	ASSERT(!in->grid);
	*why = INSPECT_WHY_NONE;
	if (data != DATA_NONE && value.len)
		count_value(in, data, data, value);
	if (value.len > buf_room(out)) {
		*why = INSPECT_WHY_FULL;
		return INSPECT_HOLD;
	}
	plain = value.len <= PIECE_MAX && run_is_plain(&value);
	while (value.len && rd_take(&value, value.len < CHUNK_MAX ? value.len : CHUNK_MAX, &chunk)) {
		const bool decode = !value.len && chunk.len >= FIELD_DECODE_MIN;

		if (plain) {
			layers_put_value(in, chunk, decode);
		} else {
			layers_put(in, chunk);
			if (!value.len)
				layers_separate(in);
			if (decode)
				layers_pause(in);
		}
		*why = judge(in);
		if (*why != INSPECT_WHY_NONE)
			return INSPECT_HOLD;
		emit_chunk(in, chunk, out, in->o.mask);
	}
	show(in);
	return INSPECT_RELEASE;
}

void inspector_resize(struct inspector *in, unsigned rows, unsigned cols)
{
	if (in->grid)
		layers_resize(in, rows, cols);
}

void inspector_add(struct inspector *in, struct inspector *other)
{
	ASSERT(other->o.before == in);
	count_add(in, other);
	in->opaque_derived += layers_opaque(other);
	(void)ceiling_ids(&other->ceiling); /* packs what is inside */
	in->ceiling.packed += other->ceiling.packed;
	show(in);
}

/* Numbers that follow one another compress below what they carry: what was seen is certain. */
static uint64_t most_carried(struct inspector *in, const struct inspect_figures *seen)
{
	uint64_t most = ceiling_ids(&in->ceiling);

	return most > seen->persons ? most : seen->persons;
}

void inspector_figures(struct inspector *in, struct inspect_figures *out)
{
	if (in->why == INSPECT_WHY_NONE && in->judged == 0 && layers_catch_up(in))
		show(in);
	in->shown.ceiling = most_carried(in, &in->shown);
	*out = in->shown;
}

void inspector_pending(struct inspector *in, struct inspect_figures *out)
{
	(void)!layers_catch_up(in);
	tally(in, out);
	out->ceiling = most_carried(in, out);
}
