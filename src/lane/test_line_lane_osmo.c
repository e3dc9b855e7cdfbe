/*
 * Is:        the lane of command lines in front of a real osmo-hlr on loopback: what is
 *            refused has no effect there, what is pasted runs line by line, and the echo of
 *            every command is what was sent.
 * Is not:    run where osmo-hlr is not installed: then it is skipped, and says so.
 * Called by: the test run.
 * Owns:      one osmo-hlr with an empty database.
 * Trust:     no input.
 */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wr.h"
#include "lane/line_lane.h"
#include "proto/test_element.h"
#include "testing/test.h"

static struct line_lane *lane;
static struct lane_orders orders;
static struct buf screen, notes;

static enum lane_verdict judge(void *arg, const struct lane_command *c)
{
	return test_holds(c->canonical, "delete") || test_holds(c->canonical, "subscribers all") ? LANE_DENY : LANE_ALLOW;
}

static enum lane_look look(void *arg, struct rd text, struct buf *out)
{
	return LOOK_PASS;
}

static void carry_out(void)
{
	struct wr w = wr_to(&notes);

	for (size_t i = 0; i < lane_n_orders(&orders); i++) {
		struct order o = lane_order(&orders, i);
		if (o.kind == ORDER_SEND && o.to == LANE_ELEMENT)
			CHECK(write(element.fd, o.bytes.p, o.bytes.len) == (ssize_t)o.bytes.len);
		else if (o.kind == ORDER_SEND)
			CHECK(buf_put_rd(&screen, o.bytes));
		else if (o.kind == ORDER_FINDING || o.kind == ORDER_END || o.kind == ORDER_REFUSE)
			wr_text(&w, "%s: %.*s\n", lane_why_text(o.why), (int)o.bytes.len, (const char *)o.bytes.p);
	}
	CHECK(wr_ok(&w));
	lane_orders_reset(&orders);
}

/* Until the element is quiet and the lane is ready. */
static void settle(void)
{
	struct pollfd pfd = { .fd = element.fd, .events = POLLIN };
	uint8_t raw[1000];

	carry_out();
	for (int quiet = 0; quiet < 2;) {
		if (poll(&pfd, 1, line_lane_is_ready(lane) ? 10 : 2000) == 0) {
			quiet++;
			continue;
		}
		ssize_t n = read(element.fd, raw, sizeof(raw));
		CHECK(n > 0);
		line_lane_feed(lane, LANE_ELEMENT, rd_of(raw, (size_t)n), &orders);
		carry_out();
		quiet = 0;
	}
	CHECK(line_lane_is_ready(lane));
}

static void types(const char *keys)
{
	buf_reset(&screen);
	line_lane_feed(lane, LANE_ENGINEER, rd_str(keys), &orders);
	settle();
}

TEST(lane_in_front_of_a_real_element)
{
	AUTO(mem_free) uint8_t *raw = NULL;
	AUTO(vty_free) struct vty *g = vty_new(VTY_OSMO);
	struct line_lane_config config = { .dialect = DIALECT_OSMOCOM_VTY, .vty = g, .element_is_telnet = true,
		.width = 80, .height = 24, .hooks = { .judge = judge, .look = look } };
	uint32_t line;

	element_start_hlr();
	size_t n = test_file("tests/data/vty/osmo-hlr-1.5.0.xml", &raw);
	CHECK_INT(vty_load_xml(g, rd_of(raw, n), &line), 0);
	buf_init(&screen, 1 << 20);
	buf_init(&notes, 1 << 16);
	lane_orders_init(&orders);
	lane = line_lane_new(&config);
	line_lane_start(lane, &orders);
	settle();
	types("en\rterm le 0\rsubscriber imsi 999700000000042 crea\rsub id 1 up msis 999000000042\r");
	CHECK(test_holds(buf_rd(&screen), "Updated subscriber IMSI='999700000000042' to MSISDN='999000000042'"));
	types("sub id 1 dele\r\x1b[A\rsubscriber imsi 999700000000042 delete\rconf t\rdo sub id 1 del\rend\r");
	types("\x1b[200~show subscriber id 1\r\nshow subscribers al\r\n\x1b[201~");
	CHECK(test_holds(buf_rd(&screen), "MSISDN: 999000000042")); /* still there */
	CHECK(!test_holds(buf_rd(&screen), "of 1 subscriber"));
	/* It drops what is not ASCII, and would run another command than the one that was judged. */
	types("subscriber imsi 9997\xc3\xa9" "00000000043 create\r");
	CHECK(!test_holds(buf_rd(&screen), "999700000000043"));
	CHECK_RD(buf_rd(&notes), rd_str("your grant does not cover it: subscriber id 1 delete\n"
	    "your grant does not cover it: subscriber id 1 delete\n"
	    "your grant does not cover it: subscriber imsi 999700000000042 delete\n"
	    "your grant does not cover it: do subscriber id 1 delete\n"
	    "your grant does not cover it: show subscribers all\n"
	    "it holds characters that no command may hold: subscriber imsi 9997\xc3\xa9" "00000000043 create\n"));
	line_lane_free(&lane);
	lane_orders_done(&orders);
	buf_done(&screen);
	buf_done(&notes);
	element_stop();
}
