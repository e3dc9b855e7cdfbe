/*
 * Is:        the fuzz target of time zone files.
 * Is not:    a test of windows.
 * Called by: the fuzzer and the replay of its corpus.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "policy/zone.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t times[] = {
		INT64_MIN, -1, 0, 1795420800, 2531955600, (int64_t)1 << 36, INT64_MAX,
	};
	struct zone z;

	if (zone_parse(rd_of(data, size), &z) != 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		int32_t offset = zone_offset(&z, times[i]);
		ASSERT(offset > -2 * 86400 && offset < 2 * 86400);
	}
	return 0;
}
