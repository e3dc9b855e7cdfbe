/*
 * Is:        text with sources (contract in the header).
 * Is not:    more.
 * Called by: strip.c, grid.c, screen.c, session.c.
 * Owns:      the arrays of a struct traced.
 * Trust:     hostile sizes, bounded by the maximum. Rule Zero: text and sources are copied as
 *            memory, in space that was made for them, because all that a terminal says is.
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

static void more_sources(struct traced *t, size_t n)
{
	if (t->src && t->text.len + n <= t->src_cap)
		return;
	t->src_cap = (t->text.len + n) * 2;
	t->src = mem_resize(t->src, t->src_cap, sizeof(*t->src));
}

/* Where `n` more bytes go, and to *src their sources, where they are kept. NULL when they do not fit.
 * Most of the time the buffer has room, and nobody need be asked. */
static inline uint8_t *space(struct traced *t, size_t n, uint32_t **src)
{
	const struct buf *b = &t->text;
	uint8_t *out;

	if (b->cap - b->off - b->len >= n && b->max - b->len >= n && b->p) {
		out = b->p + b->off + b->len;
	} else if (!buf_space(&t->text, n, &out)) {
		t->lost = true;
		return NULL;
	}
	if (t->on) {
		more_sources(t, n);
		*src = t->src + b->len;
	}
	return out;
}

static void put_sources(uint32_t *out, const uint32_t *src, size_t n)
{
	if (src)
		memcpy(out, src, n * sizeof(*out));
	else
		memset(out, 0, n * sizeof(*out)); /* TRACED_OLD */
}

static uint32_t *add(struct traced *t, const struct rd *bytes)
{
	uint32_t *s = NULL;
	uint8_t *out = space(t, bytes->len, &s);

	if (!out)
		return NULL;
	memcpy(out, bytes->p, bytes->len);
	t->text.len += bytes->len;
	return s;
}

void traced_put(struct traced *t, struct rd bytes, uint32_t src, uint32_t step)
{
	uint32_t *s = bytes.len ? add(t, &bytes) : NULL;

	for (size_t i = 0; s && i < bytes.len; i++)
		s[i] = src + (uint32_t)i * step;
}

void traced_put_lines(struct traced *t, struct rd bytes, uint32_t src)
{
	uint32_t *s = bytes.len ? add(t, &bytes) : NULL;

	for (size_t i = 0; s && i < bytes.len; i++)
		s[i] = bytes.p[i] < ' ' ? TRACED_OLD : src + (uint32_t)i;
}

uint8_t *traced_space(struct traced *t, size_t n, const uint32_t *src)
{
	uint32_t *s = NULL;
	uint8_t *out = space(t, n, &s);

	if (out && s)
		put_sources(s, src, n);
	t->text.len += out ? n : 0;
	return out;
}

void traced_put_line(struct traced *t, const struct traced *line)
{
	const size_t n = line->text.len;
	uint8_t *out = traced_space(t, n + 1, NULL);

	if (!out)
		return;
	memcpy(out, line->text.p + line->text.off, n);
	out[n] = 0;
	if (t->on && line->on)
		memcpy(t->src + t->text.len - n - 1, line->src, n * sizeof(*t->src));
}

void traced_put_cells(struct traced *t, const uint32_t *cell, const uint32_t *src, size_t n)
{
	uint8_t *out, u[UTF8_LEN_MAX];
	size_t len = 0, k, taken;
	uint32_t *s = NULL;

	out = space(t, n * UTF8_LEN_MAX, &s);
	if (!out)
		return;
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
	t->text.len += len;
}

void traced_put_char(struct traced *t, uint32_t cp, uint32_t src)
{
	uint8_t u[UTF8_LEN_MAX] = { (uint8_t)cp };

	traced_put(t, rd_of(u, cp < 0x80 ? 1 : utf8_write(cp, u)), src, 0);
}

uint32_t traced_src(const struct traced *t, size_t i)
{
	return t->on && i < t->text.len ? t->src[i] : TRACED_OLD;
}
