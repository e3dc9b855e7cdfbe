/*
 * Is:        tests of the writer's side of the link to treed: one word at a time, how far the
 *            tree may lag, a full disk, and words out of order.
 * Is not:    a test of treed (tests/evidenced.c runs the real one).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/evidenced/tree_link.h"

#include <string.h>

#include "base/buf.h"
#include "base/timefmt.h"
#include "base/wr.h"
#include "os/ipc.h"
#include "proc/talk/tree_proto.h"
#include "testing/test.h"

/* Treed's end, which says what it is told to, and ours. */
static struct scene {
	struct loop *loop;
	struct ipc *treed;
	struct tree_link tree;
	uint64_t durable; /* told last */
	unsigned n_told, n_settle, n_publish;
	unsigned n_taken, n_settled, n_published, n_full, n_gone;
} scene;

static int got_open(void *ctx, struct ipc_in *in)
{
	uint8_t has_quorum;

	CHECK(rd_u8(&in->body, &has_quorum) && has_quorum == 1);
	return 0;
}

static int got_durable(void *ctx, struct ipc_in *in)
{
	scene.n_told++;
	CHECK(rd_u64(&in->body, &scene.durable));
	return 0;
}

static int got_settle(void *ctx, struct ipc_in *in)
{
	scene.n_settle++;
	return 0;
}

static int got_publish(void *ctx, struct ipc_in *in)
{
	scene.n_publish++;
	CHECK(rd_is(&in->body, "a note"));
	return rd_skip(&in->body, in->body.len) ? 0 : -1;
}

static const struct ipc_row rows[] = {
	{ TREE_OPEN, "open", 1 << 0, true, 0, 1, got_open },
	{ TREE_DURABLE, "durable", 1 << 0, false, 0, 8, got_durable },
	{ TREE_SETTLE, "settle", 1 << 0, false, 0, 0, got_settle },
	{ TREE_PUBLISH, "publish", 1 << 0, false, 0, 64, got_publish },
};
static const struct ipc_table table = { "treed", rows, ARRAY_LEN(rows) };

static void treed_closed(void *ctx, int err)
{
	ipc_free(&scene.treed);
}

static void on_taken(void *ctx) { scene.n_taken++; }
static void on_settled(void *ctx) { scene.n_settled++; }
static void on_published(void *ctx) { scene.n_published++; }
static void on_full(void *ctx) { scene.n_full++; }
static void on_gone(void *ctx) { scene.n_gone++; }

static const struct tree_calls calls = { on_taken, on_settled, on_published, on_full, on_gone };

static void stop(void *ctx)
{
	loop_stop(scene.loop, 0);
}

/* Lets both ends do what there is to do. */
static void turn(void)
{
	struct loop_timer t;

	loop_timer_init(&t, stop, NULL);
	loop_timer_set(scene.loop, &t, 5 * NS_PER_MS);
	CHECK_INT(loop_run(scene.loop), 0);
}

static void say(uint16_t type, uint64_t v, size_t n_zeros)
{
	static const uint8_t zeros[64];
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 128);
	struct wr w = wr_to(&b);
	wr_u64(&w, v);
	wr_bytes(&w, rd_of(zeros, n_zeros));
	CHECK(wr_ok(&w));
	CHECK_INT(ipc_send(scene.treed, type, buf_rd(&b)), 0);
	turn();
}

static void say_word(uint16_t type)
{
	CHECK_INT(ipc_send(scene.treed, type, rd_of(NULL, 0)), 0);
	turn();
}

static void begin(uint64_t taken)
{
	int pair[2];

	memset(&scene, 0, sizeof(scene));
	CHECK(loop_new(&scene.loop) == 0 && ipc_pair(pair) == 0);
	CHECK(ipc_new(scene.loop, pair[0], &table, NULL, treed_closed, &scene.treed) == 0);
	CHECK_INT(tree_link_open(&scene.tree, scene.loop, pair[1], true, taken, &calls, NULL), 0);
	turn();
	say(TREE_OPENED, taken, 0);
	CHECK(scene.tree.is_open && scene.n_gone == 0);
}

static void end(void)
{
	tree_link_done(&scene.tree);
	ipc_free(&scene.treed);
	loop_free(&scene.loop);
}

TEST(one_durable_index_is_on_its_way_at_a_time)
{
	begin(5);
	for (uint64_t n = 10; n < 1000; n++)
		CHECK_INT(tree_link_durable(&scene.tree, n), 0);
	turn();
	CHECK(scene.n_told == 1 && scene.durable == 10);
	say(TREE_TAKEN, 7, 0); /* on the way */
	CHECK(scene.n_told == 1 && scene.tree.taken == 7);
	say(TREE_TAKEN, 10, 0);
	CHECK(scene.n_told == 2 && scene.durable == 999);
	say(TREE_TAKEN, 999, 0);
	CHECK(scene.n_told == 2 && scene.n_taken == 3 && scene.n_gone == 0);
	end();
}

TEST(who_records_waits_for_a_tree_that_lags_but_not_for_one_without_room)
{
	begin(0);
	CHECK(!tree_link_lags(&scene.tree, TREE_LAG_MAX));
	CHECK(tree_link_lags(&scene.tree, TREE_LAG_MAX + 1));
	CHECK_INT(tree_link_durable(&scene.tree, TREE_LAG_MAX + 1), 0);
	turn();
	say(TREE_TAKEN, 1, 0);
	CHECK(!tree_link_lags(&scene.tree, TREE_LAG_MAX + 1));
	say_word(TREE_FULL);
	CHECK(scene.n_full == 1 && scene.tree.is_full && !scene.tree.is_open);
	CHECK(!tree_link_lags(&scene.tree, 2 * (uint64_t)TREE_LAG_MAX + 2));
	say(TREE_OPENED, 0, 0); /* it begins again at its state */
	CHECK(scene.n_full == 2 && !scene.tree.is_full && scene.tree.taken == 0);
	CHECK(tree_link_lags(&scene.tree, TREE_LAG_MAX + 1));
	end();
}

TEST(a_tree_is_settled_signed_and_published)
{
	begin(0);
	CHECK_INT(tree_link_durable(&scene.tree, 9), 0);
	turn();
	say(TREE_TAKEN, 9, 0);
	CHECK_INT(tree_link_settle(&scene.tree), 0);
	turn();
	say(TREE_SETTLED, 9, 32);
	CHECK(scene.n_settle == 1 && scene.n_settled == 1 && scene.tree.settled.size == 9 && !scene.tree.is_busy);
	CHECK_INT(tree_link_publish(&scene.tree, rd_str("a note")), 0);
	turn();
	say(TREE_PUBLISHED, 9, 0);
	CHECK(scene.n_publish == 1 && scene.n_published == 1 && scene.tree.published == 9);
	CHECK_INT(tree_link_settle(&scene.tree), 0);
	turn();
	say_word(TREE_NOT_NOW);
	CHECK(!scene.tree.is_busy && scene.n_gone == 0 && scene.n_settled == 1);
	end();
}

/* Each ends the link, and so the writer. */
TEST(words_out_of_order_end_it)
{
	static const struct {
		uint16_t type;
		uint64_t v;
		size_t n_zeros;
		bool settling;
	} bad[] = {
		{ TREE_OPENED, 5, 0, false },      /* twice */
		{ TREE_TAKEN, 4, 0, false },       /* less than before */
		{ TREE_TAKEN, 11, 0, false },      /* more than is durable */
		{ TREE_TAKEN, 10, 1, false },      /* and something behind */
		{ TREE_SETTLED, 5, 32, false },    /* nobody asked */
		{ TREE_SETTLED, 11, 32, true },    /* more than is durable */
		{ TREE_SETTLED, 5, 31, true },     /* half a root */
		{ TREE_PUBLISHED, 5, 0, false },   /* nobody asked */
		{ TREE_PUBLISHED, 5, 0, true },    /* what was not settled */
		{ TREE_DURABLE, 5, 0, false },     /* not a word of its own */
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		begin(5);
		CHECK_INT(tree_link_durable(&scene.tree, 10), 0);
		if (bad[i].settling)
			CHECK_INT(tree_link_settle(&scene.tree), 0);
		say(bad[i].type, bad[i].v, bad[i].n_zeros);
		CHECK_U64(scene.n_gone, 1);
		CHECK(!scene.tree.link && !scene.tree.is_open);
		CHECK(tree_link_settle(&(struct tree_link){ .link = NULL }) < 0);
		end();
	}
	begin(5);
	say_word(TREE_NOT_NOW);
	CHECK_U64(scene.n_gone, 1);
	end();
	begin(5);
	ipc_free(&scene.treed); /* it is gone */
	turn();
	CHECK_U64(scene.n_gone, 1);
	end();
}
