/*
 * Is:        the trusted floor under rd and buf (see the header).
 * Is not:    proved: it is the C library behind a contract, short enough to read.
 * Called by: rd.c, buf.c.
 * Owns:      nothing.
 * Trust:     pointers and lengths were checked by the proved callers.
 */
#include "base/bytes.h"

#include <string.h>

void bytes_copy(uint8_t *dst, const uint8_t *src, size_t n)
{
	/* memcpy(p, NULL, 0) is undefined, and an empty reader may hold NULL. */
	if (n)
		memcpy(dst, src, n);
}

bool bytes_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	return n == 0 || memcmp(a, b, n) == 0;
}

bool bytes_equal_secret(const uint8_t *a, const uint8_t *b, size_t n)
{
	volatile uint8_t diff = 0;

	for (size_t i = 0; i < n; i++)
		diff = (uint8_t)(diff | (a[i] ^ b[i]));
	return diff == 0;
}

size_t bytes_find(const uint8_t *p, size_t n, uint8_t c)
{
	const uint8_t *hit = n ? memchr(p, c, n) : NULL;

	return hit ? (size_t)(hit - p) : n;
}
