/*
 * Is:        lines that were read without a finding (contract in the header).
 * Is not:    more.
 * Called by: inspector_layer.c.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: a line is hashed eight bytes at a time, inside its
 *            length.
 */
#include "inspect/clean.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

/* Whose lines fall together pays with a scan, nothing else. */
static size_t slot_of(const struct rd *line)
{
	const uint64_t odd = 0x9e3779b97f4a7c15u;
	uint64_t h = line->len, word;
	size_t i = 0;

	for (; i + sizeof(word) <= line->len; i += sizeof(word)) {
		memcpy(&word, line->p + i, sizeof(word));
		h = (h ^ word) * odd;
		h ^= h >> 32;
	}
	for (word = 0; i < line->len; i++)
		word = word << 8 | line->p[i];
	h = (h ^ word) * odd;
	return (size_t)(h >> 48) % CLEAN_LINES;
}

/* A line has ended, at `end`. */
static void keep(struct clean *c, struct rd line, uint64_t end)
{
	const size_t k = slot_of(&line);

	c->begin[k] = end - line.len;
	c->end[k] = end;
	c->len[k] = (uint16_t)line.len;
	if (!rd_copy(&line, c->line[k], line.len))
		UNREACHABLE();
}

void clean_put(struct clean *c, struct rd text)
{
	struct rd line;

	while (text.len) {
		const size_t n = bytes_find(text.p, text.len, '\n');
		const bool ends = n < text.len;

		if (!rd_take(&text, n, &line))
			UNREACHABLE();
		c->base += n + ends;
		if (ends && c->n_open == 0 && n > 0 && n <= CLEAN_LINE_MAX)
			keep(c, line, c->base - 1);
		else if (c->n_open + n <= CLEAN_LINE_MAX && rd_copy(&line, c->open + c->n_open, n))
			c->n_open += (uint32_t)n;
		else
			c->n_open = CLEAN_LINE_MAX + 1;
		if (!ends)
			return;
		if (c->n_open && c->n_open <= CLEAN_LINE_MAX)
			keep(c, rd_of(c->open, c->n_open), c->base - 1);
		c->n_open = 0;
		if (!rd_skip(&text, 1))
			UNREACHABLE();
	}
}

void clean_found(struct clean *c, uint64_t offset, size_t len)
{
	for (size_t k = 0; k < CLEAN_LINES; k++)
		if (offset < c->end[k] && c->begin[k] < offset + len)
			c->end[k] = 0;
}

bool clean_has(const struct clean *c, struct rd line, uint64_t judged)
{
	struct rd kept;
	size_t k;

	if (line.len == 0 || line.len > CLEAN_LINE_MAX)
		return false;
	k = slot_of(&line);
	kept = rd_of(c->line[k], c->len[k]);
	return c->end[k] && c->end[k] <= judged && rd_equal(&kept, &line);
}
