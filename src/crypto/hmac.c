/*
 * Is:        HMAC-SHA256 and HKDF over sha256.c.
 * Is not:    a call into a library's HMAC: those hash the pads anew for every
 *            message, which is most of the cost of a short one.
 * Called by: evidence (age), index (tags), proc.
 * Owns:      nothing.
 * Trust:     hostile messages.
 */
#include "crypto/hmac.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

static void start_pad(struct sha256 *s, const uint8_t key[SHA256_BLOCK_LEN], uint8_t with)
{
	uint8_t pad[SHA256_BLOCK_LEN];

	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] = key[i] ^ with;
	sha256_init(s);
	sha256_update(s, rd_of(pad, sizeof(pad)));
	mem_wipe(pad, sizeof(pad));
}

void hmac_key_init(struct hmac_key *k, struct rd key)
{
	uint8_t block[SHA256_BLOCK_LEN] = { 0 };
	bool copied;

	if (key.len > sizeof(block)) {
		sha256_of(key, block);
	} else {
		copied = rd_copy(&key, block, key.len);
		ASSERT(copied);
	}
	start_pad(&k->inner, block, 0x36);
	start_pad(&k->outer, block, 0x5c);
	mem_wipe(block, sizeof(block));
}

void hmac_key_done(struct hmac_key *k)
{
	mem_wipe(k, sizeof(*k));
}

void hmac_begin(const struct hmac_key *k, struct sha256 *s)
{
	*s = k->inner;
}

void hmac_end(const struct hmac_key *k, struct sha256 *s, uint8_t out[SHA256_LEN])
{
	uint8_t inner[SHA256_LEN];

	sha256_final(s, inner);
	*s = k->outer;
	sha256_update(s, rd_of(inner, sizeof(inner)));
	sha256_final(s, out);
}

void hmac_of(const struct hmac_key *k, struct rd msg, uint8_t out[SHA256_LEN])
{
	struct sha256 s;

	hmac_begin(k, &s);
	sha256_update(&s, msg);
	hmac_end(k, &s, out);
}

static void expand(const struct hmac_key *prk, struct rd info, uint8_t *out, size_t n)
{
	uint8_t t[SHA256_LEN] = { 0 };
	struct sha256 s;
	uint8_t round = 0;

	for (size_t done = 0; done < n; done += SHA256_LEN) {
		round++;
		hmac_begin(prk, &s);
		sha256_update(&s, rd_of(t, round == 1 ? 0 : sizeof(t)));
		sha256_update(&s, info);
		sha256_update(&s, rd_of(&round, 1));
		hmac_end(prk, &s, t);
		for (size_t i = 0; i < SHA256_LEN && done + i < n; i++)
			out[done + i] = t[i];
	}
	mem_wipe(t, sizeof(t));
	mem_wipe(&s, sizeof(s));
}

void hkdf(struct rd ikm, struct rd salt, struct rd info, uint8_t *out, size_t n)
{
	uint8_t prk[SHA256_LEN];
	struct hmac_key k;

	ASSERT(n <= HKDF_MAX);
	hmac_key_init(&k, salt);
	hmac_of(&k, ikm, prk);
	hmac_key_done(&k);
	hmac_key_init(&k, rd_of(prk, sizeof(prk)));
	mem_wipe(prk, sizeof(prk));
	expand(&k, info, out, n);
	hmac_key_done(&k);
}
