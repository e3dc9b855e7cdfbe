/*
 * Is:        tests of a file that waits: what is looked at while it comes, and what only when all is there.
 * Is not:    a lane's test (test_sftp_lane.c, test_scp_lane.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "lane/quarantine.h"

#include <string.h>

#include "testing/test.h"

enum { FILE_LEN = 40000, ID = 1 };

static struct {
	uint8_t came[FILE_LEN], kept[FILE_LEN]; /* as recorded, and as in quarantine */
	uint8_t looked_at[FILE_LEN];
	size_t n_looked_at, n_late;
	enum lane_look said;
	struct lane_orders orders;
} t;

/* A capital for each small letter, each byte one call late. */
static enum lane_look look_file(void *arg, const struct lane_file *f, struct rd bytes, bool last, struct buf *out)
{
	const size_t n = bytes.len, from = t.n_looked_at - t.n_late;

	CHECK(rd_copy(&bytes, t.looked_at + t.n_looked_at, n));
	t.n_looked_at += n;
	t.n_late = last ? 0 : 1;
	for (size_t i = from; t.said == LOOK_REPLACE && i < t.n_looked_at - t.n_late; i++)
		CHECK(buf_put_u8(out, t.looked_at[i] & 0xdf));
	return t.said;
}

static enum lane_verdict judge_file(void *arg, const struct lane_file *f)
{
	CHECK_U64(f->size, FILE_LEN);
	return LANE_ALLOW;
}

static const struct lane_hooks hooks = { .look_file = look_file, .judge_file = judge_file };

static void begin(struct quarantine *q, enum lane_look said)
{
	memset(&t, 0, sizeof(t));
	lane_orders_init(&t.orders);
	t.said = said;
	quarantine_init(q, ID, FILE_LEN, false);
}

static void end(struct quarantine *q)
{
	quarantine_done(q);
	lane_orders_done(&t.orders);
}

/* As the gate does. Returns the fetch that is asked for. */
static struct order carry_out(void)
{
	struct order fetch = { .len = 0 };

	for (size_t i = 0; i < lane_n_orders(&t.orders); i++) {
		struct order o = lane_order(&t.orders, i);
		struct rd bytes = o.bytes;

		if (o.kind == ORDER_FETCH)
			fetch = o;
		if (o.kind != ORDER_KEEP)
			continue;
		CHECK(o.at + bytes.len <= FILE_LEN);
		if (!o.replaces)
			CHECK(rd_copy(&bytes, t.came + o.at, bytes.len));
		bytes = o.bytes;
		if (!o.is_looked_at)
			CHECK(rd_copy(&bytes, t.kept + o.at, bytes.len));
	}
	lane_orders_reset(&t.orders);
	return fetch;
}

static uint8_t letter(size_t i)
{
	return (uint8_t)('a' + i * 7 % 26);
}

static void come(struct quarantine *q, size_t at, size_t n)
{
	uint8_t bytes[FILE_LEN];

	for (size_t i = 0; i < n; i++)
		bytes[i] = letter(at + i);
	CHECK(quarantine_come(q, &hooks, rd_str("/f"), at, rd_of(bytes, n), &t.orders) == 0);
	CHECK(carry_out().len == 0);
}

static enum vet vet(struct quarantine *q, size_t *n_fetches)
{
	uint32_t next = 0;
	enum vet vet = quarantine_vet(q, &hooks, rd_str("/f"), &next, &t.orders);

	for (struct order o = carry_out(); o.len; o = carry_out()) {
		++*n_fetches;
		vet = quarantine_fetched(q, &hooks, rd_str("/f"), rd_of(t.kept + o.at, o.len), &next, &t.orders);
	}
	return vet;
}

static void check_all(enum lane_look said)
{
	for (size_t i = 0; i < FILE_LEN; i++) {
		CHECK_U64(t.came[i], letter(i));
		CHECK_U64(t.looked_at[i], letter(i));
		CHECK_U64(t.kept[i], said == LOOK_REPLACE ? letter(i) & 0xdf : letter(i));
	}
	CHECK_U64(t.n_looked_at, FILE_LEN);
}

/* Parts as they come, the last one empty; `looked_at`: so much is when they are there. Returns how often a part
 * of it had to be fetched. */
static size_t come_and_pass(enum lane_look said, const struct quarantine_part *part, size_t looked_at)
{
	struct quarantine q;
	size_t n_fetches = 0;

	begin(&q, said);
	for (; part->len; part++)
		come(&q, part->at, part->len);
	CHECK_U64(t.n_looked_at, looked_at);
	CHECK_U64(vet(&q, &n_fetches), VET_PASSED);
	check_all(said);
	end(&q);
	return n_fetches;
}

TEST(quarantine_what_comes_in_order_is_read_once)
{
	struct quarantine_part part[FILE_LEN / 1000 + 1] = { { 0, 0 } };

	for (size_t i = 0; i < FILE_LEN / 1000; i++)
		part[i] = (struct quarantine_part){ i * 1000, 1000 };
	CHECK_U64(come_and_pass(LOOK_PASS, part, FILE_LEN), 0);
	CHECK_U64(come_and_pass(LOOK_REPLACE, part, FILE_LEN), 0);
}

TEST(quarantine_what_comes_otherwise_is_looked_at_in_order)
{
	static const struct quarantine_part part[] = { { 0, 3000 }, { 5000, 1000 }, { 3000, 2000 }, { 20000, 20000 },
		{ 6000, 14000 }, { 0, 0 } };
	static const enum lane_look said[] = { LOOK_PASS, LOOK_REPLACE };

	for (size_t k = 0; k < ARRAY_LEN(said); k++) {
		struct quarantine q;

		CHECK(come_and_pass(said[k], part, 5000) > 0);
		begin(&q, said[k]);
		come(&q, 0, 3000);
		come(&q, 5000, 1000);
		CHECK_U64(t.n_looked_at, 3000); /* what is behind the gap waits */
		end(&q);
	}
}

/* Nothing takes the place of what was looked at. */
TEST(quarantine_what_was_looked_at_is_not_written_again)
{
	struct quarantine q;
	size_t n_fetches = 0;

	begin(&q, LOOK_PASS);
	come(&q, 0, 3000);
	CHECK(quarantine_come(&q, &hooks, rd_str("/f"), 2999, rd_str("!!"), &t.orders) == 0);
	CHECK_U64(lane_n_orders(&t.orders), 0);
	CHECK_U64(q.vet, VET_ENDED);
	come(&q, 3000, 1000);
	CHECK_U64(t.n_looked_at, 3000);
	CHECK_U64(vet(&q, &n_fetches), VET_ENDED);
	end(&q);
}

TEST(quarantine_a_refusal_comes_at_once)
{
	struct quarantine q;
	size_t n_fetches = 0;

	begin(&q, LOOK_REFUSE);
	come(&q, 0, 3000);
	CHECK_U64(q.vet, VET_REFUSED);
	CHECK_U64(t.came[2999], letter(2999)); /* recorded */
	CHECK_U64(t.kept[2999], 0);
	come(&q, 3000, 1000);
	CHECK_U64(t.n_looked_at, 3000);
	CHECK_U64(vet(&q, &n_fetches), VET_REFUSED);
	end(&q);
}
