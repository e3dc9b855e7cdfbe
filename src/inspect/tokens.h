/*
 * Is:        a terminal's bytes in tokens: runs of text, characters, controls, sequences. What
 *            strips them and what draws them read the same tokens, so each byte is parsed once.
 * Is not:    a screen (grid.h) or a text filter (strip.h); the states are vt.h's.
 * Called by: strip.c, grid_seq.c, inspector_layer.c.
 * Owns:      nothing but what is open: a sequence, a string, a character cut short.
 * Trust:     hostile bytes; one byte yields at most TOKENS_OF_BYTE tokens.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "inspect/graphics.h"
#include "inspect/unicode.h"
#include "inspect/vt.h"

enum { TOKENS_OF_BYTE = 2, TOKENS_FEW = 32 };

struct token {
	uint8_t act;		/* enum vt_act; VT_PRINT: text */
	uint8_t c;		/* not text: the byte that acts, as vt_step would have it */
	uint32_t src;		/* of the first byte, as in traced.h */
	uint32_t cp;		/* text: a character, all of it from `src`; 0: a run */
	union {
		struct rd run;	/* printable ASCII of the input, byte i from `src + i` */
		struct vt vt;	/* VT_ESC and VT_CSI: the sequence */
	};
};

struct tokens {
	struct token *t;	/* the caller's, `max` of them */
	size_t n, max;
};

struct token_reader {
	struct vt vt;
	struct utf8 utf8;
	uint32_t utf8_src;
	struct graphics graphics;
	uint64_t c1_bytes;	/* C1 controls in UTF-8: read by some terminals only */
};

void tokens_init(struct token_reader *r);

/* Reads `in` from byte `from` on, whose first byte is at offset `at` of the chunk, until its end or
 * until there is no room for what a byte may yield; returns where that is. Forgets earlier tokens. */
MUST_USE size_t tokens_read(struct token_reader *r, const struct rd *in, size_t from, uint32_t at, struct tokens *out);

/* True when the next printable byte is a character and nothing else. */
static inline bool tokens_are_idle(const struct token_reader *r)
{
	return vt_in_text(&r->vt) && !r->utf8.need;
}

/* Bytes of pictures, and of C1 controls. */
uint64_t tokens_opaque(const struct token_reader *r);

/* The chunk was released with these of its bytes masked; a new one begins at 0. */
void tokens_settle(struct token_reader *r, const uint8_t *masked, size_t n);
