/*
 * Is:        fuzzing of OpenSSH's private key files: as text, and as the bytes inside.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/text.h"
#include "base/wr.h"
#include "proto/sshkey.h"
#include "testing/fuzz.h"

static void try(struct rd r)
{
	AUTO(buf_wipe) struct buf scratch = { 0 };
	struct sshkey k;

	buf_init(&scratch, SSHKEY_FILE_MAX);
	if (sshkey_read(r, &scratch, &k) == SSHKEY_OK)
		ASSERT(k.public.len == SSHKEY_SEED_LEN && k.seed.len == SSHKEY_SEED_LEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf armoured = { 0 };

	try(rd_of(data, size));
	if (size > SSHKEY_FILE_MAX / 2)
		return 0;
	buf_init(&armoured, SSHKEY_FILE_MAX);
	struct wr w = wr_to(&armoured);
	wr_str(&w, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	wr_base64(&w, rd_of(data, size), BASE64_PADDED);
	wr_str(&w, "\n-----END OPENSSH PRIVATE KEY-----\n");
	ASSERT(wr_ok(&w));
	try(buf_rd(&armoured));
	return 0;
}
