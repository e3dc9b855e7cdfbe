/*
 * Is:        recognition of graphics strings (contract in the header): sixel is a
 *            DCS with final `q`, kitty an APC with `G`, iTerm an OSC 1337 file.
 * Is not:    a decoder.
 * Called by: tokens.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "inspect/graphics.h"

#include "base/def.h"
#include "base/rd.h"

void graphics_open(struct graphics *g, uint8_t string)
{
	g->string = string;
	g->n_head = 0;
	g->kind = GRAPHICS_NONE;
}

/* DCS Ps ; Ps ; Ps q: parameters, then the final byte. */
static bool is_sixel(struct rd head)
{
	uint8_t c;

	while (rd_u8(&head, &c))
		if (c != ';' && (c < '0' || c > '9'))
			return c == 'q';
	return false;
}

static enum graphics_kind judge(const struct graphics *g)
{
	struct rd head = rd_of(g->head, g->n_head);

	if (g->string == '_' && rd_word(&head, "G"))
		return GRAPHICS_KITTY;
	if (g->string == ']' && (rd_word(&head, "1337;File") || rd_word(&head, "1337;Multipart")))
		return GRAPHICS_ITERM;
	if (g->string == 'P' && is_sixel(head))
		return GRAPHICS_SIXEL;
	return GRAPHICS_NONE;
}

void graphics_data(struct graphics *g, uint8_t c)
{
	if (g->kind != GRAPHICS_NONE) {
		g->bytes++;
		return;
	}
	if (g->n_head >= sizeof(g->head))
		return;
	g->head[g->n_head++] = c;
	g->kind = judge(g);
	if (g->kind != GRAPHICS_NONE)
		g->bytes += g->n_head;
}

void graphics_close(struct graphics *g)
{
	g->kind = GRAPHICS_NONE;
	g->n_head = 0;
}
