/*
 * Is:        tests of the legacy SCP protocol.
 * Is not:    a test against a program.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "base/wr.h"
#include "proto/scp.h"
#include "testing/test.h"

#define RAW(s) rd_of(s, sizeof(s) - 1)

/* What happened, as text. */
static bool note(void *arg, const struct scp_event *e)
{
	static const char *const names[] = { "file", "", "end", "dir", "up", "times", "refused", "warning", "fatal" };
	struct wr w = wr_to(arg);

	if (e->kind == SCP_BYTES) {
		wr_bytes(&w, e->bytes);
		return wr_ok(&w);
	}
	wr_text(&w, "[%s", names[e->kind]);
	wr_bytes(&w, e->name);
	wr_bytes(&w, e->text);
	if (e->kind == SCP_FILE)
		wr_text(&w, " %o %u", e->mode, (unsigned)e->size);
	if (e->kind == SCP_FILE_END)
		wr_str(&w, e->ok ? "" : " short");
	wr_str(&w, "]");
	return wr_ok(&w);
}

/* Plays turns, `>` from the source and `<` from the sink; returns the outcome. */
static int play(struct scp *s, const struct rd *turns, unsigned n, struct buf *out, size_t cut)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < n; i++) {
		struct rd turn = turns[i], part;
		enum scp_side from = rd_word(&turn, ">") ? SCP_SOURCE : SCP_SINK;
		(void)!(from == SCP_SINK && rd_skip(&turn, 1));
		while (rc == 0 && turn.len) {
			CHECK(rd_take(&turn, turn.len < cut ? turn.len : cut, &part));
			rc = scp_feed(s, from, part, note, out);
		}
	}
	return rc;
}

static const struct rd upload[] = {
	{ (const uint8_t *)"<\0", 2 }, { (const uint8_t *)">T1700000000 0 1700000001 0\n", 28 },
	{ (const uint8_t *)"<\0", 2 }, { (const uint8_t *)">D0755 0 sub\n", 13 }, { (const uint8_t *)"<\0", 2 },
	{ (const uint8_t *)">C0644 5 a b\n", 13 }, { (const uint8_t *)"<\0", 2 },
	{ (const uint8_t *)">12\n4\0\0", 7 }, { (const uint8_t *)"<\0", 2 },
	{ (const uint8_t *)">C0600 0 empty\n", 15 }, { (const uint8_t *)"<\0", 2 }, { (const uint8_t *)">\0", 2 },
	{ (const uint8_t *)"<\0", 2 }, { (const uint8_t *)">C0600 9 no\n", 12 },
	{ (const uint8_t *)"<\1denied\n", 9 }, { (const uint8_t *)">E\n", 3 }, { (const uint8_t *)"<\0", 2 },
};

TEST(scp_upload_whole_and_trickled)
{
	for (size_t cut = 1; cut < 40; cut += 38) {
		AUTO(buf_done) struct buf out = { 0 };
		struct scp s;

		buf_init(&out, 4096);
		scp_init(&s, true);
		CHECK_INT(play(&s, upload, ARRAY_LEN(upload), &out, cut), 0);
		CHECK_RD(buf_rd(&out), RAW("[times][dirsub][filea b 644 5]12\n4\0[end][fileempty 600 0]"
		    "[end][fileno 600 9][refuseddenied][up]"));
		CHECK_U64(s.n_files, 2);
		CHECK_U64(s.n_bytes, 5);
		CHECK(scp_may_end(&s));
	}
}

static void expect_bad(bool recursive, struct rd first, struct rd second)
{
	AUTO(buf_done) struct buf out = { 0 };
	struct scp s;
	struct rd turns[] = { { (const uint8_t *)"<\0", 2 }, first, second };

	buf_init(&out, 1 << 16);
	scp_init(&s, recursive);
	CHECK_INT(play(&s, turns, 3, &out, 1000), SCP_BAD);
}

TEST(scp_refuses_what_is_not_the_protocol)
{
	expect_bad(false, RAW(">ls\n"), RAW("<"));
	expect_bad(false, RAW(">C0644 5 a\n12345"), RAW("<"));     /* did not wait */
	expect_bad(false, RAW(">C0644 5 ../a\n"), RAW("<"));
	expect_bad(false, RAW(">C0644 5 ..\n"), RAW("<"));
	expect_bad(false, RAW(">C0644 -5 a\n"), RAW("<"));
	expect_bad(false, RAW(">C0644 18446744073709551616 a\n"), RAW("<"));
	expect_bad(false, RAW(">C644 5 a\n"), RAW("<"));
	expect_bad(false, RAW(">C0644 5 \n"), RAW("<"));
	expect_bad(false, RAW(">D0755 0 a\n"), RAW("<"));
	expect_bad(true, RAW(">E\n"), RAW("<"));
	expect_bad(true, RAW(">D0755 1 a\n"), RAW("<"));
	expect_bad(false, RAW(">T1 0 1\n"), RAW("<"));
	expect_bad(false, RAW("<\0"), RAW("<"));                   /* acks what was not sent */
	expect_bad(false, RAW("<x"), RAW("<"));
	expect_bad(false, RAW(">\2gone\n"), RAW(">C0644 5 a\n"));
	expect_bad(false, RAW(">C0644 0 a\n"), RAW("<\0\0"));
}

TEST(scp_before_the_sink_is_ready)
{
	AUTO(buf_done) struct buf out = { 0 };
	struct scp s;

	buf_init(&out, 64);
	scp_init(&s, false);
	CHECK_INT(scp_feed(&s, SCP_SOURCE, rd_str("C0644 1 a\n"), note, &out), SCP_BAD);
}

/* As the sink of scp -t -d does where there is no directory. What is announced then waits for an ack. */
TEST(scp_sink_that_begins_with_a_no)
{
	AUTO(buf_done) struct buf out = { 0 };
	struct scp s;

	buf_init(&out, 64);
	scp_init(&s, false);
	CHECK_INT(scp_feed(&s, SCP_SINK, rd_str("\1not a directory\n"), note, &out), 0);
	CHECK_INT(scp_feed(&s, SCP_SOURCE, rd_str("C0644 1 a\n"), note, &out), 0);
	CHECK(scp_may_end(&s));
	CHECK_RD(buf_rd(&out), rd_str("[warningnot a directory][filea 644 1]"));
	CHECK_INT(scp_feed(&s, SCP_SOURCE, rd_str("x"), note, &out), SCP_BAD);
}

TEST(scp_bytes_after_the_file_are_not_the_file)
{
	AUTO(buf_done) struct buf out = { 0 };
	struct scp s;
	static const struct rd turns[] = { { (const uint8_t *)"<\0", 2 },
		{ (const uint8_t *)">C0644 1 a\n", 11 }, { (const uint8_t *)"<\0", 2 },
		{ (const uint8_t *)">xy", 3 } };

	buf_init(&out, 64);
	scp_init(&s, false);
	CHECK_INT(play(&s, turns, 4, &out, 100), SCP_BAD);
	CHECK_U64(s.n_bytes, 1);
}

TEST(scp_line_is_bounded)
{
	AUTO(buf_done) struct buf out = { 0 };
	uint8_t big[SCP_LINE_MAX + 10];
	struct scp s;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = i ? 'x' : 1;
	buf_init(&out, 1 << 16);
	scp_init(&s, false);
	CHECK_INT(scp_feed(&s, SCP_SOURCE, rd_of(big, sizeof(big)), note, &out), SCP_BAD);
}

/* `scp -rpf` and `scp -rpt` of OpenSSH 9.2, recorded in turns (side, length, bytes). */
TEST(scp_of_openssh)
{
	AUTO(mem_free) uint8_t *raw = NULL;
	AUTO(buf_done) struct buf out = { 0 };
	size_t n = test_file("tests/corpus/scp/openssh-9.2", &raw);
	struct rd in = rd_of(raw, n), part;
	struct scp s;
	uint8_t side;

	buf_init(&out, 1 << 16);
	scp_init(&s, true);
	while (rd_u8(&in, &side)) {
		CHECK(rd_part8(&in, 255, &part));
		CHECK_INT(scp_feed(&s, side ? SCP_SINK : SCP_SOURCE, part, note, &out), 0);
	}
	CHECK_U64(s.n_files, 3);
	CHECK_U64(s.n_bytes, 1508);
	CHECK(scp_may_end(&s));
}
