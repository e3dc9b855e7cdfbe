/*
 * Is:        memory for secrets, from libsodium's guarded allocator.
 * Is not:    printable.
 * Called by: everything that holds a private key or a share of one.
 * Owns:      the pages.
 * Trust:     no input.
 */
#include "crypto/secret.h"

#include <sodium.h>

#include "base/assert.h"
#include "crypto/random.h"
#include "crypto/start.h"

void secret_init(struct secret *s, size_t len)
{
	ASSERT(len > 0 && len <= SECRET_MAX);
	crypto_start();
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
	if (s->p)
		sodium_free(s->p);
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
