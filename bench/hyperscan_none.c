/*
 * Is:        the stand-in where libhyperscan is not installed.
 * Is not:    a matcher.
 * Called by: bench/inspect.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "hyperscan.h"

const char *hyperscan_name(void)
{
	return NULL;
}

uint64_t hyperscan_run(const uint8_t *p, size_t n, size_t chunk)
{
	return 0;
}
