/*
 * Is:        tests of what a gate and an edge say to each other.
 * Is not:    a test of an edge.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/talk/edge_proto.h"

#include <string.h>

#include "proto/ttymodes.h"
#include "testing/test.h"

static const struct edge_open sample = {
	.kind = EDGE_EXEC,
	.wants_tty = true,
	.cols = 132,
	.rows = 43,
};

static struct edge_open full(void)
{
	struct edge_open o = sample;

	o.term = rd_str("xterm-256color");
	o.modes = rd_of("\3\0\0\0\10\0", 6);
	o.command = rd_str("show subscribers");
	o.n_env = 2;
	o.env[0] = rd_str("LANG=nl_NL.UTF-8");
	o.env[1] = rd_str("LC_ALL=");
	return o;
}

static void encode(struct buf *b, const struct edge_open *o)
{
	buf_init(b, 1 << 16);
	struct wr w = wr_to(b);
	edge_open_write(&w, o);
	CHECK(wr_ok(&w));
}

static bool refused(const struct edge_open *o)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct edge_open got;

	encode(&b, o);
	struct rd r = buf_rd(&b);
	size_t before = r.len;
	bool ok = edge_open_read(&r, &got);
	CHECK(ok || r.len == before);
	return !ok;
}

TEST(edge_open_refuses_what_makes_no_sense)
{
	static const uint8_t nul[] = { 'a', 0, 'b' };
	static uint8_t big[EDGE_COMMAND_MAX + 1];
	struct edge_open o;

	memset(big, 'x', sizeof(big));
	o = full(), o.command = rd_str("");
	CHECK(refused(&o));
	o.kind = EDGE_SUBSYSTEM;
	CHECK(refused(&o));
	o = full(), o.kind = EDGE_SHELL;
	CHECK(refused(&o));
	o.kind = EDGE_STREAM;
	CHECK(refused(&o));
	o = full(), o.command = rd_of(nul, sizeof(nul));
	CHECK(refused(&o));
	o = full(), o.term = rd_of(nul, sizeof(nul));
	CHECK(refused(&o));
	o = full(), o.env[1] = rd_of(nul, sizeof(nul));
	CHECK(refused(&o));
	o = full(), o.env[0] = rd_str("no equals sign");
	CHECK(refused(&o));
	o = full(), o.env[0] = rd_str("=value");
	CHECK(refused(&o));
	o = full(), o.command = rd_of(big, EDGE_COMMAND_MAX + 1);
	CHECK(refused(&o));
	o.command = rd_of(big, EDGE_COMMAND_MAX);
	CHECK(!refused(&o));
	o = full(), o.term = rd_of(big, EDGE_TEXT_MAX + 1);
	CHECK(refused(&o));
	o = full(), o.env[0] = rd_of(big, EDGE_TEXT_MAX + 1);
	CHECK(refused(&o));
	o = full(), o.modes = rd_of(big, TTYMODES_MAX + 1);
	CHECK(refused(&o));
	o = full(), o.modes = rd_of("\3\0\0\1\10\0", 6); /* no such character */
	CHECK(refused(&o));
	o = full(), o.modes = rd_of("", 0);
	CHECK(!refused(&o));
	o = full(), o.wants_tty = false; /* modes of no terminal */
	CHECK(refused(&o));
	o.modes = rd_of("", 0);
	CHECK(!refused(&o));
}

static void check_bytes(uint8_t at, uint8_t value, bool want)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct edge_open o = full(), got;

	encode(&b, &o);
	CHECK(buf_patch(&b, at, &value, 1));
	struct rd r = buf_rd(&b);
	CHECK(edge_open_read(&r, &got) == want);
}

TEST(edge_open_refuses_wrong_bytes)
{
	check_bytes(0, EDGE_EXEC, true);
	check_bytes(0, EDGE_SUBSYSTEM, true);
	check_bytes(0, EDGE_SUBSYSTEM + 1, false);
	check_bytes(0, 255, false);
	check_bytes(1, 1, true);
	check_bytes(1, 2, false);
	/* The number of variables stands behind 6 + 2+14 + 2+6 + 2+16 bytes. */
	check_bytes(48, 2, true);
	check_bytes(48, 3, false);
	check_bytes(48, EDGE_ENV_MAX + 1, false);
}

TEST(edge_open_goes_there_and_back)
{
	AUTO(buf_done) struct buf b = { 0 }, again = { 0 };
	struct edge_open o = full(), got;

	encode(&b, &o);
	struct rd r = buf_rd(&b);
	CHECK(edge_open_read(&r, &got));
	CHECK_U64(r.len, 0);
	CHECK(got.kind == EDGE_EXEC && got.wants_tty && got.cols == 132 && got.rows == 43);
	CHECK_RD(got.term, o.term);
	CHECK_RD(got.modes, o.modes);
	CHECK_RD(got.command, o.command);
	CHECK_U64(got.n_env, 2);
	CHECK_RD(got.env[1], o.env[1]);
	encode(&again, &got);
	CHECK_RD(buf_rd(&again), buf_rd(&b));
}

/* Cut anywhere, it is refused and nothing is taken. */
TEST(edge_open_trickle)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct edge_open o = full(), got = { .cols = 7 };

	encode(&b, &o);
	for (size_t n = 0; n < b.len; n++) {
		struct rd r = buf_rd(&b), part;
		CHECK(rd_take(&r, n, &part));
		CHECK(!edge_open_read(&part, &got));
		CHECK_U64(part.len, n);
		CHECK_U64(got.cols, 7);
	}
}

TEST(edge_failures_have_a_text_each)
{
	for (unsigned f = 0; f < EDGE_FAILURES; f++)
		for (unsigned g = 0; g < f; g++)
			CHECK(strcmp(edge_failure_text((enum edge_failure)f), edge_failure_text((enum edge_failure)g)) != 0);
}
