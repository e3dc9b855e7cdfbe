/*
 * Is:        where random bytes come from: a source that is passed in.
 * Is not:    a generator.
 * Called by: whoever makes keys and nonces; tests pass a source of their own.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct random {
	/* Fills `out` with `n` bytes; cannot fail (it aborts). */
	void (*fill)(struct random *self, uint8_t *out, size_t n);
};

/* The kernel's random bytes. */
struct random *random_system(void);

void random_fill(struct random *r, uint8_t *out, size_t n);
/* Two random integers of the kernel's: what a map (base/map.h) or an inspector is keyed with. */
void random_seed(uint64_t out[2]);
