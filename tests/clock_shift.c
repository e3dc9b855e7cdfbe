/*
 * Is:        a library to preload: moves the wall clock of one process by CLOCK_SHIFT seconds.
 * Is not:    libfaketime, which moves timers too, and cannot set the loop's.
 * Called by: tests/desk_stage.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long shift;

__attribute__((constructor)) static void read_shift(void)
{
	const char *text = getenv("CLOCK_SHIFT");

	shift = text ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
	int r = (int)syscall(SYS_clock_gettime, clock, out);

	if (r == 0 && clock == CLOCK_REALTIME)
		out->tv_sec += shift;
	return r;
}
