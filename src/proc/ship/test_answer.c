/*
 * Is:        what hostile, broken and good answers of witnesses and mirrors mean.
 * Is not:    HTTP, which libcurl reads (tests/ship.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/ship/answer.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "evidence/checkpoint.h"
#include "evidence/cosignature.h"
#include "evidence/witness.h"
#include "testing/test.h"

static struct ed25519_key keys[3]; /* the log, the witness, somebody */
static struct note_key log_key, witness_key, other_key;
static struct buf note, lines;

static void make_key(int i, enum note_alg alg, const char *name, struct note_key *out)
{
	AUTO(secret_done) struct secret seed = { .p = NULL };
	uint8_t raw[32] = { (uint8_t)(i + 1) };

	secret_copy(&seed, rd_of(raw, sizeof(raw)));
	ed25519_key_init(&keys[i], &seed);
	note_key_make(rd_str(name), alg, &keys[i].pub, out);
}

static void put_line(struct buf *out, const struct note_key *as, int by, uint64_t time_s, struct rd text)
{
	AUTO(buf_done) struct buf message = { 0 };
	AUTO(buf_done) struct buf blob = { 0 };
	struct ed25519_sig sig;

	buf_init(&message, 4096);
	buf_init(&blob, COSIGNATURE_BLOB_LEN);
	struct wr w = wr_to(&message), b = wr_to(&blob), o = wr_to(out);
	wr_cosignature_message(&w, time_s, text);
	ed25519_sign(&keys[by], buf_rd(&message), &sig);
	wr_cosignature_blob(&b, time_s, &sig);
	wr_note_sig(&o, as, buf_rd(&blob));
	CHECK(wr_ok(&w) && wr_ok(&b) && wr_ok(&o));
}

static struct rd text_of(struct rd raw)
{
	static struct note n;

	CHECK(note_parse(raw, &n));
	return n.text;
}

static void setup(void)
{
	AUTO(buf_done) struct buf text = { 0 };
	struct merkle_head head = { .size = 20 };
	struct ed25519_sig sig;

	if (note.max)
		return;
	make_key(0, NOTE_ED25519, "gate.example/core", &log_key);
	make_key(1, NOTE_COSIGNATURE, "witness.one", &witness_key);
	make_key(2, NOTE_COSIGNATURE, "witness.two", &other_key);
	buf_init(&note, 4096);
	buf_init(&lines, 1 << 16);
	buf_init(&text, 4096);
	struct wr w = wr_to(&text), n = wr_to(&note);
	wr_checkpoint(&w, rd_str("gate.example/core"), &head);
	CHECK(wr_ok(&w));
	ed25519_sign(&keys[0], buf_rd(&text), &sig);
	wr_note(&n, buf_rd(&text));
	wr_note_sig(&n, &log_key, rd_of(sig.b, sizeof(sig.b)));
	CHECK(wr_ok(&n));
}

static struct ship_asked asked(uint64_t old)
{
	setup();
	return (struct ship_asked){ buf_rd(&note), &witness_key, old, 20 };
}

static enum ship_meaning witness(uint64_t old, unsigned status, const char *type, struct rd body)
{
	struct ship_asked q = asked(old);
	struct ship_reply r = { status, type, body };
	struct ship_answer a;

	ship_answer_witness(&q, &r, &a);
	CHECK(a.why && strlen(a.why) > 0);
	CHECK((a.meaning == SHIP_SIGNED) == (a.lines.len > 0));
	return a.meaning;
}

TEST(what_is_no_signature_is_useless)
{
	static const char *const bad[] = { "", "\n", "ok", "signed\n", "\xe2\x80\x94 witness.one AAAA\n", "\xff\xfe\n", "\xe2\x80\x94 witness.one ",
		"{\"signature\":\"yes\"}\n", "<html>\n" };
	static char large[8192];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK_INT(witness(0, 200, WITNESS_TEXT_TYPE, rd_str(bad[i])), SHIP_USELESS);
	memset(large, 'x', sizeof(large));
	CHECK_INT(witness(0, 200, WITNESS_TEXT_TYPE, rd_of(large, sizeof(large))), SHIP_USELESS);
}

TEST(signatures_that_are_not_its_own)
{
	asked(0);
	struct rd text = text_of(buf_rd(&note));

	buf_reset(&lines);
	put_line(&lines, &witness_key, 2, 1700000000, text); /* its name, another's key */
	CHECK_INT(witness(0, 200, WITNESS_TEXT_TYPE, buf_rd(&lines)), SHIP_USELESS);
	buf_reset(&lines);
	put_line(&lines, &other_key, 2, 1700000000, text); /* another's, a good one */
	CHECK_INT(witness(0, 200, WITNESS_TEXT_TYPE, buf_rd(&lines)), SHIP_USELESS);
	buf_reset(&lines);
	put_line(&lines, &witness_key, 1, 1700000000, rd_str("gate.example/core\n21\n\n")); /* over another tree */
	CHECK_INT(witness(0, 200, WITNESS_TEXT_TYPE, buf_rd(&lines)), SHIP_USELESS);
}

/* A good line, changed in every byte and cut everywhere. */
TEST(only_the_whole_line_is_one)
{
	asked(0);
	struct rd whole, part;

	buf_reset(&lines);
	put_line(&lines, &witness_key, 1, 1700000000, text_of(buf_rd(&note)));
	whole = buf_rd(&lines);
	CHECK_INT(witness(0, 200, "", whole), SHIP_SIGNED);
	for (size_t n = 0; n < whole.len; n++)
		CHECK(rd_slice(&whole, 0, n, &part) && witness(0, 200, "", part) == SHIP_USELESS);
	for (size_t i = 0; i < whole.len; i++) {
		uint8_t was, now;
		CHECK(rd_at(&whole, i, &was));
		now = was ^ 1;
		CHECK(buf_patch(&lines, i, &now, 1));
		CHECK_INT(witness(0, 200, "", buf_rd(&lines)), SHIP_USELESS);
		CHECK(buf_patch(&lines, i, &was, 1));
	}
	put_line(&lines, &other_key, 2, 1700000000, text_of(buf_rd(&note))); /* one more is no harm */
	CHECK_INT(witness(0, 200, "", buf_rd(&lines)), SHIP_SIGNED);
}

TEST(conflicts)
{
	static const char *const bad[] = { "", "7", "7\n7\n", "-7\n", "07\n", "7 \n", "9223372036854775808\n", "seven\n" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK_INT(witness(5, 409, WITNESS_SIZE_TYPE, rd_str(bad[i])), SHIP_USELESS);
	CHECK_INT(witness(5, 409, WITNESS_TEXT_TYPE, rd_str("7\n")), SHIP_USELESS);
	CHECK_INT(witness(5, 409, WITNESS_SIZE_TYPE, rd_str("5\n")), SHIP_USELESS); /* for ever, else */
	CHECK_INT(witness(5, 409, WITNESS_SIZE_TYPE, rd_str("7\n")), SHIP_OTHER_SIZE);
	CHECK_INT(witness(5, 409, WITNESS_SIZE_TYPE, rd_str("0\n")), SHIP_OTHER_SIZE);
	CHECK_INT(witness(5, 409, WITNESS_SIZE_TYPE, rd_str("20\n")), SHIP_OTHER_SIZE);
	CHECK_INT(witness(5, 409, WITNESS_SIZE_TYPE, rd_str("21\n")), SHIP_CONTRADICTS);
	CHECK_INT(witness(20, 409, "", rd_str("")), SHIP_CONTRADICTS); /* as older witnesses say it */
	CHECK_INT(witness(5, 422, "", rd_str("")), SHIP_CONTRADICTS);
}

TEST(every_status_has_a_meaning)
{
	for (unsigned s = 0; s < 1000; s++) {
		enum ship_meaning m = witness(5, s, "", rd_str("x"));
		if (s == 422)
			CHECK_INT(m, SHIP_CONTRADICTS);
		else
			CHECK_INT(m, s == 429 || (s >= 500 && s < 600) ? SHIP_LATER : SHIP_USELESS);
	}
}

TEST(a_mirror_says_what_it_has)
{
	struct ship_asked q = asked(5);
	struct ship_reply r = { 202, MIRROR_INFO_TYPE, rd_str("20\n10\n\n") };
	struct ship_answer a;

	ship_answer_entries(&q, &r, &a);
	CHECK(a.meaning == SHIP_TAKEN && a.info.next == 10 && a.info.pending == 20);
	r.status = 409;
	ship_answer_entries(&q, &r, &a);
	CHECK_INT(a.meaning, SHIP_OTHER_SIZE);
	r.body = rd_str("20\n21\n\n");
	ship_answer_entries(&q, &r, &a);
	CHECK_INT(a.meaning, SHIP_CONTRADICTS);
	r.body = rd_str("20\n");
	ship_answer_entries(&q, &r, &a);
	CHECK_INT(a.meaning, SHIP_USELESS);
	r = (struct ship_reply){ 202, WITNESS_TEXT_TYPE, rd_str("20\n10\n\n") };
	ship_answer_entries(&q, &r, &a);
	CHECK_INT(a.meaning, SHIP_USELESS);
	r = (struct ship_reply){ 200, "", rd_str("") }; /* durable, but not signed: not durable */
	ship_answer_entries(&q, &r, &a);
	CHECK_INT(a.meaning, SHIP_USELESS);
	ship_answer_pending(&q, &r, &a);
	CHECK_INT(a.meaning, SHIP_TAKEN);
	r = (struct ship_reply){ 422, "", rd_str("") };
	ship_answer_entries(&q, &r, &a);
	CHECK(a.meaning == SHIP_OTHER_SIZE && a.info.next == 0 && a.info.pending == 0);
	ship_answer_pending(&q, &r, &a);
	CHECK_INT(a.meaning, SHIP_CONTRADICTS);
	r.status = 503;
	ship_answer_entries(&q, &r, &a);
	CHECK_INT(a.meaning, SHIP_LATER);
}
