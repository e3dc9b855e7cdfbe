/*
 * Is:        tests of the wire form of questions to tokend, and of the link without tokend.
 * Is not:    a test of tokend (tests/tokend.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/talk/ask_proto.h"

#include <unistd.h>

#include "base/mem.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "proc/members_link.h"
#include "testing/test.h"

static struct ask ask;
static struct ask_answer answer;

static struct rd written_ask(struct buf *b, size_t n)
{
	struct wr w;

	buf_init(b, IPC_BODY_MAX);
	w = wr_to(b);
	ask = (struct ask){ .token = 5, .n = n };
	for (size_t k = 0; k < n; k++)
		ask.id[k] = (struct ask_id){ k % 2 ? SCAN_IMSI : SCAN_MSISDN, rd_str("31612345678") };
	ask_write(&w, &ask);
	CHECK(wr_ok(&w));
	return buf_rd(b);
}

TEST(a_question_is_read_as_it_was_written)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd r = written_ask(&b, ASK_IDS_MAX);

	CHECK(ask_read(&r, &ask) && r.len == 0);
	CHECK(ask.token == 5 && ask.n == ASK_IDS_MAX && ask.id[7].kind == SCAN_IMSI);
	CHECK(rd_is(&ask.id[ASK_IDS_MAX - 1].value, "31612345678"));
}

TEST(a_question_that_is_cut_or_has_more_is_none)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd r = written_ask(&b, 3), cut;

	for (size_t n = 0; n < r.len; n++) {
		CHECK(rd_slice(&r, 0, n, &cut));
		CHECK(!ask_read(&cut, &ask) && cut.len == n);
	}
	CHECK(buf_put_u8(&b, 0));
	r = buf_rd(&b);
	CHECK(!ask_read(&r, &ask));
}

TEST(questions_outside_the_limits_are_refused)
{
	static const uint8_t none[] = { 0, 0, 0, 0, 0, 0, 0, 1, 0, 0 };
	static const uint8_t kind[] = { 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, SCAN_KINDS, 1, '1' };
	static const uint8_t empty[] = { 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0 };
	static const uint8_t many[] = { 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0, 1, '1' };
	uint8_t lengthy[12 + SCAN_VALUE_MAX + 1] = { [7] = 1, [9] = 1, [11] = SCAN_VALUE_MAX + 1 };
	struct rd bad[] = { rd_of(none, sizeof(none)), rd_of(kind, sizeof(kind)), rd_of(empty, sizeof(empty)),
		rd_of(many, sizeof(many)), rd_of(lengthy, sizeof(lengthy)) };

	for (size_t k = 0; k < ARRAY_LEN(bad); k++)
		CHECK(!ask_read(&bad[k], &ask));
}

static struct rd written_answer(struct buf *b)
{
	struct wr w;

	buf_init(b, IPC_BODY_MAX);
	w = wr_to(b);
	ask_answer_write(&w, &answer);
	CHECK(wr_ok(&w));
	return buf_rd(b);
}

TEST(an_answer_holds_together_or_is_none)
{
	AUTO(buf_done) struct buf b = { 0 }, c = { 0 }, d = { 0 };
	struct rd r;

	answer = (struct ask_answer){ 4, 2, ASK_ANSWERED, 9, 2, { 0, 77 } };
	r = written_answer(&b);
	for (size_t n = 0; n < r.len; n++) {
		struct rd cut;
		CHECK(rd_slice(&r, 0, n, &cut) && !ask_answer_read(&cut, &answer));
	}
	CHECK(ask_answer_read(&r, &answer) && answer.person[1] == 77 && answer.version == 2 && answer.share == 9);
	answer.status = ASK_LIMITED; /* and yet with persons */
	r = written_answer(&c);
	CHECK(!ask_answer_read(&r, &answer));
	answer = (struct ask_answer){ .token = 4, .version = 1, .status = ASK_NO_SET };
	r = written_answer(&d);
	CHECK(!ask_answer_read(&r, &answer));
}

static const uint64_t key[2] = { 3, 4 };

static enum membership ask_one(struct members_link *l)
{
	struct inspect_ask a = { .kind = SCAN_MSISDN, .value = rd_str("31612345678"), .membership = MEMBERSHIP_MEMBER };

	members_link_ask(l, &a, 1);
	return a.membership;
}

TEST(without_a_link_membership_is_unknown)
{
	AUTO(members_link_free) struct members_link *l = members_link_new(key);

	CHECK(ask_one(l) == MEMBERSHIP_UNKNOWN);
	CHECK(members_link_figures(l).n_unknown == 1 && !members_link_figures(l).is_linked);
}

TEST(a_silent_tokend_costs_one_wait_and_then_none)
{
	AUTO(members_link_free) struct members_link *l = members_link_new(key);
	uint64_t began = clock_mono_ns(), after;
	int pair[2];

	CHECK_INT(ipc_pair(pair), 0);
	members_link_linked(l, pair[0]);
	CHECK(ask_one(l) == MEMBERSHIP_UNKNOWN);
	after = clock_mono_ns();
	CHECK(after - began >= MEMBERS_LINK_PATIENCE_NS);
	for (int k = 0; k < 1000; k++)
		CHECK(ask_one(l) == MEMBERSHIP_UNKNOWN);
	CHECK(clock_mono_ns() - after < MEMBERS_LINK_PATIENCE_NS);
	CHECK_U64(members_link_figures(l).n_unknown, 1001);
	CHECK(members_link_figures(l).is_linked);
	fd_close(&pair[1]);
}

/* Packets that wait before the question: whatever they are, none is its answer. */
static void answered_with(const struct ask_answer *given, bool linked_after)
{
	AUTO(members_link_free) struct members_link *l = members_link_new(key);
	AUTO(buf_done) struct buf b = { 0 };
	int pair[2];
	struct wr w;

	CHECK_INT(ipc_pair(pair), 0);
	buf_init(&b, IPC_MAX);
	w = wr_to(&b);
	wr_u16(&w, TOKEND_ANSWER);
	ask_answer_write(&w, given);
	CHECK(wr_ok(&w) && write(pair[1], buf_rd(&b).p, b.len) == (ssize_t)b.len);
	members_link_linked(l, pair[0]);
	CHECK(ask_one(l) == MEMBERSHIP_UNKNOWN);
	CHECK(members_link_figures(l).is_linked == linked_after);
	fd_close(&pair[1]);
}

TEST(an_answer_that_does_not_fit_is_not_believed)
{
	struct ask_answer good = { 1, 1, ASK_ANSWERED, 0, 1, { 7 } }, a;

	a = good;
	a.n = 2;
	answered_with(&a, false); /* more answers than questions */
	a = good;
	a.token = 2;
	answered_with(&a, false); /* to a question to come */
	a = good;
	a.token = 0;
	answered_with(&a, true); /* to an older one: passed over, and then none came */
	a = (struct ask_answer){ .token = 1, .status = ASK_NO_SET };
	answered_with(&a, true);
	a = (struct ask_answer){ .token = 1, .version = 1, .status = ASK_LIMITED };
	answered_with(&a, true);
}
