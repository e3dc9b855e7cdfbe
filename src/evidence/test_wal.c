/*
 * Is:        tests of the write-ahead log on a modelled disk: what recovery keeps,
 *            what it cuts, and what it refuses.
 * Is not:    the crash tests of the whole store (test_crash.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/wal.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "evidence/disk_model.h"
#include "evidence/wal_reader.h"
#include "testing/test.h"

static const char first_segment[] = "wal/seg-00000000000000000001";

static struct wal_config small(void)
{
	static const uint8_t id[WAL_ID_LEN] = "an identity of thirty-two bytes";
	struct wal_config c = wal_defaults(id);

	c.segment_len = 96 * 1024;
	c.group_max = WAL_ENTRY_MAX + 2;
	c.reserve_len = 16 * 1024;
	c.spares = 1;
	return c;
}

static struct disk_model *made(void)
{
	struct disk_model *m = disk_model_new(test_random());
	struct disk *d = disk_model_disk(m);
	struct wal_config c = small();
	struct wal_fault f;

	CHECK_INT(disk_mkdir(d, "wal"), 0);
	CHECK_INT(disk_mkdir(d, "tmp"), 0);
	CHECK_INT(disk_fsync_dir(d, "."), 0);
	CHECK_INT(wal_create(d, &c, &f), 0);
	return m;
}

static int reopen(struct wal *w, struct disk_model *m, uint64_t floor, struct wal_fault *f)
{
	struct wal_config c = small();

	return wal_open(w, disk_model_disk(m), &c, floor, f);
}

/* Entry i: its number, then filling. */
static struct rd entry(uint64_t i, uint8_t out[400])
{
	size_t len = 8 + (size_t)(i * 7 % 300);

	memset(out, (int)(i & 0xff), len);
	memcpy(out, &i, sizeof(i));
	return rd_of(out, len);
}

static void append_to(struct wal *w, uint64_t end)
{
	uint8_t raw[400];
	uint64_t index;

	while (w->next < end) {
		uint64_t want = w->next;
		int r = wal_append(w, entry(w->next, raw), false, &index);
		if (r == WAL_BUSY)
			CHECK_INT(wal_commit(w), 0);
		else if (r == WAL_NO_ROOM)
			CHECK_INT(wal_prepare(w), 0);
		else
			CHECK(r == 0 && index == want);
	}
}

static void check_entries(struct disk_model *m, uint64_t from, uint64_t end)
{
	struct wal_reader r;
	struct rd got, one;
	uint8_t raw[400];
	uint32_t n;

	CHECK_INT(wal_reader_open(&r, disk_model_disk(m), from), 0);
	while (from < end) {
		CHECK_INT(wal_reader_next(&r, end, &got, &n), 0);
		CHECK(n > 0);
		for (; n > 0; n--) {
			CHECK(rd_part16(&got, WAL_ENTRY_MAX, &one));
			CHECK_RD(one, entry(from, raw));
			from++;
		}
		CHECK_U64(got.len, 0);
	}
	CHECK_INT(wal_reader_next(&r, end, &got, &n), 0);
	CHECK_U64(n, 0);
	wal_reader_done(&r);
}

TEST(entries_over_many_segments_are_read_and_recovered)
{
	AUTO(disk_model_free) struct disk_model *m = made();
	struct wal_fault f;
	struct wal w;

	CHECK_INT(reopen(&w, m, 0, &f), 0);
	for (uint64_t n = 1; n < 3000; n += 1 + test_below(60)) {
		append_to(&w, n);
		CHECK_INT(wal_commit(&w), 0);
		CHECK_INT(wal_seal(&w), 0);
	}
	CHECK(w.n_live > 4);
	CHECK_U64(w.durable, w.next);
	check_entries(m, 0, w.durable);
	check_entries(m, 1234, w.durable);
	uint64_t end = w.next;
	CHECK_INT(wal_drop(&w, 1500), 0);
	CHECK(w.live[0].first <= 1500 && w.live[1].first > 1500);
	check_entries(m, 1500, end);
	wal_done(&w);
	CHECK_INT(reopen(&w, m, 1500, &f), 0);
	CHECK_U64(w.next, end);
	append_to(&w, end + 10);
	CHECK_INT(wal_commit(&w), 0);
	check_entries(m, 1500, end + 10);
	wal_done(&w);
	/* Entries 1499 and before are gone, so a lower floor cannot be served. */
	CHECK_INT(reopen(&w, m, 0, &f), WAL_CORRUPT);
	wal_done(&w);
}

TEST(an_entry_too_long_is_refused_and_the_longest_is_not)
{
	AUTO(disk_model_free) struct disk_model *m = made();
	uint8_t *p = mem_new(WAL_ENTRY_MAX + 1, 1);
	struct wal_fault f;
	struct wal w;
	uint64_t i;

	CHECK_INT(reopen(&w, m, 0, &f), 0);
	CHECK_INT(wal_append(&w, rd_of(p, WAL_ENTRY_MAX + 1), false, &i), WAL_TOO_LONG);
	CHECK_INT(wal_append(&w, rd_of(p, WAL_ENTRY_MAX), false, &i), 0);
	CHECK_INT(wal_append(&w, rd_of(p, 1), false, &i), WAL_BUSY);
	CHECK_INT(wal_commit(&w), 0);
	CHECK_INT(wal_append(&w, rd_of(p, WAL_ENTRY_MAX), false, &i), WAL_NO_ROOM);
	CHECK_INT(wal_prepare(&w), 0);
	CHECK_INT(wal_append(&w, rd_of(p, 0), false, &i), 0);
	CHECK_U64(i, 1);
	wal_done(&w);
	mem_free(&p);
}

/* A torn tail is cut wherever it is torn; what was durable before stays. */
TEST(a_group_without_a_watermark_above_it_is_cut_when_torn)
{
	for (int k = 0; k < 200; k++) {
		AUTO(disk_model_free) struct disk_model *m = made();
		struct wal_fault f;
		struct wal w;

		CHECK_INT(reopen(&w, m, 0, &f), 0);
		append_to(&w, 20);
		CHECK_INT(wal_commit(&w), 0);
		uint32_t last = w.off;
		append_to(&w, 50);
		CHECK_INT(wal_commit(&w), 0);
		/* Of the filling of the last block nothing is read. */
		uint64_t at = last + test_below(WAL_GROUP_HEADER + 30 * 8);
		wal_done(&w);
		CHECK(disk_model_flip(m, first_segment, at));
		CHECK_INT(reopen(&w, m, 0, &f), 0);
		CHECK_U64(w.next, 20);
		append_to(&w, 30);
		CHECK_INT(wal_commit(&w), 0);
		check_entries(m, 0, 30);
		wal_done(&w);
		CHECK_INT(reopen(&w, m, 0, &f), 0);
		CHECK_U64(w.next, 30);
		wal_done(&w);
	}
}

/* Any byte of any group that something later knows to be durable. */
static void refuses(uint64_t floor, bool sealed)
{
	AUTO(disk_model_free) struct disk_model *m = made();
	struct wal_fault f = { .why = "" };
	struct wal w;
	uint64_t at;

	CHECK_INT(reopen(&w, m, 0, &f), 0);
	append_to(&w, 20);
	CHECK_INT(wal_commit(&w), 0);
	at = WAL_BLOCK + test_below(WAL_GROUP_HEADER + 20 * 8);
	if (sealed)
		CHECK_INT(wal_seal(&w), 0);
	wal_done(&w);
	CHECK(disk_model_flip(m, first_segment, at));
	CHECK_INT(reopen(&w, m, floor, &f), WAL_CORRUPT);
	CHECK_STR(f.file, first_segment);
	CHECK_U64(f.off, WAL_BLOCK);
	wal_done(&w);
}

TEST(decay_of_durable_entries_is_refused_by_file_and_offset)
{
	for (int k = 0; k < 100; k++) {
		refuses(0, true);  /* a seal knows */
		refuses(20, false); /* the published size knows */
	}
}

TEST(a_missing_segment_is_refused)
{
	AUTO(disk_model_free) struct disk_model *m = made();
	struct wal_fault f = { .why = "" };
	char path[DISK_PATH_MAX];
	struct wal w;

	CHECK_INT(reopen(&w, m, 0, &f), 0);
	append_to(&w, 3000);
	CHECK_INT(wal_commit(&w), 0);
	CHECK(w.n_live > 4);
	wal_done(&w);
	wal_segment_path(path, 3);
	CHECK_INT(disk_unlink(disk_model_disk(m), path), 0);
	CHECK_INT(reopen(&w, m, 0, &f), WAL_CORRUPT);
	CHECK_STR(f.file, path);
	wal_done(&w);
}

TEST(another_logs_segments_are_refused)
{
	AUTO(disk_model_free) struct disk_model *m = made();
	struct wal_config c = small();
	struct wal_fault f;
	struct wal w;

	c.id[0] ^= 1;
	CHECK_INT(wal_open(&w, disk_model_disk(m), &c, 0, &f), WAL_CORRUPT);
	wal_done(&w);
}

TEST(after_a_failed_sync_nothing_is_announced_any_more)
{
	AUTO(disk_model_free) struct disk_model *m = made();
	struct wal_fault f;
	struct wal w;
	uint64_t i;

	CHECK_INT(reopen(&w, m, 0, &f), 0);
	append_to(&w, 5);
	CHECK_INT(wal_commit(&w), 0);
	append_to(&w, 9);
	disk_model_fail(m, disk_model_ops(m) + 1, MODEL_FAILS_UNDONE); /* pwrite, then this */
	CHECK_INT(wal_commit(&w), -EIO);
	CHECK_U64(w.durable, 5);
	CHECK_INT(wal_commit(&w), -EIO);
	CHECK_INT(wal_append(&w, rd_str("x"), true, &i), -EIO);
	CHECK_INT(wal_seal(&w), -EIO);
	wal_done(&w);

	/* The next process sees the group in the cache, though the disk does not
	 * have it, and the cache is clean. It must not believe the cache. */
	AUTO(disk_model_free) struct disk_model *again = disk_model_copy(m, 1);
	CHECK_INT(reopen(&w, again, 0, &f), 0);
	CHECK_U64(w.durable, 5);
	append_to(&w, 7);
	CHECK_INT(wal_commit(&w), 0);
	wal_done(&w);
	for (uint64_t seed = 0; seed < 50; seed++) {
		AUTO(disk_model_free) struct disk_model *cut = disk_model_power_cut(again, seed);
		CHECK_INT(reopen(&w, cut, 0, &f), 0);
		CHECK_U64(w.durable, 7);
		check_entries(cut, 0, 7);
		wal_done(&w);
	}
}

/* Commits group by group until the next one, which is ready, must roll. All below
 * `*out_n` is durable then. */
static void fill_a_segment(struct wal *w, uint64_t *out_n)
{
	while (w->n_spares == 0)
		CHECK_INT(wal_prepare(w), 0);
	do {
		CHECK_INT(wal_commit(w), 0);
		append_to(w, w->next + 1);
	} while (w->c.segment_len - w->off >= WAL_BLOCK);
	*out_n = w->durable;
}

struct cutter {
	struct disk_model *m;
	uint64_t floor;
	unsigned n;
};

static void cut_while_recovering(void *ctx, uint64_t op)
{
	struct cutter *c = ctx;
	struct wal_fault f;
	struct wal w;

	for (uint64_t seed = 0; seed < 50; seed++) {
		AUTO(disk_model_free) struct disk_model *cut = disk_model_power_cut(c->m, seed);
		CHECK_INT(reopen(&w, cut, c->floor, &f), 0);
		CHECK(w.durable >= c->floor);
		wal_done(&w);
		c->n++;
	}
}

/* The name of the new segment could not be synced. The next process finds it in the
 * cache, where it begins just after what is published; the old one may not go
 * before the new one's name is on the disk. */
TEST(no_segment_goes_while_the_name_of_the_next_may_be_lost)
{
	AUTO(disk_model_free) struct disk_model *m = made();
	struct cutter c = { .n = 0 };
	struct wal_fault f;
	struct wal w;

	CHECK_INT(reopen(&w, m, 0, &f), 0);
	fill_a_segment(&w, &c.floor);
	/* Header, sync, name, and then this. */
	disk_model_fail(m, disk_model_ops(m) + 3, MODEL_FAILS_UNDONE);
	CHECK_INT(wal_commit(&w), -EIO);
	wal_done(&w);

	AUTO(disk_model_free) struct disk_model *again = disk_model_copy(m, 1);
	c.m = again;
	disk_model_watch(again, cut_while_recovering, &c);
	CHECK_INT(reopen(&w, again, c.floor, &f), 0);
	CHECK_U64(w.live[0].number, 2);
	CHECK(c.n > 0);
	wal_done(&w);
}

static void cut_and_go_on(void *ctx, uint64_t op)
{
	struct cutter *c = ctx;
	struct wal_fault f;
	struct wal w;

	for (uint64_t seed = 0; seed < 100; seed++) {
		AUTO(disk_model_free) struct disk_model *cut = disk_model_power_cut(c->m, seed);
		CHECK_INT(reopen(&w, cut, 0, &f), 0);
		append_to(&w, c->floor + 800);
		CHECK_INT(wal_commit(&w), 0);
		CHECK(w.n_live > 2);
		wal_done(&w);
		CHECK_INT(reopen(&w, cut, 0, &f), 0);
		check_entries(cut, 0, c->floor + 800);
		wal_done(&w);
		c->n++;
	}
}

/* A rename that a power cut halves leaves the segment its name as a spare too. */
TEST(a_segment_that_is_also_called_a_spare_is_not_written_over)
{
	AUTO(disk_model_free) struct disk_model *m = made();
	struct cutter c = { .m = m };
	struct wal_fault f;
	struct wal w;

	CHECK_INT(reopen(&w, m, 0, &f), 0);
	fill_a_segment(&w, &c.floor);
	disk_model_watch(m, cut_and_go_on, &c);
	CHECK_INT(wal_commit(&w), 0);
	CHECK(c.n > 0);
	wal_done(&w);
}

/* A group whose sync failed stays in the cache. The next process cuts it, and begins
 * a segment: whoever reads the log must not take the group for part of it. */
TEST(a_group_that_never_reached_the_disk_is_not_read_before_the_next_segment)
{
	AUTO(disk_model_free) struct disk_model *m = made();
	struct wal_fault f;
	uint64_t n, i;
	struct wal w;

	CHECK_INT(reopen(&w, m, 0, &f), 0);
	append_to(&w, 5);
	CHECK_INT(wal_commit(&w), 0);
	while (w.c.segment_len - w.off > 2 * WAL_BLOCK) {
		append_to(&w, w.next + 1);
		CHECK_INT(wal_commit(&w), 0);
	}
	n = w.durable;
	CHECK_INT(wal_append(&w, rd_str("a ghost"), false, &i), 0);
	disk_model_fail(m, disk_model_ops(m) + 1, MODEL_FAILS_UNDONE); /* pwrite, then this */
	CHECK_INT(wal_commit(&w), -EIO);
	wal_done(&w);

	AUTO(disk_model_free) struct disk_model *again = disk_model_copy(m, 1);
	CHECK_INT(reopen(&w, again, 0, &f), 0);
	CHECK_U64(w.durable, n);
	while (w.n_spares == 0)
		CHECK_INT(wal_prepare(&w), 0);
	append_to(&w, n + 80); /* more than the room that is left */
	CHECK_INT(wal_commit(&w), 0);
	CHECK_U64(w.n_live, 2);
	check_entries(again, 0, w.durable);
	check_entries(again, n, w.durable);
	wal_done(&w);
}

TEST(a_full_disk_keeps_room_for_closing_entries)
{
	AUTO(disk_model_free) struct disk_model *m = made();
	uint8_t raw[400];
	struct wal_fault f;
	uint64_t i, closing = 0;
	struct wal w;
	int r;

	CHECK_INT(reopen(&w, m, 0, &f), 0);
	disk_model_fail(m, disk_model_ops(m), MODEL_DISK_FULL);
	do {
		r = wal_append(&w, entry(w.next, raw), false, &i);
		if (r == WAL_BUSY)
			CHECK_INT(wal_commit(&w), 0);
	} while (r == 0 || r == WAL_BUSY);
	CHECK_INT(r, WAL_NO_ROOM);
	CHECK_INT(wal_prepare(&w), WAL_NO_ROOM);
	CHECK(wal_room(&w) >= w.c.reserve_len);
	while ((r = wal_append(&w, entry(w.next, raw), true, &i)) == 0) {
		CHECK_INT(wal_commit(&w), 0);
		closing++;
	}
	CHECK_INT(r, WAL_NO_ROOM);
	CHECK(closing >= w.c.reserve_len / WAL_BLOCK);
	CHECK_U64(w.durable, w.next);
	check_entries(m, 0, w.durable);
	wal_done(&w);
}

TEST(creation_that_was_cut_short_is_done_again_and_a_log_is_never_overwritten)
{
	AUTO(disk_model_free) struct disk_model *m = made();
	struct wal_config c = small();
	struct wal_fault f;
	struct wal w;

	CHECK_INT(wal_create(disk_model_disk(m), &c, &f), 0);
	CHECK_INT(reopen(&w, m, 0, &f), 0);
	append_to(&w, 1);
	CHECK_INT(wal_commit(&w), 0);
	wal_done(&w);
	CHECK_INT(wal_create(disk_model_disk(m), &c, &f), WAL_CORRUPT);
}
