/*
 * Is:        fuzzing of the ssh-agent protocol: whole and byte by byte give the same
 *            requests; a login that is read, is written back byte for byte; nothing is both a
 *            login and an exchange hash.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "proto/agent.h"
#include "testing/fuzz.h"

static void check_login(struct rd data)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct agent_login l;

	if (!agent_login_read(data, &l))
		return;
	ASSERT(!agent_is_exchange_hash(data));
	buf_init(&b, 1 << 16);
	struct wr w = wr_to(&b);
	wr_part32(&w, l.session);
	wr_u8(&w, 50);
	wr_part32(&w, l.user);
	wr_part32(&w, rd_str("ssh-connection"));
	wr_part32(&w, rd_str(l.host_key.len ? "publickey-hostbound-v00@openssh.com" : "publickey"));
	wr_u8(&w, 1);
	wr_part32(&w, l.algorithm);
	wr_part32(&w, l.key);
	if (l.host_key.len)
		wr_part32(&w, l.host_key);
	struct rd wrote = buf_rd(&b);
	ASSERT(wr_ok(&w) && rd_equal(&wrote, &data));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf trickled = { 0 };
	struct rd all = rd_of(data, size), in = all, secret;
	int rc, rc_part = AGENT_MORE;

	check_login(all);
	(void)!agent_answer_take(&all, &secret);
	all = in;
	buf_init(&trickled, BUF_MAX);
	for (;;) {
		struct agent_request whole = { .kind = AGENT_OTHER }, cut = { .kind = AGENT_OTHER };
		struct rd part;
		rc = agent_request_take(&all, &whole);
		for (rc_part = AGENT_MORE; rc_part == AGENT_MORE && rd_take(&in, 1, &part);) {
			ASSERT(buf_put_rd(&trickled, part));
			struct rd r = buf_rd(&trickled);
			rc_part = agent_request_take(&r, &cut);
			if (rc_part == 0)
				ASSERT(r.len == 0 && cut.kind == whole.kind && rd_equal(&cut.data, &whole.data));
		}
		ASSERT(rc == rc_part);
		if (rc != 0)
			return 0;
		if (whole.kind == AGENT_SIGN)
			check_login(whole.data);
		buf_reset(&trickled);
	}
}
