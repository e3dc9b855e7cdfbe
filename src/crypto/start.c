/*
 * Is:        the one start of libsodium.
 * Is not:    safe against threads: there are none.
 * Called by: the other files of this folder; processes before their sandbox.
 * Owns:      whether it has happened.
 * Trust:     no input.
 */
#include "crypto/start.h"

#include <stdbool.h>

#include <sodium.h>

#include "base/assert.h"

void crypto_start(void)
{
	static bool started;

	if (started)
		return;
	ASSERT(sodium_init() >= 0);
	started = true;
}
