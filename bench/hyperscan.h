/*
 * Is:        Hyperscan with 42 patterns, for comparison.
 * Is not:    part of the product.
 * Called by: bench/inspect.c.
 * Owns:      its database, once made.
 * Trust:     no input.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* NULL when it is not built in. */
const char *hyperscan_name(void);
/* Streams the bytes in chunks; returns the number of matches. */
uint64_t hyperscan_run(const uint8_t *p, size_t n, size_t chunk);
