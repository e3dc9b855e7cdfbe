/*
 * Is:        a hash as the public formats write it.
 * Is not:    a general base64.
 * Called by: checkpoints, proofs, the witness protocol.
 * Owns:      nothing.
 * Trust:     hostile text.
 */
#include "evidence/hash_text.h"

#include "base/buf.h"
#include "base/text.h"
#include "evidence/merkle.h"

enum { EXACT_MAX = 4096 };

bool base64_exact(struct rd text, uint8_t *out, size_t n)
{
	AUTO(buf_done) struct buf raw = { 0 };
	struct rd r;

	buf_init(&raw, EXACT_MAX + 3);
	/* The length first, so that a long text costs nothing. */
	if (n == 0 || n > EXACT_MAX || text.len != (n + 2) / 3 * 4)
		return false;
	if (!text_base64(text, BASE64_PADDED, &raw) || raw.len != n)
		return false;
	r = buf_rd(&raw);
	return rd_copy(&r, out, n);
}

bool hash_parse(struct rd text, struct hash *out)
{
	return base64_exact(text, out->b, sizeof(out->b));
}

void wr_hash(struct wr *w, const struct hash *h)
{
	wr_base64(w, rd_of(h->b, sizeof(h->b)), BASE64_PADDED);
}
