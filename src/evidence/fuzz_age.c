/*
 * Is:        a fuzz target: age headers and payloads, and the text of keys.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/buf.h"
#include "evidence/age.h"
#include "testing/fuzz.h"

/* However the bytes come, the plaintext is the same. */
static void read_payload(struct rd in, const struct secret *id, size_t step, struct buf *out)
{
	AUTO(age_reader_done) struct age_reader a = { .n_chunks = 0 };
	struct rd part;
	size_t used;

	if (age_read_start(&a, in, id, 1, &used) != AGE_OK)
		return;
	ASSERT(rd_skip(&in, used));
	while (in.len) {
		ASSERT(rd_take(&in, in.len < step ? in.len : step, &part));
		if (age_read(&a, part, out) != AGE_OK)
			return;
	}
	(void)!age_read_end(&a, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char text[] =
	    "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";
	AUTO(secret_done) struct secret id = { 0 };
	AUTO(secret_done) struct secret other = { 0 };
	AUTO(buf_done) struct buf whole = { 0 }, parts = { 0 };
	struct rd in = rd_of(data, size), a, b;
	struct x25519_pub pub;

	buf_init(&whole, 4 << 20);
	buf_init(&parts, 4 << 20);
	ASSERT(age_identity_parse(rd_str(text), &id));
	read_payload(in, &id, size ? size : 1, &whole);
	read_payload(in, &id, 7, &parts);
	a = buf_rd(&whole);
	b = buf_rd(&parts);
	ASSERT(rd_equal(&a, &b));
	(void)!age_recipient_parse(in, &pub);
	(void)!age_identity_parse(in, &other);
	return 0;
}
