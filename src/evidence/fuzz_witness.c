/*
 * Is:        a fuzz target: requests to a witness, as they come and signed by the log.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/buf.h"
#include "crypto/ed25519.h"
#include "evidence/checkpoint.h"
#include "evidence/note.h"
#include "evidence/witness.h"
#include "testing/fuzz.h"

static struct ed25519_key key;
static struct note_key log_key, own_key;
static struct merkle_head latest;

static int get_latest(struct witness_store *s, struct rd origin, struct merkle_head *out)
{
	*out = latest;
	return 0;
}

static int advance(struct witness_store *s, struct rd origin, const struct merkle_head *from,
    const struct merkle_head *to, struct rd note)
{
	ASSERT(from->size == latest.size && to->size >= from->size);
	ASSERT(to->size != from->size || from->size == 0 || hash_equal(&from->root, &to->root));
	latest = *to;
	return 0;
}

static int sign(struct witness_signer *s, struct rd message, struct ed25519_sig *out)
{
	ed25519_sign(&key, message, out);
	return 0;
}

static void start(void)
{
	static const uint8_t raw[32] = "a key that protects only a test";
	struct secret seed = { .p = NULL };

	if (key.secret.p)
		return;
	secret_copy(&seed, rd_of(raw, sizeof(raw)));
	ed25519_key_init(&key, &seed);
	secret_done(&seed);
	note_key_make(rd_str("log.example"), NOTE_ED25519, &key.pub, &log_key);
	note_key_make(rd_str("witness.example"), NOTE_COSIGNATURE, &key.pub, &own_key);
}

static enum witness_status judge(struct rd raw)
{
	AUTO(buf_done) struct buf body = { 0 };
	struct witness_store store = { get_latest, advance };
	struct witness_signer signer = { sign };
	struct witness wi = { &own_key, &log_key, 1, &store, &signer };
	struct witness_answer a;

	buf_init(&body, WITNESS_ANSWER_MAX);
	ASSERT(witness_add_checkpoint(&wi, raw, 1, &body, &a) == 0);
	ASSERT((a.status == WITNESS_COSIGNED || a.status == WITNESS_CONFLICT) == (body.len > 0));
	return a.status;
}

/* The request again, its checkpoint signed by the log. */
static void judge_signed(const struct witness_request *q)
{
	AUTO(buf_done) struct buf note_buf = { 0 };
	AUTO(buf_done) struct buf all = { 0 };
	struct ed25519_sig sig;
	struct checkpoint c;
	struct note n;
	struct wr w;

	if (!note_parse(q->checkpoint, &n))
		return;
	ed25519_sign(&key, n.text, &sig);
	buf_init(&note_buf, WITNESS_REQUEST_MAX + 1024);
	w = wr_to(&note_buf);
	wr_note(&w, n.text);
	wr_note_sig(&w, &log_key, rd_of(sig.b, sizeof(sig.b)));
	buf_init(&all, 2 * WITNESS_REQUEST_MAX);
	w = wr_to(&all);
	wr_witness_request(&w, q->old, &q->proof, buf_rd(&note_buf));
	ASSERT(wr_ok(&w));
	if (all.len > WITNESS_REQUEST_MAX)
		return;
	if (judge(buf_rd(&all)) == WITNESS_COSIGNED)
		ASSERT(checkpoint_parse(n.text, &c) && rd_is(&c.origin, "log.example"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd raw = rd_of(data, size), again;
	struct witness_request q;
	struct merkle empty;
	struct wr w;

	start();
	merkle_init(&empty);
	latest.size = 0;
	merkle_root(&empty, &latest.root);
	(void)judge(raw);
	if (!witness_request_parse(raw, &q))
		return 0;
	buf_init(&b, WITNESS_REQUEST_MAX);
	w = wr_to(&b);
	wr_witness_request(&w, q.old, &q.proof, q.checkpoint);
	again = buf_rd(&b);
	ASSERT(wr_ok(&w) && rd_equal(&again, &raw));
	judge_signed(&q); /* may become the latest */
	judge_signed(&q);
	return 0;
}
