/*
 * Is:        subtree proofs (contract in the header).
 * Is not:    inclusion or consistency.
 * Called by: mirror.h's two sides.
 * Owns:      nothing.
 * Trust:     proofs, places and hashes are hostile.
 */
#include "evidence/subtree.h"

#include "base/assert.h"

bool subtree_ok(struct merkle_range r, uint64_t size)
{
	uint64_t room = 1;

	if (r.begin >= r.end || r.end > size || size > MERKLE_SIZE_MAX)
		return false;
	while (room < r.end - r.begin)
		room <<= 1;
	return r.begin % room == 0;
}

/* From the root down: what lies beside the way is a hash of the proof, so the proof
 * is this list from its end. */
static size_t beside(struct merkle_range r, uint64_t size, struct merkle_range out[MERKLE_PROOF_MAX])
{
	struct merkle_range at = { 0, size };
	bool is_known = true; /* the part's own root needs no hash */
	size_t n = 0;

	while (at.begin != r.begin || at.end != r.end) {
		uint64_t mid = at.begin + merkle_split(at.end - at.begin);
		ASSERT(n < MERKLE_PROOF_MAX - 1);
		if (r.end <= mid) {
			out[n++] = (struct merkle_range){ mid, at.end };
			at.end = mid;
			continue;
		}
		out[n++] = (struct merkle_range){ at.begin, mid };
		at.begin = mid;
		if (r.begin < mid) {
			r.begin = mid; /* the rest of it hangs below, on its own */
			is_known = false;
		}
	}
	if (!is_known)
		out[n++] = at;
	return n;
}

int subtree_prove(struct merkle_source *s, struct merkle_range r, uint64_t size, struct merkle_proof *out)
{
	struct merkle_range list[MERKLE_PROOF_MAX];
	struct merkle_proof p = { .n = 0 };
	int err = 0;

	ASSERT(subtree_ok(r, size));
	for (size_t n = beside(r, size, list); !err && n > 0; n--)
		err = merkle_range_root(s, list[n - 1], &p.h[p.n++]);
	if (!err)
		*out = p;
	return err;
}

/* The place of the part's first and last leaf and of the tree's last, level by level. */
struct place {
	uint64_t first, last, end;
};

static void up(struct place *p)
{
	p->first >>= 1;
	p->last >>= 1;
	p->end >>= 1;
}

/* To the level where the part's right edge leaves the tree's. */
static void skip_edge(struct place *p)
{
	bool is_tail = p->last == p->end;

	while (p->first != p->last && (is_tail || p->last % 2 == 1))
		up(p);
}

bool subtree_included(struct merkle_range r, const struct hash *part, const struct merkle_head *whole,
    const struct merkle_proof *proof)
{
	struct place p = { r.begin, r.end - 1, whole->size - 1 };
	struct hash as_part, as_whole;
	size_t i = 0;

	if (!subtree_ok(r, whole->size) || proof->n > MERKLE_PROOF_MAX)
		return false;
	skip_edge(&p);
	if (p.first != p.last && proof->n == 0)
		return false;
	as_part = as_whole = p.first == p.last ? *part : proof->h[i++];
	for (; i < proof->n; i++) {
		if (p.end == 0)
			return false;
		if (p.last % 2 == 1 || p.last == p.end) {
			if (p.first < p.last)
				hash_node(&proof->h[i], &as_part, &as_part);
			hash_node(&proof->h[i], &as_whole, &as_whole);
			while (p.last % 2 == 0 && p.last != 0)
				up(&p);
		} else {
			hash_node(&as_whole, &proof->h[i], &as_whole);
		}
		up(&p);
	}
	return p.end == 0 && hash_equal(&as_part, part) && hash_equal(&as_whole, &whole->root);
}
