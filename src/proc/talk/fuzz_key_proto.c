/*
 * Is:        the fuzz target of a signature on its way to keyd: what reads fits, writes the same
 *            bytes, and is checked without harm.
 * Is not:    a fuzz of the signature's own text (policy/fuzz_sshsig.c).
 * Called by: the fuzzer and the replay of its corpus.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/buf.h"
#include "proc/keyd/approval_check.h"
#include "proc/talk/key_proto.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf back = { 0 };
	struct rd in = rd_of(data, size), whole = in;
	struct key_check c;

	if (!key_check_read(&in, &c)) {
		ASSERT(in.len == whole.len);
		return 0;
	}
	ASSERT(key_check_fits(&c) && in.len == 0);
	buf_init(&back, 65536);
	struct wr w = wr_to(&back);
	key_check_write(&w, &c);
	struct rd written = buf_rd(&back);
	ASSERT(wr_ok(&w) && rd_equal(&written, &whole));
	(void)!approval_check(NULL, &c.sig, c.message);
	return 0;
}
