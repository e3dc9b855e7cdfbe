/*
 * Is:        the one start of libsodium.
 * Is not:    needed for correctness: every function here starts it by itself.
 * Called by: each process before it shuts its sandbox, because starting asks the
 *            kernel for random bytes and looks at the processor.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

/* Starts libsodium once; aborts if it cannot start. */
void crypto_start(void);
