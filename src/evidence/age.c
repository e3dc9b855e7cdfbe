/*
 * Is:        the payload of age files, and the text of their keys (contract in the
 *            header).
 * Is not:    the header of a file: that is age_header.c.
 * Called by: recordings, keepers' shares, cli.
 * Owns:      keys, in struct secret.
 * Trust:     hostile files.
 */
#include "evidence/age.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "crypto/aead.h"
#include "crypto/hmac.h"
#include "crypto/random.h"
#include "evidence/age_header.h"
#include "evidence/bech32.h"

_Static_assert(AGE_SEALED_CHUNK == AGE_CHUNK + AEAD_TAG_LEN, "the overhead of a chunk");

static const char recipient_hrp[] = "age";
static const char identity_hrp[] = "age-secret-key-";

bool age_recipient_parse(struct rd text, struct x25519_pub *out)
{
	struct rd look = text;

	/* age writes recipients in lower case and reads no others. */
	return rd_word(&look, "age1") && bech32_parse(text, recipient_hrp, out->b);
}

void wr_age_recipient(struct wr *w, const struct x25519_pub *r)
{
	wr_bech32(w, recipient_hrp, r->b, false);
}

bool age_identity_parse(struct rd text, struct secret *out)
{
	struct rd look = text;
	uint8_t raw[BECH32_LEN];

	if (!rd_word(&look, "AGE-SECRET-KEY-1") ||
	    !bech32_parse(text, identity_hrp, raw))
		return false;
	secret_copy(out, rd_of(raw, sizeof(raw)));
	mem_wipe(raw, sizeof(raw));
	return true;
}

void age_identity_text(const struct secret *identity, struct secret *out)
{
	struct buf text;
	struct wr w;

	ASSERT(identity->len == X25519_LEN);
	buf_init(&text, AGE_IDENTITY_LEN);
	w = wr_to(&text);
	wr_bech32(&w, identity_hrp, identity->p, true);
	ASSERT(wr_ok(&w) && text.len == AGE_IDENTITY_LEN);
	secret_copy(out, buf_rd(&text));
	buf_wipe(&text);
}

/* An 11-byte number, then 1 for the last chunk. */
static void chunk_nonce(uint64_t k, bool last, uint8_t out[AEAD_NONCE_LEN])
{
	memset(out, 0, AEAD_NONCE_LEN);
	for (size_t i = 0; i < sizeof(k); i++)
		out[10 - i] = (uint8_t)(k >> 8 * i);
	out[AEAD_NONCE_LEN - 1] = last;
}

static void payload_key(const struct secret *file_key, struct rd nonce, struct secret *out)
{
	secret_init(out, AEAD_KEY_LEN);
	hkdf(secret_rd(file_key), nonce, rd_str("payload"), out->p, out->len);
}

static bool seal_chunk(struct age_writer *a, bool last, struct buf *out)
{
	uint8_t nonce[AEAD_NONCE_LEN], *to;

	if (!buf_space(out, a->plain.len + AEAD_TAG_LEN, &to))
		return false;
	chunk_nonce(a->n_chunks, last, nonce);
	aead_seal(&a->key, nonce, buf_rd(&a->plain), to);
	buf_grew(out, a->plain.len + AEAD_TAG_LEN);
	a->n_chunks++;
	buf_reset(&a->plain);
	return true;
}

bool age_write_start(struct age_writer *a, const struct x25519_pub *recipients, size_t n,
    struct random *rnd, struct buf *out)
{
	AUTO(secret_done) struct secret file_key = { 0 };
	uint8_t nonce[AGE_NONCE_LEN];

	ASSERT(n > 0 && n <= AGE_RECIPIENTS_MAX);
	*a = (struct age_writer){ .n_chunks = 0 };
	buf_init(&a->plain, AGE_CHUNK);
	secret_make(&file_key, AGE_FILE_KEY_LEN, rnd);
	random_fill(rnd, nonce, sizeof(nonce));
	payload_key(&file_key, rd_of(nonce, sizeof(nonce)), &a->key);
	if (age_header_write(recipients, n, &file_key, rnd, out) &&
	    buf_put(out, nonce, sizeof(nonce)))
		return true;
	age_writer_done(a);
	return false;
}

bool age_write(struct age_writer *a, struct rd plain, struct buf *out)
{
	while (plain.len) {
		struct rd part;
		/* A full chunk waits for more: only then is it not the last. */
		if (a->plain.len == AGE_CHUNK && !seal_chunk(a, false, out))
			return false;
		size_t room = buf_room(&a->plain);
		if (!rd_take(&plain, plain.len < room ? plain.len : room, &part) ||
		    !buf_put_rd(&a->plain, part))
			return false;
	}
	return true;
}

bool age_write_end(struct age_writer *a, struct buf *out)
{
	return seal_chunk(a, true, out);
}

void age_writer_done(struct age_writer *a)
{
	secret_done(&a->key);
	if (a->plain.max)
		buf_wipe(&a->plain);
}

enum age_result age_read_start(struct age_reader *a, struct rd in, const struct secret *identities,
    size_t n, size_t *out_used)
{
	struct secret file_key = { 0 };
	enum age_result e = age_header_read(in, identities, n, &file_key, out_used);

	if (e != AGE_OK)
		return e;
	*a = (struct age_reader){ .file_key = file_key };
	buf_init(&a->sealed, AGE_SEALED_CHUNK);
	return AGE_OK;
}

bool age_read_nonce(struct age_reader *a, struct rd nonce)
{
	if (nonce.len != AGE_NONCE_LEN || a->key.p)
		return false;
	payload_key(&a->file_key, nonce, &a->key);
	return true;
}

bool age_read_chunk(const struct age_reader *a, uint64_t k, bool last, struct rd sealed,
    uint8_t *out)
{
	uint8_t nonce[AEAD_NONCE_LEN];

	if (!a->key.p || sealed.len > AGE_SEALED_CHUNK || sealed.len < AEAD_TAG_LEN)
		return false;
	/* Only the one chunk of an empty file is empty, and only the last is short. */
	if (sealed.len == AEAD_TAG_LEN && k != 0)
		return false;
	if (!last && sealed.len != AGE_SEALED_CHUNK)
		return false;
	chunk_nonce(k, last, nonce);
	return aead_open(&a->key, nonce, sealed, out);
}

/* Opens the chunk that has been collected. */
static enum age_result open_chunk(struct age_reader *a, bool last, struct buf *out)
{
	uint8_t *to;

	if (a->sealed.len < AEAD_TAG_LEN || !buf_space(out, a->sealed.len, &to) ||
	    !age_read_chunk(a, a->n_chunks, last, buf_rd(&a->sealed), to))
		return AGE_BAD_PAYLOAD;
	buf_grew(out, a->sealed.len - AEAD_TAG_LEN);
	buf_reset(&a->sealed);
	a->n_chunks++;
	a->ended = last;
	return AGE_OK;
}

/* Collects up to `want` bytes. */
static bool collect(struct age_reader *a, struct rd *in, size_t want)
{
	size_t n = want - a->sealed.len;
	struct rd part;

	return rd_take(in, in->len < n ? in->len : n, &part) && buf_put_rd(&a->sealed, part);
}

enum age_result age_read(struct age_reader *a, struct rd in, struct buf *out)
{
	while (in.len) {
		if (a->ended)
			return AGE_BAD_PAYLOAD;
		if (!collect(a, &in, a->key.p ? AGE_SEALED_CHUNK : AGE_NONCE_LEN))
			return AGE_BAD_PAYLOAD;
		if (!a->key.p && a->sealed.len == AGE_NONCE_LEN) {
			ASSERT(age_read_nonce(a, buf_rd(&a->sealed)));
			buf_reset(&a->sealed);
		}
		if (a->sealed.len == AGE_SEALED_CHUNK && open_chunk(a, false, out) != AGE_OK &&
		    open_chunk(a, true, out) != AGE_OK)
			return AGE_BAD_PAYLOAD;
	}
	return AGE_OK;
}

enum age_result age_read_end(struct age_reader *a, struct buf *out)
{
	/* The specification counts the nonce as part of the header. */
	if (!a->key.p)
		return AGE_BAD_HEADER;
	if (a->ended)
		return a->sealed.len == 0 ? AGE_OK : AGE_BAD_PAYLOAD;
	return open_chunk(a, true, out);
}

void age_reader_done(struct age_reader *a)
{
	secret_done(&a->file_key);
	secret_done(&a->key);
	if (a->sealed.max)
		buf_done(&a->sealed);
}
