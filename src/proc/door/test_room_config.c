/*
 * Is:        tests of the texts of a room and of the host keys' lines in it: nothing that comes
 *            from elsewhere becomes a line of sshd's configuration.
 * Is not:    a test of sshd (tests/door).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/door/room_config.h"

#include <errno.h>
#include <string.h>

#include "proc/edge/host_keys.h"
#include "proc/talk/door_proto.h"
#include "testing/test.h"

static bool write_config(struct buf *b, const char *hosts, const uint16_t *ports, size_t n_ports)
{
	struct room_config c = { .host_keys = rd_str("ssh-ed25519 AAAA\n"), .hosts = rd_str(hosts), .ports = ports, .n_ports = n_ports };

	buf_init(b, ROOM_CONFIG_MAX);
	struct wr w = wr_to(b);
	room_config_write(&w, &c);
	return wr_ok(&w);
}

static bool has_line(const struct buf *b, const char *line)
{
	struct rd all = buf_rd(b), one;

	while (rd_until(&all, '\n', &one))
		if (rd_is(&one, line))
			return true;
	return false;
}

TEST(hosts_that_are_none_fail)
{
	static const char *const bad[] = { "127.1.0.1\n", "127.1.0.1 \n", "10.0.0.1 crm\n", "127.0.0.1 crm\n", "127.3.0.1 crm\n", "127.1.0 crm\n", "127.1.0.256 crm\n",
		"127.1.0.1.2 crm\n", "127.1.0.1 crm x\n", "127.1.0.1 *\n", "127.1.0.1 crm+x\n", "127.1.00.1 crm\n", "127.1.0.1 a:b\n", "::1 crm\n", "\n",
		"127.1.0.1 crm\r\n", "127.1..1 crm\n", "127.1.0.1 ../x\n" };
	uint16_t port = 5432;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(buf_done) struct buf b = { 0 };
		if (write_config(&b, bad[i], &port, 1))
			test_fail(__FILE__, __LINE__, "taken: %s", bad[i]);
	}
}

TEST(forwards_lead_to_assets_or_nowhere)
{
	AUTO(buf_done) struct buf b = { 0 };
	AUTO(buf_done) struct buf none = { 0 };
	uint16_t ports[] = { 5432, 389 };

	CHECK(write_config(&b, "127.1.0.1 crm\n127.1.255.0 hlr1\n127.2.0.1 amf1\n", ports, 2));
	CHECK(has_line(&b, "PermitOpen crm:* 127.1.0.1:* hlr1:* 127.1.255.0:* amf1:* 127.2.0.1:*"));
	CHECK(has_line(&b, "HostKey /etc/ssh/host-key-0") && !has_line(&b, "HostKey /etc/ssh/host-key-1"));
	CHECK(has_line(&b, "AuthenticationMethods publickey") && has_line(&b, "UsePAM no"));
	CHECK(write_config(&none, "", ports, 2) && has_line(&none, "PermitOpen none"));
	buf_done(&none);
	CHECK(write_config(&none, "127.1.0.1 crm\n", ports, 0) && has_line(&none, "PermitOpen none"));
}

TEST(too_many_hosts_fail)
{
	AUTO(buf_done) struct buf hosts = { 0 };
	AUTO(buf_done) struct buf b = { 0 };
	uint16_t port = 1;

	buf_init(&hosts, 1 << 16);
	struct wr w = wr_to(&hosts);
	for (int i = 0; i <= ROOM_ASSETS_MAX; i++)
		wr_text(&w, "127.1.%d.1 a%d\n", i % 256, i);
	CHECK(buf_put_u8(&hosts, 0));
	CHECK(!write_config(&b, (const char *)buf_rd(&hosts).p, &port, 1));
}

TEST(ports_are_numbers_a_line)
{
	static const char *const bad[] = { "0\n", "65536\n", "-1\n", "22 \n", "x\n", "\n", "5432", "5432\n389", "05\n", "1\n2\n\n" };
	uint16_t got[ROOM_PORTS_MAX] = { 0 };
	char many[ROOM_PORTS_MAX * 2 + 3];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK_INT(room_ports(rd_str(bad[i]), got), -EBADMSG);
	CHECK_INT(room_ports(rd_str(""), got), 0);
	CHECK_INT(room_ports(rd_str("5432\n389\n65535\n"), got), 3);
	CHECK(got[0] == 5432 && got[1] == 389 && got[2] == 65535);
	for (size_t i = 0; i + 1 < sizeof(many); i++)
		many[i] = i % 2 ? '\n' : '7';
	many[sizeof(many) - 1] = '\0';
	CHECK_INT(room_ports(rd_str(many), got), -EBADMSG);
	CHECK_INT(room_ports(rd_of(many, ROOM_PORTS_MAX * 2), got), ROOM_PORTS_MAX);
}

static int read_answer(struct rd answer, struct buf *out)
{
	buf_init(out, ROOM_HOST_KEYS_MAX);
	struct wr w = wr_to(out);
	return host_keys_read(answer, &w);
}

static void answer_of(struct buf *b, const char *type, size_t type_len, uint32_t n)
{
	buf_init(b, HOST_KEYS_ANSWER_MAX);
	struct wr w = wr_to(b);
	size_t mark = wr_open32(&w);
	wr_u8(&w, 12);
	wr_u32(&w, n);
	for (uint32_t i = 0; i < n && i < 20; i++) {
		size_t blob = wr_open32(&w);
		wr_part32(&w, rd_of(type, type_len));
		wr_part32(&w, rd_str("0123456789abcdef0123456789abcdef"));
		wr_close32(&w, blob);
		wr_part32(&w, rd_str("a comment\nHostKey /etc/shadow"));
	}
	wr_close32(&w, mark);
	CHECK(wr_ok(&w));
}

TEST(host_keys_that_are_none_are_refused)
{
	static const struct { const char *type; size_t len; uint32_t n; } bad[] = { { "ssh-ed25519", 11, 0 }, { "ssh-ed25519", 11, 9 },
		{ "", 0, 1 }, { "ssh ed25519", 11, 1 }, { "ssh\ned25519", 11, 1 }, { "ssh\0ed25519", 11, 1 }, { "\x1b[2J", 4, 1 } };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(buf_done) struct buf b = { 0 };
		AUTO(buf_done) struct buf out = { 0 };
		answer_of(&b, bad[i].type, bad[i].len, bad[i].n);
		CHECK_INT(read_answer(buf_rd(&b), &out), -EBADMSG);
	}
}

TEST(host_keys_become_lines_once_the_answer_is_whole)
{
	AUTO(buf_done) struct buf b = { 0 };

	answer_of(&b, "ssh-ed25519", 11, 2);
	struct rd all = buf_rd(&b), part;
	for (size_t n = 0; n < all.len; n++) {
		AUTO(buf_done) struct buf out = { 0 };
		CHECK(rd_slice(&all, 0, n, &part));
		CHECK_INT(read_answer(part, &out), HOST_KEYS_MORE);
		CHECK_U64(out.len, 0);
	}
	AUTO(buf_done) struct buf out = { 0 };
	CHECK_INT(read_answer(all, &out), 0);
	struct rd lines = buf_rd(&out), line;
	CHECK(rd_until(&lines, '\n', &line) && rd_word(&line, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"));
	CHECK(rd_until(&lines, '\n', &line) && lines.len == 0);
	CHECK(buf_put_u8(&b, 0)); /* one byte too many */
	AUTO(buf_done) struct buf more = { 0 };
	CHECK_INT(read_answer(buf_rd(&b), &more), -EBADMSG);
}
