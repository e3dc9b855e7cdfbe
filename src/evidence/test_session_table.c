/*
 * Is:        tests of the table of open sessions: what may be recorded, and that it comes
 *            back out of the log whatever became of its file.
 * Is not:    a test of evidenced (tests/evidenced.c) or of the verifier (test_chain.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/session_table.h"

#include <stdio.h>
#include <string.h>

#include "evidence/disk_model.h"
#include "evidence/log.h"
#include "evidence/tiler.h"
#include "testing/test.h"

static const uint64_t seed[2] = { 3, 4 };
static const uint8_t log_id[WAL_ID_LEN] = "an identity of thirty-two bytes";
static int gate_a, gate_b; /* two owners */
static uint8_t recording_id[RECORD_ID_LEN] = { 7 };

static struct event event_of(enum event_id id)
{
	static const uint8_t zeros[32];
	struct rd raw = rd_of(zeros, 16), text = rd_str("maintenance"), recording = rd_of(recording_id, sizeof(recording_id));

	switch ((int)id) {
	case EVENT_SESSION_OPENED:
		return (struct event){ .id = id, .value = { { .bytes = raw }, { .bytes = text }, { .bytes = raw },
			{ .bytes = rd_of(zeros, 32) }, { .bytes = recording }, { .bytes = text } } };
	case EVENT_SESSION_CLOSED:
		return (struct event){ .id = id, .value = { [1] = { .bytes = text }, [10] = { .bytes = text } } };
	case EVENT_SESSION_HELD:
		return (struct event){ .id = id, .value = { { .bytes = text }, { .bytes = text } } };
	default:
		return (struct event){ .id = id, .value = { { .bytes = text } } };
	}
}

static struct record record_of(uint64_t seq, const char *id, enum event_id e)
{
	return (struct record){ .seq = seq, .session = rd_of(id, id[0] ? RECORD_ID_LEN : 0), .actor = rd_str("wei.zhang"),
		.employer = rd_str("meridian"), .asset = rd_str("hlr1"), .event = event_of(e) };
}

static const char one[] = "session one.....", two[] = "session two.....";

/* Adds the record if it may be; its prev, or UINT64_MAX. */
static uint64_t give(struct session_table *t, uint64_t seq, const char *id, enum event_id e, const void *owner,
    const char **why)
{
	struct record r = record_of(seq, id, e);

	*why = session_check(t, &r, owner);
	if (*why)
		return UINT64_MAX;
	session_took(t, &r, owner);
	return r.prev;
}

TEST(records_of_a_session_point_to_the_one_before)
{
	struct session_table t;
	const char *why;

	session_table_init(&t, seed);
	CHECK_U64(give(&t, 10, one, EVENT_SESSION_OPENED, &gate_a, &why), 10);
	CHECK_U64(give(&t, 11, two, EVENT_SESSION_OPENED, &gate_b, &why), 11);
	CHECK_U64(give(&t, 12, "", EVENT_LOG_FULL, &gate_b, &why), 12);
	CHECK_U64(give(&t, 13, one, EVENT_SESSION_HELD, &gate_a, &why), 10);
	CHECK_U64(give(&t, 14, one, EVENT_SESSION_CLOSED, &gate_a, &why), 13);
	CHECK_U64(give(&t, 15, two, EVENT_SESSION_HELD, &gate_b, &why), 11);
	CHECK_U64(t.open.n, 1);
	CHECK_U64(t.upto, 16);
	session_table_done(&t);
}

TEST(what_would_break_a_chain_is_refused)
{
	struct session_table t;
	const char *why;

	session_table_init(&t, seed);
	CHECK_U64(give(&t, 0, one, EVENT_SESSION_HELD, &gate_a, &why), UINT64_MAX);
	CHECK_STR(why, "a record of a session that is not open");
	CHECK_U64(give(&t, 0, "", EVENT_SESSION_CLOSED, &gate_a, &why), UINT64_MAX);
	CHECK_STR(why, "a session without a name");
	CHECK_U64(give(&t, 0, one, EVENT_SESSION_OPENED, &gate_a, &why), 0);
	CHECK_U64(give(&t, 1, one, EVENT_SESSION_OPENED, &gate_a, &why), UINT64_MAX);
	CHECK_STR(why, "a session is opened twice");
	CHECK_U64(give(&t, 1, one, EVENT_SESSION_HELD, &gate_b, &why), UINT64_MAX);
	CHECK_STR(why, "a record of somebody else's session");
	CHECK_U64(give(&t, 1, one, EVENT_SESSION_LOST, &gate_a, &why), UINT64_MAX);
	CHECK_STR(why, "a session is lost by who has it");
	CHECK_U64(give(&t, 1, one, EVENT_SESSION_CLOSED, &gate_a, &why), 0);
	CHECK_U64(give(&t, 2, one, EVENT_SESSION_OPENED, &gate_a, &why), UINT64_MAX);
	CHECK_STR(why, "a session that has ended is opened again");
	session_table_done(&t);
}

static const char *give_segment(struct session_table *t, uint64_t seq, uint8_t recording, int64_t number, int64_t reel)
{
	static const uint8_t zeros[32];
	uint8_t id[RECORD_ID_LEN] = { recording };
	struct record r = record_of(seq, one, EVENT_SESSION_SEGMENT);
	const char *why;

	r.event = (struct event){ .id = EVENT_SESSION_SEGMENT, .value = { [1] = { .number = number },
		[2] = { .bytes = rd_of(id, sizeof(id)) }, [3] = { .number = reel }, [5] = { .bytes = rd_of(zeros, 32) } } };
	why = session_check(t, &r, &gate_a);
	if (!why)
		session_took(t, &r, &gate_a);
	return why;
}

TEST(segments_go_on_in_one_recording)
{
	struct session_table t;
	const char *why;

	session_table_init(&t, seed);
	CHECK_U64(give(&t, 0, one, EVENT_SESSION_OPENED, &gate_a, &why), 0);
	CHECK_STR(give_segment(&t, 1, 7, 2, 1), "a segment that does not follow the one before it");
	CHECK_STR(give_segment(&t, 1, 7, 1, 2), "a reel that does not follow the one before it");
	CHECK_STR(give_segment(&t, 1, 7, 1, 0), "a reel that does not follow the one before it");
	CHECK_STR(give_segment(&t, 1, 9, 1, 1), "a segment of another recording");
	CHECK(!give_segment(&t, 1, 7, 1, 1));
	CHECK(!give_segment(&t, 2, 7, 2, 1));
	CHECK(!give_segment(&t, 3, 7, 3, 2));
	CHECK_STR(give_segment(&t, 4, 7, 3, 2), "a segment that does not follow the one before it");
	CHECK_STR(give_segment(&t, 4, 7, 4, 1), "a reel that does not follow the one before it");
	session_table_done(&t);
}

TEST(a_session_without_a_recording_has_no_segments)
{
	struct session_table t;
	const char *why;

	recording_id[0] = 0;
	session_table_init(&t, seed);
	CHECK_U64(give(&t, 0, one, EVENT_SESSION_OPENED, &gate_a, &why), 0);
	CHECK_STR(give_segment(&t, 1, 0, 1, 1), "a segment of a session without a recording");
	session_table_done(&t);
	recording_id[0] = 7;
}

TEST(a_quota_of_open_sessions_holds)
{
	struct session_table t;
	const char *why;
	char id[17];

	session_table_init(&t, seed);
	for (unsigned i = 0; i < SESSIONS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "session %08u", i);
		CHECK_U64(give(&t, i, id, EVENT_SESSION_OPENED, &gate_a, &why), i);
	}
	CHECK_U64(give(&t, SESSIONS_MAX, one, EVENT_SESSION_OPENED, &gate_a, &why), UINT64_MAX);
	CHECK_STR(why, "too many sessions are open");
	session_table_done(&t);
}

TEST(a_gone_owner_leaves_each_session_its_last_record)
{
	const struct session *s;
	struct session_table t;
	const char *why;

	session_table_init(&t, seed);
	CHECK_U64(give(&t, 0, one, EVENT_SESSION_OPENED, &gate_a, &why), 0);
	CHECK_U64(give(&t, 1, two, EVENT_SESSION_OPENED, &gate_b, &why), 1);
	CHECK(!session_lost(&t));
	session_orphan(&t, &gate_a, "its link ended");
	s = session_lost(&t);
	CHECK(s && memcmp(s->id, one, RECORD_ID_LEN) == 0);
	CHECK_STR(s->why, "its link ended");
	CHECK_STR(s->employer, "meridian");
	CHECK_U64(give(&t, 2, one, EVENT_SESSION_HELD, &gate_a, &why), UINT64_MAX); /* it came too late */
	CHECK_U64(give(&t, 2, one, EVENT_SESSION_LOST, NULL, &why), 0);
	CHECK(!session_lost(&t) && t.open.n == 1);
	session_table_done(&t);
}

/* A log on a modelled disk, with sessions that come and go. */
struct life {
	struct disk_model *m;
	struct disk *d;
	struct log log;
	struct tiler tiler;
	struct session_table t;
	unsigned n_opened;
};

static void begin(struct life *l)
{
	struct log_config c = log_defaults();
	struct wal_fault f;

	*l = (struct life){ .m = disk_model_new(test_random()) };
	l->d = disk_model_disk(l->m);
	c.segment_len = 4 << 20;
	c.group_max = 1 << 20;
	CHECK_INT(log_create(l->d, &c, log_id, &f), 0);
	CHECK_INT(log_open(&l->log, l->d, &c, &f), 0);
	CHECK_INT(tiler_open(&l->tiler, l->d, SHELF_SYNCFS, &f), 0);
	session_table_init(&l->t, seed);
}

static void end(struct life *l)
{
	session_table_done(&l->t);
	tiler_done(&l->tiler);
	log_done(&l->log);
	disk_model_free(&l->m);
}

static void append(struct life *l)
{
	AUTO(buf_done) struct buf b = { 0 };
	static const enum event_id any[] = { EVENT_SESSION_HELD, EVENT_SESSION_HELD, EVENT_SESSION_CLOSED, EVENT_LOG_FULL };
	enum event_id e = any[test_below(4)];
	uint64_t index;
	char id[17] = "";

	if (l->n_opened == 0 || test_below(5) == 0) {
		e = EVENT_SESSION_OPENED;
		(void)snprintf(id, sizeof(id), "session %08u", l->n_opened++);
	} else if (e != EVENT_LOG_FULL) {
		(void)snprintf(id, sizeof(id), "session %08u", (unsigned)test_below(l->n_opened));
	}
	struct record r = record_of(l->log.wal.next, id, e);
	if (session_check(&l->t, &r, &gate_a))
		return; /* it is over */
	buf_init(&b, RECORD_MAX);
	CHECK_INT(record_write(&b, &r), 0);
	CHECK_INT(log_append(&l->log, buf_rd(&b), false, 0, &index), 0);
	session_took(&l->t, &r, &gate_a);
}

/* The table that the log alone gives is the one that grew with it. */
static void check_rebuilt(struct life *l)
{
	struct session_table again;

	session_table_init(&again, seed);
	CHECK_INT(session_rebuild(&again, &l->tiler, log_durable(&l->log)), 0);
	CHECK_U64(again.upto, l->t.upto);
	CHECK_U64(again.open.n, l->t.open.n);
	CHECK_U64(again.n_lost, again.open.n);
	CHECK_U64(again.n_closed, l->t.n_closed);
	for (size_t i = 0; i < l->t.open.n_slots; i++) {
		const struct session *s = l->t.open.slots[i].value, *b;
		if (!s)
			continue;
		b = map_get(&again.open, rd_of(s->id, sizeof(s->id)));
		CHECK(b && b->last == s->last);
		CHECK_STR(b->actor, s->actor);
		CHECK_STR(b->asset, s->asset);
	}
	session_table_done(&again);
}

TEST(the_log_alone_gives_the_table_again)
{
	struct life l;
	struct wal_fault f;

	begin(&l);
	for (int round = 0; round < 30; round++) {
		uint64_t n = test_below(150);
		for (uint64_t i = 0; i < n; i++)
			append(&l);
		CHECK_INT(log_commit(&l.log), 0);
		if (test_below(2))
			CHECK_INT(tiler_step(&l.tiler, log_durable(&l.log), test_below(300), &f), 0);
		if (test_below(4) == 0)
			CHECK_INT(session_save(&l.t, l.d), 0);
		check_rebuilt(&l);
	}
	CHECK(l.t.open.n > 0 && l.t.n_closed > 0);
	end(&l);
}

TEST(a_damaged_file_costs_time_and_nothing_else)
{
	struct life l;
	struct rd file;

	begin(&l);
	for (int i = 0; i < 300; i++)
		append(&l);
	CHECK_INT(log_commit(&l.log), 0);
	CHECK_INT(session_save(&l.t, l.d), 0);
	CHECK(disk_model_file(l.m, "sessions", &file));
	for (size_t at = 0; at < file.len; at += 1 + test_below(40)) {
		struct session_table t;
		CHECK(disk_model_flip(l.m, "sessions", at));
		session_table_init(&t, seed);
		CHECK(!session_load(&t, l.d, log_durable(&l.log)));
		CHECK(t.open.n == 0 && t.upto == 0);
		session_table_done(&t);
		CHECK(disk_model_flip(l.m, "sessions", at));
	}
	check_rebuilt(&l);
	CHECK_INT(disk_unlink(l.d, "sessions"), 0);
	check_rebuilt(&l);
	end(&l);
}

/* An older log under a newer file: the file is not believed. */
TEST(a_file_that_knows_more_than_the_log_is_not_used)
{
	struct session_table t;
	struct life l;

	begin(&l);
	for (int i = 0; i < 50; i++)
		append(&l);
	CHECK_INT(log_commit(&l.log), 0);
	CHECK_INT(session_save(&l.t, l.d), 0);
	session_table_init(&t, seed);
	CHECK(session_load(&t, l.d, l.t.upto));
	CHECK(!session_load(&t, l.d, l.t.upto - 1));
	session_table_done(&t);
	end(&l);
}
