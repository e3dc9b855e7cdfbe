/*
 * Is:        the definition of a word's start over letter masks, for every variant.
 *            letter_masks() and prefix_mask() are defined after it.
 * Is not:    includable elsewhere.
 * Called by: anchor_scalar.c, anchor_avx2.c, anchor_avx512.c.
 * Owns:      nothing.
 * Trust:     masks of hostile bytes. Rule Zero: see anchor.h.
 */
#include "inspect/word.h"

/* letter: any letter; upper: A-Z; lower: a-z. */
struct letters {
	uint64_t letter, upper, lower;
};

static inline void letter_masks(const uint8_t *p, struct letters *l);

static inline void letters_of(const uint8_t *p, size_t n, size_t at, struct letters *l)
{
	uint8_t pad[ANCHOR_BLOCK] UNINITIALIZED;

	if (at < n && n - at >= ANCHOR_BLOCK) {
		letter_masks(p + at, l);
		return;
	}
	memset(pad, 0, sizeof(pad));
	if (at < n)
		memcpy(pad, p + at, n - at);
	letter_masks(pad, l);
}

static inline size_t word_run(const uint8_t *p, size_t n, size_t from, uint64_t *ev)
{
	size_t nb = from >= n ? 0 : (n - from + ANCHOR_BLOCK - 1) / ANCHOR_BLOCK;
	struct letters before, l;

	if (nb > ANCHOR_BLOCKS)
		nb = ANCHOR_BLOCKS;
	/* below 64 the index wraps, and what is outside has no letters */
	letters_of(p, n, from - ANCHOR_BLOCK, &before);
	if (from > 0 && from < ANCHOR_BLOCK) {
		letters_of(p, from, 0, &before);
		before.letter <<= ANCHOR_BLOCK - from;
		before.lower <<= ANCHOR_BLOCK - from;
	}
	for (size_t b = 0; b < nb; b++) {
		letters_of(p, n, from + b * ANCHOR_BLOCK, &l);
		ev[b] = (l.letter & ~(l.letter << 1 | before.letter >> 63)) |
			(l.upper & (l.lower << 1 | before.lower >> 63));
		before = l;
	}
	return nb;
}

/* Bit k: the bytes from p[k] on may begin a word of the list. Reads PREFIX_REACH of them. */
enum { PREFIX_REACH = ANCHOR_BLOCK + PREFIX_LEN - 1 };
static inline uint64_t prefix_mask(const struct prefixes *t, const uint8_t *p);

static inline void prefix_run(const struct prefixes *t, const uint8_t *p, size_t n, size_t from, size_t nb, uint64_t *ev)
{
	uint8_t pad[PREFIX_REACH] UNINITIALIZED;

	for (size_t b = 0; b < nb; b++) {
		const size_t at = from + b * ANCHOR_BLOCK, left = n - at;

		if (!ev[b])
			continue;
		if (left >= PREFIX_REACH) {
			ev[b] &= prefix_mask(t, p + at);
			continue;
		}
		memset(pad, 0, sizeof(pad));
		memcpy(pad, p + at, left);
		ev[b] &= prefix_mask(t, pad) | (left < PREFIX_LEN ? UINT64_MAX : UINT64_MAX << (left - PREFIX_LEN + 1));
	}
}
