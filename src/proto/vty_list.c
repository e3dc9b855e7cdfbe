/*
 * Is:        loads what FRR's `list` prints, mode by mode.
 * Is not:    a pattern compiler (vty_pattern.c).
 * Called by: whoever sets up an asset of the dialect frr.
 * Owns:      nothing; adds to the grammar.
 * Trust:     hostile file.
 *
 *     # who recorded it, from which version
 *     mode enable
 *         show version
 *         show thread cpu [FILTER]
 */
#include "proto/vty_grammar.h"

static struct rd without_end(struct rd line)
{
	uint8_t c;

	while (line.len && rd_at(&line, line.len - 1, &c) && (c == ' ' || c == '\r' || c == '\t'))
		(void)!rd_slice(&line, 0, line.len - 1, &line);
	return line;
}

static int on_line(struct vty *g, struct rd line, struct vec **starts)
{
	uint32_t start;
	unsigned mode;

	if (line.len == 0 || rd_word(&line, "#"))
		return 0;
	if (rd_word(&line, " ") || rd_word(&line, "\t")) {
		while (rd_word(&line, " ") || rd_word(&line, "\t"))
			;
		int rc = *starts ? vty_compile(g, line, &start) : VTY_BAD_FILE;
		if (rc == 0)
			*(uint32_t *)vec_push(*starts) = start;
		return rc;
	}
	if (!rd_word(&line, "mode ") || line.len == 0)
		return VTY_BAD_FILE;
	if (!vty_mode_make(g, line, &mode))
		return VTY_TOO_BIG;
	*starts = &vty_mode_at(g, mode)->starts;
	return 0;
}

int vty_load_list(struct vty *g, struct rd text, uint32_t *out_line)
{
	struct vec *starts = NULL;
	struct rd line;
	int rc = text.len > VTY_FILE_MAX ? VTY_TOO_BIG : 0;

	*out_line = 0;
	while (rc == 0 && text.len) {
		if (!rd_until(&text, '\n', &line))
			(void)!rd_take(&text, text.len, &line);
		(*out_line)++;
		rc = on_line(g, without_end(line), &starts);
	}
	if (rc == 0)
		vty_link_modes(g);
	return rc;
}
