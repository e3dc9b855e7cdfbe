/*
 * Is:        a library to preload: the monotonic clock of one process runs a hundred times as fast
 *            from its start on, so that a wait of a minute is over in the blink of a test.
 * Is not:    a mover of timers that the kernel keeps: who waits has to be woken.
 * Called by: tests/edges_line.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <dlfcn.h>
#include <time.h>

enum { HASTE = 100, NS_PER_S = 1000000000 };

typedef int clock_fn(clockid_t clock, struct timespec *out);

static union {
	void *p;
	clock_fn *f;
} libcs;
static long long began_ns;

__attribute__((constructor)) static void begin(void)
{
	struct timespec t = { 0, 0 };

	libcs.p = dlsym(RTLD_NEXT, "clock_gettime");
	if (libcs.p && libcs.f(CLOCK_MONOTONIC, &t) == 0)
		began_ns = (long long)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
	int r = libcs.f(clock, out);
	long long ns;

	if (r != 0 || clock != CLOCK_MONOTONIC)
		return r;
	ns = (long long)out->tv_sec * NS_PER_S + out->tv_nsec;
	ns = began_ns + (ns - began_ns) * HASTE;
	out->tv_sec = (time_t)(ns / NS_PER_S);
	out->tv_nsec = (long)(ns % NS_PER_S);
	return 0;
}
