/*
 * Is:        CRC-32C by SSE 4.2's instruction where there is one, else by table.
 * Is not:    a general CRC.
 * Called by: crc32c.h's callers.
 * Owns:      its table, made on first use.
 * Trust:     any bytes.
 *
 * Rule Zero: walks the bytes with a pointer of its own. It reads everything that
 * is logged once (measured: 7 GB/s so, 0.6 GB/s through rd_u8).
 */
#include "base/crc32c.h"

#include <stdbool.h>
#include <string.h>

enum { POLYNOMIAL_REFLECTED = 0x82f63b78 };

static uint32_t table[256];
static bool table_is_made;

static void make_table(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;
		for (int bit = 0; bit < 8; bit++)
			c = (c >> 1) ^ ((c & 1) ? POLYNOMIAL_REFLECTED : 0);
		table[i] = c;
	}
	table_is_made = true;
}

uint32_t crc32c_by_table(uint32_t before, struct rd r)
{
	uint32_t c = ~before;

	if (!table_is_made)
		make_table();
	for (size_t i = 0; i < r.len; i++)
		c = (c >> 8) ^ table[(c ^ r.p[i]) & 0xff];
	return ~c;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t before, struct rd r)
{
	uint64_t c = ~before;
	size_t i = 0;

	for (; r.len - i >= 8; i += 8) {
		uint64_t eight;
		memcpy(&eight, r.p + i, sizeof(eight));
		c = __builtin_ia32_crc32di(c, eight);
	}
	for (; i < r.len; i++)
		c = __builtin_ia32_crc32qi((uint32_t)c, r.p[i]);
	return ~(uint32_t)c;
}

uint32_t crc32c(uint32_t before, struct rd r)
{
	return __builtin_cpu_supports("sse4.2") ? by_instruction(before, r) :
						  crc32c_by_table(before, r);
}

#else

uint32_t crc32c(uint32_t before, struct rd r)
{
	return crc32c_by_table(before, r);
}

#endif
