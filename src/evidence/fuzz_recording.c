/*
 * Is:        a fuzz target: opened shares and opened segments.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "evidence/recording.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf unpacked = { 0 };
	struct rd in = rd_of(data, size), r = in;
	uint8_t id[RECORDING_ID_LEN];
	struct recording_share s;
	struct secret joined;
	struct frame f;
	uint32_t number;

	if (recording_share_parse(in, &s)) {
		if (recording_join(&s, &s, &joined))
			secret_done(&joined);
		recording_share_done(&s);
	}
	buf_init(&unpacked, SEGMENT_FRAMES_MAX);
	if (segment_take_head(&r, id, &number, &unpacked) != SEGMENT_OK)
		return 0;
	while (segment_take_frame(&r, &f) == SEGMENT_OK)
		ASSERT(f.bytes.len <= FRAME_MAX);
	return 0;
}
