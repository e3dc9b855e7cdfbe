/*
 * Is:        notes, keys, checkpoints and cosignatures: what they refuse, then what
 *            they accept.
 * Is not:    the judgement by a policy (test_tlog_policy.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "evidence/checkpoint.h"
#include "evidence/cosignature.h"
#include "evidence/note.h"
#include "testing/test.h"

/* The example of the specification. */
#define VKEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define TEXT "This is an example message.\n"
#define BLOB "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
#define DASH "\xe2\x80\x94 "
#define LINE DASH "example.com/foo " BLOB "\n"

static bool parses(const char *s)
{
	struct note n;

	return note_parse(rd_str(s), &n);
}

static enum note_verdict verdict(const char *s, const char *vkey)
{
	struct note_key k;
	struct note n;
	uint64_t t;

	CHECK(note_key_parse(rd_str(vkey), &k));
	CHECK(note_parse(rd_str(s), &n));
	return note_check(&n, &k, &t);
}

TEST(note_refuses_what_is_not_one)
{
	static const char *const bad[] = {
		"", "\n", "\n\n", TEXT, TEXT "\n", TEXT LINE, /* no separator */
		"\n" LINE,                                    /* no text */
		TEXT "\n" LINE "more",                        /* no LF at the end */
		TEXT "\n" LINE "not a signature\n",
		TEXT "\n- example.com/foo " BLOB "\n",        /* a plain dash */
		TEXT "\n" DASH "example.com/foo\n",
		TEXT "\n" DASH " " BLOB "\n",
		TEXT "\n" DASH "exa+mple " BLOB "\n",
		TEXT "\n" DASH "exa\xc2\xa0mple " BLOB "\n",  /* no-break space */
		TEXT "\n" DASH "example.com/foo  " BLOB "\n",
		TEXT "\n" DASH "example.com/foo " BLOB " \n",
		TEXT "\n" DASH "example.com/foo Uw2QOg==\n",  /* an id and nothing else */
		TEXT "\n" DASH "example.com/foo Uw2QOkk\n",   /* no padding */
		TEXT "\n" DASH "example.com/foo Uw2QOkl=\n",  /* no such length */
		TEXT "\n" DASH "example.com/foo Uw2QOkn=\n",
		"tab\there\n\n" LINE, "cr\r\n\n" LINE, "\xff\n\n" LINE, "\xed\xa0\x80\n\n" LINE,
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (parses(bad[i]))
			test_fail(__FILE__, __LINE__, "accepted number %zu", i);
	CHECK(parses(TEXT "\n" LINE));
}

/* Trailing bits that no encoder sets: 0x53 0d 90 3a 01 is Uw2QOgE=. */
TEST(note_refuses_a_second_spelling_of_base64)
{
	CHECK(parses(TEXT "\n" DASH "example.com/foo Uw2QOgE=\n"));
	CHECK(!parses(TEXT "\n" DASH "example.com/foo Uw2QOgF=\n"));
}

TEST(note_splits_at_the_last_empty_line)
{
	struct note n;

	CHECK(note_parse(rd_str("one\n\ntwo\n\n" LINE LINE), &n));
	CHECK_RD(n.text, rd_str("one\n\ntwo\n"));
	CHECK_U64(n.n_sigs, 2);
	CHECK_RD(n.sigs[1].line, rd_str(LINE));
	CHECK_RD(n.sigs[0].name, rd_str("example.com/foo"));
	CHECK_U64(n.sigs[0].id, 0x530d903a);
}

TEST(note_has_a_limit_of_signatures)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct note n;

	buf_init(&b, NOTE_MAX);
	CHECK(buf_put_str(&b, TEXT "\n"));
	for (int i = 0; i < NOTE_SIGS_MAX; i++)
		CHECK(buf_put_str(&b, LINE));
	CHECK(note_parse(buf_rd(&b), &n));
	CHECK(buf_put_str(&b, LINE));
	CHECK(!note_parse(buf_rd(&b), &n));
}

TEST(note_known_answer)
{
	CHECK(verdict(TEXT "\n" LINE, VKEY) == NOTE_SIGNED);
	CHECK(verdict("This is an example message!\n\n" LINE, VKEY) == NOTE_FORGED);
	CHECK(verdict(TEXT "\n" TEXT "\n" LINE, VKEY) == NOTE_FORGED);
	CHECK(verdict(TEXT "\n" DASH "example.com/bar " BLOB "\n", VKEY) == NOTE_UNSIGNED);
}

TEST(one_forged_line_spoils_a_note)
{
	CHECK(verdict(TEXT "\n" LINE DASH "example.com/foo Uw2QOgE=\n", VKEY) == NOTE_FORGED);
}

TEST(keys_have_the_id_of_their_name_and_kind)
{
	static const char *const bad[] = {
		"", "example.com/foo", "example.com/foo+530d903a", "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		"example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		"example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		"example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		"example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=",
		"example.com/foo+530d903a+", VKEY " ", VKEY "\n",
	};
	struct note_key k;
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (note_key_parse(rd_str(bad[i]), &k))
			test_fail(__FILE__, __LINE__, "accepted %s", bad[i]);
	CHECK(note_key_parse(rd_str(VKEY), &k));
	buf_init(&b, 1000);
	w = wr_to(&b);
	wr_note_key(&w, &k);
	CHECK(wr_ok(&w));
	CHECK_RD(buf_rd(&b), rd_str(VKEY));
}

static void key_from(uint8_t seed_byte, struct ed25519_key *k)
{
	AUTO(secret_done) struct secret seed = { 0 };

	secret_init(&seed, ED25519_SEED_LEN);
	seed.p[0] = seed_byte;
	ed25519_key_init(k, &seed);
}

/* A checkpoint that a log signs and a witness cosigns, twice. */
TEST(checkpoint_signed_and_cosigned)
{
	AUTO(ed25519_key_done) struct ed25519_key log = { 0 };
	AUTO(ed25519_key_done) struct ed25519_key wit = { 0 };
	AUTO(buf_done) struct buf text = { 0 }, note = { 0 }, msg = { 0 }, blob = { 0 };
	struct merkle_head head = { .size = 77, .root = { { 1, 2, 3 } } };
	struct note_key log_key, wit_key;
	struct ed25519_sig sig;
	struct checkpoint c;
	struct note n;
	uint64_t t = 5;
	struct wr w;

	buf_init(&text, 1000);
	buf_init(&note, 2000);
	buf_init(&msg, 1000);
	buf_init(&blob, 100);
	key_from(1, &log);
	key_from(2, &wit);
	note_key_make(rd_str("example.com/log"), NOTE_ED25519, &log.pub, &log_key);
	note_key_make(rd_str("witness.example"), NOTE_COSIGNATURE, &wit.pub, &wit_key);
	w = wr_to(&text);
	wr_checkpoint(&w, rd_str("example.com/log"), &head);
	ed25519_sign(&log, buf_rd(&text), &sig);
	w = wr_to(&note);
	wr_note(&w, buf_rd(&text));
	wr_note_sig(&w, &log_key, rd_of(sig.b, sizeof(sig.b)));
	for (uint64_t at = 1700000000; at <= 1700000001; at++) {
		buf_reset(&msg);
		buf_reset(&blob);
		struct wr m = wr_to(&msg), bw = wr_to(&blob);
		wr_cosignature_message(&m, at, buf_rd(&text));
		ed25519_sign(&wit, buf_rd(&msg), &sig);
		wr_cosignature_blob(&bw, at, &sig);
		CHECK(wr_ok(&m) && wr_ok(&bw));
		wr_note_sig(&w, &wit_key, buf_rd(&blob));
	}
	CHECK(wr_ok(&w));
	CHECK(note_parse(buf_rd(&note), &n));
	CHECK(note_check(&n, &log_key, &t) == NOTE_SIGNED);
	CHECK_U64(t, 0);
	CHECK(note_check(&n, &wit_key, &t) == NOTE_SIGNED);
	CHECK_U64(t, 1700000001);
	CHECK(checkpoint_parse(n.text, &c));
	CHECK_RD(c.origin, rd_str("example.com/log"));
	CHECK_U64(c.head.size, 77);
	CHECK(hash_equal(&c.head.root, &head.root));

	/* The time is under the signature. */
	n.sigs[1].blob[7] ^= 1;
	CHECK(note_check(&n, &wit_key, &t) == NOTE_FORGED);
	n.sigs[1].blob[7] ^= 1;
	n.sigs[1].blob_len--;
	CHECK(note_check(&n, &wit_key, &t) == NOTE_FORGED);
}

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
#define EMPTY_ROOT "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"

TEST(checkpoint_has_one_spelling)
{
	static const char *const bad[] = {
		"", "log\n", "log\n1\n", "\n1\n" ROOT, "log\n\n" ROOT, "log\n01\n" ROOT,
		"log\n+1\n" ROOT, "log\n-1\n" ROOT, "log\n1 \n" ROOT, "log\n0x1\n" ROOT,
		"log\n9223372036854775808\n" ROOT, "log\n18446744073709551616\n" ROOT,
		"log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
		"log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
		"log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
		"log\n1\n" ROOT "\n", "log\n1\n" ROOT "ext\n\n", "log\n1\n" ROOT "ext",
		"log\n0\n" ROOT,
	};
	struct checkpoint c;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (checkpoint_parse(rd_str(bad[i]), &c))
			test_fail(__FILE__, __LINE__, "accepted number %zu", i);
	CHECK(checkpoint_parse(rd_str("log\n0\n" EMPTY_ROOT), &c));
	CHECK(checkpoint_parse(rd_str("log\n9223372036854775807\n" ROOT), &c));
	CHECK(checkpoint_parse(rd_str("log\n1\n" ROOT "one\ntwo\n"), &c));
	CHECK_RD(c.extensions, rd_str("one\ntwo\n"));
}

/* Signed by somebody else's program. */
TEST(checkpoints_of_another_log)
{
	struct note_key k;

	CHECK(note_key_parse(rd_str("example.com/log/testdata+33d7b496+"
	    "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"), &k));
	for (unsigned i = 0; i <= 15; i++) {
		char path[100];
		uint8_t *raw;
		struct checkpoint c;
		struct note n;
		uint64_t t;
		(void)snprintf(path, sizeof(path), "tests/vectors/tessera/log/checkpoint.%u", i);
		size_t len = test_file(path, &raw);
		CHECK(note_parse(rd_of(raw, len), &n));
		CHECK(note_check(&n, &k, &t) == NOTE_SIGNED);
		CHECK(checkpoint_parse(n.text, &c));
		CHECK_U64(c.head.size, i);
		mem_free(&raw);
	}
}
