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

#include "base/assert.h"
#include "base/bytes.h"
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

uint8_t *traced_space(struct traced *t, size_t n, uint32_t **src)
{
	uint8_t *out;

	if (!buf_space(&t->text, n, &out)) {
		t->lost = true;
		return NULL;
	}
	if (t->on) {
		more_sources(t, n);
		*src = t->src + t->text.len;
	}
	return out;
}

void traced_grew(struct traced *t, size_t n)
{
	buf_grew(&t->text, n);
}

static void put_sources(uint32_t *out, const uint32_t *src, size_t n)
{
	if (src)
		memcpy(out, src, n * sizeof(*out));
	else
		memset(out, 0, n * sizeof(*out)); /* TRACED_OLD */
}

static uint32_t *add(struct traced *t, struct rd bytes)
{
	const size_t n = bytes.len;
	uint32_t *s = NULL;
	uint8_t *out = traced_space(t, n, &s);

	if (!out)
		return NULL;
	if (!rd_copy(&bytes, out, n))
		UNREACHABLE();
	traced_grew(t, n);
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

void traced_put_line(struct traced *t, const struct traced *line)
{
	const size_t n = line->text.len;
	struct rd text = buf_rd(&line->text);
	uint32_t *s = NULL;
	uint8_t *out = traced_space(t, n + 1, &s);

	if (!out)
		return;
	if (!rd_copy(&text, out, n))
		UNREACHABLE();
	out[n] = 0;
	if (s) {
		put_sources(s, line->on ? line->src : NULL, n);
		s[n] = TRACED_OLD;
	}
	traced_grew(t, n + 1);
}

void traced_put_cells(struct traced *t, const uint32_t *cell, const uint32_t *src, size_t n)
{
	uint32_t *s = NULL;
	uint8_t *out = traced_space(t, n * UTF8_LEN_MAX, &s), u[UTF8_LEN_MAX];
	size_t len = 0;

	if (!out)
		return;
	for (size_t i = 0, k, taken; i < n; i += taken, len += k) {
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
	traced_grew(t, len);
}

void traced_put_char(struct traced *t, uint32_t cp, uint32_t src)
{
	uint32_t *s = NULL;
	uint8_t *out = traced_space(t, UTF8_LEN_MAX, &s);
	const size_t n = out ? utf8_write(cp, out) : 0;

	for (size_t i = 0; s && i < n; i++)
		s[i] = src;
	traced_grew(t, n);
}

void traced_to_blank(struct traced *t)
{
	const struct rd text = buf_rd(&t->text);
	const size_t n = bytes_find(text.p, text.len, ' ');

	if (n == 0 || n == text.len)
		return;
	if (t->on)
		memmove(t->src, t->src + n, (text.len - n) * sizeof(*t->src));
	buf_drop(&t->text, n);
}

uint32_t traced_src(const struct traced *t, size_t i)
{
	return t->on && i < t->text.len ? t->src[i] : TRACED_OLD;
}
