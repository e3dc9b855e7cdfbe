/*
 * Is:        the part of the ssh-agent protocol (draft-ietf-sshm-ssh-agent) that keyd
 *            serves, and what it may be asked to sign.
 * Is not:    an agent: no keys, no sockets; adding, removing and locking are not read.
 * Called by: keyd (serves), edges (ask for the parts of a password login).
 * Owns:      nothing.
 * Trust:     hostile, both ways: edges and sshd parse a stranger's bytes and may have been
 *            taken over; an edge takes keyd's answers no further than their form.
 *
 * Wire: u32 length, u8 type, contents; text and blobs are u32 length and bytes. One
 * extension of ours, "secret@slagboom", u8 kind: a part of a password credential.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

enum {
	AGENT_MESSAGE_MAX = 8192, /* behind the length; OpenSSH's own limit is 256 KiB */
	AGENT_WIRE_MAX = 4 + AGENT_MESSAGE_MAX,
	AGENT_SECRET_MAX = 1024,
	AGENT_ED25519_BLOB_LEN = 4 + 11 + 4 + 32,
};

enum agent_request_kind {
	AGENT_OTHER = 0,  /* well framed; to be answered with failure */
	AGENT_IDENTITIES, /* which keys are there? */
	AGENT_SIGN,
	AGENT_SECRET,
};

/* Parts of a password credential; as enum lane_secret, which EDGE_SECRET carries. */
enum agent_secret { AGENT_SECRET_USER, AGENT_SECRET_PASSWORD, AGENT_SECRET_ENABLE, AGENT_SECRETS };

struct agent_request {
	enum agent_request_kind kind;
	struct rd key, data; /* SIGN */
	uint32_t flags;      /* SIGN */
	enum agent_secret secret;
};

/* Takes one request from the front of a stream. 0; AGENT_MORE: not all there yet, nothing
 * taken; AGENT_BAD: too long, or not what its type says: end the stream. */
enum { AGENT_MORE = 1, AGENT_BAD = 2 };
MUST_USE int agent_request_take(struct rd *in, struct agent_request *out);

/* Answers. */
void agent_write_failure(struct wr *w);
struct agent_identity {
	struct rd blob, comment;
};
void agent_write_identities(struct wr *w, const struct agent_identity *keys, uint32_t n);
/* A signature of 64 bytes by an Ed25519 key (RFC 8709 section 6). */
void agent_write_signature(struct wr *w, struct rd ed25519);
void agent_write_secret(struct wr *w, struct rd secret);

/* The asker's side of the extension. The answer is 0 and the secret, AGENT_MORE,
 * AGENT_REFUSED, or AGENT_BAD. */
enum { AGENT_REFUSED = 3 };
void agent_ask_secret(struct wr *w, enum agent_secret which);
MUST_USE int agent_answer_take(struct rd *in, struct rd *out_secret);

/* The wire form of an Ed25519 public key (RFC 8709 section 4). */
void agent_write_ed25519_blob(struct wr *w, struct rd public);

/* What a client signs to log in with a key (RFC 4252 section 7), and with the server's
 * host key in it (OpenSSH's publickey-hostbound-v00). */
struct agent_login {
	struct rd session; /* the exchange hash of that connection */
	struct rd user, algorithm, key;
	struct rd host_key; /* empty when the method does not bind it */
};

/* True when `data` is exactly that, for the service "ssh-connection": no other protocol's
 * bytes can be signed under this name. */
MUST_USE bool agent_login_read(struct rd data, struct agent_login *out);

/* True when `data` can be the exchange hash that a server signs: the output of SHA-2 as
 * RFC 4253 section 8 and its key exchanges have it. A login (above) is never that short. */
MUST_USE bool agent_is_exchange_hash(struct rd data);
