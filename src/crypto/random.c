/*
 * Is:        random bytes from the kernel, through libsodium.
 * Is not:    a generator.
 * Called by: whoever makes keys and nonces.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "crypto/random.h"

#include <sodium.h>

#include "crypto/start.h"

static void fill_from_kernel(struct random *self, uint8_t *out, size_t n)
{
	crypto_start();
	randombytes_buf(out, n);
}

struct random *random_system(void)
{
	static struct random system = { fill_from_kernel };

	return &system;
}

void random_fill(struct random *r, uint8_t *out, size_t n)
{
	r->fill(r, out, n);
}

void random_seed(uint64_t out[2])
{
	random_fill(random_system(), (uint8_t *)out, 2 * sizeof(*out));
}
