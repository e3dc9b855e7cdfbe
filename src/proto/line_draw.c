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

static unsigned width_of(const uint32_t *text, uint32_t from, uint32_t to)
{
	unsigned n = 0;

	for (uint32_t i = from; i < to; i++)
		n += rune_width(text[i]);
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

	while (to < l->n && used + rune_width(l->text[to]) <= room)
		used += rune_width(l->text[to++]);
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
		for (uint32_t i = 0; i < p->n && used + rune_width(p->text[i]) <= room; i++) {
			wr_rune(&w, p->text[i]);
			used += rune_width(p->text[i]);
		}
	}
	wr_str(&w, "\x1b[K");
	return wr_ok(&w);
}
