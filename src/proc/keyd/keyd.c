/*
 * Is:        the main of slagboom-keyd: the private keys of the logs, of the front door,
 *            of receipts and of the logins to elements.
 * Is not:    a signing oracle: it writes the checkpoint itself, of its own logs
 *            alone, and never signs two roots for one size or a smaller size; the key of
 *            receipts signs nothing that does not say in its first line that it is one; of
 *            other keys see keyd/agent.h.
 * Called by: the supervisor; evidenced and deskd ask, and who the door brings
 *            (proc/broker.h).
 * Owns:      the keys.
 * Trust:     evidenced, deskd, edges and sshd may have been taken over.
 *
 * usage: slagboom-keyd ORIGIN
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/random.h"
#include "crypto/start.h"
#include "evidence/checkpoint.h"
#include "evidence/note.h"
#include "os/disk.h"
#include "os/fd.h"
#include "proc/broker.h"
#include "proc/child.h"
#include "proc/control.h"
#include "proc/keyd/agent.h"
#include "proc/keyd/approval_check.h"
#include "proc/keyd/credential.h"
#include "proc/keyd/operator.h"
#include "proc/keyd/store.h"
#include "proc/talk/key_proto.h"
#include "proto/agent.h"

/* One log's key, and the link to the process that writes that log. */
struct signer {
	const char *peer;
	struct ipc *link;
	const struct ed25519_key *key;
	struct note_key public;
	struct merkle_head last; /* signed in this life of ours */
};

static struct keyd {
	const char *origin;
	struct loop *loop;
	struct key_store store;
	struct signer signer[KEY_N];
	struct ed25519_key host; /* the front door's */
	struct disk_dir disk;
	struct credential_store credentials;
	struct key_agents agents;
	struct key_operators operators;
	struct ipc *door;
} keyd = { .signer = { [KEY_LOG_CORE] = { .peer = "evidenced-core" },
	       [KEY_LOG_INTERCEPT] = { .peer = "evidenced-intercept" }, [KEY_RECEIPTS] = { .peer = "deskd" } } };

static bool may_sign(const struct signer *s, const struct merkle_head *head)
{
	if (head->size == s->last.size)
		return head->size == 0 || hash_equal(&head->root, &s->last.root);
	return head->size > s->last.size;
}

static int answer(struct signer *s, const struct merkle_head *head)
{
	AUTO(buf_done) struct buf text = { 0 }, note = { 0 };
	struct ed25519_sig sig;

	buf_init(&text, KEY_NOTE_MAX);
	buf_init(&note, KEY_NOTE_MAX);
	struct wr t = wr_to(&text), n = wr_to(&note);
	wr_checkpoint(&t, rd_str(s->public.name), head);
	if (!wr_ok(&t))
		return -ENOBUFS;
	ed25519_sign(s->key, buf_rd(&text), &sig);
	wr_note(&n, buf_rd(&text));
	wr_note_sig(&n, &s->public, rd_of(sig.b, sizeof(sig.b)));
	if (!wr_ok(&n))
		return -ENOBUFS;
	s->last = *head;
	return ipc_send(s->link, KEY_SIGNED, buf_rd(&note)) == 0 ? 0 : -ENOBUFS;
}

static int on_sign(void *ctx, struct ipc_in *in)
{
	struct signer *s = ctx;
	struct merkle_head head;

	if (!rd_u64(&in->body, &head.size) || !rd_copy(&in->body, head.root.b, sizeof(head.root.b)))
		return -EBADMSG;
	if (may_sign(s, &head))
		return answer(s, &head);
	struct event e = { .id = EVENT_LOG_FORKED, .value = { { .number = (int64_t)head.size },
		{ .bytes = rd_str(s->peer) }, { .number = (int64_t)s->last.size } } };
	child_event(&e);
	return ipc_send(s->link, KEY_REFUSED, rd_of(NULL, 0)) == 0 ? 0 : -ENOBUFS;
}

static const struct ipc_row rows[] = {
	{ KEY_SIGN, "sign", 1 << 0, false, 0, KEY_SIGN_LEN, on_sign },
};
static const struct ipc_table table = { "keyd", rows, ARRAY_LEN(rows) };

/* Whether a signed note can hold it, and it is a receipt. */
static bool is_receipt(struct rd text)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd r = text;

	buf_init(&b, KEY_NOTE_MAX);
	struct wr w = wr_to(&b);
	wr_note(&w, text);
	return wr_ok(&w) && rd_word(&r, RECEIPT_FIRST_LINE);
}

static int on_receipt(void *ctx, struct ipc_in *in)
{
	AUTO(buf_done) struct buf answer = { 0 };
	struct signer *s = ctx;
	struct ed25519_sig sig;
	uint64_t number;
	struct rd text;

	if (!rd_u64(&in->body, &number) || !rd_take(&in->body, in->body.len, &text))
		return -EBADMSG;
	buf_init(&answer, 8 + KEY_NOTE_MAX);
	struct wr w = wr_to(&answer);
	wr_u64(&w, number);
	if (is_receipt(text)) {
		ed25519_sign(s->key, text, &sig);
		wr_note(&w, text);
		wr_note_sig(&w, &s->public, rd_of(sig.b, sizeof(sig.b)));
	}
	if (!wr_ok(&w))
		return -ENOBUFS;
	return ipc_send(s->link, KEY_RECEIPT_SIGNED, buf_rd(&answer)) == 0 ? 0 : -ENOBUFS;
}

/* No key of ours is in it: it is here so that who asks for a grant and who keeps the grants are
 * not the ones who say that its signatures are good. */
static int on_check(void *ctx, struct ipc_in *in)
{
	AUTO(buf_done) struct buf answer = { 0 };
	struct signer *s = ctx;
	struct key_check c;
	uint64_t number;

	if (!rd_u64(&in->body, &number) || !key_check_read(&in->body, &c))
		return -EBADMSG;
	buf_init(&answer, 16);
	struct wr w = wr_to(&answer);
	wr_u64(&w, number);
	wr_u8(&w, approval_check(NULL, &c.sig, c.message));
	return wr_ok(&w) && ipc_send(s->link, KEY_CHECKED, buf_rd(&answer)) == 0 ? 0 : -ENOBUFS;
}

static const struct ipc_row receipt_rows[] = {
	{ KEY_CHECK, "check", 1 << 0, false, 0, IPC_BODY_MAX, on_check },
	{ KEY_RECEIPT, "receipt", 1 << 0, false, 0, 8 + KEY_RECEIPT_MAX, on_receipt },
};
static const struct ipc_table receipt_table = { "keyd-receipts", receipt_rows, ARRAY_LEN(receipt_rows) };

static void on_closed(void *ctx, int err)
{
	struct signer *s = ctx;

	if (err < 0)
		child_link_refused(s->peer, ipc_refusal(s->link));
	ipc_free(&s->link);
}

static int on_broker(void *ctx, struct ipc_in *in)
{
	struct keyd *k = ctx;
	struct rd newcomer;
	int fd = in->fd[0];

	if (!rd_part8(&in->body, KEY_AGENT_NAME_MAX, &newcomer))
		return -EBADMSG;
	in->fd[0] = -1;
	return key_agents_join(&k->agents, newcomer, fd);
}

static const struct ipc_row door_rows[] = {
	{ BROKER_LINK, "broker-link", 1 << 0, false, 1, 1 + KEY_AGENT_NAME_MAX, on_broker },
};
static const struct ipc_table door_table = { "keyd", door_rows, ARRAY_LEN(door_rows) };

/* Without the door those that it brought go on: they are other processes. */
static void on_door_closed(void *ctx, int err)
{
	struct keyd *k = ctx;

	if (err < 0)
		child_link_refused("door", ipc_refusal(k->door));
	ipc_free(&k->door);
}

static int linked(void *ctx, struct rd peer, int fd)
{
	struct keyd *k = ctx;
	struct rd name = peer;
	uint64_t uid;

	if (rd_word(&name, CONTROL_OPERATOR_PEER) && text_u64(name, &uid) && uid <= UINT32_MAX)
		return key_operators_join(&k->operators, uid, fd);
	if (rd_is(&peer, "door")) {
		ipc_free(&k->door);
		return ipc_new(k->loop, fd, &door_table, k, on_door_closed, &k->door);
	}
	for (unsigned id = 0; id < KEY_N; id++) {
		struct signer *s = &k->signer[id];
		if (!rd_is(&peer, s->peer))
			continue;
		ipc_free(&s->link);
		return ipc_new(k->loop, fd, id == KEY_RECEIPTS ? &receipt_table : &table, s, on_closed, &s->link);
	}
	fd_close(&fd);
	return -EINVAL;
}

static int name_key(struct keyd *k, unsigned id, int dir_fd)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct signer *s = &k->signer[id];
	static const char *const names[KEY_N] = { "core", "intercept", "receipts" };
	char file[64], name[NOTE_NAME_MAX + 1];

	s->key = &k->store.key[id];
	(void)snprintf(name, sizeof(name), "%s/%s", k->origin, names[id]);
	if (!note_name_ok(rd_str(name))) {
		(void)dprintf(STDERR_FILENO, "the origin may hold no space and no plus sign\n");
		return -EINVAL;
	}
	note_key_make(rd_str(name), NOTE_ED25519, &s->key->pub, &s->public);
	buf_init(&b, NOTE_VKEY_MAX);
	struct wr w = wr_to(&b);
	wr_note_key(&w, &s->public);
	wr_str(&w, "\n");
	(void)snprintf(file, sizeof(file), "%s.vkey", key_name((enum key_id)id));
	return wr_ok(&w) ? fd_replace_file(dir_fd, file, buf_rd(&b), 0444) : -ENOBUFS;
}

/* The front door's host key, made at the first start, and its public half for sshd. */
static int open_host_key(struct keyd *k, int dir_fd)
{
	AUTO(buf_done) struct buf b = { 0 }, blob = { 0 };
	AUTO(secret_done) struct secret seed = { .p = NULL };
	int r = key_file_open(&seed, dir_fd, "host-ed25519.seed", random_system());

	if (r < 0) {
		(void)dprintf(STDERR_FILENO, "key host-ed25519.seed: %s\n", strerror(-r));
		return r;
	}
	ed25519_key_init(&k->host, &seed);
	buf_init(&blob, AGENT_ED25519_BLOB_LEN);
	buf_init(&b, 256);
	struct wr w = wr_to(&b), bw = wr_to(&blob);
	agent_write_ed25519_blob(&bw, rd_of(k->host.pub.b, sizeof(k->host.pub.b)));
	wr_str(&w, "ssh-ed25519 ");
	wr_base64(&w, buf_rd(&blob), BASE64_PADDED);
	wr_str(&w, " slagboom\n");
	return wr_ok(&w) ? fd_replace_file(dir_fd, "host-ed25519.pub", buf_rd(&b), 0444) : -ENOBUFS;
}

static int prepare(void *ctx, int dir_fd)
{
	struct keyd *k = ctx;
	int r;

	crypto_start();
	r = key_store_open(&k->store, dir_fd, random_system());
	for (unsigned id = 0; id < KEY_N && r == 0; id++)
		r = name_key(k, id, dir_fd);
	if (r == 0)
		r = open_host_key(k, dir_fd);
	/* Behind the belts the same directory is the root. */
	disk_dir_init(&k->disk, CHILD_ROOT_FD);
	if (r == 0)
		r = credential_store_open(&k->credentials, &k->disk.disk);
	return r;
}

static int start(void *ctx, struct loop *l)
{
	struct keyd *k = ctx;

	k->loop = l;
	k->operators = (struct key_operators){ .loop = l, .store = &k->credentials, .host = &k->host,
		.event = child_event };
	key_agents_init(&k->agents, l, &k->credentials, &k->host, child_event);
	return 0;
}

static void done(void *ctx)
{
	struct keyd *k = ctx;

	for (unsigned id = 0; id < KEY_N; id++)
		ipc_free(&k->signer[id].link);
	ipc_free(&k->door);
	key_operators_done(&k->operators);
	key_agents_done(&k->agents);
	credential_store_close(&k->credentials);
	ed25519_key_done(&k->host);
	key_store_close(&k->store);
}

int main(int argc, char **argv)
{
	static const struct child me = { .name = "keyd", .prepare = prepare, .start = start, .linked = linked,
		.done = done, .ctx = &keyd };

	if (argc != 2) {
		(void)dprintf(STDERR_FILENO, "usage: slagboom-keyd ORIGIN; the supervisor starts it\n");
		return 2;
	}
	keyd.origin = argv[1];
	return child_main(&me);
}
