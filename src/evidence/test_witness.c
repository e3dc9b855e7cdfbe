/*
 * Is:        the witness: every refusal of tlog-witness, then what it cosigns; and a
 *            lying log that tries random trees of two histories.
 * Is not:    HTTP or a database (cli/witness/test_witness.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "crypto/ed25519.h"
#include "evidence/checkpoint.h"
#include "evidence/note.h"
#include "evidence/test_fork.h"
#include "evidence/tlog_policy.h"
#include "evidence/witness.h"
#include "testing/test.h"

#define ORIGIN "log.example/core"
#define NOW 1700000000u
#define HASH "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

enum { FORK = 17 };

static struct fork_log forked;
static struct ed25519_key keys[3]; /* the log, the witness, somebody */
static struct note_key log_key, log_key2, other_log, own_key;

/* A store in memory that can be made to fail or to be overtaken. */
static struct memory {
	struct witness_store store;
	struct merkle_head head;
	struct buf note;
	unsigned n_advanced;
	int fail;
	unsigned overtaken; /* so many times somebody else is faster */
} memory;

static struct buf body, request;

static int latest(struct witness_store *s, struct rd origin, struct merkle_head *out)
{
	CHECK_RD(origin, rd_str(ORIGIN));
	*out = memory.head;
	return 0;
}

static int advance(struct witness_store *s, struct rd origin, const struct merkle_head *from,
    const struct merkle_head *to, struct rd note)
{
	CHECK_RD(origin, rd_str(ORIGIN));
	CHECK(from->size == memory.head.size && hash_equal(&from->root, &memory.head.root));
	if (memory.fail)
		return memory.fail;
	if (memory.overtaken) {
		memory.overtaken--;
		memory.head = *to;
		return 1;
	}
	memory.head = *to;
	buf_reset(&memory.note);
	CHECK(buf_put_rd(&memory.note, note));
	memory.n_advanced++;
	return 0;
}

static int sign(struct witness_signer *s, struct rd message, struct ed25519_sig *out)
{
	ed25519_sign(&keys[1], message, out);
	return 0;
}

static void setup(void)
{
	static bool done;

	if (!done) {
		for (uint8_t i = 0; i < 3; i++) {
			uint8_t raw[32] = { [0] = i, [1] = 77 };
			AUTO(secret_done) struct secret seed = { .p = NULL };
			secret_copy(&seed, rd_of(raw, sizeof(raw)));
			ed25519_key_init(&keys[i], &seed);
		}
		fork_init(&forked, FORK);
		note_key_make(rd_str(ORIGIN), NOTE_ED25519, &keys[0].pub, &log_key);
		note_key_make(rd_str(ORIGIN), NOTE_ED25519, &keys[2].pub, &log_key2);
		note_key_make(rd_str("log.example/other"), NOTE_ED25519, &keys[0].pub, &other_log);
		note_key_make(rd_str("witness.example"), NOTE_COSIGNATURE, &keys[1].pub, &own_key);
		buf_init(&body, WITNESS_ANSWER_MAX);
		buf_init(&request, WITNESS_REQUEST_MAX + 1);
		buf_init(&memory.note, WITNESS_NOTE_MAX);
		memory.store = (struct witness_store){ latest, advance };
		done = true;
	}
	fork_head(&forked, 0, 0, &memory.head);
	memory.n_advanced = memory.overtaken = 0;
	memory.fail = 0;
}

static int ask_raw(struct rd raw, struct witness_answer *a)
{
	static const struct note_key *const configured[] = { &log_key, &other_log, &log_key2 };
	struct note_key logs[ARRAY_LEN(configured)];
	struct witness_signer signer = { sign };
	struct witness wi = { &own_key, logs, ARRAY_LEN(logs), &memory.store, &signer };

	for (size_t i = 0; i < ARRAY_LEN(logs); i++)
		logs[i] = *configured[i];
	return witness_add_checkpoint(&wi, raw, NOW, &body, a);
}

static enum witness_status status_of(struct rd raw)
{
	struct witness_answer a;

	CHECK_INT(ask_raw(raw, &a), 0);
	return a.status;
}

/* A checkpoint signed by key `k` under the name of `as`; with `text` instead of its own. */
static void write_note(struct buf *out, struct rd text, const struct ed25519_key *k, const struct note_key *as)
{
	struct ed25519_sig sig;
	struct wr w = wr_to(out);

	ed25519_sign(k, text, &sig);
	wr_note(&w, text);
	wr_note_sig(&w, as, rd_of(sig.b, sizeof(sig.b)));
	CHECK(wr_ok(&w));
}

static void write_request(uint64_t old, const struct merkle_proof *proof, struct rd note)
{
	struct wr w;

	buf_reset(&request);
	w = wr_to(&request);
	wr_witness_request(&w, old, proof, note);
	CHECK(wr_ok(&w));
}

static enum witness_status ask_text(uint64_t old, const struct merkle_proof *proof, struct rd text)
{
	AUTO(buf_done) struct buf note = { 0 };

	buf_init(&note, NOTE_MAX);
	write_note(&note, text, &keys[0], &log_key);
	write_request(old, proof, buf_rd(&note));
	return status_of(buf_rd(&request));
}

static enum witness_status ask_head(uint64_t old, const struct merkle_proof *proof, const struct merkle_head *h)
{
	AUTO(buf_done) struct buf text = { 0 };
	struct wr w;

	buf_init(&text, 1000);
	w = wr_to(&text);
	wr_checkpoint(&w, rd_str(ORIGIN), h);
	CHECK(wr_ok(&w));
	return ask_text(old, proof, buf_rd(&text));
}

/* The tree of `size` leaves of a history, with the proof from `old`. */
static enum witness_status ask(unsigned history, uint64_t old, uint64_t size)
{
	struct merkle_proof proof;
	struct merkle_head h;

	fork_head(&forked, history, size, &h);
	fork_prove(&forked, history, old, size, &proof);
	return ask_head(old, &proof, &h);
}

TEST(malformed_requests_are_400)
{
	static const char *const bad[] = {
		"", "old", "old \n\n" "x", "old 1", "old 1\n", "old 1\n\n", "old -1\n\nx", "old 01\n\nx", "old 1 \n\nx",
		"Old 1\n\nx", "old 1\r\n\nx", "old 9223372036854775808\n\nx", "old 18446744073709551616\n\nx",
		"old 1\n" HASH "\n", "old 1\n" HASH "=\n\nx", "old 1\n47DEQpj8HBSa\n\nx", "old 1\n" HASH " \n\nx",
		"old 1\n" HASH "\nx", " old 1\n\nx",
	};
	struct witness_request q;

	setup();
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (witness_request_parse(rd_str(bad[i]), &q) || status_of(rd_str(bad[i])) != WITNESS_MALFORMED)
			test_fail(__FILE__, __LINE__, "accepted number %zu", i);
	CHECK(witness_request_parse(rd_str("old 1\n" HASH "\n\nx"), &q));
	CHECK_U64(q.old, 1);
	CHECK_U64(q.proof.n, 1);
	CHECK_RD(q.checkpoint, rd_str("x"));
	/* A request, but not of a note; a note, but not of a checkpoint. */
	CHECK_INT(status_of(rd_str("old 0\n\nx\n")), WITNESS_MALFORMED);
	CHECK_INT(ask_text(0, &(struct merkle_proof){ 0 }, rd_str(ORIGIN "\n1\n")), WITNESS_MALFORMED);
	CHECK_INT(ask_text(0, &(struct merkle_proof){ 0 }, rd_str(ORIGIN "\n01\n" HASH "\n")), WITNESS_MALFORMED);
	CHECK_U64(body.len, 0);
	CHECK_U64(memory.n_advanced, 0);
}

TEST(a_request_has_limits)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct witness_request q;

	buf_init(&b, WITNESS_REQUEST_MAX + 1);
	CHECK(buf_put_str(&b, "old 1\n"));
	for (int i = 0; i < WITNESS_PROOF_MAX; i++)
		CHECK(buf_put_str(&b, HASH "\n"));
	CHECK(buf_put_str(&b, "\nx"));
	CHECK(witness_request_parse(buf_rd(&b), &q));
	buf_cut(&b, b.len - 2);
	CHECK(buf_put_str(&b, HASH "\n\nx"));
	CHECK(!witness_request_parse(buf_rd(&b), &q));
	buf_reset(&b);
	CHECK(buf_put_str(&b, "old 1\n\n"));
	while (b.len < WITNESS_REQUEST_MAX)
		CHECK(buf_put_u8(&b, 'x'));
	CHECK(witness_request_parse(buf_rd(&b), &q));
	CHECK(buf_put_u8(&b, 'x'));
	CHECK(!witness_request_parse(buf_rd(&b), &q));
}

TEST(an_unknown_log_is_404)
{
	setup();
	CHECK_INT(ask_text(0, &(struct merkle_proof){ 0 }, rd_str("log.example\n1\n" HASH "\n")), WITNESS_UNKNOWN_LOG);
	/* Also when its `old` is nonsense: the origin is looked at first. */
	CHECK_INT(ask_text(9, &(struct merkle_proof){ 0 }, rd_str("log.example\n1\n" HASH "\n")), WITNESS_UNKNOWN_LOG);
	CHECK_U64(memory.n_advanced, 0);
}

TEST(what_the_log_did_not_sign_is_403)
{
	static const char text[] = ORIGIN "\n1\n" HASH "\n";
	AUTO(buf_done) struct buf note = { 0 };
	struct merkle_proof none = { 0 };
	struct note_key stranger;

	setup();
	buf_init(&note, NOTE_MAX);
	note_key_make(rd_str(ORIGIN), NOTE_ED25519, &keys[1].pub, &stranger);
	/* A key that is not the log's; another log's key; the log's name, forged. */
	write_note(&note, rd_str(text), &keys[1], &stranger);
	write_request(0, &none, buf_rd(&note));
	CHECK_INT(status_of(buf_rd(&request)), WITNESS_UNTRUSTED);
	buf_reset(&note);
	write_note(&note, rd_str(text), &keys[0], &other_log);
	write_request(0, &none, buf_rd(&note));
	CHECK_INT(status_of(buf_rd(&request)), WITNESS_UNTRUSTED);
	buf_reset(&note);
	write_note(&note, rd_str(text), &keys[1], &log_key);
	write_request(0, &none, buf_rd(&note));
	CHECK_INT(status_of(buf_rd(&request)), WITNESS_UNTRUSTED);
	CHECK_U64(memory.n_advanced, 0);
}

/* A good line does not make up for a forged one, whichever comes first. */
TEST(one_forged_line_is_403)
{
	static const char text[] = ORIGIN "\n1\n" HASH "\n";
	struct ed25519_sig good, bad;
	struct merkle_proof none = { 0 };

	setup();
	ed25519_sign(&keys[0], rd_str(text), &good);
	ed25519_sign(&keys[1], rd_str(text), &bad);
	for (int first = 0; first < 2; first++) {
		AUTO(buf_done) struct buf note = { 0 };
		buf_init(&note, NOTE_MAX);
		struct wr w = wr_to(&note);
		wr_note(&w, rd_str(text));
		if (first)
			wr_note_sig(&w, &log_key2, rd_of(bad.b, sizeof(bad.b)));
		wr_note_sig(&w, &log_key, rd_of(good.b, sizeof(good.b)));
		if (!first)
			wr_note_sig(&w, &log_key2, rd_of(bad.b, sizeof(bad.b)));
		CHECK(wr_ok(&w));
		write_request(0, &none, buf_rd(&note));
		CHECK_INT(status_of(buf_rd(&request)), WITNESS_UNTRUSTED);
	}
	CHECK_U64(memory.n_advanced, 0);
}

TEST(an_old_size_beyond_the_checkpoint_is_400)
{
	setup();
	CHECK_INT(ask(0, 6, 5), WITNESS_MALFORMED);
	CHECK_INT(ask(0, 0, 9), WITNESS_COSIGNED);
	CHECK_INT(ask(0, 9, 5), WITNESS_MALFORMED);
}

TEST(another_old_size_than_the_latest_is_409_with_that)
{
	setup();
	CHECK_INT(ask(0, 3, 5), WITNESS_CONFLICT);
	CHECK_RD(buf_rd(&body), rd_str("0\n"));
	CHECK_INT(ask(0, 0, 9), WITNESS_COSIGNED);
	CHECK_INT(ask(0, 0, 12), WITNESS_CONFLICT);
	CHECK_RD(buf_rd(&body), rd_str("9\n"));
	CHECK_INT(ask(0, 8, 8), WITNESS_CONFLICT); /* a rollback */
	CHECK_RD(buf_rd(&body), rd_str("9\n"));
	CHECK_U64(memory.n_advanced, 1);
}

TEST(what_does_not_contain_the_latest_is_422)
{
	struct merkle_proof proof = { .n = 1 };
	struct merkle_head h;

	setup();
	/* A proof where there is nothing to prove; an empty tree with a root. */
	fork_head(&forked, 0, 5, &h);
	CHECK_INT(ask_head(0, &proof, &h), WITNESS_INCONSISTENT);
	h.size = 0;
	CHECK_INT(ask_head(0, &(struct merkle_proof){ 0 }, &h), WITNESS_INCONSISTENT);
	CHECK_INT(ask(0, 0, 20), WITNESS_COSIGNED);
	/* The other history: larger, and at the same size. */
	CHECK_INT(ask(1, 20, 25), WITNESS_INCONSISTENT);
	CHECK_INT(ask(1, 20, 20), WITNESS_INCONSISTENT);
	/* No proof, a proof too many, a proof of something else. */
	fork_head(&forked, 0, 25, &h);
	CHECK_INT(ask_head(20, &(struct merkle_proof){ 0 }, &h), WITNESS_INCONSISTENT);
	fork_prove(&forked, 0, 19, 25, &proof);
	CHECK_INT(ask_head(20, &proof, &h), WITNESS_INCONSISTENT);
	fork_head(&forked, 0, 20, &h);
	proof.n = 1;
	CHECK_INT(ask_head(20, &proof, &h), WITNESS_INCONSISTENT);
	CHECK_U64(memory.n_advanced, 1);
	CHECK_U64(memory.head.size, 20);
	CHECK_U64(body.len, 0);
}

TEST(a_tree_that_grows_is_cosigned)
{
	struct note n;
	uint64_t t;

	setup();
	CHECK_INT(ask(0, 0, 0), WITNESS_COSIGNED);
	CHECK_INT(ask(0, 0, 5), WITNESS_COSIGNED);
	CHECK_INT(ask(0, 5, 5), WITNESS_COSIGNED); /* a newer time */
	CHECK_INT(ask(0, 5, 33), WITNESS_COSIGNED);
	CHECK_U64(memory.n_advanced, 4);
	/* What is kept carries the log's line and ours, which is the answer. */
	CHECK(note_parse(buf_rd(&memory.note), &n));
	CHECK_U64(n.n_sigs, 2);
	CHECK_INT(note_check(&n, &log_key, &t), NOTE_SIGNED);
	CHECK_INT(note_check(&n, &own_key, &t), NOTE_SIGNED);
	CHECK_U64(t, NOW);
	CHECK_RD(n.sigs[1].line, buf_rd(&body));
}

/* A client learns a quorum from lines appended to its checkpoint; extension lines
 * are signed with the rest, and strangers' lines are not kept. */
TEST(extensions_are_cosigned_and_strange_lines_are_not_kept)
{
	static const char text[] = ORIGIN "\n0\n" HASH "\nan extension\n";
	AUTO(buf_done) struct buf note = { 0 };
	struct merkle_proof none = { 0 };
	struct note n;
	struct wr w;
	uint64_t t;

	setup();
	buf_init(&note, NOTE_MAX);
	write_note(&note, rd_str(text), &keys[0], &log_key);
	w = wr_to(&note);
	wr_note_sig(&w, &own_key, rd_str("not a signature"));
	wr_note_sig(&w, &other_log, rd_str("nor this"));
	CHECK(wr_ok(&w));
	write_request(0, &none, buf_rd(&note));
	CHECK_INT(status_of(buf_rd(&request)), WITNESS_COSIGNED);
	CHECK(note_parse(buf_rd(&memory.note), &n));
	CHECK_RD(n.text, rd_str(text));
	CHECK_U64(n.n_sigs, 2);
	CHECK_INT(note_check(&n, &own_key, &t), NOTE_SIGNED);
}

TEST(our_own_failure_is_no_answer)
{
	struct witness_answer a;

	setup();
	CHECK_INT(ask(0, 0, 5), WITNESS_COSIGNED);
	memory.fail = -EIO;
	CHECK_U64(request.len > 0, 1);
	fork_head(&forked, 0, 0, &memory.head);
	CHECK_INT(ask_raw(buf_rd(&request), &a), -EIO);
	memory.fail = 0;
	CHECK_INT(ask_raw(buf_rd(&request), &a), 0);
	CHECK_INT(a.status, WITNESS_COSIGNED);
}

/* Somebody else with the same store is faster: the second look decides. */
TEST(a_race_is_judged_again)
{
	setup();
	memory.overtaken = 1;
	CHECK_INT(ask(0, 0, 5), WITNESS_CONFLICT);
	CHECK_RD(buf_rd(&body), rd_str("5\n"));
	CHECK_U64(memory.n_advanced, 0);
}

/* Whatever a log tries, what was cosigned is one history, and it grows. */
TEST(two_histories_are_never_cosigned)
{
	struct merkle_head seen[FORK_LEAVES + 1];
	bool has[FORK_LEAVES + 1] = { false };
	unsigned n_cosigned = 0;

	for (int round = 0; round < 60; round++) {
		uint64_t before;
		setup();
		memset(has, 0, sizeof(has));
		for (int i = 0; i < 60; i++) {
			unsigned history = (unsigned)test_below(2);
			uint64_t size = test_below(FORK_LEAVES + 1);
			uint64_t old = test_below(3) ? memory.head.size : test_below(FORK_LEAVES + 1);
			before = memory.head.size;
			if (ask(history, old, size) != WITNESS_COSIGNED) {
				CHECK_U64(memory.head.size, before);
				continue;
			}
			n_cosigned++;
			CHECK(size >= before && memory.head.size == size);
			CHECK(!has[size] || hash_equal(&seen[size].root, &memory.head.root));
			has[size] = true;
			seen[size] = memory.head;
		}
	}
	CHECK(n_cosigned > 200);
}

/* Bytes changed or cut off never make it cosign something else. */
TEST(damaged_requests)
{
	AUTO(buf_done) struct buf good = { 0 };

	setup();
	buf_init(&good, WITNESS_REQUEST_MAX);
	CHECK_INT(ask(0, 0, 20), WITNESS_COSIGNED);
	CHECK_INT(ask(0, 20, 33), WITNESS_COSIGNED);
	CHECK(buf_put_rd(&good, buf_rd(&request)));
	for (size_t i = 0; i < good.len; i++) {
		struct rd whole = buf_rd(&good), cut;
		uint8_t c;
		fork_head(&forked, 0, 20, &memory.head);
		memory.n_advanced = 0;
		CHECK(rd_slice(&whole, 0, i, &cut));
		CHECK(status_of(cut) != WITNESS_COSIGNED);
		CHECK(rd_at(&whole, i, &c));
		uint8_t changed = (uint8_t)(c ^ (1u << test_below(8)));
		CHECK(buf_patch(&good, i, &changed, 1));
		CHECK(status_of(buf_rd(&good)) != WITNESS_COSIGNED);
		CHECK(buf_patch(&good, i, &c, 1));
		CHECK_U64(memory.n_advanced, 0);
	}
	CHECK_INT(status_of(buf_rd(&good)), WITNESS_COSIGNED);
}
