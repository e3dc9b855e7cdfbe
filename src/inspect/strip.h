/*
 * Is:        the second layer: what a terminal stream says once its escapes are
 *            resolved. Colours vanish, backspaces apply, repeats are written out,
 *            digits of all scripts become ASCII, cursor movement separates.
 * Is not:    a screen: it knows no rows (grid.h).
 * Called by: screen.c; session.c for text without a screen.
 * Owns:      the last characters of the line, for backspaces that are yet to come.
 * Trust:     hostile bytes; one byte in yields at most STRIP_GROWTH bytes out.
 *
 * Nothing is held back. A line that is corrected after it was given out is given out
 * again, corrected, on a line of its own. The output is the same however the input
 * is cut.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "inspect/tokens.h"
#include "inspect/traced.h"

enum {
	STRIP_TAIL_MAX = 64,	/* characters of a line that a backspace can reach */
	STRIP_TAIL_ROOM = 3 * STRIP_TAIL_MAX,
	STRIP_REPEAT_MAX = 64,	/* of REP and of cursor-forward that are written out */
	STRIP_GROWTH = 4 * (STRIP_TAIL_MAX + STRIP_REPEAT_MAX) + 8,
};

struct strip {
	struct token_reader reader;
	/* The tail is the last n_tail of the first tail_end elements. */
	uint32_t tail[STRIP_TAIL_ROOM], tail_src[STRIP_TAIL_ROOM];
	struct rd run;		/* the end of the line, not yet in the tail: of the input at hand */
	uint32_t run_src;
	uint16_t tail_end;
	uint8_t n_tail, back;	/* back: how far the cursor stands before the end */
	uint8_t n_new;		/* at the tail's end, characters that may be of the chunk at hand */
	bool stale;		/* the tail differs from what was given out last */
	bool open_line;		/* text since the last newline */
	size_t line_from;	/* after the last newline that `text` was given; the caller resets it */
	uint32_t last_src;	/* of the character that REP repeats */
	uint32_t last;
};

void strip_init(struct strip *s);

/* Takes bytes that begin at offset `at` of the chunk. Appends the visible text to
 * `text`, and the contents of OSC, DCS and APC strings, a line each, to `aside`. */
void strip_put(struct strip *s, struct rd in, uint32_t at, struct traced *text, struct traced *aside);

/* The same for bytes of which tokens were made: all of them through `reader`, or none. */
void strip_take(struct strip *s, const struct tokens *tokens, struct traced *text, struct traced *aside);

/* The same for bytes that strip_is_own_text: at most one byte out for each. */
void strip_put_lines(struct strip *s, struct rd in, uint32_t at, struct traced *text, struct traced *aside);

/* Whether stripping makes of the bytes what they are, and one end of each line. */
bool strip_is_own_text(const struct strip *s, const struct rd *bytes);

/* Whether the final byte of a CSI that has neither a private lead nor an intermediate always ends
 * the line, since it moves the cursor or the text: K does with a parameter alone. */
extern const bool strip_movers[128];
static inline bool strip_ends_line(uint8_t final)
{
	return strip_movers[final & 127];
}
/* Likewise of an ESC without an intermediate. */
static inline bool strip_esc_ends_line(uint8_t final)
{
	return final == 'D' || final == 'E' || final == 'M' || final == 'c' || final == '8';
}

/* Gives out a correction that is still owed: at a pause or at the end. */
void strip_flush(struct strip *s, struct traced *text);

/* The chunk was released with these of its bytes masked; a new one begins at 0. */
void strip_settle(struct strip *s, const uint8_t *masked, size_t n);
