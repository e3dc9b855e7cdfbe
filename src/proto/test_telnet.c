/*
 * Is:        tests of the telnet state machine.
 * Is not:    a test against a server (that is the lane's).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "proto/telnet.h"
#include "testing/test.h"

#define RAW(s) rd_of(s, sizeof(s) - 1)

struct peer {
	struct telnet t;
	struct buf text, reply;
};

static void peer_init(struct peer *p, enum telnet_side side)
{
	telnet_init(&p->t, side, "xterm");
	buf_init(&p->text, 1 << 16);
	buf_init(&p->reply, 1 << 16);
}

static void peer_done(struct peer *p)
{
	buf_done(&p->text);
	buf_done(&p->reply);
}

static int feed(struct peer *p, struct rd in)
{
	return telnet_feed(&p->t, in, &p->text, &p->reply);
}

TEST(telnet_option_inside_a_word_hides_nothing)
{
	AUTO(peer_done) struct peer p = { 0 };

	peer_init(&p, TELNET_SERVER);
	CHECK_INT(feed(&p, RAW("show sub\xff\xfd\x2ascri\xff\xfa\x18show\xff\xff\xff\xf0"
	    "b\xff\xf1" "ers al\xff\xfb\x63l\r\0")), 0);
	CHECK_RD(buf_rd(&p.text), rd_str("show subscribers all\r"));
}

TEST(telnet_greeting_of_a_real_element)
{
	AUTO(peer_done) struct peer p = { 0 };

	peer_init(&p, TELNET_CLIENT);
	CHECK_INT(telnet_resize(&p.t, 132, 50, &p.reply), 0);
	CHECK_U64(p.reply.len, 0);
	CHECK_INT(feed(&p, RAW("\xff\xfb\x01\xff\xfb\x03\xff\xfe\"\xff\xfd\x1fOsmoHLR> ")), 0);
	CHECK_RD(buf_rd(&p.text), rd_str("OsmoHLR> "));
	CHECK_RD(buf_rd(&p.reply), RAW("\xff\xfd\x01\xff\xfd\x03\xff\xfb\x1f"
	    "\xff\xfa\x1f\x00\x84\x00\x32\xff\xf0"));
	CHECK(telnet_him(&p.t, TELNET_OPT_ECHO) && telnet_us(&p.t, TELNET_OPT_NAWS));
}

TEST(telnet_refuses_what_it_does_not_know)
{
	AUTO(peer_done) struct peer p = { 0 };

	peer_init(&p, TELNET_CLIENT);
	CHECK_INT(feed(&p, RAW("\xff\xfd\x24\xff\xfb\x19\xff\xfd\x01\xff\xfc\x01\xff\xfe\x1f")), 0);
	CHECK_RD(buf_rd(&p.reply), RAW("\xff\xfc\x24\xff\xfe\x19\xff\xfc\x01"));
}

TEST(telnet_never_loops)
{
	AUTO(peer_done) struct peer a = { 0 }, b = { 0 };
	unsigned rounds = 0;

	peer_init(&a, TELNET_SERVER);
	peer_init(&b, TELNET_CLIENT);
	CHECK_INT(telnet_resize(&b.t, 80, 24, &b.reply), 0);
	CHECK_INT(telnet_start(&a.t, &a.reply), 0);
	while (a.reply.len || b.reply.len) {
		CHECK(rounds++ < 10);
		CHECK_INT(feed(&b, buf_rd(&a.reply)), 0);
		buf_reset(&a.reply);
		CHECK_INT(feed(&a, buf_rd(&b.reply)), 0);
		buf_reset(&b.reply);
	}
	CHECK_U64(a.t.width, 80);
	CHECK_STR(a.t.term, "xterm");
	CHECK(telnet_us(&a.t, TELNET_OPT_ECHO) && telnet_him(&b.t, TELNET_OPT_ECHO));
	CHECK_U64(a.text.len + b.text.len, 0);
}

/* RFC 1143 section 7: asking again before the answer queues, and settles. */
TEST(telnet_opposite_requests_settle)
{
	AUTO(peer_done) struct peer p = { 0 };

	peer_init(&p, TELNET_SERVER);
	CHECK_INT(telnet_ask_us(&p.t, TELNET_OPT_ECHO, true, &p.reply), 0);
	CHECK_INT(telnet_ask_us(&p.t, TELNET_OPT_ECHO, false, &p.reply), 0);
	CHECK_U64(p.reply.len, 3); /* the second waits */
	CHECK_INT(feed(&p, RAW("\xff\xfd\x01")), 0);
	CHECK_RD(buf_rd(&p.reply), RAW("\xff\xfb\x01\xff\xfc\x01"));
	CHECK_INT(feed(&p, RAW("\xff\xfe\x01")), 0);
	CHECK(!telnet_us(&p.t, TELNET_OPT_ECHO));
	CHECK_U64(p.reply.len, 6);
}

TEST(telnet_bounds_subnegotiation)
{
	AUTO(peer_done) struct peer p = { 0 };
	uint8_t big[TELNET_SUB_MAX * 4];

	peer_init(&p, TELNET_SERVER);
	memset(big, 'x', sizeof(big));
	CHECK_INT(feed(&p, RAW("\xff\xfa\x1f")), 0);
	CHECK_INT(feed(&p, rd_of(big, sizeof(big))), 0);
	CHECK_INT(feed(&p, RAW("\xff\xf0" "after")), 0);
	CHECK_RD(buf_rd(&p.text), rd_str("after"));
	CHECK_U64(p.t.n_bad, 1);
	/* A size that was never negotiated is not believed. */
	CHECK_INT(feed(&p, RAW("\xff\xfa\x1f\x00\x01\x00\x01\xff\xf0")), 0);
	CHECK_U64(p.t.width, 0);
	CHECK_U64(p.t.n_bad, 2);
}

TEST(telnet_command_inside_subnegotiation_ends_it)
{
	AUTO(peer_done) struct peer p = { 0 };

	peer_init(&p, TELNET_SERVER);
	CHECK_INT(feed(&p, RAW("\xff\xfa\x18\x00hidden\xff\xf7shown")), 0);
	CHECK_RD(buf_rd(&p.text), rd_str("\x7fshown"));
	CHECK_U64(p.t.n_bad, 1);
}

TEST(telnet_line_ends)
{
	AUTO(peer_done) struct peer p = { 0 };
	AUTO(buf_done) struct buf wire = { 0 };

	peer_init(&p, TELNET_SERVER);
	CHECK_INT(feed(&p, RAW("a\r\nb\r\0c\nd\r\re")), 0);
	CHECK_RD(buf_rd(&p.text), rd_str("a\rb\rc\nd\r\re"));
	buf_init(&wire, 100);
	CHECK(telnet_escape(RAW("a\r\nb\rc\n\xff"), &wire));
	CHECK_RD(buf_rd(&wire), RAW("a\r\nb\r\0c\r\n\xff\xff"));
}

TEST(telnet_flood_ends)
{
	AUTO(peer_done) struct peer p = { 0 };
	int rc = 0;
	unsigned n = 0;

	peer_init(&p, TELNET_SERVER);
	while (rc == 0 && n++ < 2 * TELNET_ANSWERS_MAX)
		rc = feed(&p, RAW("\xff\xfb\x63"));
	CHECK_INT(rc, TELNET_FLOOD);
	CHECK_U64(p.reply.len, 3 * TELNET_ANSWERS_MAX);
}

TEST(telnet_full_is_told)
{
	struct peer p;

	telnet_init(&p.t, TELNET_SERVER, "");
	buf_init(&p.text, 2);
	buf_init(&p.reply, 2);
	CHECK_INT(feed(&p, rd_str("abc")), TELNET_FULL);
	CHECK_INT(feed(&p, RAW("\xff\xfb\x63")), TELNET_FULL);
	peer_done(&p);
}

/* The same stream, cut anywhere, gives the same text and the same answers. */
TEST(telnet_trickle)
{
	static const char in[] = "lo\xff\xfb\x01g\xff\xfa\x1f\x00\xff\xff\x00\x18\xff\xf0in\r\0\xff\xff"
				 "\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0\r\nend\xff\xf4";
	AUTO(peer_done) struct peer whole = { 0 }, cut = { 0 };

	peer_init(&whole, TELNET_SERVER);
	peer_init(&cut, TELNET_SERVER);
	CHECK_INT(telnet_start(&whole.t, &whole.reply), 0);
	CHECK_INT(telnet_start(&cut.t, &cut.reply), 0);
	for (int round = 0; round < 50; round++) {
		struct rd r = RAW(in), part;
		CHECK_INT(feed(&whole, r), 0);
		while (r.len) {
			size_t n = round == 0 ? 1 : 1 + (size_t)test_below(r.len);
			CHECK(rd_take(&r, n, &part));
			CHECK_INT(feed(&cut, part), 0);
		}
		CHECK_RD(buf_rd(&cut.text), buf_rd(&whole.text));
		CHECK_RD(buf_rd(&cut.reply), buf_rd(&whole.reply));
	}
}
