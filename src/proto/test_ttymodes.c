/*
 * Is:        tests of a terminal's modes as SSH writes them.
 * Is not:    a test of a terminal (tests/whole/modes).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proto/ttymodes.h"

#include <string.h>
#include <termios.h>

#include "testing/test.h"

static bool ok(const char *bytes, size_t n)
{
	return ttymodes_ok(rd_of(bytes, n));
}
#define OK(s) ok(s, sizeof(s) - 1)

TEST(ttymodes_refuses_what_is_not_canonical)
{
	CHECK(!OK("\1\0\0\0\3"));                      /* no end */
	CHECK(!OK("\1\0\0\0"));
	CHECK(!OK("\1\0\0\0\3\0\0"));                  /* something behind the end */
	CHECK(!OK("\0\1\0\0\0\3\0"));
	CHECK(!OK("\1\0\0\0\3\1\0\0\0\3\0"));          /* twice */
	CHECK(!OK("\3\0\0\0\3\1\0\0\0\3\0"));          /* falling */
	CHECK(!OK("\23\0\0\0\0\0"));                   /* unknown: 19 */
	CHECK(!OK("\240\0\0\0\0\0"));                  /* 160: nobody knows how long it is */
	CHECK(!OK("\1\0\0\1\0\0"));                    /* no such character */
	CHECK(!OK("\63\0\0\0\2\0"));                   /* 51, ICANON: neither on nor off */
	CHECK(!OK("\200\1\0\0\0\0"));                  /* no such speed */
	CHECK(OK(""));
	CHECK(OK("\0"));
	CHECK(OK("\1\0\0\0\377\3\0\0\0\10\63\0\0\0\1\200\0\0\226\0\201\0\0\226\0\0"));
}

static struct termios sample(void)
{
	struct termios t;

	memset(&t, 0, sizeof(t));
	t.c_iflag = ICRNL | IXOFF | IUTF8;
	t.c_oflag = OPOST | ONLCR;
	t.c_lflag = ISIG | ICANON | ECHO | TOSTOP;
	t.c_cflag = CS8 | CREAD;
	t.c_cc[VINTR] = 0x07;
	t.c_cc[VERASE] = 0x08;
	t.c_cc[VKILL] = 0; /* none */
	t.c_cc[VWERASE] = 0x17;
	t.c_cc[VEOL] = 'q';
	(void)cfsetispeed(&t, B19200);
	(void)cfsetospeed(&t, B19200);
	return t;
}

static bool holds(struct rd modes, uint8_t op, uint32_t value)
{
	uint8_t got;
	uint32_t v;

	while (rd_u8(&modes, &got) && got && rd_u32(&modes, &v))
		if (got == op)
			return v == value;
	return false;
}

TEST(ttymodes_are_written_as_rfc_4254_has_them)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct termios t = sample();

	buf_init(&b, TTYMODES_MAX);
	struct wr w = wr_to(&b);
	ttymodes_write(&w, &t);
	struct rd m = buf_rd(&b);
	CHECK(wr_ok(&w) && ttymodes_ok(m));
	CHECK(holds(m, 1, 7) && holds(m, 3, 8) && holds(m, 4, 255) && holds(m, 13, 0x17) && holds(m, 6, 'q'));
	CHECK(holds(m, 36, 1) && holds(m, 38, 0) && holds(m, 40, 1) && holds(m, 42, 1));
	CHECK(holds(m, 50, 1) && holds(m, 51, 1) && holds(m, 53, 1) && holds(m, 58, 1) && holds(m, 59, 0));
	CHECK(holds(m, 70, 1) && holds(m, 72, 1) && holds(m, 75, 0) && holds(m, 91, 1) && holds(m, 92, 0));
	CHECK(holds(m, 128, 19200) && holds(m, 129, 19200));
	CHECK(!holds(m, 11, 255)); /* Linux has none */
	for (size_t n = 1; n < m.len; n++) {
		struct rd part;
		CHECK(rd_slice(&m, 0, n, &part) && !ttymodes_ok(part));
	}
}

TEST(ttymodes_tamed_have_no_character_that_can_be_seen)
{
	AUTO(buf_done) struct buf b = { 0 }, tame = { 0 };
	struct termios t = sample();
	struct ttymodes_keys keys = TTYMODES_KEYS;

	t.c_lflag |= IEXTEN;
	t.c_cc[VERASE] = 'e';
	t.c_cc[VKILL] = ' ';
	t.c_cc[VLNEXT] = 0xe9;
	t.c_cc[VWERASE] = 0x7f;
	buf_init(&b, TTYMODES_MAX);
	buf_init(&tame, TTYMODES_MAX);
	struct wr w = wr_to(&b), v = wr_to(&tame);
	ttymodes_write(&w, &t);
	ttymodes_tame(&v, buf_rd(&b));
	struct rd m = buf_rd(&tame);
	CHECK(wr_ok(&v) && ttymodes_ok(m));
	CHECK_U64(m.len + 4 * 5, b.len); /* and VEOL */
	CHECK(holds(m, 1, 7) && holds(m, 13, 0x7f) && !holds(m, 3, 'e') && !holds(m, 4, ' ') && !holds(m, 6, 'q') && !holds(m, 14, 0xe9));
	CHECK(holds(m, 51, 1) && holds(m, 33, 0) && holds(m, 37, 0) && holds(m, 52, 0));
	ttymodes_keys(m, &keys);
	CHECK(keys.intr == 7 && keys.erase == 0x7f && keys.kill == 0x15 && keys.werase == 0x7f);
}

TEST(ttymodes_tamed_keep_lines_as_they_are_typed)
{
	AUTO(buf_done) struct buf b = { 0 }, tame = { 0 };
	struct termios t = sample();

	t.c_iflag |= ISTRIP | IUCLC;
	t.c_lflag = ISIG | XCASE | ECHO;
	t.c_cc[VERASE] = '\r';
	buf_init(&b, TTYMODES_MAX);
	buf_init(&tame, TTYMODES_MAX);
	struct wr w = wr_to(&b), v = wr_to(&tame);
	ttymodes_write(&w, &t);
	ttymodes_tame(&v, buf_rd(&b));
	struct rd m = buf_rd(&tame);
	CHECK(wr_ok(&v) && ttymodes_ok(m) && m.len + 7 * 5 == b.len); /* these, VKILL of none, VEOL of q */
	CHECK(!holds(m, 3, '\r') && !holds(m, 4, 255) && !holds(m, 33, 1) && !holds(m, 37, 1) && !holds(m, 51, 0) && !holds(m, 52, 1));
	CHECK(holds(m, 50, 1) && holds(m, 53, 1) && holds(m, 59, 0));
}

TEST(ttymodes_say_their_keys)
{
	struct ttymodes_keys keys = TTYMODES_KEYS;

	ttymodes_keys(rd_of("", 0), &keys);
	CHECK(keys.intr == 3 && keys.erase == 0x7f && keys.kill == 0x15 && keys.werase == 0x17);
	ttymodes_keys(rd_of("\3\0\0\0\10\4\0\0\0\30\0", 11), &keys);
	CHECK(keys.intr == 3 && keys.erase == 8 && keys.kill == 0x18 && keys.werase == 0x17);
	ttymodes_keys(rd_of("\62\0\0\0\0\73\0\0\0\0\0", 11), &keys); /* neither signals nor extensions */
	CHECK(keys.intr == 255 && keys.erase == 8 && keys.werase == 255);
}
