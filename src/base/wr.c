/*
 * Is:        the one writer (contract in the header).
 * Is not:    the buffer.
 * Called by: every encoder.
 * Owns:      nothing.
 * Trust:     our own values.
 */
#include "base/wr.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/assert.h"

struct wr wr_to(struct buf *b)
{
	return (struct wr){ .b = b };
}

static void put(struct wr *w, const uint8_t *p, size_t n)
{
	if (!w->failed)
		w->failed = !buf_put(w->b, p, n);
}

/* Big endian into the first `n` bytes of `out`. */
static void split(uint8_t *out, size_t n, uint64_t v)
{
	for (size_t i = n; i > 0; i--) {
		out[i - 1] = (uint8_t)(v & 0xff);
		v >>= 8;
	}
}

static void put_int(struct wr *w, size_t n, uint64_t v)
{
	uint8_t raw[8];

	split(raw, n, v);
	put(w, raw, n);
}

void wr_u8(struct wr *w, uint8_t v)
{
	put_int(w, 1, v);
}

void wr_u16(struct wr *w, uint16_t v)
{
	put_int(w, 2, v);
}

void wr_u32(struct wr *w, uint32_t v)
{
	put_int(w, 4, v);
}

void wr_u64(struct wr *w, uint64_t v)
{
	put_int(w, 8, v);
}

void wr_bytes(struct wr *w, struct rd r)
{
	put(w, r.p, r.len);
}

void wr_str(struct wr *w, const char *s)
{
	wr_bytes(w, rd_str(s));
}

void wr_dec(struct wr *w, uint64_t v)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	put(w, (const uint8_t *)&digits[i], sizeof(digits) - i);
}

void wr_text(struct wr *w, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line)) {
		w->failed = true;
		return;
	}
	put(w, (const uint8_t *)line, (size_t)n);
}

static void put_part(struct wr *w, size_t n_len, uint64_t max, struct rd r)
{
	if (r.len > max) {
		w->failed = true;
		return;
	}
	put_int(w, n_len, r.len);
	wr_bytes(w, r);
}

void wr_part8(struct wr *w, struct rd r)
{
	put_part(w, 1, UINT8_MAX, r);
}

void wr_part16(struct wr *w, struct rd r)
{
	put_part(w, 2, UINT16_MAX, r);
}

void wr_part32(struct wr *w, struct rd r)
{
	put_part(w, 4, UINT32_MAX, r);
}

size_t wr_open32(struct wr *w)
{
	wr_u32(w, 0);
	return w->b->len;
}

void wr_close32(struct wr *w, size_t mark)
{
	enum { N_LEN = 4 };
	uint8_t raw[N_LEN];
	size_t n;

	if (w->failed)
		return;
	ASSERT(mark >= N_LEN && mark <= w->b->len);
	n = w->b->len - mark;
	split(raw, N_LEN, n);
	w->failed = n > UINT32_MAX || !buf_patch(w->b, mark - N_LEN, raw, N_LEN);
}

bool wr_ok(const struct wr *w)
{
	return !w->failed;
}
