/*
 * Is:        the 196 inclusion and consistency vectors of transparency-dev/merkle
 *            (tests/vectors/merkle), each judged as it wants.
 * Is not:    a JSON reader: one vector has a 64-bit number that ours refuses, and
 *            every file has one field on each line.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "evidence/hash_text.h"
#include "evidence/merkle.h"
#include "testing/test.h"

struct vector {
	uint64_t n1, n2; /* index and size, or both sizes */
	struct hash h1, h2; /* root and leaf, or both roots */
	struct merkle_proof proof;
	bool is_hash; /* false when one has a length that our type cannot hold */
	bool want_error;
};

static unsigned n_seen, n_wanted_error;

static bool key_is(struct rd key, const char *a, const char *b)
{
	return rd_is(&key, a) || rd_is(&key, b);
}

/* Some consistency vectors write "don't care" for a root; a stand-in keeps equal
 * ones equal. Inclusion vectors with such a hash are about its length. */
static void take_hash(struct vector *v, struct rd text, struct hash *out)
{
	if (hash_parse(text, out))
		return;
	hash_leaf(text, out);
	v->is_hash = false;
}

/* The text between the quotation marks that it starts with. */
static struct rd unquoted(struct rd line)
{
	struct rd text;

	CHECK(rd_word(&line, "\"") && rd_until(&line, '"', &text));
	return text;
}

static void take_field(struct vector *v, struct rd key, struct rd value)
{
	struct rd number = value;

	if (value.len && value.p[value.len - 1] == ',')
		number.len--;
	if (key_is(key, "leafIdx", "size1"))
		CHECK(text_u64(number, &v->n1));
	else if (key_is(key, "treeSize", "size2"))
		CHECK(text_u64(number, &v->n2));
	else if (key_is(key, "root", "root1"))
		take_hash(v, unquoted(value), &v->h1);
	else if (key_is(key, "leafHash", "root2"))
		take_hash(v, unquoted(value), &v->h2);
	else if (rd_is(&key, "wantErr"))
		v->want_error = rd_is(&number, "true");
}

static void take_line(struct vector *v, struct rd line)
{
	struct rd text;

	while (rd_word(&line, " "))
		;
	if (!rd_word(&line, "\""))
		return;
	CHECK(rd_until(&line, '"', &text));
	if (rd_word(&line, ": ")) {
		take_field(v, text, line);
		return;
	}
	CHECK(v->proof.n < MERKLE_PROOF_MAX);
	take_hash(v, text, &v->proof.h[v->proof.n++]);
}

static int judge(const char *path, const struct stat *st, int type)
{
	const char *root = getenv("SLAGBOOM_SRC");
	struct vector v = { .is_hash = true };
	uint8_t *raw = NULL;
	struct rd r, line;
	bool ok;

	if (type != FTW_F)
		return 0;
	r.len = test_file(path + strlen(root ? root : ".") + 1, &raw);
	r.p = raw;
	while (rd_until(&r, '\n', &line))
		take_line(&v, line);
	if (strstr(path, "/inclusion/")) {
		ok = v.is_hash && merkle_included(v.n1, v.n2, &v.h2, &v.proof, &v.h1);
	} else {
		struct merkle_head from = { v.n1, v.h1 }, to = { v.n2, v.h2 };
		ok = merkle_consistent(&from, &to, &v.proof);
	}
	n_seen++;
	n_wanted_error += v.want_error;
	if (ok == v.want_error)
		test_fail(__FILE__, __LINE__, "%s", path);
	mem_free(&raw);
	return 0;
}

static void judge_all(const char *dir)
{
	const char *root = getenv("SLAGBOOM_SRC");
	char path[4096];

	n_seen = n_wanted_error = 0;
	(void)snprintf(path, sizeof(path), "%s/tests/vectors/merkle/%s", root ? root : ".", dir);
	CHECK(ftw(path, judge, 8) == 0);
	CHECK_U64(n_seen, 98);
	CHECK(n_wanted_error > 80 && n_wanted_error < 98);
}

TEST(inclusion_vectors)
{
	judge_all("inclusion");
}

TEST(consistency_vectors)
{
	judge_all("consistency");
}
