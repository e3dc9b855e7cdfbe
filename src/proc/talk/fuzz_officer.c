/*
 * Is:        the fuzz target of an officer's question: what reads writes the same bytes.
 * Is not:    a fuzz of the desk.
 * Called by: the fuzzer and the replay of its corpus.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/text.h"
#include "proc/talk/desk_officer.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf back = { 0 };
	struct rd in = rd_of(data, size), whole = in, read;
	struct officer_ask a;

	if (!officer_ask_read(&in, &a)) {
		ASSERT(in.len == whole.len);
		return 0;
	}
	ASSERT(a.n <= OFFICER_ARGS_MAX);
	for (uint32_t i = 0; i < a.n; i++)
		ASSERT(text_is_utf8(a.arg[i]));
	buf_init(&back, 65536);
	struct wr w = wr_to(&back);
	officer_ask_write(&w, &a);
	ASSERT(wr_ok(&w) && rd_slice(&whole, 0, whole.len - in.len, &read));
	struct rd written = buf_rd(&back);
	ASSERT(rd_equal(&written, &read));
	return 0;
}
