/*
 * Is:        the officers' socket (contract in the header).
 * Is not:    what is done.
 * Called by: deskd.
 * Owns:      its connections.
 * Trust:     any account of the machine may connect.
 */
#include "proc/desk/officers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/random.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "os/loop.h"
#include "policy/approval.h"
#include "policy/explain.h"
#include "proc/desk/book.h"
#include "proc/desk/space.h"
#include "proc/desk/verbs.h"
#include "proc/desk/world.h"
#include "proc/keyd/approval_check.h"

enum { ANSWER_MAX = 8 << 20, TEXT_MAX = 1 << 20 };

struct client {
	struct ipc *ipc;
	uint32_t uid;
	uint64_t serial;
	struct buf sign;             /* what a proof is over; empty when none was asked for */
	char proved[65];            /* the officer who proved his key; "" when nobody did */
	bool proof_failed;
	struct buf attachment;
	struct buf answer;   /* not yet sent */
	enum officer_status status;
	int fd;              /* goes before the answer, or -1 */
	bool is_answered;    /* recorded: may be sent */
	struct buf asked;    /* a question that waits for keyd */
	uint64_t waits_for;  /* for this of its answers; 0: for none */
};

static struct {
	struct loop *loop;
	const char *origin;
	int fd;
	struct loop_watch *watch;
	struct client client[CLIENTS_MAX];
	uint64_t last_serial;
} me;

static void drop(struct client *c)
{
	ipc_free(&c->ipc);
	buf_done(&c->sign);
	buf_done(&c->attachment);
	buf_wipe(&c->answer); /* it may have been a secret */
	buf_done(&c->asked);
	fd_close(&c->fd);
	*c = (struct client){ .fd = -1 };
}

/* Sends what the link takes; the rest when it has drained. */
static void send_answer(struct client *c)
{
	uint8_t status = (uint8_t)c->status;

	if (c->fd >= 0) {
		if (ipc_send_fds(c->ipc, OFFICER_WATCH, rd_of(NULL, 0), &c->fd, 1) == IPC_BUSY)
			return;
		c->fd = -1;
	}
	while (c->answer.len) {
		struct rd all = buf_rd(&c->answer), part;
		if (!rd_slice(&all, 0, all.len > OFFICER_PART_MAX ? OFFICER_PART_MAX : all.len, &part))
			UNREACHABLE();
		if (ipc_send(c->ipc, OFFICER_TEXT, part) != 0)
			return;
		buf_drop(&c->answer, part.len);
	}
	if (c->is_answered && ipc_send(c->ipc, OFFICER_END, rd_of(&status, 1)) == 0)
		c->is_answered = false;
}

static void on_drained(void *ctx)
{
	struct client *c = ctx;

	if (c->is_answered)
		send_answer(c);
}

static void on_recorded(uint64_t slot, uint64_t serial)
{
	struct client *c = &me.client[slot];

	if (c->serial != serial || !c->ipc)
		return; /* he went away; what he did is done and recorded */
	c->is_answered = true;
	send_answer(c);
}

struct rd question_arg(const struct question *q, uint32_t i)
{
	return i < q->ask->n ? q->ask->arg[i] : rd_of(NULL, 0);
}

void question_names(struct question *q, struct rd what)
{
	(void)snprintf(q->detail_text, sizeof(q->detail_text), "%.*s", (int)(what.len < 200 ? what.len : 200),
	    (const char *)what.p);
	q->detail = text_is_utf8(rd_str(q->detail_text)) ? q->detail_text : "?";
}

void question_refuse(struct question *q, const char *why)
{
	q->is_refused = true;
	buf_reset(&q->text);
	(void)!buf_put_str(&q->text, why);
}

bool question_may_see(const struct question *q, struct rd asset)
{
	const struct world *w = world_now();

	return q->officer >= 0 && (!world_is_intercept(w, asset) ||
	    w->policy->officers[q->officer].roles >> ROLE_INTERCEPT & 1);
}

void question_about(struct question *q, struct rd asset)
{
	if (world_is_intercept(world_now(), asset))
		q->log = BOOK_INTERCEPT;
}

/* Recording: what he asked, or that he may not. */

static int64_t record_act(const struct verb *v, const struct question *q)
{
	struct book_about a = { .actor = q->name, .log = q->log };
	struct event e = { .id = EVENT_OFFICER_ACTED,
		.value = { { .bytes = rd_str(q->detail) }, { .bytes = rd_str(v->name) } } };

	return book_event(&a, &e);
}

static int64_t record_refusal(const struct verb *v, const struct question *q, const char *why)
{
	struct book_about a = { .actor = q->name, .log = BOOK_CORE };
	struct event e = { .id = EVENT_OFFICER_REFUSED, .value = { { .number = q->uid }, { .bytes = rd_str(v->name) },
		{ .bytes = rd_str(why) } } };

	return book_event(&a, &e);
}

static const char *who_may(uint32_t roles)
{
	static char text[160];
	AUTO(buf_done) struct buf b = { 0 };
	struct rd names;

	buf_init(&b, 100);
	struct wr w = wr_to(&b);
	explain_roles(&w, roles);
	names = buf_rd(&b);
	(void)snprintf(text, sizeof(text), "your roles do not give you this: it takes %.*s", (int)names.len, (const char *)names.p);
	return text;
}

static enum officer_status may_ask(const struct verb *v, const struct question *q, const char **why)
{
	const struct world *w = world_now();

	if (!w) {
		*why = "there is no policy yet: start with `slagboom up --policy FILE`";
		return OFFICER_NO_POLICY;
	}
	if (v->roles == VERB_ANYBODY)
		return OFFICER_DONE;
	if (q->officer < 0) {
		*why = q->proof_failed ? "this key is no officer's, or no longer" : q->uid == 0 ?
		    "root is no officer: prove that you are one with --key FILE" : "this account is no officer's (the policy "
		    "names accounts with `login`): prove that you are one with --key FILE";
		return OFFICER_NOBODY;
	}
	if (v->needs_room && space_is_low()) {
		*why = "the desk's disk is nearly full: nothing new is granted until there is more room on it";
		return OFFICER_REFUSED;
	}
	if (w->policy->officers[q->officer].roles & v->roles)
		return OFFICER_DONE;
	*why = who_may(v->roles);
	return OFFICER_REFUSED;
}

/* By his key, else by his account. The policy may have changed since he proved it. */
static int who_is(const struct client *c)
{
	const struct world *w = world_now();
	int officer;

	if (c->proved[0] == '\0')
		return c->proof_failed ? MODEL_NONE : world_officer(w, c->uid, world_clock());
	officer = policy_officer(w->policy, rd_str(c->proved));
	return world_officer_is_current(w, officer, world_clock()) ? officer : MODEL_NONE;
}

/* {"ok":BOOL,"result":VALUE,"text":TEXT} */
static void answer(struct client *c, struct question *q, const char *why)
{
	struct rd text = why ? rd_str(why) : buf_rd(&q->text);
	struct json j;
	struct rd value = buf_rd(&q->out);

	buf_init(&c->answer, ANSWER_MAX + TEXT_MAX);
	json_init(&j, &c->answer);
	struct wr w = wr_to(&c->answer);
	wr_str(&w, "{\"ok\":");
	wr_str(&w, c->status == OFFICER_DONE ? "true" : "false");
	wr_str(&w, ",\"result\":");
	if (!why && q->json.w.b && json_ok(&q->json) && value.len)
		wr_bytes(&w, value);
	else
		wr_str(&w, "null");
	wr_str(&w, ",\"text\":");
	json_text(&j, text_is_utf8(text) ? text : rd_str("?"));
	wr_str(&w, "}");
}

static void question_done(struct question *q)
{
	buf_wipe(&q->out);
	buf_wipe(&q->text);
	fd_close(&q->fd);
}

/* It is asked again, as it came, when keyd has answered. */
static int park(struct client *c, struct rd asked, uint64_t token)
{
	if (c->asked.len == 0) {
		buf_init(&c->asked, IPC_BODY_MAX);
		if (!buf_put_rd(&c->asked, asked))
			return -ENOBUFS;
	}
	c->waits_for = token;
	return 0;
}

static int take_question(struct client *c, struct rd asked)
{
	AUTO(question_done) struct question q = { .fd = -1, .detail = "" };
	const struct world *w = world_now();
	struct rd body = asked;
	struct officer_ask ask;
	const struct verb *v;
	const char *why = NULL;
	int64_t event;

	if (!officer_ask_read(&body, &ask) || body.len || !(v = verb_of(ask.verb)))
		return -EBADMSG;
	buf_init(&q.out, ANSWER_MAX);
	buf_init(&q.text, TEXT_MAX);
	json_init(&q.json, &q.out);
	q.ask = &ask;
	q.uid = c->uid;
	q.attachment = buf_rd(&c->attachment);
	q.officer = who_is(c);
	q.proof_failed = c->proof_failed;
	q.name = q.officer >= 0 ? w->policy->officers[q.officer].name : rd_of(NULL, 0);
	c->status = may_ask(v, &q, &why);
	/* The name of a policy that this very act replaces would be gone. */
	char name[65] = "";
	if (q.name.len < sizeof(name))
		(void)!rd_copy(&(struct rd){ q.name.p, q.name.len }, (uint8_t *)name, q.name.len);
	q.name = rd_str(name);
	if (c->status != OFFICER_DONE) {
		event = record_refusal(v, &q, why);
	} else {
		v->run(&q);
		if (q.waits_for)
			return park(c, asked, q.waits_for);
		c->status = q.is_refused ? OFFICER_REFUSED : OFFICER_DONE;
		event = record_act(v, &q);
	}
	answer(c, &q, why);
	c->fd = q.fd;
	q.fd = -1;
	book_then(q.log, event, on_recorded, (uint64_t)(c - me.client), c->serial);
	return 0;
}

static int on_ask(void *ctx, struct ipc_in *in)
{
	struct rd body;

	return rd_take(&in->body, in->body.len, &body) ? take_question(ctx, body) : -EBADMSG;
}

void officers_checked(uint64_t token)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &me.client[i];
		if (c->waits_for == 0 || c->waits_for > token)
			continue;
		c->waits_for = 0;
		if (take_question(c, buf_rd(&c->asked)) < 0)
			drop(c);
	}
}

static int on_who(void *ctx, struct ipc_in *in)
{
	struct client *c = ctx;
	uint8_t nonce[32];

	random_fill(random_system(), nonce, sizeof(nonce));
	buf_init(&c->sign, OFFICER_SIGN_MAX);
	struct wr w = wr_to(&c->sign);
	wr_str(&w, OFFICER_TEXT_BEGIN "origin ");
	wr_str(&w, me.origin);
	wr_str(&w, "\nnonce ");
	wr_hex(&w, rd_of(nonce, sizeof(nonce)));
	wr_str(&w, "\n");
	return wr_ok(&w) && ipc_send(c->ipc, OFFICER_SIGN, buf_rd(&c->sign)) == 0 ? 0 : -EPROTO;
}

/* A failed proof is told with the answer, and recorded with the question. */
static int on_proof(void *ctx, struct ipc_in *in)
{
	const struct world *w = world_now();
	struct approval_world judge = { .verify = approval_check };
	struct client *c = ctx;
	struct rd armored, name;
	int officer = MODEL_NONE;

	if (!rd_take(&in->body, in->body.len, &armored) || c->sign.len == 0)
		return -EBADMSG;
	if (w) {
		judge.policy = w->policy;
		officer = approval_officer(&judge, OFFICER_NAMESPACE, buf_rd(&c->sign), armored);
	}
	buf_reset(&c->sign);
	c->proof_failed = true;
	if (!w || !world_officer_is_current(w, officer, world_clock()))
		return 0;
	name = w->policy->officers[officer].name;
	if (name.len < sizeof(c->proved) && rd_copy(&name, (uint8_t *)c->proved, name.len))
		c->proof_failed = false;
	return 0;
}

static int on_part(void *ctx, struct ipc_in *in)
{
	struct client *c = ctx;
	struct rd part;

	if (!rd_take(&in->body, in->body.len, &part))
		return -EBADMSG;
	/* Attachments are for officers: nobody else makes us keep anything, and why is in the answer. */
	return !world_now() || who_is(c) < 0 || buf_put_rd(&c->attachment, part) ? 0 : -EBADMSG;
}

static const struct ipc_row rows[] = {
	{ OFFICER_PART, "part", 1 << 0, false, 0, OFFICER_PART_MAX, on_part },
	{ OFFICER_ASK, "ask", 1 << 0, true, 0, IPC_BODY_MAX, on_ask },
	{ OFFICER_WHO, "who", 1 << 0, true, 0, 0, on_who },
	{ OFFICER_PROOF, "proof", 1 << 0, true, 0, OFFICER_PROOF_MAX, on_proof },
};
static const struct ipc_table table = { "officer", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	drop(ctx);
}

static struct client *free_slot(uint32_t uid)
{
	struct client *found = NULL;
	int his = 0;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (!me.client[i].ipc)
			found = found ? found : &me.client[i];
		else if (me.client[i].uid == uid)
			his++;
	}
	return his < CLIENTS_EACH_MAX ? found : NULL;
}

static void on_listen(void *ctx, uint32_t events)
{
	int fd = accept4(me.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct ucred peer;
	socklen_t n = sizeof(peer);
	struct client *c;

	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 || !(c = free_slot(peer.uid))) {
		fd_close(&fd); /* too many of one account, or in all: they try again */
		return;
	}
	buf_init(&c->attachment, OFFICER_ATTACHMENT_MAX);
	c->uid = peer.uid;
	c->serial = ++me.last_serial;
	if (ipc_new(me.loop, fd, &table, c, on_closed, &c->ipc) < 0) {
		drop(c);
		return;
	}
	ipc_on_drained(c->ipc, on_drained);
}

void officers_init(struct loop *l, const char *origin)
{
	me.loop = l;
	me.origin = origin;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		me.client[i].fd = -1;
}

int officers_listen(int fd)
{
	me.fd = fd;
	return loop_watch(me.loop, fd, EPOLLIN, on_listen, NULL, &me.watch);
}

void officers_done(void)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		drop(&me.client[i]);
	loop_unwatch(me.loop, &me.watch);
}
