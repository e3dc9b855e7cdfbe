/*
 * Is:        the tree, its proofs and their judgement beside a naive tree written
 *            from the definition.
 * Is not:    the published vectors (test_merkle_vectors.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <string.h>

#include "evidence/merkle.h"
#include "evidence/merkle_path.h"
#include "testing/test.h"

enum { NAIVE_MAX = 600 };

/* The naive tree: all leaves in an array, every root computed anew by the
 * definition (RFC 9162 section 2.1.1). As a source it also counts. */
struct naive {
	struct merkle_source source;
	uint64_t size;
	struct hash leaf[NAIVE_MAX];
};

static struct naive tree;

static void naive_root(const struct hash *leaf, uint64_t n, struct hash *out)
{
	struct hash left, right;
	uint64_t k = 1;

	if (n == 1) {
		*out = leaf[0];
		return;
	}
	while (k * 2 < n)
		k *= 2;
	naive_root(leaf, k, &left);
	naive_root(leaf + k, n - k, &right);
	hash_node(&left, &right, out);
}

static int naive_read(struct merkle_source *s, unsigned level, uint64_t index, struct hash *out)
{
	CHECK((index + 1) << level <= tree.size);
	naive_root(&tree.leaf[index << level], 1u << level, out);
	return 0;
}

static void tree_of(uint64_t n)
{
	tree.source.read = naive_read;
	tree.size = n;
	for (uint64_t i = 0; i < n; i++) {
		char text[32];
		(void)snprintf(text, sizeof(text), "entry %llu", (unsigned long long)i);
		hash_leaf(rd_str(text), &tree.leaf[i]);
	}
}

static void check_hash(const struct hash *got, const char *want)
{
	char text[65];

	for (size_t i = 0; i < sizeof(got->b); i++)
		(void)snprintf(text + 2 * i, 3, "%02x", got->b[i]);
	CHECK_STR(text, want);
}

TEST(hashes_are_those_of_the_rfc)
{
	struct merkle m;
	struct hash h;

	hash_leaf(rd_str(""), &h);
	check_hash(&h, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
	hash_leaf(rd_str("L123456"), &h);
	check_hash(&h, "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
	merkle_init(&m);
	merkle_root(&m, &h);
	check_hash(&h, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(appending_gives_the_root_of_the_definition)
{
	struct merkle m, edge;
	struct hash got, want;

	tree_of(NAIVE_MAX);
	merkle_init(&m);
	for (uint64_t n = 1; n <= NAIVE_MAX; n++) {
		merkle_append(&m, &tree.leaf[n - 1]);
		CHECK_U64(m.size, n);
		merkle_root(&m, &got);
		naive_root(tree.leaf, n, &want);
		CHECK(hash_equal(&got, &want));
		CHECK(merkle_edge(&tree.source, n, &edge) == 0);
		merkle_root(&edge, &got);
		CHECK(hash_equal(&got, &want));
	}
}

/* Every way to break a proof that changes it must break its judgement. */
static void check_inclusion(uint64_t index, uint64_t size)
{
	struct merkle_proof p, bad;
	const struct hash *leaf = &tree.leaf[index];
	struct hash root, other;

	naive_root(tree.leaf, size, &root);
	CHECK(merkle_prove_inclusion(&tree.source, index, size, &p) == 0);
	CHECK(merkle_included(index, size, leaf, &p, &root));
	other = root;
	other.b[test_below(32)] ^= (uint8_t)(1u << test_below(8));
	CHECK(!merkle_included(index, size, leaf, &p, &other));
	CHECK(!merkle_included(index, size, &other, &p, &root));
	CHECK(!merkle_included(size, size, leaf, &p, &root));
	CHECK(!merkle_included(index ^ 1, size, leaf, &p, &root));
	bad = p;
	bad.h[bad.n++] = root;
	CHECK(!merkle_included(index, size, leaf, &bad, &root));
	if (p.n) {
		bad = p;
		bad.n--;
		CHECK(!merkle_included(index, size, leaf, &bad, &root));
		bad = p;
		bad.h[test_below(p.n)].b[test_below(32)] ^= 1;
		CHECK(!merkle_included(index, size, leaf, &bad, &root));
	}
}

TEST(inclusion_is_proved_and_nothing_else)
{
	tree_of(NAIVE_MAX);
	for (uint64_t n = 1; n <= 70; n++)
		for (uint64_t i = 0; i < n; i++)
			check_inclusion(i, n);
	for (int round = 0; round < 1000; round++) {
		uint64_t n = 1 + test_below(NAIVE_MAX);
		check_inclusion(test_below(n), n);
	}
}

static void check_consistency(uint64_t from, uint64_t to)
{
	struct merkle_head a = { .size = from }, b = { .size = to }, bad;
	struct merkle_proof p, q;

	naive_root(tree.leaf, from, &a.root);
	naive_root(tree.leaf, to, &b.root);
	CHECK(merkle_prove_consistency(&tree.source, from, to, &p) == 0);
	CHECK(merkle_consistent(&a, &b, &p));
	bad = a;
	bad.root.b[test_below(32)] ^= 0x10;
	CHECK(!merkle_consistent(&bad, &b, &p));
	bad = b;
	bad.root.b[test_below(32)] ^= 0x10;
	CHECK(!merkle_consistent(&a, &bad, &p));
	if (from != to)
		CHECK(!merkle_consistent(&b, &a, &p));
	q = p;
	q.h[q.n++] = b.root;
	CHECK(!merkle_consistent(&a, &b, &q));
	if (p.n) {
		q = p;
		q.n--;
		CHECK(!merkle_consistent(&a, &b, &q));
		q = p;
		q.h[test_below(p.n)].b[test_below(32)] ^= 0x40;
		CHECK(!merkle_consistent(&a, &b, &q));
	}
}

TEST(consistency_is_proved_and_nothing_else)
{
	tree_of(NAIVE_MAX);
	for (uint64_t n = 1; n <= 70; n++)
		for (uint64_t m = 1; m <= n; m++)
			check_consistency(m, n);
	for (int round = 0; round < 1000; round++) {
		uint64_t n = 1 + test_below(NAIVE_MAX);
		check_consistency(1 + test_below(n), n);
	}
}

TEST(nothing_is_consistent_with_an_empty_tree)
{
	struct merkle_head empty = { .size = 0 }, one = { .size = 1 };
	struct merkle_proof none = { .n = 0 };

	CHECK(!merkle_consistent(&empty, &empty, &none));
	CHECK(!merkle_consistent(&empty, &one, &none));
	CHECK(!merkle_consistent(&one, &empty, &none));
}

/* Sizes whose bits reach the top: no plan is too long, no shift is undefined. */
TEST(plans_of_the_largest_trees)
{
	static const uint64_t sizes[] = { MERKLE_SIZE_MAX, MERKLE_SIZE_MAX - 1,
		(uint64_t)1 << 62, ((uint64_t)1 << 62) + 1 };
	struct merkle_plan plan;

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		uint64_t n = sizes[i];
		for (int round = 0; round < 2000; round++) {
			uint64_t at = round == 0 ? n - 1 : test_below(n), covered = 1;
			merkle_plan_inclusion(at, n, &plan);
			for (size_t k = 0; k < plan.n; k++)
				covered += plan.range[k].end - plan.range[k].begin;
			CHECK_U64(covered, n);
			merkle_plan_consistency(at + 1, n, &plan);
			CHECK(plan.n <= MERKLE_PROOF_MAX);
		}
	}
}

/* Hostile sizes and lengths end, and are refused. */
TEST(absurd_proofs_are_refused)
{
	struct merkle_proof p = { .n = MERKLE_PROOF_MAX };
	struct merkle_head a = { .size = UINT64_MAX - 1 }, b = { .size = UINT64_MAX };
	struct hash h = { { 0 } };

	for (int round = 0; round < 20000; round++) {
		uint64_t size = test_random() >> test_below(64);
		uint64_t index = test_random() >> test_below(64);
		p.n = test_below(2 * MERKLE_PROOF_MAX);
		/* The one true case: a tree of one leaf, whose root is its leaf. */
		bool is_true = index == 0 && size == 1 && p.n == 0;
		CHECK(merkle_included(index, size, &h, &p, &h) == is_true);
		a.size = index;
		b.size = size;
		CHECK(index == size || !merkle_consistent(&a, &b, &p));
	}
}
