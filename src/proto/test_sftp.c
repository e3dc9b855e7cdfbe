/*
 * Is:        tests of SFTP packets, of matching, and of clean paths.
 * Is not:    a test against a server.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "base/mem.h"
#include "base/wr.h"
#include "proto/path.h"
#include "proto/sftp.h"
#include "testing/test.h"

#define RAW(s) rd_of(s, sizeof(s) - 1)

static struct sftp_packet parse(struct rd in, enum sftp_side side)
{
	struct sftp_packet p;
	size_t used = 0, need;

	CHECK_INT(sftp_parse(in, side, &p, &used, &need), 0);
	CHECK_U64(used, in.len);
	return p;
}

TEST(sftp_refuses_bad_packets)
{
	static const struct {
		enum sftp_side side;
		struct rd raw;
		int want;
	} bad[] = {
		{ SFTP_FROM_CLIENT, { (const uint8_t *)"\0\0\0\0", 4 }, SFTP_BAD },
		{ SFTP_FROM_CLIENT, { (const uint8_t *)"\0\x10\0\0", 4 }, SFTP_BAD },
		{ SFTP_FROM_CLIENT, { (const uint8_t *)"\xff\xff\xff\xff", 4 }, SFTP_BAD },
		{ SFTP_FROM_CLIENT, { (const uint8_t *)"\0\0\0", 3 }, SFTP_MORE },
		{ SFTP_FROM_CLIENT, { (const uint8_t *)"\0\0\0\1\x05", 5 }, SFTP_BAD },
		/* a path longer than the packet; a byte too many; an answer from a client */
		{ SFTP_FROM_CLIENT, { (const uint8_t *)"\0\0\0\x0b\x11\0\0\0\1\0\0\0\3ab", 15 }, SFTP_BAD },
		{ SFTP_FROM_CLIENT, { (const uint8_t *)"\0\0\0\x0b\x11\0\0\0\1\0\0\0\1ab", 15 }, SFTP_BAD },
		{ SFTP_FROM_CLIENT, { (const uint8_t *)"\0\0\0\x09\x65\0\0\0\1\0\0\0\0", 13 }, SFTP_BAD },
		{ SFTP_FROM_SERVER, { (const uint8_t *)"\0\0\0\x0b\x11\0\0\0\1\0\0\0\2ab", 15 }, SFTP_BAD },
		{ SFTP_FROM_SERVER, { (const uint8_t *)"\0\0\0\x09\x68\0\0\0\1\xff\xff\xff\xff", 13 }, SFTP_BAD },
		{ SFTP_FROM_SERVER, { (const uint8_t *)"\0\0\0\x09\x69\0\0\0\1\0\1\0\0", 13 }, SFTP_BAD },
	};
	struct sftp_packet p;
	size_t used, need;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK_INT(sftp_parse(bad[i].raw, bad[i].side, &p, &used, &need), bad[i].want);
}

TEST(sftp_packets)
{
	struct sftp_packet p = parse(RAW("\0\0\0\x05\1\0\0\0\3"), SFTP_FROM_CLIENT);
	struct sftp_entry e;

	CHECK_U64(p.version, 3);
	p = parse(RAW("\0\0\0\x14\3\0\0\0\7\0\0\0\3/ab\0\0\0\x1a\0\0\0\0"), SFTP_FROM_CLIENT);
	CHECK_RD(p.path, rd_str("/ab"));
	CHECK_U64(p.pflags, SFTP_F_WRITE | SFTP_F_CREAT | SFTP_F_TRUNC);
	/* SYMLINK as OpenSSH sends it: target first. */
	p = parse(RAW("\0\0\0\x0f\x14\0\0\0\x01\0\0\0\1t\0\0\0\1l"), SFTP_FROM_CLIENT);
	CHECK_RD(p.path, rd_str("l"));
	CHECK_RD(p.path2, rd_str("t"));
	p = parse(RAW("\0\0\0\x1b\x68\0\0\0\2\0\0\0\1\0\0\0\1f\0\0\0\1L\0\0\0\4\0\0\x81\xa4"), SFTP_FROM_SERVER);
	CHECK_U64(p.n_names, 1);
	CHECK(sftp_name(&p.names, &e));
	CHECK_RD(e.name, rd_str("f"));
	CHECK_U64(e.attrs.mode, 0100644);
	CHECK(!sftp_name(&p.names, &e));
	p = parse(RAW("\0\0\0\x0e\xc8\0\0\0\2\0\0\0\3x@yBO"), SFTP_FROM_CLIENT);
	CHECK_INT(p.ext, SFTP_EXT_UNKNOWN);
	CHECK_RD(p.ext_name, rd_str("x@y"));
	CHECK_RD(p.data, rd_str("BO"));
}

static int step(struct sftp *s, struct sftp_packet p)
{
	return sftp_request(s, &p);
}

static int reply(struct sftp *s, struct sftp_packet p, struct sftp_done *d)
{
	return sftp_answer(s, &p, d);
}

static struct sftp *ready(void)
{
	struct sftp *s = sftp_new();
	struct sftp_done d;

	CHECK_INT(step(s, (struct sftp_packet){ .type = SFTP_OPEN }), SFTP_ORDER);
	CHECK_INT(step(s, (struct sftp_packet){ .type = SFTP_INIT, .version = 3 }), 0);
	CHECK_INT(step(s, (struct sftp_packet){ .type = SFTP_INIT, .version = 3 }), SFTP_ORDER);
	CHECK_INT(reply(s, (struct sftp_packet){ .type = SFTP_VERSION, .version = 6 }, &d), SFTP_ORDER);
	CHECK_INT(reply(s, (struct sftp_packet){ .type = SFTP_VERSION, .version = 3 }, &d), 0);
	return s;
}

TEST(sftp_matches_answers_to_requests)
{
	AUTO(sftp_free) struct sftp *s = ready();
	struct sftp_done d;

	CHECK_INT(reply(s, (struct sftp_packet){ .type = SFTP_STATUS, .id = 9 }, &d), SFTP_ID);
	CHECK_INT(step(s, (struct sftp_packet){ .type = SFTP_READ, .id = 1, .handle = rd_str("h") }), SFTP_NO_FILE);
	CHECK_INT(step(s, (struct sftp_packet){ .type = SFTP_OPEN, .id = 1, .path = rd_str("/etc/x"), .pflags = 1 }), 0);
	CHECK_INT(step(s, (struct sftp_packet){ .type = SFTP_STAT, .id = 1, .path = rd_str("/") }), SFTP_ID);
	CHECK_INT(reply(s, (struct sftp_packet){ .type = SFTP_DATA, .id = 1 }, &d), SFTP_KIND);
	CHECK_INT(reply(s, (struct sftp_packet){ .type = SFTP_STATUS, .id = 1 }, &d), SFTP_KIND);
	CHECK_INT(reply(s, (struct sftp_packet){ .type = SFTP_HANDLE, .id = 1 }, &d), SFTP_KIND);
	CHECK_INT(reply(s, (struct sftp_packet){ .type = SFTP_HANDLE, .id = 1, .handle = rd_str("h") }, &d), 0);
	CHECK_RD(d.path, rd_str("/etc/x"));
	CHECK_INT(step(s, (struct sftp_packet){ .type = SFTP_READ, .id = 2, .handle = rd_str("h"), .len = 4 }), 0);
	CHECK_INT(reply(s, (struct sftp_packet){ .type = SFTP_DATA, .id = 2, .data = rd_str("12345") }, &d), SFTP_KIND);
	CHECK_INT(reply(s, (struct sftp_packet){ .type = SFTP_DATA, .id = 2, .data = rd_str("1234") }, &d), 0);
	CHECK_RD(d.path, rd_str("/etc/x"));
	CHECK_U64(d.n_read, 4);
	CHECK_INT(step(s, (struct sftp_packet){ .type = SFTP_CLOSE, .id = 3, .handle = rd_str("h") }), 0);
	CHECK_INT(reply(s, (struct sftp_packet){ .type = SFTP_STATUS, .id = 3 }, &d), 0);
	CHECK_RD(d.path, rd_str("/etc/x"));
	CHECK_U64(d.n_read, 4);
	CHECK_INT(step(s, (struct sftp_packet){ .type = SFTP_CLOSE, .id = 4, .handle = rd_str("h") }), SFTP_NO_FILE);
	CHECK_U64(sftp_n_pending(s), 0);
}

TEST(sftp_tables_are_bounded)
{
	AUTO(sftp_free) struct sftp *s = ready();
	uint32_t id = 0;

	for (; id < SFTP_PENDING_MAX; id++)
		CHECK_INT(step(s, (struct sftp_packet){ .type = SFTP_STAT, .id = id, .path = rd_str("/") }), 0);
	CHECK_INT(step(s, (struct sftp_packet){ .type = SFTP_STAT, .id = id, .path = rd_str("/") }), SFTP_LIMIT);
}

/* Every cut of a valid stream asks for more and never for a wrong length. */
TEST(sftp_trickle)
{
	static const char raw[] = "\0\0\0\x17\6\0\0\0\2\0\0\0\1h\0\0\0\0\0\0\0\0\0\0\0\1z";
	struct rd in = RAW(raw), part;
	struct sftp_packet p;
	size_t used, need;

	CHECK_U64(in.len, 27);
	for (size_t n = 0; n < in.len; n++) {
		CHECK(rd_slice(&in, 0, n, &part));
		CHECK_INT(sftp_parse(part, SFTP_FROM_CLIENT, &p, &used, &need), SFTP_MORE);
		CHECK_U64(need, n < 4 ? 4 : in.len);
	}
	p = parse(in, SFTP_FROM_CLIENT);
	CHECK_RD(p.data, rd_str("z"));
}

/* A recorded conversation of OpenSSH 9.2's sftp and sftp-server (side byte, packet): every
 * answer finds its request, every handle its path. */
TEST(sftp_of_openssh)
{
	AUTO(sftp_free) struct sftp *s = sftp_new();
	AUTO(mem_free) uint8_t *raw = NULL;
	struct rd in = rd_of(NULL, 0);
	struct sftp_packet p;
	struct sftp_done d;
	uint64_t n_written = 0, n_read = 0, n_failed = 0;
	size_t used, need, n = test_file("tests/corpus/sftp/openssh-9.2", &raw);
	uint8_t side;

	in = rd_of(raw, n);
	while (rd_u8(&in, &side)) {
		CHECK_INT(sftp_parse(in, side ? SFTP_FROM_SERVER : SFTP_FROM_CLIENT, &p, &used, &need), 0);
		CHECK(rd_skip(&in, used));
		CHECK_INT(side ? sftp_answer(s, &p, &d) : sftp_request(s, &p), 0);
		CHECK(p.type != SFTP_EXTENDED || p.ext != SFTP_EXT_UNKNOWN);
		if (!side || d.type != SFTP_CLOSE)
			continue;
		CHECK(rd_word(&d.path, "/tmp/e-dst"));
		n_written += d.n_written;
		n_read += d.n_read;
		n_failed += d.failed;
	}
	CHECK_U64(sftp_n_pending(s), 0);
	CHECK_U64(n_written, 1502); /* a.bin and sub/deep/c */
	CHECK_U64(n_read, 1500);
	CHECK_U64(n_failed, 0);
}

/* Every packet of that conversation, written again, is the same bytes. */
TEST(sftp_encode_gives_the_packet_back)
{
	AUTO(buf_done) struct buf out = { 0 };
	AUTO(mem_free) uint8_t *raw = NULL;
	size_t used, need, n = test_file("tests/corpus/sftp/openssh-9.2", &raw);
	struct rd in = rd_of(raw, n), was;
	struct sftp_packet p;
	unsigned n_packets = 0;
	uint8_t side;

	buf_init(&out, SFTP_PACKET_MAX + 4);
	for (; rd_u8(&in, &side); n_packets++) {
		CHECK_INT(sftp_parse(in, side ? SFTP_FROM_SERVER : SFTP_FROM_CLIENT, &p, &used, &need), 0);
		CHECK(rd_take(&in, used, &was));
		buf_reset(&out);
		CHECK(sftp_encode(&p, &out));
		CHECK_RD(buf_rd(&out), was);
	}
	CHECK(n_packets > 50);
	buf_reset(&out);
	CHECK(!sftp_encode(&(struct sftp_packet){ .type = 99 }, &out));
	CHECK_U64(out.len, 0);
}

static void clean(const char *cwd, const char *path, int want_rc, const char *want)
{
	AUTO(buf_done) struct buf out = { 0 };

	buf_init(&out, 8192);
	CHECK_INT(path_clean(rd_str(cwd), rd_str(path), &out), want_rc);
	CHECK_RD(buf_rd(&out), rd_str(want));
}

TEST(path_has_one_spelling)
{
	AUTO(buf_done) struct buf out = { 0 };

	clean("", "/etc//./x/../shadow/", 0, "/etc/shadow");
	clean("/home/a", "../../../etc/shadow", PATH_ABOVE, "/etc/shadow");
	clean("/home/a", "b", 0, "/home/a/b");
	clean("/home/a", "", 0, "/home/a");
	clean("/", ".", 0, "/");
	clean("", "a/b/../..", 0, ".");
	clean("", "a/../../b", PATH_ABOVE, "b");
	clean("../x", "b", PATH_BAD, "");
	buf_init(&out, 100);
	CHECK_INT(path_clean(rd_str("/"), RAW("a\0b"), &out), PATH_BAD);
	CHECK(path_is_name(rd_str("..x")) && !path_is_name(rd_str("..")) && !path_is_name(rd_str("a/b")) &&
	    !path_is_name(rd_str("")));
}
