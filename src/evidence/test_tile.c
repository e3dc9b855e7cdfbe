/*
 * Is:        tile paths, bundles and .tlog-proof files: what they refuse, then what
 *            they accept.
 * Is not:    a log.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "evidence/merkle_path.h"
#include "evidence/proof.h"
#include "evidence/tile.h"
#include "testing/test.h"

static bool parses(const char *path)
{
	struct tile t;

	return tile_path_parse(rd_str(path), &t);
}

TEST(tile_paths_have_one_spelling)
{
	static const char *const bad[] = {
		"", "tile", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000",
		"tile/00/000", "tile/8/000", "tile/64/000", "tile/x/000", "tile/-1/000",
		"/tile/0/000", "tile/0/000/", "tile/0/x000/001", "tile/0/x001/x002",
		"tile/0/001/002", "tile/0/x001", "tile/0/x001/", "tile/0/000.p", "tile/0/000.p/",
		"tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/1/",
		"tile/0/000.p/-1", "tile/0/../000", "tile/0/ab0", "tile/entries/000.p/256",
		"tile/data/000", "tile/entries", "tile//000",
		"tile/0/x999/x999/x999/x999/x999/x999/999",
		"tile/0/x036/x028/x797/x018/x963/968", /* beyond the largest tree */
	};
	static const struct {
		const char *path;
		struct tile t;
	} good[] = {
		{ "tile/0/000", { 0, 256, 0 } },
		{ "tile/0/255.p/255", { 255, 255, 0 } },
		{ "tile/7/x001/000", { 1000, 256, 7 } },
		{ "tile/1/x001/x234/067.p/8", { 1234067, 8, 1 } },
		{ "tile/entries/x001/x234/067", { 1234067, 256, TILE_ENTRIES } },
		{ "tile/0/x036/x028/x797/x018/x963/967", { 36028797018963967u, 256, 0 } },
	};
	char text[TILE_PATH_MAX];
	struct tile t;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (parses(bad[i]))
			test_fail(__FILE__, __LINE__, "accepted %s", bad[i]);
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		CHECK(tile_path_parse(rd_str(good[i].path), &t));
		CHECK(t.index == good[i].t.index && t.width == good[i].t.width &&
		    t.level == good[i].t.level);
		tile_path(t, text);
		CHECK_STR(text, good[i].path);
	}
}

/* The example of the specification: 70,000 leaves. */
TEST(tiles_of_a_size)
{
	struct tile t;

	CHECK_U64(tile_hashes(0, 70000), 70000);
	CHECK_U64(tile_hashes(1, 70000), 273);
	CHECK_U64(tile_hashes(2, 70000), 1);
	CHECK_U64(tile_hashes(3, 70000), 0);
	CHECK_U64(tile_hashes(TILE_LEVELS, 70000), 0);
	CHECK(tile_partial(0, 70000, &t) && t.index == 273 && t.width == 112);
	CHECK(tile_partial(1, 70000, &t) && t.index == 1 && t.width == 17);
	CHECK(tile_partial(2, 70000, &t) && t.index == 0 && t.width == 1);
	CHECK(!tile_partial(3, 70000, &t));
	CHECK(!tile_partial(0, 256, &t));
	CHECK(tile_partial(1, 256, &t) && t.index == 0 && t.width == 1);
}

TEST(bundles_hold_exactly_their_entries)
{
	static const uint8_t raw[] = { 0, 1, 'a', 0, 0, 0, 2, 'b', 'c' };
	struct hash h[3], want;

	CHECK(bundle_leaves(rd_of(raw, sizeof(raw)), 3, 3, h));
	hash_leaf(rd_str("bc"), &want);
	CHECK(hash_equal(&h[2], &want));
	hash_leaf(rd_str(""), &want);
	CHECK(hash_equal(&h[1], &want));
	CHECK(bundle_leaves(rd_of(raw, sizeof(raw)), 3, 1, h));
	CHECK(!bundle_leaves(rd_of(raw, sizeof(raw)), 2, 2, h)); /* one too many */
	CHECK(!bundle_leaves(rd_of(raw, sizeof(raw)), 4, 3, h)); /* one too few */
	for (size_t cut = 0; cut < sizeof(raw); cut++)
		CHECK(!bundle_leaves(rd_of(raw, cut), 3, 3, h));
}

TEST(tile_roots_are_tree_roots)
{
	struct hash h[TILE_WIDTH], got, want;
	struct merkle m;

	for (size_t width = 1; width <= TILE_WIDTH; width *= 2) {
		merkle_init(&m);
		for (size_t i = 0; i < width; i++) {
			for (size_t k = 0; k < sizeof(h[i].b); k++)
				h[i].b[k] = (uint8_t)test_random();
			merkle_append(&m, &h[i]);
		}
		merkle_root(&m, &want);
		tile_root(h, width, &got);
		CHECK(hash_equal(&got, &want));
	}
}

#define MAGIC "c2sp.org/tlog-proof@v1\n"
#define HASH "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

TEST(proofs_have_one_spelling)
{
	static const char *const bad[] = {
		"", MAGIC, MAGIC "index 1\n", MAGIC "index 1\n\n", "index 1\n\nx",
		MAGIC "index 01\n\nx", MAGIC "index\n\nx", MAGIC "index 1 \n\nx",
		MAGIC "index 9223372036854775807\n\nx", MAGIC "index 1\nAAAA\n\nx",
		MAGIC "index 1\n" HASH "x", MAGIC "extra\nindex 1\n\nx",
		MAGIC "extra AA\nindex 1\n\nx", MAGIC "index 1\nextra AAAA\n\nx",
		"c2sp.org/tlog-proof@v2\nindex 1\n\nx",
	};
	AUTO(buf_done) struct buf b = { 0 };
	struct proof p;
	struct wr w;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (proof_parse(rd_str(bad[i]), &p))
			test_fail(__FILE__, __LINE__, "accepted number %zu", i);
	CHECK(proof_parse(rd_str(MAGIC "extra AAAA\nindex 0\n\nx\n"), &p));
	CHECK_RD(p.extra, rd_str("AAAA"));
	CHECK(proof_parse(rd_str(MAGIC "index 12\n" HASH HASH "\nlog\n\nsig\n"), &p));
	CHECK_U64(p.index, 12);
	CHECK_U64(p.path.n, 2);
	CHECK_RD(p.checkpoint, rd_str("log\n\nsig\n"));
	buf_init(&b, 1000);
	w = wr_to(&b);
	wr_proof(&w, p.index, &p.path, p.checkpoint);
	CHECK(wr_ok(&w));
	CHECK_RD(buf_rd(&b), rd_str(MAGIC "index 12\n" HASH HASH "\nlog\n\nsig\n"));
}

/* The leaves of another program's log, as a source. */
static struct hash leaf[15];

static int read_leaves(struct merkle_source *s, unsigned level, uint64_t index, struct hash *out)
{
	struct hash h[16];

	for (uint64_t i = 0; i < (uint64_t)1 << level; i++)
		h[i] = leaf[(index << level) + i];
	tile_root(h, (size_t)1 << level, out);
	return 0;
}

TEST(proofs_of_another_log)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct merkle_source s = { read_leaves };
	struct tlog_judgement j;
	struct tlog_policy policy;
	enum tlog_verdict why;
	struct note_key k;
	uint8_t *bundle, *cp;
	struct proof p;

	size_t bundle_len = test_file("tests/vectors/tessera/log/tile/entries/000.p/15", &bundle);
	size_t cp_len = test_file("tests/vectors/tessera/log/checkpoint", &cp);
	CHECK(bundle_leaves(rd_of(bundle, bundle_len), 15, 15, leaf));
	CHECK(note_key_parse(rd_str("example.com/log/testdata+33d7b496+"
	    "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"), &k));
	tlog_policy_log_only(&k, &policy);
	buf_init(&b, 10000);
	for (uint64_t i = 0; i < 15; i++) {
		struct merkle_proof path;
		CHECK(merkle_prove_inclusion(&s, i, 15, &path) == 0);
		buf_reset(&b);
		struct wr w = wr_to(&b);
		wr_proof(&w, i, &path, rd_of(cp, cp_len));
		CHECK(wr_ok(&w));
		CHECK(proof_parse(buf_rd(&b), &p));
		CHECK(proof_judge(&p, &leaf[i], &policy, &why, &j) == PROOF_OK);
		CHECK(proof_judge(&p, &leaf[(i + 1) % 15], &policy, &why, &j) ==
		    PROOF_NOT_INCLUDED);
		p.checkpoint.len--;
		CHECK(proof_judge(&p, &leaf[i], &policy, &why, &j) == PROOF_BAD_CHECKPOINT);
		CHECK(why == TLOG_MALFORMED);
	}
	mem_free(&bundle);
	mem_free(&cp);
}
