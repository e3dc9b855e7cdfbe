/*
 * Is:        the list of orders (contracts in the header).
 * Is not:    a lane.
 * Called by: lanes and whoever carries their orders out.
 * Owns:      the list.
 * Trust:     quotas are enforced here.
 */
#include "lane/lane.h"

#include "base/wr.h"

struct kept {
	struct order order;
	size_t off;
};

void lane_orders_init(struct lane_orders *o)
{
	vec_init(&o->list, sizeof(struct kept));
	buf_init(&o->bytes, LANE_BYTES_MAX);
	o->overflow = o->ended = false;
	o->reason = rd_of(NULL, 0);
}

void lane_orders_done(struct lane_orders *o)
{
	vec_done(&o->list);
	buf_wipe(&o->bytes);
}

void lane_orders_reset(struct lane_orders *o)
{
	o->list.n = 0;
	buf_reset(&o->bytes);
	o->overflow = o->ended = false;
}

void lane_order_add(struct lane_orders *o, struct order order)
{
	struct kept *k;

	if (o->ended)
		return;
	if (o->overflow || o->list.n == LANE_ORDERS_MAX || order.bytes.len > buf_room(&o->bytes)) {
		o->overflow = true;
		return;
	}
	o->ended = order.kind == ORDER_END;
	k = vec_push(&o->list);
	k->order = order;
	k->off = o->bytes.len;
	o->overflow = !buf_put_rd(&o->bytes, order.bytes);
}

size_t lane_n_orders(const struct lane_orders *o)
{
	return o->list.n + o->overflow;
}

struct order lane_order(const struct lane_orders *o, size_t i)
{
	struct rd all = buf_rd(&o->bytes);
	const struct kept *k;
	struct order order;

	if (i >= o->list.n)
		return (struct order){ .kind = ORDER_END, .why = WHY_FULL };
	k = vec_at(&o->list, i);
	order = k->order;
	ASSERT(rd_slice(&all, k->off, k->order.bytes.len, &order.bytes));
	return order;
}

const char *lane_why_text(enum lane_why why)
{
	static const char *const texts[] = {
		[WHY_NONE] = "",
		[WHY_UNKNOWN] = "no such command here",
		[WHY_AMBIGUOUS] = "the abbreviation fits several commands",
		[WHY_INCOMPLETE] = "the command is not complete",
		[WHY_BAD_TEXT] = "it holds characters that no command may hold",
		[WHY_TOO_LONG] = "it is too long",
		[WHY_BAD_PIPE] = "the bar may only filter",
		[WHY_NEEDS_SHELL] = "it holds characters that a shell acts on",
		[WHY_NOT_GRANTED] = "your grant does not cover it",
		[WHY_UNKNOWN_MODE] = "the gate does not know the element's present mode",
		[WHY_CARRIES_SECRET] = "it carries a password; the gate logs in by itself",
		[WHY_NOT_CONFIRMED] = "answer y or n",
		[WHY_ECHO_DIFFERS] = "the element echoed something else",
		[WHY_SWITCHES_TARGET] = "the session moves to another element",
		[WHY_LOGIN_FAILED] = "the element did not accept the gate's login",
		[WHY_FLOOD] = "too many protocol requests",
		[WHY_FULL] = "more than the gate holds at once",
		[WHY_INSPECTOR] = "the inspector ended it",
		[WHY_LEFT] = "you left",
		[WHY_PROTOCOL] = "it broke the protocol",
		[WHY_UNSUPPORTED] = "the gate does not support it",
		[WHY_OPAQUE] = "the gate cannot read it",
		[WHY_TOO_LARGE] = "the file is larger than the gate takes",
		[WHY_CHANGED] = "the file changed in quarantine",
		[WHY_NO_ECHO] = "a line was typed and not echoed",
		[WHY_SECRET_SHOWN] = "the element showed what it was given as a password",
		[WHY_TWICE] = "it says one thing twice, and the element might heed either",
	};

	ASSERT((unsigned)why < ARRAY_LEN(texts));
	return texts[why];
}

const char *lane_act_name(enum lane_act act)
{
	static const char *const names[] = {
		[ACT_LINE] = "line", [ACT_READ_FILE] = "read-file", [ACT_WRITE_FILE] = "write-file",
		[ACT_LIST] = "list", [ACT_REMOVE] = "remove", [ACT_RENAME] = "rename",
		[ACT_SET_ATTRIBUTES] = "set-attributes", [ACT_LINK] = "link", [ACT_MAKE_DIR] = "make-dir",
		[ACT_EXEC] = "exec", [ACT_SHELL] = "shell", [ACT_OPAQUE] = "opaque", [ACT_TYPED] = "typed",
	};

	ASSERT((unsigned)act < ARRAY_LEN(names));
	return names[act];
}

void lane_put_why(struct wr *w, const struct lane_orders *o, enum lane_why why)
{
	if (why == WHY_NOT_GRANTED && o->reason.len)
		wr_bytes(w, o->reason);
	else
		wr_str(w, lane_why_text(why));
}
