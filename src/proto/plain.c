/*
 * Is:        lines of dialects without a grammar (contracts in the header).
 * Is not:    an expander.
 * Called by: the VTY lane.
 * Owns:      nothing.
 * Trust:     hostile lines.
 */
#include "proto/plain.h"

#include "base/text.h"
#include "base/wr.h"

/* `?` asks an element for help in the middle of a line, and a control byte edits it. A byte beyond ASCII is
 * dropped by some without a word (vty_read in libvty), and then another command runs than was judged. */
bool plain_text_ok(struct rd line)
{
	uint8_t c;

	while (rd_u8(&line, &c))
		if ((c < ' ' && c != '\t') || c == '?' || c >= 0x7f)
			return false;
	return true;
}

static bool has_one_of(struct rd r, const char *set)
{
	uint8_t c;

	while (rd_u8(&r, &c))
		for (const char *s = set; *s; s++)
			if ((uint8_t)*s == c)
				return true;
	return false;
}

/* `CMD | include TEXT`: the bar stands alone, and what follows is known to filter only. */
static bool is_filter(struct rd word)
{
	return rd_is(&word, "include") || rd_is(&word, "exclude") || rd_is(&word, "begin") ||
	    rd_is(&word, "section") || rd_is(&word, "count");
}

static bool pipe_ok(struct rd line)
{
	struct rd before, word, look;

	if (!rd_until(&line, '|', &before))
		return true;
	look = before;
	return rd_token(&look, &word) && rd_token(&line, &word) && is_filter(word) &&
	    !has_one_of(line, "|>");
}

int plain_expand(enum dialect d, struct rd line, struct buf *canonical)
{
	struct wr w = wr_to(canonical);
	struct rd word;
	size_t len = canonical->len;

	if (line.len > PLAIN_LINE_MAX)
		return PLAIN_TOO_LONG;
	if (!plain_text_ok(line))
		return PLAIN_BAD_TEXT;
	if (d == DIALECT_CISCO_LIKE && !pipe_ok(line))
		return PLAIN_BAD_PIPE;
	if (d != DIALECT_CISCO_LIKE && has_one_of(line, ";&|<>`$\\"))
		return PLAIN_SHELL;
	while (rd_token(&line, &word)) {
		if (canonical->len > len)
			wr_u8(&w, ' ');
		wr_bytes(&w, word);
	}
	if (!wr_ok(&w)) {
		buf_cut(canonical, len);
		return PLAIN_TOO_LONG;
	}
	return canonical->len == len ? PLAIN_EMPTY : 0;
}
