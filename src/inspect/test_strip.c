/*
 * Is:        tests of escape stripping: what remains of each escape, and that the
 *            result does not depend on how the stream is cut.
 * Is not:    part of the product.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     our own captures, and random bytes.
 */
#include "inspect/strip.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "testing/test.h"

enum { OUT_MAX = 1 << 24 };

static void check_bytes_stripped(struct rd in, const char *want)
{
	struct strip s;
	struct traced text, aside;

	strip_init(&s);
	traced_init(&text, OUT_MAX, true);
	traced_init(&aside, OUT_MAX, false);
	strip_put(&s, in, 0, &text, &aside);
	strip_flush(&s, &text);
	CHECK_RD(buf_rd(&text.text), rd_str(want));
	traced_done(&text);
	traced_done(&aside);
}

static void check_stripped(const char *in, const char *want)
{
	check_bytes_stripped(rd_str(in), want);
}

TEST(escapes_resolve)
{
	check_stripped("3\033[1m1\033[38;5;12m6\033[0m12", "31612");
	check_stripped("\033]0;title\a316\033]8;;http://x\033\\12", "31612");
	check_stripped("\033Pq#0~~\033\\316\033_Gabc\033\\", "316");
	check_stripped("31\033[3b6", "311116");
	check_stripped("31\033[2C6", "31  6");
	check_stripped("316\033[5;9H12", "316\n12");
	check_stripped("316\r\n12\r\n", "316\n12\n");
	check_stripped("3\xe2\x80\x8b\x31\xc2\xad\x36\xe2\x80\xae", "316");
	check_stripped("\xef\xbc\x93\xd9\xa1\xf0\x9d\x9f\x94", "316");
	check_stripped("3\xf3\xa0\x80\xb1", "31");
	check_stripped("3\0011\0026", "316");
	check_stripped("31\xc2\x9b\x31m6", "316");
	check_stripped("\033(0316\033(B", "316");
	check_stripped("a\xc0\xb3" "b", "a\xef\xbf\xbd\xef\xbf\xbd" "b");
	check_stripped("a\xe2\x82\033[mb", "a\xef\xbf\xbd" "b");
}

static void same_text(const struct traced *a, const struct traced *b)
{
	CHECK_RD(buf_rd(&a->text), buf_rd(&b->text));
	for (size_t i = 0; i < a->text.len; i++)
		CHECK_U64(traced_src(a, i), traced_src(b, i));
}

/* Many lines at once are the same as their characters, and what follows is. */
TEST(lines_are_what_their_characters_are)
{
	static const char *const some[] = { "\n", "\n", "\r\n", "\n\n", "\r", "a\tb", "316", "line ", "x\ny\nz", "\033[2D7", "\033[b", "\b", "caf\xc3\xa9" };
	enum { PLAIN = ARRAY_LEN(some) - 4 };
	struct traced each, lines, aside;
	struct strip one, many;
	struct buf piece;
	unsigned taken = 0;

	strip_init(&one);
	strip_init(&many);
	traced_init(&each, OUT_MAX, true);
	traced_init(&lines, OUT_MAX, true);
	traced_init(&aside, OUT_MAX, false);
	buf_init(&piece, OUT_MAX);
	for (unsigned round = 0; round < 5000; round++) {
		const uint64_t kinds = test_below(4) ? PLAIN : ARRAY_LEN(some);

		buf_reset(&piece);
		for (uint64_t n = 1 + test_below(30); n; n--)
			CHECK(buf_put_str(&piece, some[test_below(kinds)]));
		const struct rd bytes = buf_rd(&piece);
		traced_reset(&each);
		traced_reset(&lines);
		strip_put(&one, bytes, round, &each, &aside);
		if (strip_is_own_text(&many, &bytes) && ++taken)
			strip_put_lines(&many, bytes, round, &lines, &aside);
		else
			strip_put(&many, bytes, round, &lines, &aside);
		same_text(&each, &lines);
		CHECK_U64(one.line_from, many.line_from);
		one.line_from = many.line_from = 0;
	}
	CHECK(taken > 1000);
	traced_done(&each);
	traced_done(&lines);
	traced_done(&aside);
	buf_done(&piece);
}

TEST(nothing_of_a_nul_is_seen)
{
	for (unsigned n = 1; n < 40; n++) {
		char in[64] = "31";

		in[2 + n] = '6';
		in[2 + n + 2] = '1';
		in[2 + n + 3] = '2';
		check_bytes_stripped(rd_of(in, 2 + n + 4), "31612");
	}
}

TEST(corrections_are_read_again)
{
	check_stripped("31613\b2", "31613\n31612");
	check_stripped("31613\b \b2", "31613\n31612");
	check_stripped("31613\b\033[K2", "31613\n31612");
	check_stripped("3163\b\b\033[1P2", "3163\n312");
	check_stripped("3\b31\b16\b6", "316");
	check_stripped("316\b7\b8x", "316\n317\n318x");
}

static void strip_in_pieces(struct rd in, struct traced *text, struct traced *aside, size_t most)
{
	struct strip s;
	uint32_t at = 0;

	strip_init(&s);
	while (in.len) {
		struct rd piece;
		size_t n = 1 + test_below(most);

		CHECK(rd_take(&in, n < in.len ? n : in.len, &piece));
		strip_put(&s, piece, at, text, aside);
		at += (uint32_t)piece.len;
	}
	strip_flush(&s, text);
}

static void check_splits(struct rd in)
{
	struct traced text[2], aside[2];

	for (int i = 0; i < 2; i++) {
		traced_init(&text[i], OUT_MAX, true);
		traced_init(&aside[i], OUT_MAX, true);
		strip_in_pieces(in, &text[i], &aside[i], i == 0 ? SIZE_MAX / 2 : test_below(4) ? 1 + test_below(300) : 1);
		CHECK(!text[i].lost);
	}
	CHECK_RD(buf_rd(&text[1].text), buf_rd(&text[0].text));
	CHECK_RD(buf_rd(&aside[1].text), buf_rd(&aside[0].text));
	for (size_t i = 0; i < text[0].text.len; i++)
		CHECK_U64(traced_src(&text[1], i), traced_src(&text[0], i));
	for (int i = 0; i < 2; i++) {
		traced_done(&text[i]);
		traced_done(&aside[i]);
	}
}

TEST(any_split_gives_the_same)
{
	static const char *const names[] = { "vim-24x80", "less-24x80", "tmux-24x80", "shell-24x80", "top-24x80" };
	static const char noise[] = "\033[;?0123456789mHJKbCD@PX]\a\\\b\b \r\n\t\302\233\343";

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[128];
		AUTO(mem_free) uint8_t *p = NULL;

		(void)snprintf(path, sizeof(path), "tests/corpus/terminal/%s.pty", names[i]);
		size_t n = test_file(path, &p);
		check_splits(rd_of(p, n));
	}
	for (int round = 0; round < 400; round++) {
		uint8_t p[600];

		for (size_t k = 0; k < sizeof(p); k++)
			p[k] = test_below(8) ? (uint8_t)noise[test_below(sizeof(noise) - 1)] : (uint8_t)test_random();
		check_splits(rd_of(p, sizeof(p)));
	}
}

/* Every character, and what is not one, in whole and by steps. */
TEST(whole_characters_are_those_of_the_steps)
{
	for (unsigned k = 0; k < 200000; k++) {
		uint8_t p[5] = { 0 };
		const size_t n = 1 + test_below(sizeof(p));
		struct utf8 u = { 0 };
		int32_t step = UTF8_MORE;
		uint32_t whole = 0;
		size_t used = 0;
		bool again;

		for (size_t i = 0; i < n; i++)
			p[i] = (uint8_t)(i && test_below(8) ? 0x80 + test_below(0x40) : test_below(4) ? 0xc0 + test_below(0x40) : test_below(256));
		const struct rd in = rd_of(p, n);
		while (step == UTF8_MORE && used < n)
			step = utf8_step(&u, p[used++], &again);
		CHECK_U64(utf8_take(&in, &whole), step >= 0 ? used : 0);
		if (step >= 0)
			CHECK_U64(whole, (uint32_t)step);
	}
	for (uint32_t cp = 0; cp < 0x110000; cp++)
		if (unicode_is_usual(cp) && (unicode_width(cp) != 1 || unicode_fold(cp) != cp))
			test_fail(__FILE__, __LINE__, "U+%04X is not usual", cp);
	CHECK(unicode_is_usual('7') && unicode_is_usual(0xe9) && unicode_is_usual(0x2502));
	CHECK(!unicode_is_usual(0xb2) && !unicode_is_usual(0x660) && !unicode_is_usual(0x200b) && !unicode_is_usual(0x10ffff));
}

static void same_sequence(const uint8_t *p, size_t n)
{
	const struct rd in = rd_of(p, n);
	struct vt whole, each;
	uint8_t final;
	size_t used;

	vt_init(&whole);
	vt_init(&each);
	used = vt_take_csi(&whole, &in, &final);
	for (size_t i = 0; i + 1 < used; i++)
		CHECK(vt_step(&each, p[i]) == VT_NONE);
	if (!used)
		return;
	CHECK(vt_step(&each, p[used - 1]) == VT_CSI && final == p[used - 1]);
	CHECK(vt_in_text(&whole) && vt_in_text(&each));
	CHECK_U64(whole.lead, each.lead);
	CHECK_U64(whole.inter, each.inter);
	if (final == 'm' && !whole.lead)
		return;
	CHECK_U64(whole.n_params, each.n_params);
	for (unsigned i = 0; i < VT_PARAMS_MAX + 1; i++)
		CHECK(vt_param(&whole, i, -2) == vt_param(&each, i, -2));
}

TEST(whole_sequences_are_those_of_their_bytes)
{
	static const char some[] = "0123456789;:;;99999?>< !HmKhJ\x1b\n\x18\x7f\x80";
	struct vt v;
	uint8_t p[60] = { 0 }, final;
	struct rd in = rd_str("\033[?25l");

	vt_init(&v);
	CHECK_U64(vt_take_csi(&v, &in, &final), 6);
	CHECK(final == 'l' && v.lead == '?' && vt_param(&v, 0, 0) == 25);
	in = rd_str("\033[38;5;12");
	CHECK_U64(vt_take_csi(&v, &in, &final), 0);
	in = rd_str("\033[2 q");
	CHECK_U64(vt_take_csi(&v, &in, &final), 0);
	for (unsigned k = 0; k < 100000; k++) {
		const size_t n = 2 + test_below(sizeof(p) - 1);

		p[0] = 0x1b;
		p[1] = '[';
		for (size_t i = 2; i < n; i++)
			p[i] = (uint8_t)some[test_below(k % 2 ? 20 : sizeof(some) - 1)];
		if (k % 2)
			p[n - 1] = (uint8_t)some[test_below(sizeof(some) - 1)];
		same_sequence(p, n);
	}
}

/* Of ESC and what it may begin: as its bytes one by one, or not at all. */
TEST(whole_escapes_are_those_of_their_bytes)
{
	for (unsigned k = 0; k < 256 * 256; k++) {
		const uint8_t p[3] = { 0x1b, (uint8_t)(k >> 8), (uint8_t)k };
		const struct rd in = rd_of(p, sizeof(p));
		enum vt_act act = VT_NONE;
		struct vt whole, each;
		uint8_t final = 0;
		size_t used;

		vt_init(&whole);
		vt_init(&each);
		used = vt_take_esc(&whole, &in, &final);
		for (size_t i = 0; i < (used == 2 ? 2 : sizeof(p)) && act == VT_NONE; i++)
			act = vt_step(&each, p[i]);
		CHECK((act == VT_ESC) == (used > 0) || p[1] == 0x1b || p[1] == 0x7f);
		if (used)
			CHECK(act == VT_ESC && final == p[used - 1] && whole.inter == each.inter && whole.lead == each.lead && !whole.n_params);
	}
	for (size_t n = 0; n < 3; n++) {
		const struct rd cut = rd_of("\033(B", n);
		struct vt v;
		uint8_t final;

		CHECK_U64(vt_take_esc(&v, &cut, &final), 0);
	}
}

enum { TOKENS_LEN = 300, PARTS_MAX = 4 * TOKENS_LEN };

/* A token, or a character of a run. */
struct part {
	uint8_t act, c, lead, inter, n_params;
	uint32_t cp, src;
	int param[2];
};

static size_t add_parts(const struct token *t, struct part *out)
{
	const bool run = t->act == VT_PRINT && !t->cp, seq = t->act == VT_ESC || t->act == VT_CSI;
	const size_t n = run ? t->run.len : t->act != VT_NONE;

	for (size_t k = 0; k < n; k++)
		out[k] = (struct part){ .act = t->act, .c = t->c, .cp = run ? t->run.p[k] : t->cp, .src = t->src + (uint32_t)k };
	if (!seq)
		return n;
	/* Where a sequence began is nobody's; the parameters of a colour are not kept. */
	out->src = 0;
	out->lead = t->vt.lead;
	out->inter = t->vt.inter;
	for (unsigned k = 0; k < ARRAY_LEN(out->param) && t->c != 'm'; k++)
		out->param[k] = vt_param(&t->vt, k, -2);
	return n;
}

/* What the bytes come to, read in pieces of at most `most`, with room for so few tokens at a time. */
static size_t read_parts(struct rd in, size_t most, size_t room, struct part *out)
{
	struct token few[8];
	struct tokens tokens = { .t = few, .max = room };
	struct token_reader r;
	struct rd piece;
	uint32_t at = 0;
	size_t n = 0;

	tokens_init(&r);
	for (; in.len && rd_take(&in, in.len < most ? in.len : most, &piece); at += (uint32_t)piece.len)
		for (size_t i = 0; i < piece.len;) {
			i = tokens_read(&r, &piece, i, at, &tokens);
			for (size_t k = 0; k < tokens.n; k++)
				n += add_parts(&few[k], out + n);
		}
	return n;
}

TEST(tokens_do_not_depend_on_the_cut)
{
	static const char *const some[] = { "316", "abc 123 ", "\033[", "\033[1;31m", "\033[12;5H", "\033[?25l", "4", ";", "\033]0;x",
		"\007", "\033P1;2q", "\033\\", "\033(0", "\033D", "\r\n", "\b", "\x18", "\x7f", "\xc3\xa9", "\xc2\x85", "\xc2\x9b",
		"\xc3", "\x80", "\xef\xbc\x90", "\xff" };
	static struct part whole[PARTS_MAX], cut[PARTS_MAX];
	char in[TOKENS_LEN + 16];

	for (unsigned round = 0; round < 3000; round++) {
		size_t len = 0, n;

		while (len < TOKENS_LEN)
			len += (size_t)snprintf(in + len, 16, "%s", some[test_below(ARRAY_LEN(some))]);
		n = read_parts(rd_of(in, len), len, 8, whole);
		CHECK(n > 0 && n <= PARTS_MAX);
		CHECK_U64(read_parts(rd_of(in, len), 1 + test_below(round % 2 ? 3 : 40), 2 + test_below(6), cut), n);
		CHECK(memcmp(whole, cut, n * sizeof(cut[0])) == 0);
	}
}

TEST(sources_point_at_the_digits)
{
	struct strip s;
	struct traced text, aside;
	static const char in[] = "a\033[1m3\033[0m\xef\xbc\x91z";

	strip_init(&s);
	traced_init(&text, OUT_MAX, true);
	traced_init(&aside, OUT_MAX, false);
	strip_put(&s, rd_str(in), 0, &text, &aside);
	CHECK_RD(buf_rd(&text.text), rd_str("a31z"));
	CHECK_U64(traced_src(&text, 1), 1 + 5);
	CHECK_U64(traced_src(&text, 2), 1 + 10);
	CHECK_U64(traced_src(&text, 3), 1 + 13);
	traced_done(&text);
	traced_done(&aside);
}

TEST(growth_is_bounded)
{
	static const char *const worst[] = { "\033[9999b", "\033[9999C", "a\b", "_\b3", "\033[D1", "\033[@" };

	for (size_t i = 0; i < ARRAY_LEN(worst); i++) {
		struct strip s;
		struct traced text, aside;
		size_t n = 0;

		strip_init(&s);
		traced_init(&text, OUT_MAX, false);
		traced_init(&aside, OUT_MAX, false);
		strip_put(&s, rd_str("0123456789012345678901234567890123456789012345678901234567890123456789"), 0, &text, &aside);
		for (int k = 0; k < 2000; k++, n += strlen(worst[i]))
			strip_put(&s, rd_str(worst[i]), 0, &text, &aside);
		CHECK(!text.lost && text.text.len <= 100 + n * STRIP_GROWTH);
		traced_done(&text);
		traced_done(&aside);
	}
}
