/*
 * Is:        shows the line: prompt, the part that fits, the cursor.
 * Is not:    a terminal.
 * Called by: line.c.
 * Owns:      nothing.
 * Trust:     the runes were checked when typed; the prompt is cleaned by line_prompt.
 *
 * The line stays on one row and scrolls sideways, so that drawing needs nothing but CR,
 * "erase to the end" (ESC[K) and "right by n" (ESC[nC).
 */
#include "proto/line_key.h"

#include "base/text.h"

unsigned line_rune_width(uint32_t r)
{
	if ((r >= 0x300 && r <= 0x36f) || (r >= 0x200b && r <= 0x200f) || (r >= 0x2060 && r <= 0x206f) ||
	    (r >= 0x20d0 && r <= 0x20ff) || (r >= 0xfe00 && r <= 0xfe0f) || (r >= 0xfe20 && r <= 0xfe2f) ||
	    (r >= 0x1ab0 && r <= 0x1aff) || (r >= 0x1dc0 && r <= 0x1dff) || r == 0xfeff ||
	    (r >= 0x115f && r <= 0x11ff) || r == 0x180e || r == 0x3164 || r == 0xffa0 ||
	    (r >= 0xfff0 && r <= 0xfffb))
		return 0;
	if ((r >= 0x1100 && r <= 0x115e) || (r >= 0x2e80 && r <= 0xa4cf) || (r >= 0xac00 && r <= 0xd7a3) ||
	    (r >= 0xf900 && r <= 0xfaff) || (r >= 0xfe30 && r <= 0xfe6f) || (r >= 0xff01 && r <= 0xff60) ||
	    (r >= 0xffe0 && r <= 0xffe6) || (r >= 0x1f300 && r <= 0x1faff) || (r >= 0x20000 && r <= 0x3fffd))
		return 2;
	return 1;
}

static unsigned width_of(const uint32_t *text, uint32_t from, uint32_t to)
{
	unsigned n = 0;

	for (uint32_t i = from; i < to; i++)
		n += line_rune_width(text[i]);
	return n;
}

void line_put_runes(struct wr *w, const uint32_t *text, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		wr_rune(w, text[i]);
}

/* The end of the prompt that fits in half the window; prompts are ASCII. */
static struct rd shown_prompt(const struct line *l)
{
	struct rd all = rd_of(l->prompt, l->n_prompt), out = all;

	if (all.len > l->width / 2)
		(void)!rd_slice(&all, all.len - l->width / 2, l->width / 2, &out);
	return out;
}

static void put_right(struct wr *w, unsigned columns)
{
	wr_u8(w, '\r');
	if (columns)
		wr_text(w, "\x1b[%uC", columns);
}

/* An empty line ends in its prompt, as the element's own does: programs that talk to elements wait for that. */
static void put_line(const struct line *l, uint32_t from, struct wr *w)
{
	struct rd prompt = shown_prompt(l);
	unsigned room = l->width - 1 - (unsigned)prompt.len, used = 0, at = width_of(l->text, from, l->at);
	uint32_t to = from;

	while (to < l->n && used + line_rune_width(l->text[to]) <= room)
		used += line_rune_width(l->text[to++]);
	wr_str(w, "\r\x1b[K");
	wr_bytes(w, prompt);
	for (uint32_t i = from; i < to; i++)
		wr_rune(w, l->text[i]);
	if (at != used)
		put_right(w, (unsigned)prompt.len + at);
}

/* The first rune to show so that the cursor is in the window. */
static uint32_t scrolled(const struct line *l)
{
	unsigned room = l->width - 1 - (unsigned)shown_prompt(l).len;
	uint32_t from = l->from < l->at ? l->from : l->at;

	while (width_of(l->text, from, l->at) > room)
		from++;
	return from;
}

bool line_draw(struct line *l, struct buf *echo)
{
	struct wr w = wr_to(echo);

	if (l->no_echo)
		return true;
	l->from = scrolled(l);
	put_line(l, l->from, &w);
	return wr_ok(&w);
}

bool line_redraw(const struct line *l, struct buf *echo)
{
	struct wr w = wr_to(echo);

	if (l->no_echo) {
		wr_u8(&w, '\r');
		wr_bytes(&w, shown_prompt(l));
	} else {
		put_line(l, scrolled(l), &w);
	}
	return wr_ok(&w);
}

bool line_draw_search(struct line *l, struct buf *echo)
{
	struct wr w = wr_to(echo);
	unsigned room = l->width - 1, used = 12 + width_of(l->search, 0, l->n_search);

	wr_str(&w, "\r(search)`");
	line_put_runes(&w, l->search, used < room ? l->n_search : 0);
	wr_str(&w, "': ");
	if (l->hit < l->history.n) {
		const struct line_past *p = vec_at(&l->history, l->hit);
		for (uint32_t i = 0; i < p->n && used + line_rune_width(p->text[i]) <= room; i++) {
			wr_rune(&w, p->text[i]);
			used += line_rune_width(p->text[i]);
		}
	}
	wr_str(&w, "\x1b[K");
	return wr_ok(&w);
}
