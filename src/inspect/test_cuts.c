/*
 * Is:        tests that what the inspector counts and masks is the same however a stream is
 *            cut: cases that once were not, at every place, and sessions at random ones.
 * Is not:    a test of what is found (test_inspector.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     our own text.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "inspect/inspector.h"
#include "inspect/test_collect.h"
#include "inspect/test_evasions.h"
#include "inspect/test_person.h"
#include "testing/test.h"

enum { OUT_LEN = 1 << 20, TEXT_LEN = 1 << 16, EACH_PLACE = 600, SESSIONS = 120 };

/* Three numbers in seven are members'; whose, their last digits say. */
static void some_are_ours(void *ctx, struct inspect_ask *asks, size_t n)
{
	for (struct inspect_ask *a = asks; a < asks + n; a++) {
		a->person = test_person(a->value);
		a->membership = a->person % 7 < 3 ? MEMBERSHIP_MEMBER : a->person % 7 == 3 ? MEMBERSHIP_UNKNOWN : MEMBERSHIP_NONE;
		a->person |= 1;
	}
}

static void nobody_knows(void *ctx, struct inspect_ask *asks, size_t n)
{
}

static void all_are_ours(void *ctx, struct inspect_ask *asks, size_t n)
{
	some_are_ours(ctx, asks, n);
	for (struct inspect_ask *a = asks; a < asks + n; a++)
		a->membership = MEMBERSHIP_MEMBER;
}

static struct inspector_options options(bool screen)
{
	return (struct inspector_options){ .plan = collect_plan(), .key = { 1, 2 }, .screen = screen, .rows = 5, .cols = 117,
		.most_opaque = UINT64_MAX };
}

/* In pieces of `first` bytes and then at most `most`, all at one time. */
static void put_all(const struct inspector_options *o, struct rd in, size_t first, size_t most, struct buf *out, struct inspect_figures *f)
{
	AUTO(inspector_free) struct inspector *i = inspector_new(o);
	enum inspect_why why;
	struct rd piece;
	size_t n = first;

	buf_reset(out);
	while (in.len && rd_take(&in, n < in.len ? n : in.len, &piece)) {
		if (inspector_put(i, piece, 0, out, &why) == INSPECT_HOLD)
			inspector_resume(i, UINT32_MAX, UINT64_MAX, out);
		n = 1 + test_below(most);
	}
	while (inspector_end(i, out, &why) == INSPECT_HOLD)
		inspector_resume(i, UINT32_MAX, UINT64_MAX, out);
	inspector_figures(i, f);
}

static void check_same(const char *what, const struct inspect_figures *a, const struct inspect_figures *b)
{
	bool same = a->persons == b->persons && a->decoded == b->decoded && a->weak == b->weak && a->novel == b->novel &&
	    a->masked == b->masked && a->opaque == b->opaque && a->ceiling == b->ceiling && (a->unknown > 0) == (b->unknown > 0);

	for (size_t k = 0; k < SCAN_KINDS; k++)
		same &= a->kind[k] == b->kind[k];
	for (size_t k = 0; k < VERDICTS; k++)
		same &= a->verdict[k] == b->verdict[k];
	for (size_t k = 0; k < DATA_CLASSES; k++)
		same &= a->data[k] == b->data[k];
	if (!same)
		test_fail(__FILE__, __LINE__, "%s: persons %llu and %llu, decoded %llu and %llu, weak %llu and %llu, masked %llu and %llu, "
		    "opaque %llu and %llu", what, (unsigned long long)a->persons, (unsigned long long)b->persons,
		    (unsigned long long)a->decoded, (unsigned long long)b->decoded, (unsigned long long)a->weak,
		    (unsigned long long)b->weak, (unsigned long long)a->masked, (unsigned long long)b->masked,
		    (unsigned long long)a->opaque, (unsigned long long)b->opaque);
}

/* At once, in two at every place, byte by byte, and in random pieces. */
static void check_cuts(const char *what, const struct inspector_options *o, struct rd in)
{
	static const size_t most[] = { 1, 100, 9000 };
	struct inspect_figures whole, cut;
	AUTO(buf_wipe) struct buf a = { 0 };
	AUTO(buf_wipe) struct buf b = { 0 };

	buf_init(&a, OUT_LEN);
	buf_init(&b, OUT_LEN);
	put_all(o, in, in.len, 1, &a, &whole);
	for (size_t k = 1; k < in.len + ARRAY_LEN(most); k++) {
		if (k < in.len && in.len > EACH_PLACE)
			k = in.len;
		if (k < in.len)
			put_all(o, in, k, in.len, &b, &cut);
		else
			put_all(o, in, 1, most[k - in.len], &b, &cut);
		check_same(what, &whole, &cut);
		const struct rd x = buf_rd(&a), y = buf_rd(&b);
		if (!rd_equal(&x, &y))
			test_fail(__FILE__, __LINE__, "%s, cut %zu: other bytes", what, k);
	}
}

#define BLANKS "                                                                          "

/* Each was once counted otherwise when it came in two pieces. */
TEST(places_in_the_stream_decide)
{
	static const struct {
		const char *what;
		inspect_member_fn *member;
		bool screen;
		struct rd text;
	} c[] = {
#define CASE(what, member, screen, text) { what, member, screen, { (const uint8_t *)(text), sizeof(text) - 1 } }
		CASE("a word behind the line is none beside it", NULL, false, "11.1.111.1\nsubscriber "),
		CASE("a word that a pause ends", NULL, false, "1phone x"),
		CASE("a word too far before", NULL, false, "telefon" BLANKS BLANKS BLANKS "\ntweenulviernulachtzeseentweetweedrietweetweetweedriezeven" BLANKS "\n"),
		CASE("a word beside digits one a line", nobody_knows, false, "6\n1\n6\n7\n9\n5\n4\n4\n3\nphone\n616795443x"),
		CASE("decoded and in the clear", NULL, false, "MzE2NDAzMDI3NDI6 31640302742\n"),
		CASE("a dump and in the clear", NULL, false, "111111 3133 3136 3833 3338\n111111 3431 0a32 1111\n31613883142\n"),
		CASE("packed data that is none", NULL, false, "\xfd\x37zXZ\x9f\xa9\xc1 \xb0   \x86\xb5 \x95\xa8\xbe\xfe  \xc4\xf1 \xd5\xd4    \xb0"),
		CASE("a title in base 85", NULL, false, "x\x1b]x1xxd1xxZ1xxY1xxxxDxxxxxxxDxxxxxxxxxxxDxxxxxxxDxxxxxwI"),
		CASE("a mark in two", NULL, false, "           (\xb5/\xfd   \xff \x08x\xcb  \xd9\xff"),
		CASE("packed data begins in base 32", NULL, false, "imsi xExDGORRHI3DUNB2GY5DMORxHIZDUOJ2GA5DI(\xb5/\xfd"),
		CASE("a line end that the text swallows", NULL, false, "\x1bx\r@x.xx"),
		CASE("two words of one line", all_are_ours, true, "\nphone subscriber" BLANKS "701311326"),
		CASE("members by chance", some_are_ours, false, "x11xx1xxx 01011110111 10.0.3.1 06110710101611293\n611397611u"),
	};

	for (size_t k = 0; k < ARRAY_LEN(c); k++) {
		struct inspector_options o = options(c[k].screen);

		o.member = c[k].member;
		check_cuts(c[k].what, &o, c[k].text);
	}
}

/* And each of these was masked in part, or counted as what it began with, when it was held. */
TEST(what_is_open_waits)
{
	static const char *const text[] = {
		"x@x.xx ", "mail jan@example.nl and piet@mail.example.nl\n", "NL91 ABNA 0417 1643 00\n", "(06) 12 34 56 78, +31 6 12345678\n",
		"\xd9\xa3\xd9\xa1\xd9\xa6\xd9\xa1\xd9\xa2\xd9\xa1\xd9\xa1\xd9\xa2\xd9\xa5\xd9\xa7 ", "\x1b[316186338x", "\x1b]611111111x\a",
		"\x1bP002410539x\x1b\\", "\xc2\x9dx@x.xxx\a", "062605136xxxxxxxx1 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx1 xxxxxxxxxxxxxxxxxxxxxxx1 xxxxxxxxxxxxxxxx",
	};

	for (size_t k = 0; k < 2 * ARRAY_LEN(text); k++) {
		struct inspector_options o = options(false);

		o.mask = k % 2;
		o.most_persons = k % 2 ? 0 : UINT32_MAX;
		check_cuts(text[k / 2], &o, rd_str(text[k / 2]));
	}
}

/* A word may begin an address, but what a key makes on the screen does not wait: programs draw more than
 * the character itself. */
TEST(a_key_is_echoed_at_once)
{
	struct inspector_options typed = options(false), o = options(true);
	AUTO(buf_done) struct buf sent = { 0 };
	AUTO(buf_done) struct buf out = { 0 };
	enum inspect_why why;
	uint64_t now = INSPECTOR_ECHO_NS;

	o.mask = true;
	buf_init(&sent, OUT_LEN);
	buf_init(&out, OUT_LEN);
	AUTO(inspector_free) struct inspector *in = inspector_new(&typed);
	o.typed = in;
	AUTO(inspector_free) struct inspector *i = inspector_new(&o);
	CHECK(inspector_put(i, rd_str("mail jan"), now, &out, &why) == INSPECT_RELEASE); /* nobody has typed */
	CHECK_RD(buf_rd(&out), rd_str("mail "));
	CHECK(inspector_put(i, rd_str("@example.nl "), now, &out, &why) == INSPECT_RELEASE);
	CHECK_RD(buf_rd(&out), rd_str("mail ***@*******.** "));
	buf_reset(&out);
	for (const char *k = "show"; *k; k++) {
		char drawn[40];

		now += 1000000;
		CHECK(inspector_put(in, rd_of(k, 1), now, &sent, &why) == INSPECT_RELEASE);
		(void)snprintf(drawn, sizeof(drawn), "%c\033[?25h", *k);
		CHECK(inspector_put(i, rd_str(drawn), now + 1000, &out, &why) == INSPECT_RELEASE);
	}
	CHECK_RD(buf_rd(&out), rd_str("s\033[?25hh\033[?25ho\033[?25hw\033[?25h"));
	buf_reset(&out);
	now += INSPECTOR_ECHO_NS;
	CHECK(inspector_put(i, rd_str(" mail jan"), now, &out, &why) == INSPECT_RELEASE);
	CHECK_RD(buf_rd(&out), rd_str(" mail "));
}

static unsigned digits(void)
{
	return (unsigned)test_below(10000000);
}

static void some_prose(struct buf *to, unsigned person)
{
	static const char *const words[] = { "msisdn: ", "phone ", "income ", "children: ", "the ", "and zero ", "in twee ", "status active\n", "\n\n\t" };
	char line[200];

	(void)snprintf(line, sizeof(line), "%s", words[test_below(ARRAY_LEN(words))]);
	CHECK(buf_put_str(to, line));
	switch (test_below(7)) {
	case 0:
		(void)snprintf(line, sizeof(line), "+31 6 1%07u%s", digits(), test_below(2) ? "\r\n" : " ");
		break;
	case 1:
		(void)snprintf(line, sizeof(line), "id0612%07u x%s20408612%07u", person, test_below(2) ? "\r\n" : "y", person);
		break;
	case 2:
		(void)snprintf(line, sizeof(line), "user%u@mail.example.nl 10.0.%u.1, ", digits(), digits() & 0xff);
		break;
	case 3:
		(void)snprintf(line, sizeof(line), "612%07u%*s\n", person, (int)test_below(100), "");
		break;
	case 4:
		(void)snprintf(line, sizeof(line), "\033[1m06\033[m12%07u\033[K", digits());
		break;
	case 5:
		(void)snprintf(line, sizeof(line), "\033]0;0612%07u\007\033[%u;%uH", digits(), (unsigned)test_below(9), (unsigned)test_below(99));
		break;
	default:
		(void)snprintf(line, sizeof(line), "2001:db8::%x the number of %07u words\r\n", digits() & 0xffff, digits());
	}
	CHECK(buf_put_str(to, line));
}

/* Numbers in some dress, maybe cut off, maybe dressed again. */
static void some_dressed(struct buf *to, const struct evasion *e, unsigned person)
{
	AUTO(buf_wipe) struct buf in = { 0 };
	AUTO(buf_wipe) struct buf dressed = { 0 };
	char line[100];
	struct rd r;

	buf_init(&in, TEXT_LEN);
	buf_init(&dressed, 1 << 22);
	for (uint64_t k = 1 + test_below(test_below(3) ? 4 : 40); k; k--) {
		if (e->numbers_only)
			(void)snprintf(line, sizeof(line), "316%u%07u\n", (unsigned)test_below(6), digits());
		else
			(void)snprintf(line, sizeof(line), "%s x612%07u y20408612%07u\n", test_below(2) ? "call to" : "msisdn", person, test_below(2) ? person : digits());
		CHECK(buf_put_str(&in, line));
	}
	e->write(buf_rd(&in), &dressed);
	r = buf_rd(&dressed);
	if (test_below(4) == 0)
		CHECK(rd_slice(&r, 0, test_below(r.len + 1), &r));
	if (r.len <= buf_room(to))
		CHECK(buf_put_rd(to, r));
}

TEST(sessions_with_decoded_text)
{
	for (unsigned k = 0; k < SESSIONS; k++) {
		struct inspector_options o = options(k % 3 == 0);
		AUTO(buf_wipe) struct buf in = { 0 };
		const unsigned person = digits();
		char what[40];

		buf_init(&in, TEXT_LEN);
		o.member = k % 4 ? some_are_ours : NULL;
		o.numbers = k % 5 == 0;
		for (uint64_t n = 1 + test_below(6); n; n--) {
			for (uint64_t j = test_below(20); j; j--)
				some_prose(&in, person);
			some_dressed(&in, &evasions[(k + n) % n_evasions], person);
			CHECK(buf_put_str(&in, test_below(2) ? "\r\n" : ""));
		}
		(void)snprintf(what, sizeof(what), "session %u", k);
		check_cuts(what, &o, buf_rd(&in));
	}
}
