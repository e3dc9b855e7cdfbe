/*
 * Is:        a .tlog-proof (contract in the header).
 * Is not:    the entry.
 * Called by: statements, receipts, packs, the verifier.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "evidence/proof.h"

#include "base/text.h"
#include "evidence/hash_text.h"

static const char proof_magic[] = "c2sp.org/tlog-proof@v1\n";

static bool take_extra(struct rd *raw, struct rd *out)
{
	AUTO(buf_done) struct buf decoded = { 0 };
	struct rd line;

	buf_init(&decoded, PROOF_EXTRA_MAX);
	*out = rd_of(NULL, 0);
	if (!rd_word(raw, "extra "))
		return true;
	if (!rd_until(raw, '\n', &line) || line.len > PROOF_EXTRA_MAX ||
	    !text_base64(line, BASE64_PADDED, &decoded))
		return false;
	*out = line;
	return true;
}

static bool take_path(struct rd *raw, struct merkle_proof *out)
{
	struct rd line;

	out->n = 0;
	for (;;) {
		if (!rd_until(raw, '\n', &line))
			return false;
		if (line.len == 0)
			return true;
		if (out->n == MERKLE_PROOF_MAX || !hash_parse(line, &out->h[out->n]))
			return false;
		out->n++;
	}
}

bool proof_parse(struct rd raw, struct proof *out)
{
	struct proof p = { .index = 0 };
	struct rd index;

	if (raw.len > PROOF_MAX || !rd_word(&raw, proof_magic) || !take_extra(&raw, &p.extra) ||
	    !rd_word(&raw, "index ") || !rd_until(&raw, '\n', &index) ||
	    !text_u64(index, &p.index) || p.index >= MERKLE_SIZE_MAX ||
	    !take_path(&raw, &p.path) || raw.len == 0)
		return false;
	p.checkpoint = raw;
	*out = p;
	return true;
}

void wr_proof(struct wr *w, uint64_t index, const struct merkle_proof *path, struct rd checkpoint)
{
	wr_str(w, proof_magic);
	wr_str(w, "index ");
	wr_dec(w, index);
	wr_str(w, "\n");
	for (size_t i = 0; i < path->n; i++) {
		wr_hash(w, &path->h[i]);
		wr_str(w, "\n");
	}
	wr_str(w, "\n");
	wr_bytes(w, checkpoint);
}

enum proof_verdict proof_judge(const struct proof *p, const struct hash *leaf,
    const struct tlog_policy *policy, enum tlog_verdict *out_why, struct tlog_judgement *out)
{
	*out_why = tlog_policy_judge(policy, p->checkpoint, out);
	if (*out_why != TLOG_OK)
		return PROOF_BAD_CHECKPOINT;
	if (!merkle_included(p->index, out->checkpoint.head.size, leaf, &p->path,
	    &out->checkpoint.head.root))
		return PROOF_NOT_INCLUDED;
	return PROOF_OK;
}
