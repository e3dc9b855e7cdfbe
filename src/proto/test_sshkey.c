/*
 * Is:        tests of reading OpenSSH's private key files, made by ssh-keygen for this.
 * Is not:    keys of anybody.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proto/sshkey.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/wr.h"
#include "testing/test.h"

static const char plain_public[] = "AAAAC3NzaC1lZDI1NTE5AAAAIHekqPJgXQN7sYHG8qpkh9i5cI+d+HL+1+miYCtONpiJ";

static uint8_t *file;
static size_t file_len;

static void load(const char *path)
{
	mem_free(&file);
	file_len = test_file(path, &file);
}

static enum sshkey_outcome read(struct rd r, struct sshkey *k)
{
	static struct buf scratch;

	buf_wipe(&scratch);
	buf_init(&scratch, SSHKEY_FILE_MAX);
	return sshkey_read(r, &scratch, k);
}

TEST(sshkey_refuses_what_is_none)
{
	struct sshkey k = { .comment = rd_str("untouched") };
	struct rd part;

	CHECK_INT(read(rd_str(""), &k), SSHKEY_BAD);
	CHECK_INT(read(rd_str("-----BEGIN OPENSSH PRIVATE KEY-----\n"), &k), SSHKEY_BAD);
	CHECK_INT(read(rd_str("-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----\n"), &k), SSHKEY_BAD);
	CHECK_INT(read(rd_str("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"), &k), SSHKEY_BAD);
	load("tests/corpus/sshkey/encrypted");
	CHECK_INT(read(rd_of(file, file_len), &k), SSHKEY_ENCRYPTED);
	load("tests/corpus/sshkey/ecdsa");
	CHECK_INT(read(rd_of(file, file_len), &k), SSHKEY_OTHER_TYPE);
	load("tests/corpus/sshkey/plain");
	for (size_t n = 0; n < file_len; n++) {
		struct rd r = rd_of(file, file_len);
		CHECK(rd_take(&r, n, &part));
		CHECK(read(part, &k) != SSHKEY_OK);
	}
	CHECK_RD(k.comment, rd_str("untouched"));
}

/* No bit of the key's own fields can change unseen; those of the comment and of the unused
 * check numbers can. */
TEST(sshkey_notices_damage)
{
	struct sshkey k;
	unsigned n_taken = 0;

	load("tests/corpus/sshkey/plain");
	for (size_t i = 36; i + 34 < file_len; i++) {
		uint8_t was = file[i];
		if (was == '\n')
			continue;
		file[i] = was == 'A' ? 'B' : 'A';
		n_taken += read(rd_of(file, file_len), &k) == SSHKEY_OK;
		file[i] = was;
	}
	CHECK(n_taken < 80); /* the seed itself, of which only the signature tells, and the comment */
	CHECK_INT(read(rd_of(file, file_len), &k), SSHKEY_OK);
}

TEST(sshkey_reads_what_ssh_keygen_writes)
{
	AUTO(buf_done) struct buf b = { 0 }, text = { 0 };
	struct sshkey k;

	load("tests/corpus/sshkey/plain");
	CHECK_INT(read(rd_of(file, file_len), &k), SSHKEY_OK);
	CHECK_RD(k.comment, rd_str("made for tests"));
	CHECK_U64(k.seed.len, SSHKEY_SEED_LEN);
	buf_init(&b, 100);
	buf_init(&text, 200);
	struct wr w = wr_to(&b), t = wr_to(&text);
	wr_part32(&w, rd_str("ssh-ed25519"));
	wr_part32(&w, k.public);
	wr_base64(&t, buf_rd(&b), BASE64_PADDED);
	CHECK(wr_ok(&w) && wr_ok(&t));
	CHECK_RD(buf_rd(&text), rd_str(plain_public));
	mem_free(&file);
}
