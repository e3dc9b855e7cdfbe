/*
 * Is:        the part of the ssh-agent protocol that keyd serves (contract in the header).
 * Is not:    an agent.
 * Called by: keyd, edges.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "proto/agent.h"

#include "base/assert.h"

/* draft-ietf-sshm-ssh-agent section 6.1 */
enum {
	FAILURE = 5,
	REQUEST_IDENTITIES = 11,
	IDENTITIES_ANSWER = 12,
	SIGN_REQUEST = 13,
	SIGN_RESPONSE = 14,
	EXTENSION = 27,
	EXTENSION_RESPONSE = 29,
};

/* SSH_MSG_USERAUTH_REQUEST */
enum { USERAUTH_REQUEST = 50 };

/* Session identifiers are exchange hashes: SHA-1 in the oldest, SHA-512 in the longest. */
enum { SESSION_MIN = 20, SESSION_MAX = 64, USER_MAX = 255, NAME_MAX_LEN = 64, KEY_MAX = 4096 };

static const char secret_name[] = "secret@slagboom";

/* One whole message from the front of a stream. */
static int take_message(struct rd *in, uint8_t *type, struct rd *body)
{
	struct rd t = *in, message;
	uint32_t len;

	if (!rd_u32(&t, &len))
		return AGENT_MORE;
	if (len == 0 || len > AGENT_MESSAGE_MAX)
		return AGENT_BAD;
	if (!rd_take(&t, len, &message))
		return AGENT_MORE;
	if (!rd_u8(&message, type))
		return AGENT_BAD;
	*body = message;
	*in = t;
	return 0;
}

static bool read_sign(struct rd body, struct agent_request *q)
{
	q->kind = AGENT_SIGN;
	return rd_part32(&body, AGENT_MESSAGE_MAX, &q->key) && rd_part32(&body, AGENT_MESSAGE_MAX, &q->data) &&
	    rd_u32(&body, &q->flags) && body.len == 0;
}

/* An extension of somebody else's is well formed whatever follows its name. */
static bool read_extension(struct rd body, struct agent_request *q)
{
	struct rd name;
	uint8_t which;

	if (!rd_part32(&body, AGENT_MESSAGE_MAX, &name))
		return false;
	if (!rd_is(&name, secret_name))
		return true;
	if (!rd_u8(&body, &which) || which >= AGENT_SECRETS || body.len)
		return false;
	q->kind = AGENT_SECRET;
	q->secret = (enum agent_secret)which;
	return true;
}

static bool read_request(uint8_t type, struct rd body, struct agent_request *q)
{
	switch (type) {
	case REQUEST_IDENTITIES:
		q->kind = AGENT_IDENTITIES;
		return body.len == 0;
	case SIGN_REQUEST:
		return read_sign(body, q);
	case EXTENSION:
		return read_extension(body, q);
	default:
		return true; /* AGENT_OTHER */
	}
}

int agent_request_take(struct rd *in, struct agent_request *out)
{
	struct agent_request q = { .kind = AGENT_OTHER };
	struct rd t = *in, body;
	uint8_t type;
	int r = take_message(&t, &type, &body);

	if (r != 0)
		return r;
	if (!read_request(type, body, &q))
		return AGENT_BAD;
	*out = q;
	*in = t;
	return 0;
}

/* Answers. */

void agent_write_failure(struct wr *w)
{
	wr_u32(w, 1);
	wr_u8(w, FAILURE);
}

void agent_write_identities(struct wr *w, const struct agent_identity *keys, uint32_t n)
{
	size_t message = wr_open32(w);

	wr_u8(w, IDENTITIES_ANSWER);
	wr_u32(w, n);
	for (uint32_t i = 0; i < n; i++) {
		wr_part32(w, keys[i].blob);
		wr_part32(w, keys[i].comment);
	}
	wr_close32(w, message);
}

void agent_write_signature(struct wr *w, struct rd ed25519)
{
	size_t message = wr_open32(w), signature;

	wr_u8(w, SIGN_RESPONSE);
	signature = wr_open32(w);
	wr_part32(w, rd_str("ssh-ed25519"));
	wr_part32(w, ed25519);
	wr_close32(w, signature);
	wr_close32(w, message);
}

void agent_write_secret(struct wr *w, struct rd secret)
{
	size_t message = wr_open32(w);

	wr_u8(w, EXTENSION_RESPONSE);
	wr_part32(w, rd_str(secret_name));
	wr_part32(w, secret);
	wr_close32(w, message);
}

/* The asker's side. */

void agent_ask_secret(struct wr *w, enum agent_secret which)
{
	size_t message = wr_open32(w);

	wr_u8(w, EXTENSION);
	wr_part32(w, rd_str(secret_name));
	wr_u8(w, (uint8_t)which);
	wr_close32(w, message);
}

static bool read_secret(struct rd body, struct rd *out)
{
	struct rd name, secret;

	if (!rd_part32(&body, AGENT_MESSAGE_MAX, &name) || !rd_is(&name, secret_name))
		return false;
	if (!rd_part32(&body, AGENT_SECRET_MAX, &secret) || body.len)
		return false;
	*out = secret;
	return true;
}

int agent_answer_take(struct rd *in, struct rd *out_secret)
{
	struct rd t = *in, body;
	uint8_t type;
	int r = take_message(&t, &type, &body);

	if (r != 0)
		return r;
	if (type == FAILURE && body.len == 0)
		r = AGENT_REFUSED;
	else if (type != EXTENSION_RESPONSE || !read_secret(body, out_secret))
		return AGENT_BAD;
	*in = t;
	return r;
}

void agent_write_ed25519_blob(struct wr *w, struct rd public)
{
	wr_part32(w, rd_str("ssh-ed25519"));
	wr_part32(w, public);
}

/* What may be signed. */

bool agent_login_read(struct rd data, struct agent_login *out)
{
	struct agent_login l = { .session = rd_of(NULL, 0) };
	struct rd service, method;
	uint8_t type, has_signature;
	bool binds;

	if (!rd_part32(&data, SESSION_MAX, &l.session) || l.session.len < SESSION_MIN)
		return false;
	if (!rd_u8(&data, &type) || type != USERAUTH_REQUEST || !rd_part32(&data, USER_MAX, &l.user))
		return false;
	if (!rd_part32(&data, NAME_MAX_LEN, &service) || !rd_is(&service, "ssh-connection"))
		return false;
	if (!rd_part32(&data, NAME_MAX_LEN, &method))
		return false;
	binds = rd_is(&method, "publickey-hostbound-v00@openssh.com");
	if (!binds && !rd_is(&method, "publickey"))
		return false;
	if (!rd_u8(&data, &has_signature) || has_signature != 1)
		return false;
	if (!rd_part32(&data, NAME_MAX_LEN, &l.algorithm) || !rd_part32(&data, KEY_MAX, &l.key))
		return false;
	if (binds && (!rd_part32(&data, KEY_MAX, &l.host_key) || l.host_key.len == 0))
		return false;
	if (data.len)
		return false;
	*out = l;
	return true;
}

bool agent_is_exchange_hash(struct rd data)
{
	return data.len == 32 || data.len == 48 || data.len == 64;
}
