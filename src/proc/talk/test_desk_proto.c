/*
 * Is:        tests of desk_proto: what is written reads back, and nothing else reads.
 * Is not:    a test of the desk.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "proc/talk/desk_proto.h"
#include "testing/test.h"

static const struct desk_open open_sample = { .channel = DESK_EXEC, .asset = { (const uint8_t *)"hlr1", 4 },
	.purpose = { (const uint8_t *)"card in rack 3", 14 }, .ticket = { (const uint8_t *)"CHG-1", 5 }, .rule = { (const uint8_t *)"maintenance", 11 } };
static const struct desk_judge judge_sample = { .id = 7, .act = { (const uint8_t *)"line", 4 },
	.command = { (const uint8_t *)"show version", 12 }, .mode = { (const uint8_t *)"enable", 6 }, .has_range = true };
static const struct desk_counts counts_sample = { 1, 2, 3, 4, 5, 6, 7, UINT64_MAX };
static const struct desk_granted granted_sample = { .session = { (const uint8_t *)"0123456789abcdef", 16 },
	.grant = { (const uint8_t *)"00112233445566778899aabbccddeeff", 32 }, .policy = { (const uint8_t *)"0123456789abcdef0123456789ABCDEF", 32 },
	.rule = { (const uint8_t *)"maintenance", 11 },
	.asset = { (const uint8_t *)"hlr1", 4 }, .protocol = { (const uint8_t *)"telnet", 6 }, .mask = true,
	.most_clear = 20, .left_ns = 1, .n_keepers = 2,
	.keeper = { { { (const uint8_t *)"a", 1 }, { (const uint8_t *)"age1x", 5 } },
	    { { (const uint8_t *)"b", 1 }, { (const uint8_t *)"age1y", 5 } } } };

enum kind { OPEN, JUDGE, COUNTS, GRANTED, KINDS };

static void write_sample(struct wr *w, enum kind kind)
{
	switch (kind) {
	case OPEN:
		desk_open_write(w, &open_sample);
		break;
	case JUDGE:
		desk_judge_write(w, &judge_sample);
		break;
	case COUNTS:
		desk_counts_write(w, &counts_sample);
		break;
	case GRANTED:
		desk_granted_write(w, &granted_sample);
		break;
	case KINDS:
		break;
	}
}

/* Reads one, and writes it again into `again` when it was good. */
static bool read_again(enum kind kind, struct rd *r, struct buf *again)
{
	struct wr w = wr_to(again);
	struct desk_open o;
	struct desk_judge j;
	struct desk_counts c;
	struct desk_granted g;
	bool ok = false;

	if (kind == OPEN && (ok = desk_open_read(r, &o)))
		desk_open_write(&w, &o);
	if (kind == JUDGE && (ok = desk_judge_read(r, &j)))
		desk_judge_write(&w, &j);
	if (kind == COUNTS && (ok = desk_counts_read(r, &c)))
		desk_counts_write(&w, &c);
	if (kind == GRANTED && (ok = desk_granted_read(r, &g)))
		desk_granted_write(&w, &g);
	CHECK(wr_ok(&w));
	return ok;
}

static void make(enum kind kind, struct buf *b)
{
	buf_init(b, 16384);
	struct wr w = wr_to(b);
	write_sample(&w, kind);
	CHECK(wr_ok(&w));
}

TEST(desk_proto_round_trip_and_what_follows_stays)
{
	for (enum kind k = OPEN; k < KINDS; k++) {
		AUTO(buf_done) struct buf b = { 0 }, again = { 0 };
		make(k, &b);
		CHECK(buf_put_str(&b, "rest"));
		buf_init(&again, 16384);
		struct rd r = buf_rd(&b);
		CHECK(read_again(k, &r, &again));
		CHECK_RD(r, rd_str("rest"));
		CHECK_U64(again.len + 4, b.len);
	}
}

/* Byte by byte: no shorter message reads, and a refused reader has not moved. */
TEST(desk_proto_every_prefix_is_refused)
{
	for (enum kind k = OPEN; k < KINDS; k++) {
		AUTO(buf_done) struct buf b = { 0 }, again = { 0 };
		make(k, &b);
		buf_init(&again, 16384);
		for (size_t n = 0; n < b.len; n++) {
			struct rd r;
			struct rd all = buf_rd(&b);
			CHECK(rd_slice(&all, 0, n, &r));
			CHECK(!read_again(k, &r, &again));
			CHECK_U64(r.len, n);
		}
	}
}

/* Any other bytes either do not read, or are what the writer writes. */
TEST(desk_proto_damaged_messages)
{
	for (int round = 0; round < 20000; round++) {
		AUTO(buf_done) struct buf b = { 0 }, again = { 0 };
		enum kind k = (enum kind)test_below(KINDS);
		make(k, &b);
		buf_init(&again, 16384);
		for (uint64_t n = test_below(4); n < 4; n++) {
			uint8_t c = (uint8_t)test_random();
			CHECK(buf_patch(&b, test_below(b.len), &c, 1));
		}
		struct rd r = buf_rd(&b), whole = r, back;
		if (!read_again(k, &r, &again))
			continue;
		CHECK(rd_slice(&whole, 0, whole.len - r.len, &back));
		CHECK_RD(buf_rd(&again), back);
	}
}

static bool opens(uint8_t channel, size_t asset, size_t purpose, size_t rule)
{
	AUTO(buf_done) struct buf b = { 0 };
	static uint8_t many[1000];
	struct desk_open o;

	buf_init(&b, 16384);
	struct wr w = wr_to(&b);
	wr_u8(&w, channel);
	wr_part16(&w, rd_of(many, asset));
	wr_part16(&w, rd_of(many, purpose));
	wr_part16(&w, rd_of(many, 0));
	wr_part16(&w, rd_of(many, rule));
	struct rd r = buf_rd(&b);
	return desk_open_read(&r, &o);
}

TEST(desk_proto_limits)
{
	CHECK(opens(DESK_FILE, DESK_NAME_MAX, DESK_PURPOSE_MAX, DESK_NAME_MAX));
	CHECK(!opens(DESK_FILE + 1, DESK_NAME_MAX, DESK_PURPOSE_MAX, 0));
	CHECK(!opens(DESK_FILE, DESK_NAME_MAX + 1, DESK_PURPOSE_MAX, 0));
	CHECK(!opens(DESK_FILE, DESK_NAME_MAX, DESK_PURPOSE_MAX + 1, 0));
	CHECK(!opens(DESK_FILE, DESK_NAME_MAX, DESK_PURPOSE_MAX, DESK_NAME_MAX + 1));
}

TEST(desk_proto_granted_needs_whole_ids_and_few_keepers)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct desk_granted g = granted_sample, out;

	buf_init(&b, 16384);
	struct wr w = wr_to(&b);
	g.session.len--;
	desk_granted_write(&w, &g);
	struct rd r = buf_rd(&b);
	CHECK(!desk_granted_read(&r, &out));
	buf_reset(&b);
	g = granted_sample;
	g.n_keepers = DESK_KEEPERS_MAX + 1;
	w = wr_to(&b);
	desk_granted_write(&w, &g);
	CHECK(!wr_ok(&w));
}
