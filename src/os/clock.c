/*
 * Is:        the clocks of this machine.
 * Is not:    used below proc/.
 * Called by: proc/, cli/.
 * Owns:      nothing.
 * Trust:     the kernel.
 */
#include "os/clock.h"

#include <sys/timex.h>
#include <time.h>

#include "base/assert.h"

static uint64_t read_clock(clockid_t id)
{
	struct timespec t;

	ASSERT(clock_gettime(id, &t) == 0);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clock_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

uint64_t clock_mono_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

enum clock_state clock_state(void)
{
	struct timex t = { .modes = 0 };
	int r = adjtimex(&t);

	if (r < 0)
		return CLOCK_UNKNOWN;
	return r == TIME_ERROR ? CLOCK_FREE : CLOCK_SYNCED;
}
