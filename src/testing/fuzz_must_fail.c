/*
 * Is:        a parser with a planted bug: one byte too far, behind a word that only
 *            a fuzzer that watches our libraries' comparisons finds in time.
 * Is not:    a target of the product; it is outside the corpora and replays.
 * Called by: tools/fuzz, which must see it crash.
 * Owns:      nothing.
 * Trust:     hostile bytes, and it fails them.
 */
#include "base/mem.h"
#include "base/rd.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(data, size), word;
	AUTO(mem_free) uint8_t *copy = NULL;
	uint32_t magic;
	uint8_t n;

	if (!rd_u32(&r, &magic) || magic != 0x736c6167 || !rd_until(&r, ' ', &word))
		return 0;
	if (!rd_is(&word, "boom") || !rd_u8(&r, &n))
		return 0;
	copy = mem_new(n, 1);
	/* The bug: the last of n + 1 bytes. */
	copy[n] = n;
	return copy[n / 2] == 0xff ? 1 : 0;
}
