/*
 * Is:        the reference variant: a table look-up for each byte.
 * Is not:    fast.
 * Called by: anchor.c; the tests compare the others with it.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include <stdint.h>

typedef uint64_t V;
#define V_LANES 1
#define JOINED(low, high, k) ((low) >> (k) | (high) << (64 - (k)))
#include "inspect/anchor_algebra.h"

static bool in(uint8_t c, uint8_t lo, uint8_t hi)
{
	return c >= lo && c <= hi;
}

static inline void light_masks(const uint8_t *p, struct row *r)
{
	r->digit = r->dot = r->colon = r->at = 0;
	for (unsigned i = 0; i < ANCHOR_BLOCK; i++) {
		r->digit |= (uint64_t)in(p[i], '0', '9') << i;
		r->dot |= (uint64_t)(p[i] == '.') << i;
		r->colon |= (uint64_t)(p[i] == ':') << i;
		r->at |= (uint64_t)(p[i] == '@') << i;
	}
}

static inline void full_masks(const uint8_t *p, uint8_t lead, struct row *r)
{
	r->sep = r->zero = r->lead = r->plus = r->upper = r->under = r->alpha = r->hex = r->lt = r->space = 0;
	for (unsigned i = 0; i < ANCHOR_BLOCK; i++) {
		const uint8_t c = p[i], low = c | 0x20;

		r->sep |= (uint64_t)(c == ' ' || in(c, '(', ')') || in(c, '-', '/')) << i;
		r->zero |= (uint64_t)(c == '0') << i;
		r->lead |= (uint64_t)(c == lead) << i;
		r->plus |= (uint64_t)(c == '+') << i;
		r->upper |= (uint64_t)in(c, 'A', 'Z') << i;
		r->alpha |= (uint64_t)in(low, 'a', 'z') << i;
		r->under |= (uint64_t)(c == '_') << i;
		r->hex |= (uint64_t)in(low, 'a', 'f') << i;
		r->lt |= (uint64_t)(c == '<') << i;
		r->space |= (uint64_t)(c == ' ') << i;
	}
}

static inline void list(uint64_t e, size_t at, struct places *out)
{
	list_each(e, at, out);
}

void anchor_scalar(const uint8_t *p, size_t n, size_t from, const struct anchor_want *want, struct places *out)
{
	anchor_run(p, n, from, want, out);
}

#include "inspect/word_algebra.h"

static inline void letter_masks(const uint8_t *p, struct letters *l)
{
	*l = (struct letters){ 0 };
	for (unsigned i = 0; i < ANCHOR_BLOCK; i++) {
		l->letter |= (uint64_t)(in(p[i] | 0x20, 'a', 'z') || p[i] >= 0x80) << i;
		l->upper |= (uint64_t)in(p[i], 'A', 'Z') << i;
		l->lower |= (uint64_t)in(p[i], 'a', 'z') << i;
	}
}

size_t word_scalar(const uint8_t *p, size_t n, size_t from, uint64_t *ev)
{
	return word_run(p, n, from, ev);
}

static inline uint64_t prefix_mask(const struct prefixes *t, const uint8_t *p)
{
	uint64_t may = 0;

	for (unsigned set = 0; set < t->n_sets; set++) {
		for (unsigned i = 0; i < ANCHOR_BLOCK; i++) {
			uint8_t all = UINT8_MAX;

			for (unsigned k = 0; k < PREFIX_LEN; k++)
				all &= t->of[set][k][p[i + k] & 31];
			may |= (uint64_t)(all != 0) << i;
		}
	}
	return may;
}

void prefix_scalar(const struct prefixes *t, const uint8_t *p, size_t n, size_t from, size_t nb, uint64_t *ev)
{
	prefix_run(t, p, n, from, nb, ev);
}
