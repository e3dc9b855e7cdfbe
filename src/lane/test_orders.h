/*
 * Is:        a process in memory for tests of lanes: carries orders out and writes down what
 *            went where.
 * Is not:    linked into any program of the product.
 * Called by: test_scp_lane.c, test_exec_lane.c, test_shell_lane.c.
 * Owns:      its buffers.
 * Trust:     no input.
 */
#pragma once

#include "base/mem.h"
#include "base/wr.h"
#include "lane/lane.h"
#include "testing/test.h"

static struct {
	struct lane_orders orders;
	struct buf element, engineer, notes, store[8];
	const char *deny, *ask;
	enum lane_look look, look_file;
	enum lane_verdict judge_file;
	uint32_t id;
	bool over;
	void (*fetched)(uint32_t id, struct rd bytes);
} t;

static enum lane_verdict t_judge(void *arg, const struct lane_command *c)
{
	return test_holds(c->canonical, t.deny) ? LANE_DENY : test_holds(c->canonical, t.ask) ? LANE_ASK : LANE_ALLOW;
}

static enum lane_look t_look(void *arg, struct rd text, struct buf *out)
{
	return t.look != LOOK_REPLACE || buf_put_str(out, "{masked}") ? t.look : LOOK_END;
}

static enum lane_look t_look_file(void *arg, const struct lane_file *f, struct rd bytes, bool last, struct buf *out)
{
	return t.look_file;
}

static enum lane_verdict t_judge_file(void *arg, const struct lane_file *f)
{
	return t.judge_file;
}

static const struct lane_hooks t_hooks = { NULL, t_judge, t_look, t_look, t_look_file, t_judge_file };

static void t_begin(void)
{
	struct buf *all[] = { &t.element, &t.engineer, &t.notes };

	for (size_t i = 0; i < ARRAY_LEN(t.store); i++)
		buf_done(&t.store[i]);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		buf_done(all[i]);
	lane_orders_done(&t.orders);
	__builtin_memset(&t, 0, sizeof(t));
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		buf_init(all[i], 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(t.store); i++)
		buf_init(&t.store[i], 1 << 20);
	lane_orders_init(&t.orders);
	t.look = t.look_file = LOOK_PASS;
	t.judge_file = LANE_ALLOW;
}

static void t_note(const char *word, struct rd bytes)
{
	struct wr w = wr_to(&t.notes);

	wr_text(&w, "[%s", word);
	wr_str(&w, bytes.len ? " " : "");
	wr_bytes(&w, bytes);
	wr_str(&w, "]");
	CHECK(wr_ok(&w));
}

static void t_fetch(const struct order *o)
{
	struct rd all = buf_rd(&t.store[o->id]), part;

	CHECK(t.fetched && rd_slice(&all, o->at, o->len, &part));
	t.fetched(o->id, part);
}

static void t_act(struct order o)
{
	static const char *const words[] = { [ORDER_COMMAND] = "do", [ORDER_REFUSE] = "refuse", [ORDER_ASK] = "ask",
		[ORDER_HOLD] = "hold", [ORDER_FINDING] = "finding", [ORDER_EXEC] = "exec", [ORDER_EOF] = "eof",
		[ORDER_END] = "end", [ORDER_DROP] = "drop", [ORDER_RELEASE] = "release" };

	CHECK(!t.over);
	if (o.kind == ORDER_SEND) {
		CHECK(buf_put_rd(o.to == LANE_ELEMENT ? &t.element : &t.engineer, o.bytes));
	} else if (o.kind == ORDER_KEEP && o.is_looked_at) {
		CHECK(o.bytes.len > 0);
	} else if (o.kind == ORDER_KEEP) {
		CHECK(o.id < ARRAY_LEN(t.store) && t.store[o.id].len == o.at && buf_put_rd(&t.store[o.id], o.bytes));
	} else if (o.kind == ORDER_FETCH) {
		t_fetch(&o);
	} else {
		t.over = o.kind == ORDER_END;
		t.id = o.id ? o.id : t.id;
		t_note(words[o.kind], o.kind == ORDER_END ? rd_str(lane_why_text(o.why)) :
		    o.kind == ORDER_RELEASE || o.kind == ORDER_DROP ? rd_str("") : o.bytes);
	}
}

static void t_pump(void)
{
	while (lane_n_orders(&t.orders)) {
		struct lane_orders now = t.orders;
		lane_orders_init(&t.orders);
		for (size_t i = 0; i < lane_n_orders(&now); i++)
			t_act(lane_order(&now, i));
		lane_orders_done(&now);
	}
}

#define ELEMENT(text) (CHECK_RD(buf_rd(&t.element), rd_of(text, sizeof(text) - 1)), buf_reset(&t.element))
#define ENGINEER(text) (CHECK_RD(buf_rd(&t.engineer), rd_of(text, sizeof(text) - 1)), buf_reset(&t.engineer))
#define NOTES(text) (CHECK_RD(buf_rd(&t.notes), rd_str(text)), buf_reset(&t.notes))
