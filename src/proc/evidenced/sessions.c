/*
 * Is:        what evidenced does about sessions (contract in the header).
 * Is not:    the table or the log.
 * Called by: evidenced.
 * Owns:      the table of open sessions.
 * Trust:     those who record may have been taken over.
 */
#include "proc/evidenced/sessions.h"

#include <errno.h>

#include "base/rd.h"
#include "base/timefmt.h"
#include "crypto/random.h"
#include "evidence/record.h"
#include "evidence/torn.h"
#include "os/clock.h"

/* A start reads at most so many records again, and what came since. Fewer would cost whoever
 * records more: saving waits for the disk three times. */
enum { SAVE_EVERY = 1 << 18 };

int sessions_open(struct sessions *s, struct log *l, struct disk *d, struct tiler *t)
{
	uint64_t seed[2];
	int result;

	random_seed(seed);
	*s = (struct sessions){ .log = l, .disk = d };
	session_table_init(&s->table, seed);
	result = session_rebuild(&s->table, t, log_durable(l));
	s->saved = s->table.upto;
	return result;
}

void sessions_done(struct sessions *s)
{
	session_table_done(&s->table);
}

static struct record record_of(const struct record_ask *a, uint64_t seq)
{
	static const enum record_clock clocks[] = { [CLOCK_UNKNOWN] = RECORD_CLOCK_UNKNOWN,
		[CLOCK_FREE] = RECORD_CLOCK_FREE, [CLOCK_SYNCED] = RECORD_CLOCK_SYNCED };

	return (struct record){ .seq = seq, .prev = seq, .wall_ns = clock_wall_ns(), .mono_us = clock_mono_ns() / NS_PER_US,
		.clock = clocks[clock_state()], .session = a->session, .actor = a->actor, .employer = a->employer,
		.asset = a->asset, .event = a->event };
}

static bool is_closing(const struct record *r)
{
	return r->event.id == EVENT_SESSION_CLOSED || r->event.id == EVENT_SESSION_LOST;
}

/* What evidenced alone writes, whatever a gate that was taken over asks for: on its word files
 * may be gone. */
static bool is_its_own(enum event_id id)
{
	static const enum event_id own[] = { EVENT_RECORDING_ERASED, EVENT_RECORDING_TORN, EVENT_METADATA_ERASED, EVENT_RETENTION_SET,
		EVENT_RETENTION_METADATA_SET, EVENT_HOLD_SET, EVENT_HOLD_LIFTED, EVENT_HOLD_SESSION_SET, EVENT_HOLD_SESSION_LIFTED,
		EVENT_LOG_REOPENED };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (own[i] == id)
			return true;
	return false;
}

int sessions_append(struct sessions *s, const struct record_ask *a, const void *owner, uint64_t *out_seq,
    const char **out_why)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct record r = record_of(a, s->log->wal.next);
	int result;

	*out_why = a->closing && !is_closing(&r) ? "the room for closing records is not for this one" :
	    owner && is_its_own(a->event.id) ? "a record that evidenced alone writes" :
	    session_check(&s->table, &r, owner);
	if (*out_why)
		return SESSIONS_REFUSED;
	buf_init(&b, RECORD_MAX);
	if (record_write(&b, &r) < 0) {
		*out_why = "a value that cannot stand in a record";
		return SESSIONS_REFUSED;
	}
	/* A closing record that is longer than any need be has to find ordinary room. */
	result = log_append(s->log, buf_rd(&b), is_closing(&r) && b.len <= SESSION_CLOSING_MAX, clock_mono_ns(), out_seq);
	if (result == 0)
		session_took(&s->table, &r, owner);
	*out_why = result == LOG_TOO_LONG ? "a record that is too long" : NULL;
	return result == LOG_TOO_LONG ? SESSIONS_REFUSED : result;
}

void sessions_lose(struct sessions *s, const void *owner, const char *why)
{
	session_orphan(&s->table, owner, why);
}

int sessions_write_lost(struct sessions *s)
{
	const struct session *one;
	const char *why;
	uint64_t seq;
	int result = 0;

	while (result == 0 && (one = session_lost(&s->table))) {
		struct record_ask a = { .closing = true, .session = rd_of(one->id, sizeof(one->id)),
			.actor = rd_str(one->actor), .employer = rd_str(one->employer), .asset = rd_str(one->asset),
			.event = { .id = EVENT_SESSION_LOST, .value = { { .bytes = rd_str(one->why) } } } };
		result = sessions_append(s, &a, NULL, &seq, &why);
	}
	return result == SESSIONS_REFUSED ? -EINVAL : result;
}

/* What a power cut tore in the recordings of the sessions that were open. */
static int record_torn(struct sessions *s, struct tiler *view, const struct session *one)
{
	struct torn found;
	struct record_ask a = { .event = { .id = EVENT_RECORDING_TORN } };
	const char *why;
	uint64_t seq;
	int r = torn_find(view, one->last, &found);

	if (r != TORN_FOUND)
		return r;
	a.event.value[0].number = found.number;
	a.event.value[1].bytes = rd_of(found.recording, sizeof(found.recording));
	a.event.value[2].number = found.reel;
	do {
		r = sessions_append(s, &a, NULL, &seq, &why);
	} while (r == LOG_BUSY && (r = log_commit(s->log)) == 0);
	return r == LOG_NO_ROOM ? 0 : r; /* the verifier will call it cut */
}

int sessions_record_torn(struct sessions *s, struct tiler *view)
{
	const struct map *open = &s->table.open;
	int r = 0;

	for (size_t i = 0; r == 0 && open->slots && i < open->n_slots; i++)
		if (open->slots[i].value)
			r = record_torn(s, view, open->slots[i].value);
	return r;
}

int sessions_committed(struct sessions *s, bool now)
{
	uint64_t upto = s->table.upto;
	int result;

	/* What is in the file must not vanish from the log. */
	if (upto != log_durable(s->log) || upto - s->saved < (now ? 1 : SAVE_EVERY))
		return 0;
	result = session_save(&s->table, s->disk);
	if (result == 0)
		s->saved = upto;
	return result == -ENOSPC ? 0 : result; /* without the file a start takes longer */
}
