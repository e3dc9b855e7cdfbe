/*
 * Is:        fuzzing of the line editor: whatever is typed, a finished line is printable
 *            UTF-8, what is shown holds only the sequences that the editor writes, and
 *            every line end in the input was acted upon.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/text.h"
#include "proto/line.h"
#include "testing/fuzz.h"

static unsigned ask(void *arg, struct rd before, line_each each, void *each_arg)
{
	ASSERT(text_is_utf8(before));
	each(each_arg, rd_str("show"), rd_str("\x1b]0;evil\x07"), true);
	each(each_arg, rd_str("<0-7>"), rd_str(""), false);
	return 2;
}

static void check_line(struct rd r)
{
	uint32_t rune;

	while (r.len)
		ASSERT(rd_rune(&r, &rune) && rune >= 0x20 && !(rune >= 0x7f && rune < 0xa1));
}

static void check_echo(struct rd r)
{
	uint8_t c;

	while (rd_u8(&r, &c)) {
		ASSERT(c >= 0x20 || c == '\r' || c == '\n' || c == 7 || c == 0x1b);
		ASSERT(c != 0x1b || (rd_u8(&r, &c) && c == '['));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct line l;
	AUTO(buf_done) struct buf echo = { 0 }, out = { 0 };
	struct rd keys = rd_of(data, size);
	uint8_t how = 0, c;
	size_t n_cr = 0, n_lines = 0;

	buf_init(&echo, 1 << 24);
	buf_init(&out, LINE_BYTES_MAX);
	(void)!rd_u8(&keys, &how);
	line_init(&l, (struct line_help){ how & 1 ? ask : NULL, NULL });
	line_width(&l, how);
	line_prompt(&l, rd_str("hlr(config)# "));
	line_no_echo(&l, how & 2);
	for (struct rd r = keys; rd_u8(&r, &c);)
		n_cr += c == '\r';
	while (keys.len) {
		int rc = line_feed(&l, &keys, &echo, &out);
		ASSERT(rc != LINE_FULL);
		if (rc == LINE_DONE)
			check_line(buf_rd(&out));
		n_lines += rc == LINE_DONE;
		ASSERT(l.at <= l.n && l.n <= LINE_RUNES_MAX);
		check_echo(buf_rd(&echo));
		ASSERT(!(how & 2) || echo.len <= 2 * size);
		buf_reset(&echo);
	}
	ASSERT(n_lines >= n_cr);
	line_done(&l);
	return 0;
}
