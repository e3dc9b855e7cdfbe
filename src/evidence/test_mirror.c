/*
 * Is:        uploads to a mirror and its answers: what is malformed, cut anywhere; then what
 *            is read is what was written.
 * Is not:    a mirror (cli/mirror).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/mirror.h"

#include "base/buf.h"
#include "testing/test.h"

static struct buf raw;

/* The entry i is i bytes long, modulo 5, so that some are empty. */
static void put_packages(struct wr *w, uint64_t start, uint64_t end)
{
	for (uint64_t at = start; at < end; at = mirror_package_range(at, end).end) {
		AUTO(buf_done) struct buf entries = { 0 };
		struct merkle_proof proof = { .n = at % 7 };
		buf_init(&entries, 10000);
		struct wr e = wr_to(&entries);
		for (uint64_t i = at; i < mirror_package_range(at, end).end; i++)
			wr_part16(&e, rd_of("abcd", i % 5));
		for (size_t i = 0; i < proof.n; i++)
			hash_leaf(rd_of(&i, sizeof(i)), &proof.h[i]);
		wr_mirror_package(w, buf_rd(&entries), &proof);
	}
}

static void write_upload(uint64_t start, uint64_t end)
{
	struct wr w;

	if (!raw.max)
		buf_init(&raw, 1 << 20);
	buf_reset(&raw);
	w = wr_to(&raw);
	wr_mirror_upload(&w, rd_str("log.example/core"), start, end, rd_str("t"));
	put_packages(&w, start, end);
	CHECK(wr_ok(&w));
}

/* True when all of it is an upload; the number of its entries. */
static bool read_all(struct rd r, uint64_t *out_n)
{
	struct mirror_upload u;
	struct mirror_package p;
	uint64_t at;

	if (!mirror_upload_parse(r, &u))
		return false;
	at = u.start;
	*out_n = 0;
	while (mirror_package_next(&u, &at, &p)) {
		CHECK(p.covers.begin % 256 == 0 && p.from >= p.covers.begin && p.covers.end <= u.end);
		*out_n += p.covers.end - p.from;
	}
	return at == u.end && u.packages.len == 0;
}

TEST(heads_that_are_wrong)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct mirror_upload u;
	static const uint8_t zeros[300];
	struct { uint64_t start, end; size_t origin, ticket; } bad[] = {
		{ 5, 4, 3, 0 }, { 0, (uint64_t)INT64_MAX + 1, 3, 0 }, { 0, 1, 0, 0 }, { 0, 1, 256, 0 }, { 0, 1, 3, 65 },
	};

	buf_init(&b, 1000);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		buf_reset(&b);
		struct wr w = wr_to(&b);
		wr_mirror_upload(&w, rd_of(zeros, bad[i].origin), bad[i].start, bad[i].end, rd_of(zeros, bad[i].ticket));
		CHECK(wr_ok(&w) && !mirror_upload_parse(buf_rd(&b), &u));
	}
}

TEST(cut_anywhere_it_is_none)
{
	struct rd whole, part;
	uint64_t n;

	write_upload(250, 520);
	whole = buf_rd(&raw);
	CHECK(read_all(whole, &n));
	CHECK_U64(n, 270);
	for (size_t cut = 0; cut < whole.len; cut++)
		CHECK(rd_slice(&whole, 0, cut, &part) && !read_all(part, &n));
	CHECK(buf_put_u8(&raw, 0) && !read_all(buf_rd(&raw), &n));
}

TEST(every_stretch_comes_back)
{
	static const uint64_t ends[] = { 0, 1, 255, 256, 257, 511, 512, 513, 1000 };
	uint64_t n;

	for (size_t a = 0; a < ARRAY_LEN(ends); a++)
		for (size_t b = a; b < ARRAY_LEN(ends); b++) {
			write_upload(ends[a], ends[b]);
			CHECK(read_all(buf_rd(&raw), &n));
			CHECK_U64(n, ends[b] - ends[a]);
		}
}

TEST(a_proof_that_is_too_long)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct mirror_package p;
	struct mirror_upload u;
	uint64_t at = 0;

	buf_init(&b, 8192);
	struct wr w = wr_to(&b);
	wr_mirror_upload(&w, rd_str("log"), 0, 1, rd_of(NULL, 0));
	wr_u16(&w, 0);
	wr_u8(&w, MIRROR_PROOF_MAX + 1);
	for (int i = 0; i <= MIRROR_PROOF_MAX; i++)
		for (int k = 0; k < 4; k++)
			wr_u64(&w, 0);
	CHECK(wr_ok(&w) && mirror_upload_parse(buf_rd(&b), &u) && !mirror_package_next(&u, &at, &p));
	CHECK_U64(at, 0);
}

TEST(what_a_mirror_has)
{
	static const char *const bad[] = { "", "1", "1\n2\n", "1\n2\n\n3\n", "-1\n2\n\n", "01\n2\n\n", "1\n2\n*\n", "1\n2\nQQ\n",
		"9223372036854775808\n2\n\n", "1\n2\n", " 1\n2\n\n", "1\r\n2\n\n",
		"1\n2\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" };
	AUTO(buf_done) struct buf b = { 0 };
	struct mirror_info info = { 7, 5, "xyz", 3 }, again;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!mirror_info_parse(rd_str(bad[i]), &again));
	buf_init(&b, MIRROR_INFO_MAX);
	struct wr w = wr_to(&b);
	wr_mirror_info(&w, &info);
	CHECK(wr_ok(&w));
	CHECK_RD(buf_rd(&b), rd_str("7\n5\neHl6\n"));
	CHECK(mirror_info_parse(buf_rd(&b), &again));
	CHECK(again.pending == 7 && again.next == 5 && again.ticket_len == 3 && again.ticket[2] == 'z');
	CHECK(mirror_info_parse(rd_str("0\n0\n\n"), &again) && again.ticket_len == 0);
}
