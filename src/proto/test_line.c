/*
 * Is:        tests of the line editor: keys, what is shown, and a random comparison with
 *            a naive editor and a naive terminal.
 * Is not:    a test of any grammar.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "base/wr.h"
#include "proto/line.h"
#include "testing/test.h"

static struct line l;

static unsigned help(void *arg, struct rd before, line_each each, void *each_arg)
{
	static const char *const words[] = { "show", "shutdown", "subscriber" };
	unsigned n = 0;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		struct rd word = rd_str(words[i]), front;
		if (rd_slice(&word, 0, before.len, &front) && rd_equal(&front, &before)) {
			each(each_arg, word, rd_str("A word"), true);
			n++;
		}
	}
	return n;
}

/* Types `keys`; the outcome, the line and what was shown. */
static int type(struct rd keys, struct buf *echo, struct buf *out)
{
	return line_feed(&l, &keys, echo, out);
}

static void expect_n(struct rd keys, const char *want)
{
	AUTO(buf_done) struct buf echo = { 0 }, out = { 0 };

	buf_init(&echo, 1 << 16);
	buf_init(&out, LINE_BYTES_MAX);
	int rc = type(keys, &echo, &out);
	struct rd got = buf_rd(&out), wanted = rd_str(want);
	if (rc != LINE_DONE || !rd_equal(&got, &wanted))
		test_fail(__FILE__, __LINE__, "'%.*s' gave %d '%.*s', not '%s'", (int)keys.len,
		    (const char *)keys.p, rc, (int)got.len, (const char *)got.p, want);
}

static void expect(const char *keys, const char *want)
{
	expect_n(rd_str(keys), want);
}

static void start(void)
{
	line_done(&l);
	line_init(&l, (struct line_help){ NULL });
}

TEST(line_escapes_hide_nothing)
{
	line_init(&l, (struct line_help){ NULL });
	expect("show\x1b[\rx\r", "show");             /* CR inside a sequence ends the line */
	expect("x\r", "x");
	start();
	expect("a\x1b]0;title\rb\r", "a");
	expect("\x1b]hidden\x07shown\r", "shown");
	expect("\x1bP+q\x1b\\x\r", "x");
	expect("\x1b[999999999;1;2;3mx\r", "x");
}

TEST(line_interrupt_and_end)
{
	AUTO(buf_done) struct buf echo = { 0 }, out = { 0 };

	start();
	buf_init(&echo, 4096);
	buf_init(&out, 4096);
	CHECK_INT(type(rd_str("show version\x03"), &echo, &out), LINE_INTERRUPT);
	expect("subscribers all\r", "subscribers all"); /* nothing of the permitted prefix is left */
	CHECK_INT(type(rd_str("\x04"), &echo, &out), LINE_END);
	CHECK_INT(type(rd_str("a\x04"), &echo, &out), 0);
}

TEST(line_editing_keys)
{
	start();
	expect("abc\x02\x02X\r", "aXbc");
	expect("bc\x01" "a\x05" "d\r", "abcd");
	expect("abc\x08\x7fz\r", "az");
	expect("abc\x1b[D\x1b[3~\r", "ab");
	expect("one two three\x17\x17X\r", "one X");
	expect("one two\x15three\r", "three");
	expect("one two\x01\x0b\x19\x19\r", "one twoone two");
	expect("one two\x1b" "b\x1b" "dX\r", "one X");
	expect("ab\x14\r", "ba");
	expect("show subscriber imsi 999700000000049\x08" "2\r", "show subscriber imsi 999700000000042");
	expect("show subxscriber\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x08\r", "show subscriber");
	expect("one two\x1b[1;5DX\x1b[1;5CY\r", "one XtwoY");
	expect("\xc3\xa9\xe2\x82\xac" "x\x02\x7f\r", "\xc3\xa9x");
	expect("a\x1b[Hb\x1b[Fc\x1bOHd\x1bOFe\r", "dbace");
}

TEST(line_history_and_search)
{
	start();
	expect("first one\r", "first one");
	expect("second\r", "second");
	expect("\x1b[A\x1b[A\r", "first one");
	expect("dra\x10\x10\x0e\x0e" "ft\r", "draft");
	expect("\x12" "sec\r", "second");
	expect("\x12" "one\x12\x12\x05 more\r", "first one more");
	expect("typed\x12" "zzz\x07 on\r", "typed on");
}

TEST(line_paste)
{
	AUTO(buf_done) struct buf echo = { 0 }, out = { 0 };
	struct rd keys = rd_str("\x1b[200~show\tv\x1b[A?\x03\x08\r\nsecond\n\x1b[201~third");

	line_done(&l);
	line_init(&l, (struct line_help){ help, NULL });
	buf_init(&echo, 4096);
	buf_init(&out, 4096);
	CHECK_INT(line_feed(&l, &keys, &echo, &out), LINE_DONE);
	CHECK_RD(buf_rd(&out), rd_str("show v?"));
	CHECK_INT(line_feed(&l, &keys, &echo, &out), LINE_DONE);
	CHECK_RD(buf_rd(&out), rd_str("second"));
	CHECK_INT(line_feed(&l, &keys, &echo, &out), 0);
	CHECK_U64(keys.len, 0);
	/* Without brackets, too, one line at a time. */
	keys = rd_str("\x03" "a\r\nb\rc\n");
	CHECK_INT(line_feed(&l, &keys, &echo, &out), LINE_INTERRUPT);
	CHECK_INT(line_feed(&l, &keys, &echo, &out), LINE_DONE);
	CHECK_RD(buf_rd(&out), rd_str("a"));
	CHECK_INT(line_feed(&l, &keys, &echo, &out), LINE_DONE);
	CHECK_RD(buf_rd(&out), rd_str("b"));
	CHECK_INT(line_feed(&l, &keys, &echo, &out), LINE_DONE);
	CHECK_RD(buf_rd(&out), rd_str("c"));
}

TEST(line_no_echo_shows_and_keeps_nothing)
{
	AUTO(buf_done) struct buf echo = { 0 }, out = { 0 };

	start();
	buf_init(&echo, 4096);
	buf_init(&out, 4096);
	line_no_echo(&l, true);
	CHECK_INT(type(rd_str("wrong\x15s3cret\x12?\t\x1b[A\x0c\r"), &echo, &out), LINE_DONE);
	CHECK_RD(buf_rd(&out), rd_str("s3cret?"));
	CHECK_RD(buf_rd(&echo), rd_str("\r\n"));
	line_no_echo(&l, false);
	CHECK_INT(type(rd_str("\x1b[A\x19"), &echo, &out), 0);
	CHECK_U64(l.n, 0);
	for (size_t i = 0; i + 5 < sizeof(l); i++)
		CHECK(memcmp((const char *)&l + i, "s\0\0\0003", 5) != 0);
}

/* Whoever waits for a prompt, as Ansible does, sees one: nothing comes after it. A cursor within the line is put there. */
TEST(line_drawn_anew_ends_where_the_cursor_is)
{
	AUTO(buf_done) struct buf echo = { 0 }, out = { 0 };

	buf_init(&echo, 4096);
	buf_init(&out, 4096);
	line_prompt(&l, rd_str("hlr# "));
	CHECK(line_redraw(&l, &echo));
	CHECK_RD(buf_rd(&echo), rd_str("\r\x1b[Khlr# "));
	CHECK_INT(type(rd_str("show\x02\x02"), &echo, &out), 0);
	buf_reset(&echo);
	CHECK(line_redraw(&l, &echo));
	CHECK_RD(buf_rd(&echo), rd_str("\r\x1b[Khlr# show\r\x1b[7C"));
	expect("\r", "show");
}

TEST(line_completion_and_help)
{
	AUTO(buf_done) struct buf echo = { 0 }, out = { 0 };

	line_done(&l);
	line_init(&l, (struct line_help){ help, NULL });
	buf_init(&echo, 4096);
	buf_init(&out, 4096);
	expect("su\t\r", "subscriber ");
	expect("s\t\r", "s");
	expect("sho\tx\r", "show x");
	line_prompt(&l, rd_str("hlr# "));
	CHECK_INT(type(rd_str("sh?"), &echo, &out), 0);
	CHECK_RD(buf_rd(&echo), rd_str("sh\r\n  show             A word\r\n  shutdown         A word\r\n"
	    "\r\x1b[Khlr# sh"));
	expect("\r", "sh");
	expect("zz\t\r", "zz");
}

TEST(line_refuses_what_hides)
{
	start();
	expect("a\xe2\x80\xae" "b\xe2\x80\x8b" "c\xc2\x9b" "d\xcc\x81" "e\xff\xc0\x80" "f\xed\xa0\x80g\r", "abcdefg");
	expect("a\xe2\x82\rb\r", "a"); /* a rune cut off by the line end */
}

TEST(line_is_bounded)
{
	AUTO(buf_done) struct buf echo = { 0 }, out = { 0 };
	uint8_t many[LINE_RUNES_MAX + 100];

	start();
	buf_init(&echo, 1 << 24);
	buf_init(&out, LINE_BYTES_MAX);
	memset(many, 'x', sizeof(many));
	CHECK_INT(type(rd_of(many, sizeof(many)), &echo, &out), 0);
	CHECK_U64(l.n, LINE_RUNES_MAX);
	CHECK_INT(type(rd_str("\r"), &echo, &out), LINE_DONE);
	CHECK_U64(out.len, LINE_RUNES_MAX);
}

/* --- the naive editor and the naive terminal -------------------------------------------- */

struct naive {
	char text[512];
	size_t n, at;
};

static void naive_key(struct naive *m, int key)
{
	switch (key) {
	case 0: /* Ctrl-A */
		m->at = 0;
		return;
	case 1: /* Ctrl-E */
		m->at = m->n;
		return;
	case 2: /* left */
		m->at -= m->at > 0;
		return;
	case 3: /* right */
		m->at += m->at < m->n;
		return;
	case 4: /* backspace */
		if (m->at) {
			memmove(m->text + m->at - 1, m->text + m->at, m->n - m->at);
			m->at--;
			m->n--;
		}
		return;
	case 5: /* Ctrl-U */
		memmove(m->text, m->text + m->at, m->n - m->at);
		m->n -= m->at;
		m->at = 0;
		return;
	case 6: /* Ctrl-K */
		m->n = m->at;
		return;
	default: /* a letter */
		memmove(m->text + m->at + 1, m->text + m->at, m->n - m->at);
		m->text[m->at++] = (char)key;
		m->n++;
		return;
	}
}

/* One row of a terminal. */
struct row {
	char cells[256];
	size_t at, width;
};

static void row_feed(struct row *t, struct rd in)
{
	uint8_t c;

	while (rd_u8(&in, &c)) {
		unsigned n = 0;
		if (c == '\r') {
			t->at = 0;
		} else if (c == 0x1b) {
			CHECK(rd_u8(&in, &c) && c == '[' && rd_u8(&in, &c));
			for (; c >= '0' && c <= '9'; CHECK(rd_u8(&in, &c)))
				n = n * 10 + (unsigned)(c - '0');
			if (c == 'K')
				memset(t->cells + t->at, ' ', t->width - t->at);
			else
				t->at += n;
		} else if (c != 7) {
			t->cells[t->at++] = (char)c;
		}
		CHECK(t->at < t->width);
	}
}

/* After every key the row shows the prompt and the line, the cursor in its place. */
TEST(line_against_a_naive_editor)
{
	static const char *const keys[] = { "\x01", "\x05", "\x1b[D", "\x1b[C", "\x7f", "\x15", "\x0b" };

	for (int round = 0; round < 300; round++) {
		AUTO(buf_done) struct buf echo = { 0 }, out = { 0 };
		struct naive m = { .n = 0 };
		struct row t = { .width = round % 2 ? 250 : 30 };
		start();
		buf_init(&echo, 1 << 20);
		buf_init(&out, 4096);
		memset(t.cells, ' ', sizeof(t.cells));
		line_width(&l, (unsigned)t.width);
		line_prompt(&l, rd_str("hlr> "));
		CHECK(line_redraw(&l, &echo));
		for (int i = 0; i < 120; i++) {
			char letter[2] = { (char)('a' + test_below(26)), 0 };
			int key = test_below(3) ? letter[0] : (int)test_below(7);
			naive_key(&m, key);
			CHECK_INT(type(rd_str(key < 7 ? keys[key] : letter), &echo, &out), 0);
			row_feed(&t, buf_rd(&echo));
			buf_reset(&echo);
			CHECK_U64(l.n, m.n);
			CHECK(t.cells[t.at ? t.at - 1 : 0] == (m.at ? m.text[m.at - 1] : ' '));
			CHECK(m.at == m.n || t.at + 1 >= t.width || t.cells[t.at] == m.text[m.at]);
			if (t.width == 250) {
				CHECK_U64(t.at, 5 + m.at);
				CHECK(memcmp(t.cells + 5, m.text, m.n) == 0 && t.cells[5 + m.n] == ' ');
			}
		}
		CHECK_INT(type(rd_str("\r"), &echo, &out), LINE_DONE);
		CHECK_RD(buf_rd(&out), rd_of(m.text, m.n));
	}
}

TEST(line_trickle)
{
	struct rd keys = rd_str("ab\x1b[D\x1b[200~x\ry\x1b[201~\xe2\x82\xac\x1bOD\x12" "ab\x07\x17z\r\nq\r"), one;
	AUTO(buf_done) struct buf whole = { 0 }, cut = { 0 }, echo = { 0 }, out = { 0 };
	int rc;

	buf_init(&whole, 4096);
	buf_init(&cut, 4096);
	buf_init(&echo, 1 << 16);
	buf_init(&out, 4096);
	start();
	struct rd all = keys;
	while (all.len)
		if (line_feed(&l, &all, &echo, &out) == LINE_DONE)
			CHECK(buf_put_rd(&whole, buf_rd(&out)) && buf_put_u8(&whole, '\n'));
	start();
	while (rd_take(&keys, 1, &one)) {
		rc = line_feed(&l, &one, &echo, &out);
		CHECK(rc == 0 || rc == LINE_DONE);
		if (rc == LINE_DONE)
			CHECK(buf_put_rd(&cut, buf_rd(&out)) && buf_put_u8(&cut, '\n'));
	}
	CHECK_RD(buf_rd(&cut), buf_rd(&whole));
	CHECK_RD(buf_rd(&whole), rd_str("axb\nz\xe2\x82\xac\nq\n"));
}
