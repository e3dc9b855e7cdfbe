/*
 * Is:        the shell lane (contracts in the header).
 * Is not:    a boundary against commands.
 * Called by: the gate's process.
 * Owns:      the line that seems to be typed.
 * Trust:     hostile from both sides.
 */
#include "lane/shell_lane.h"

#include "base/wr.h"
#include "lane/passage.h"

enum { KILL_LINE = 0x15, NO_KEY = 255, TAIL_MAX = 2 * SHELL_LINE_MAX };

struct shell_lane {
	struct shell_lane_config config;
	struct passage out;
	struct buf typed;     /* since the last line end; without escapes */
	struct buf tail;      /* output since then */
	struct buf entered;   /* the last line, not yet seen echoed */
	struct buf keys;      /* typed while an officer is asked */
	bool unsure;          /* typed holds less than was typed: an escape, Tab, too long */
	bool in_escape, asking, over, was_refused;
	bool has_eof;         /* the engineer's end came while an officer is asked */
	uint32_t next_id, ask_id;
	uint8_t ender;        /* the line end that waits */
};

struct shell_lane *shell_lane_new(const struct shell_lane_config *config)
{
	struct shell_lane *l = mem_new(1, sizeof(*l));

	ASSERT(config->hooks.look && (config->hooks.judge || !config->guard));
	ASSERT(config->keys.kill != NO_KEY || !config->guard);
	l->config = *config;
	passage_init(&l->out, &config->hooks);
	buf_init(&l->typed, SHELL_LINE_MAX);
	buf_init(&l->tail, TAIL_MAX);
	buf_init(&l->entered, SHELL_LINE_MAX);
	buf_init(&l->keys, LANE_KEYS_MAX);
	return l;
}

void shell_lane_free(struct shell_lane **lp)
{
	struct shell_lane *l = *lp;

	if (!l)
		return;
	passage_done(&l->out);
	buf_wipe(&l->typed);
	buf_wipe(&l->tail);
	buf_wipe(&l->entered);
	buf_wipe(&l->keys);
	mem_free(lp);
}

static void end(struct shell_lane *l, struct lane_orders *o, enum lane_why why)
{
	if (!l->over)
		lane_order_add(o, (struct order){ .kind = ORDER_END, .why = why });
	l->over = true;
}

static void send(struct lane_orders *o, enum lane_side to, struct rd bytes)
{
	if (bytes.len)
		lane_order_add(o, (struct order){ .kind = ORDER_SEND, .to = to, .bytes = bytes });
}

/* --- the guard rail ------------------------------------------------------------------------------ */

/* The output so far shows the text in one piece. */
static bool is_echoed(const struct shell_lane *l, struct rd text)
{
	struct rd all = buf_rd(&l->tail), part;

	for (size_t i = 0; rd_slice(&all, i, text.len, &part); i++)
		if (rd_equal(&part, &text))
			return true;
	return false;
}

/* Puts the entered line on record as soon as it was echoed. */
static void note(struct shell_lane *l, struct lane_orders *o)
{
	struct rd text = buf_rd(&l->entered);

	if (text.len == 0 || !is_echoed(l, text))
		return;
	lane_order_add(o, (struct order){ .kind = l->was_refused ? ORDER_REFUSE : ORDER_COMMAND, .to = LANE_ELEMENT,
	    .why = l->was_refused ? WHY_NOT_GRANTED : WHY_NONE, .bytes = text });
	buf_reset(&l->entered);
}

static void begin_line(struct shell_lane *l)
{
	buf_reset(&l->typed);
	l->unsure = false;
}

static void tell_refusal(struct lane_orders *o)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w = wr_to(&b);

	buf_init(&b, 1024);
	wr_str(&w, "\r\n% refused: ");
	lane_put_why(&w, o, WHY_NOT_GRANTED);
	wr_str(&w, "\r\n");
	if (wr_ok(&w))
		send(o, LANE_ENGINEER, buf_rd(&b));
}

/* The line is over: it goes on, or the element's line is wiped. */
static void enter(struct shell_lane *l, struct lane_orders *o, bool allow)
{
	/* What programs with an editor of their own know, and what the terminal does. */
	const uint8_t wipe[] = { KILL_LINE, l->config.keys.kill };
	struct rd line = buf_rd(&l->typed);

	if (l->entered.len)
		lane_order_add(o, (struct order){ .kind = ORDER_FINDING, .why = WHY_NO_ECHO });
	buf_reset(&l->entered);
	l->was_refused = !allow;
	if (!buf_put_rd(&l->entered, line))
		end(l, o, WHY_FULL);
	note(l, o);
	buf_reset(&l->tail);
	begin_line(l);
	if (allow) {
		send(o, LANE_ELEMENT, rd_of(&l->ender, 1));
		return;
	}
	send(o, LANE_ELEMENT, rd_of(wipe, wipe[1] == KILL_LINE ? 1 : 2));
	tell_refusal(o);
}

static void judge(struct shell_lane *l, struct lane_orders *o)
{
	struct rd line = buf_rd(&l->typed);
	struct lane_command c = { .canonical = line, .act = ACT_TYPED, .has_range = l->unsure };

	switch (line.len ? l->config.hooks.judge(l->config.hooks.arg, &c) : LANE_ALLOW) {
	case LANE_ALLOW:
		enter(l, o, true);
		return;
	case LANE_ASK:
		l->asking = true;
		l->ask_id = ++l->next_id;
		lane_order_add(o, (struct order){ .kind = ORDER_ASK, .id = l->ask_id,
		    .bytes = is_echoed(l, line) ? line : rd_str("") });
		return;
	case LANE_DENY:
		break;
	}
	enter(l, o, false);
}

static void erase(struct shell_lane *l, bool word)
{
	struct rd text = buf_rd(&l->typed);
	uint8_t c;

	if (text.len == 0)
		return;
	buf_cut(&l->typed, text.len - 1);
	while (word && l->typed.len && rd_at(&text, l->typed.len - 1, &c) && c != ' ')
		buf_cut(&l->typed, l->typed.len - 1);
}

/* Escapes move the cursor or call history back: the line is not known any more. */
static bool is_in_escape(struct shell_lane *l, uint8_t c)
{
	if (c == 0x1b) {
		l->in_escape = true;
		l->unsure = true;
		return true;
	}
	if (!l->in_escape)
		return false;
	l->in_escape = c == '[' || c == 'O' || (c >= '0' && c <= '?');
	return true;
}

/* By the keys of the terminal there. What is only usual (the other of ^H and DEL, ^U, ^W, ^C) some
 * programs take for the same, and some for a part of the line. */
static void follow(struct shell_lane *l, uint8_t c)
{
	const struct ttymodes_keys *k = &l->config.keys;

	if (is_in_escape(l, c))
		return;
	if (c >= ' ' && c != 0x7f)
		l->unsure |= !buf_put_u8(&l->typed, c);
	else if (c == k->erase || c == k->werase)
		erase(l, c == k->werase);
	else if (c == k->kill || c == k->intr)
		begin_line(l);
	else
		l->unsure = true;
}

static void type(struct shell_lane *l, struct lane_orders *o)
{
	struct rd keys = buf_rd(&l->keys), sent = keys, part;
	uint8_t c;

	while (!l->asking && !l->over && rd_u8(&keys, &c)) {
		if (c != '\r' && c != '\n') {
			follow(l, c);
			continue;
		}
		l->in_escape = false;
		l->ender = c;
		if (rd_take(&sent, sent.len - keys.len - 1, &part))
			send(o, LANE_ELEMENT, part);
		(void)!rd_skip(&sent, 1);
		judge(l, o);
	}
	if (!l->asking && !l->over)
		send(o, LANE_ELEMENT, sent);
	buf_drop(&l->keys, l->keys.len - keys.len);
}

/* --- the lane --------------------------------------------------------------------------------------- */

static void output(struct shell_lane *l, struct rd in, struct lane_orders *o)
{
	struct rd last = in;

	if (l->config.guard) {
		if (last.len > TAIL_MAX)
			(void)!rd_skip(&last, last.len - TAIL_MAX);
		if (last.len > buf_room(&l->tail))
			buf_drop(&l->tail, last.len - buf_room(&l->tail));
		if (buf_put_rd(&l->tail, last))
			note(l, o);
	}
	if (!passage_put(&l->out, in, false, &l->next_id, o))
		end(l, o, WHY_INSPECTOR);
}

size_t shell_lane_room(const struct shell_lane *l, enum lane_side side)
{
	if (l->over || (side == LANE_ELEMENT && l->out.holding))
		return 0;
	return side == LANE_ENGINEER ? buf_room(&l->keys) : LANE_FEED_MAX;
}

void shell_lane_feed(struct shell_lane *l, enum lane_side from, struct rd in, struct lane_orders *o)
{
	if (l->over || in.len == 0)
		return;
	if (in.len > shell_lane_room(l, from)) {
		end(l, o, WHY_FULL);
	} else if (from == LANE_ELEMENT) {
		output(l, in, o);
	} else if (!l->config.guard) {
		send(o, LANE_ELEMENT, in);
	} else if (buf_put_rd(&l->keys, in)) {
		type(l, o);
	}
}

void shell_lane_eof(struct shell_lane *l, enum lane_side from, struct lane_orders *o)
{
	if (l->over)
		return;
	if (from == LANE_ENGINEER && l->asking)
		l->has_eof = true; /* the line that waits, and what was typed behind it, go first */
	else
		lane_order_add(o, (struct order){ .kind = ORDER_EOF, .to = from == LANE_ELEMENT ? LANE_ENGINEER : LANE_ELEMENT });
}

void shell_lane_answer(struct shell_lane *l, uint32_t id, bool allow, struct lane_orders *o)
{
	if (l->over || id == 0)
		return;
	if (l->asking && id == l->ask_id) {
		l->asking = false;
		enter(l, o, allow);
		type(l, o);
		if (l->has_eof)
			shell_lane_eof(l, LANE_ENGINEER, o);
	} else if (passage_answer(&l->out, id, allow, o) && !allow) {
		end(l, o, WHY_INSPECTOR);
	}
}
