/*
 * Is:        the policy file, its quorums, and what it makes of checkpoints.
 * Is not:    a test of signatures (test_note.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "evidence/cosignature.h"
#include "evidence/tlog_policy.h"
#include "testing/test.h"

/* Parties 0 to 9: their keys, and their vkeys as text. */
enum { N_PARTIES = 10 };
static struct ed25519_key keys[N_PARTIES];
static struct note_key note_keys[N_PARTIES];
static char vkey[N_PARTIES][200];

static void make_parties(void)
{
	if (keys[0].secret.p)
		return;
	for (unsigned i = 0; i < N_PARTIES; i++) {
		AUTO(secret_done) struct secret seed = { 0 };
		AUTO(buf_done) struct buf b = { 0 };
		char name[32];
		buf_init(&b, sizeof(vkey[i]) - 1);
		secret_init(&seed, ED25519_SEED_LEN);
		seed.p[0] = (uint8_t)i;
		ed25519_key_init(&keys[i], &seed);
		(void)snprintf(name, sizeof(name), i ? "witness%u.example" : "log.example", i);
		note_key_make(rd_str(name), i ? NOTE_COSIGNATURE : NOTE_ED25519, &keys[i].pub,
		    &note_keys[i]);
		struct wr w = wr_to(&b);
		wr_note_key(&w, &note_keys[i]);
		CHECK(wr_ok(&w));
		(void)snprintf(vkey[i], sizeof(vkey[i]), "%.*s", (int)b.len,
		    (const char *)buf_rd(&b).p);
	}
}

/* Replaces each $n in `pattern` by the vkey of party n. */
static struct rd fill(const char *pattern, struct buf *out)
{
	make_parties();
	buf_reset(out);
	for (; *pattern; pattern++) {
		if (*pattern == '$')
			CHECK(buf_put_str(out, vkey[*++pattern - '0']));
		else
			CHECK(buf_put_u8(out, (uint8_t)*pattern));
	}
	return buf_rd(out);
}

static struct tlog_policy policy;
static struct tlog_policy_error err;

static bool parses(const char *pattern)
{
	static struct buf b;

	if (!b.max)
		buf_init(&b, 100000);
	return tlog_policy_parse(fill(pattern, &b), &policy, &err);
}

TEST(policy_refuses_and_says_where)
{
	static const struct {
		size_t line;
		const char *text;
	} bad[] = {
		{ 0, "" },
		{ 2, "log $0\nlog $0\nquorum none\n" },
		{ 1, "log\nquorum none\n" },
		{ 1, "log nonsense\nquorum none\n" },
		{ 1, "quorum none\n" }, /* no log */
		{ 1, "log $0\n" },      /* no quorum */
		{ 3, "log $0\nquorum none\nquorum none\n" },
		{ 2, "log $0\nquorum nobody\n" },
		{ 2, "log $0\nquorum\n" },
		{ 2, "log $0\nquorum none none\n" },
		{ 2, "log $0\nnonsense\n" },
		{ 1, "log $0 https://url more\nquorum none\n" },
		{ 2, "log $0\nwitness none $1\nquorum none\n" },
		{ 3, "log $0\nwitness a $1\nwitness a $2\nquorum a\n" },
		{ 3, "log $0\nwitness a $1\nwitness b $1\nquorum a\n" }, /* one key, twice */
		{ 2, "log $0\nwitness a $0\nquorum a\n" },
		{ 2, "log $0\ngroup g any a\nwitness a $1\nquorum g\n" }, /* defined later */
		{ 3, "log $0\nwitness a $1\ngroup g any\nquorum g\n" },
		{ 3, "log $0\nwitness a $1\ngroup g 0 a\nquorum g\n" },
		{ 3, "log $0\nwitness a $1\ngroup g 2 a\nquorum g\n" },
		{ 3, "log $0\nwitness a $1\ngroup g 01 a\nquorum g\n" },
		{ 3, "log $0\nwitness a $1\ngroup g 65537 a\nquorum g\n" },
		{ 3, "log $0\nwitness a $1\ngroup g all a a\nquorum g\n" },
		{ 4, "log $0\nwitness a $1\ngroup g all a\ngroup h all a\nquorum g\n" },
		{ 3, "log $0\nwitness a $1\ngroup g all g\nquorum g\n" },
		{ 2, "log $0\n\x01\nquorum none\n" },
		{ 1, "log $0\r\nquorum none\r\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (parses(bad[i].text))
			test_fail(__FILE__, __LINE__, "accepted number %zu", i);
		CHECK_U64(err.line, bad[i].line);
	}
}

TEST(policy_groups_count_their_members)
{
	CHECK(parses("# ours\n\n  log $0 https://log.example/\n"
	    "witness a $1\nwitness b $2 https://b.example/\nwitness c $3\n"
	    "group inland 2 a b c\n"
	    "witness d $4\nwitness e $5\n\tgroup abroad any\td e \n"
	    "group both all inland abroad\nquorum both"));
	CHECK_U64(policy.n_witnesses, 5);
	for (uint64_t w = 0; w < 32; w++) {
		bool inland = __builtin_popcountll(w & 7) >= 2, abroad = (w & 24) != 0;
		CHECK(tlog_policy_quorum(&policy, w) == (inland && abroad));
	}
	CHECK(parses("log $0\nwitness a $1\nquorum none\n"));
	CHECK(tlog_policy_quorum(&policy, 0));
	CHECK(parses("log $0\nwitness a $1\nquorum a\n"));
	CHECK(!tlog_policy_quorum(&policy, 0));
	CHECK(tlog_policy_quorum(&policy, 1));
}

/* A checkpoint of `origin`, signed by the parties whose bits are set. */
static struct rd signed_by(const char *origin, unsigned parties, struct buf *out)
{
	AUTO(buf_done) struct buf text = { 0 }, msg = { 0 }, blob = { 0 };
	struct merkle_head head = { .size = 3 };
	struct wr w, m;
	struct ed25519_sig sig;

	make_parties();
	buf_init(&text, 1000);
	buf_init(&msg, 1000);
	buf_init(&blob, 1000);
	w = wr_to(&text);
	wr_checkpoint(&w, rd_str(origin), &head);
	buf_reset(out);
	w = wr_to(out);
	wr_note(&w, buf_rd(&text));
	for (unsigned i = 0; i < N_PARTIES; i++) {
		if (!(parties >> i & 1))
			continue;
		buf_reset(&msg);
		buf_reset(&blob);
		m = wr_to(&msg);
		if (i)
			wr_cosignature_message(&m, 1000 + i, buf_rd(&text));
		else
			wr_bytes(&m, buf_rd(&text));
		ed25519_sign(&keys[i], buf_rd(&msg), &sig);
		m = wr_to(&blob);
		if (i)
			wr_cosignature_blob(&m, 1000 + i, &sig);
		else
			wr_bytes(&m, rd_of(sig.b, sizeof(sig.b)));
		wr_note_sig(&w, &note_keys[i], buf_rd(&blob));
	}
	CHECK(wr_ok(&w));
	return buf_rd(out);
}

TEST(policy_judges_checkpoints)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct tlog_judgement j;

	buf_init(&b, 10000);
	CHECK(parses("log $0\nwitness a $1\nwitness b $2\nwitness c $3\n"
	    "group g 2 a b c\nquorum g\n"));
	CHECK(tlog_policy_judge(&policy, rd_str("nonsense"), &j) == TLOG_MALFORMED);
	CHECK(tlog_policy_judge(&policy, signed_by("other.example", 15, &b), &j) ==
	    TLOG_UNKNOWN_LOG);
	CHECK(tlog_policy_judge(&policy, signed_by("log.example", 14, &b), &j) == TLOG_UNSIGNED);
	CHECK(tlog_policy_judge(&policy, signed_by("log.example", 3, &b), &j) == TLOG_NO_QUORUM);
	CHECK(tlog_policy_judge(&policy, signed_by("log.example", 13, &b), &j) == TLOG_OK);
	CHECK_U64(j.witnesses, 6);
	CHECK_U64(j.time_s[1], 1002);
	CHECK_U64(j.checkpoint.head.size, 3);
	/* A stranger's line is ignored; a damaged line of a witness is not. */
	CHECK(tlog_policy_judge(&policy, signed_by("log.example", 64 + 13, &b), &j) == TLOG_OK);
	struct rd r = signed_by("log.example", 15, &b);
	uint8_t *copy = mem_new(r.len, 1);
	memcpy(copy, r.p, r.len);
	copy[r.len - 30] = copy[r.len - 30] == 'A' ? 'B' : 'A';
	CHECK(tlog_policy_judge(&policy, rd_of(copy, r.len), &j) == TLOG_FORGED);
	mem_free(&copy);
}
