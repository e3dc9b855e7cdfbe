/*
 * Is:        the logic of a witness (contract in the header).
 * Is not:    a server or a database.
 * Called by: cli/witness; clients for writing requests.
 * Owns:      nothing.
 * Trust:     hostile requests.
 */
#include "evidence/witness.h"

#include <errno.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/wr.h"
#include "crypto/ed25519.h"
#include "evidence/checkpoint.h"
#include "evidence/cosignature.h"
#include "evidence/hash_text.h"
#include "evidence/note.h"

enum { RACES_MAX = 3 };

bool witness_request_parse(struct rd raw, struct witness_request *out)
{
	struct witness_request q = { .old = 0 };
	struct rd line;

	if (raw.len > WITNESS_REQUEST_MAX || !rd_word(&raw, "old ") || !rd_until(&raw, '\n', &line) ||
	    !text_u64(line, &q.old) || q.old > MERKLE_SIZE_MAX)
		return false;
	for (;;) {
		if (!rd_until(&raw, '\n', &line))
			return false;
		if (line.len == 0)
			break;
		if (q.proof.n == WITNESS_PROOF_MAX || !hash_parse(line, &q.proof.h[q.proof.n]))
			return false;
		q.proof.n++;
	}
	if (raw.len == 0)
		return false;
	q.checkpoint = raw;
	*out = q;
	return true;
}

void wr_witness_request(struct wr *w, uint64_t old, const struct merkle_proof *proof,
    struct rd checkpoint)
{
	ASSERT(proof->n <= WITNESS_PROOF_MAX);
	wr_str(w, "old ");
	wr_dec(w, old);
	wr_str(w, "\n");
	for (size_t i = 0; i < proof->n; i++) {
		wr_hash(w, &proof->h[i]);
		wr_str(w, "\n");
	}
	wr_str(w, "\n");
	wr_bytes(w, checkpoint);
}

/* One request as it is judged. */
struct judging {
	const struct witness *wi;
	struct witness_request q;
	struct note note;
	struct checkpoint c;
	uint64_t time_s;
	struct buf *body;
	struct witness_answer *out;
};

static int say(struct judging *j, enum witness_status status, const char *why)
{
	j->out->status = status;
	j->out->why = why;
	return 0;
}

/* 409 tells the size, so that an honest log can go on from there. */
static int conflict(struct judging *j)
{
	struct wr w;

	buf_reset(j->body);
	w = wr_to(j->body);
	wr_dec(&w, j->out->latest.size);
	wr_str(&w, "\n");
	return wr_ok(&w) ? say(j, WITNESS_CONFLICT, "the old size is not the latest that was cosigned") : -ENOBUFS;
}

/* True when a key of the log has signed and no line of its keys is forged. Else
 * the answer is there. */
static bool find_log(struct judging *j)
{
	const struct note_key *signer = NULL;
	bool known = false;
	uint64_t t;

	for (size_t i = 0; i < j->wi->n_logs; i++) {
		const struct note_key *k = &j->wi->logs[i];
		if (!rd_is(&j->c.origin, k->name))
			continue;
		known = true;
		switch (note_check(&j->note, k, &t)) {
		case NOTE_FORGED:
			(void)say(j, WITNESS_UNTRUSTED, "a line names the log's key and is not by it");
			return false;
		case NOTE_SIGNED:
			signer = k;
			break;
		case NOTE_UNSIGNED:
			break;
		}
	}
	if (!signer)
		(void)say(j, known ? WITNESS_UNTRUSTED : WITNESS_UNKNOWN_LOG,
		    known ? "the log's signature is not there" : "this log is not one of ours");
	j->out->log = signer;
	return signer != NULL;
}

/* NULL when the tree that is shown contains the latest one. */
static const char *find_lie(const struct judging *j)
{
	const struct merkle_head *latest = &j->out->latest, *asked = &j->out->asked;
	struct merkle empty;
	struct hash root;

	merkle_init(&empty);
	merkle_root(&empty, &root);
	if (asked->size == 0 && !hash_equal(&asked->root, &root))
		return "an empty tree has another root";
	if (latest->size == 0)
		return j->q.proof.n == 0 ? NULL : "there is nothing to prove about an empty tree";
	if (asked->size == latest->size && !hash_equal(&asked->root, &latest->root))
		return "another root was cosigned for this size: the log has two histories";
	return merkle_consistent(latest, asked, &j->q.proof) ? NULL : "the consistency proof does not hold";
}

/* Our line, into the body. */
static int cosign(struct judging *j)
{
	AUTO(buf_done) struct buf message = { 0 };
	AUTO(buf_done) struct buf blob = { 0 };
	struct ed25519_sig sig;
	struct wr w;
	int r;

	buf_init(&message, j->note.text.len + 64);
	buf_init(&blob, COSIGNATURE_BLOB_LEN);
	w = wr_to(&message);
	wr_cosignature_message(&w, j->time_s, j->note.text);
	if (!wr_ok(&w))
		return -ENOBUFS;
	r = j->wi->signer->sign(j->wi->signer, buf_rd(&message), &sig);
	if (r < 0)
		return r;
	w = wr_to(&blob);
	wr_cosignature_blob(&w, j->time_s, &sig);
	if (!wr_ok(&w))
		return -ENOBUFS;
	buf_reset(j->body);
	w = wr_to(j->body);
	wr_note_sig(&w, j->wi->key, buf_rd(&blob));
	return wr_ok(&w) ? 0 : -ENOBUFS;
}

static bool is_by_log(const struct judging *j, const struct note_sig *s)
{
	for (size_t i = 0; i < j->wi->n_logs; i++) {
		const struct note_key *k = &j->wi->logs[i];
		if (s->id == k->id && rd_is(&s->name, k->name) && rd_is(&j->c.origin, k->name))
			return true;
	}
	return false;
}

/* What is kept and shown to whoever asks: the text, the log's lines that we have
 * verified, and ours. Lines that we cannot judge are not passed on. */
static int write_cosigned(const struct judging *j, struct buf *out)
{
	struct wr w = wr_to(out);

	wr_note(&w, j->note.text);
	for (size_t i = 0; i < j->note.n_sigs; i++)
		if (is_by_log(j, &j->note.sigs[i]))
			wr_bytes(&w, j->note.sigs[i].line);
	wr_bytes(&w, buf_rd(j->body));
	return wr_ok(&w) ? 0 : -ENOBUFS;
}

/* 0: answered. 1: somebody else advanced the log meanwhile; judge again. */
static int judge(struct judging *j)
{
	AUTO(buf_done) struct buf note = { 0 };
	const char *lie;
	int r = j->wi->store->latest(j->wi->store, j->c.origin, &j->out->latest);

	if (r < 0)
		return r;
	buf_reset(j->body);
	if (j->q.old > j->c.head.size)
		return say(j, WITNESS_MALFORMED, "the old size is beyond the checkpoint's");
	if (j->q.old != j->out->latest.size)
		return conflict(j);
	lie = find_lie(j);
	if (lie)
		return say(j, WITNESS_INCONSISTENT, lie);
	r = cosign(j);
	if (r < 0)
		return r;
	buf_init(&note, WITNESS_NOTE_MAX);
	r = write_cosigned(j, &note);
	if (r < 0)
		return r;
	/* The signature leaves only when it is durable that it was given. */
	r = j->wi->store->advance(j->wi->store, j->c.origin, &j->out->latest, &j->c.head, buf_rd(&note));
	return r ? r : say(j, WITNESS_COSIGNED, "cosigned");
}

int witness_add_checkpoint(const struct witness *wi, struct rd raw, uint64_t time_s,
    struct buf *body, struct witness_answer *out)
{
	struct judging j = { .wi = wi, .time_s = time_s, .body = body, .out = out };
	int r = 1;

	ASSERT(time_s > 0 && time_s <= INT64_MAX && wi->key->alg == NOTE_COSIGNATURE);
	*out = (struct witness_answer){ .log = NULL };
	buf_reset(body);
	if (!witness_request_parse(raw, &j.q) || !note_parse(j.q.checkpoint, &j.note) ||
	    !checkpoint_parse_claim(j.note.text, &j.c))
		return say(&j, WITNESS_MALFORMED, "not a request of tlog-witness");
	if (!find_log(&j))
		return 0;
	out->asked = j.c.head;
	for (int races = 0; r == 1 && races < RACES_MAX; races++)
		r = judge(&j);
	return r == 1 ? -EAGAIN : r;
}
