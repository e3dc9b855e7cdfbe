/*
 * Is:        fuzzing of the lane of command lines: records of {side, length, bytes}. What
 *            goes to the element, telnet aside, is only commands that were judged and the
 *            keys of a pager.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes from both sides.
 */
#include "base/assert.h"
#include "lane/line_lane.h"
#include "testing/fuzz.h"

static const char grammar[] = "mode view\n  enable\n  show version\n"
    "mode enable\n  show <version|subscribers [all]>\n  configure terminal\n  show subscriber WORD\n"
    "mode config\n  hostname WORD\n";
static const char dialect[] = "dialect x\nterminator ;\nname *\nname * *\npositional yes\nswitch REG NE:NAME\nsecret LGI:PWD\n";

static unsigned n_judged;

static enum lane_verdict judge(void *arg, const struct lane_command *c)
{
	n_judged++;
	ASSERT(c->canonical.len > 0);
	return c->canonical.len % 5 == 0 ? LANE_DENY : c->canonical.len % 7 == 0 ? LANE_ASK : LANE_ALLOW;
}

static enum lane_look look(void *arg, struct rd text, struct buf *out)
{
	return text.len % 31 == 30 ? LOOK_HOLD : text.len % 29 == 28 ? LOOK_REPLACE : LOOK_PASS;
}

/* Counts commands; every one of them was judged, or is a yes or no. */
static bool check(struct line_lane *l, struct lane_orders *o)
{
	unsigned n = 0;
	bool over = false;

	for (size_t i = 0; i < lane_n_orders(o); i++) {
		struct order order = lane_order(o, i);
		ASSERT(!over);
		over = order.kind == ORDER_END;
		if (order.kind == ORDER_COMMAND && !rd_is(&order.bytes, "y") && !rd_is(&order.bytes, "n") &&
		    !rd_is(&order.bytes, "yes") && !rd_is(&order.bytes, "no"))
			n++;
	}
	ASSERT(n <= n_judged);
	n_judged -= n;
	lane_orders_reset(o);
	return !over;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct line_lane_config config = { .hooks = { .judge = judge, .look = look } };
	struct rd in = rd_of(data, size), part;
	struct lane_orders orders;
	struct line_lane *l;
	struct mml_dialect mml;
	struct vty *vty = NULL;
	uint8_t how = 0, side;
	uint32_t at;

	(void)!rd_u8(&in, &how);
	config.dialect = (enum dialect)(how % DIALECTS);
	config.element_is_telnet = how & 64;
	config.engineer_is_telnet = how & 128;
	if (config.dialect <= DIALECT_FRR) {
		vty = vty_new(VTY_FRR);
		ASSERT(vty_load_list(vty, rd_str(grammar), &at) == 0);
		config.vty = vty;
	} else if (config.dialect <= DIALECT_MML_DX200) {
		ASSERT(mml_dialect(&mml, rd_str(dialect), &at) == 0);
		config.mml = &mml;
	}
	n_judged = 0;
	lane_orders_init(&orders);
	l = line_lane_new(&config);
	line_lane_start(l, &orders);
	while (check(l, &orders) && rd_u8(&in, &side) && rd_part8(&in, 255, &part)) {
		enum lane_side from = side & 1 ? LANE_ELEMENT : LANE_ENGINEER;
		if (side & 2)
			line_lane_answer(l, side >> 4, side & 4, &orders);
		else if (part.len <= line_lane_room(l, from))
			line_lane_feed(l, from, part, &orders);
	}
	line_lane_free(&l);
	vty_free(&vty);
	lane_orders_done(&orders);
	return 0;
}
