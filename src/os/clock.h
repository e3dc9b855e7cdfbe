/*
 * Is:        the clocks of this machine.
 * Is not:    used below proc/: time is passed in there.
 * Called by: proc/, cli/.
 * Owns:      nothing.
 * Trust:     the kernel. The wall clock may be wrong; its state says what the
 *            kernel knows about that.
 */
#pragma once

#include <stdint.h>

/* Nanoseconds since 1970 (UTC), and since an arbitrary start that never goes back. */
uint64_t clock_wall_ns(void);
uint64_t clock_mono_ns(void);

enum clock_state { CLOCK_UNKNOWN = 0, CLOCK_FREE, CLOCK_SYNCED };

/* Whether a time service disciplines the wall clock (adjtimex(2)). */
enum clock_state clock_state(void);
