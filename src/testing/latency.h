/*
 * Is:        a histogram of latencies with steps of about 3 percent.
 * Is not:    linked into any program of the product.
 * Called by: benchmarks.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include <stdint.h>

enum { LATENCY_STEPS = 64 * 32 };

struct latency {
	uint64_t n, max_ns;
	uint64_t count[LATENCY_STEPS];
};

void latency_add(struct latency *l, uint64_t ns);

/* The latency that the share `q` (0 to 1) of them stayed within. */
uint64_t latency_at(const struct latency *l, double q);
