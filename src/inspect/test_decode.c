/*
 * Is:        tests of the decoders: the decodable part of the catalogue, however it
 *            is cut; limits; bombs.
 * Is not:    part of the product.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     our own text.
 */
#include "inspect/decode.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/mem.h"
#include "inspect/decode_priv.h"
#include "inspect/test_evasions.h"
#include "testing/test.h"

enum { N_NUMBERS = 40, OUT_MAX = 1 << 26 };

struct seen {
	struct buf by_stream[DECODE_STREAMS_MAX + 1];
	struct buf all;
};

static void keep(void *ctx, const struct derived *d)
{
	struct seen *s = ctx;
	struct buf *b = &s->by_stream[d->stream];

	CHECK(d->depth >= 1 && d->depth <= DECODE_DEPTH_MAX + 1);
	CHECK(buf_put_rd(b, d->text));
	if (!d->last)
		return;
	CHECK(buf_put_rd(&s->all, buf_rd(b)));
	CHECK(buf_put_u8(&s->all, '\n'));
	buf_reset(b);
}

static void seen_init(struct seen *s)
{
	for (size_t i = 0; i < ARRAY_LEN(s->by_stream); i++)
		buf_init(&s->by_stream[i], OUT_MAX);
	buf_init(&s->all, OUT_MAX);
}

static void seen_done(struct seen *s)
{
	for (size_t i = 0; i < ARRAY_LEN(s->by_stream); i++)
		buf_done(&s->by_stream[i]);
	buf_done(&s->all);
}

static void numbers(char out[N_NUMBERS][12])
{
	for (unsigned i = 0; i < N_NUMBERS; i++)
		(void)snprintf(out[i], 12, "316%08u", (unsigned)test_below(100000000));
}

static void write_text(char n[N_NUMBERS][12], bool numbers_only, struct buf *out)
{
	for (unsigned i = 0; i < N_NUMBERS; i++) {
		if (!numbers_only)
			CHECK(buf_put_str(out, i % 2 ? "subscriber " : "attach ok msisdn="));
		CHECK(buf_put_str(out, n[i]));
		CHECK(buf_put_str(out, numbers_only ? "\n" : i % 3 ? " state active\n" : "\n"));
	}
}

static void put_raw(struct decode *d, struct rd bytes)
{
	bool packed;

	while (bytes.len)
		CHECK(rd_skip(&bytes, decode_raw(d, bytes, &packed)));
}

/* Bytes through strip and the decoders, in pieces of at most `most`. */
static void decode_all(struct rd in, size_t most, struct seen *seen)
{
	AUTO(decode_free) struct decode *d = decode_new(keep, seen);
	struct strip s;
	struct traced text, aside;

	strip_init(&s);
	traced_init(&text, OUT_MAX, false);
	traced_init(&aside, OUT_MAX, false);
	while (in.len) {
		struct rd piece;
		size_t n = 1 + test_below(most);

		CHECK(rd_take(&in, n < in.len ? n : in.len, &piece));
		traced_reset(&text);
		strip_put(&s, piece, 0, &text, &aside);
		CHECK(buf_put_rd(&seen->all, buf_rd(&text.text)));
		put_raw(d, piece);
		decode_text(d, buf_rd(&text.text));
	}
	traced_done(&text);
	traced_done(&aside);
}

static unsigned found(const struct seen *s, char n[N_NUMBERS][12])
{
	unsigned k = 0;

	for (unsigned i = 0; i < N_NUMBERS; i++)
		k += memmem(s->all.p + s->all.off, s->all.len, n[i], 11) != NULL;
	return k;
}

TEST(catalogue)
{
	for (unsigned e = 0; e < n_evasions; e++) {
		char n[N_NUMBERS][12];
		struct buf plain, dressed;

		if (evasions[e].fate != EVASION_DECODED)
			continue;
		numbers(n);
		buf_init(&plain, OUT_MAX);
		buf_init(&dressed, OUT_MAX);
		write_text(n, evasions[e].numbers_only, &plain);
		evasions[e].write(buf_rd(&plain), &dressed);
		for (size_t most = 1; most <= 100000; most *= 100) {
			struct seen s;

			seen_init(&s);
			decode_all(buf_rd(&dressed), most, &s);
			if (found(&s, n) != N_NUMBERS)
				test_fail(__FILE__, __LINE__, "%s, pieces of %zu: %u of %d found", evasions[e].name, most, found(&s, n), N_NUMBERS);
			seen_done(&s);
		}
		buf_done(&plain);
		buf_done(&dressed);
	}
}

TEST(bombs_are_bounded)
{
	AUTO(mem_free) uint8_t *zeros = mem_new(64 << 20, 1), *packed = mem_new(1 << 20, 1);
	struct seen s;
	z_stream z = { .next_in = zeros, .avail_in = 64 << 20, .next_out = packed, .avail_out = 1 << 20 };

	seen_init(&s);
	CHECK(deflateInit2(&z, 9, Z_DEFLATED, 31, 9, 0) == Z_OK && deflate(&z, Z_FINISH) == Z_STREAM_END);
	(void)deflateEnd(&z);
	struct decode *d = decode_new(keep, &s);
	put_raw(d, rd_of(packed, z.total_out));
	CHECK(decode_refused(d) > 0);
	decode_free(&d);
	CHECK(s.all.len <= DECODE_BASE + DECODE_RATIO * z.total_out);
	seen_done(&s);
}

static size_t gzip(struct rd in, uint8_t *out, size_t max)
{
	z_stream z = { .next_in = (z_const Bytef *)in.p, .avail_in = (uInt)in.len, .next_out = out, .avail_out = (uInt)max };

	CHECK(deflateInit2(&z, 9, Z_DEFLATED, 31, 9, 0) == Z_OK && deflate(&z, Z_FINISH) == Z_STREAM_END);
	(void)deflateEnd(&z);
	return z.total_out;
}

/* What is too deep is unpacked to find its end: that is bounded as well. */
TEST(what_nobody_reads_is_work_too)
{
	AUTO(mem_free) uint8_t *a = mem_new(32 << 20, 1), *b = mem_new(1 << 20, 1);
	struct seen s;
	size_t n = 32 << 20;

	for (unsigned k = 0; k <= DECODE_DEPTH_MAX; k++) {
		n = gzip(rd_of(a, n), b, 1 << 20);
		CHECK(rd_copy(&(struct rd){ b, n }, a, n));
	}
	seen_init(&s);
	AUTO(decode_free) struct decode *d = decode_new(keep, &s);
	put_raw(d, rd_of(a, n));
	CHECK(d->out > DECODE_BASE / 2 && d->out <= DECODE_BASE && decode_refused(d) > 0);
	seen_done(&s);
}

/* What explained is told once; a line is cut in two before its last byte came. */
TEST(a_dump_wider_than_a_line_comes_byte_by_byte)
{
	AUTO(decode_free) struct decode *d = NULL;
	struct buf line;
	struct seen s;
	uint64_t explained = 0;

	buf_init(&line, OUT_MAX);
	CHECK(buf_put_str(&line, "0000000"));
	for (unsigned i = 0; i < 600; i++)
		CHECK(buf_put_str(&line, i % 12 == 11 ? " 0a" : i % 2 ? " 31" : " 36"));
	CHECK(buf_put_str(&line, "\n0001130 33 31 36 31 32 33 34 35 36 37 38 0a\n"));
	seen_init(&s);
	d = decode_new(keep, &s);
	for (size_t i = 0; i < line.len; i++) {
		struct rd all = buf_rd(&line), one;

		CHECK(rd_slice(&all, i, 1, &one));
		decode_text(d, one);
		explained += decode_take_explained(d).all;
	}
	CHECK(explained > 1500);
	CHECK_U64(decode_end(d), 0);
	CHECK(memmem(s.all.p + s.all.off, s.all.len, "61616161616", 11));
	seen_done(&s);
	buf_done(&line);
}

/* Lines that each shortcut is about, or nearly. */
static void random_line(struct buf *out)
{
	static const char *const bits[] = {
		"1,", "2: ", "3 ", "10.", "255.", "1.2.3.4", "06", "31612345678", "0x6", "one", "twee", "th", "zes", " ",
		"deadbeef", "abcdefgh", "O", "l", "-", "\n", "\r\n", "123456789012", "0311", "\x1f", "BZ", "x\x9c",
	};
	/* Tokens at the ends of lines, whose runs may go on in the next one. */
	static const char *const ends[] = {
		"MzE2MTIz\n", "NDU2Nzg5MTAx\n", "clerk@mail.example.nl\n", "252.38-1~deb12u1\r\n", "3331363132333435\n", "363738 ",
		"356938042128475\n", "0612376604\n",
	};
	const unsigned n = 1 + (unsigned)test_below(24), same = (unsigned)test_below(ARRAY_LEN(bits));
	const unsigned how = (unsigned)test_below(5);

	for (unsigned i = 0; i < n; i++) {
		if (how == 0)
			CHECK(buf_put_u8(out, (uint8_t)(33 + test_below(94))));
		else if (how == 4)
			CHECK(buf_put_str(out, ends[test_below(ARRAY_LEN(ends))]));
		else
			CHECK(buf_put_str(out, bits[how == 1 ? same : test_below(ARRAY_LEN(bits))]));
		if (how > 1 && test_below(how == 4 ? 20 : 2) == 0)
			CHECK(buf_put_u8(out, (uint8_t)('0' + test_below(10))));
	}
	CHECK(buf_put_u8(out, '\n'));
}

/* Many small blocks, and a checksum at the end. */
static void zstd_in_blocks(struct rd in, struct buf *out)
{
	uint8_t piece[4096];
	ZSTD_CCtx *z = ZSTD_createCCtx();
	struct rd part;

	CHECK(z && !ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1)));
	while (rd_take(&in, in.len < 900 ? in.len : 900, &part) && part.len) {
		ZSTD_inBuffer i = { part.p, part.len, 0 };
		ZSTD_outBuffer o = { piece, sizeof(piece), 0 };

		CHECK(ZSTD_compressStream2(z, &o, &i, in.len ? ZSTD_e_flush : ZSTD_e_end) == 0);
		CHECK(buf_put_rd(out, rd_of(piece, o.pos)));
	}
	(void)ZSTD_freeCCtx(z);
}

static void pack(const char *name, struct rd in, struct buf *out)
{
	if (strcmp(name, "zstd in blocks") == 0)
		zstd_in_blocks(in, out);
	for (unsigned e = 0; e < n_evasions; e++)
		if (strcmp(evasions[e].name, name) == 0)
			evasions[e].write(in, out);
	CHECK(out->len > 40);
}

/* Of bzip2 a block is unpacked before any of it comes out: once nothing may, none is. */
TEST(no_more_is_unpacked_than_may_come_out)
{
	AUTO(mem_free) uint8_t *zeros = mem_new(2 << 20, 1);
	struct buf packed;
	struct seen s;
	struct rd rest, some;

	buf_init(&packed, OUT_MAX);
	pack("bzip2", rd_of(zeros, 2 << 20), &packed);
	seen_init(&s);
	AUTO(decode_free) struct decode *d = decode_new(keep, &s);
	put_raw(d, buf_rd(&packed));
	CHECK(d->out > DECODE_BASE && decode_refused(d) > 0);
	rest = buf_rd(&packed);
	while (d->root->unpack && rd_take(&rest, 1, &some))
		put_raw(d, some);
	put_raw(d, rd_str(" "));
	rest = buf_rd(&packed);
	CHECK(rd_take(&rest, 12, &some));
	put_raw(d, some);
	CHECK(d->root->unpack && d->root->broken);
	seen_done(&s);
	buf_done(&packed);
}

/* What comes out, in pieces of at most `most` bytes, until it ends or cannot go on: how it ended. */
static int unpack(struct rd in, size_t most, struct buf *out)
{
	struct unpack *u = unpack_new(unpack_sniff(in));
	uint8_t piece[700];
	size_t got = 0;
	int r = 0;

	while (r == 0 && in.len) {
		struct rd some;
		const size_t n = most < in.len ? 1 + test_below(most) : in.len;

		CHECK(rd_take(&in, n, &some));
		do {
			r = unpack_step(u, &some, piece, sizeof(piece), &got);
			CHECK(buf_put_rd(out, rd_of(piece, got)));
		} while (r == 0 && (some.len || got == sizeof(piece)));
	}
	unpack_free(&u);
	return r;
}

TEST(damage_reads_the_same_however_it_is_cut)
{
	static const char *const packers[] = { "gzip", "zstd", "zstd in blocks", "xz", "bzip2" };
	unsigned ends[3] = { 0 };

	for (unsigned k = 0; k < 600; k++) {
		AUTO(buf_done) struct buf text = { 0 }, packed = { 0 }, whole = { 0 }, cut = { 0 };
		const size_t most = k % 3 ? 1 + test_below(300) : 1;
		struct rd in;
		int r;

		buf_init(&text, OUT_MAX);
		buf_init(&packed, OUT_MAX);
		buf_init(&whole, OUT_MAX);
		buf_init(&cut, OUT_MAX);
		while (text.len < 200 + 20 * k)
			random_line(&text);
		pack(packers[k % ARRAY_LEN(packers)], buf_rd(&text), &packed);
		if (k % 4 == 1)
			packed.p[packed.off + 20 + test_below(packed.len - 20)] ^= (uint8_t)(1 + test_below(255));
		in = buf_rd(&packed);
		in.len -= k % 4 == 2 ? test_below(in.len - 20) : 0;
		r = unpack(in, in.len, &whole);
		CHECK_INT(unpack(in, most, &cut), r);
		CHECK_RD(buf_rd(&cut), buf_rd(&whole));
		CHECK(k % 4 == 1 || k % 4 == 2 || r == 1);
		ends[r < 0 ? 0 : 1 + r]++;
	}
	CHECK(ends[0] > 50 && ends[1] > 50 && ends[2] > 200); /* damaged, not at its end, whole */
}

TEST(prose_is_left_alone)
{
	static const char prose[] =
	    "The quick brown fox jumps over /usr/share/doc/internationalization/examples/Makefile.am\n"
	    "2026-03-01 10:00:07 hlr1 attach ok 12 34 56 /opt/hlr/bin/reload --with-configuration=yes\n";
	struct seen s;

	seen_init(&s);
	struct decode *d = decode_new(keep, &s);
	decode_text(d, rd_str(prose));
	decode_free(&d);
	CHECK_RD(buf_rd(&s.all), rd_str(""));
	seen_done(&s);
}

static void decode_ungated(struct rd in, bool ungated, struct seen *s)
{
	AUTO(decode_free) struct decode *d = decode_new(keep, s);
	struct rd piece;

	d->ungated = ungated;
	for (unsigned i = 0; rd_take(&in, in.len < 300 ? in.len : 300, &piece) && piece.len; i++) {
		decode_text(d, piece);
		if (i % 7 == 0)
			decode_pause(d);
	}
}

TEST(what_is_skipped_does_not_matter)
{
	for (unsigned k = 0; k < 60; k++) {
		struct seen quick, full;
		struct buf in;

		seen_init(&quick);
		seen_init(&full);
		buf_init(&in, OUT_MAX);
		for (unsigned i = 0; i < 100; i++)
			random_line(&in);
		decode_ungated(buf_rd(&in), false, &quick);
		decode_ungated(buf_rd(&in), true, &full);
		CHECK(full.all.len > 0);
		CHECK_RD(buf_rd(&quick.all), buf_rd(&full.all));
		buf_done(&in);
		seen_done(&quick);
		seen_done(&full);
	}
}
