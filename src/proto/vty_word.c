/*
 * Is:        does one typed word fit one place of a pattern?
 * Is not:    the choice between places (vty_match.c).
 * Called by: vty_match.c.
 * Owns:      nothing.
 * Trust:     hostile words. Stricter than the elements: an address or number is taken
 *            only when written in full.
 */
#include "proto/vty_grammar.h"

#include <arpa/inet.h>

#include "base/ascii.h"
#include "base/text.h"

/* Digits with an optional minus. Zeros in front are the engineer's: a network code 01 is
 * not 1. */
static bool in_range(struct rd w, int64_t lo, int64_t hi)
{
	bool minus = rd_word(&w, "-");
	int64_t v = 0;
	uint8_t c;

	if (w.len == 0 || w.len > 18)
		return false;
	while (rd_u8(&w, &c)) {
		if (c < '0' || c > '9')
			return false;
		v = v * 10 + (c - '0');
	}
	v = minus ? -v : v;
	return v >= lo && v <= hi;
}

static bool address(struct rd w, int family)
{
	char text[INET6_ADDRSTRLEN + 1] = "";
	uint8_t raw[16];

	if (w.len == 0 || w.len >= sizeof(text) || !rd_copy(&w, (uint8_t *)text, w.len))
		return false;
	return inet_pton(family, text, raw) == 1;
}

static bool prefix(struct rd w, int family)
{
	struct rd front;
	uint64_t bits;

	return rd_until(&w, '/', &front) && address(front, family) && text_u64(w, &bits) &&
	    bits <= (family == AF_INET ? 32u : 128u);
}

static bool mac(struct rd w)
{
	uint8_t c;

	if (w.len != 17)
		return false;
	for (size_t i = 0; i < w.len; i++) {
		bool colon = i % 3 == 2;
		if (!rd_at(&w, i, &c) || (c == ':') != colon)
			return false;
		if (!colon && !is_hex(c))
			return false;
	}
	return true;
}

static enum vty_fit keyword(struct rd text, struct rd word)
{
	struct rd front;

	if (rd_equal(&text, &word))
		return VTY_FIT;
	return rd_slice(&text, 0, word.len, &front) && rd_equal(&front, &word) ? VTY_PARTLY : VTY_NO_FIT;
}

enum vty_fit vty_fit(const struct vty *g, const struct vty_state *s, struct rd word)
{
	bool fits = false;

	switch (s->token) {
	case VTY_KEYWORD:
		return keyword(vty_text(g, s->text), word);
	case VTY_WORD:
	case VTY_REST:
		fits = true;
		break;
	case VTY_RANGE:
		fits = in_range(word, s->lo, s->hi);
		break;
	case VTY_IPV4:
		fits = address(word, AF_INET);
		break;
	case VTY_IPV6:
		fits = address(word, AF_INET6);
		break;
	case VTY_IPV4_PREFIX:
		fits = prefix(word, AF_INET);
		break;
	case VTY_IPV6_PREFIX:
		fits = prefix(word, AF_INET6);
		break;
	case VTY_MAC:
		fits = mac(word);
		break;
	}
	return fits ? VTY_FIT : VTY_NO_FIT;
}
