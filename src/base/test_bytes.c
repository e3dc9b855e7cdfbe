/*
 * Is:        tests of rd, buf and wr: what the proofs do not say.
 * Is not:    a repetition of the proofs.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "base/buf.h"
#include "base/rd.h"
#include "base/wr.h"
#include "testing/test.h"

TEST(rd_takes_nothing_when_short)
{
	uint8_t raw[] = { 1, 2, 3 };
	struct rd r = rd_of(raw, sizeof(raw)), part = rd_str("untouched");
	uint32_t v = 77;

	CHECK(!rd_u32(&r, &v));
	CHECK_U64(v, 77);
	CHECK(!rd_part16(&r, 100, &part)); /* says 258 bytes follow */
	CHECK(!rd_take(&r, 4, &part));
	CHECK(!rd_until(&r, '\n', &part));
	CHECK(!rd_slice(&r, 2, SIZE_MAX, &part));
	CHECK(rd_is(&part, "untouched"));
	CHECK_U64(r.len, 3);
}

TEST(rd_part_respects_its_maximum)
{
	uint8_t raw[] = { 3, 'a', 'b', 'c', 9 };
	struct rd r = rd_of(raw, sizeof(raw)), part;

	CHECK(!rd_part8(&r, 2, &part));
	CHECK(rd_part8(&r, 3, &part));
	CHECK_RD(part, rd_str("abc"));
	CHECK_U64(r.len, 1);
}

TEST(rd_words_and_lines)
{
	struct rd r = rd_str("old 42\nrest"), line;

	CHECK(!rd_word(&r, "new "));
	CHECK(rd_word(&r, "old "));
	CHECK(rd_until(&r, '\n', &line));
	CHECK_RD(line, rd_str("42"));
	CHECK_RD(r, rd_str("rest"));
}

TEST(wr_and_rd_agree)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;
	struct rd r, part;
	uint8_t v8;
	uint16_t v16;
	uint64_t v64;

	buf_init(&b, 4096);
	w = wr_to(&b);
	size_t mark = wr_open32(&w);
	wr_u8(&w, 0xfe);
	wr_u16(&w, 0xfedc);
	wr_u64(&w, 0xfedcba9876543210u);
	wr_part16(&w, rd_str("text"));
	wr_dec(&w, UINT64_MAX);
	wr_close32(&w, mark);
	CHECK(wr_ok(&w));

	r = buf_rd(&b);
	CHECK(rd_part32(&r, 4096, &part));
	CHECK_U64(r.len, 0);
	CHECK(rd_u8(&part, &v8) && v8 == 0xfe);
	CHECK(rd_u16(&part, &v16) && v16 == 0xfedc);
	CHECK(rd_u64(&part, &v64) && v64 == 0xfedcba9876543210u);
	CHECK(rd_part16(&part, 4, &r));
	CHECK_RD(r, rd_str("text"));
	CHECK_RD(part, rd_str("18446744073709551615"));
}

TEST(wr_stops_at_the_maximum_and_stays_failed)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;

	buf_init(&b, 5);
	w = wr_to(&b);
	wr_u32(&w, 1);
	wr_u16(&w, 2);
	wr_u8(&w, 3); /* would fit, but the writer has failed */
	CHECK(!wr_ok(&w));
	CHECK_U64(b.len, 4);
}

/* A naive queue beside the buffer, over random puts and drops. */
TEST(buf_is_a_queue)
{
	enum { MAX = 5000 };
	AUTO(buf_done) struct buf b = { 0 };
	uint8_t model[MAX], chunk[700];
	size_t n = 0;

	buf_init(&b, MAX);
	for (int round = 0; round < 20000; round++) {
		if (test_below(2)) {
			size_t k = test_below(sizeof(chunk));
			for (size_t i = 0; i < k; i++)
				chunk[i] = (uint8_t)test_random();
			bool fits = n + k <= MAX;
			CHECK(buf_put(&b, chunk, k) == fits);
			if (fits) {
				memcpy(model + n, chunk, k);
				n += k;
			}
		} else {
			size_t k = test_below(n + 1);
			buf_drop(&b, k);
			memmove(model, model + k, n - k);
			n -= k;
		}
		CHECK_RD(buf_rd(&b), rd_of(model, n));
	}
}

TEST(buf_space_then_grew)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint8_t *p;

	buf_init(&b, 10);
	CHECK(buf_space(&b, 10, &p));
	memcpy(p, "abc", 3);
	buf_grew(&b, 3);
	CHECK(!buf_space(&b, 8, &p));
	CHECK_RD(buf_rd(&b), rd_str("abc"));
	CHECK_U64(buf_room(&b), 7);
}

/* An empty reader and an empty buffer hold no memory; nothing may touch it. */
TEST(nothing_from_nothing)
{
	struct rd r = rd_of(NULL, 0), part;
	AUTO(buf_done) struct buf b = { 0 };
	uint8_t *p;

	buf_init(&b, 10);
	CHECK(rd_take(&r, 0, &part) && rd_skip(&part, 0) && rd_slice(&part, 0, 0, &r));
	CHECK(!rd_until(&r, 0, &part) && rd_equal(&r, &part));
	CHECK(buf_put_rd(&b, r) && buf_patch(&b, 0, NULL, 0));
	CHECK(buf_space(&b, 0, &p) && p);
	buf_grew(&b, 0);
	buf_drop(&b, 0);
	CHECK_U64(buf_rd(&b).len, 0);
}
