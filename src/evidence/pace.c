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
	WEIGHT = 8,	   /* of the past in a mean, against one */
	ENOUGH = 32,	   /* syncs among others before they are judged */
	TRY_AGAIN = 512,   /* syncs before more are tried */
	GAP_MIN_NS = 250000, /* nearer together each would be for a handful of records */
	SLACK_NS = 250000,   /* what a quick disk may vary by */
};

void pace_init(struct pace *p, unsigned most)
{
	ASSERT(most >= 1);
	*p = (struct pace){ .most = most, .depth = most };
}

static void into_mean(uint64_t *mean, uint64_t ns)
{
	*mean = *mean ? (*mean * WEIGHT + ns) / (WEIGHT + 1) : ns;
}

static void set_depth(struct pace *p, unsigned depth)
{
	p->depth = depth < 1 ? 1 : depth > p->most ? p->most : depth;
	p->n_seen = p->n_together = 0;
	p->together_ns = 0;
}

void pace_took(struct pace *p, uint64_t took_ns, unsigned together)
{
	p->n_seen++;
	if (together == 1) {
		into_mean(&p->alone_ns, took_ns);
	} else {
		p->n_together++;
		into_mean(&p->together_ns, took_ns);
	}
	if (p->n_together >= ENOUGH && p->together_ns > p->alone_ns * 3 / 2 + SLACK_NS)
		set_depth(p, p->depth / 2);
	else if (p->depth < p->most && p->n_seen >= TRY_AGAIN)
		set_depth(p, p->depth * 2);
}

uint64_t pace_gap_ns(const struct pace *p)
{
	uint64_t even = p->alone_ns / p->depth;

	return even > GAP_MIN_NS ? even : GAP_MIN_NS;
}
