/*
 * Is:        what records say about recordings (contract in the header).
 * Is not:    the look at the reels: recordings_judge.c.
 * Called by: slagboom-verify, packs.
 * Owns:      what the records said.
 * Trust:     hostile entries.
 */
#include "evidence/recordings.h"

#include "base/mem.h"
#include "evidence/chain.h"
#include "evidence/record.h"
#include "evidence/record_data.h"
#include "evidence/recordings_parts.h"
#include "evidence/reel.h"

static bool data_u32(struct rd data, const char *key, uint32_t *out)
{
	uint64_t n;

	if (!record_data_u64(data, key, &n) || n < 1 || n > REEL_NUMBER_MAX)
		return false;
	*out = (uint32_t)n;
	return true;
}

static bool is_none(const uint8_t id[RECORDING_ID_LEN])
{
	uint8_t all = 0;

	for (size_t i = 0; i < RECORDING_ID_LEN; i++)
		all |= id[i];
	return all == 0;
}

static struct kept *keep(struct recordings *r, const struct record_view *v, const uint8_t id[RECORDING_ID_LEN])
{
	struct rd session = v->session;
	struct kept *k = mem_new(1, sizeof(*k));

	for (size_t i = 0; i < RECORDING_ID_LEN; i++)
		k->id[i] = id[i];
	k->index = v->seq;
	if (!rd_copy(&session, k->session, sizeof(k->session))) {
		mem_free(&k);
		return NULL;
	}
	(void)map_put(&r->by_id, rd_of(k->id, sizeof(k->id)), k);
	/* That a session opens once is chain.h's to judge. */
	(void)map_put(&r->by_session, rd_of(k->session, sizeof(k->session)), k);
	return k;
}

/* A session without a recording has zeros for its id. */
static const char *opened(struct recordings *r, const struct record_view *v)
{
	uint8_t id[RECORDING_ID_LEN];

	if (!record_data_hex(v->data, "recording", id, sizeof(id)))
		return "it does not name its recording";
	if (is_none(id))
		return NULL;
	if (map_get(&r->by_id, rd_of(id, sizeof(id))))
		return "its recording is another session's";
	if (r->by_id.n == RECORDINGS_MAX)
		return "more recordings than can be followed";
	return keep(r, v, id) ? NULL : "its session has no name";
}

/* The recording of a session whose first record is gone. It was erased before that was, and a
 * record that says so is there for as long as one that names the recording (prune.h). */
static struct kept *headless(struct recordings *r, const struct record_view *v, const uint8_t id[RECORDING_ID_LEN],
    uint32_t number, uint32_t reel)
{
	struct kept *k;

	if (!r->chain || !chain_is_headless(r->chain, v->session) || r->by_id.n == RECORDINGS_MAX)
		return NULL;
	k = keep(r, v, id);
	if (!k)
		return NULL;
	k->last = number - 1;
	k->reel = reel - 1;
	return k;
}

/* Segments count from 1 without a gap, and so do reels. */
static bool follows(const struct recordings *r, const struct kept *k, uint32_t number, uint32_t reel)
{
	/* Some between them may be gone. */
	if (r->has_gone && k->index < r->gone_end && number > k->last && reel >= k->reel)
		return true;
	return number == k->last + 1 && (reel == k->reel + 1 || (k->reel && reel == k->reel));
}

bool said_read(const struct record_view *v, struct said *out, uint8_t id[RECORDING_ID_LEN])
{
	*out = (struct said){ .index = v->seq };
	return record_data_hex(v->data, "recording", id, RECORDING_ID_LEN) &&
	    record_data_hex(v->data, "sha256", out->sum.b, sizeof(out->sum.b)) &&
	    data_u32(v->data, "number", &out->number) && data_u32(v->data, "reel", &out->reel);
}

static const char *segment(struct recordings *r, const struct record_view *v)
{
	struct said s;
	struct rd session;
	struct kept *k;
	uint8_t id[RECORDING_ID_LEN];

	if (!said_read(v, &s, id))
		return "it does not name its segment";
	k = map_get(&r->by_id, rd_of(id, sizeof(id)));
	if (!k)
		k = headless(r, v, id, s.number, s.reel);
	session = k ? rd_of(k->session, sizeof(k->session)) : rd_str("");
	if (!k || !rd_equal(&session, &v->session))
		return "its segment is not of its session's recording";
	if (k->is_erased)
		return "its recording was erased before";
	if (k->torn)
		return "a segment before it was torn";
	if (!follows(r, k, s.number, s.reel))
		return "its segment does not follow the one before it";
	if (r->segments.n == RECORDINGS_SEGMENTS_MAX)
		return "more segments than can be followed";
	k->last = s.number;
	k->reel = s.reel;
	k->index = v->seq;
	s.of = k;
	*(struct said *)vec_push(&r->segments) = s;
	return NULL;
}

static const char *ended(struct recordings *r, const struct record_view *v)
{
	struct kept *k = map_get(&r->by_session, v->session);

	if (!k)
		return NULL;
	k->is_closed = rd_is(&v->event, "session.closed");
	k->is_lost = !k->is_closed;
	return NULL;
}

/* The writer says so when it starts, of the last segment of a session that is open still. */
static const char *torn(struct recordings *r, const struct record_view *v)
{
	uint8_t id[RECORDING_ID_LEN];
	uint32_t number;
	struct kept *k;

	if (!record_data_hex(v->data, "recording", id, sizeof(id)) || !data_u32(v->data, "number", &number))
		return "it does not name its segment";
	k = map_get(&r->by_id, rd_of(id, sizeof(id)));
	if (!k && r->has_gone)
		return NULL; /* its session's records are gone, but this one */
	if (!k || !(number == k->last || (r->has_gone && k->index < r->gone_end && number > k->last)) || k->is_closed || k->is_lost)
		return "it is not of the last segment of a session that is open";
	k->torn = number;
	return NULL;
}

static const char *erased(struct recordings *r, const struct record_view *v)
{
	uint8_t id[RECORDING_ID_LEN];
	struct kept *k;

	if (!record_data_hex(v->data, "recording", id, sizeof(id)))
		return "it does not name its recording";
	k = map_get(&r->by_id, rd_of(id, sizeof(id)));
	/* What it erases may have been opened in a record that is gone. */
	if (!k)
		return r->has_gone ? NULL : "it erases a recording that there was not";
	k->is_erased = true;
	return NULL;
}

static const char *check_entry(struct verify_check *self, uint64_t index, struct rd entry)
{
	struct recordings *r = CONTAINER_OF(self, struct recordings, check);
	struct record_view v;

	if (!record_read(entry, &v))
		return "not a record in canonical form";
	if (rd_is(&v.event, "session.opened"))
		return opened(r, &v);
	if (rd_is(&v.event, "session.segment"))
		return segment(r, &v);
	if (rd_is(&v.event, "session.closed") || rd_is(&v.event, "session.lost"))
		return ended(r, &v);
	if (rd_is(&v.event, "recording.torn"))
		return torn(r, &v);
	return rd_is(&v.event, "recording.erased") ? erased(r, &v) : NULL;
}

static void take_gone(struct verify_check *self, uint64_t first, uint64_t end)
{
	struct recordings *r = CONTAINER_OF(self, struct recordings, check);

	r->has_gone = true;
	r->gone_end = end;
}

void recordings_init(struct recordings *r, const uint64_t seed[2])
{
	*r = (struct recordings){ .check = { check_entry, take_gone } };
	map_init(&r->by_id, seed);
	map_init(&r->by_session, seed);
	vec_init(&r->segments, sizeof(struct said));
}

void recordings_done(struct recordings *r)
{
	for (size_t i = 0; r->by_id.slots && i < r->by_id.n_slots; i++)
		mem_free(&r->by_id.slots[i].value);
	map_done(&r->by_id);
	map_done(&r->by_session);
	vec_done(&r->segments);
}
