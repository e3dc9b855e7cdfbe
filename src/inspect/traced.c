/*
 * Is:        text with sources (contract in the header).
 * Is not:    more.
 * Called by: strip.c, grid.c, screen.c, session.c.
 * Owns:      the arrays of a struct traced.
 * Trust:     hostile sizes, bounded by the maximum. Rule Zero: sources are copied as memory,
 *            in space that was made for them.
 */
#include "inspect/traced.h"

#include <string.h>

#include "base/mem.h"
#include "inspect/run.h"
#include "inspect/unicode.h"

void traced_init(struct traced *t, size_t max, bool on)
{
	*t = (struct traced){ .on = on };
	buf_init(&t->text, max);
}

void traced_done(struct traced *t)
{
	buf_done(&t->text);
	mem_free(&t->src);
	t->src_cap = 0;
}

void traced_reset(struct traced *t)
{
	buf_reset(&t->text);
	t->lost = false;
}

static uint32_t *src_space(struct traced *t, size_t n)
{
	if (!t->src || t->text.len + n > t->src_cap) { /* never NULL + 0 */
		t->src_cap = (t->text.len + n) * 2;
		t->src = mem_resize(t->src, t->src_cap, sizeof(*t->src));
	}
	return t->src + t->text.len;
}

static void put_sources(uint32_t *out, const uint32_t *src, size_t n)
{
	if (src)
		memcpy(out, src, n * sizeof(*out));
	else
		memset(out, 0, n * sizeof(*out)); /* TRACED_OLD */
}

/* Where the sources of `bytes` go, which are added: NULL where none are kept. */
static uint32_t *add(struct traced *t, struct rd bytes)
{
	uint32_t *s;

	if (bytes.len > buf_room(&t->text)) {
		t->lost = true;
		return NULL;
	}
	s = t->on && bytes.len ? src_space(t, bytes.len) : NULL;
	t->lost |= !buf_put_rd(&t->text, bytes);
	return s;
}

void traced_put(struct traced *t, struct rd bytes, uint32_t src, uint32_t step)
{
	uint32_t *s = add(t, bytes);

	for (size_t i = 0; s && i < bytes.len; i++)
		s[i] = src + (uint32_t)i * step;
}

void traced_put_lines(struct traced *t, struct rd bytes, uint32_t src)
{
	uint32_t *s = add(t, bytes);

	for (size_t i = 0; s && i < bytes.len; i++)
		s[i] = bytes.p[i] < ' ' ? TRACED_OLD : src + (uint32_t)i;
}

uint8_t *traced_space(struct traced *t, size_t n, const uint32_t *src)
{
	uint8_t *out;

	if (t->on) {
		uint32_t *s = src_space(t, n);

		put_sources(s, src, n);
	}
	if (!buf_space(&t->text, n, &out)) {
		t->lost = true;
		return NULL;
	}
	buf_grew(&t->text, n);
	return out;
}

void traced_put_line(struct traced *t, const struct traced *line)
{
	if (t->on && line->text.len) {
		uint32_t *s = src_space(t, line->text.len);

		put_sources(s, line->on ? line->src : NULL, line->text.len);
	}
	t->lost |= !buf_put_rd(&t->text, buf_rd(&line->text));
	traced_put_char(t, 0, TRACED_OLD);
}

void traced_put_cells(struct traced *t, const uint32_t *cell, const uint32_t *src, size_t n)
{
	uint32_t *s = t->on ? src_space(t, n * UTF8_LEN_MAX) : NULL;
	uint8_t *out, u[UTF8_LEN_MAX];
	size_t len = 0, k, taken;

	if (!buf_space(&t->text, n * UTF8_LEN_MAX, &out)) {
		t->lost = true;
		return;
	}
	for (size_t i = 0; i < n; i += taken, len += k) {
		if (cell[i] - 1 < 0x7f) {
			taken = k = run_narrow(cell + i, n - i, out, len);
			if (s)
				put_sources(s + len, src ? src + i : NULL, k);
			continue;
		}
		taken = 1;
		k = cell[i] ? utf8_write(cell[i], u) : 0;
		for (size_t j = 0; j < k; j++) {
			out[len + j] = u[j];
			if (s)
				s[len + j] = src ? src[i] : TRACED_OLD;
		}
	}
	buf_grew(&t->text, len);
}

void traced_put_char(struct traced *t, uint32_t cp, uint32_t src)
{
	uint8_t u[4];

	if (cp >= 0x80) {
		traced_put(t, rd_of(u, utf8_write(cp, u)), src, 0);
		return;
	}
	if (t->on)
		*src_space(t, 1) = src;
	t->lost |= !buf_put_u8(&t->text, (uint8_t)cp);
}

uint32_t traced_src(const struct traced *t, size_t i)
{
	return t->on && i < t->text.len ? t->src[i] : TRACED_OLD;
}
