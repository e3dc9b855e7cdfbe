/*
 * Is:        keyd's links to edges and to sshd (contract in the header).
 * Is not:    an oracle.
 * Called by: keyd.
 * Owns:      the links.
 * Trust:     hostile peers.
 */
#include "proc/keyd/agent.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/fd.h"
#include "os/loop.h"
#include "proc/keyd/credential.h"
#include "proto/agent.h"

/* More than any login needs: clients ask twice, and passwords may be retried. */
enum { ANSWERS_MAX = 64, SESSION_MAX = 64, ANSWER_MAX = 2048 };

struct key_link {
	struct list node;
	struct key_agents *all;
	int fd;
	struct loop_watch *watch;
	struct buf in;
	char peer[EVENT_NAME_MAX + 1];
	char credential[CREDENTIAL_NAME_MAX + 1]; /* "": the host's */
	uint8_t session[SESSION_MAX]; /* the one connection that it logs in on */
	size_t session_len;
	unsigned n_answers, told;     /* told: bit n, secret n was reported as used */
	bool is_over;
};

static void link_free(struct key_link *k)
{
	loop_unwatch(k->all->loop, &k->watch);
	fd_close(&k->fd);
	buf_wipe(&k->in);
	list_remove(&k->node);
	k->all->n_links--;
	mem_free(&k);
}

static struct rd credential_of(const struct key_link *k)
{
	return rd_str(k->credential[0] ? k->credential : "host");
}

/* Refused: the peer is told nothing but that, once. */
static void refuse(struct key_link *k, struct wr *w, const char *why)
{
	struct event e = { .id = EVENT_CREDENTIAL_REFUSED,
		.value = { { .bytes = credential_of(k) }, { .bytes = rd_str(k->peer) }, { .bytes = rd_str(why) } } };

	k->all->event(&e);
	agent_write_failure(w);
	k->is_over = true;
}

static void tell_used(struct key_link *k, const char *what)
{
	struct event e = { .id = EVENT_CREDENTIAL_USED,
		.value = { { .bytes = credential_of(k) }, { .bytes = rd_str(k->peer) }, { .bytes = rd_str(what) } } };

	k->all->event(&e);
}

static void write_blob(struct buf *b, const struct ed25519_key *key)
{
	buf_init(b, AGENT_ED25519_BLOB_LEN);
	struct wr w = wr_to(b);
	agent_write_ed25519_blob(&w, rd_of(key->pub.b, sizeof(key->pub.b)));
}

static void answer_identities(struct wr *w, const struct ed25519_key *key, struct rd comment)
{
	AUTO(buf_done) struct buf blob = { 0 };
	struct agent_identity id = { .comment = comment };

	if (key) {
		write_blob(&blob, key);
		id.blob = buf_rd(&blob);
	}
	agent_write_identities(w, &id, key != NULL);
}

static bool is_our_key(const struct ed25519_key *key, struct rd blob)
{
	AUTO(buf_done) struct buf ours = { 0 };

	write_blob(&ours, key);
	struct rd r = buf_rd(&ours);
	return rd_equal(&r, &blob);
}

/* Every login of one link is for the connection that the first was for. */
static bool is_same_session(struct key_link *k, struct rd session)
{
	struct rd bound = rd_of(k->session, k->session_len);

	if (k->session_len)
		return rd_equal(&bound, &session);
	k->session_len = session.len;
	return rd_copy(&session, k->session, session.len);
}

/* Why an edge may not have this signed, or NULL. */
static const char *why_not_login(struct key_link *k, const struct credential *c, struct rd data)
{
	struct agent_login l;

	if (!agent_login_read(data, &l))
		return "the bytes to sign are no login";
	if (!rd_equal(&l.user, &c->user))
		return "the login is for another user than the credential's";
	if (!rd_is(&l.algorithm, "ssh-ed25519") || !is_our_key(&c->key, l.key))
		return "the login names another key";
	if (l.session.len > SESSION_MAX || !is_same_session(k, l.session))
		return "a second connection's login over one link";
	return NULL;
}

static void answer_sign(struct key_link *k, struct wr *w, const struct credential *c,
    const struct agent_request *q)
{
	const struct ed25519_key *key = c ? &c->key : k->all->host;
	struct ed25519_sig sig;
	const char *why = NULL;

	if (!is_our_key(key, q->key) || q->flags != 0)
		why = "another key was asked for";
	else if (c)
		why = why_not_login(k, c, q->data);
	else if (!agent_is_exchange_hash(q->data))
		why = "the bytes to sign are no exchange hash";
	if (why) {
		refuse(k, w, why);
		return;
	}
	ed25519_sign(key, q->data, &sig);
	agent_write_signature(w, rd_of(sig.b, sizeof(sig.b)));
	if (c)
		tell_used(k, "signature");
}

static void answer_secret(struct key_link *k, struct wr *w, const struct credential *c, enum agent_secret which)
{
	static const char *const names[] = { "user", "password", "enable" };
	const struct rd parts[] = { c->user, c->password, c->enable };

	if (parts[which].len == 0) {
		agent_write_failure(w);
		return;
	}
	agent_write_secret(w, parts[which]);
	if (which != AGENT_SECRET_USER && !(k->told >> which & 1))
		tell_used(k, names[which]);
	k->told |= 1u << which;
}

static void answer(struct key_link *k, struct wr *w, const struct agent_request *q)
{
	const struct credential *c = NULL;
	bool is_host = k->credential[0] == '\0';

	if (!is_host)
		c = credential_find(k->all->store, rd_str(k->credential));
	if (!is_host && !c) {
		refuse(k, w, "the credential was removed");
		return;
	}
	bool has_key = is_host || c->kind == CREDENTIAL_KEY;
	if (q->kind == AGENT_IDENTITIES)
		answer_identities(w, is_host ? k->all->host : has_key ? &c->key : NULL, credential_of(k));
	else if (q->kind == AGENT_SIGN && has_key)
		answer_sign(k, w, c, q);
	else if (q->kind == AGENT_SECRET && c)
		answer_secret(k, w, c, q->secret);
	else if (q->kind == AGENT_OTHER)
		agent_write_failure(w); /* OpenSSH binds its sessions first, and goes on without */
	else
		refuse(k, w, "this credential has no such part");
}

/* One answer, or none for what is not there yet: 1 answered, 0 no more, or the link ends. */
static int serve(struct key_link *k)
{
	AUTO(buf_wipe) struct buf out = { 0 };
	struct rd all = buf_rd(&k->in), reply;
	struct agent_request q;
	int r = agent_request_take(&all, &q);

	if (r != 0)
		return r == AGENT_MORE ? 0 : -EBADMSG;
	if (k->n_answers++ == ANSWERS_MAX && k->credential[0])
		return -EDQUOT;
	buf_init(&out, ANSWER_MAX);
	struct wr w = wr_to(&out);
	answer(k, &w, &q);
	buf_drop(&k->in, k->in.len - all.len);
	if (!wr_ok(&w))
		return -ENOBUFS;
	/* A peer that does not take a short answer has no further use for one. */
	reply = buf_rd(&out);
	if (write(k->fd, reply.p, reply.len) != (ssize_t)reply.len || k->is_over)
		return -EPIPE;
	return 1;
}

static void on_readable(void *ctx, uint32_t events)
{
	struct key_link *k = ctx;
	ssize_t n = fd_read(k->fd, &k->in);
	int r = 1;

	if (n == -EAGAIN)
		return;
	if (n > 0) {
		while (r > 0)
			r = serve(k);
	}
	if (r == -EBADMSG || r == -EDQUOT) {
		AUTO(buf_done) struct buf none = { 0 };
		buf_init(&none, 16);
		struct wr w = wr_to(&none);
		refuse(k, &w, r == -EBADMSG ? "not the agent protocol" : "too many requests");
	}
	if (n <= 0 || r < 0)
		link_free(k);
}

void key_agents_init(struct key_agents *a, struct loop *l, const struct credential_store *store,
    const struct ed25519_key *host, void (*event)(const struct event *e))
{
	*a = (struct key_agents){ .loop = l, .store = store, .host = host, .event = event };
	list_init(&a->links);
}

void key_agents_done(struct key_agents *a)
{
	if (a->loop)
		LIST_EACH(it, &a->links)
			link_free(CONTAINER_OF(it, struct key_link, node));
}

static int add_link(struct key_agents *a, struct rd peer, struct rd credential, int fd)
{
	struct key_link *k = mem_new(1, sizeof(*k));
	int r;

	*k = (struct key_link){ .all = a, .fd = fd };
	(void)snprintf(k->peer, sizeof(k->peer), "%.*s", (int)peer.len, (const char *)peer.p);
	(void)snprintf(k->credential, sizeof(k->credential), "%.*s", (int)credential.len, (const char *)credential.p);
	buf_init(&k->in, AGENT_WIRE_MAX);
	list_append(&a->links, &k->node);
	a->n_links++;
	r = fd_set_nonblock(fd, true);
	if (r == 0)
		r = loop_watch(a->loop, fd, EPOLLIN, on_readable, k, &k->watch);
	if (r < 0)
		link_free(k);
	return 0; /* what cannot be served is closed, which its peer sees */
}

int key_agents_join(struct key_agents *a, struct rd newcomer, int fd)
{
	struct rd peer = newcomer, rest = newcomer, credential = rd_of(NULL, 0);
	bool is_host = rd_is(&newcomer, "host");

	if (!is_host) {
		if (!rd_until(&rest, ' ', &peer) || !event_name_ok(peer) || peer.len == 0 || !credential_name_ok(rest)) {
			fd_close(&fd);
			return -EINVAL;
		}
		credential = rest;
	}
	bool is_full = a->n_links >= (is_host ? KEY_AGENT_LINKS_MAX : KEY_AGENT_EDGES_MAX);
	if (is_full || (!is_host && !credential_find(a->store, credential))) {
		struct event e = { .id = EVENT_CREDENTIAL_REFUSED, .value = { { .bytes = is_host ? newcomer : credential },
			{ .bytes = peer }, { .bytes = rd_str(is_full ? "too many links" :
			"there is no such credential") } } };
		a->event(&e);
		fd_close(&fd);
		return 0;
	}
	return add_link(a, peer, credential, fd);
}
