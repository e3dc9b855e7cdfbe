/*
 * Is:        tests of what a session program says to its gate, and deskd to the door.
 * Is not:    a test of either.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/talk/session_proto.h"

#include <string.h>

#include "proc/talk/door_proto.h"
#include "proto/ttymodes.h"
#include "testing/test.h"

static struct session_hello sample(void)
{
	struct session_hello h = { .kind = SESSION_EXEC, .has_tty = true, .cols = 132, .rows = 43, .n_env = 2 };

	h.login = rd_str("wei.zhang+hlr1");
	h.command = rd_str("show subscribers");
	h.term = rd_str("xterm");
	h.modes = rd_of("\3\0\0\0\10\0", 6);
	h.connection = rd_str("192.0.2.1 1234 192.0.2.2 22");
	h.auth = rd_str("publickey ssh-ed25519 AAAA\n");
	h.env[0] = rd_str("LANG=C");
	h.env[1] = rd_str("SLAGBOOM_TICKET=T-1");
	return h;
}

static void encode(struct buf *b, const struct session_hello *h)
{
	buf_init(b, 1 << 17);
	struct wr w = wr_to(b);
	session_hello_write(&w, h);
	CHECK(wr_ok(&w));
}

static bool refused(const struct session_hello *h)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct session_hello got;

	encode(&b, h);
	struct rd r = buf_rd(&b);
	size_t before = r.len;
	bool ok = session_hello_read(&r, &got);
	CHECK(ok || r.len == before);
	return !ok;
}

TEST(a_greeting_that_is_too_long_anywhere_is_refused)
{
	static uint8_t big[SESSION_COMMAND_MAX + 1];
	struct session_hello h;

	memset(big, 'x', sizeof(big));
	h = sample(), h.login = rd_of(big, SESSION_LOGIN_MAX + 1);
	CHECK(refused(&h));
	h = sample(), h.command = rd_of(big, SESSION_COMMAND_MAX + 1);
	CHECK(refused(&h));
	h = sample(), h.term = rd_of(big, SESSION_TEXT_MAX + 1);
	CHECK(refused(&h));
	h = sample(), h.connection = rd_of(big, SESSION_TEXT_MAX + 1);
	CHECK(refused(&h));
	h = sample(), h.auth = rd_of(big, SESSION_TEXT_MAX + 1);
	CHECK(refused(&h));
	h = sample(), h.env[1] = rd_of(big, SESSION_TEXT_MAX + 1);
	CHECK(refused(&h));
	h = sample(), h.modes = rd_of(big, TTYMODES_MAX + 1);
	CHECK(refused(&h));
	h = sample(), h.modes = rd_of("\3\0\0\0\10", 5); /* no end */
	CHECK(refused(&h));
	h = sample(), h.has_tty = false; /* modes of no terminal */
	CHECK(refused(&h));
	h = sample(), h.kind = (enum session_kind)3;
	CHECK(refused(&h));
	h = sample(), h.command = rd_of(big, SESSION_COMMAND_MAX);
	CHECK(!refused(&h));
}

TEST(numbers_that_make_no_sense_are_refused)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct session_hello h = sample(), got;
	uint8_t two = 2, nine = SESSION_ENV_MAX + 1;

	encode(&b, &h);
	CHECK(buf_patch(&b, 1, &two, 1)); /* neither with a terminal nor without */
	struct rd r = buf_rd(&b);
	CHECK(!session_hello_read(&r, &got));
	buf_done(&b);
	h.n_env = 0;
	encode(&b, &h);
	CHECK(buf_patch(&b, b.len - 1, &nine, 1));
	r = buf_rd(&b);
	CHECK(!session_hello_read(&r, &got));
}

TEST(a_greeting_comes_back_as_it_went_and_no_beginning_of_it_does)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct session_hello h = sample(), got;

	encode(&b, &h);
	struct rd all = buf_rd(&b), part;
	for (size_t n = 0; n < all.len; n++) {
		CHECK(rd_slice(&all, 0, n, &part));
		CHECK(!session_hello_read(&part, &got) && part.len == n);
	}
	CHECK(session_hello_read(&all, &got) && all.len == 0);
	CHECK(got.kind == SESSION_EXEC && got.has_tty && got.cols == 132 && got.rows == 43 && got.n_env == 2);
	CHECK_RD(got.login, h.login);
	CHECK_RD(got.command, h.command);
	CHECK_RD(got.term, h.term);
	CHECK_RD(got.modes, h.modes);
	CHECK_RD(got.connection, h.connection);
	CHECK_RD(got.auth, h.auth);
	CHECK_RD(got.env[0], h.env[0]);
	CHECK_RD(got.env[1], h.env[1]);
}

TEST(what_follows_a_greeting_stays)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct session_hello h = sample(), got;

	encode(&b, &h);
	CHECK(buf_put_str(&b, "more"));
	struct rd r = buf_rd(&b);
	CHECK(session_hello_read(&r, &got));
	CHECK_RD(r, rd_str("more"));
}

TEST(an_edge_order_is_whole_and_within_its_limits)
{
	static uint8_t big[DOOR_HOST_KEYS_MAX + 1];
	AUTO(buf_done) struct buf b = { 0 };
	struct door_edge e = { rd_str("gate-7"), rd_str("hlr1"), rd_str("ssh"), rd_str("192.0.2.1:22"), rd_str("hlr1-root"),
		rd_str("ssh-ed25519 AAAA\n") }, got;
	struct rd *field[] = { &e.gate, &e.asset, &e.protocol, &e.address, &e.credential, &e.host_keys }, part;
	size_t max[] = { DOOR_NAME_MAX, DOOR_NAME_MAX, DOOR_NAME_MAX, DOOR_ADDRESS_MAX, DOOR_CREDENTIAL_MAX, DOOR_HOST_KEYS_MAX };

	buf_init(&b, 1 << 17);
	for (size_t i = 0; i < ARRAY_LEN(field); i++) {
		struct rd before = *field[i];
		*field[i] = rd_of(big, max[i] + 1);
		buf_reset(&b);
		struct wr long_w = wr_to(&b);
		door_edge_write(&long_w, &e);
		struct rd r = buf_rd(&b);
		CHECK(!door_edge_read(&r, &got));
		*field[i] = before;
	}
	buf_reset(&b);
	struct wr w = wr_to(&b);
	door_edge_write(&w, &e);
	struct rd all = buf_rd(&b);
	for (size_t n = 0; n < all.len; n++)
		CHECK(rd_slice(&all, 0, n, &part) && !door_edge_read(&part, &got) && part.len == n);
	CHECK(door_edge_read(&all, &got) && all.len == 0);
	CHECK_RD(got.gate, e.gate);
	CHECK_RD(got.asset, e.asset);
	CHECK_RD(got.protocol, e.protocol);
	CHECK_RD(got.address, e.address);
	CHECK_RD(got.credential, e.credential);
	CHECK_RD(got.host_keys, e.host_keys);
}
