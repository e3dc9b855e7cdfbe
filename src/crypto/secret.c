/*
 * Is:        memory for secrets, from libsodium's guarded allocator.
 * Is not:    printable.
 * Called by: everything that holds a private key or a share of one.
 * Owns:      the pages; those of the last few keys wait, wiped, for the next ones: a key for
 *            each segment of a recording would else cost ten system calls each.
 * Trust:     no input.
 */
#include "crypto/secret.h"

#include <sodium.h>

#include "base/assert.h"
#include "crypto/random.h"
#include "crypto/start.h"

enum { SPARES_MAX = 16, SPARE_LEN_MAX = 32 };

static struct secret spare[SPARES_MAX]; /* of zeros */
static size_t n_spares;

static bool take_spare(struct secret *s, size_t len)
{
	for (size_t i = n_spares; i-- > 0;) {
		if (spare[i].len != len)
			continue;
		*s = spare[i];
		spare[i] = spare[--n_spares];
		return true;
	}
	return false;
}

void secret_init(struct secret *s, size_t len)
{
	ASSERT(len > 0 && len <= SECRET_MAX);
	crypto_start();
	if (take_spare(s, len))
		return;
	*s = (struct secret){ .p = sodium_malloc(len), .len = len };
	if (!s->p)
		assert_no_memory();
	/* The allocator locks too but does not say whether that worked; a second
	 * lock of the same pages is harmless and does. */
	s->locked = sodium_mlock(s->p, len) == 0;
	sodium_memzero(s->p, len);
}

void secret_done(struct secret *s)
{
	if (s->p && s->len <= SPARE_LEN_MAX && n_spares < SPARES_MAX) {
		sodium_memzero(s->p, s->len);
		spare[n_spares++] = *s;
	} else if (s->p) {
		sodium_free(s->p);
	}
	*s = (struct secret){ 0 };
}

bool secret_is_locked(const struct secret *s)
{
	return s->locked;
}

struct rd secret_rd(const struct secret *s)
{
	return rd_of(s->p, s->len);
}

void secret_copy(struct secret *s, struct rd from)
{
	bool copied;

	secret_init(s, from.len);
	copied = rd_copy(&from, s->p, s->len);
	ASSERT(copied);
}

void secret_make(struct secret *s, size_t len, struct random *r)
{
	secret_init(s, len);
	random_fill(r, s->p, len);
}
