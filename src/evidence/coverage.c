/*
 * Is:        what records say about who watched and who came, gathered in one pass (contract in
 *            the header).
 * Is not:    the answer that is made of it: coverage_answer.c.
 * Called by: slagboom seen.
 * Owns:      what it has gathered.
 * Trust:     hostile records.
 */
#include "evidence/coverage.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "evidence/record_data.h"

#define TOLERANCE_NS NS_PER_S /* what clocks may differ by, and step back */
enum { ID_TEXT_LEN = 2 * RECORD_ID_LEN, GLASSES_MAX = 4096 };

struct open_session {
	uint8_t id[ID_TEXT_LEN];
	uint64_t from_ns, to_ns, seq, cite[COVERAGE_CITES_MAX];
	size_t n_cites;
	int asset;
	bool is_shown, is_masked, is_let_go;
};

struct glass {
	uint8_t id[ID_TEXT_LEN];
	uint64_t from_ns, seq;
	int asset;
	bool is_closed;
};

static struct coverage_span *add_span(struct coverage *c, enum coverage_value value, enum coverage_why why, int asset,
    uint64_t from_ns, uint64_t to_ns, uint64_t seq)
{
	struct coverage_span *s = vec_push(&c->spans);

	*s = (struct coverage_span){ from_ns, to_ns, value, why, asset, seq, 0, 0 };
	return s;
}

static void dark(struct coverage *c, enum coverage_why why, int asset, uint64_t from_ns, uint64_t to_ns, uint64_t seq)
{
	if (from_ns < to_ns)
		(void)add_span(c, COVERAGE_NOT_WATCHED, why, asset, from_ns, to_ns, seq);
}

static bool asks_for(struct rd asked, const struct rd *is)
{
	return asked.len == 0 || rd_equal(&asked, is);
}

/* The asset's index; of one that is not asked about, COVERAGE_ALL. */
static int asset_of(struct coverage *c, struct rd name)
{
	struct coverage_asset *a;

	if (name.len == 0 || name.len > EVENT_NAME_MAX || !asks_for(c->q.asset, &name))
		return COVERAGE_ALL;
	for (size_t i = 0; i < c->assets.n; i++) {
		a = vec_at(&c->assets, i);
		if (rd_is(&name, a->name))
			return (int)i;
	}
	a = vec_push(&c->assets);
	(void)!rd_copy(&name, (uint8_t *)a->name, name.len);
	return (int)c->assets.n - 1;
}

/* Beats. */

static enum coverage_why not_watched(const struct coverage *c, const struct coverage_asset *a)
{
	if (!a->is_declared || a->since > c->beat.number)
		return COVERAGE_UNDECLARED;
	return a->has_sensor ? COVERAGE_OTHER_WAYS : COVERAGE_NO_SENSOR;
}

static bool is_watched(const struct coverage *c, const struct coverage_asset *a)
{
	return a->is_declared && a->has_sensor && a->only_way && a->since <= c->beat.number;
}

/* What is pending for an asset is so; its last span grows while it says the same. */
static void confirm(struct coverage *c, size_t i, uint64_t seq)
{
	struct coverage_asset *a = vec_at(&c->assets, i);
	struct coverage_span *last = a->last_span ? vec_at(&c->spans, a->last_span - 1) : NULL;
	uint64_t from_ns = c->beat.before_ns, to_ns = c->beat.wall_ns;

	if (to_ns <= from_ns)
		return;
	if (last && last->to_ns == from_ns && last->value == a->pending && last->why == a->pending_why) {
		last->to_ns = to_ns;
		return;
	}
	(void)add_span(c, a->pending, a->pending_why, (int)i, from_ns, to_ns, seq);
	a->last_span = c->spans.n;
}

/* This beat says about the time since the last one what the next one confirms. */
static void leave_pending(struct coverage *c)
{
	for (size_t i = 0; i < c->assets.n; i++) {
		struct coverage_asset *a = vec_at(&c->assets, i);
		bool watched = is_watched(c, a);
		a->pending = watched ? COVERAGE_NOT_SEEN : COVERAGE_NOT_WATCHED;
		a->pending_why = watched ? COVERAGE_UNKNOWN : not_watched(c, a);
	}
}

static bool is_back(const struct coverage *c, const struct record_view *v)
{
	return v->wall_ns < c->high_ns && c->high_ns - v->wall_ns > TOLERANCE_NS;
}

/* Since they were last found to, and never twice the same time. A clock that is kept right by
 * small steps is allowed a second in all. */
static bool clocks_agree(const struct coverage *c, const struct record_view *v)
{
	uint64_t wall, mono;

	if (v->wall_ns < c->beat.wall_ns || v->mono_us < c->beat.mono_us || is_back(c, v))
		return false;
	wall = v->wall_ns - c->beat.base_wall_ns;
	mono = (v->mono_us - c->beat.base_mono_us) * NS_PER_US;
	return (wall > mono ? wall - mono : mono - wall) <= TOLERANCE_NS;
}

/* What lies between the last beat and this one of `number`: watched, or why not. */
static enum coverage_why judge_pair(const struct coverage *c, const struct record_view *v, uint64_t number)
{
	/* A desk that was started again may ask once more for its last one, and begins at 0. */
	if (number != c->beat.number + 1)
		return number <= c->beat.number ? COVERAGE_STOPPED : COVERAGE_MISSING;
	if (c->beat.has_gap)
		return COVERAGE_GAP;
	if (!clocks_agree(c, v))
		return COVERAGE_CLOCK;
	return v->wall_ns - c->beat.wall_ns > c->beat.late_ns ? COVERAGE_LATE : COVERAGE_UNKNOWN;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The pair before is confirmed by a good one; a bad one takes it along. */
static bool end_pair(struct coverage *c, const struct record_view *v, uint64_t number)
{
	enum coverage_why why = judge_pair(c, v, number);
	uint64_t from = c->beat.is_pending ? least(c->beat.before_ns, c->beat.wall_ns) : c->beat.wall_ns;

	if (why != COVERAGE_UNKNOWN) {
		dark(c, why, COVERAGE_ALL, least(from, v->wall_ns), most(most(from, c->beat.wall_ns), v->wall_ns), v->seq);
		return false;
	}
	for (size_t i = 0; c->beat.is_pending && i < c->assets.n; i++)
		confirm(c, i, v->seq);
	leave_pending(c);
	return true;
}

static void take_beat(struct coverage *c, const struct record_view *v, uint64_t number)
{
	bool good = c->beat.is_there && end_pair(c, v, number);
	uint64_t beat_s;

	if (!record_data_u64(v->data, "beat_s", &beat_s) || beat_s > COVERAGE_BEAT_MAX_S)
		beat_s = 0;
	if (!good) {
		c->beat.base_wall_ns = v->wall_ns;
		c->beat.base_mono_us = v->mono_us;
	}
	c->beat.is_there = true;
	c->beat.is_pending = good;
	c->beat.has_gap = false;
	c->beat.number = number;
	c->beat.before_ns = c->beat.wall_ns;
	c->beat.wall_ns = v->wall_ns;
	c->beat.mono_us = v->mono_us;
	c->beat.late_ns = (beat_s + beat_s / 2 + COVERAGE_LATE_S) * NS_PER_S;
}

static void on_beat(struct coverage *c, const struct record_view *v)
{
	uint64_t number;

	if (c->beat.is_there && record_data_u64(v->data, "number", &number) && number > 0)
		take_beat(c, v, number);
}

static void copy_words(struct rd words, char *out, size_t size)
{
	memset(out, 0, size);
	if (words.len >= size || !rd_copy(&words, (uint8_t *)out, words.len))
		(void)snprintf(out, size, "(more than fits here; read the record)");
}

static void on_began(struct coverage *c, const struct record_view *v)
{
	uint64_t number;
	struct rd words;

	if (!record_data_u64(v->data, "number", &number))
		return;
	take_beat(c, v, number);
	c->beat.began = number;
	for (size_t i = 0; i < c->assets.n; i++)
		((struct coverage_asset *)vec_at(&c->assets, i))->is_declared = false;
	if (record_data_text(v->data, "only_way", &words))
		copy_words(words, c->only_way, sizeof(c->only_way));
}

static void on_asset(struct coverage *c, const struct record_view *v)
{
	int i = asset_of(c, v->asset);
	struct rd sensor = rd_str("none");
	bool only_way = false;

	if (i < 0)
		return;
	struct coverage_asset *a = vec_at(&c->assets, (size_t)i);
	if (!record_data_text(v->data, "sensor", &sensor) || !record_data_bool(v->data, "only_way", &only_way))
		only_way = false;
	a->is_declared = c->beat.is_there;
	a->has_sensor = sensor.len && !rd_is(&sensor, "none");
	a->only_way = only_way;
	/* Told later than at the beginning, it counts from the next beat on. */
	a->since = c->beat.number == c->beat.began ? c->beat.number : c->beat.number + 1;
}

static void on_gap(struct coverage *c, const struct record_view *v)
{
	c->beat.has_gap = true;
	dark(c, COVERAGE_GAP, COVERAGE_ALL, c->beat.is_pending ? c->beat.before_ns : c->beat.wall_ns, v->wall_ns, v->seq);
}

/* Glass. */

static struct glass *glass_of(struct coverage *c, const struct record_view *v, uint8_t id[ID_TEXT_LEN])
{
	struct rd text;

	memset(id, 0, ID_TEXT_LEN);
	if (!record_data_text(v->data, "id", &text) || text.len != ID_TEXT_LEN || !rd_copy(&text, id, ID_TEXT_LEN))
		return NULL;
	for (size_t i = 0; i < c->glasses.n; i++) {
		struct glass *g = vec_at(&c->glasses, i);
		if (memcmp(g->id, id, ID_TEXT_LEN) == 0)
			return g;
	}
	return NULL;
}

static void on_broken(struct coverage *c, const struct record_view *v)
{
	uint8_t id[ID_TEXT_LEN];
	struct glass *g = glass_of(c, v, id);
	struct rd name;
	bool has_name = record_data_text(v->data, "asset", &name);
	int asset = has_name ? asset_of(c, name) : COVERAGE_ALL;

	if (g || (has_name && asset < 0))
		return; /* told twice, or not asked about */
	if (c->glasses.n == GLASSES_MAX) {
		dark(c, COVERAGE_GLASS, COVERAGE_ALL, v->wall_ns, UINT64_MAX, v->seq);
		return;
	}
	g = vec_push(&c->glasses);
	*g = (struct glass){ .from_ns = v->wall_ns, .seq = v->seq, .asset = asset };
	memcpy(g->id, id, ID_TEXT_LEN);
}

static void on_mended(struct coverage *c, const struct record_view *v)
{
	uint8_t id[ID_TEXT_LEN];
	struct glass *g = glass_of(c, v, id);
	uint64_t n_closed;

	if (g && record_data_u64(v->data, "n_closed", &n_closed) && n_closed >= 2)
		g->is_closed = true;
}

/* Somebody tells afterwards that the gate was gone round: no closing makes that watched. */
static void on_reported(struct coverage *c, const struct record_view *v)
{
	struct rd name;
	bool has_name = record_data_text(v->data, "asset", &name);
	int asset = has_name ? asset_of(c, name) : COVERAGE_ALL;
	uint64_t from_s, until_s;

	if (has_name && asset < 0)
		return; /* not asked about */
	if (!record_data_u64(v->data, "from_s", &from_s) || !record_data_u64(v->data, "until_s", &until_s) ||
	    from_s > until_s || until_s > UINT64_MAX / NS_PER_S - 1) {
		from_s = 0;
		until_s = v->wall_ns / NS_PER_S;
	}
	dark(c, COVERAGE_PAST_GATE, asset, from_s * NS_PER_S, (until_s + 1) * NS_PER_S, v->seq);
}

/* Sessions. */

static void cite(struct open_session *s, uint64_t seq)
{
	if (s->n_cites < COVERAGE_CITES_MAX)
		s->cite[s->n_cites++] = seq;
}

static struct open_session *session_of(struct coverage *c, const struct record_view *v)
{
	struct open_session *s = map_get(&c->sessions, v->session);
	struct rd id = v->session;

	if (s || id.len != ID_TEXT_LEN)
		return s;
	if (!asks_for(c->q.supplier, &v->employer) || !asks_for(c->q.person, &v->actor))
		return NULL;
	int asset = asset_of(c, v->asset);
	bool is_first = rd_is(&v->event, event_row(EVENT_SESSION_OPENED)->name);
	if (asset < 0)
		return NULL;
	s = mem_new(1, sizeof(*s));
	*s = (struct open_session){ .from_ns = v->wall_ns, .to_ns = v->wall_ns, .seq = v->seq, .asset = asset };
	(void)!rd_copy(&id, s->id, sizeof(s->id));
	(void)map_put(&c->sessions, rd_of(s->id, sizeof(s->id)), s);
	/* Its beginning is missing: since when it was there, nobody knows. */
	if (!is_first && c->has_gone)
		dark(c, COVERAGE_ERASED, asset, 0, v->wall_ns, v->seq);
	c->has_hole = c->has_hole || (!is_first && !c->has_gone);
	if (c->q.data_class.len == 0)
		cite(s, v->seq);
	s->is_shown = c->q.data_class.len == 0;
	return s;
}

/* "keys 1, location 2" */
static bool names_class(struct rd list, struct rd name)
{
	struct rd one, word;
	bool more;

	do {
		more = rd_until(&list, ',', &one);
		if (!more)
			one = list;
		if (rd_token(&one, &word) && rd_equal(&word, &name))
			return true;
	} while (more);
	return false;
}

static void on_exposure(struct coverage *c, struct open_session *s, const struct record_view *v)
{
	bool is_identity = rd_is(&c->q.data_class, "identity");
	uint64_t n_clear = 1, n_masked = 1;
	struct rd data;
	bool shown;

	if (c->q.data_class.len == 0)
		return;
	if (!record_data_text(v->data, "data", &data) || !record_data_u64(v->data, "n_clear", &n_clear) ||
	    !record_data_u64(v->data, "n_masked", &n_masked))
		shown = true; /* an exposure that does not say of what */
	else
		shown = is_identity ? n_clear > 0 : names_class(data, c->q.data_class);
	s->is_masked = s->is_masked || n_masked > 0;
	s->is_shown = s->is_shown || shown;
	if (shown)
		cite(s, v->seq);
}

/* Why an ended session without a sighting is still no proof of none. */
static enum coverage_why unread(const struct coverage *c, const struct open_session *s, const struct record_view *v)
{
	uint64_t n_opaque = 1;
	bool at_least = true;

	if (!rd_is(&v->event, event_row(EVENT_SESSION_CLOSED)->name))
		return COVERAGE_LOST;
	if (!record_data_u64(v->data, "opaque_bytes", &n_opaque) || n_opaque > 0)
		return COVERAGE_OPAQUE;
	if (!record_data_bool(v->data, "at_least", &at_least) || at_least)
		return COVERAGE_UNCOUNTED;
	return s->is_masked && s->is_let_go && rd_is(&c->q.data_class, "identity") ? COVERAGE_LET_GO : COVERAGE_UNKNOWN;
}

static void end_session(struct coverage *c, struct open_session *s, enum coverage_why why, uint64_t to_ns)
{
	/* One that is open may have gone on as long as the record does. Times are cut to microseconds. */
	uint64_t from = s->from_ns, to = why == COVERAGE_OPEN ? most(s->to_ns, c->high_ns) : s->to_ns;
	struct coverage_span *span;

	if (s->is_shown) {
		span = add_span(c, COVERAGE_SEEN, COVERAGE_UNKNOWN, s->asset, from, to + NS_PER_US, s->seq);
		span->cite = c->cites.n;
		span->n_cites = s->n_cites;
		for (size_t i = 0; i < s->n_cites; i++)
			*(uint64_t *)vec_push(&c->cites) = s->cite[i];
	} else if (why != COVERAGE_UNKNOWN) {
		dark(c, why, s->asset, from, to_ns > to ? to_ns : to + NS_PER_US, s->seq);
	}
	(void)map_remove(&c->sessions, rd_of(s->id, sizeof(s->id)));
	mem_free(&s);
}

/* Those that are not over: open, as far as is known, or what became of them was erased. */
static void end_sessions(struct coverage *c, enum coverage_why why)
{
	for (size_t i = 0; i < c->sessions.n_slots;) {
		struct open_session *s = c->sessions.slots[i].value;
		if (s)
			end_session(c, s, why, why == COVERAGE_OPEN ? UINT64_MAX : 0); /* removing may move another here */
		else
			i++;
	}
}

static void close_session(struct coverage *c, struct open_session *s, const struct record_view *v)
{
	if (c->q.data_class.len == 0)
		cite(s, v->seq);
	end_session(c, s, unread(c, s, v), 0);
}

static void on_session(struct coverage *c, const struct record_view *v)
{
	struct open_session *s = session_of(c, v);
	struct rd by;

	if (!s)
		return;
	/* A clock that went back makes it longer, not shorter. */
	s->from_ns = least(s->from_ns, v->wall_ns);
	s->to_ns = most(s->to_ns, v->wall_ns);
	if (rd_is(&v->event, event_row(EVENT_SESSION_EXPOSURE)->name))
		on_exposure(c, s, v);
	else if (rd_is(&v->event, event_row(EVENT_SESSION_RESUMED)->name))
		s->is_let_go = s->is_let_go || !record_data_text(v->data, "by", &by) || rd_is(&by, "officer");
	else if (rd_is(&v->event, event_row(EVENT_SESSION_CLOSED)->name) || rd_is(&v->event, event_row(EVENT_SESSION_LOST)->name))
		close_session(c, s, v);
}

/* Erasure. */

static void on_term(struct coverage *c, const struct record_view *v)
{
	const uint64_t day_ns = 86400ull * NS_PER_S;
	uint64_t days;

	c->term_ns = record_data_u64(v->data, "metadata_days", &days) && days < UINT64_MAX / day_ns ? days * day_ns : 0;
}

/* Each record of it was older than the term, by the clock that wrote this one. */
static void on_erased(struct coverage *c, const struct record_view *v)
{
	dark(c, COVERAGE_ERASED, COVERAGE_ALL, 0, v->wall_ns > c->term_ns ? v->wall_ns - c->term_ns : 0, v->seq);
}

/* Nothing is known until the desk begins anew; a session that goes on will show again. */
void coverage_gone(struct coverage *c, uint64_t end)
{
	c->has_gone = true;
	end_sessions(c, COVERAGE_ERASED);
	c->beat.is_there = c->beat.is_pending = false;
	for (size_t i = 0; i < c->assets.n; i++)
		((struct coverage_asset *)vec_at(&c->assets, i))->is_declared = false;
	if (end == 0)
		return;
	c->last_seq = end - 1;
	c->n_gone = end;
}

/* All of it. */

static const struct {
	enum event_id id;
	void (*take)(struct coverage *c, const struct record_view *v);
} rows[] = {
	{ EVENT_COVERAGE_BEGAN, on_began }, { EVENT_COVERAGE_ASSET, on_asset }, { EVENT_COVERAGE_BEAT, on_beat },
	{ EVENT_COVERAGE_GAP, on_gap }, { EVENT_RETENTION_METADATA_SET, on_term }, { EVENT_METADATA_ERASED, on_erased },
	{ EVENT_BREAKGLASS_OPENED, on_broken }, { EVENT_BREAKGLASS_CLOSED, on_mended },
	{ EVENT_BREAKGLASS_REPORTED, on_reported },
};

static void look_at_place(struct coverage *c, const struct record_view *v)
{
	if (c->n_records == 0)
		c->first_ns = c->high_ns = v->wall_ns;
	c->has_hole = c->has_hole || v->seq != (c->n_records || c->n_gone ? c->last_seq + 1 : 0);
	/* What the clock showed twice is nobody's word. */
	if (is_back(c, v) && (v->wall_ns < c->twice_from_ns || c->high_ns > c->twice_to_ns)) {
		c->twice_from_ns = v->wall_ns;
		c->twice_to_ns = c->high_ns;
		dark(c, COVERAGE_CLOCK, COVERAGE_ALL, v->wall_ns, c->high_ns, v->seq);
	}
	c->n_records++;
	c->last_seq = v->seq;
}

void coverage_take(struct coverage *c, const struct record_view *v)
{
	look_at_place(c, v);
	c->knows_supplier = c->knows_supplier || (v->employer.len && rd_equal(&v->employer, &c->q.supplier));
	c->knows_asset = c->knows_asset || (v->asset.len && rd_equal(&v->asset, &c->q.asset));
	c->knows_person = c->knows_person || (v->actor.len && v->employer.len && rd_equal(&v->actor, &c->q.person) &&
	    asks_for(c->q.supplier, &v->employer));
	c->is_disciplined = c->is_disciplined && rd_is(&v->clock, "synced");
	if (v->session.len)
		on_session(c, v);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rd_is(&v->event, event_row(rows[i].id)->name))
			rows[i].take(c, v);
	c->high_ns = most(c->high_ns, v->wall_ns);
}

void coverage_end(struct coverage *c)
{
	end_sessions(c, COVERAGE_OPEN);
	for (size_t i = 0; i < c->glasses.n; i++) {
		const struct glass *g = vec_at(&c->glasses, i);
		if (!g->is_closed)
			dark(c, COVERAGE_GLASS, g->asset, g->from_ns, UINT64_MAX, g->seq);
	}
	if (c->has_hole)
		dark(c, COVERAGE_MISSING, COVERAGE_ALL, 0, UINT64_MAX, c->last_seq);
}

void coverage_init(struct coverage *c, const struct coverage_question *q, const uint64_t seed[2])
{
	*c = (struct coverage){ .q = *q, .is_disciplined = true };
	vec_init(&c->assets, sizeof(struct coverage_asset));
	vec_init(&c->spans, sizeof(struct coverage_span));
	vec_init(&c->cites, sizeof(uint64_t));
	vec_init(&c->glasses, sizeof(struct glass));
	map_init(&c->sessions, seed);
	if (q->asset.len)
		(void)asset_of(c, q->asset);
}

void coverage_done(struct coverage *c)
{
	for (size_t i = 0; c->sessions.slots && i < c->sessions.n_slots; i++)
		mem_free(&c->sessions.slots[i].value);
	map_done(&c->sessions);
	vec_done(&c->assets);
	vec_done(&c->spans);
	vec_done(&c->cites);
	vec_done(&c->glasses);
}
