/*
 * Is:        signed notes (contract in the header).
 * Is not:    about what the text says, nor who must sign.
 * Called by: checkpoints, proofs, witnesses, receipts.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "evidence/note.h"

#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/text.h"
#include "crypto/sha256.h"
#include "evidence/cosignature.h"
#include "evidence/hash_text.h"

/* An em dash and a space. */
static const char sig_mark[] = "\xe2\x80\x94 ";

/* Unicode's White_Space above the control characters. */
static bool is_space(uint32_t rune)
{
	return rune == 0x20 || rune == 0x85 || rune == 0xa0 || rune == 0x1680 ||
	    (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 || rune == 0x2029 ||
	    rune == 0x202f || rune == 0x205f || rune == 0x3000;
}

bool note_name_ok(struct rd name)
{
	uint32_t rune;

	if (name.len == 0 || name.len > NOTE_NAME_MAX)
		return false;
	while (name.len)
		if (!rd_rune(&name, &rune) || rune < 0x20 || rune == 0x7f || rune == '+' ||
		    is_space(rune))
			return false;
	return true;
}

/* keyid = SHA256(name LF alg public-key), first four bytes. */
static uint32_t key_id(struct rd name, uint8_t alg, struct rd pub)
{
	uint8_t digest[SHA256_LEN];
	struct rd r;
	struct sha256 s;
	uint32_t id = 0;

	sha256_init(&s);
	sha256_update(&s, name);
	sha256_update(&s, rd_str("\n"));
	sha256_update(&s, rd_of(&alg, 1));
	sha256_update(&s, pub);
	sha256_final(&s, digest);
	r = rd_of(digest, sizeof(digest));
	ASSERT(rd_u32(&r, &id));
	return id;
}

static void key_fill(struct note_key *k, struct rd name, uint8_t alg, struct rd pub)
{
	*k = (struct note_key){ .alg = alg };
	ASSERT(name.len <= NOTE_NAME_MAX);
	ASSERT(rd_copy(&name, (uint8_t *)k->name, name.len));
	sha256_of(pub, k->fingerprint.b);
}

void note_key_make(struct rd name, enum note_alg alg, const struct ed25519_pub *pub,
    struct note_key *out)
{
	struct rd raw = rd_of(pub->b, sizeof(pub->b));

	ASSERT(note_name_ok(name) && (alg == NOTE_ED25519 || alg == NOTE_COSIGNATURE));
	key_fill(out, name, (uint8_t)alg, raw);
	out->id = key_id(name, (uint8_t)alg, raw);
	out->pub = *pub;
}

/* Eight lower-case hex digits, big endian. */
static bool id_parse(struct rd text, uint32_t *out)
{
	uint8_t raw[4];
	struct rd r;

	if (!text_hex(text, raw, sizeof(raw)))
		return false;
	r = rd_of(raw, sizeof(raw));
	return rd_u32(&r, out);
}

bool note_key_parse(struct rd text, struct note_key *out)
{
	AUTO(buf_done) struct buf raw = { 0 };
	struct rd name, id_text, pub;
	struct note_key k;
	uint32_t id;
	uint8_t alg;

	buf_init(&raw, NOTE_VKEY_MAX);
	if (text.len > NOTE_VKEY_MAX || !rd_until(&text, '+', &name) || !note_name_ok(name) ||
	    !rd_until(&text, '+', &id_text) || !id_parse(id_text, &id) ||
	    !text_base64(text, BASE64_PADDED, &raw))
		return false;
	pub = buf_rd(&raw);
	if (!rd_u8(&pub, &alg) || pub.len == 0)
		return false;
	key_fill(&k, name, alg, pub);
	k.id = id;
	if (alg == NOTE_ED25519 || alg == NOTE_COSIGNATURE) {
		if (pub.len != sizeof(k.pub.b) || id != key_id(name, alg, pub) ||
		    !rd_copy(&pub, k.pub.b, sizeof(k.pub.b)))
			return false;
	}
	*out = k;
	return true;
}

void wr_note_key(struct wr *w, const struct note_key *k)
{
	uint8_t raw[1 + ED25519_PUB_LEN];

	raw[0] = k->alg;
	memcpy(raw + 1, k->pub.b, sizeof(k->pub.b));
	wr_str(w, k->name);
	wr_text(w, "+%08x+", k->id);
	wr_base64(w, rd_of(raw, sizeof(raw)), BASE64_PADDED);
}

void wr_note(struct wr *w, struct rd text)
{
	ASSERT(text.len && text.p[text.len - 1] == '\n');
	wr_bytes(w, text);
	wr_str(w, "\n");
}

void wr_note_sig(struct wr *w, const struct note_key *k, struct rd blob)
{
	AUTO(buf_done) struct buf raw = { 0 };
	struct wr all;

	buf_init(&raw, 4 + NOTE_BLOB_MAX);
	all = wr_to(&raw);
	wr_u32(&all, k->id);
	wr_bytes(&all, blob);
	ASSERT(wr_ok(&all));
	wr_str(w, sig_mark);
	wr_str(w, k->name);
	wr_str(w, " ");
	wr_base64(w, buf_rd(&raw), BASE64_PADDED);
	wr_str(w, "\n");
}

/* One signature line, without its LF; `scratch` is emptied and used. */
static bool sig_parse(struct rd line, struct buf *scratch, struct note_sig *out)
{
	struct rd blob;

	if (!rd_word(&line, sig_mark) || !rd_until(&line, ' ', &out->name) ||
	    !note_name_ok(out->name))
		return false;
	buf_reset(scratch);
	if (!text_base64(line, BASE64_PADDED, scratch))
		return false;
	blob = buf_rd(scratch);
	if (!rd_u32(&blob, &out->id) || blob.len == 0)
		return false;
	out->blob_len = blob.len;
	return rd_copy(&blob, out->blob, blob.len < NOTE_BLOB_MAX ? blob.len : NOTE_BLOB_MAX);
}

/* Cuts `raw` at its last empty line: `text` before it, `sigs` after. */
static bool split(struct rd raw, struct rd *text, struct rd *sigs)
{
	struct rd left = raw, line;
	size_t at = 0, cut = 0;

	while (left.len) {
		at = raw.len - left.len;
		if (!rd_until(&left, '\n', &line))
			return false;
		if (line.len == 0)
			cut = at;
	}
	return cut > 0 && rd_slice(&raw, 0, cut, text) &&
	    rd_slice(&raw, cut + 1, raw.len - cut - 1, sigs);
}

static bool has_control(struct rd r)
{
	uint8_t c;

	while (rd_u8(&r, &c))
		if (c < 0x20 && c != '\n')
			return true;
	return false;
}

bool note_parse(struct rd raw, struct note *out)
{
	AUTO(buf_done) struct buf scratch = { 0 };
	struct rd sigs, line;

	buf_init(&scratch, NOTE_MAX);
	if (raw.len > NOTE_MAX || !text_is_utf8(raw) || has_control(raw) ||
	    !split(raw, &out->text, &sigs) || sigs.len == 0)
		return false;
	out->n_sigs = 0;
	while (sigs.len) {
		struct rd rest = sigs;
		if (out->n_sigs == NOTE_SIGS_MAX || !rd_until(&sigs, '\n', &line))
			return false;
		struct note_sig *s = &out->sigs[out->n_sigs];
		if (!sig_parse(line, &scratch, s) || !rd_slice(&rest, 0, line.len + 1, &s->line))
			return false;
		out->n_sigs++;
	}
	return true;
}

static bool sig_verify(const struct note *n, const struct note_sig *s, const struct note_key *k,
    uint64_t *out_time)
{
	struct rd blob = rd_of(s->blob, s->blob_len);
	struct ed25519_sig sig;

	if (s->blob_len > NOTE_BLOB_MAX)
		return false;
	if (k->alg == NOTE_COSIGNATURE)
		return cosignature_verify(n->text, blob, &k->pub, out_time);
	*out_time = 0;
	return blob.len == sizeof(sig.b) && rd_copy(&blob, sig.b, sizeof(sig.b)) &&
	    ed25519_verify(&k->pub, n->text, &sig);
}

enum note_verdict note_check(const struct note *n, const struct note_key *k, uint64_t *out_time)
{
	enum note_verdict v = NOTE_UNSIGNED;
	uint64_t latest = 0, t = 0;

	if (k->alg != NOTE_ED25519 && k->alg != NOTE_COSIGNATURE)
		return NOTE_UNSIGNED;
	for (size_t i = 0; i < n->n_sigs; i++) {
		const struct note_sig *s = &n->sigs[i];
		if (s->id != k->id || !rd_is(&s->name, k->name))
			continue;
		if (!sig_verify(n, s, k, &t))
			return NOTE_FORGED;
		latest = t > latest ? t : latest;
		v = NOTE_SIGNED;
	}
	if (v == NOTE_SIGNED)
		*out_time = latest;
	return v;
}
