/*
 * Is:        how many syncs overlap (contract in the header).
 * Is not:    a matter of safety.
 * Called by: log.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/pace.h"

#include "base/assert.h"

enum {
	ENOUGH = 32,	     /* syncs among others before they are judged */
	WELL = 512,	     /* after so many they have proved themselves */
	AFRESH = 1 << 17,    /* and after so many it is looked whether one alone takes as long still */
	PATIENCE_MIN = 16,   /* syncs that are waited for before some overlap */
	PATIENCE_MAX = 1 << 16,
	GAP_MIN_NS = 250000, /* nearer together each would be for a handful of records */
	SLACK_NS = 250000,   /* what a quick disk may vary by */
};

static void begin(struct pace *p, unsigned depth)
{
	p->depth = depth;
	p->n = p->n_long = 0;
	p->sum_ns = 0;
}

void pace_init(struct pace *p, unsigned most, uint64_t worth_ns)
{
	ASSERT(most >= 1);
	*p = (struct pace){ .most = most, .worth_ns = worth_ns, .patience = PATIENCE_MIN };
	begin(p, worth_ns ? 1 : most);
}

bool pace_waits(const struct pace *p)
{
	return p->depth == 1;
}

static void took_alone(struct pace *p)
{
	if (p->n < p->patience)
		return;
	p->alone_ns = p->sum_ns / p->n;
	/* Nearly all: one that takes long now and then is no reason. */
	begin(p, p->n_long > p->n - p->n / 4 ? p->most : 1);
}

static void took_among_others(struct pace *p)
{
	const bool is_slow = p->sum_ns / p->n > p->alone_ns * 3 / 2 + SLACK_NS;

	if (p->n < ENOUGH || (!is_slow && p->n < WELL))
		return;
	if (is_slow)
		p->patience = p->patience < PATIENCE_MAX ? p->patience * 2 : PATIENCE_MAX;
	else
		p->patience = PATIENCE_MIN;
	if (is_slow || (p->n >= AFRESH && p->worth_ns))
		begin(p, 1);
}

void pace_took(struct pace *p, uint64_t took_ns, unsigned together)
{
	if (p->depth > 1 && together == 1)
		return; /* that says nothing of the others */
	p->n++;
	p->n_long += took_ns >= p->worth_ns;
	p->sum_ns += took_ns;
	if (p->depth > 1)
		took_among_others(p);
	else
		took_alone(p);
}

uint64_t pace_gap_ns(const struct pace *p)
{
	uint64_t even = p->alone_ns / p->depth;

	return even > GAP_MIN_NS ? even : GAP_MIN_NS;
}
