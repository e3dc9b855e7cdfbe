/*
 * Is:        keyd's links to the command line.
 * Is not:    a way to read a secret.
 * Called by: keyd.
 * Owns:      its links.
 * Trust:     the supervisor has checked who it is.
 */
#include "proc/keyd/operator.h"

#include <errno.h>

#include "base/mem.h"
#include "crypto/random.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "proc/child.h"
#include "proc/keyd/credential.h"
#include "proc/talk/credential_proto.h"
#include "proto/agent.h"

enum { ROW_MAX = 512 };

static int end(struct key_operator *o, int r)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 4);
	struct wr w = wr_to(&b);
	wr_u32(&w, (uint32_t)(r < 0 ? CREDENTIAL_ERRNO - r : r));
	return ipc_send(o->link, CREDENTIAL_END, buf_rd(&b)) == 0 ? 0 : -ENOBUFS;
}

static int send_row(struct key_operator *o, struct rd name, unsigned kind, struct rd user,
    const struct ed25519_key *key)
{
	AUTO(buf_done) struct buf b = { 0 }, blob = { 0 };

	buf_init(&b, ROW_MAX);
	buf_init(&blob, AGENT_ED25519_BLOB_LEN);
	struct wr w = wr_to(&b), k = wr_to(&blob);
	if (key)
		agent_write_ed25519_blob(&k, rd_of(key->pub.b, sizeof(key->pub.b)));
	wr_part8(&w, name);
	wr_u8(&w, (uint8_t)kind);
	wr_part8(&w, user);
	wr_part8(&w, buf_rd(&blob));
	return wr_ok(&w) && ipc_send(o->link, CREDENTIAL_ROW, buf_rd(&b)) == 0 ? 0 : -ENOBUFS;
}

static int send_credential(struct key_operator *o, const struct credential *c)
{
	return send_row(o, rd_str(c->name), c->kind, c->user, c->kind == CREDENTIAL_KEY ? &c->key : NULL);
}

static int on_list(void *ctx, struct ipc_in *in)
{
	struct key_operator *o = ctx;
	const struct credential *c;
	struct rd name;
	int r = 0;

	if (!rd_part8(&in->body, CREDENTIAL_NAME_MAX, &name))
		return -EBADMSG;
	c = credential_after(o->all->store, name);
	for (unsigned n = 0; c && r == 0 && n < CREDENTIAL_PAGE; n++) {
		r = send_credential(o, c);
		c = credential_after(o->all->store, rd_str(c->name));
	}
	return r == 0 ? end(o, 0) : r;
}

/* Adds, and answers with the row and the end. */
static int add(struct key_operator *o, struct rd name, struct rd body)
{
	int r = credential_add(o->all->store, name, body), sent = 0;

	if (r == 0) {
		const struct credential *c = credential_find(o->all->store, name);
		struct event e = { .id = EVENT_CREDENTIAL_ADDED, .value = { { .number = (int64_t)o->uid },
			{ .bytes = name }, { .bytes = rd_str(c->kind == CREDENTIAL_KEY ? "key" : "password") } } };
		o->all->event(&e);
		sent = send_credential(o, c);
	}
	return sent == 0 ? end(o, r) : sent;
}

static int on_add(void *ctx, struct ipc_in *in)
{
	struct rd name, body;

	if (!rd_part8(&in->body, CREDENTIAL_NAME_MAX, &name) || !rd_part16(&in->body, CREDENTIAL_BODY_MAX, &body))
		return -EBADMSG;
	return add(ctx, name, body);
}

static int on_generate(void *ctx, struct ipc_in *in)
{
	AUTO(buf_wipe) struct buf b = { 0 };
	AUTO(secret_done) struct secret seed = { .p = NULL };
	struct rd name, user;

	if (!rd_part8(&in->body, CREDENTIAL_NAME_MAX, &name) || !rd_part8(&in->body, CREDENTIAL_USER_MAX, &user))
		return -EBADMSG;
	buf_init(&b, CREDENTIAL_BODY_MAX);
	struct wr w = wr_to(&b);
	secret_make(&seed, ED25519_SEED_LEN, random_system());
	credential_write_key(&w, user, secret_rd(&seed));
	return wr_ok(&w) ? add(ctx, name, buf_rd(&b)) : -ENOBUFS;
}

static int on_remove(void *ctx, struct ipc_in *in)
{
	struct key_operator *o = ctx;
	struct rd name;
	int r;

	if (!rd_part8(&in->body, CREDENTIAL_NAME_MAX, &name))
		return -EBADMSG;
	r = credential_remove(o->all->store, name);
	if (r == 0) {
		struct event e = { .id = EVENT_CREDENTIAL_REMOVED,
			.value = { { .number = (int64_t)o->uid }, { .bytes = name } } };
		o->all->event(&e);
	}
	return end(o, r);
}

static int on_host_key(void *ctx, struct ipc_in *in)
{
	struct key_operator *o = ctx;
	int r = send_row(o, rd_str("host"), CREDENTIAL_KEY, rd_of(NULL, 0), o->all->host);

	return r == 0 ? end(o, 0) : r;
}

static const struct ipc_row rows[] = {
	{ CREDENTIAL_LIST, "list", 1 << 0, false, 0, 1 + CREDENTIAL_NAME_MAX, on_list },
	{ CREDENTIAL_ADD, "add", 1 << 0, false, 0, 1 + CREDENTIAL_NAME_MAX + 2 + CREDENTIAL_BODY_MAX, on_add },
	{ CREDENTIAL_GENERATE, "generate", 1 << 0, false, 0, 2 + CREDENTIAL_NAME_MAX + CREDENTIAL_USER_MAX, on_generate },
	{ CREDENTIAL_REMOVE, "remove", 1 << 0, false, 0, 1 + CREDENTIAL_NAME_MAX, on_remove },
	{ CREDENTIAL_HOST_KEY, "host-key", 1 << 0, false, 0, 0, on_host_key },
};
static const struct ipc_table table = { "credentials", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	struct key_operator *o = ctx;

	if (err == -EPROTO || err == -EBADMSG)
		child_link_refused("command-line", ipc_refusal(o->link));
	ipc_free(&o->link);
}

int key_operators_join(struct key_operators *o, uint64_t uid, int fd)
{
	for (size_t i = 0; i < KEY_OPERATORS_MAX; i++) {
		struct key_operator *one = &o->one[i];
		if (one->link)
			continue;
		one->all = o;
		one->uid = uid;
		return ipc_new(o->loop, fd, &table, one, on_closed, &one->link);
	}
	fd_close(&fd); /* they try again */
	return 0;
}

void key_operators_done(struct key_operators *o)
{
	for (size_t i = 0; i < KEY_OPERATORS_MAX; i++)
		ipc_free(&o->one[i].link);
}
