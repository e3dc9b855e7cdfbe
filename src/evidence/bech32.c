/*
 * Is:        Bech32 as age uses it (contract in the header).
 * Is not:    Bech32m.
 * Called by: age.c.
 * Owns:      nothing.
 * Trust:     hostile text.
 */
#include "evidence/bech32.h"

#include <string.h>

#include "base/ascii.h"
#include "base/assert.h"
#include "base/mem.h"

enum {
	N_DATA = 52, /* groups of five bits in 32 bytes: 260 bits, the last 4 zero */
	N_SUM = 6
};

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* One step of the checksum: a BCH code over five-bit groups (BIP 173). */
static uint32_t step(uint32_t sum, uint8_t v)
{
	static const uint32_t generator[] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
		0x2a1462b3 };
	uint32_t top = sum >> 25;

	sum = (sum & 0x1ffffff) << 5 ^ v;
	for (unsigned i = 0; i < ARRAY_LEN(generator); i++)
		if (top >> i & 1)
			sum ^= generator[i];
	return sum;
}

static uint32_t start(const char *hrp)
{
	uint32_t sum = 1;

	for (const char *c = hrp; *c; c++)
		sum = step(sum, (uint8_t)(*c >> 5));
	sum = step(sum, 0);
	for (const char *c = hrp; *c; c++)
		sum = step(sum, *c & 31);
	return sum;
}

/* The next character in lower case; notes which cases occur. */
static bool take_char(struct rd *r, bool *has_lower, bool *has_upper, uint8_t *out)
{
	uint8_t c;

	if (!rd_u8(r, &c))
		return false;
	if (is_upper(c)) {
		*has_upper = true;
		c = (uint8_t)(c - 'A' + 'a');
	} else if (is_lower(c)) {
		*has_lower = true;
	}
	*out = c;
	return true;
}

static bool group_of(uint8_t c, uint8_t *out)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	if (!at)
		return false;
	*out = (uint8_t)(at - alphabet);
	return true;
}

/* Five-bit groups into bytes; the bits left over must be zero. */
static bool join(const uint8_t group[N_DATA], uint8_t out[BECH32_LEN])
{
	unsigned bits = 0, acc = 0;
	size_t n = 0;

	for (size_t i = 0; i < N_DATA; i++) {
		acc = (acc << 5 | group[i]) & 0xfff;
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = (uint8_t)(acc >> bits);
		}
	}
	ASSERT(n == BECH32_LEN);
	return (acc & ((1u << bits) - 1)) == 0;
}

bool bech32_parse(struct rd text, const char *hrp, uint8_t out[BECH32_LEN])
{
	uint8_t group[N_DATA + N_SUM], raw[BECH32_LEN], c;
	bool lower = false, upper = false, ok;
	uint32_t sum = start(hrp);

	for (const char *h = hrp; *h; h++)
		if (!take_char(&text, &lower, &upper, &c) || c != (uint8_t)*h)
			return false;
	if (!rd_word(&text, "1") || text.len != sizeof(group))
		return false;
	for (size_t i = 0; i < sizeof(group); i++) {
		if (!take_char(&text, &lower, &upper, &c) || !group_of(c, &group[i]))
			return false;
		sum = step(sum, group[i]);
	}
	ok = sum == 1 && !(lower && upper) && join(group, raw);
	if (ok)
		memcpy(out, raw, sizeof(raw));
	mem_wipe(group, sizeof(group));
	mem_wipe(raw, sizeof(raw));
	return ok;
}

static void put_char(struct wr *w, char c, bool upper)
{
	wr_u8(w, (uint8_t)(upper ? to_upper((uint8_t)c) : (uint8_t)c));
}

void wr_bech32(struct wr *w, const char *hrp, const uint8_t raw[BECH32_LEN], bool upper)
{
	uint32_t sum = start(hrp);
	unsigned bits = 0, acc = 0;
	size_t at = 0;

	for (const char *h = hrp; *h; h++)
		put_char(w, *h, upper);
	wr_u8(w, '1');
	for (size_t i = 0; i < N_DATA; i++) {
		if (bits < 5) {
			acc = (acc << 8 | (at < BECH32_LEN ? raw[at] : 0)) & 0xffff;
			at++;
			bits += 8;
		}
		bits -= 5;
		uint8_t v = acc >> bits & 31;
		sum = step(sum, v);
		put_char(w, alphabet[v], upper);
	}
	for (size_t i = 0; i < N_SUM; i++)
		sum = step(sum, 0);
	sum ^= 1;
	for (size_t i = 0; i < N_SUM; i++)
		put_char(w, alphabet[sum >> 5 * (5 - i) & 31], upper);
}
