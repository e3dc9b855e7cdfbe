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
#include "base/wr.h"
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
	AUTO(buf_done) struct buf scratch = { 0 };
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
		AUTO(buf_done) struct buf scratch = { 0 };
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
	AUTO(buf_done) struct buf scratch = { 0 }, key = { 0 };
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
	AUTO(buf_done) struct buf out = { 0 };
	struct sshsig s = { .name_space = rd_str("ns"), .hash = rd_str("sha256") };

	buf_init(&out, 100);
	CHECK(sshsig_signed(&s, rd_str("HASH"), &out));
	CHECK_RD(buf_rd(&out), rd_of("SSHSIG\0\0\0\2ns\0\0\0\0\0\0\0\6sha256\0\0\0\4HASH", 34));
}

/* A hardware key's signature, as PROTOCOL.u2f lays it out. */
struct fido { const char *key_type, *signature_type; size_t key_len; bool has_curve, has_tail; const char *curve; };

static int read_fido(const struct fido *f, struct buf *scratch, struct sshsig *out)
{
	AUTO(buf_done) struct buf raw = { 0 }, armor = { 0 };
	static const uint8_t zeros[65];
	struct wr w, a;
	size_t mark;

	buf_init(&raw, 4096);
	buf_init(&armor, 8192);
	w = wr_to(&raw);
	a = wr_to(&armor);
	wr_str(&w, "SSHSIG");
	wr_u32(&w, 1);
	mark = wr_open32(&w);
	wr_part32(&w, rd_str(f->key_type));
	if (f->has_curve)
		wr_part32(&w, rd_str(f->curve ? f->curve : "nistp256"));
	wr_part32(&w, rd_of(zeros, f->key_len));
	wr_part32(&w, rd_str("ssh:"));
	wr_close32(&w, mark);
	wr_part32(&w, rd_str("grant@slagboom"));
	wr_u32(&w, 0);
	wr_part32(&w, rd_str("sha512"));
	mark = wr_open32(&w);
	wr_part32(&w, rd_str(f->signature_type));
	wr_part32(&w, rd_of(zeros, 64));
	if (f->has_tail) {
		wr_u8(&w, SSHSIG_TOUCHED | SSHSIG_VERIFIED);
		wr_u32(&w, 77);
	}
	wr_close32(&w, mark);
	wr_str(&a, "-----BEGIN SSH SIGNATURE-----\n");
	struct rd blob = buf_rd(&raw), part;
	while (blob.len && rd_take(&blob, blob.len < 51 ? blob.len : 51, &part)) {
		wr_base64(&a, part, BASE64_PADDED);
		wr_str(&a, "\n");
	}
	wr_str(&a, "-----END SSH SIGNATURE-----\n");
	CHECK(wr_ok(&w) && wr_ok(&a));
	return sshsig_parse(buf_rd(&armor), scratch, out);
}

TEST(hardware_keys_are_read_with_their_flags)
{
	static const char ed[] = "sk-ssh-ed25519@openssh.com", ec[] = "sk-ecdsa-sha2-nistp256@openssh.com";
	static const struct fido bad[] = {
		{ ed, ed, 32, false, false }, { ed, ed, 31, false, true }, { ed, "ssh-ed25519", 32, false, true },
		{ ed, ec, 32, false, true }, { "ssh-ed25519", "ssh-ed25519", 32, false, true },
		{ ec, ec, 65, false, true }, { ec, ec, 65, true, true, "nistp384" }, { "sk-unknown", "sk-unknown", 32, false, true },
		{ "ssh-rsa", "ssh-rsa", 32, false, false },
	};
	static const struct fido good[] = { { ed, ed, 32, false, true }, { ec, ec, 65, true, true } };
	AUTO(buf_done) struct buf scratch = { 0 };
	struct sshsig s;

	buf_init(&scratch, SSHSIG_ARMOR_MAX);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK_INT(read_fido(&bad[i], &scratch, &s), SSHSIG_BAD);
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		CHECK_INT(read_fido(&good[i], &scratch, &s), 0);
		CHECK_INT(s.kind, i ? SSHSIG_SK_ECDSA : SSHSIG_SK_ED25519);
		CHECK_U64(s.flags, SSHSIG_TOUCHED | SSHSIG_VERIFIED);
		CHECK_U64(s.counter, 77);
		CHECK_RD(s.application, rd_str("ssh:"));
	}
}
