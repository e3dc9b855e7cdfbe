/*
 * Is:        timestamped Ed25519 cosignatures (contract in the header).
 * Is not:    the line that carries one.
 * Called by: note.c, witnesses.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "evidence/cosignature.h"

#include "base/buf.h"

enum { HEAD_MAX = 64 };

void wr_cosignature_message(struct wr *w, uint64_t time_s, struct rd text)
{
	wr_str(w, "cosignature/v1\ntime ");
	wr_dec(w, time_s);
	wr_str(w, "\n");
	wr_bytes(w, text);
}

void wr_cosignature_blob(struct wr *w, uint64_t time_s, const struct ed25519_sig *sig)
{
	wr_u64(w, time_s);
	wr_bytes(w, rd_of(sig->b, sizeof(sig->b)));
}

bool cosignature_verify(struct rd text, struct rd blob, const struct ed25519_pub *pub,
    uint64_t *out_s)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct ed25519_sig sig;
	struct wr w;
	uint64_t time_s;

	buf_init(&b, text.len + HEAD_MAX);
	if (blob.len != COSIGNATURE_BLOB_LEN || !rd_u64(&blob, &time_s) ||
	    !rd_copy(&blob, sig.b, sizeof(sig.b)) || time_s > INT64_MAX)
		return false;
	w = wr_to(&b);
	wr_cosignature_message(&w, time_s, text);
	if (!wr_ok(&w) || !ed25519_verify(pub, buf_rd(&b), &sig))
		return false;
	*out_s = time_s;
	return true;
}
