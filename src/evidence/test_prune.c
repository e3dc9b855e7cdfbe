/*
 * Is:        tests of the erasure of old records: what goes, what must stay, that what is left
 *            verifies, that tampering cannot hide behind it, and that a power cut anywhere
 *            leaves a sound log.
 * Is not:    a test of evidenced (tests/evidenced.c) or of the command (tests/retention).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/prune.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/timefmt.h"
#include "evidence/chain.h"
#include "evidence/disk_model.h"
#include "evidence/log.h"
#include "evidence/recordings.h"
#include "evidence/session_table.h"
#include "evidence/tiler.h"
#include "evidence/verify_tree.h"
#include "testing/test.h"

enum { HEADS_MAX = 64 };

static const uint64_t seed[2] = { 7, 8 };
static const uint8_t log_id[WAL_ID_LEN] = "an identity of thirty-two bytes";
static int gate;

/* A log whose record i was written in second i, and what is known of the world. */
struct world {
	struct disk_model *m;
	struct log log;
	struct tiler tiler;
	struct session_table table;
	struct merkle_head head[HEADS_MAX]; /* published, in turn */
	size_t n_heads;
	uint64_t next;
	char held[RECORD_ID_LEN + 1];       /* a session, or "" */
	char there[RECORD_ID_LEN + 1];      /* a recording, or "" */
	uint64_t hole;
	bool removes_early;                 /* a bug: before the record can be read */
};

static const char one[] = "session one.....", two[] = "session two.....", three[] = "session three...";
static const char rec_one[] = "recording one...", rec_two[] = "recording two...";

static struct event opened(const char *recording)
{
	static const uint8_t zeros[32];

	return (struct event){ .id = EVENT_SESSION_OPENED, .value = { { .bytes = rd_of(zeros, 16) }, { .bytes = rd_str("terminal") },
		{ .bytes = rd_of(zeros, 16) }, { .bytes = rd_of(zeros, 32) },
		{ .bytes = recording ? rd_of(recording, 16) : rd_of(zeros, 16) }, { .bytes = rd_str("maintenance") } } };
}

static struct event closed(void)
{
	return (struct event){ .id = EVENT_SESSION_CLOSED, .value = { [1] = { .bytes = rd_str("engineer") }, [10] = { .bytes = rd_str("x") } } };
}

static struct event segment(const char *recording)
{
	static const uint8_t zeros[32];

	return (struct event){ .id = EVENT_SESSION_SEGMENT, .value = { [1] = { .number = 1 }, [2] = { .bytes = rd_of(recording, 16) },
		[3] = { .number = 1 }, [5] = { .bytes = rd_of(zeros, 32) } } };
}

static struct event in_session(void)
{
	return (struct event){ .id = EVENT_SESSION_HELD, .value = { { .bytes = rd_str("eve") }, { .bytes = rd_str("") } } };
}

static struct event plain(void)
{
	return (struct event){ .id = EVENT_LOG_FULL, .value = { { .bytes = rd_str("core") } } };
}

static struct event erased_recording(const char *recording)
{
	return (struct event){ .id = EVENT_RECORDING_ERASED, .value = { { .bytes = rd_str("retention") },
		{ .bytes = rd_of(recording, 16) }, { .bytes = rd_str("its time") } } };
}

static void put(struct world *w, const char *session, struct event e)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct record r = { .seq = w->next, .prev = w->next, .wall_ns = w->next * NS_PER_S, .event = e,
		.session = rd_of(session, session[0] ? RECORD_ID_LEN : 0) };
	uint64_t index;
	const char *why = session_check(&w->table, &r, session[0] ? &gate : NULL);
	int e1;

	if (why)
		test_fail(__FILE__, __LINE__, "%s", why);
	buf_init(&b, RECORD_MAX);
	CHECK_INT(record_write(&b, &r), 0);
	while ((e1 = log_append(&w->log, buf_rd(&b), false, 0, &index)) == LOG_BUSY || e1 == LOG_NO_ROOM)
		CHECK_INT(e1 == LOG_BUSY ? log_commit(&w->log) : log_idle(&w->log), 0);
	CHECK_INT(e1, 0);
	CHECK_U64(index, w->next);
	session_took(&w->table, &r, session[0] ? &gate : NULL);
	w->next++;
}

static void fill(struct world *w, uint64_t until)
{
	while (w->next < until)
		put(w, "", plain());
}

static void publish(struct world *w)
{
	struct wal_fault f;
	struct tree_state s;

	CHECK_INT(log_commit(&w->log), 0);
	CHECK_INT(tiler_step(&w->tiler, log_durable(&w->log), UINT32_MAX, &f), 0);
	CHECK_INT(tiler_settle(&w->tiler, &s), 0);
	CHECK(w->n_heads < HEADS_MAX);
	CHECK_INT(tiler_publish(&w->tiler, rd_str("a checkpoint")), 0);
	w->head[w->n_heads++] = (struct merkle_head){ s.size, s.root };
	CHECK_INT(log_published(&w->log, s.size), 0);
}

static void start(struct world *w)
{
	struct log_config c = log_defaults();
	struct wal_fault f = { .why = "" };
	struct disk *d = disk_model_disk(w->m);
	int r;

	c.segment_len = 256 * WAL_BLOCK;
	c.group_max = WAL_ENTRY_MAX + 2;
	c.reserve_len = 2 * WAL_BLOCK;
	r = log_open(&w->log, d, &c, &f);
	if (r == LOG_ABSENT) {
		log_done(&w->log);
		CHECK_INT(log_create(d, &c, log_id, &f), 0);
		r = log_open(&w->log, d, &c, &f);
	}
	CHECK_INT(r, 0);
	CHECK_INT(tiler_open(&w->tiler, d, SHELF_FEW_EACH, &f), 0);
	session_table_init(&w->table, seed);
}

static void stop(struct world *w)
{
	session_table_done(&w->table);
	tiler_done(&w->tiler);
	log_done(&w->log);
}

static struct world world_new(void)
{
	struct world w = { .m = disk_model_new(test_random()) };

	start(&w);
	return w;
}

static void world_done(struct world *w)
{
	stop(w);
	disk_model_free(&w->m);
}

/* What the verifier says of the newest checkpoint, or of an older one. */
struct verdict {
	struct verify_fault fault;
	uint64_t n_told, first, end, record; /* the first range */
	uint64_t n_erased;
	uint64_t n_sessions, n_headless, n_open, n_endless;
	struct recordings_total recordings;
};

static void ignore(struct recordings_listener *self, const struct recording_fault *f)
{
}

static struct verdict judge_at(struct disk *d, const struct merkle_head *head, const struct merkle_head *known)
{
	AUTO(chain_done) struct chain chain = { .next = 0 };
	AUTO(recordings_done) struct recordings recordings = { .chain = &chain };
	AUTO(erasure_done) struct erasure erasure = { .gone = { .ranges = { 0 } } };
	struct recordings_listener listener = { ignore };
	struct verify_job job = { .head = *head, .known = known, .erasure = &erasure };
	struct verdict v = { .n_told = 0 };

	chain_init(&chain, seed);
	recordings_init(&recordings, seed);
	recordings.chain = &chain;
	chain.then = &recordings.check;
	erasure_init(&erasure);
	verify_tree_init(&job.tree);
	verify_log_init(&job.log, d, head->size, &chain.check);
	job.log.may_be_gone = true;
	CHECK_INT(verify_all(&job, &v.fault), 0);
	verify_log_done(&job.log);
	struct chain_rest rest = chain_rest(&chain);
	v.n_sessions = chain.sessions.n;
	v.n_headless = chain.n_headless;
	v.n_open = rest.n_open;
	v.n_endless = rest.n_endless;
	CHECK_INT(recordings_judge(&recordings, d, &listener, &v.recordings), 0);
	v.n_told = erasure.told.n;
	for (size_t i = 0; i < erasure.told.n; i++) {
		const struct erasure_range *r = vec_at(&erasure.told, i);
		if (i == 0) {
			v.first = r->first;
			v.end = r->end;
			v.record = r->record;
		}
		v.n_erased += r->end - r->first;
	}
	return v;
}

static struct verdict judge(struct world *w)
{
	return judge_at(disk_model_disk(w->m), &w->head[w->n_heads - 1], NULL);
}

static int keeps_session(void *ctx, const uint8_t id[RECORD_ID_LEN])
{
	struct world *w = ctx;

	return map_get(&w->table.open, rd_of(id, RECORD_ID_LEN)) || memcmp(w->held, id, RECORD_ID_LEN) == 0;
}

static int has_recording(void *ctx, const uint8_t id[RECORD_ID_LEN])
{
	struct world *w = ctx;

	return w->there[0] && memcmp(w->there, id, RECORD_ID_LEN) == 0;
}

static const struct prune_calls calls = { keeps_session, has_recording };

static void say(struct world *w, struct prune *p)
{
	for (size_t i = 0; i < p->plan.n; i++) {
		struct prune_range *r = vec_at(&p->plan, i);
		r->record = w->next;
		put(w, "", (struct event){ .id = EVENT_METADATA_ERASED, .value = { { .bytes = rd_str("retention") },
			{ .number = (int64_t)r->first }, { .number = (int64_t)r->end - 1 }, { .bytes = rd_str("term") } } });
	}
}

static int remove_planned(struct prune *p)
{
	int r;

	CHECK_INT(prune_said(p), 0);
	while ((r = prune_remove(p, 1)) == PRUNE_MORE)
		continue;
	return r;
}

/* Everything older than `before_s` seconds goes. The bundles that were removed, or -1 for a
 * hole, which is then w->hole. */
static int prune(struct world *w, uint64_t before_s)
{
	AUTO(prune_done) struct prune p = { .at = 0 };
	const struct merkle_head *head = &w->head[w->n_heads - 1];
	int r, n = 0;

	prune_begin(&p, disk_model_disk(w->m), head, head->size, before_s * NS_PER_S, &calls, w, seed);
	while ((r = prune_look(&p, 1)) == PRUNE_MORE)
		continue;
	w->hole = p.hole;
	if (r == PRUNE_HOLE)
		return -1;
	CHECK_INT(r, 0);
	for (size_t i = 0; i < p.plan.n; i++)
		n += (int)((struct prune_range *)vec_at(&p.plan, i))->n_due;
	if (w->removes_early)
		CHECK_INT(remove_planned(&p), 0);
	say(w, &p);
	publish(w);
	if (!w->removes_early)
		CHECK_INT(remove_planned(&p), 0);
	return n;
}

static bool is_there(struct world *w, uint64_t bundle)
{
	char path[TILE_PATH_MAX];
	struct rd r;

	tile_path((struct tile){ bundle, TILE_WIDTH, TILE_ENTRIES }, path);
	return disk_model_file(w->m, path, &r);
}

static void remove_bundle(struct world *w, uint64_t bundle)
{
	char path[TILE_PATH_MAX];

	tile_path((struct tile){ bundle, TILE_WIDTH, TILE_ENTRIES }, path);
	CHECK_INT(disk_unlink(disk_model_disk(w->m), path), 0);
}

/* 1500 records: session one in bundle 0, two from 0 to 3, three in 3 and 4. */
static void ordinary(struct world *w)
{
	fill(w, 10);
	put(w, one, opened(rec_one));
	put(w, one, in_session());
	put(w, two, opened(rec_two));
	put(w, one, closed());
	fill(w, 700);
	put(w, two, in_session());
	fill(w, 900);
	put(w, two, in_session());
	put(w, two, closed());
	put(w, three, opened(NULL));
	fill(w, 1100);
	put(w, three, closed());
	fill(w, 1500);
	publish(w);
}

/* Who removes a recording behind the log's back must not find its session gone with time: only a
 * record lets it go, and a bundle that was altered lets nothing go. */
TEST(a_session_whose_recording_is_gone_without_a_record_stays)
{
	struct world w = world_new();

	fill(&w, 10);
	put(&w, one, opened(rec_one));
	fill(&w, 400);
	put(&w, one, segment(rec_one));
	put(&w, one, closed());
	put(&w, two, opened(rec_two)); /* it never had a segment */
	put(&w, two, closed());
	fill(&w, 1500);
	publish(&w);
	CHECK_INT(prune(&w, 1100), 2);
	CHECK(is_there(&w, 0) && is_there(&w, 1) && !is_there(&w, 2) && !is_there(&w, 3));
	put(&w, "", erased_recording(rec_one));
	publish(&w);
	CHECK_INT(prune(&w, 1100), 0); /* it lies in the last bundle, which nobody can judge yet */
	fill(&w, 1800);
	publish(&w);
	CHECK_INT(prune(&w, 1100), 2);
	CHECK(!is_there(&w, 0) && !is_there(&w, 1));
	CHECK_STR(verify_kind_word(judge(&w).fault.kind), "sound");
	world_done(&w);
}

/* More ranges than the file has lines for: the log is read instead, and nothing is called missing. */
TEST(a_file_that_cannot_say_all_says_nothing)
{
	AUTO(erasure_done) struct erasure many = { .gone = { .ranges = { 0 } } }, read = { .gone = { .ranges = { 0 } } };
	AUTO(verify_log_done) struct verify_log v = { .size = 0 };
	struct world w = world_new();
	struct disk *d = disk_model_disk(w.m);

	fill(&w, 600);
	put(&w, "", (struct event){ .id = EVENT_METADATA_ERASED, .value = { { .bytes = rd_str("retention") }, { .number = 0 },
		{ .number = 255 }, { .bytes = rd_str("term") } } });
	fill(&w, 1000);
	publish(&w);
	erasure_init(&many);
	erasure_init(&read);
	verify_log_init(&v, d, w.head[0].size, NULL);
	for (int i = 0; i < ERASURE_LINES_MAX; i++)
		*(struct erasure_range *)vec_push(&many.said) = (struct erasure_range){ 0, 256, 600 };
	CHECK_INT(erasure_save(&many, d), 0);
	CHECK(erasure_load(&read, &v));
	*(struct erasure_range *)vec_push(&many.said) = (struct erasure_range){ 0, 256, 600 };
	CHECK_INT(erasure_save(&many, d), 0);
	read.said.n = 0;
	CHECK(!erasure_load(&read, &v));
	CHECK_INT(erasure_learn(&read, &v), 0);
	CHECK_U64(read.said.n, 1);
	world_done(&w);
}

TEST(old_bundles_go_and_what_is_left_verifies)
{
	struct world w = world_new();
	struct prover prover;
	struct merkle_proof proof;
	AUTO(buf_done) struct buf entry = { 0 };
	struct hash leaf;
	struct verdict v;

	ordinary(&w);
	buf_init(&entry, RECORD_MAX);
	prover_init(&prover, disk_model_disk(w.m), w.head[0].size);
	CHECK_INT(prover_entry(&prover, 11, &entry), 0);
	CHECK_INT(prover_path(&prover, 11, &proof), 0);
	hash_leaf(buf_rd(&entry), &leaf);

	CHECK_INT(prune(&w, 800), 3);
	CHECK(!is_there(&w, 0) && !is_there(&w, 1) && !is_there(&w, 2) && is_there(&w, 3));
	v = judge(&w);
	CHECK_STR(verify_kind_word(v.fault.kind), "sound");
	CHECK_U64(v.first, 0);
	CHECK_U64(v.end, 768);
	CHECK_U64(v.record, 1500);
	/* Session one is gone, two has lost its beginning, three is whole. */
	CHECK_U64(v.n_sessions, 2);
	CHECK_U64(v.n_headless, 1);
	CHECK_U64(v.n_open + v.n_endless, 0);

	/* Later checkpoints, and one that somebody kept from before. */
	fill(&w, 3000);
	publish(&w);
	v = judge_at(disk_model_disk(w.m), &w.head[w.n_heads - 1], &w.head[0]);
	CHECK_STR(verify_kind_word(v.fault.kind), "sound");
	/* What somebody holds is proved as before; a new proof of it can be made, and not it. */
	CHECK(merkle_included(11, w.head[0].size, &leaf, &proof, &w.head[0].root));
	CHECK_INT(prover_path(&prover, 11, &proof), 0);
	CHECK(merkle_included(11, w.head[0].size, &leaf, &proof, &w.head[0].root));
	buf_reset(&entry);
	CHECK_INT(prover_entry(&prover, 11, &entry), -ENOENT);
	prover_done(&prover);

	/* The next run says of all of it in one record, and the old record may go with its bundle. */
	CHECK_INT(prune(&w, 2900), 8);
	v = judge(&w);
	CHECK_STR(verify_kind_word(v.fault.kind), "sound");
	CHECK_U64(v.n_told, 1);
	CHECK_U64(v.n_erased, 11 * TILE_WIDTH);
	CHECK_U64(v.record, 3000);
	world_done(&w);
}

TEST(nothing_is_too_young_and_nothing_is_asked_twice)
{
	struct world w = world_new();

	ordinary(&w);
	CHECK_INT(prune(&w, 0), 0);
	CHECK_INT(prune(&w, 255), 0); /* its last record is of that second */
	CHECK_INT(prune(&w, 256), 1);
	CHECK_U64(w.next, 1501);
	CHECK_INT(prune(&w, 256), 0);
	CHECK_U64(w.next, 1501); /* and no record */
	world_done(&w);
}

TEST(a_clock_that_jumped_back_keeps_what_is_between)
{
	struct world w = world_new();

	/* Record 600 is younger than those behind it: the look ends there. */
	fill(&w, 600);
	uint64_t real = w.next;
	AUTO(buf_done) struct buf b = { 0 };
	struct record r = { .seq = real, .prev = real, .wall_ns = (uint64_t)5000 * NS_PER_S, .event = plain() };
	uint64_t index;
	buf_init(&b, RECORD_MAX);
	CHECK_INT(record_write(&b, &r), 0);
	CHECK_INT(log_append(&w.log, buf_rd(&b), false, 0, &index), 0);
	w.next++;
	fill(&w, 1500);
	publish(&w);
	CHECK_INT(prune(&w, 1400), 2);
	CHECK(is_there(&w, 2) && is_there(&w, 3));
	world_done(&w);
}

/* What must stay. */

TEST(an_open_or_held_session_keeps_its_records)
{
	struct world w = world_new();
	struct verdict v;

	ordinary(&w);
	(void)snprintf(w.held, sizeof(w.held), "%s", two);
	put(&w, "session four....", opened(NULL)); /* in bundle 5, and stays open */
	fill(&w, 2000);
	publish(&w);
	CHECK_INT(prune(&w, 1900), 3); /* 1, 4, 6: two is in 0, 2 and 3 */
	CHECK(is_there(&w, 0) && !is_there(&w, 1) && is_there(&w, 2) && is_there(&w, 3) && !is_there(&w, 4));
	CHECK(is_there(&w, 5) && !is_there(&w, 6));
	v = judge(&w);
	CHECK_STR(verify_kind_word(v.fault.kind), "sound");
	CHECK_U64(v.n_told, 3);
	CHECK_U64(v.n_headless, 0);
	/* Session three has lost its end with bundle 4; four may still be open, or have ended in 6. */
	CHECK_U64(v.n_endless, 2);
	w.held[0] = '\0';
	CHECK_INT(prune(&w, 1900), 3);
	CHECK(!is_there(&w, 0) && is_there(&w, 5));
	v = judge(&w);
	CHECK_STR(verify_kind_word(v.fault.kind), "sound");
	CHECK_U64(v.end, 5 * TILE_WIDTH); /* the newest record, that says all of it */
	world_done(&w);
}

TEST(a_recording_that_is_there_keeps_the_records_that_name_it)
{
	struct world w = world_new();

	ordinary(&w);
	(void)snprintf(w.there, sizeof(w.there), "%s", rec_two);
	put(&w, "", erased_recording(rec_one)); /* in bundle 5 */
	fill(&w, 2000);
	publish(&w);
	CHECK_INT(prune(&w, 1900), 3);
	/* 0 stays, and names recording one too: so what says that it was erased stays. */
	CHECK(is_there(&w, 0) && is_there(&w, 2) && is_there(&w, 3) && is_there(&w, 5));
	CHECK_STR(verify_kind_word(judge(&w).fault.kind), "sound");
	w.there[0] = '\0';
	put(&w, "", erased_recording(rec_two));
	fill(&w, 2300);
	publish(&w);
	CHECK_INT(prune(&w, 2250), 5); /* all but the last */
	CHECK(!is_there(&w, 0) && !is_there(&w, 5) && !is_there(&w, 7));
	CHECK_STR(verify_kind_word(judge(&w).fault.kind), "sound");
	world_done(&w);
}

/* A segment's record that outlives its session's first one names the recording too: the record
 * that erased it stays as well, and without one the verifier calls the recording missing. */
TEST(what_erased_a_recording_stays_with_its_segments)
{
	for (int is_said = 0; is_said < 2; is_said++) {
		struct world w = world_new();
		struct verdict v;

		fill(&w, 10);
		put(&w, one, opened(rec_one));
		fill(&w, 300);
		put(&w, one, segment(rec_one));
		put(&w, "", (struct event){ .id = EVENT_RETENTION_METADATA_SET, .value = { { .bytes = rd_str("eve") }, { .number = 9 } } });
		put(&w, one, closed());
		fill(&w, 1300);
		put(&w, "", is_said ? erased_recording(rec_one) : plain()); /* in bundle 5 */
		fill(&w, 2000);
		publish(&w);
		if (is_said) {
			CHECK_INT(prune(&w, 1900), 5);
			CHECK(!is_there(&w, 0) && is_there(&w, 1) && is_there(&w, 5));
		} else { /* what prune does not do, done by hand */
			put(&w, "", (struct event){ .id = EVENT_METADATA_ERASED, .value = { { .bytes = rd_str("eve") }, { .number = 0 },
				{ .number = 255 }, { .bytes = rd_str("term") } } });
			publish(&w);
			CHECK_INT(disk_unlink(disk_model_disk(w.m), "tile/entries/000"), 0);
		}
		v = judge(&w);
		CHECK_STR(verify_kind_word(v.fault.kind), "sound");
		CHECK_U64(v.n_headless, 1);
		CHECK_U64(v.recordings.n_recordings, 1);
		CHECK_U64(v.recordings.n_erased, (uint64_t)is_said);
		CHECK_U64(v.recordings.n_bad, (uint64_t)!is_said);
		world_done(&w);
	}
}

TEST(what_says_how_it_is_kept_stays)
{
	struct world w = world_new();

	fill(&w, 300);
	put(&w, "", (struct event){ .id = EVENT_RETENTION_METADATA_SET, .value = { { .bytes = rd_str("eve") }, { .number = 9 } } });
	fill(&w, 1000);
	publish(&w);
	CHECK_INT(prune(&w, 900), 2);
	CHECK(!is_there(&w, 0) && is_there(&w, 1) && !is_there(&w, 2));
	CHECK_STR(verify_kind_word(judge(&w).fault.kind), "sound");
	/* The records of both erasures grow old and are said again. */
	fill(&w, 3000);
	publish(&w);
	CHECK_INT(prune(&w, 2900), 8);
	CHECK_U64(w.next, 3002);
	CHECK_STR(verify_kind_word(judge(&w).fault.kind), "sound");
	CHECK_U64(judge(&w).n_erased, 10 * TILE_WIDTH);
	world_done(&w);
}

/* Tampering. */

static void check_missing(struct world *w, uint64_t index)
{
	struct verdict v = judge(w);

	CHECK_STR(verify_kind_word(v.fault.kind), "missing");
	CHECK_U64(v.fault.index, index);
	CHECK_U64(v.fault.tile.index, index / TILE_WIDTH);
	CHECK_STR(v.fault.what, "no record says that it was erased");
}

TEST(a_bundle_that_is_gone_without_a_record_is_missing)
{
	struct world w = world_new();

	ordinary(&w);
	CHECK_INT(prune(&w, 600), 2);
	remove_bundle(&w, 2);
	check_missing(&w, 512);
	/* No later erasure hides it. */
	CHECK_INT(prune(&w, 1100), -1);
	CHECK_U64(w.hole, 512);
	check_missing(&w, 512);
	world_done(&w);
}

TEST(a_record_of_an_erasure_covers_what_it_names_alone)
{
	static const struct {
		uint64_t first, last;
	} bad[] = { { 0, 511 }, { 1, 767 }, { 0, 700 }, { 256, 767 }, { 767, 0 }, { 0, 4095 } };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct world w = world_new();
		ordinary(&w);
		put(&w, "", (struct event){ .id = EVENT_METADATA_ERASED, .value = { { .bytes = rd_str("retention") },
			{ .number = (int64_t)bad[i].first }, { .number = (int64_t)bad[i].last }, { .bytes = rd_str("term") } } });
		publish(&w);
		for (uint64_t k = 0; k < 3; k++)
			remove_bundle(&w, k);
		check_missing(&w, i == 0 ? 512 : 0);
		world_done(&w);
	}
}

TEST(at_a_checkpoint_before_the_record_it_is_missing)
{
	struct world w = world_new();
	struct verdict v;

	ordinary(&w);
	CHECK_INT(prune(&w, 600), 2);
	v = judge_at(disk_model_disk(w.m), &w.head[0], NULL);
	CHECK_STR(verify_kind_word(v.fault.kind), "missing");
	world_done(&w);
}

TEST(who_does_not_look_at_records_takes_no_word_for_it)
{
	struct world w = world_new();
	struct verify_job job = { .source = NULL };
	struct verify_fault f;

	ordinary(&w);
	CHECK_INT(prune(&w, 600), 2);
	job.head = w.head[w.n_heads - 1];
	verify_tree_init(&job.tree);
	verify_log_init(&job.log, disk_model_disk(w.m), job.head.size, NULL);
	CHECK_INT(verify_all(&job, &f), 0);
	verify_log_done(&job.log);
	CHECK_STR(verify_kind_word(f.kind), "missing");
	world_done(&w);
}

TEST(the_hashes_of_what_is_gone_are_judged)
{
	struct world w = world_new();

	ordinary(&w);
	CHECK_INT(prune(&w, 600), 2);
	CHECK(disk_model_flip(w.m, "tile/0/001", 77));
	CHECK_STR(verify_kind_word(judge(&w).fault.kind), "hash");
	CHECK_U64(judge(&w).fault.index, 256);
	CHECK(disk_model_flip(w.m, "tile/0/001", 77));
	CHECK_STR(verify_kind_word(judge(&w).fault.kind), "sound");
	CHECK_INT(disk_unlink(disk_model_disk(w.m), "tile/0/001"), 0);
	CHECK_STR(verify_kind_word(judge(&w).fault.kind), "missing");
	world_done(&w);
}

TEST(what_was_altered_is_not_erased)
{
	struct world w = world_new();

	ordinary(&w);
	CHECK(disk_model_flip(w.m, "tile/entries/001", 400));
	CHECK_INT(prune(&w, 600), -1);
	CHECK_U64(w.hole, 256);
	CHECK(is_there(&w, 0)); /* nothing of that run is */
	CHECK(disk_model_flip(w.m, "tile/entries/001", 400));
	CHECK_INT(prune(&w, 600), 2);
	world_done(&w);
}

/* The file "erased" says nothing that the log does not. */
TEST(a_forged_or_lost_file_hides_nothing)
{
	static const char *const forged[] = { "slagboom-erased@v1\n0 767 1500\n", "slagboom-erased@v1\n0 767 30\n",
		"slagboom-erased@v1\n0 511 1500\n512 767 1\n", "x", "", "slagboom-erased@v1\n0 511" };

	for (size_t i = 0; i < ARRAY_LEN(forged); i++) {
		struct world w = world_new();
		ordinary(&w);
		CHECK_INT(prune(&w, 600), 2);
		CHECK_U64(w.next, 1501);
		remove_bundle(&w, 2);
		CHECK_INT(disk_replace(disk_model_disk(w.m), "tmp/erased", "erased", rd_str(forged[i])), 0);
		CHECK_INT(prune(&w, 900), -1);
		CHECK_U64(w.hole, 512);
		world_done(&w);
	}
}

TEST(a_lost_file_is_learnt_from_the_log)
{
	struct world w = world_new();

	ordinary(&w);
	CHECK_INT(prune(&w, 600), 2);
	CHECK_INT(disk_unlink(disk_model_disk(w.m), "erased"), 0);
	CHECK_INT(prune(&w, 900), 1);
	CHECK_STR(verify_kind_word(judge(&w).fault.kind), "sound");
	CHECK_U64(judge(&w).n_told, 1);
	world_done(&w);
}

/* Sessions come back out of what is left, and a hole without a record stops that. */
TEST(open_sessions_are_found_in_what_is_left)
{
	struct world w = world_new();

	ordinary(&w);
	put(&w, "session four....", opened(NULL));
	fill(&w, 1900);
	publish(&w);
	CHECK_INT(prune(&w, 1000), 3);
	for (int lost_file = 0; lost_file < 2; lost_file++) {
		if (lost_file)
			CHECK_INT(disk_unlink(disk_model_disk(w.m), "erased"), 0);
		stop(&w);
		start(&w);
		CHECK_INT(session_rebuild(&w.table, &w.tiler, log_durable(&w.log)), 0);
		CHECK_U64(w.table.upto, w.next);
		CHECK_U64(w.table.open.n, 1);
	}
	remove_bundle(&w, 4);
	stop(&w);
	start(&w);
	CHECK_INT(session_rebuild(&w.table, &w.tiler, log_durable(&w.log)), WAL_CORRUPT);
	world_done(&w);
}

/* The power is cut before every operation of a whole erasure. */

static struct {
	struct world *w;
	uint64_t n_states, n_bad;
	bool is_watching;
} cuts;

static void judge_cut(struct world *before, struct disk_model *left)
{
	struct world w = { .m = left, .next = before->next };
	struct verdict v;

	/* What everybody reads is the newest checkpoint that was published for certain. */
	v = judge_at(disk_model_disk(left), &before->head[before->n_heads - 1], NULL);
	cuts.n_states++;
	if (v.fault.kind != VERIFY_SOUND) {
		cuts.n_bad++;
		disk_model_free(&left);
		return;
	}
	memcpy(w.head, before->head, sizeof(w.head));
	w.n_heads = before->n_heads;
	start(&w);
	CHECK_INT(session_rebuild(&w.table, &w.tiler, log_durable(&w.log)), 0);
	w.next = log_durable(&w.log);
	publish(&w);
	CHECK_INT(prune(&w, 900) >= 0, 1);
	CHECK(!is_there(&w, 0) && !is_there(&w, 1) && !is_there(&w, 2));
	CHECK_STR(verify_kind_word(judge(&w).fault.kind), "sound");
	world_done(&w);
}

static void cut_before(void *ctx, uint64_t op)
{
	struct world *w = ctx;

	if (cuts.is_watching)
		judge_cut(w, disk_model_power_cut(w->m, op * 31 + cuts.n_states));
}

static void cut_everywhere(bool removes_early)
{
	for (int life = 0; life < 6; life++) {
		struct world w = world_new();
		w.removes_early = removes_early;
		ordinary(&w);
		cuts.is_watching = false;
		disk_model_watch(w.m, cut_before, &w);
		cuts.is_watching = true;
		(void)prune(&w, 900);
		cuts.is_watching = false;
		world_done(&w);
	}
}

TEST(a_power_cut_anywhere_leaves_a_sound_log)
{
	cuts.n_states = cuts.n_bad = 0;
	cut_everywhere(false);
	CHECK_U64(cuts.n_bad, 0);
	CHECK(cuts.n_states > 100);
	printf("%llu crash states judged\n", (unsigned long long)cuts.n_states);
}

TEST(removing_before_the_record_can_be_read_is_noticed)
{
	cuts.n_states = cuts.n_bad = 0;
	cut_everywhere(true);
	CHECK(cuts.n_bad > 0);
}

/* A worker tells what is gone as well. */
TEST(what_is_gone_goes_between_processes)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct verify_span s = { .n_leaves = VERIFY_SPAN, .gone = { [3] = 0x11, [31] = 0x80 }, .marked = { [0] = 1 } }, back;

	buf_init(&b, 1024);
	struct wr w = wr_to(&b);
	wr_verify_span(&w, &s);
	struct rd r = buf_rd(&b);
	CHECK(verify_span_parse(&r, &back) && r.len == 0);
	CHECK(memcmp(back.gone, s.gone, sizeof(s.gone)) == 0 && memcmp(back.marked, s.marked, sizeof(s.marked)) == 0);
	for (size_t n = 0; n < b.len; n++) {
		r = buf_rd(&b);
		CHECK(rd_take(&r, n, &r) && !verify_span_parse(&r, &back));
	}
}
