/*
 * Is:        tests of the check of approvals: signatures of ssh-keygen, and those that a
 *            hardware key would make.
 * Is not:    a test of who may approve (policy/test_approval.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/keyd/approval_check.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/wr.h"
#include "crypto/ed25519.h"
#include "crypto/sha256.h"
#include "policy/sshsig.h"
#include "testing/test.h"

static struct rd vector(const char *name, uint8_t **out)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "tests/vectors/sshsig/%s", name);
	size_t n = test_file(path, out);
	return rd_of(*out, n);
}

TEST(a_signature_of_ssh_keygen_is_taken_for_its_message_alone)
{
	AUTO(mem_free) uint8_t *text = NULL, *message = NULL;
	AUTO(buf_done) struct buf scratch = { 0 };
	struct rd armour = vector("ed25519.sig", &text), m = vector("message", &message);
	struct sshsig s, changed;

	buf_init(&scratch, SSHSIG_ARMOR_MAX);
	CHECK_INT(sshsig_parse(armour, &scratch, &s), 0);
	CHECK(approval_check(NULL, &s, m));
	for (size_t i = 0; i < m.len; i++) {
		message[i] ^= 1;
		CHECK(!approval_check(NULL, &s, m));
		message[i] ^= 1;
	}
	CHECK(!approval_check(NULL, &s, rd_of(m.p, m.len - 1)));
	changed = s;
	changed.hash = rd_str("sha256");
	CHECK(!approval_check(NULL, &changed, m));
	changed.hash = rd_str("md5");
	CHECK(!approval_check(NULL, &changed, m));
	changed = s;
	changed.name_space = rd_str("file");
	CHECK(!approval_check(NULL, &changed, m));
	changed = s;
	changed.key.len--;
	CHECK(!approval_check(NULL, &changed, m));
	changed = s;
	changed.signature.len--;
	CHECK(!approval_check(NULL, &changed, m));
}

/* A change anywhere in the message, the key or the signature, or of what says how they are read. */
static void only_as_it_is(struct sshsig *s, struct rd m, uint8_t *message)
{
	struct sshsig changed = *s;
	struct rd part[] = { s->key, s->signature };

	CHECK(approval_check(NULL, s, m));
	for (size_t i = 0; i < m.len; i++) {
		message[i] ^= 1;
		CHECK(!approval_check(NULL, s, m));
		message[i] ^= 1;
	}
	for (size_t k = 0; k < ARRAY_LEN(part); k++)
		for (size_t i = 0; i < part[k].len; i++) {
			uint8_t *bytes = (uint8_t *)(uintptr_t)part[k].p; /* they lie in the test's own buffer */
			bytes[i] ^= 0x10;
			CHECK(!approval_check(NULL, s, m));
			bytes[i] ^= 0x10;
		}
	changed.key.len--;
	CHECK(!approval_check(NULL, &changed, m));
	changed = *s;
	changed.signature.len--;
	CHECK(!approval_check(NULL, &changed, m));
	changed = *s;
	changed.curve = rd_str(rd_is(&s->curve, "nistp384") ? "nistp521" : "nistp384");
	CHECK(s->curve.len == 0 || !approval_check(NULL, &changed, m));
	changed = *s;
	changed.signature_type = rd_str(rd_is(&s->signature_type, "rsa-sha2-512") ? "rsa-sha2-256" : "rsa-sha2-512");
	CHECK(s->kind != SSHSIG_RSA || !approval_check(NULL, &changed, m));
	for (unsigned kind = 0; kind <= SSHSIG_RSA; kind++) {
		changed = *s;
		changed.kind = (enum sshsig_kind)kind;
		CHECK(changed.kind == s->kind || !approval_check(NULL, &changed, m));
	}
	CHECK(approval_check(NULL, s, m));
}

TEST(keys_of_every_kind_that_ssh_keygen_makes)
{
	static const struct { const char *file; enum sshsig_kind kind; } of[] = {
		{ "ed25519.sig", SSHSIG_ED25519 }, { "ecdsa.sig", SSHSIG_ECDSA }, { "ecdsa384.sig", SSHSIG_ECDSA },
		{ "ecdsa521.sig", SSHSIG_ECDSA }, { "sk_ecdsa.sig", SSHSIG_SK_ECDSA }, { "rsa.sig", SSHSIG_RSA },
		{ "rsa_sha256.sig", SSHSIG_RSA },
	};

	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		AUTO(mem_free) uint8_t *text = NULL, *message = NULL;
		AUTO(buf_done) struct buf scratch = { 0 };
		struct rd armour = vector(of[i].file, &text), m = vector("message", &message);
		struct sshsig s;
		buf_init(&scratch, SSHSIG_ARMOR_MAX);
		CHECK_INT(sshsig_parse(armour, &scratch, &s), 0);
		CHECK_INT(s.kind, of[i].kind);
		only_as_it_is(&s, m, message);
	}
}

TEST(an_rsa_key_of_1024_bits_is_too_weak)
{
	AUTO(mem_free) uint8_t *text = NULL, *message = NULL;
	AUTO(buf_done) struct buf scratch = { 0 };
	struct rd armour = vector("rsa1024.sig", &text), m = vector("message", &message);
	struct sshsig s;

	buf_init(&scratch, SSHSIG_ARMOR_MAX);
	CHECK_INT(sshsig_parse(armour, &scratch, &s), 0);
	CHECK(!approval_check(NULL, &s, m));
}

/* ECDSA signatures as a forger would write them: r and s that are nothing, negative, with zeros before
 * them, or too many. */
TEST(integers_of_a_signature_that_are_none)
{
	static const struct { const char *bytes; size_t n; } bad[] = {
		{ "", 0 }, { "\0\0\0\0\0\0\0\0", 8 }, { "\0\0\0\1\0\0\0\0\1\0", 10 }, { "\0\0\0\1\1\0\0\0\1\0", 10 },
		{ "\0\0\0\1\1\0\0\0\1\x81", 10 }, { "\0\0\0\2\0\1\0\0\0\1\1", 11 }, { "\0\0\0\1\1\0\0\0\1\1", 10 },
		{ "\0\0\0\1\1\0\0\0\1\1\0", 11 }, { "\377\377\377\377\1", 5 },
	};
	AUTO(mem_free) uint8_t *text = NULL, *message = NULL;
	AUTO(buf_done) struct buf scratch = { 0 };
	struct rd armour = vector("ecdsa.sig", &text), m = vector("message", &message);
	struct sshsig s;

	buf_init(&scratch, SSHSIG_ARMOR_MAX);
	CHECK_INT(sshsig_parse(armour, &scratch, &s), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		s.signature = rd_of(bad[i].bytes, bad[i].n);
		CHECK(!approval_check(NULL, &s, m));
	}
}

/* What a hardware key signs, written out from PROTOCOL.u2f and PROTOCOL.sshsig, for a
 * message whose SHA-256 is `hash`. */
static void put_fido(struct buf *out, const uint8_t hash[SHA256_LEN], uint8_t flags, uint32_t counter)
{
	AUTO(buf_done) struct buf inner = { 0 };
	uint8_t application[SHA256_LEN], wrapped[SHA256_LEN];

	buf_init(&inner, 256);
	struct wr w = wr_to(&inner), o = wr_to(out);
	wr_bytes(&w, rd_of("SSHSIG\0\0\0\016grant@slagboom\0\0\0\0\0\0\0\6sha256\0\0\0\040", 42));
	wr_bytes(&w, rd_of(hash, SHA256_LEN));
	CHECK(wr_ok(&w));
	sha256_of(rd_str("ssh:"), application);
	sha256_of(buf_rd(&inner), wrapped);
	wr_bytes(&o, rd_of(application, SHA256_LEN));
	wr_u8(&o, flags);
	wr_u32(&o, counter);
	wr_bytes(&o, rd_of(wrapped, SHA256_LEN));
	CHECK(wr_ok(&o));
}

TEST(a_hardware_key_signs_its_flags_and_counter_too)
{
	AUTO(buf_done) struct buf raw = { 0 };
	AUTO(ed25519_key_done) struct ed25519_key key = { 0 };
	AUTO(secret_done) struct secret seed = { 0 };
	uint8_t bytes[ED25519_SEED_LEN] = { 7 }, hash[SHA256_LEN];
	struct rd message = rd_str("a grant");
	struct ed25519_sig sig;

	buf_init(&raw, 256);
	secret_copy(&seed, rd_of(bytes, ED25519_SEED_LEN));
	ed25519_key_init(&key, &seed);
	sha256_of(message, hash);
	put_fido(&raw, hash, SSHSIG_TOUCHED, 77);
	ed25519_sign(&key, buf_rd(&raw), &sig);
	struct sshsig s = { .kind = SSHSIG_SK_ED25519, .key = rd_of(key.pub.b, ED25519_PUB_LEN),
		.application = rd_str("ssh:"), .name_space = rd_str("grant@slagboom"), .hash = rd_str("sha256"),
		.signature = rd_of(sig.b, ED25519_SIG_LEN), .flags = SSHSIG_TOUCHED, .counter = 77 };
	CHECK(approval_check(NULL, &s, message));
	CHECK(!approval_check(NULL, &s, rd_str("a granT")));
	s.flags |= SSHSIG_VERIFIED;
	CHECK(!approval_check(NULL, &s, message));
	s.flags = SSHSIG_TOUCHED;
	s.counter++;
	CHECK(!approval_check(NULL, &s, message));
	s.counter--;
	s.application = rd_str("ssh:x");
	CHECK(!approval_check(NULL, &s, message));
	s.application = rd_str("ssh:");
	s.kind = SSHSIG_ED25519;
	CHECK(!approval_check(NULL, &s, message));
}
