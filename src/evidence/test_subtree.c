/*
 * Is:        subtree proofs of every small tree, each accepted for what it proves and for
 *            nothing else.
 * Is not:    inclusion or consistency (test_merkle.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/subtree.h"

#include "base/assert.h"
#include "evidence/test_tree.h"
#include "testing/test.h"

enum { LEAVES = 70, LARGE = 1000 };

static struct hash leaves[LARGE];

static struct test_tree tree;

static void setup(void)
{
	tree = test_tree_of(leaves);
	for (unsigned i = 0; i < LARGE; i++)
		hash_leaf(rd_of((uint8_t[]){ (uint8_t)i, (uint8_t)(i >> 8) }, 2), &leaves[i]);
}

/* The root over a range of leaves, by appending them: as the tree alone. */
static void root_of(struct merkle_range r, struct hash *out)
{
	struct merkle m;

	merkle_init(&m);
	for (uint64_t i = r.begin; i < r.end; i++)
		merkle_append(&m, &leaves[i]);
	merkle_root(&m, out);
}

static struct merkle_head head_of(uint64_t size)
{
	struct merkle_head h = { .size = size };

	root_of((struct merkle_range){ 0, size }, &h.root);
	return h;
}

TEST(what_can_have_no_proof)
{
	struct merkle_head whole = head_of((setup(), 12));
	struct merkle_proof none = { .n = 0 };
	const struct merkle_range bad[] = { { 0, 0 }, { 4, 4 }, { 5, 4 }, { 0, 13 }, { 1, 3 }, { 2, 5 }, { 6, 9 }, { 12, 13 } };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK(!subtree_ok(bad[i], 12));
		CHECK(!subtree_included(bad[i], &whole.root, &whole, &none));
	}
	CHECK(!subtree_ok((struct merkle_range){ 0, 1 }, UINT64_MAX));
	none.n = MERKLE_PROOF_MAX + 1;
	CHECK(!subtree_included((struct merkle_range){ 0, 12 }, &whole.root, &whole, &none));
}

/* Every byte of the proof, the part, the root and the places counts. */
static void spoil(struct merkle_range r, const struct hash *part, const struct merkle_head *whole,
    const struct merkle_proof *proof)
{
	struct merkle_proof p = *proof;
	struct merkle_head w = *whole;
	struct hash h = *part;

	for (size_t i = 0; i < p.n; i++) {
		p.h[i].b[i % 32] ^= 1;
		CHECK(!subtree_included(r, part, whole, &p));
		p.h[i].b[i % 32] ^= 1;
	}
	h.b[31] ^= 0x80;
	CHECK(!subtree_included(r, &h, whole, &p));
	w.root.b[0] ^= 1;
	CHECK(!subtree_included(r, part, &w, &p));
	if (p.n) {
		p.n--;
		CHECK(!subtree_included(r, part, whole, &p));
		p.n++;
	}
	p.h[p.n++] = *part;
	CHECK(!subtree_included(r, part, whole, &p));
}

TEST(every_part_of_every_small_tree)
{
	unsigned n_proofs = 0;

	setup();
	for (uint64_t size = 1; size < LEAVES; size++) {
		struct merkle_head whole = head_of(size);
		for (uint64_t begin = 0; begin < size; begin++) {
			for (uint64_t end = begin + 1; end <= size; end++) {
				struct merkle_range r = { begin, end };
				struct merkle_proof p;
				struct hash part;
				if (!subtree_ok(r, size))
					continue;
				root_of(r, &part);
				CHECK_INT(subtree_prove(&tree.source, r, size, &p), 0);
				CHECK(subtree_included(r, &part, &whole, &p));
				spoil(r, &part, &whole, &p);
				n_proofs++;
			}
		}
	}
	CHECK(n_proofs > 5000);
}

/* From 0 on it is a proof of consistency, which others judge too. */
TEST(from_the_first_leaf_it_is_consistency)
{
	setup();
	for (uint64_t size = 2; size < LEAVES; size++) {
		for (uint64_t from = 1; from < size; from++) {
			struct merkle_head a = head_of(from), b = head_of(size);
			struct merkle_proof p;
			CHECK_INT(subtree_prove(&tree.source, (struct merkle_range){ 0, from }, size, &p), 0);
			CHECK(merkle_consistent(&a, &b, &p));
		}
	}
}

TEST(packages_of_a_larger_tree)
{
	struct merkle_head whole = head_of((setup(), LARGE));

	for (uint64_t begin = 0; begin < LARGE; begin += 256) {
		struct merkle_range r = { begin, begin + 256 < LARGE ? begin + 256 : LARGE };
		struct merkle_proof p;
		struct hash part;
		root_of(r, &part);
		CHECK_INT(subtree_prove(&tree.source, r, LARGE, &p), 0);
		CHECK(subtree_included(r, &part, &whole, &p));
	}
}

static int broken(struct merkle_source *self, unsigned level, uint64_t index, struct hash *out)
{
	return 77;
}

TEST(a_failing_source_is_told)
{
	struct merkle_source s = { broken };
	struct merkle_proof p = { .n = 9 };

	CHECK_INT(subtree_prove(&s, (struct merkle_range){ 0, 2 }, 5, &p), 77);
	CHECK_U64(p.n, 9);
}
