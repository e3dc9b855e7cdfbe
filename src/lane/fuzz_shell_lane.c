/*
 * Is:        fuzzing of the shell lane: records of {what, length, bytes}. Every key reaches the
 *            element once and in order, but for line ends that were refused; all output that
 *            passes reaches the engineer.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes from both sides.
 */
#include "base/assert.h"
#include "lane/shell_lane.h"
#include "testing/fuzz.h"

static uint64_t n_in, n_out, n_shown, n_passed;
static uint32_t last_id, ask_id;

static enum lane_verdict judge(void *arg, const struct lane_command *c)
{
	ASSERT(c->canonical.len > 0 && c->act == ACT_TYPED);
	return c->canonical.len % 5 == 0 ? LANE_DENY : c->canonical.len % 7 == 0 ? LANE_ASK : LANE_ALLOW;
}

static enum lane_look look(void *arg, struct rd text, struct buf *out)
{
	if (text.len % 31 == 30)
		return LOOK_HOLD;
	n_passed += text.len;
	return LOOK_PASS;
}

static bool check(const struct lane_orders *o)
{
	for (size_t i = 0; i < lane_n_orders(o); i++) {
		struct order order = lane_order(o, i);
		if (order.kind == ORDER_END)
			return false;
		if (order.kind == ORDER_ASK || order.kind == ORDER_HOLD)
			last_id = order.id;
		if (order.kind == ORDER_ASK)
			ask_id = order.id;
		if (order.kind == ORDER_SEND && order.to == LANE_ELEMENT)
			n_out += order.bytes.len;
		if (order.kind == ORDER_SEND && order.to == LANE_ENGINEER)
			n_shown += order.bytes.len;
	}
	ASSERT(n_out <= n_in); /* a refused line end is replaced by one key */
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shell_lane_config config = { .guard = true, .keys = TTYMODES_KEYS, .hooks = { .judge = judge, .look = look } };
	struct rd in = rd_of(data, size), part;
	struct lane_orders orders;
	struct shell_lane *l = shell_lane_new(&config);
	uint8_t what;
	bool lives = true;

	n_in = n_out = n_shown = n_passed = 0;
	last_id = ask_id = 0;
	lane_orders_init(&orders);
	while (lives && rd_u8(&in, &what) && rd_part8(&in, 255, &part)) {
		enum lane_side from = what & 1 ? LANE_ELEMENT : LANE_ENGINEER;
		if (what & 2) {
			shell_lane_answer(l, what & 8 ? last_id : what >> 4, what & 4, &orders);
		} else if (part.len <= shell_lane_room(l, from)) {
			n_in += from == LANE_ENGINEER ? part.len : 0;
			shell_lane_feed(l, from, part, &orders);
		}
		lives = check(&orders);
		lane_orders_reset(&orders);
	}
	/* Let every ask pass: then nothing is left behind. */
	for (uint64_t i = 0; lives && i <= n_in; i++) {
		shell_lane_answer(l, ask_id, true, &orders);
		lives = check(&orders);
		lane_orders_reset(&orders);
	}
	ASSERT(!lives || n_out == n_in);
	ASSERT(n_shown >= n_passed || !lives);
	shell_lane_free(&l);
	lane_orders_done(&orders);
	return 0;
}
