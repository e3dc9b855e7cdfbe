/*
 * Is:        the checks of records in a log: numbers, and the chain of each session.
 * Is not:    the check of the tree (test_verify.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "evidence/chain.h"
#include "evidence/record.h"
#include "testing/test.h"

enum { N = 2000, SESSIONS = 20 };

static const uint64_t seed[2] = { 1, 2 };

/* Record `i` of a log in which sessions take turns; session 0 is none. */
static struct record record_at(uint64_t i, uint8_t id[RECORD_ID_LEN])
{
	uint64_t s = i % SESSIONS;
	struct record r = { .seq = i, .prev = i < SESSIONS ? i : i - SESSIONS,
		.event = { .id = EVENT_LOG_FULL, .value = { { .bytes = rd_str("core") } } } };

	memset(id, (int)s, RECORD_ID_LEN);
	if (s)
		r.session = rd_of(id, RECORD_ID_LEN);
	return r;
}

static const char *give(struct verify_check *c, uint64_t index, const struct record *r)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, RECORD_MAX);
	CHECK_INT(record_write(&b, r), 0);
	return c->entry(c, index, buf_rd(&b));
}

/* A log without record `left_out`, numbered again as who rebuilds the tree would. */
static const char *log_without(uint64_t left_out, uint64_t *out_index)
{
	AUTO(chain_done) struct chain c = { .next = 0 };
	uint8_t id[RECORD_ID_LEN];
	const char *wrong = NULL;

	chain_init(&c, seed);
	*out_index = 0;
	for (uint64_t i = 0; i < N && !wrong; i++) {
		struct record r = record_at(i, id);
		if (i == left_out)
			continue;
		if (i > left_out) {
			r.seq--;
			r.prev -= r.prev > left_out;
		}
		*out_index = r.seq;
		wrong = give(&c.check, r.seq, &r);
	}
	return wrong;
}

TEST(whole_chains_are_sound)
{
	uint64_t index;

	CHECK(log_without(N, &index) == NULL);
	CHECK_U64(index, N - 1);
}

TEST(a_record_left_out_of_a_session_shows)
{
	uint64_t index;

	for (uint64_t k = 21; k < 40; k++) {
		CHECK(log_without(k, &index));
		/* at the next record of that session, and not before */
		CHECK_U64(index, k + SESSIONS - 1);
	}
	CHECK(log_without(1, &index)); /* the first of its session */
}

TEST(numbers_are_indices)
{
	struct verify_check *c = chain_records();
	uint8_t id[RECORD_ID_LEN];
	struct record r = record_at(30, id);

	CHECK(give(c, 30, &r) == NULL);
	CHECK_STR(give(c, 29, &r), "its number is not its index");
	CHECK_STR(c->entry(c, 0, rd_str("{}")), "not a record in canonical form");
}

TEST(a_chain_is_followed_in_order_alone)
{
	AUTO(chain_done) struct chain c = { .next = 0 };
	uint8_t id[RECORD_ID_LEN];
	struct record r = record_at(1, id);

	chain_init(&c, seed);
	CHECK_STR(give(&c.check, 1, &r), "entries out of order");
	r = record_at(25, id);
	CHECK_STR(give(&c.check, 25, &r), "entries out of order");
	c.next = 25;
	CHECK_STR(give(&c.check, 25, &r), "the first record of its session points to another");
}
