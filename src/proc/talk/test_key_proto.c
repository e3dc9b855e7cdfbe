/*
 * Is:        tests of a signature on its way to keyd.
 * Is not:    a test of the check (test_approval_check.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "base/buf.h"
#include "proc/talk/key_proto.h"
#include "testing/test.h"

static const uint8_t key[32] = { 1 }, signature[64] = { 2 }, long_word[65] = { 'x' };
static uint8_t long_message[12001];

static struct key_check usual(void)
{
	return (struct key_check){ .sig = { .kind = SSHSIG_SK_ED25519, .key = { key, 32 }, .signature = { signature, 64 },
		.application = rd_str("ssh:"), .name_space = rd_str("grant@slagboom"), .hash = rd_str("sha512"),
		.curve = rd_str("nistp256"), .exponent = rd_str("\1"), .signature_type = rd_str("sk"), .flags = 5,
		.counter = 7 }, .message = rd_str("slagboom-grant/1\n") };
}

/* What is too long, or of a kind that is never good, is not sent, and not read. */
TEST(checks_that_do_not_fit)
{
	struct key_check c;
	int n = 0;

#define UNFIT(change) do { \
		AUTO(buf_done) struct buf b = { 0 }; \
		struct key_check out; \
		c = usual(); \
		change; \
		buf_init(&b, 1 << 16); \
		struct wr w = wr_to(&b); \
		key_check_write(&w, &c); \
		struct rd r = buf_rd(&b); \
		CHECK(wr_ok(&w) && !key_check_fits(&c) && !key_check_read(&r, &out) && r.len == b.len); \
		n++; \
	} while (0)
	UNFIT(c.sig.kind = SSHSIG_RSA + 1);
	UNFIT(c.sig.key = rd_of(long_message, 1026));
	UNFIT(c.sig.signature = rd_of(long_message, 1025));
	UNFIT(c.sig.exponent = rd_of(long_message, 9));
	UNFIT(c.sig.curve = rd_of(long_word, sizeof(long_word)));
	UNFIT(c.sig.signature_type = rd_of(long_word, sizeof(long_word)));
	UNFIT(c.sig.application = rd_of(long_word, sizeof(long_word)));
	UNFIT(c.sig.name_space = rd_of(long_word, sizeof(long_word)));
	UNFIT(c.sig.hash = rd_of(long_word, sizeof(long_word)));
	UNFIT(c.message = rd_of(long_message, sizeof(long_message)));
	CHECK_INT(n, 10);
}

TEST(checks_byte_by_byte)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct key_check c = usual(), out;

	buf_init(&b, 1024);
	struct wr w = wr_to(&b);
	key_check_write(&w, &c);
	CHECK(wr_ok(&w));
	struct rd all = buf_rd(&b), part;
	for (size_t n = 0; n < all.len; n++) {
		CHECK(rd_slice(&all, 0, n, &part));
		CHECK(!key_check_read(&part, &out) && part.len == n);
	}
	CHECK(key_check_read(&all, &out) && all.len == 0);
	CHECK_RD(out.sig.key, c.sig.key);
	CHECK_RD(out.sig.signature, c.sig.signature);
	CHECK_RD(out.sig.name_space, c.sig.name_space);
	CHECK_RD(out.sig.curve, c.sig.curve);
	CHECK_RD(out.sig.exponent, c.sig.exponent);
	CHECK_RD(out.sig.signature_type, c.sig.signature_type);
	CHECK_RD(out.sig.hash, c.sig.hash);
	CHECK_RD(out.sig.application, c.sig.application);
	CHECK_RD(out.message, c.message);
	CHECK_U64(out.sig.counter, 7);
	CHECK_U64(out.sig.flags, 5);
	/* Nothing may follow. */
	CHECK(buf_put_u8(&b, 0));
	all = buf_rd(&b);
	CHECK(!key_check_read(&all, &out));
}
