/*
 * Is:        fuzzing of SFTP: first byte of each record picks the side; packets are
 *            parsed and matched.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "proto/path.h"
#include "proto/sftp.h"
#include "testing/fuzz.h"

static void one_path(struct rd path)
{
	AUTO(buf_done) struct buf once = { 0 }, twice = { 0 };

	buf_init(&once, 3 * PATH_LEN_MAX);
	buf_init(&twice, 3 * PATH_LEN_MAX);
	if (path_clean(rd_str("/home"), path, &once) == PATH_BAD)
		return;
	ASSERT(path_clean(rd_str("/home"), buf_rd(&once), &twice) == 0 || once.len > PATH_LEN_MAX);
	struct rd a = buf_rd(&once), b = buf_rd(&twice);
	ASSERT(once.len > PATH_LEN_MAX || rd_equal(&a, &b));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(sftp_free) struct sftp *s = sftp_new();
	struct rd in = rd_of(data, size);
	struct sftp_packet p;
	struct sftp_done d;
	struct sftp_entry e;
	size_t used, need;
	uint8_t side;

	while (rd_u8(&in, &side)) {
		enum sftp_side from = side & 1 ? SFTP_FROM_SERVER : SFTP_FROM_CLIENT;
		if (sftp_parse(in, from, &p, &used, &need) != 0) {
			ASSERT(need <= SFTP_PACKET_MAX + 4);
			return 0;
		}
		ASSERT(used <= in.len && rd_skip(&in, used));
		for (uint32_t i = 0; i < p.n_names; i++)
			ASSERT(sftp_name(&p.names, &e));
		one_path(p.path);
		if (from == SFTP_FROM_CLIENT)
			(void)!sftp_request(s, &p);
		else if (sftp_answer(s, &p, &d) == 0)
			ASSERT(*sftp_type_name(d.type) != '?');
	}
	return 0;
}
