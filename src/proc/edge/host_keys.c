/*
 * Is:        the public halves of the door's host keys.
 * Is not:    a signer, and not an agent.
 * Called by: door.
 * Owns:      nothing.
 * Trust:     keyd is trusted; the answer's form is checked all the same.
 *
 * draft-ietf-sshm-ssh-agent: SSH_AGENTC_REQUEST_IDENTITIES is u32 1, u8 11. The answer: u32
 * length, u8 12, u32 n, and n times a blob and a comment, each u32 length and bytes. A blob
 * begins with its type, u32 length and text (RFC 4253 section 6.6).
 */
#include "proc/edge/host_keys.h"

#include <errno.h>

#include "base/text.h"

enum { REQUEST_IDENTITIES = 11, IDENTITIES_ANSWER = 12, TYPE_MAX = 64, BLOB_MAX = 2048 };

void host_keys_ask(struct wr *w)
{
	wr_u32(w, 1);
	wr_u8(w, REQUEST_IDENTITIES);
}

/* The type becomes a word of a line: nothing in it may end the word. */
static bool is_type(struct rd type)
{
	uint8_t c;

	while (rd_u8(&type, &c))
		if (c <= ' ' || c > '~')
			return false;
	return true;
}

static bool read_key(struct rd *r, struct wr *out)
{
	struct rd blob, comment, type, inside;

	if (!rd_part32(r, BLOB_MAX, &blob) || !rd_part32(r, HOST_KEYS_ANSWER_MAX, &comment))
		return false;
	inside = blob;
	if (!rd_part32(&inside, TYPE_MAX, &type) || !type.len || !is_type(type))
		return false;
	wr_bytes(out, type);
	wr_str(out, " ");
	wr_base64(out, blob, BASE64_PADDED);
	wr_str(out, "\n");
	return true;
}

int host_keys_read(struct rd answer, struct wr *out)
{
	struct rd body;
	uint32_t len, n;
	uint8_t type;

	if (!rd_u32(&answer, &len))
		return HOST_KEYS_MORE;
	if (len > HOST_KEYS_ANSWER_MAX)
		return -EBADMSG;
	if (!rd_take(&answer, len, &body))
		return HOST_KEYS_MORE;
	if (answer.len || !rd_u8(&body, &type) || type != IDENTITIES_ANSWER || !rd_u32(&body, &n) || n == 0 ||
	    n > HOST_KEYS_MAX)
		return -EBADMSG;
	while (n--)
		if (!read_key(&body, out))
			return -EBADMSG;
	return body.len == 0 && wr_ok(out) ? 0 : -EBADMSG;
}
