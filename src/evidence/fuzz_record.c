/*
 * Is:        the fuzz target of records and of events on the wire.
 * Is not:    a test of storage.
 * Called by: libFuzzer and the corpus replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/json.h"
#include "evidence/record.h"
#include "testing/fuzz.h"

/* What a hostile process sends and evidenced accepts makes a record that reads back
 * and has no long number in it. */
static void through_a_record(struct rd wire)
{
	AUTO(buf_done) struct buf out = { 0 };
	struct record r = { .wall_ns = 1 };
	struct record_view v;

	buf_init(&out, RECORD_MAX);
	if (!event_decode(&wire, &r.event) || record_write(&out, &r) < 0)
		return;
	ASSERT(json_is_canonical(buf_rd(&out)) && record_read(buf_rd(&out), &v));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_view v;

	if (record_read(rd_of(data, size), &v))
		ASSERT(json_is_canonical(rd_of(data, size)));
	through_a_record(rd_of(data, size));
	return 0;
}
