/*
 * Is:        the fuzz target of the questions to tokend and of its answers: what is
 *            read is written again to the same bytes, and nothing else is read.
 * Is not:    a look-up.
 * Called by: the fuzzer and every test run.
 * Owns:      nothing.
 * Trust:     hostile bytes, which is the point.
 */
#include "base/assert.h"
#include "os/ipc.h"
#include "proc/talk/ask_proto.h"
#include "testing/fuzz.h"

static void same(const struct buf *b, struct rd from)
{
	struct rd again = buf_rd(b);

	ASSERT(rd_equal(&again, &from));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ask ask;
	static struct ask_answer answer;
	struct rd r = rd_of(data, size < IPC_BODY_MAX ? size : IPC_BODY_MAX), whole = r;
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;

	buf_init(&b, IPC_BODY_MAX);
	w = wr_to(&b);
	if (ask_read(&r, &ask)) {
		ASSERT(r.len == 0 && ask.n > 0 && ask.n <= ASK_IDS_MAX);
		ask_write(&w, &ask);
		ASSERT(wr_ok(&w));
		same(&b, whole);
	} else {
		ASSERT(rd_equal(&r, &whole));
	}
	r = whole;
	buf_reset(&b);
	if (ask_answer_read(&r, &answer)) {
		ASSERT(r.len == 0 && answer.n <= ASK_IDS_MAX);
		ask_answer_write(&w, &answer);
		ASSERT(wr_ok(&w));
		same(&b, whole);
	}
	return 0;
}
