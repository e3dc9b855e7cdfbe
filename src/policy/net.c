/*
 * Is:        networks (contract in the header; RFC 4291 section 2.2 for the text).
 * Is not:    a socket.
 * Called by: parse, place.
 * Owns:      nothing.
 * Trust:     hostile text.
 */
#include "policy/net.h"

#include <string.h>

#include "base/ascii.h"
#include "policy/scalar.h"

static bool parse_v4(struct rd r, uint8_t *out)
{
	uint64_t v;
	struct rd part;

	for (int i = 0; i < 4; i++) {
		if (i == 3)
			part = r;
		else if (!rd_until(&r, '.', &part))
			return false;
		if (!scalar_number(part, 255, &v))
			return false;
		out[i] = (uint8_t)v;
	}
	return true;
}

static bool parse_group(struct rd r, uint16_t *out)
{
	uint32_t v = 0;
	uint8_t c;

	if (r.len == 0 || r.len > 4)
		return false;
	while (rd_u8(&r, &c)) {
		if (is_digit(c))
			v = v << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint32_t)(c - 'a' + 10);
		else
			return false;
	}
	*out = (uint16_t)v;
	return true;
}

/* Groups separated by single colons into `out`; how many, or -1. */
static int parse_groups(struct rd r, uint16_t *out)
{
	struct rd part;
	int n = 0;

	while (r.len) {
		bool last = !rd_until(&r, ':', &part);
		if (last)
			part = r;
		else if (r.len == 0)
			return -1;
		if (n == 8 || !parse_group(part, &out[n++]))
			return -1;
		if (last)
			break;
	}
	return n;
}

static bool parse_v6(struct rd r, uint8_t *out)
{
	uint16_t head[8], tail[8], all[8] = { 0 };
	int n_head, n_tail = 0;
	struct rd left = r, right = rd_of(NULL, 0);
	bool gap = false;

	for (size_t i = 0; i + 1 < r.len && !gap; i++) {
		struct rd two;
		gap = rd_slice(&r, i, 2, &two) && rd_is(&two, "::");
		if (gap && (!rd_slice(&r, 0, i, &left) || !rd_slice(&r, i + 2, r.len - i - 2, &right)))
			return false;
	}
	n_head = parse_groups(left, head);
	n_tail = gap ? parse_groups(right, tail) : 0;
	if (n_head < 0 || n_tail < 0 || (gap ? n_head + n_tail > 7 : n_head != 8))
		return false;
	for (int i = 0; i < n_head; i++)
		all[i] = head[i];
	for (int i = 0; i < n_tail; i++)
		all[8 - n_tail + i] = tail[i];
	for (int i = 0; i < 8; i++) {
		out[2 * i] = (uint8_t)(all[i] >> 8);
		out[2 * i + 1] = (uint8_t)(all[i] & 0xff);
	}
	return true;
}

bool net_parse_address(struct rd text, struct net *out)
{
	struct net n = { .n_bytes = 4, .n_bits = 32 };

	if (!parse_v4(text, n.bytes)) {
		n = (struct net){ .n_bytes = 16, .n_bits = 128 };
		if (!parse_v6(text, n.bytes))
			return false;
	}
	*out = n;
	return true;
}

bool net_parse(struct rd text, struct net *out)
{
	struct rd address;
	struct net n;
	uint64_t bits;

	if (!rd_until(&text, '/', &address) || !net_parse_address(address, &n) ||
	    !scalar_number(text, n.n_bits, &bits))
		return false;
	n.n_bits = (uint8_t)bits;
	for (unsigned i = n.n_bits; i < n.n_bytes * 8u; i++)
		if (n.bytes[i / 8] >> (7 - i % 8) & 1)
			return false;
	*out = n;
	return true;
}

bool net_has(const struct net *n, struct rd address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct rd head, want = rd_of(mapped, sizeof(mapped));
	uint8_t c;

	if (address.len == 16 && rd_slice(&address, 0, 12, &head) && rd_equal(&head, &want) &&
	    !rd_skip(&address, 12))
		return false;
	if (address.len != n->n_bytes)
		return false;
	for (unsigned i = 0; i < n->n_bits; i++)
		if (!rd_at(&address, i / 8, &c) || ((c ^ n->bytes[i / 8]) >> (7 - i % 8) & 1))
			return false;
	return true;
}
