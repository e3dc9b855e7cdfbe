/*
 * Is:        tests of the signature parser over signatures that ssh-keygen made.
 * Is not:    a cryptographic check.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "policy/sshsig.h"
#include "testing/test.h"

static size_t vector(const char *name, uint8_t **out)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "tests/vectors/sshsig/%s", name);
	return test_file(path, out);
}

/* Every cut of it and every byte changed: read or refused, never past the end; and a
 * changed armour or base64 that still reads gives other bytes. */
TEST(cut_and_changed_signatures)
{
	AUTO(mem_free) uint8_t *text = NULL;
	size_t n = vector("ed25519.sig", &text);
	AUTO(buf_done) struct buf scratch;
	struct sshsig s;

	buf_init(&scratch, SSHSIG_ARMOR_MAX);
	CHECK_INT(sshsig_parse(rd_of(text, n), &scratch, &s), 0);
	for (size_t i = 0; i + 1 < n; i++)
		CHECK_INT(sshsig_parse(rd_of(text, i), &scratch, &s), SSHSIG_BAD);
	CHECK_INT(sshsig_parse(rd_of(text, n - 1), &scratch, &s), 0); /* without the last line end */
	for (size_t i = 0; i < 30; i++) {
		text[i] ^= 1;
		CHECK_INT(sshsig_parse(rd_of(text, n), &scratch, &s), SSHSIG_BAD);
		text[i] ^= 1;
	}
	text[n - 1] = 'x';
	CHECK_INT(sshsig_parse(rd_of(text, n), &scratch, &s), SSHSIG_BAD);
}

TEST(ordinary_kinds_are_read)
{
	static const struct { const char *file; enum sshsig_kind kind; const char *type; } want[] = {
		{ "ed25519.sig", SSHSIG_ED25519, "ssh-ed25519" },
		{ "ecdsa.sig", SSHSIG_ECDSA, "ecdsa-sha2-nistp256" }, { "rsa.sig", SSHSIG_RSA, "ssh-rsa" },
	};

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		AUTO(mem_free) uint8_t *text = NULL;
		AUTO(buf_done) struct buf scratch;
		struct sshsig s;
		size_t n = vector(want[i].file, &text);
		buf_init(&scratch, SSHSIG_ARMOR_MAX);
		CHECK_INT(sshsig_parse(rd_of(text, n), &scratch, &s), 0);
		CHECK_INT(s.kind, want[i].kind);
		CHECK_RD(s.name_space, rd_str("grant@slagboom"));
		CHECK_RD(s.hash, rd_str("sha512"));
		CHECK_RD(s.key_type, rd_str(want[i].type));
	}
}

TEST(the_key_is_that_of_the_public_key_file)
{
	AUTO(mem_free) uint8_t *text = NULL, *line = NULL;
	AUTO(buf_done) struct buf scratch, key;
	struct sshsig s;
	size_t n = vector("ed25519.sig", &text), m = vector("k_ed25519.pub", &line);
	struct rd rest = rd_of(line, m), kind, blob;

	buf_init(&scratch, SSHSIG_ARMOR_MAX);
	buf_init(&key, 1000);
	CHECK(rd_until(&rest, ' ', &kind) && rd_until(&rest, ' ', &blob));
	CHECK(text_base64(blob, BASE64_PADDED, &key));
	CHECK_INT(sshsig_parse(rd_of(text, n), &scratch, &s), 0);
	CHECK_RD(s.key_blob, buf_rd(&key));
}

TEST(what_is_signed_has_openssh_form)
{
	AUTO(buf_done) struct buf out;
	struct sshsig s = { .name_space = rd_str("ns"), .hash = rd_str("sha256") };

	buf_init(&out, 100);
	CHECK(sshsig_signed(&s, rd_str("HASH"), &out));
	CHECK_RD(buf_rd(&out), rd_of("SSHSIG\0\0\0\2ns\0\0\0\0\0\0\0\6sha256\0\0\0\4HASH", 34));
}
