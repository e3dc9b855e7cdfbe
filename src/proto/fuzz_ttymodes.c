/*
 * Is:        fuzzing of a terminal's modes: what is canonical stays so when tamed, taming again
 *            changes nothing, and no character that can be seen is left.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "proto/ttymodes.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf once = { 0 }, twice = { 0 };
	struct rd in = rd_of(data, size), tamed, again;
	struct ttymodes_keys keys = TTYMODES_KEYS;

	if (!ttymodes_ok(in))
		return 0;
	ASSERT(size <= TTYMODES_MAX);
	buf_init(&once, TTYMODES_MAX);
	buf_init(&twice, TTYMODES_MAX);
	struct wr w = wr_to(&once), v = wr_to(&twice);
	ttymodes_tame(&w, in);
	tamed = buf_rd(&once);
	ttymodes_tame(&v, tamed);
	again = buf_rd(&twice);
	ASSERT(wr_ok(&w) && wr_ok(&v) && ttymodes_ok(tamed) && tamed.len <= size && rd_equal(&tamed, &again));
	ttymodes_keys(tamed, &keys);
	const uint8_t all[] = { keys.intr, keys.erase, keys.kill, keys.werase };
	for (size_t i = 0; i < sizeof(all); i++)
		ASSERT((all[i] < ' ' && all[i] != '\r' && all[i] != '\n') || all[i] == 0x7f || all[i] == 255);
	ASSERT(keys.kill != 255);
	return 0;
}
