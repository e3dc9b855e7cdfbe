/*
 * Is:        fuzzing of SCP: records of {side, length, bytes}, whole and byte by byte;
 *            both must agree and the bytes of files must add up.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "proto/path.h"
#include "proto/scp.h"
#include "testing/fuzz.h"

static bool count(void *arg, const struct scp_event *e)
{
	*(uint64_t *)arg += e->bytes.len;
	if (e->kind == SCP_FILE || e->kind == SCP_DIR)
		ASSERT(path_is_name(e->name));
	if (e->kind == SCP_BYTES)
		ASSERT(e->bytes.len > 0 && e->at + e->bytes.len <= e->size);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(data, size), part, one;
	struct scp whole, cut;
	uint64_t n_whole = 0, n_cut = 0;
	uint8_t side;

	scp_init(&whole, true);
	scp_init(&cut, true);
	while (rd_u8(&in, &side) && rd_part8(&in, 255, &part)) {
		enum scp_side from = side & 1 ? SCP_SINK : SCP_SOURCE;
		int a = scp_feed(&whole, from, part, count, &n_whole), b = 0;
		while (b == 0 && rd_take(&part, 1, &one))
			b = scp_feed(&cut, from, one, count, &n_cut);
		ASSERT(a == b && n_whole == n_cut && n_whole == whole.n_bytes);
		ASSERT(scp_may_end(&whole) == scp_may_end(&cut));
		if (a)
			break;
	}
	return 0;
}
