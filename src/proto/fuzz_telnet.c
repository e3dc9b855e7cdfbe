/*
 * Is:        fuzzing of telnet: first byte picks the side, the rest is the stream.
 *            Whole and byte by byte must agree, and no text may hold what was
 *            negotiation.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "proto/telnet.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct telnet a, b;
	AUTO(buf_done) struct buf text_a = { 0 }, text_b = { 0 }, reply_a = { 0 }, reply_b = { 0 };
	struct rd in = rd_of(data, size), one;
	uint8_t side = 0;
	int rc_a, rc_b = 0;

	buf_init(&text_a, 1 << 16);
	buf_init(&text_b, 1 << 16);
	buf_init(&reply_a, 1 << 16);
	buf_init(&reply_b, 1 << 16);
	(void)!rd_u8(&in, &side);
	telnet_init(&a, side & 1 ? TELNET_SERVER : TELNET_CLIENT, "xterm");
	b = a;
	rc_a = telnet_feed(&a, in, &text_a, &reply_a);
	while (rc_b == 0 && rd_take(&in, 1, &one))
		rc_b = telnet_feed(&b, one, &text_b, &reply_b);
	struct rd ta = buf_rd(&text_a), tb = buf_rd(&text_b), ra = buf_rd(&reply_a), rb = buf_rd(&reply_b);
	ASSERT(rc_a == rc_b);
	ASSERT(rd_equal(&ta, &tb) && rd_equal(&ra, &rb));
	ASSERT(ta.len <= size && a.n_bad == b.n_bad);
	return 0;
}
