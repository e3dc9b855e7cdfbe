/*
 * Is:        output on its way (contracts in the header).
 * Is not:    a lane.
 * Called by: exec_lane, shell_lane.
 * Owns:      what is held.
 * Trust:     hostile output.
 */
#include "lane/passage.h"

void passage_init(struct passage *p, const struct lane_hooks *hooks)
{
	*p = (struct passage){ .hooks = *hooks };
	buf_init(&p->held, LANE_FEED_MAX);
}

void passage_done(struct passage *p)
{
	buf_wipe(&p->held);
}

static void send(struct lane_orders *o, struct rd text, bool is_stderr)
{
	if (text.len)
		lane_order_add(o, (struct order){ .kind = ORDER_SEND, .to = LANE_ENGINEER, .is_stderr = is_stderr,
		    .bytes = text });
}

bool passage_put(struct passage *p, struct rd text, bool is_stderr, uint32_t *next_id, struct lane_orders *o)
{
	AUTO(buf_done) struct buf out = { 0 };

	ASSERT(!p->holding);
	buf_init(&out, LANE_BYTES_MAX);
	switch (p->hooks.look(p->hooks.arg, text, &out)) {
	case LOOK_PASS:
		send(o, text, is_stderr);
		return true;
	case LOOK_REPLACE:
		send(o, buf_rd(&out), is_stderr);
		return true;
	case LOOK_HOLD:
		p->holding = buf_put_rd(&p->held, text);
		p->is_stderr = is_stderr;
		p->hold_id = ++*next_id;
		lane_order_add(o, (struct order){ .kind = ORDER_HOLD, .id = p->hold_id });
		return p->holding;
	case LOOK_REFUSE:
	case LOOK_END:
		break;
	}
	return false;
}

bool passage_answer(struct passage *p, uint32_t id, bool allow, struct lane_orders *o)
{
	if (!p->holding || id != p->hold_id)
		return false;
	p->holding = false;
	if (allow)
		send(o, buf_rd(&p->held), p->is_stderr);
	buf_reset(&p->held);
	return true;
}
