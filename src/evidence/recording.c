/*
 * Is:        the split of a recording's key between keepers (contract in the header).
 * Is not:    segments: segment.c.
 * Called by: the gate, keepers' tools.
 * Owns:      keys, in struct secret.
 * Trust:     opened shares are hostile until they parse.
 */
#include "evidence/recording.h"

#include <string.h>

#include "base/ascii.h"
#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/random.h"

static const char share_magic[] = "slagboom-share@v1\n";

/* The halves of the identity's text: half[i][j] is what keeper i holds with j. */
struct split {
	struct secret half[RECORDING_KEEPERS_MAX][RECORDING_KEEPERS_MAX];
};

static void split_done(struct split *s)
{
	for (size_t i = 0; i < RECORDING_KEEPERS_MAX; i++)
		for (size_t j = 0; j < RECORDING_KEEPERS_MAX; j++)
			secret_done(&s->half[i][j]);
}

static void xor_into(struct secret *a, const struct secret *b)
{
	ASSERT(a->len == b->len);
	for (size_t i = 0; i < a->len; i++)
		a->p[i] ^= b->p[i];
}

static void split_text(const struct secret *text, size_t n, struct random *rnd, struct split *out)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			secret_make(&out->half[i][j], text->len, rnd);
			secret_copy(&out->half[j][i], secret_rd(text));
			xor_into(&out->half[j][i], &out->half[i][j]);
		}
}

bool keeper_name_ok(struct rd name)
{
	uint8_t c;

	if (name.len == 0 || name.len > KEEPER_NAME_MAX)
		return false;
	while (rd_u8(&name, &c))
		if (!(is_alnum(c) || c == '.' || c == '-' || c == '_'))
			return false;
	return true;
}

/* Two keepers with one key would be one keeper. */
static bool keepers_ok(const struct recording_keeper *k, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!keeper_name_ok(k[i].name))
			return false;
		for (size_t j = 0; j < i; j++)
			if (rd_equal(&k[i].name, &k[j].name) ||
			    memcmp(k[i].recipient.b, k[j].recipient.b, X25519_LEN) == 0)
				return false;
	}
	return true;
}

static bool write_share(const struct recording *r, const struct recording_keeper *k, size_t n,
    size_t self, const struct split *split, struct buf *out)
{
	struct wr w = wr_to(out);

	wr_str(&w, share_magic);
	wr_str(&w, "recording ");
	wr_hex(&w, rd_of(r->id, sizeof(r->id)));
	wr_str(&w, "\nrecipient ");
	wr_age_recipient(&w, &r->recipient);
	wr_str(&w, "\nkeeper ");
	wr_bytes(&w, k[self].name);
	wr_str(&w, "\n");
	for (size_t j = 0; j < n; j++) {
		if (j == self)
			continue;
		wr_str(&w, "with ");
		wr_bytes(&w, k[j].name);
		wr_str(&w, " ");
		wr_hex(&w, secret_rd(&split->half[self][j]));
		wr_str(&w, "\n");
	}
	return wr_ok(&w);
}

static bool seal_share(struct rd plain, const struct x25519_pub *to, struct random *rnd,
    struct buf *out)
{
	AUTO(age_writer_done) struct age_writer a = { .n_chunks = 0 };

	return age_write_start(&a, to, 1, rnd, out) && age_write(&a, plain, out) &&
	    age_write_end(&a, out);
}

bool recording_start(struct recording *r, const struct recording_keeper *keepers, size_t n,
    struct random *rnd, struct buf *shares)
{
	AUTO(secret_done) struct secret identity = { 0 };
	AUTO(secret_done) struct secret text = { 0 };
	AUTO(split_done) struct split split = { .half = { { { 0 } } } };
	AUTO(buf_wipe) struct buf plain = { 0 };
	struct recording made;

	ASSERT(n >= 2 && n <= RECORDING_KEEPERS_MAX);
	buf_init(&plain, RECORDING_SHARE_MAX);
	if (!keepers_ok(keepers, n))
		return false;
	secret_make(&identity, X25519_LEN, rnd);
	x25519_public(&identity, &made.recipient);
	random_fill(rnd, made.id, sizeof(made.id));
	age_identity_text(&identity, &text);
	split_text(&text, n, rnd, &split);
	for (size_t i = 0; i < n; i++) {
		buf_reset(&plain);
		if (!write_share(&made, keepers, n, i, &split, &plain) ||
		    !seal_share(buf_rd(&plain), &keepers[i].recipient, rnd, &shares[i]))
			return false;
	}
	*r = made;
	return true;
}

static bool take_name(struct rd text, char out[KEEPER_NAME_MAX + 1])
{
	if (!keeper_name_ok(text))
		return false;
	memset(out, 0, KEEPER_NAME_MAX + 1);
	return rd_copy(&text, (uint8_t *)out, text.len);
}

/* "<word><the rest of the line>". */
static bool take_line(struct rd *in, const char *word, struct rd *out)
{
	return rd_word(in, word) && rd_until(in, '\n', out);
}

static bool take_half(struct rd line, struct recording_share *out)
{
	uint8_t raw[AGE_IDENTITY_LEN];
	struct rd name;

	if (out->n == RECORDING_KEEPERS_MAX - 1 || !rd_until(&line, ' ', &name) ||
	    !take_name(name, out->with[out->n].name) || !text_hex(line, raw, sizeof(raw)))
		return false;
	secret_copy(&out->with[out->n].half, rd_of(raw, sizeof(raw)));
	mem_wipe(raw, sizeof(raw));
	out->n++;
	return true;
}

static bool share_parse(struct rd text, struct recording_share *s)
{
	struct rd line;

	if (text.len > RECORDING_SHARE_MAX || !rd_word(&text, share_magic) ||
	    !take_line(&text, "recording ", &line) || !text_hex(line, s->id, sizeof(s->id)) ||
	    !take_line(&text, "recipient ", &line) ||
	    !age_recipient_parse(line, &s->recipient) || !take_line(&text, "keeper ", &line) ||
	    !take_name(line, s->keeper))
		return false;
	while (text.len)
		if (!take_line(&text, "with ", &line) || !take_half(line, s))
			return false;
	return s->n > 0;
}

bool recording_share_parse(struct rd text, struct recording_share *out)
{
	struct recording_share s = { .n = 0 };

	if (!share_parse(text, &s)) {
		recording_share_done(&s);
		return false;
	}
	*out = s;
	return true;
}

void recording_share_done(struct recording_share *s)
{
	for (size_t i = 0; i < ARRAY_LEN(s->with); i++)
		secret_done(&s->with[i].half);
}

static const struct secret *half_with(const struct recording_share *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->with[i].name, name) == 0)
			return &s->with[i].half;
	return NULL;
}

bool recording_join(const struct recording_share *a, const struct recording_share *b,
    struct secret *out)
{
	const struct secret *ab = half_with(a, b->keeper), *ba = half_with(b, a->keeper);
	AUTO(secret_done) struct secret text = { 0 };
	AUTO(secret_done) struct secret identity = { 0 };
	struct x25519_pub made;

	if (memcmp(a->id, b->id, sizeof(a->id)) != 0 || !ab || !ba ||
	    memcmp(a->recipient.b, b->recipient.b, X25519_LEN) != 0)
		return false;
	secret_copy(&text, secret_rd(ab));
	xor_into(&text, ba);
	if (!age_identity_parse(secret_rd(&text), &identity))
		return false;
	x25519_public(&identity, &made);
	if (memcmp(made.b, a->recipient.b, X25519_LEN) != 0)
		return false;
	*out = identity;
	identity = (struct secret){ 0 };
	return true;
}
