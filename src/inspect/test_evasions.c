/*
 * Is:        the catalogue of evasions (contract in the header).
 * Is not:    part of the product.
 * Called by: test_decode.c, test_session.c.
 * Owns:      nothing.
 * Trust:     our own text.
 */
#include "inspect/test_evasions.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/mem.h"
#include "base/wr.h"
#include "testing/test.h"

enum { PACKED_MAX = 1 << 20 };

static void text(struct buf *out, const char *s)
{
	CHECK(buf_put_str(out, s));
}

static void put(struct buf *out, uint8_t c)
{
	CHECK(buf_put_u8(out, c));
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Bits, most significant first, `bits` at a time, with `pad` to a whole group. */
static void radix(struct rd in, struct buf *out, const char *chars, unsigned bits, unsigned group, size_t width)
{
	uint32_t acc = 0;
	unsigned have = 0;
	size_t n = 0;
	uint8_t c;

	while (rd_u8(&in, &c)) {
		acc = acc << 8 | c;
		for (have += 8; have >= bits; have -= bits) {
			put(out, (uint8_t)chars[acc >> (have - bits) & ((1u << bits) - 1)]);
			if (++n % width == 0)
				put(out, '\n');
		}
	}
	if (have) {
		put(out, (uint8_t)chars[acc << (bits - have) & ((1u << bits) - 1)]);
		n++;
	}
	while (n++ % group)
		put(out, '=');
	put(out, '\n');
}

#define B64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
#define NEVER ((size_t)1 << 60)

static void base64(struct rd in, struct buf *out)
{
	radix(in, out, B64, 6, 4, 76);
}

static void base64_one_line(struct rd in, struct buf *out)
{
	radix(in, out, B64, 6, 4, NEVER);
}

static void base64_url(struct rd in, struct buf *out)
{
	radix(in, out, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 6, 1, NEVER);
}

static void base32(struct rd in, struct buf *out)
{
	radix(in, out, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5, 8, 76);
}

static void hex(struct rd in, struct buf *out)
{
	radix(in, out, "0123456789abcdef", 4, 2, 60);
}

static void base64_utf16(struct rd in, struct buf *out)
{
	struct buf wide;
	uint8_t c;

	buf_init(&wide, PACKED_MAX);
	while (rd_u8(&in, &c)) {
		put(&wide, c);
		put(&wide, 0);
	}
	base64_one_line(buf_rd(&wide), out);
	buf_done(&wide);
}

static void base85_with(struct rd in, struct buf *out, const char *chars)
{
	while (in.len) {
		uint32_t v = 0;
		unsigned n = in.len < 4 ? (unsigned)in.len : 4;
		uint8_t c = 0, digit[5];

		for (unsigned i = 0; i < 4; i++)
			v = v << 8 | (i < n && rd_u8(&in, &c) ? c : 0u);
		for (int i = 4; i >= 0; i--, v /= 85)
			digit[i] = (uint8_t)chars[v % 85];
		CHECK(buf_put(out, digit, n + 1));
	}
	put(out, '\n');
}

static void base85(struct rd in, struct buf *out)
{
	base85_with(in, out, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~");
}

static void ascii85(struct rd in, struct buf *out)
{
	base85_with(in, out, "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstu");
}

static void z85(struct rd in, struct buf *out)
{
	base85_with(in, out, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#");
}

static void number(struct buf *out, unsigned v, unsigned base, unsigned width)
{
	char d[12];

	for (unsigned i = width; i-- > 0; v /= base)
		d[i] = "0123456789abcdef"[v % base];
	CHECK(buf_put(out, (uint8_t *)d, width));
}

struct dump_shape {
	unsigned offset_base, offset_width, base, width, size;
	const char *after_offset;
	bool ascii;
};

/* Lines of 16 bytes: an offset, the bytes or little-endian words, the text. */
static void dump(struct rd in, struct buf *out, const struct dump_shape *s)
{
	for (unsigned at = 0; in.len; at += 16) {
		struct rd row, show;
		uint8_t a = 0, b = 0;

		CHECK(rd_take(&in, in.len < 16 ? in.len : 16, &row));
		show = row;
		number(out, at, s->offset_base, s->offset_width);
		text(out, s->after_offset);
		while (rd_u8(&row, &a)) {
			b = 0;
			if (s->size == 2 && !rd_u8(&row, &b))
				b = 0;
			put(out, ' ');
			number(out, (unsigned)(b << 8 | a), s->base, s->width);
		}
		text(out, s->ascii ? "  |" : "");
		while (s->ascii && rd_u8(&show, &a))
			put(out, a >= 32 && a < 127 ? a : '.');
		text(out, s->ascii ? "|\n" : "\n");
	}
}

static void hexdump_c(struct rd in, struct buf *out)
{
	dump(in, out, &(struct dump_shape){ 16, 8, 16, 2, 1, " ", true });
}

static void od_x(struct rd in, struct buf *out)
{
	dump(in, out, &(struct dump_shape){ 8, 7, 16, 4, 2, "", false });
}

static void od(struct rd in, struct buf *out)
{
	dump(in, out, &(struct dump_shape){ 8, 7, 8, 6, 2, "", false });
}

static void od_b(struct rd in, struct buf *out)
{
	dump(in, out, &(struct dump_shape){ 8, 7, 8, 3, 1, "", false });
}

/* Lines of 16 octets, with nothing before them but what each has. */
static void octets(struct rd in, struct buf *out, const char *mark, const char *gap)
{
	for (struct rd row; in.len; put(out, '\n')) {
		uint8_t c;

		CHECK(rd_take(&in, in.len < 16 ? in.len : 16, &row));
		while (rd_u8(&row, &c)) {
			text(out, mark);
			number(out, c, 16, 2);
			text(out, row.len ? gap : "");
		}
	}
}

static void octets_colons(struct rd in, struct buf *out)
{
	octets(in, out, "", ":");
}

static void octets_blanks(struct rd in, struct buf *out)
{
	octets(in, out, "", " ");
}

static void octets_c(struct rd in, struct buf *out)
{
	octets(in, out, "0x", ", ");
}

static void octets_escaped(struct rd in, struct buf *out)
{
	octets(in, out, "\\x", "");
}

static void od_c(struct rd in, struct buf *out)
{
	struct wr w = wr_to(out);

	for (unsigned at = 0; in.len; at += 16) {
		struct rd row;
		uint8_t c;

		CHECK(rd_take(&in, in.len < 16 ? in.len : 16, &row));
		wr_text(&w, "%07o", at);
		while (rd_u8(&row, &c))
			if (c == '\n')
				wr_str(&w, "  \\n");
			else
				wr_text(&w, "   %c", c);
		wr_str(&w, "\n");
	}
	CHECK(wr_ok(&w));
}

static void xxd(struct rd in, struct buf *out)
{
	struct wr w = wr_to(out);

	for (unsigned at = 0; in.len; at += 16) {
		struct rd row, show;
		uint8_t c;
		unsigned k = 0;

		CHECK(rd_take(&in, in.len < 16 ? in.len : 16, &row));
		show = row;
		wr_text(&w, "%08x:", at);
		for (; rd_u8(&row, &c); k++)
			wr_text(&w, k % 2 ? "%02x" : " %02x", c);
		wr_str(&w, "  ");
		while (rd_u8(&show, &c))
			wr_u8(&w, c >= 32 && c < 127 ? c : '.');
		wr_str(&w, "\n");
	}
	CHECK(wr_ok(&w));
}

static void zlib_with(struct rd in, struct buf *out, int window)
{
	z_stream z = { .next_in = (z_const Bytef *)in.p, .avail_in = (uInt)in.len };
	uint8_t *p;

	CHECK(buf_space(out, PACKED_MAX / 2, &p));
	z.next_out = p;
	z.avail_out = PACKED_MAX / 2;
	CHECK(deflateInit2(&z, 6, Z_DEFLATED, window, 8, 0) == Z_OK && deflate(&z, Z_FINISH) == Z_STREAM_END);
	buf_grew(out, z.total_out);
	(void)deflateEnd(&z);
}

static void gzip(struct rd in, struct buf *out)
{
	zlib_with(in, out, 31);
}

static void zlib(struct rd in, struct buf *out)
{
	zlib_with(in, out, 15);
}

static void zstd(struct rd in, struct buf *out)
{
	uint8_t *p;

	CHECK(buf_space(out, PACKED_MAX / 2, &p));
	size_t n = ZSTD_compress(p, PACKED_MAX / 2, in.p, in.len, 3);
	CHECK(!ZSTD_isError(n));
	buf_grew(out, n);
}

static void xz(struct rd in, struct buf *out)
{
	uint8_t *p;
	size_t n = 0;

	CHECK(buf_space(out, PACKED_MAX / 2, &p));
	CHECK(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, in.p, in.len, p, &n, PACKED_MAX / 2) == LZMA_OK);
	buf_grew(out, n);
}

static void bzip2(struct rd in, struct buf *out)
{
	uint8_t *p;
	unsigned n = PACKED_MAX / 2;

	CHECK(buf_space(out, PACKED_MAX / 2, &p));
	CHECK(BZ2_bzBuffToBuffCompress((char *)p, &n, (char *)(uintptr_t)in.p, (unsigned)in.len, 9, 0, 0) == BZ_OK);
	buf_grew(out, n);
}

static void then_base64(void (*pack)(struct rd, struct buf *), struct rd in, struct buf *out)
{
	struct buf b;

	buf_init(&b, PACKED_MAX);
	pack(in, &b);
	base64(buf_rd(&b), out);
	buf_done(&b);
}

static void gzip_base64(struct rd in, struct buf *out)
{
	then_base64(gzip, in, out);
}

static void xz_base64(struct rd in, struct buf *out)
{
	then_base64(xz, in, out);
}

static void zstd_base64(struct rd in, struct buf *out)
{
	then_base64(zstd, in, out);
}

static void bzip2_base64(struct rd in, struct buf *out)
{
	then_base64(bzip2, in, out);
}

static void base64_twice(struct rd in, struct buf *out)
{
	then_base64(base64, in, out);
}

static void gzip_base64_twice(struct rd in, struct buf *out)
{
	then_base64(gzip_base64, in, out);
}

/* Each digit of the input goes through `digit`, the rest stays. */
static void each_digit(struct rd in, struct buf *out, const char *const form[10], const char *between)
{
	uint8_t c;
	bool was = false;

	while (rd_u8(&in, &c)) {
		if (is_digit(c) && was)
			text(out, between);
		was = is_digit(c);
		if (is_digit(c))
			text(out, form[c - '0']);
		else
			put(out, c);
	}
}

#define PLAIN { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" }

static void fullwidth(struct rd in, struct buf *out)
{
	static const char *const f[10] = { "０", "１", "２", "３", "４", "５", "６", "７", "８", "９" };
	each_digit(in, out, f, "");
}

static void arabic(struct rd in, struct buf *out)
{
	static const char *const f[10] = { "٠", "١", "٢", "٣", "٤", "٥", "٦", "٧", "٨", "٩" };
	each_digit(in, out, f, "");
}

static void mathematical(struct rd in, struct buf *out)
{
	static const char *const f[10] = { "𝟘", "𝟙", "𝟚", "𝟛", "𝟜", "𝟝", "𝟞", "𝟟", "𝟠", "𝟡" };
	each_digit(in, out, f, "");
}

static void coloured(struct rd in, struct buf *out)
{
	static const char *const f[10] = PLAIN;
	each_digit(in, out, f, "\033[31m\033[0m");
}

static void zero_width(struct rd in, struct buf *out)
{
	static const char *const f[10] = PLAIN;
	each_digit(in, out, f, "\xe2\x80\x8b");
}

static void commas(struct rd in, struct buf *out)
{
	static const char *const f[10] = PLAIN;
	each_digit(in, out, f, ",");
}

static void colons(struct rd in, struct buf *out)
{
	static const char *const f[10] = PLAIN;
	each_digit(in, out, f, ":");
}

static void blanks(struct rd in, struct buf *out)
{
	static const char *const f[10] = PLAIN;
	each_digit(in, out, f, " ");
}

static void one_a_line(struct rd in, struct buf *out)
{
	static const char *const f[10] = PLAIN;
	each_digit(in, out, f, "\n");
}

static void letters(struct rd in, struct buf *out)
{
	static const char *const f[10] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };
	each_digit(in, out, f, "");
}

static void english(struct rd in, struct buf *out)
{
	static const char *const f[10] = { "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine" };
	each_digit(in, out, f, " ");
}

static void dutch(struct rd in, struct buf *out)
{
	static const char *const f[10] = { "nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen" };
	each_digit(in, out, f, "");
}

static void english_lines(struct rd in, struct buf *out)
{
	static const char *const f[10] = { "zero\n", "one\n", "two\n", "three\n", "four\n", "five\n", "six\n", "seven\n", "eight\n", "nine\n" };
	each_digit(in, out, f, "");
}

static void chinese(struct rd in, struct buf *out)
{
	static const char *const f[10] = { "〇", "一", "二", "三", "四", "五", "六", "七", "八", "九" };
	each_digit(in, out, f, "");
}

static void likeness(struct rd in, struct buf *out)
{
	static const char *const f[10] = { "O", "l", "2", "3", "4", "5", "6", "7", "8", "9" };
	each_digit(in, out, f, "");
}

static void escape_octal(struct rd in, struct buf *out)
{
	static const char *const f[10] = PLAIN;
	each_digit(in, out, f, "\033]0;x\a");
}

/* One number a line, in another radix. */
static void in_radix(struct rd in, struct buf *out, unsigned base, const char *prefix)
{
	struct rd line;

	while (rd_until(&in, '\n', &line)) {
		char digits[64];
		size_t at = sizeof(digits);
		uint64_t v = 0;
		uint8_t c;

		while (rd_u8(&line, &c))
			v = v * 10 + (c - '0');
		for (; v; v /= base)
			digits[--at] = "0123456789abcdefghijklmnopqrstuvwxyz"[v % base];
		text(out, prefix);
		CHECK(buf_put(out, (uint8_t *)digits + at, sizeof(digits) - at));
		put(out, '\n');
	}
}

static void as_hex(struct rd in, struct buf *out)
{
	in_radix(in, out, 16, "0x");
}

static void as_long_hex(struct rd in, struct buf *out)
{
	in_radix(in, out, 16, "0000000");
}

static void as_binary(struct rd in, struct buf *out)
{
	in_radix(in, out, 2, "0b");
}

static void as_octal(struct rd in, struct buf *out)
{
	in_radix(in, out, 8, "0");
}

static void as_base36(struct rd in, struct buf *out)
{
	in_radix(in, out, 36, "");
}

/* Numbers side by side, one digit a row. */
static void columns(struct rd in, struct buf *out)
{
	struct rd line, cols[8];
	size_t n = 0;
	uint8_t c;

	while (rd_until(&in, '\n', &line)) {
		cols[n++] = line;
		if (n < 8 && in.len)
			continue;
		for (size_t r = 0; r < cols[0].len; r++) {
			for (size_t k = 0; k < n; k++) {
				CHECK(rd_at(&cols[k], r, &c));
				put(out, c);
				put(out, k + 1 < n ? ' ' : '\n');
			}
		}
		put(out, '\n');
		n = 0;
	}
}

/* Stands for a cipher: bytes that tell nothing. */
static void cipher(struct rd in, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++)
		put(out, (uint8_t)(in.p[i] ^ test_random()));
}

static void cipher_base64(struct rd in, struct buf *out)
{
	then_base64(cipher, in, out);
}

static void secret_letters(struct rd in, struct buf *out)
{
	static const char *const f[10] = { "x", "k", "W", "p", "z", "Q", "v", "m", "t", "J" };
	each_digit(in, out, f, "");
}

static void permuted(struct rd in, struct buf *out)
{
	static const char *const f[10] = { "1", "2", "3", "4", "5", "6", "7", "8", "9", "0" };
	each_digit(in, out, f, "");
}

static void sixel(struct rd in, struct buf *out)
{
	text(out, "\033Pq#0;2;0;0;0");
	for (size_t i = 0; i < in.len; i++)
		put(out, (uint8_t)('?' + in.p[i] % 64));
	text(out, "\033\\");
}

const struct evasion evasions[] = {
	{ "coloured", EVASION_DECODED, false, coloured },
	{ "zero-width", EVASION_DECODED, false, zero_width },
	{ "titles between", EVASION_DECODED, false, escape_octal },
	{ "full-width digits", EVASION_DECODED, false, fullwidth },
	{ "arabic digits", EVASION_DECODED, false, arabic },
	{ "mathematical digits", EVASION_DECODED, false, mathematical },
	{ "base64", EVASION_DECODED, false, base64 },
	{ "base64 in one line", EVASION_DECODED, false, base64_one_line },
	{ "base64url", EVASION_DECODED, false, base64_url },
	{ "base64 of UTF-16", EVASION_DECODED, false, base64_utf16 },
	{ "base64 twice", EVASION_DECODED, false, base64_twice },
	{ "base32", EVASION_DECODED, false, base32 },
	{ "base85", EVASION_DECODED, false, base85 },
	{ "ascii85", EVASION_DECODED, false, ascii85 },
	{ "z85", EVASION_DECODED, false, z85 },
	{ "xxd -p", EVASION_DECODED, false, hex },
	{ "xxd", EVASION_DECODED, false, xxd },
	{ "hexdump -C", EVASION_DECODED, false, hexdump_c },
	{ "od -x", EVASION_DECODED, false, od_x },
	{ "od", EVASION_DECODED, false, od },
	{ "od -b", EVASION_DECODED, false, od_b },
	{ "od -c", EVASION_DECODED, false, od_c },
	{ "33:31", EVASION_DECODED, false, octets_colons },
	{ "33 31", EVASION_DECODED, false, octets_blanks },
	{ "0x33, 0x31", EVASION_DECODED, false, octets_c },
	{ "\\x33\\x31", EVASION_DECODED, false, octets_escaped },
	{ "gzip", EVASION_DECODED, false, gzip },
	{ "zlib", EVASION_DECODED, false, zlib },
	{ "zstd", EVASION_DECODED, false, zstd },
	{ "xz", EVASION_DECODED, false, xz },
	{ "bzip2", EVASION_DECODED, false, bzip2 },
	{ "gzip base64", EVASION_DECODED, false, gzip_base64 },
	{ "gzip base64 base64", EVASION_DECODED, false, gzip_base64_twice },
	{ "xz base64", EVASION_DECODED, false, xz_base64 },
	{ "zstd base64", EVASION_DECODED, false, zstd_base64 },
	{ "bzip2 base64", EVASION_DECODED, false, bzip2_base64 },
	{ "1,2,3", EVASION_DECODED, false, commas },
	{ "1:2:3", EVASION_DECODED, false, colons },
	{ "1 2 3", EVASION_DECODED, false, blanks },
	{ "one digit a line", EVASION_DECODED, true, one_a_line },
	{ "columns", EVASION_DECODED, true, columns },
	{ "a to j", EVASION_DECODED, false, letters },
	{ "English words", EVASION_DECODED, false, english },
	{ "English words, one a line", EVASION_DECODED, true, english_lines },
	{ "Chinese digits", EVASION_DECODED, false, chinese },
	{ "Dutch words, no blanks", EVASION_DECODED, false, dutch },
	{ "O and l", EVASION_DECODED, true, likeness },
	{ "hexadecimal", EVASION_DECODED, true, as_hex },
	{ "hexadecimal, zeros before it", EVASION_DECODED, true, as_long_hex },
	{ "binary", EVASION_DECODED, true, as_binary },
	{ "octal", EVASION_DECODED, true, as_octal },
	{ "base 36", EVASION_DECODED, true, as_base36 },
	{ "cipher", EVASION_OPAQUE, false, cipher },
	{ "cipher in base64", EVASION_OPAQUE, false, cipher_base64 },
	{ "secret letters", EVASION_OPAQUE, true, secret_letters },
	{ "permuted digits", EVASION_OPAQUE, true, permuted },
	{ "sixel", EVASION_OPAQUE, false, sixel },
};

const unsigned n_evasions = ARRAY_LEN(evasions);
