/*
 * Is:        what is open at the end of a chunk: the beginning of an identifier, of a character or
 *            of a sequence, which is better judged with what comes next.
 * Is not:    a judge of it, or of how long it may wait (inspector.c).
 * Called by: inspector.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "inspect/inspector_layer.h"

#include "base/ascii.h"
#include "inspect/decode.h"

enum { TAIL_BYTES = 1024, SILENT_MAX = 16 };

/* Characters that a number, an address or an account may go on with. */
static bool goes_on(uint8_t c)
{
	return is_alnum(c) || c == '.' || c == '-' || c == '_' || c == '@' || c == '+' ||
	    c == '/' || c == '(' || c == ')' || c == '<';
}

/* Whether the blank at `at` may stand between groups of it. */
static bool parts_groups(const struct rd *text, size_t at)
{
	const uint8_t before = at ? text->p[at - 1] : 0, after = at + 1 < text->len ? text->p[at + 1] : '0';

	return text->p[at] == ' ' && (is_digit(before) || is_upper(before) || before == ')') &&
	    (is_digit(after) || is_upper(after) || after == '(' || after == '+' || after == '-' || after == '/');
}

/* The place in the text where the open token or number begins; its length if none. Of letters alone
 * only `words` are open: an address may begin so. */
static size_t open_from(struct rd text, bool words)
{
	size_t at = text.len, from = text.len;
	bool number = words;

	while (at > 0 && text.len - at < INSPECTOR_RUN_MAX) {
		const uint8_t c = text.p[at - 1];

		if (!goes_on(c) && !parts_groups(&text, at - 1))
			break;
		number |= is_digit(c) || c == '@';
		at--;
		if (c != ' ')
			from = at;
	}
	return number ? from : text.len;
}

/* A key's bytes, or whole sequences, that show no character: nothing of them can be open. */
static bool is_silent(const struct strip *s, struct rd bytes)
{
	struct vt copy = s->reader.vt;
	uint8_t c;

	if (bytes.len > SILENT_MAX)
		return false;
	while (rd_u8(&bytes, &c))
		if (vt_step(&copy, c) == VT_PRINT)
			return false;
	return vt_in_text(&copy);
}

/* Where the sequence or the character begins that is not all there; the length without one. What a
 * string says is read as it comes. */
static size_t open_sequence(const struct strip *s, struct rd bytes)
{
	struct vt vt = s->reader.vt;
	const size_t len = bytes.len;
	size_t from = vt_in_text(&vt) ? len : 0;
	uint8_t c, left = s->reader.utf8.need;

	for (size_t at = 0; rd_u8(&bytes, &c); at++) {
		const bool inside = !vt_in_text(&vt) || (left && (c & 0xc0) == 0x80);

		if (!inside)
			from = at;
		left = inside && left ? (uint8_t)(left - 1) : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
		if (vt_step(&vt, c) == VT_STR_DATA || (vt_in_text(&vt) && !left))
			from = at + 1;
	}
	return len - from < INSPECTOR_RUN_MAX ? from : len;
}

static size_t longer(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* How many bytes there are from where the open token or number of the text begins, up to offset
 * `len` of the chunk that it is of. */
static size_t open_sources(const struct traced *text, size_t len, bool words)
{
	for (size_t i = open_from(buf_rd(&text->text), words); i < text->text.len; i++) {
		uint32_t src = traced_src(text, i);

		if (src != TRACED_OLD && src != TRACED_MASKED)
			return len - (src - 1);
	}
	return 0;
}

/* Bytes at the end of a part of the stream that are open: it reads as `text`, and ends as `s` is. */
static size_t open_of(const struct strip *s, struct rd part, const struct traced *text, size_t len, bool words)
{
	const size_t number = open_sources(text, len, words);

	return vt_in_text(&s->reader.vt) ? number : longer(number, part.len - open_from(part, words));
}

/* The same where escapes have to be resolved: of the end of a chunk, which begins at `skip`. Earlier
 * bytes matter only for a sequence that was open there: none of text. */
static size_t stripped_open_tail(struct inspector *in, struct rd end, size_t skip, bool words)
{
	struct strip s UNCLEARED;
	size_t sequence;

	strip_init(&s);
	sequence = end.len - open_sequence(&s, end);
	traced_reset(&in->probe);
	traced_reset(&in->probe_beside);
	strip_put(&s, end, (uint32_t)skip, &in->probe, &in->probe_beside);
	return longer(sequence, open_of(&s, end, &in->probe, skip + end.len, words));
}

/* The same of a whole chunk: when nothing is open, it is stripped already as it comes. */
static size_t strip_ahead(struct inspector *in, struct rd chunk, bool words)
{
	const struct strip before = in->strip;
	size_t open = chunk.len - open_sequence(&before, chunk);

	layers_strip(in, chunk, 0, false, true);
	open = longer(open, open_of(&in->strip, chunk, &in->text, chunk.len, words));
	in->ahead = open == 0 && decode_takes_all(in->decode, &chunk);
	if (!in->ahead)
		in->strip = before;
	return open;
}

size_t layers_open_tail(struct inspector *in, struct rd chunk, bool words)
{
	const size_t skip = chunk.len > TAIL_BYTES ? chunk.len - TAIL_BYTES : 0;
	struct rd end;

	if (!rd_slice(&chunk, skip, chunk.len - skip, &end))
		return 0;
	if (strip_is_own_text(&in->strip, &chunk))
		return end.len - open_from(end, words);
	if (is_silent(&in->strip, chunk))
		return 0;
	return skip ? stripped_open_tail(in, end, skip, words) : strip_ahead(in, chunk, words);
}
