/*
 * Is:        a watch over terminal strings (OSC, DCS, APC): which of them draw a
 *            picture or hand over a file, and how many bytes they took.
 * Is not:    a decoder of pictures: what a picture shows is opaque.
 * Called by: tokens.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum graphics_kind { GRAPHICS_NONE, GRAPHICS_SIXEL, GRAPHICS_ITERM, GRAPHICS_KITTY };

struct graphics {
	enum graphics_kind kind;	/* of the string that is open */
	uint8_t string;			/* as vt.h */
	uint8_t head[16];		/* how it begins */
	uint8_t n_head;
	uint64_t bytes;			/* of all pictures so far */
};

void graphics_open(struct graphics *g, uint8_t string);
void graphics_data(struct graphics *g, uint8_t c);
void graphics_close(struct graphics *g);
