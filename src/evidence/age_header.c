/*
 * Is:        the header of an age file (contract in the header).
 * Is not:    its payload.
 * Called by: age.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "evidence/age_header.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/hmac.h"
#include "crypto/random.h"

enum {
	COLUMNS = 64,
	WRAPPED_LEN = AGE_FILE_KEY_LEN + AEAD_TAG_LEN,
	BODY_MAX = AGE_HEADER_MAX
};

static const char version_line[] = "age-encryption.org/v1\n";

static void header_mac(const struct secret *file_key, struct rd header, uint8_t out[SHA256_LEN])
{
	AUTO(secret_done) struct secret key = { 0 };
	AUTO(hmac_key_done) struct hmac_key k = { 0 };

	secret_init(&key, SHA256_LEN);
	hkdf(secret_rd(file_key), rd_of(NULL, 0), rd_str("header"), key.p, key.len);
	hmac_key_init(&k, secret_rd(&key));
	hmac_of(&k, header, out);
}

/* The key that wraps a file key between an ephemeral share and a recipient. */
static void wrap_key(const struct secret *shared, const struct x25519_pub *share,
    const struct x25519_pub *recipient, struct secret *out)
{
	uint8_t salt[2 * X25519_LEN];

	memcpy(salt, share->b, X25519_LEN);
	memcpy(&salt[X25519_LEN], recipient->b, X25519_LEN);
	secret_init(out, AEAD_KEY_LEN);
	hkdf(secret_rd(shared), rd_of(salt, sizeof(salt)), rd_str("age-encryption.org/v1/X25519"),
	    out->p, out->len);
}

static bool write_stanza(struct wr *w, const struct x25519_pub *recipient,
    const struct secret *file_key, struct random *rnd)
{
	static const uint8_t nonce[AEAD_NONCE_LEN];
	AUTO(secret_done) struct secret ephemeral = { 0 };
	AUTO(secret_done) struct secret shared = { 0 };
	AUTO(secret_done) struct secret key = { 0 };
	struct x25519_pub share;
	uint8_t body[WRAPPED_LEN];

	secret_make(&ephemeral, X25519_LEN, rnd);
	x25519_public(&ephemeral, &share);
	if (!x25519_shared(&ephemeral, recipient, &shared))
		return false;
	wrap_key(&shared, &share, recipient, &key);
	aead_seal(&key, nonce, secret_rd(file_key), body);
	wr_str(w, "-> X25519 ");
	wr_base64(w, rd_of(share.b, sizeof(share.b)), BASE64_BARE);
	wr_str(w, "\n");
	wr_base64(w, rd_of(body, sizeof(body)), BASE64_BARE);
	wr_str(w, "\n");
	return true;
}

bool age_header_write(const struct x25519_pub *recipients, size_t n, const struct secret *file_key,
    struct random *rnd, struct buf *out)
{
	AUTO(buf_done) struct buf header = { 0 };
	uint8_t mac[SHA256_LEN];
	struct wr w;

	buf_init(&header, AGE_HEADER_MAX);
	w = wr_to(&header);
	wr_str(&w, version_line);
	for (size_t i = 0; i < n; i++)
		if (!write_stanza(&w, &recipients[i], file_key, rnd))
			return false;
	wr_str(&w, "---");
	header_mac(file_key, buf_rd(&header), mac);
	wr_str(&w, " ");
	wr_base64(&w, rd_of(mac, sizeof(mac)), BASE64_BARE);
	wr_str(&w, "\n");
	return wr_ok(&w) && buf_put_rd(out, buf_rd(&header));
}

/* Reading. A stanza's arguments and body as they were read. */
struct stanza {
	struct rd type, args; /* args: what follows the type, without its space */
	struct buf body;
};

struct reading {
	const struct secret *identities;
	size_t n_identities;
	size_t n_stanzas;
	bool has_scrypt;
	struct secret file_key; /* once an identity fits */
};

static bool args_ok(struct rd line)
{
	uint8_t c, before = ' ';

	while (rd_u8(&line, &c)) {
		if (c != ' ' && (c < 0x21 || c > 0x7e))
			return false;
		if (c == ' ' && before == ' ')
			return false;
		before = c;
	}
	return before != ' ';
}

/* A body: full lines of 64 columns, then one that is shorter. */
static enum age_result take_body(struct rd *in, struct buf *body)
{
	struct rd line;

	do {
		if (!rd_until(in, '\n', &line))
			return AGE_MORE;
		if (line.len > COLUMNS || !text_base64(line, BASE64_BARE, body))
			return AGE_BAD_HEADER;
	} while (line.len == COLUMNS);
	return AGE_OK;
}

/* The stanza after its "-> ". */
static enum age_result take_stanza(struct rd *in, struct stanza *s)
{
	struct rd line;

	if (!rd_until(in, '\n', &line))
		return AGE_MORE;
	if (!args_ok(line))
		return AGE_BAD_HEADER;
	s->args = rd_of(NULL, 0);
	if (rd_until(&line, ' ', &s->type))
		s->args = line;
	else
		s->type = line;
	buf_reset(&s->body);
	return take_body(in, &s->body);
}

/* Exactly `n` bytes of bare base64. */
static bool bare_exact(struct rd text, uint8_t *out, size_t n)
{
	AUTO(buf_done) struct buf raw = { 0 };
	struct rd r;

	buf_init(&raw, COLUMNS);
	if (text.len > COLUMNS || !text_base64(text, BASE64_BARE, &raw) || raw.len != n)
		return false;
	r = buf_rd(&raw);
	return rd_copy(&r, out, n);
}

/* Tries one identity. False only when the share is a point of small order. */
static bool try_identity(struct reading *g, const struct secret *identity,
    const struct x25519_pub *share, struct rd body)
{
	static const uint8_t nonce[AEAD_NONCE_LEN];
	AUTO(secret_done) struct secret shared = { 0 };
	AUTO(secret_done) struct secret key = { 0 };
	AUTO(secret_done) struct secret opened = { 0 };
	struct x25519_pub own;

	if (!x25519_shared(identity, share, &shared))
		return false;
	x25519_public(identity, &own);
	wrap_key(&shared, share, &own, &key);
	secret_init(&opened, AGE_FILE_KEY_LEN);
	if (!g->file_key.p && aead_open(&key, nonce, body, opened.p)) {
		g->file_key = opened;
		opened = (struct secret){ 0 };
	}
	return true;
}

static enum age_result use_stanza(struct reading *g, const struct stanza *s)
{
	struct x25519_pub share;

	g->n_stanzas++;
	g->has_scrypt = g->has_scrypt || rd_is(&s->type, "scrypt");
	if (!rd_is(&s->type, "X25519"))
		return AGE_OK;
	if (!bare_exact(s->args, share.b, sizeof(share.b)) || s->body.len != WRAPPED_LEN)
		return AGE_BAD_HEADER;
	for (size_t i = 0; i < g->n_identities; i++)
		if (!try_identity(g, &g->identities[i], &share, buf_rd(&s->body)))
			return AGE_BAD_HEADER;
	return AGE_OK;
}

/* Everything between the version line and "---". */
static enum age_result take_stanzas(struct reading *g, struct rd *in)
{
	struct stanza s;
	enum age_result e = AGE_OK;

	buf_init(&s.body, BODY_MAX);
	while (e == AGE_OK && rd_word(in, "-> ")) {
		e = take_stanza(in, &s);
		if (e == AGE_OK)
			e = use_stanza(g, &s);
	}
	buf_done(&s.body);
	return e;
}

/* Whether `in`, which ended early, could become a beginning of `word`. */
static bool could_be(struct rd in, const char *word)
{
	struct rd w = rd_str(word), head;

	return rd_slice(&w, 0, in.len, &head) && rd_equal(&head, &in);
}

static enum age_result read_header(struct reading *g, struct rd in, size_t *out_used)
{
	struct rd all = in, line, signed_part;
	uint8_t mac[SHA256_LEN], want[SHA256_LEN];
	enum age_result e;

	if (!rd_word(&in, version_line))
		return could_be(in, version_line) ? AGE_MORE : AGE_BAD_HEADER;
	e = take_stanzas(g, &in);
	if (e != AGE_OK)
		return e;
	if (!rd_word(&in, "---"))
		return could_be(in, "---") || could_be(in, "-> ") ? AGE_MORE : AGE_BAD_HEADER;
	if (!rd_slice(&all, 0, all.len - in.len, &signed_part))
		return AGE_BAD_HEADER;
	if (!rd_until(&in, '\n', &line))
		return in.len > 1 + COLUMNS ? AGE_BAD_HEADER : AGE_MORE;
	if (!rd_word(&line, " ") || !bare_exact(line, mac, sizeof(mac)) || g->n_stanzas == 0 ||
	    (g->has_scrypt && g->n_stanzas > 1))
		return AGE_BAD_HEADER;
	if (!g->file_key.p)
		return AGE_NO_MATCH;
	header_mac(&g->file_key, signed_part, want);
	if (!bytes_equal_secret(mac, want, sizeof(mac)))
		return AGE_BAD_MAC;
	*out_used = all.len - in.len;
	return AGE_OK;
}

enum age_result age_header_read(struct rd in, const struct secret *identities, size_t n,
    struct secret *out_key, size_t *out_used)
{
	struct reading g = { .identities = identities, .n_identities = n };
	enum age_result e = read_header(&g, in, out_used);

	if (e == AGE_MORE && in.len >= AGE_HEADER_MAX)
		e = AGE_BAD_HEADER;
	if (e == AGE_OK)
		*out_key = g.file_key;
	else
		secret_done(&g.file_key);
	return e;
}
