/*
 * Is:        the sessions that a log has open (contract and format in the header).
 * Is not:    the log.
 * Called by: evidenced.
 * Owns:      its sessions.
 * Trust:     those who record may have been taken over; the file may have decayed.
 */
#include "evidence/session_table.h"

#include <string.h>

#include "base/assert.h"
#include "base/crc32c.h"
#include "base/mem.h"
#include "base/text.h"

static const char magic[] = "SLAGSESS";
static const char path[] = "sessions";
enum {
	SESSION_LEN_MAX = RECORD_ID_LEN + 8 + 3 * (1 + EVENT_NAME_MAX),
	FILE_MAX = 8 + 8 + 4 + SESSIONS_MAX * SESSION_LEN_MAX + 4 + SESSION_CLOSED_KEPT * RECORD_ID_LEN + 4
};

void session_table_init(struct session_table *t, const uint64_t seed[2])
{
	*t = (struct session_table){ .closed = mem_new(SESSION_CLOSED_KEPT, RECORD_ID_LEN) };
	map_init(&t->open, seed);
}

static void forget_all(struct session_table *t)
{
	const uint64_t seed[2] = { t->open.seed[0], t->open.seed[1] };

	for (size_t i = 0; t->open.slots && i < t->open.n_slots; i++)
		mem_free(&t->open.slots[i].value);
	map_done(&t->open);
	map_init(&t->open, seed);
	t->n_lost = t->n_closed = t->next_closed = 0;
	t->upto = 0;
}

void session_table_done(struct session_table *t)
{
	forget_all(t);
	mem_free(&t->closed);
}

static void set_name(char *out, struct rd name)
{
	memset(out, 0, EVENT_NAME_MAX + 1);
	ASSERT(name.len <= EVENT_NAME_MAX && rd_copy(&name, (uint8_t *)out, name.len));
}

static struct session *add(struct session_table *t, struct rd id)
{
	struct session *s = mem_new(1, sizeof(*s));

	ASSERT(rd_copy(&id, s->id, sizeof(s->id)));
	(void)map_put(&t->open, rd_of(s->id, sizeof(s->id)), s);
	return s;
}

static void close_one(struct session_table *t, struct session *s)
{
	memcpy(t->closed[t->next_closed], s->id, RECORD_ID_LEN);
	t->next_closed = (t->next_closed + 1) % SESSION_CLOSED_KEPT;
	t->n_closed += t->n_closed < SESSION_CLOSED_KEPT;
	t->n_lost -= s->owner == NULL;
	(void)map_remove(&t->open, rd_of(s->id, sizeof(s->id)));
	mem_free(&s);
}

static bool was_closed(const struct session_table *t, struct rd id)
{
	for (size_t i = 0; i < t->n_closed; i++) {
		struct rd one = rd_of(t->closed[i], RECORD_ID_LEN);
		if (rd_equal(&one, &id))
			return true;
	}
	return false;
}

static bool is_last(enum event_id id)
{
	return id == EVENT_SESSION_CLOSED || id == EVENT_SESSION_LOST;
}

/* Fields of session.opened and session.segment, in the order of their rows. */
enum { OPENED_RECORDING = 4, SEGMENT_NUMBER = 1, SEGMENT_RECORDING = 2, SEGMENT_REEL = 3 };

/* A session without a recording has zeros for its id. */
static bool is_none(struct rd recording)
{
	uint8_t c;

	while (rd_u8(&recording, &c))
		if (c)
			return false;
	return true;
}

struct rd session_recording(const struct event *opened)
{
	struct rd id = opened->value[OPENED_RECORDING].bytes;

	return is_none(id) ? rd_of(NULL, 0) : id;
}

static const char *check_segment(const struct session *s, const struct event *e)
{
	struct rd mine = rd_of(s->recording, sizeof(s->recording));
	int64_t reel = e->value[SEGMENT_REEL].number;

	if (is_none(mine))
		return "a segment of a session without a recording";
	if (!rd_equal(&mine, &e->value[SEGMENT_RECORDING].bytes))
		return "a segment of another recording";
	if (e->value[SEGMENT_NUMBER].number != s->segment + 1)
		return "a segment that does not follow the one before it";
	return reel == s->reel + 1 || (reel && reel == s->reel) ? NULL : "a reel that does not follow the one before it";
}

static const char *check_first(const struct session_table *t, const struct record *r)
{
	if (r->event.id != EVENT_SESSION_OPENED)
		return "a record of a session that is not open";
	if (was_closed(t, r->session))
		return "a session that has ended is opened again";
	return t->open.n == SESSIONS_MAX ? "too many sessions are open" : NULL;
}

const char *session_check(const struct session_table *t, struct record *r, const void *owner)
{
	const struct session *s;

	r->prev = r->seq;
	if (r->session.len == 0)
		return r->event.id == EVENT_SESSION_OPENED || is_last(r->event.id) ? "a session without a name" : NULL;
	s = map_get(&t->open, r->session);
	if (!s)
		return check_first(t, r);
	if (r->event.id == EVENT_SESSION_OPENED)
		return "a session is opened twice";
	if (s->owner != owner)
		return "a record of somebody else's session";
	if (r->event.id == EVENT_SESSION_LOST && owner)
		return "a session is lost by who has it";
	r->prev = s->last;
	return r->event.id == EVENT_SESSION_SEGMENT ? check_segment(s, &r->event) : NULL;
}

void session_took(struct session_table *t, const struct record *r, const void *owner)
{
	struct session *s = r->session.len ? map_get(&t->open, r->session) : NULL;

	t->upto = r->seq + 1;
	if (!s && r->event.id == EVENT_SESSION_OPENED) {
		s = add(t, r->session);
		s->owner = owner;
		set_name(s->actor, r->actor);
		set_name(s->employer, r->employer);
		set_name(s->asset, r->asset);
		struct rd recording = r->event.value[OPENED_RECORDING].bytes;
		ASSERT(rd_copy(&recording, s->recording, sizeof(s->recording)));
	}
	if (!s)
		return;
	if (r->event.id == EVENT_SESSION_SEGMENT) {
		s->segment = r->event.value[SEGMENT_NUMBER].number;
		s->reel = r->event.value[SEGMENT_REEL].number;
	}
	s->last = r->seq;
	if (is_last(r->event.id))
		close_one(t, s);
}

void session_orphan(struct session_table *t, const void *owner, const char *why)
{
	for (size_t i = 0; t->open.slots && i < t->open.n_slots; i++) {
		struct session *s = t->open.slots[i].value;
		if (!s || !s->owner || (owner && s->owner != owner))
			continue;
		s->owner = NULL;
		s->why = why;
		t->n_lost++;
	}
}

const struct session *session_lost(const struct session_table *t)
{
	for (size_t i = 0; t->n_lost && t->open.slots && i < t->open.n_slots; i++) {
		const struct session *s = t->open.slots[i].value;
		if (s && !s->owner)
			return s;
	}
	return NULL;
}

/* Nobody has a session that was read back. */
static const char why_read_back[] = "the evidence process ended while it was open";

static void replay_first(struct session_table *t, struct rd id, const struct record_view *v)
{
	if (t->open.n == SESSIONS_MAX || !rd_is(&v->event, "session.opened"))
		return;
	struct session *s = add(t, id);
	t->n_lost++;
	s->why = why_read_back;
	s->last = v->seq;
	set_name(s->actor, v->actor);
	set_name(s->employer, v->employer);
	set_name(s->asset, v->asset);
}

void session_replay(struct session_table *t, uint64_t index, struct rd entry)
{
	uint8_t raw[RECORD_ID_LEN];
	struct record_view v;
	struct session *s;

	t->upto = index + 1;
	if (!record_read(entry, &v) || v.session.len == 0 || !text_hex(v.session, raw, sizeof(raw)))
		return;
	s = map_get(&t->open, rd_of(raw, sizeof(raw)));
	if (!s) {
		replay_first(t, rd_of(raw, sizeof(raw)), &v);
		return;
	}
	s->last = index;
	if (rd_is(&v.event, "session.closed") || rd_is(&v.event, "session.lost"))
		close_one(t, s);
}

int session_save(const struct session_table *t, struct disk *d)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, FILE_MAX);
	struct wr w = wr_to(&b);
	wr_str(&w, magic);
	wr_u64(&w, t->upto);
	wr_u32(&w, (uint32_t)t->open.n);
	for (size_t i = 0; t->open.slots && i < t->open.n_slots; i++) {
		const struct session *s = t->open.slots[i].value;
		if (!s)
			continue;
		wr_bytes(&w, rd_of(s->id, sizeof(s->id)));
		wr_u64(&w, s->last);
		wr_part8(&w, rd_str(s->actor));
		wr_part8(&w, rd_str(s->employer));
		wr_part8(&w, rd_str(s->asset));
	}
	wr_u32(&w, (uint32_t)t->n_closed);
	for (size_t i = 0; i < t->n_closed; i++) /* the oldest first */
		wr_bytes(&w, rd_of(t->closed[(t->next_closed + SESSION_CLOSED_KEPT - t->n_closed + i) % SESSION_CLOSED_KEPT],
				 RECORD_ID_LEN));
	wr_u32(&w, crc32c(0, buf_rd(&b)));
	ASSERT(wr_ok(&w));
	return disk_replace(d, "tmp/sessions", path, buf_rd(&b));
}

static bool take_session(struct session_table *t, struct rd *r)
{
	struct rd id, actor, employer, asset;
	uint64_t last;

	if (!rd_take(r, RECORD_ID_LEN, &id) || !rd_u64(r, &last) || last >= t->upto || map_get(&t->open, id) ||
	    !rd_part8(r, EVENT_NAME_MAX, &actor) || !rd_part8(r, EVENT_NAME_MAX, &employer) ||
	    !rd_part8(r, EVENT_NAME_MAX, &asset) || !event_name_ok(actor) || !event_name_ok(employer) || !event_name_ok(asset))
		return false;
	struct session *s = add(t, id);
	t->n_lost++;
	s->why = why_read_back;
	s->last = last;
	set_name(s->actor, actor);
	set_name(s->employer, employer);
	set_name(s->asset, asset);
	return true;
}

static bool parse(struct session_table *t, struct rd all, uint64_t size)
{
	struct rd r = all, covered;
	uint32_t n, crc;

	if (all.len < 4 || !rd_slice(&all, 0, all.len - 4, &covered) || !rd_word(&r, magic) || !rd_u64(&r, &t->upto) ||
	    t->upto > size || !rd_u32(&r, &n) || n > SESSIONS_MAX)
		return false;
	for (; n; n--)
		if (!take_session(t, &r))
			return false;
	if (!rd_u32(&r, &n) || n > SESSION_CLOSED_KEPT)
		return false;
	for (t->n_closed = 0; t->n_closed < n; t->n_closed++)
		if (!rd_copy(&r, t->closed[t->n_closed], RECORD_ID_LEN))
			return false;
	t->next_closed = n % SESSION_CLOSED_KEPT;
	return rd_u32(&r, &crc) && r.len == 0 && crc == crc32c(0, covered);
}

bool session_load(struct session_table *t, struct disk *d, uint64_t size)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, FILE_MAX);
	forget_all(t);
	if (disk_read_file(d, path, &b) == 0 && parse(t, buf_rd(&b), size))
		return true;
	forget_all(t);
	return false;
}
