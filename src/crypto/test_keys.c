/*
 * Is:        signatures, key agreement, sealing and secrets against known answers
 *            and against tampering.
 * Is not:    a test of libsodium; of how we call it.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/ed25519.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "crypto/x25519.h"
#include "testing/test.h"

static struct rd hex(const char *s, uint8_t *out)
{
	struct rd text = rd_str(s);

	CHECK(text_hex(text, out, text.len / 2));
	return rd_of(out, text.len / 2);
}

/* RFC 8032, 7.1, test 3. */
TEST(ed25519_known_answer)
{
	uint8_t raw[64], want[64];
	AUTO(secret_done) struct secret seed = { 0 };
	AUTO(ed25519_key_done) struct ed25519_key k = { 0 };
	struct ed25519_sig sig;

	secret_copy(&seed,
	    hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", raw));
	ed25519_key_init(&k, &seed);
	CHECK_RD(rd_of(k.pub.b, 32),
	    hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", want));
	ed25519_sign(&k, hex("af82", raw), &sig);
	CHECK_RD(rd_of(sig.b, 64), hex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a", want));
	CHECK(ed25519_verify(&k.pub, rd_of(raw, 2), &sig));
}

TEST(ed25519_refuses_what_was_changed)
{
	AUTO(secret_done) struct secret seed = { 0 };
	AUTO(ed25519_key_done) struct ed25519_key k = { 0 };
	struct ed25519_sig sig;
	uint8_t msg[100] = { 1, 2, 3 };

	secret_make(&seed, ED25519_SEED_LEN, random_system());
	ed25519_key_init(&k, &seed);
	ed25519_sign(&k, rd_of(msg, sizeof(msg)), &sig);
	for (size_t i = 0; i < sizeof(msg); i++) {
		msg[i] ^= 1;
		CHECK(!ed25519_verify(&k.pub, rd_of(msg, sizeof(msg)), &sig));
		msg[i] ^= 1;
	}
	CHECK(!ed25519_verify(&k.pub, rd_of(msg, sizeof(msg) - 1), &sig));
	for (size_t i = 0; i < sizeof(sig.b); i++) {
		sig.b[i] ^= 0x80;
		CHECK(!ed25519_verify(&k.pub, rd_of(msg, sizeof(msg)), &sig));
		sig.b[i] ^= 0x80;
	}
	CHECK(ed25519_verify(&k.pub, rd_of(msg, sizeof(msg)), &sig));
}

TEST(ed25519_refuses_a_key_of_small_order)
{
	struct ed25519_pub pub = { { 1 } }; /* the neutral element */
	struct ed25519_sig sig = { { 1 } }; /* R neutral, S zero: fits every message */

	CHECK(!ed25519_verify(&pub, rd_str("anything"), &sig));
}

/* RFC 7748, 6.1. */
TEST(x25519_known_answer)
{
	uint8_t raw[32], want[32];
	AUTO(secret_done) struct secret bob = { 0 };
	AUTO(secret_done) struct secret shared = { 0 };
	struct x25519_pub pub, alice;

	secret_copy(&bob, hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", raw));
	x25519_public(&bob, &pub);
	CHECK_RD(rd_of(pub.b, 32),
	    hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", want));
	struct rd peer = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", raw);
	CHECK(rd_copy(&peer, alice.b, 32));
	CHECK(x25519_shared(&bob, &alice, &shared));
	CHECK_RD(secret_rd(&shared),
	    hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", want));
}

TEST(x25519_refuses_a_point_of_small_order)
{
	AUTO(secret_done) struct secret a = { 0 };
	struct secret out = { 0 };
	struct x25519_pub zero = { { 0 } }, one = { { 1 } };

	secret_make(&a, X25519_LEN, random_system());
	CHECK(!x25519_shared(&a, &zero, &out));
	CHECK(!x25519_shared(&a, &one, &out));
	CHECK(out.p == NULL);
}

TEST(aead_opens_only_what_was_sealed)
{
	AUTO(secret_done) struct secret key = { 0 };
	uint8_t nonce[AEAD_NONCE_LEN] = { 7 }, sealed[5 + AEAD_TAG_LEN], out[5];

	secret_make(&key, AEAD_KEY_LEN, random_system());
	aead_seal(&key, nonce, rd_str("plain"), sealed);
	CHECK(aead_open(&key, nonce, rd_of(sealed, sizeof(sealed)), out));
	CHECK_RD(rd_of(out, 5), rd_str("plain"));
	for (size_t i = 0; i < sizeof(sealed); i++) {
		sealed[i] ^= 1;
		CHECK(!aead_open(&key, nonce, rd_of(sealed, sizeof(sealed)), out));
		sealed[i] ^= 1;
		CHECK(!aead_open(&key, nonce, rd_of(sealed, i), out));
	}
	nonce[0]++;
	CHECK(!aead_open(&key, nonce, rd_of(sealed, sizeof(sealed)), out));
}

/* RFC 8439 with an empty message: the tag alone, computed independently. */
TEST(aead_of_nothing_is_a_tag)
{
	AUTO(secret_done) struct secret key = { 0 };
	uint8_t nonce[AEAD_NONCE_LEN] = { 0 }, sealed[AEAD_TAG_LEN], want[AEAD_TAG_LEN];

	secret_init(&key, AEAD_KEY_LEN);
	aead_seal(&key, nonce, rd_of(NULL, 0), sealed);
	CHECK_RD(rd_of(sealed, sizeof(sealed)), hex("4eb972c9a8fb3a1b382bb4d36f5ffad1", want));
	CHECK(aead_open(&key, nonce, rd_of(sealed, sizeof(sealed)), want));
}

TEST(secrets_are_zero_then_what_was_put_there)
{
	AUTO(secret_done) struct secret s = { 0 };
	uint8_t zero[33] = { 0 };

	secret_init(&s, sizeof(zero));
	CHECK_RD(secret_rd(&s), rd_of(zero, sizeof(zero)));
	secret_done(&s);
	CHECK(s.p == NULL && !secret_is_locked(&s));
	secret_copy(&s, rd_str("share"));
	CHECK_RD(secret_rd(&s), rd_str("share"));
}

TEST(random_bytes_differ)
{
	uint8_t a[32], b[32];

	random_fill(random_system(), a, sizeof(a));
	random_fill(random_system(), b, sizeof(b));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
}
