/*
 * Is:        the fuzz target of the signature parser.
 * Is not:    a cryptographic check.
 * Called by: the fuzzer and the replay of its corpus.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/wr.h"
#include "base/text.h"
#include "policy/sshsig.h"
#include "testing/fuzz.h"

static void try_one(struct rd text)
{
	AUTO(buf_done) struct buf scratch = { 0 }, out = { 0 };
	struct sshsig s;

	buf_init(&scratch, SSHSIG_ARMOR_MAX);
	buf_init(&out, 4096);
	if (sshsig_parse(text, &scratch, &s) != 0)
		return;
	ASSERT(s.signature.len && s.key.len && s.name_space.len);
	ASSERT(sshsig_signed(&s, rd_str("hash"), &out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf armor = { 0 };
	struct wr w;

	try_one(rd_of(data, size));
	/* And as a blob, so that the fuzzer need not learn base64. */
	buf_init(&armor, 2 * SSHSIG_ARMOR_MAX);
	w = wr_to(&armor);
	wr_str(&w, "-----BEGIN SSH SIGNATURE-----\n");
	struct rd blob = rd_of(data, size), part;
	while (blob.len && rd_take(&blob, blob.len < 51 ? blob.len : 51, &part)) {
		wr_base64(&w, part, BASE64_PADDED);
		wr_str(&w, "\n");
	}
	wr_str(&w, "-----END SSH SIGNATURE-----\n");
	if (wr_ok(&w))
		try_one(buf_rd(&armor));
	return 0;
}
