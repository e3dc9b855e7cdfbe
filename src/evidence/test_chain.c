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

static struct event opened(void)
{
	static const uint8_t zeros[32];
	struct rd id = rd_of(zeros, 16), hash = rd_of(zeros, 32);

	return (struct event){ .id = EVENT_SESSION_OPENED, .value = { { .bytes = id }, { .bytes = rd_str("terminal") },
		{ .bytes = id }, { .bytes = hash }, { .bytes = id }, { .bytes = rd_str("maintenance") } } };
}

static struct event held(void)
{
	return (struct event){ .id = EVENT_SESSION_HELD, .value = { { .bytes = rd_str("j.devries") }, { .bytes = rd_str("") } } };
}

static struct event lost(void)
{
	return (struct event){ .id = EVENT_SESSION_LOST, .value = { { .bytes = rd_str("its link ended") } } };
}

/* Record `i` of a log in which sessions take turns; session 0 is none. */
static struct record record_at(uint64_t i, uint8_t id[RECORD_ID_LEN])
{
	uint64_t s = i % SESSIONS;
	struct record r = { .seq = i, .prev = i, .event = { .id = EVENT_LOG_FULL, .value = { { .bytes = rd_str("core") } } } };

	memset(id, (int)s, RECORD_ID_LEN);
	if (!s)
		return r;
	r.session = rd_of(id, RECORD_ID_LEN);
	if (i >= SESSIONS)
		r.prev = i - SESSIONS;
	r.event = i < SESSIONS ? opened() : i + SESSIONS >= N ? lost() : held();
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

/* Every 20th record is of session one: without the first, one in the middle, two in a row, the last. */
TEST(an_excerpt_says_what_it_leaves_out)
{
	static const struct {
		uint64_t without[2], n_headless, n_gaps, n_open;
	} cases[] = { { { N, N }, 0, 0, 0 }, { { 1, N }, 1, 0, 0 }, { { 441, N }, 0, 1, 0 }, { { 441, 461 }, 0, 1, 0 },
		{ { 441, 501 }, 0, 2, 0 }, { { 1981, N }, 0, 0, 1 }, { { 21, 1981 }, 0, 1, 1 }, { { 1, 21 }, 1, 0, 0 },
		{ { 20, 40 }, 0, 0, 0 } /* of none */ };

	for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
		AUTO(chain_done) struct chain c = { .next = 0 };
		uint8_t id[RECORD_ID_LEN];

		chain_excerpt_init(&c, seed);
		for (uint64_t i = 0; i < N; i++) {
			struct record r = record_at(i, id);
			if (i != cases[k].without[0] && i != cases[k].without[1])
				CHECK(give(&c.check, i, &r) == NULL);
		}
		CHECK_U64(c.n_headless, cases[k].n_headless);
		CHECK_U64(c.n_gaps, cases[k].n_gaps);
		CHECK_U64(chain_rest(&c).n_open, cases[k].n_open);
		CHECK_U64(c.sessions.n, SESSIONS - 1);
	}
}

/* Only session.opened begins a session, and records are sound here too. */
TEST(an_excerpt_is_not_believed)
{
	AUTO(chain_done) struct chain c = { .next = 0 };
	uint8_t id[RECORD_ID_LEN];
	struct record r = record_at(41, id);

	chain_excerpt_init(&c, seed);
	CHECK_STR(give(&c.check, 40, &r), "its number is not its index");
	r.prev = 41; /* as if it were the first */
	CHECK(give(&c.check, 41, &r) == NULL);
	CHECK_U64(c.n_headless, 1);
	CHECK_STR(c.check.entry(&c.check, 42, rd_str("{}")), "not a record in canonical form");
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

/* Gives the events in turn as records of one session; the sentence about the first that
 * is wrong, and its index. */
static const char *session_of(const struct event *e, size_t n, uint64_t *out_index)
{
	static const uint8_t id[RECORD_ID_LEN] = "one session.....";
	AUTO(chain_done) struct chain c = { .next = 0 };
	const char *wrong = NULL;

	chain_init(&c, seed);
	for (uint64_t i = 0; i < n && !wrong; i++) {
		struct record r = { .seq = i, .prev = i ? i - 1 : 0, .session = rd_of(id, sizeof(id)), .event = e[i] };
		*out_index = i;
		wrong = give(&c.check, i, &r);
	}
	return wrong;
}

TEST(a_session_opens_once_and_ends_once)
{
	const struct event fine[] = { opened(), held(), lost() };
	const struct event unopened[] = { held() }, twice[] = { opened(), held(), opened() };
	const struct event after[] = { opened(), lost(), held() }, over[] = { opened(), lost(), lost() };
	const struct event again[] = { opened(), lost(), opened() };
	uint64_t at = 0;

	CHECK(!session_of(fine, 3, &at));
	CHECK_STR(session_of(unopened, 1, &at), "its session was not opened");
	CHECK_STR(session_of(twice, 3, &at), "its session was opened before");
	CHECK_U64(at, 2);
	CHECK_STR(session_of(after, 3, &at), "its session was over");
	CHECK_STR(session_of(over, 3, &at), "its session was over");
	CHECK_STR(session_of(again, 3, &at), "its session was over");
	CHECK_U64(at, 2);
}

/* Records of the sessions 1 and 2 behind a hole of two bundles: where they point, and what is
 * said of the first that is wrong. */
static const char *behind_hole(const uint64_t prev[], const int session[], size_t n, struct chain *c)
{
	const char *wrong = NULL;
	uint8_t id[RECORD_ID_LEN];

	chain_init(c, seed);
	c->check.gone(&c->check, 0, 512);
	for (uint64_t i = 0; i < n && !wrong; i++) {
		struct record r = { .seq = 512 + i, .prev = prev[i], .event = held() };
		memset(id, session[i], sizeof(id));
		r.session = rd_of(id, sizeof(id));
		wrong = give(&c->check, 512 + i, &r);
	}
	return wrong;
}

TEST(a_session_whose_beginning_is_gone_goes_on)
{
	static const int a[] = { 1, 2, 1, 2 };
	static const uint64_t fine[] = { 511, 3, 512, 513 }, same[] = { 7, 7 }, between[] = { 511, 3, 400 },
		skips[] = { 511, 512 };
	struct chain c;

	CHECK(!behind_hole(fine, a, 4, &c));
	CHECK_U64(c.n_headless, 2);
	CHECK_U64(chain_rest(&c).n_open, 2);
	chain_done(&c);
	/* No record can have two that follow it. */
	CHECK_STR(behind_hole(same, a, 2, &c), "it points to the same record as another");
	chain_done(&c);
	/* Behind the hole nothing can be left out. */
	CHECK_STR(behind_hole(between, a, 3, &c), "it does not follow its session's record before it");
	chain_done(&c);
	CHECK_STR(behind_hole(skips, a, 2, &c), "the first record of its session points to another");
	chain_done(&c);
}

TEST(nobody_opens_a_session_that_began_in_what_is_gone)
{
	AUTO(chain_done) struct chain c = { .next = 0 };
	uint8_t id[RECORD_ID_LEN] = { 1 };
	struct record r = { .seq = 256, .prev = 9, .session = rd_of(id, sizeof(id)), .event = opened() };

	chain_init(&c, seed);
	c.check.gone(&c.check, 0, 256);
	CHECK_STR(give(&c.check, 256, &r), "its session was opened before");
	c.next = 256;
	r.prev = r.seq;
	r.event = held();
	CHECK_STR(give(&c.check, 256, &r), "its session was not opened");
}

TEST(a_chain_runs_through_a_hole_in_its_middle)
{
	AUTO(chain_done) struct chain c = { .next = 0 };
	uint8_t id[RECORD_ID_LEN] = { 1 };
	struct record r = { .session = rd_of(id, sizeof(id)), .event = opened() };

	chain_init(&c, seed);
	CHECK(!give(&c.check, 0, &r));
	c.check.gone(&c.check, 256, 512);
	r = (struct record){ .seq = 512, .prev = 300, .session = rd_of(id, sizeof(id)), .event = held() };
	CHECK(!give(&c.check, 512, &r));
	r.seq = 513; /* from here on nothing is gone */
	CHECK_STR(give(&c.check, 513, &r), "it does not follow its session's record before it");
	CHECK_U64(chain_rest(&c).n_open, 1);
	c.check.gone(&c.check, 768, 1024);
	CHECK_U64(chain_rest(&c).n_endless, 1);
}

TEST(a_record_without_a_session_has_no_chain)
{
	AUTO(chain_done) struct chain c = { .next = 0 };
	struct record r = { .event = opened() };

	chain_init(&c, seed);
	CHECK_STR(give(&c.check, 0, &r), "its session has no name");
	r = (struct record){ .seq = 1, .event = { .id = EVENT_LOG_FULL, .value = { { .bytes = rd_str("core") } } } };
	CHECK_STR(give(&c.check, 1, &r), "it points to another without a session");
}
