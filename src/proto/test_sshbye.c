/*
 * Is:        tests of an SSH server's goodbye.
 * Is not:    a test of clients that read it (tests/whole/crowds, tests/whole/forwards).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proto/sshbye.h"

#include <string.h>

#include "testing/test.h"

static const char version[] = "SSH-2.0-Slagboom\r\n";

TEST(sshbye_has_no_room_for_more_than_is_shown)
{
	AUTO(buf_done) struct buf b = { 0 };
	char words[SSHBYE_WORDS_MAX + 2] = "";

	memset(words, 'x', SSHBYE_WORDS_MAX + 1);
	buf_init(&b, SSHBYE_MAX);
	struct wr w = wr_to(&b);
	sshbye_write(&w, SSHBYE_TOO_MANY, words);
	CHECK(!wr_ok(&w));
}

/* Whatever the words' length, it is whole blocks, and says what it should. */
TEST(sshbye_is_a_packet_of_whole_blocks)
{
	char words[SSHBYE_WORDS_MAX + 1] = "";

	for (size_t n = 0; n <= SSHBYE_WORDS_MAX; n++) {
		AUTO(buf_done) struct buf b = { 0 };
		struct rd r, packet, head, part;
		uint32_t len, reason;
		uint8_t padding, type;
		buf_init(&b, SSHBYE_MAX);
		struct wr w = wr_to(&b);
		sshbye_write(&w, SSHBYE_NOT_ALLOWED, words);
		CHECK(wr_ok(&w));
		r = buf_rd(&b);
		CHECK(rd_take(&r, sizeof(version) - 1, &head) && rd_is(&head, version));
		CHECK_U64(r.len % 8, 0);
		CHECK(rd_u32(&r, &len) && rd_take(&r, len, &packet) && r.len == 0);
		CHECK(rd_u8(&packet, &padding) && padding >= 4 && rd_u8(&packet, &type) && type == 1);
		CHECK(rd_u32(&packet, &reason) && reason == 1);
		CHECK(rd_u32(&packet, &len) && rd_take(&packet, len, &part) && rd_is(&part, words));
		CHECK(rd_u32(&packet, &len) && len == 0 && packet.len == padding);
		words[n] = n < SSHBYE_WORDS_MAX ? 'w' : '\0';
	}
}
