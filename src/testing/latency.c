/*
 * Is:        a histogram of latencies (contract in the header).
 * Is not:    linked into any program of the product.
 * Called by: benchmarks.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "testing/latency.h"

/* 32 steps to each power of two. */
static unsigned step_of(uint64_t ns)
{
	unsigned log2;

	if (ns < 32)
		return (unsigned)ns;
	log2 = 63 - (unsigned)__builtin_clzll(ns);
	return (log2 - 4) * 32 + (unsigned)((ns >> (log2 - 5)) & 31);
}

static uint64_t ns_of(unsigned step)
{
	unsigned log2 = step / 32 + 4;

	if (step < 32)
		return step;
	return (32 + (uint64_t)step % 32 + 1) << (log2 - 5);
}

void latency_add(struct latency *l, uint64_t ns)
{
	l->count[step_of(ns)]++;
	l->n++;
	if (ns > l->max_ns)
		l->max_ns = ns;
}

uint64_t latency_at(const struct latency *l, double q)
{
	uint64_t want = (uint64_t)((double)l->n * q), seen = 0;

	for (unsigned i = 0; i < LATENCY_STEPS; i++) {
		seen += l->count[i];
		if (seen > want)
			return ns_of(i) < l->max_ns ? ns_of(i) : l->max_ns;
	}
	return l->max_ns;
}
