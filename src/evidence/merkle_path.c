/*
 * Is:        ranges, edges and proofs out of a stored tree (contracts in the header).
 * Is not:    storage.
 * Called by: the log, the verifier, proofs.
 * Owns:      nothing.
 * Trust:     our own tree; the plans are proved with Frama-C WP.
 */
#include "evidence/merkle_path.h"

#ifndef __FRAMAC__
#include "base/assert.h"
#endif

uint64_t merkle_split(uint64_t n)
{
	uint64_t k = 1;

	/*@ loop invariant 1 <= k < n;
	    loop assigns k;
	    loop variant n - k; */
	while (k < n - k)
		k *= 2;
	return k;
}

/*@ requires \valid(p) && p->n < 64;
    assigns p->n, p->range[\old(p->n)];
    ensures p->n == \old(p->n) + 1;
    ensures p->range[\old(p->n)].begin == begin && p->range[\old(p->n)].end == end;
*/
static void push(struct merkle_plan *p, uint64_t begin, uint64_t end)
{
	p->range[p->n].begin = begin;
	p->range[p->n].end = end;
	p->n += 1;
}

/* Plans are made from the root down and proofs are read from the leaf up. */
/*@ requires \valid(p) && p->n <= 64;
    requires \forall integer k; 0 <= k < p->n ==>
        p->range[k].begin < p->range[k].end <= size;
    assigns p->range[0 .. 63];
    ensures \forall integer k; 0 <= k < p->n ==>
        p->range[k].begin < p->range[k].end <= size;
*/
static void reverse(struct merkle_plan *p, uint64_t size)
{
	size_t n = p->n;

	/*@ loop invariant 0 <= i <= n / 2;
	    loop invariant \forall integer k; 0 <= k < n ==>
	        p->range[k].begin < p->range[k].end <= size;
	    loop assigns i, p->range[0 .. 63];
	    loop variant n - i; */
	for (size_t i = 0; i < n / 2; i++) {
		struct merkle_range r = p->range[i];
		p->range[i] = p->range[n - 1 - i];
		p->range[n - 1 - i] = r;
	}
}

void merkle_plan_inclusion(uint64_t index, uint64_t size, struct merkle_plan *out)
{
	uint64_t begin = 0, end = size;

	out->n = 0;
	/* Each step at least halves the larger part, so 64 are enough. */
	/*@ loop invariant begin <= index < end <= size;
	    loop invariant 0 <= out->n <= 64;
	    loop invariant \forall integer k; 0 <= k < out->n ==>
	        out->range[k].begin < out->range[k].end <= size;
	    loop assigns begin, end, *out;
	    loop variant end - begin; */
	while (end - begin > 1 && out->n < MERKLE_PROOF_MAX) {
		uint64_t middle = begin + merkle_split(end - begin);
		if (index < middle) {
			push(out, middle, end);
			end = middle;
		} else {
			push(out, begin, middle);
			begin = middle;
		}
	}
	reverse(out, size);
}

void merkle_plan_consistency(uint64_t from, uint64_t to, struct merkle_plan *out)
{
	uint64_t begin = 0, end = to;

	out->n = 0;
	/*@ loop invariant begin < from <= end <= to;
	    loop invariant 0 <= out->n <= 63;
	    loop invariant \forall integer k; 0 <= k < out->n ==>
	        out->range[k].begin < out->range[k].end <= to;
	    loop assigns begin, end, *out;
	    loop variant end - begin; */
	while (from != end && out->n < MERKLE_PROOF_MAX - 1) {
		uint64_t middle = begin + merkle_split(end - begin);
		if (from <= middle) {
			push(out, middle, end);
			end = middle;
		} else {
			push(out, begin, middle);
			begin = middle;
		}
	}
	/* A subtree that is the whole old tree has a root that everybody knows. */
	if (begin != 0)
		push(out, begin, end);
	reverse(out, to);
}

#ifndef __FRAMAC__ /* calls through the source's pointer */

int merkle_range_root(struct merkle_source *s, struct merkle_range r, struct hash *out)
{
	uint64_t n = r.end - r.begin;
	struct hash acc = { { 0 } }, h;
	bool any = false;

	ASSERT(r.begin < r.end && r.end <= MERKLE_SIZE_MAX);
	/* The full subtrees of a ragged range, smallest and rightmost first. */
	for (unsigned level = 0; n >> level != 0; level++) {
		if ((n >> level) % 2 == 0)
			continue;
		uint64_t at = (r.begin >> level) + (n >> level) - 1;
		int e = s->read(s, level, at, &h);
		if (e)
			return e;
		if (any)
			hash_node(&h, &acc, &acc);
		else
			acc = h;
		any = true;
	}
	*out = acc;
	return 0;
}

int merkle_edge(struct merkle_source *s, uint64_t size, struct merkle *out)
{
	struct merkle m;

	ASSERT(size <= MERKLE_SIZE_MAX);
	merkle_init(&m);
	for (unsigned level = 0; size >> level != 0; level++) {
		if ((size >> level) % 2 == 0)
			continue;
		int e = s->read(s, level, (size >> level) - 1, &m.edge[level]);
		if (e)
			return e;
	}
	m.size = size;
	*out = m;
	return 0;
}

static int read_plan(struct merkle_source *s, const struct merkle_plan *plan,
    struct merkle_proof *out)
{
	struct merkle_proof p = { .n = plan->n };

	for (size_t i = 0; i < plan->n; i++) {
		int e = merkle_range_root(s, plan->range[i], &p.h[i]);
		if (e)
			return e;
	}
	*out = p;
	return 0;
}

int merkle_prove_inclusion(struct merkle_source *s, uint64_t index, uint64_t size,
    struct merkle_proof *out)
{
	struct merkle_plan plan;

	ASSERT(index < size && size <= MERKLE_SIZE_MAX);
	merkle_plan_inclusion(index, size, &plan);
	return read_plan(s, &plan, out);
}

int merkle_prove_consistency(struct merkle_source *s, uint64_t from, uint64_t to,
    struct merkle_proof *out)
{
	struct merkle_plan plan;

	ASSERT(from > 0 && from <= to && to <= MERKLE_SIZE_MAX);
	merkle_plan_consistency(from, to, &plan);
	return read_plan(s, &plan, out);
}

#endif
