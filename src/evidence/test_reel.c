/*
 * Is:        tests of reels and of the directory that they lie in: what a reader refuses,
 *            that no cut or split changes what it says, and what a power cut leaves.
 * Is not:    the fuzz target; nor the sealing (proc/evidenced/test_sealer.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/reel.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "evidence/disk_model.h"
#include "evidence/recording.h"
#include "evidence/reel_store.h"
#include "testing/test.h"

static const uint8_t id[RECORDING_ID_LEN] = "sixteen bytes...";

/* Member `i` has i * 700 + 1 bytes of the value i. */
static void put_member(struct buf *b, uint32_t i)
{
	struct reel_member m = { .segment = i, .len = (uint64_t)i * 700 + 1, .time_s = 1795334130 };
	struct wr w = wr_to(b);

	wr_reel_head(&w, &m);
	for (uint64_t k = 0; k < m.len; k++)
		wr_u8(&w, (uint8_t)i);
	wr_reel_pad(&w, m.len);
	CHECK(wr_ok(&w));
}

static void make_reel(struct buf *b, uint32_t first, uint32_t n, bool ended)
{
	buf_init(b, 1 << 20);
	for (uint32_t i = 0; i < n; i++)
		put_member(b, first + i);
	struct wr w = wr_to(b);
	if (ended)
		wr_reel_end(&w);
	CHECK(wr_ok(&w) && b->len % REEL_BLOCK == 0);
}

/* What a reader said about a reel, as text, whatever portions it got. */
struct said {
	struct buf text;
	const char *why, *end;
	uint64_t whole;
};

static void feed(struct reel_reader *r, struct rd in, struct said *s, uint64_t *n)
{
	struct wr w = wr_to(&s->text);
	enum reel_result e;
	struct rd bytes;
	uint8_t c;

	while ((e = reel_read(r, &in, &bytes)) != REEL_MORE && e != REEL_BAD) {
		if (e == REEL_HEAD) {
			*n = 0;
			wr_text(&w, "%u of %llu:", r->m.segment, (unsigned long long)r->m.len);
		} else if (e == REEL_WHOLE) {
			wr_text(&w, "%llu;", (unsigned long long)*n);
		} else {
			*n += bytes.len;
			while (rd_u8(&bytes, &c))
				CHECK(c == (uint8_t)r->m.segment);
		}
	}
	CHECK(e == REEL_BAD || in.len == 0);
	CHECK(wr_ok(&w));
}

/* `step` bytes at once; 0: any number. */
static struct said read_reel(struct rd all, size_t step)
{
	AUTO(reel_reader_done) struct reel_reader r = { .why = NULL };
	struct said s = { .why = NULL };
	struct rd part;
	uint64_t n = 0;

	buf_init(&s.text, 1 << 16);
	reel_reader_init(&r);
	while (all.len) {
		size_t k = step ? step : 1 + test_below(1500);
		CHECK(rd_take(&all, k < all.len ? k : all.len, &part));
		feed(&r, part, &s, &n);
	}
	s.why = r.why;
	s.end = reel_read_end(&r);
	s.whole = r.whole;
	return s;
}

static void check_same(const struct said *a, const struct said *b)
{
	CHECK_RD(buf_rd(&a->text), buf_rd(&b->text));
	CHECK_STR(a->why ? a->why : "", b->why ? b->why : "");
	CHECK_STR(a->end ? a->end : "", b->end ? b->end : "");
	CHECK_U64(a->whole, b->whole);
}

TEST(a_reel_says_the_same_in_any_portions)
{
	for (uint32_t n = 0; n < 5; n++) {
		AUTO(buf_done) struct buf b = { 0 };
		make_reel(&b, 7, n, n % 2);
		struct said whole = read_reel(buf_rd(&b), b.len + 1), tiny = read_reel(buf_rd(&b), 1);
		CHECK(!whole.why && !whole.end);
		check_same(&whole, &tiny);
		for (int k = 0; k < 20; k++) {
			struct said some = read_reel(buf_rd(&b), 0);
			check_same(&whole, &some);
			buf_done(&some.text);
		}
		if (n == 2)
			CHECK_RD(buf_rd(&whole.text), rd_str("7 of 4901:4901;8 of 5601:5601;"));
		buf_done(&whole.text);
		buf_done(&tiny.text);
	}
}

/* A crash cuts the last write: what was whole before stays, and the cut is told. */
TEST(every_cut_is_told_and_costs_the_last_segment_alone)
{
	AUTO(buf_done) struct buf b = { 0 };

	make_reel(&b, 1, 3, true);
	for (size_t n = 0; n <= b.len; n++) {
		struct said s = read_reel(rd_of(buf_rd(&b).p, n), 4096);
		size_t ends[] = { 0, 512 + 1024, 2 * 512 + 1024 + 1536, 3 * 512 + 1024 + 1536 + 2560 };
		size_t whole = 0;
		for (size_t i = 0; i < ARRAY_LEN(ends); i++)
			whole = n >= ends[i] ? ends[i] : whole;
		CHECK(!s.why);
		CHECK_U64(s.whole, whole);
		CHECK((s.end == NULL) == (n == whole || n == b.len));
		buf_done(&s.text);
	}
}

/* A header has one spelling: no byte of it can be another. */
TEST(no_byte_of_a_header_can_be_another)
{
	AUTO(buf_done) struct buf b = { 0 };

	make_reel(&b, 1, 1, false);
	for (size_t i = 0; i < REEL_BLOCK; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			AUTO(buf_done) struct buf bad = { 0 };
			uint8_t c;
			struct rd good = buf_rd(&b);
			buf_init(&bad, 1 << 16);
			CHECK(buf_put_rd(&bad, good) && rd_at(&good, i, &c));
			c ^= (uint8_t)(1u << bit);
			CHECK(buf_patch(&bad, i, &c, 1));
			struct said s = read_reel(buf_rd(&bad), 4096);
			CHECK(s.why);
			buf_done(&s.text);
		}
}

static void check_bad(const struct buf *b, const char *why)
{
	struct said s = read_reel(buf_rd(b), 0);

	CHECK_STR(s.why ? s.why : "", why);
	buf_done(&s.text);
}

TEST(what_does_not_belong_is_refused)
{
	AUTO(buf_done) struct buf gap = { 0 }, tail = { 0 }, pad = { 0 }, half = { 0 };

	make_reel(&gap, 1, 1, false);
	put_member(&gap, 3);
	check_bad(&gap, "a segment does not follow the one before it");
	make_reel(&tail, 1, 1, true);
	put_member(&tail, 2);
	check_bad(&tail, "something follows the end");
	make_reel(&pad, 1, 1, false);
	CHECK(buf_patch(&pad, pad.len - 1, (const uint8_t *)"x", 1));
	check_bad(&pad, "something stands between two members");
	make_reel(&half, 1, 1, true);
	buf_cut(&half, half.len - REEL_BLOCK);
	struct said s = read_reel(buf_rd(&half), 0);
	CHECK_STR(s.end, "the end is cut");
	buf_done(&s.text);
}

TEST(a_writer_cannot_leave_the_bounds)
{
	AUTO(buf_done) struct buf b = { 0 };
	const struct reel_member bad[] = { { 0, 1, 0 }, { REEL_NUMBER_MAX + 1, 1, 0 }, { 1, 0, 0 },
		{ 1, REEL_MEMBER_MAX + 1, 0 }, { 1, 1, 1ull << 33 } };
	const struct reel_member good = { REEL_NUMBER_MAX, REEL_MEMBER_MAX, (1ull << 33) - 1 };

	buf_init(&b, 4096);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct wr w = wr_to(&b);
		wr_reel_head(&w, &bad[i]);
		CHECK(!wr_ok(&w) && b.len == 0);
	}
	struct wr w = wr_to(&b);
	wr_reel_head(&w, &good);
	CHECK(wr_ok(&w) && b.len == REEL_BLOCK);
}

TEST(files_have_their_names)
{
	char path[REEL_PATH_MAX];

	reel_path(id, 42, path);
	CHECK_STR(path, "recordings/7369787465656e2062797465732e2e2e/00000042.tar");
	reel_share_path(id, rd_str("works.council"), path);
	CHECK_STR(path, "recordings/7369787465656e2062797465732e2e2e/share-works.council.age");
}

TEST(nothing_that_is_there_is_touched)
{
	struct disk_model *m = disk_model_new(test_random());
	struct disk *d = disk_model_disk(m);
	char path[REEL_PATH_MAX];
	struct rd got;
	int fd = -1;

	CHECK_INT(reel_store_reel(d, id, 1, &fd), -ENOENT);
	CHECK_INT(reel_store_recording(d, id, 1790000000), 0);
	CHECK_INT(reel_store_recording(d, id, 1790000000), REEL_STORE_TAKEN);
	CHECK_INT(reel_store_reel(d, id, 1, &fd), 0);
	disk_close(d, &fd);
	CHECK_INT(reel_store_reel(d, id, 1, &fd), REEL_STORE_TAKEN);
	CHECK_INT(reel_store_share(d, id, rd_str("dpo"), rd_str("first")), 0);
	CHECK_INT(reel_store_share(d, id, rd_str("dpo"), rd_str("second")), REEL_STORE_TAKEN);
	reel_share_path(id, rd_str("dpo"), path);
	CHECK(disk_model_file(m, path, &got));
	CHECK_RD(got, rd_str("first"));
	disk_model_free(&m);
}

/* The gate that wrote it is gone before its sync; the record that ends its session waits for this. */
TEST(what_others_appended_is_on_the_disk_once_it_is_synced)
{
	static const uint8_t other[RECORDING_ID_LEN] = "not there at all";
	struct disk_model *m = disk_model_new(test_random());
	struct disk *d = disk_model_disk(m);
	char path[REEL_PATH_MAX];
	struct rd got;
	int fd = -1;

	CHECK_INT(reel_store_recording(d, id, 1790000000), 0);
	CHECK_INT(reel_store_reel(d, id, 1, &fd), 0);
	CHECK_INT(disk_pwrite(d, fd, rd_str("what was appended"), 0), 0);
	disk_close(d, &fd);
	CHECK_INT(reel_store_sync(d, id, 1), 0);
	CHECK_INT(reel_store_sync(d, id, 2), REEL_STORE_ABSENT);
	CHECK_INT(reel_store_sync(d, other, 1), REEL_STORE_ABSENT);
	reel_path(id, 1, path);
	for (int i = 0; i < 50; i++) {
		struct disk_model *after = disk_model_power_cut(m, test_random());
		CHECK(disk_model_file(after, path, &got) && rd_is(&got, "what was appended"));
		disk_model_free(&after);
	}
	disk_model_free(&m);
}

static const char whole_share[] = "a share that is whole or not there at all";

/* One life: what was said to be done when the power went. */
struct promise {
	struct disk_model *m;
	bool has_reel, has_share, is_broken;
};

static void look_after(struct promise *p, uint64_t seed)
{
	struct disk_model *after = disk_model_power_cut(p->m, seed);
	char path[REEL_PATH_MAX];
	struct rd got;

	reel_path(id, 1, path);
	p->is_broken |= p->has_reel && !disk_model_file(after, path, &got);
	reel_share_path(id, rd_str("dpo"), path);
	if (disk_model_file(after, path, &got))
		p->is_broken |= !rd_is(&got, whole_share);
	else
		p->is_broken |= p->has_share;
	disk_model_free(&after);
}

static void before(void *ctx, uint64_t op)
{
	for (int i = 0; i < 20; i++)
		look_after(ctx, test_random());
}

/* True when every promise held. `lies` are of the disk. */
static bool live(unsigned lies)
{
	struct promise p = { .m = disk_model_new(test_random()) };
	struct disk *d = disk_model_disk(p.m);
	int fd = -1;

	disk_model_lie(p.m, lies);
	disk_model_watch(p.m, before, &p);
	CHECK_INT(reel_store_recording(d, id, 1790000000), 0);
	CHECK_INT(reel_store_share(d, id, rd_str("dpo"), rd_str(whole_share)), 0);
	p.has_share = true;
	CHECK_INT(reel_store_reel(d, id, 1, &fd), 0);
	p.has_reel = true;
	for (int i = 0; i < 200; i++)
		look_after(&p, test_random());
	disk_close(d, &fd);
	disk_model_free(&p.m);
	return !p.is_broken;
}

TEST(a_power_cut_takes_nothing_that_was_said)
{
	for (int i = 0; i < 20; i++)
		CHECK(live(MODEL_HONEST));
}

TEST(a_hold_is_set_and_lifted)
{
	struct disk_model *m = disk_model_new(test_random());
	struct disk *d = disk_model_disk(m);
	uint64_t made = 0;
	bool held = true;

	CHECK_INT(reel_store_hold(d, id, rd_str("why")), REEL_STORE_ABSENT);
	CHECK_INT(reel_store_made(d, id, &made), REEL_STORE_ABSENT);
	CHECK_INT(reel_store_erase(d, id), REEL_STORE_ABSENT);
	CHECK_INT(reel_store_recording(d, id, 1790000000), 0);
	CHECK_INT(reel_store_made(d, id, &made), 0);
	CHECK_U64(made, 1790000000);
	CHECK_INT(reel_store_is_held(d, id, &held), 0);
	CHECK(!held);
	CHECK_INT(reel_store_hold(d, id, rd_str("why")), 0);
	CHECK_INT(reel_store_is_held(d, id, &held), 0);
	CHECK(held);
	CHECK_INT(reel_store_lift(d, id), 0);
	CHECK_INT(reel_store_lift(d, id), REEL_STORE_ABSENT);
	CHECK_INT(reel_store_is_held(d, id, &held), 0);
	CHECK(!held);
	disk_model_free(&m);
}

static unsigned n_listed;

static void count_listed(void *ctx, const uint8_t *found)
{
	CHECK(memcmp(found, id, RECORDING_ID_LEN) == 0);
	n_listed++;
}

/* The power goes while a recording is being erased: what is left is found by the next run,
 * which finishes it. */
static void erase_again(void *ctx, uint64_t op)
{
	struct disk_model *after = disk_model_power_cut(ctx, test_random());
	struct disk *d = disk_model_disk(after);

	n_listed = 0;
	CHECK_INT(reel_store_list(d, count_listed, NULL), 0);
	if (n_listed) {
		int r = reel_store_erase(d, id);
		CHECK(r == 0);
		n_listed = 0;
		CHECK_INT(reel_store_list(d, count_listed, NULL), 0);
		CHECK_U64(n_listed, 0);
	}
	disk_model_free(&after);
}

TEST(an_erasure_that_was_cut_short_is_finished)
{
	for (int i = 0; i < 50; i++) {
		struct disk_model *m = disk_model_new(test_random());
		struct disk *d = disk_model_disk(m);
		int fd = -1;
		CHECK_INT(reel_store_recording(d, id, 1790000000), 0);
		CHECK_INT(reel_store_share(d, id, rd_str("dpo"), rd_str("share")), 0);
		CHECK_INT(reel_store_reel(d, id, 1, &fd), 0);
		disk_close(d, &fd);
		disk_model_watch(m, erase_again, m);
		CHECK_INT(reel_store_erase(d, id), 0);
		erase_again(m, 0);
		disk_model_free(&m);
	}
}

/* Without a sync the same test must fail, or it tests nothing. */
TEST(a_missing_sync_is_noticed)
{
	CHECK(!live(MODEL_NO_FDATASYNC));
	CHECK(!live(MODEL_NO_FSYNC_DIR));
}

TEST(a_failing_disk_is_told)
{
	static const enum model_failure how[] = { MODEL_FAILS_UNDONE, MODEL_FAILS_DONE, MODEL_DISK_FULL };

	for (size_t k = 0; k < ARRAY_LEN(how); k++)
		for (uint64_t op = 0;; op++) {
			struct disk_model *m = disk_model_new(test_random());
			struct disk *d = disk_model_disk(m);
			int fd = -1, r;
			disk_model_fail(m, op, how[k]);
			r = reel_store_recording(d, id, 1790000000);
			if (r == 0)
				r = reel_store_share(d, id, rd_str("dpo"), rd_str("share"));
			if (r == 0)
				r = reel_store_reel(d, id, 1, &fd);
			bool reached = disk_model_ops(m) > op;
			disk_close(d, &fd);
			disk_model_free(&m);
			CHECK(!reached || r < 0 || how[k] == MODEL_DISK_FULL);
			if (!reached) {
				CHECK_INT(r, 0);
				break;
			}
		}
}
