/*
 * Is:        the checking of signatures by keyd (contract in the header).
 * Is not:    the check itself (proc/keyd/approval_check.c, in keyd).
 * Called by: requests, officers, receipt.
 * Owns:      the answers, while they are remembered.
 * Trust:     signatures are hostile; keyd is not.
 */
#include "proc/desk/checks.h"

#include <string.h>

#include "base/buf.h"
#include "crypto/sha256.h"
#include "os/ipc.h"
#include "policy/sshsig.h"
#include "proc/desk/officers.h"
#include "proc/desk/receipt.h"
#include "proc/talk/key_proto.h"

enum { REMEMBERED = 1024 };

static struct {
	struct one { uint64_t token; enum check_state state; uint8_t digest[SHA256_LEN]; } one[REMEMBERED];
	uint64_t last_token;
} me;

static struct one *find(const uint8_t digest[SHA256_LEN])
{
	for (size_t i = 0; i < REMEMBERED; i++)
		if (me.one[i].token && memcmp(me.one[i].digest, digest, SHA256_LEN) == 0)
			return &me.one[i];
	return NULL;
}

/* The question as it goes to keyd, with room for its number; two are the same if it is. */
static bool put_question(struct buf *b, uint64_t token, const struct sshsig *s, struct rd message)
{
	const struct key_check c = { *s, message };
	struct wr w = wr_to(b);

	wr_u64(&w, token);
	key_check_write(&w, &c);
	return key_check_fits(&c) && wr_ok(&w);
}

static bool digest_of(const struct sshsig *s, struct rd message, uint8_t out[SHA256_LEN])
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, IPC_BODY_MAX);
	if (!put_question(&b, 0, s, message))
		return false;
	sha256_of(buf_rd(&b), out);
	return true;
}

static bool ask(uint64_t token, const struct sshsig *s, struct rd message)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, IPC_BODY_MAX);
	return put_question(&b, token, s, message) && receipt_to_keyd(KEY_CHECK, buf_rd(&b));
}

enum check_state checks_state(const struct sshsig *s, struct rd message, uint64_t *out_token)
{
	uint8_t digest[SHA256_LEN];
	struct one *o;

	if (!digest_of(s, message, digest))
		return CHECK_BAD; /* of no kind, or longer than any, that could be good */
	o = find(digest);
	if (!o) {
		if (!ask(me.last_token + 1, s, message))
			return CHECK_NOBODY;
		o = &me.one[++me.last_token % REMEMBERED];
		*o = (struct one){ .token = me.last_token, .state = CHECK_ASKED };
		memcpy(o->digest, digest, sizeof(o->digest));
	}
	if (o->state == CHECK_ASKED)
		*out_token = o->token;
	return o->state;
}

bool checks_verify(void *ctx, const struct sshsig *s, struct rd message)
{
	uint8_t digest[SHA256_LEN];
	const struct one *o;

	(void)ctx;
	o = digest_of(s, message, digest) ? find(digest) : NULL;
	return o && o->state == CHECK_GOOD;
}

bool checks_answered(struct rd body)
{
	uint64_t token;
	uint8_t good;
	struct one *o;

	if (!rd_u64(&body, &token) || !rd_u8(&body, &good) || good > 1 || body.len || token == 0 || token > me.last_token)
		return false;
	o = &me.one[token % REMEMBERED];
	if (o->token == token && o->state == CHECK_ASKED)
		o->state = good ? CHECK_GOOD : CHECK_BAD;
	officers_checked(token);
	return true;
}

void checks_gone(void)
{
	for (size_t i = 0; i < REMEMBERED; i++)
		if (me.one[i].state == CHECK_ASKED)
			me.one[i] = (struct one){ .token = 0 };
	officers_checked(me.last_token);
}
