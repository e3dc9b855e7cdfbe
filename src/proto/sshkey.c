/*
 * Is:        OpenSSH's private key files (contract in the header).
 * Is not:    a decryptor.
 * Called by: `slagboom credential add`.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "proto/sshkey.h"

#include "base/text.h"

enum { NAME_LEN_MAX = 64, COMMENT_MAX = 1024, BLOCK = 8 };

static const char begin_line[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
static const char end_line[] = "-----END OPENSSH PRIVATE KEY-----";

/* The base64 between the two lines, without its line ends. */
static bool read_armour(struct rd file, struct buf *raw)
{
	AUTO(buf_wipe) struct buf text = { 0 };
	struct rd line;

	buf_init(&text, SSHKEY_FILE_MAX);
	if (!rd_until(&file, '\n', &line) || !rd_is(&line, begin_line))
		return false;
	for (;;) {
		if (!rd_until(&file, '\n', &line))
			return false;
		if (rd_is(&line, end_line))
			break;
		if (!buf_put_rd(&text, line))
			return false;
	}
	return file.len == 0 && text_base64(buf_rd(&text), BASE64_PADDED, raw);
}

/* string type, string public */
static enum sshkey_outcome read_public(struct rd *r, struct rd *public)
{
	struct rd type;

	if (!rd_part32(r, NAME_LEN_MAX, &type))
		return SSHKEY_BAD;
	if (!rd_is(&type, "ssh-ed25519"))
		return SSHKEY_OTHER_TYPE;
	return rd_part32(r, SSHKEY_SEED_LEN, public) && public->len == SSHKEY_SEED_LEN ? SSHKEY_OK : SSHKEY_BAD;
}

/* u32 check, u32 check, string type, string public, string seed and public, string comment,
 * padding 1, 2, 3, ... */
static enum sshkey_outcome read_private(struct rd r, const struct rd *public, struct sshkey *out)
{
	enum sshkey_outcome outcome;
	struct rd both, again, copy;
	uint32_t check1, check2;
	uint8_t c;

	if (r.len % BLOCK || !rd_u32(&r, &check1) || !rd_u32(&r, &check2) || check1 != check2)
		return SSHKEY_BAD;
	outcome = read_public(&r, &again);
	if (outcome != SSHKEY_OK)
		return outcome;
	if (!rd_part32(&r, 2 * SSHKEY_SEED_LEN, &both) || both.len != 2 * SSHKEY_SEED_LEN ||
	    !rd_part32(&r, COMMENT_MAX, &out->comment) || r.len >= BLOCK)
		return SSHKEY_BAD;
	for (uint8_t want = 1; rd_u8(&r, &c); want++)
		if (c != want)
			return SSHKEY_BAD;
	if (!rd_take(&both, SSHKEY_SEED_LEN, &out->seed))
		return SSHKEY_BAD;
	copy = both;
	out->public = again;
	return rd_equal(public, &again) && rd_equal(&copy, &again) ? SSHKEY_OK : SSHKEY_BAD;
}

/* "openssh-key-v1\0", string cipher, string kdf, string kdf options, u32 number of keys,
 * string public key, string private part */
static enum sshkey_outcome read_key(struct rd r, struct sshkey *out)
{
	struct rd magic, cipher, kdf, options, blob, public, private;
	enum sshkey_outcome outcome;
	uint32_t n;

	if (!rd_until(&r, '\0', &magic) || !rd_is(&magic, "openssh-key-v1"))
		return SSHKEY_BAD;
	if (!rd_part32(&r, NAME_LEN_MAX, &cipher) || !rd_part32(&r, NAME_LEN_MAX, &kdf) ||
	    !rd_part32(&r, SSHKEY_FILE_MAX, &options) || !rd_u32(&r, &n) || n != 1)
		return SSHKEY_BAD;
	if (!rd_part32(&r, SSHKEY_FILE_MAX, &blob) || !rd_part32(&r, SSHKEY_FILE_MAX, &private))
		return SSHKEY_BAD;
	if (!rd_is(&cipher, "none") || !rd_is(&kdf, "none"))
		return SSHKEY_ENCRYPTED;
	if (r.len || options.len)
		return SSHKEY_BAD;
	outcome = read_public(&blob, &public);
	if (outcome == SSHKEY_OK)
		outcome = blob.len ? SSHKEY_BAD : read_private(private, &public, out);
	return outcome;
}

enum sshkey_outcome sshkey_read(struct rd file, struct buf *scratch, struct sshkey *out)
{
	struct sshkey k = { .seed = rd_of(NULL, 0) };
	enum sshkey_outcome outcome;

	if (file.len > SSHKEY_FILE_MAX || !read_armour(file, scratch))
		return SSHKEY_BAD;
	outcome = read_key(buf_rd(scratch), &k);
	if (outcome == SSHKEY_OK)
		*out = k;
	return outcome;
}
