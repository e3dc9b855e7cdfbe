/*
 * Is:        tests of the judgement of recordings: every kind of tampering with reels is
 *            named, and what was erased on the record is not.
 * Is not:    a test of slagboom-verify (tests/evidenced.c runs it on real ones).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/recordings.h"

#include <stdio.h>
#include <string.h>

#include "evidence/disk_model.h"
#include "evidence/record.h"
#include "evidence/reel.h"
#include "testing/test.h"

enum { RECS = 3, REELS = 2, PER_REEL = 4, SEGMENTS = REELS * PER_REEL };

static const uint64_t seed[2] = { 5, 6 };

/* Recordings 1 to RECS, each of SEGMENTS segments in REELS reels, on a modelled disk, and
 * what their records say. */
static struct scene {
	struct disk_model *m;
	struct disk *d;
	struct recordings r;
	struct recordings_listener listener;
	struct recordings_total total;
	struct recording_fault fault[RECS];
	size_t n_faults;
	uint64_t next; /* record */
	const char *refused;
	unsigned stays_open; /* this one's session was never closed */
} scene;

static void note(struct recordings_listener *self, const struct recording_fault *f)
{
	CHECK(scene.n_faults < RECS);
	scene.fault[scene.n_faults++] = *f;
}

static void set_id(uint8_t id[RECORDING_ID_LEN], unsigned n)
{
	memset(id, (int)n, RECORDING_ID_LEN);
}

static void give(unsigned n, struct event e)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint8_t id[RECORDING_ID_LEN];
	struct record r = { .seq = scene.next, .prev = scene.next, .event = e };

	set_id(id, 0x40 + n); /* the session's */
	if (e.id != EVENT_RECORDING_ERASED && e.id != EVENT_RECORDING_TORN)
		r.session = rd_of(id, sizeof(id));
	buf_init(&b, RECORD_MAX);
	CHECK_INT(record_write(&b, &r), 0);
	scene.refused = scene.r.check.entry(&scene.r.check, scene.next, buf_rd(&b));
	scene.next++;
}

static void say_opened(unsigned session, unsigned n)
{
	static const uint8_t zeros[32];
	uint8_t id[RECORDING_ID_LEN];

	set_id(id, n);
	give(session, (struct event){ .id = EVENT_SESSION_OPENED, .value = { { .bytes = rd_of(zeros, 16) },
		{ .bytes = rd_str("terminal") }, { .bytes = rd_of(zeros, 16) }, { .bytes = rd_of(zeros, 32) },
		{ .bytes = rd_of(id, 16) }, { .bytes = rd_str("rule") } } });
}

static void say_segment(unsigned session, unsigned n, uint32_t number, uint32_t reel, const struct hash *sum)
{
	uint8_t id[RECORDING_ID_LEN];

	set_id(id, n);
	give(session, (struct event){ .id = EVENT_SESSION_SEGMENT, .value = { [1] = { .number = number },
		[2] = { .bytes = rd_of(id, sizeof(id)) }, [3] = { .number = reel }, [5] = { .bytes = rd_of(sum->b, 32) } } });
}

static void say_closed(unsigned session)
{
	give(session, (struct event){ .id = EVENT_SESSION_CLOSED, .value = { [1] = { .bytes = rd_str("gate") },
		[10] = { .bytes = rd_str("he left") } } });
}

static void say_lost(unsigned session)
{
	give(session, (struct event){ .id = EVENT_SESSION_LOST, .value = { { .bytes = rd_str("the power was cut") } } });
}

static void say_torn(unsigned n, uint32_t number)
{
	uint8_t id[RECORDING_ID_LEN];

	set_id(id, n);
	give(n, (struct event){ .id = EVENT_RECORDING_TORN, .value = { { .number = number },
		{ .bytes = rd_of(id, sizeof(id)) }, { .number = REELS } } });
}

static void say_erased(unsigned n)
{
	uint8_t id[RECORDING_ID_LEN];

	set_id(id, n);
	give(n, (struct event){ .id = EVENT_RECORDING_ERASED, .value = { { .bytes = rd_str("retention") },
		{ .bytes = rd_of(id, sizeof(id)) }, { .bytes = rd_str("its time was over") } } });
}

/* The sealed bytes of a segment: any bytes that are its own. */
static void content(unsigned n, uint32_t number, struct buf *out)
{
	struct wr w = wr_to(out);

	for (unsigned i = 0; i < 300 + 97 * number; i++)
		wr_u8(&w, (uint8_t)(n * 31 + number * 7 + i));
	CHECK(wr_ok(&w));
}

static void path_of(unsigned n, uint32_t reel, char *out)
{
	char whole[REEL_PATH_MAX];
	uint8_t id[RECORDING_ID_LEN];

	set_id(id, n);
	reel_path(id, reel, whole);
	memmove(out, &whole[strlen("recordings/")], strlen(whole) - strlen("recordings/") + 1);
}

static void put_file(const char *path, struct rd bytes)
{
	int fd = -1;

	CHECK_INT(disk_open(scene.d, path, DISK_CREATE, &fd), 0);
	CHECK_INT(disk_pwrite(scene.d, fd, bytes, 0), 0);
	disk_close(scene.d, &fd);
}

static void put_reel(unsigned n, uint32_t reel, bool is_said)
{
	AUTO(buf_done) struct buf b = { 0 };
	char path[REEL_PATH_MAX];

	buf_init(&b, 1 << 20);
	struct wr w = wr_to(&b);
	for (uint32_t i = 0; i < PER_REEL; i++) {
		AUTO(buf_done) struct buf c = { 0 };
		uint32_t number = (reel - 1) * PER_REEL + i + 1;
		struct hash sum;
		buf_init(&c, 1 << 16);
		content(n, number, &c);
		wr_reel_head(&w, &(struct reel_member){ .segment = number, .len = c.len, .time_s = 1 });
		wr_bytes(&w, buf_rd(&c));
		wr_reel_pad(&w, c.len);
		sha256_of(buf_rd(&c), sum.b);
		if (is_said)
			say_segment(n, n, number, reel, &sum);
	}
	CHECK(wr_ok(&w));
	path_of(n, reel, path);
	put_file(path, buf_rd(&b));
}

static void build_with(unsigned stays_open)
{
	char path[REEL_PATH_MAX];

	memset(&scene, 0, sizeof(scene));
	scene.stays_open = stays_open;
	scene.m = disk_model_new(test_random());
	scene.d = disk_model_disk(scene.m);
	scene.listener.fault = note;
	recordings_init(&scene.r, seed);
	for (unsigned n = 1; n <= RECS; n++) {
		path_of(n, 1, path);
		*strchr(path, '/') = '\0';
		CHECK_INT(disk_mkdir(scene.d, path), 0);
		say_opened(n, n);
		for (uint32_t reel = 1; reel <= REELS; reel++)
			put_reel(n, reel, true);
		CHECK(!scene.refused);
		if (n != scene.stays_open)
			say_closed(n);
	}
}

static void build(void)
{
	build_with(0);
}

static void judge(void)
{
	scene.n_faults = 0;
	CHECK_INT(recordings_judge(&scene.r, scene.d, &scene.listener, &scene.total), 0);
	CHECK_U64(scene.total.n_bad, scene.n_faults);
	CHECK_U64(scene.total.n_recordings, RECS);
	CHECK_U64(scene.total.n_whole + scene.total.n_torn + scene.total.n_erased + scene.total.n_bad, RECS);
}

static void end(void)
{
	recordings_done(&scene.r);
	disk_model_free(&scene.m);
}

static void check_fault(enum recording_wrong wrong, unsigned n, uint32_t reel, uint32_t segment)
{
	uint8_t id[RECORDING_ID_LEN];

	set_id(id, n);
	judge();
	CHECK_U64(scene.n_faults, 1);
	CHECK_INT(scene.fault[0].wrong, wrong);
	CHECK(memcmp(scene.fault[0].recording, id, sizeof(id)) == 0);
	CHECK_U64(scene.fault[0].reel, reel);
	CHECK_U64(scene.fault[0].segment, segment);
	/* each recording: a record that opens it, one for each segment, one that closes it */
	CHECK_U64(scene.fault[0].index, (n - 1) * (SEGMENTS + 2) + segment - (scene.stays_open && scene.stays_open < n));
}

TEST(what_was_recorded_is_whole)
{
	build();
	judge();
	CHECK_U64(scene.total.n_whole, RECS);
	CHECK_U64(scene.total.n_segments, RECS * SEGMENTS);
	CHECK_U64(scene.total.n_unrecorded, 0);
	end();
}

/* Any byte of any reel. */
TEST(a_flipped_byte_is_found_and_its_segment_named)
{
	char path[REEL_PATH_MAX];

	build();
	for (int k = 0; k < 60; k++) {
		unsigned n = 1 + (unsigned)test_below(RECS);
		uint32_t reel = 1 + (uint32_t)test_below(REELS);
		struct rd file;
		path_of(n, reel, path);
		CHECK(disk_model_file(scene.m, path, &file));
		uint64_t at = test_below(file.len);
		CHECK(disk_model_flip(scene.m, path, at));
		judge();
		CHECK_U64(scene.n_faults, 1);
		CHECK(scene.fault[0].reel == reel && scene.fault[0].recording[0] == n);
		CHECK(disk_model_flip(scene.m, path, at));
	}
	judge();
	CHECK_U64(scene.n_faults, 0);
	end();
}

static void cut(unsigned n, uint32_t reel, size_t by)
{
	char path[REEL_PATH_MAX];
	AUTO(buf_done) struct buf b = { 0 };
	struct rd file;

	path_of(n, reel, path);
	CHECK(disk_model_file(scene.m, path, &file));
	buf_init(&b, 1 << 20);
	CHECK(buf_put_rd(&b, file));
	buf_cut(&b, b.len - by);
	CHECK_INT(disk_unlink(scene.d, path), 0);
	put_file(path, buf_rd(&b));
}

TEST(a_deleted_and_a_cut_reel_are_named)
{
	uint8_t noise[2 * REEL_BLOCK];
	char path[REEL_PATH_MAX];

	build();
	cut(2, 2, 1);
	check_fault(RECORDING_CUT, 2, 2, SEGMENTS);
	path_of(2, 2, path);
	CHECK_INT(disk_unlink(scene.d, path), 0);
	check_fault(RECORDING_MISSING, 2, 2, PER_REEL + 1);
	put_file(path, rd_str(""));
	check_fault(RECORDING_CUT, 2, 2, PER_REEL + 1);
	memset(noise, 'x', sizeof(noise));
	put_file(path, rd_of(noise, sizeof(noise)));
	check_fault(RECORDING_NO_REEL, 2, 2, PER_REEL + 1);
	end();
}

static void flip_last(unsigned n, uint32_t reel)
{
	char path[REEL_PATH_MAX];
	struct rd file;

	path_of(n, reel, path);
	CHECK(disk_model_file(scene.m, path, &file));
	CHECK(disk_model_flip(scene.m, path, file.len - REEL_BLOCK)); /* in its last segment */
}

/* The writer has not started since. */
TEST(the_last_segment_of_an_open_session_may_be_torn_and_nothing_else)
{
	size_t last = 2 * REEL_BLOCK; /* of a segment: more than its header and its end */

	build_with(2);
	judge();
	CHECK(scene.total.n_whole == RECS && scene.total.n_torn == 0);
	cut(2, 2, 1);
	judge();
	CHECK(scene.n_faults == 0 && scene.total.n_torn == 1 && scene.total.n_whole == RECS - 1);
	cut(2, 2, last);
	judge();
	CHECK(scene.n_faults == 0 && scene.total.n_torn == 1);
	cut(2, 2, last); /* into the one before */
	check_fault(RECORDING_CUT, 2, 2, SEGMENTS - 1);
	CHECK_U64(scene.total.n_torn, 0);
	end();

	build_with(2); /* its blocks were given and not written */
	flip_last(2, 2);
	judge();
	CHECK(scene.n_faults == 0 && scene.total.n_torn == 1);
	flip_last(3, 2); /* somebody closed this one */
	check_fault(RECORDING_ALTERED, 3, 2, SEGMENTS);
	flip_last(3, 2);
	cut(1, 2, 1);
	check_fault(RECORDING_CUT, 1, 2, SEGMENTS);
	CHECK_U64(scene.total.n_torn, 1);
	end();

	build_with(2); /* another reel than the last */
	cut(2, 1, 1);
	check_fault(RECORDING_CUT, 2, 1, PER_REEL);
	end();
}

TEST(once_the_writer_has_started_only_what_it_recorded_is_torn)
{
	build_with(2);
	say_lost(2);
	cut(2, 2, 1);
	check_fault(RECORDING_CUT, 2, 2, SEGMENTS);
	end();

	build_with(2);
	say_torn(2, SEGMENTS);
	CHECK(!scene.refused);
	say_lost(2);
	cut(2, 2, 1);
	judge();
	CHECK(scene.n_faults == 0 && scene.total.n_torn == 1);
	end();

	build_with(2); /* it says so of the last one only, and before the session is over */
	say_torn(2, SEGMENTS - 1);
	CHECK_STR(scene.refused, "it is not of the last segment of a session that is open");
	say_torn(1, SEGMENTS);
	CHECK_STR(scene.refused, "it is not of the last segment of a session that is open");
	say_torn(9, SEGMENTS);
	CHECK_STR(scene.refused, "it is not of the last segment of a session that is open");
	say_lost(2);
	say_torn(2, SEGMENTS);
	CHECK_STR(scene.refused, "it is not of the last segment of a session that is open");
	end();
}

TEST(two_recordings_in_each_others_place_are_named)
{
	char a[REEL_PATH_MAX], b[REEL_PATH_MAX];

	build();
	path_of(1, 1, a);
	path_of(3, 1, b);
	CHECK_INT(disk_rename(scene.d, a, "spare"), 0);
	CHECK_INT(disk_rename(scene.d, b, a), 0);
	CHECK_INT(disk_rename(scene.d, "spare", b), 0);
	judge();
	CHECK_U64(scene.n_faults, 2);
	CHECK(scene.fault[0].wrong == RECORDING_SWAPPED && scene.fault[1].wrong == RECORDING_SWAPPED);
	CHECK(scene.fault[0].recording[0] == 1 && scene.fault[0].other_recording[0] == 3);
	CHECK_U64(scene.fault[0].other, 2 * (SEGMENTS + 2) + 1);
	CHECK(scene.fault[1].recording[0] == 3 && scene.fault[1].other_recording[0] == 1);
	end();
}

TEST(an_older_reel_in_place_of_a_newer_is_named)
{
	char first[REEL_PATH_MAX], second[REEL_PATH_MAX];
	AUTO(buf_done) struct buf b = { 0 };
	struct rd file;

	build();
	path_of(1, 1, first);
	path_of(1, 2, second);
	buf_init(&b, 1 << 20);
	CHECK(disk_model_file(scene.m, first, &file) && buf_put_rd(&b, file));
	put_file(second, buf_rd(&b));
	check_fault(RECORDING_SWAPPED, 1, 2, PER_REEL + 1);
	CHECK_U64(scene.fault[0].other, 1);
	end();
}

TEST(what_was_erased_on_the_record_is_not_missing)
{
	char path[REEL_PATH_MAX];

	build();
	for (uint32_t reel = 1; reel <= REELS; reel++) {
		path_of(2, reel, path);
		CHECK_INT(disk_unlink(scene.d, path), 0);
	}
	check_fault(RECORDING_MISSING, 2, 1, 1);
	say_erased(2);
	CHECK(!scene.refused);
	judge();
	CHECK_U64(scene.n_faults, 0);
	CHECK(scene.total.n_erased == 1 && scene.total.n_whole == RECS - 1 && scene.total.n_leftover == 0);
	end();
	/* The record came and the files are still there. */
	build();
	say_erased(2);
	judge();
	CHECK(scene.n_faults == 0 && scene.total.n_leftover == 1);
	end();
}

TEST(what_no_record_names_is_counted)
{
	build();
	put_reel(1, 3, false); /* a reel that no record names is not even opened */
	judge();
	CHECK_U64(scene.total.n_unrecorded, 0);
	AUTO(buf_done) struct buf b = { 0 };
	char path[REEL_PATH_MAX];
	struct rd file;
	path_of(3, 2, path);
	CHECK(disk_model_file(scene.m, path, &file));
	buf_init(&b, 1 << 20);
	CHECK(buf_put_rd(&b, file) && buf_put_str(&b, "half a header"));
	put_file(path, buf_rd(&b));
	judge();
	CHECK_U64(scene.n_faults, 0);
	CHECK_U64(scene.total.n_unrecorded, 1);
	end();
}

/* What the log itself says wrongly, at its own index. */
TEST(records_that_cannot_be_are_refused)
{
	struct hash sum = { { 1 } };

	build();
	say_segment(1, 1, SEGMENTS + 2, REELS, &sum);
	CHECK_STR(scene.refused, "its segment does not follow the one before it");
	say_segment(1, 1, SEGMENTS + 1, REELS + 2, &sum);
	CHECK_STR(scene.refused, "its segment does not follow the one before it");
	say_segment(1, 2, SEGMENTS + 1, REELS, &sum);
	CHECK_STR(scene.refused, "its segment is not of its session's recording");
	say_segment(1, 9, 1, 1, &sum);
	CHECK_STR(scene.refused, "its segment is not of its session's recording");
	say_opened(9, 1);
	CHECK_STR(scene.refused, "its recording is another session's");
	say_erased(9);
	CHECK_STR(scene.refused, "it erases a recording that there was not");
	say_erased(1);
	CHECK(!scene.refused);
	say_segment(1, 1, SEGMENTS + 1, REELS, &sum);
	CHECK_STR(scene.refused, "its recording was erased before");
	end();
}

/* A session that has no recording. */
TEST(no_recording_is_a_recording_too)
{
	build();
	say_opened(8, 0);
	CHECK(!scene.refused);
	say_opened(9, 0);
	CHECK(!scene.refused);
	judge();
	end();
}
